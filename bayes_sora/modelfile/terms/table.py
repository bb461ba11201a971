"""What the linter and the builder need to know of a table of terms, and the paths it may name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from bayes_sora.modelfile.check_blocks import check_prior
from bayes_sora.modelfile.findings import NOT_OF_THIS_FORM, WRONG_TYPE, Findings
from bayes_sora.modelfile.forms import FORMS
from bayes_sora.types import ENDPOINTS

if TYPE_CHECKING:
    from bayes_sora.modelfile.prior import Prior
    from bayes_sora.modelfile.terms.term import TermBlock

    ReadPrior = Callable[[str, dict[str, Any]], Prior]
    """(path, table) → the prior; the path is that of a parameter of a block, ``toxicity.intercept``."""

INTERCEPTS: Mapping[str, str] = MappingProxyType(
    {"toxicity": "intercept", "response": "intercept", "survival": "log_hazard"}
)


class TermTable(NamedTuple):
    """One table of terms.

    Attributes
    ----------
    check : callable
        (findings, name of the table, its value, the whole content, the sound values of [drug]): notes what is wrong.
    build : callable
        (value of the table, how to read a prior) → the block; only for a table without faults.
    """

    check: Callable[[Findings, str, object, Mapping[str, Any], dict[str, Any]], None]
    build: Callable[[dict[str, Any], ReadPrior], TermBlock]


def additive_parameters(content: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the parameters, by block, to which something can be added for a patient: those that enter linearly."""
    found: dict[str, tuple[str, ...]] = {"exposure": ("log_median",)}
    for endpoint in ENDPOINTS:
        block = content.get(endpoint)
        if isinstance(block, dict):
            form = FORMS.get(str(block.get("form")))
            of_form = () if form is None else form.coefficients(endpoint)
            slopes = tuple(name for name in of_form if form and name in form.additive and name in block)
            found[endpoint] = (INTERCEPTS[endpoint], *slopes)
    return found


def check_targets(
    findings: Findings, name: str, table: object, content: Mapping[str, Any], drug: dict[str, Any]
) -> None:
    """Note what is wrong with a table of positive priors by block and parameter, ``[name.toxicity.intercept]``."""
    known = additive_parameters(content)
    findings.table(name, table, {}, tables=known)
    if not isinstance(table, dict):
        return
    if not table:
        findings.add(NOT_OF_THIS_FORM, name, "names no parameter", f"Add [{name}.toxicity.intercept], or remove it.")
    for block in known.keys() & table.keys():
        if not isinstance(table[block], dict):
            remedy = f"Write [{name}.{block}.{known[block][0]}] with a prior below."
            findings.add(WRONG_TYPE, f"{name}.{block}", "expected a table", remedy, value=table[block])
            continue
        findings.table(f"{name}.{block}", table[block], {}, tables=known[block])
        for parameter in known[block]:
            if parameter in table[block]:
                check_prior(findings, f"{name}.{block}.{parameter}", table[block][parameter], drug, positive=True)


def read_targets(table: dict[str, Any], read_prior: ReadPrior) -> dict[str, Prior]:
    """Return the priors of such a table by the full name of their parameter, ``toxicity_intercept``."""
    blocks = ("exposure", *ENDPOINTS)
    return {
        f"{block}_{parameter}": read_prior("", prior)
        for block in blocks
        if block in table
        for parameter, prior in table[block].items()
    }
