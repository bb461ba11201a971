"""Check the content of a model file against the vocabulary and against itself; nothing is built here.

Every fault is noted. What depends on two values is judged only where both are sound.
"""

from __future__ import annotations

import itertools
import re
from typing import Any

from bayes_sora.errors import Problem
from bayes_sora.modelfile.check_blocks import check_block, check_event_free
from bayes_sora.modelfile.check_drug import check_drug
from bayes_sora.modelfile.findings import (
    BAD_NAME,
    CONTRADICTION,
    MISSING,
    OUT_OF_RANGE,
    UNKNOWN_WORD,
    WRONG_TYPE,
    Findings,
)
from bayes_sora.modelfile.power_prior import TABLE as BORROWING
from bayes_sora.modelfile.power_prior import check_borrowing
from bayes_sora.modelfile.terms.registry import TERM_TABLES
from bayes_sora.modelfile.vocabulary import DOSE_UNIT, GROUPS, LIMITS, PUBLISHED, SAMPLING, SCHEMA, TOP, UTILITY
from bayes_sora.types import ENDPOINTS, Endpoint

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,70}(\.v[1-9][0-9]{0,5})?")
MOST_PUBLISHED = 50
LIMIT_NEEDS = {
    "max_toxicity": "toxicity",
    "toxicity_grade": "toxicity",
    "min_response": "response",
    "min_survival": "survival",
    "survival_months": "survival",
}


def check_content(content: dict[str, Any], *, file: str | None, stem: str | None = None) -> tuple[Problem, ...]:
    """Return every problem of a resolved model file.

    Parameters
    ----------
    content : dict
        The file with ``extends`` already carried out.
    file : str or None
        Name of the file for the messages.
    stem : str or None
        File name without ``.toml``, which the name inside must equal; None when there is no file.
    """
    findings = Findings(file)
    _check_top(findings, content, stem)
    drug = check_drug(findings, content.get("drug"))
    check_block(findings, "exposure", content.get("exposure"), drug)
    _check_dose(findings, content.get("exposure"), drug)
    endpoints = [endpoint for endpoint in ENDPOINTS if endpoint in content]
    for endpoint in endpoints:
        check_block(findings, endpoint, content[endpoint], drug)
    check_event_free(findings, content, terms=[name for name in TERM_TABLES if name in content])
    if not endpoints:
        findings.add(MISSING, "", "no endpoint is modelled", f"Add at least one of [{'], ['.join(ENDPOINTS)}].")
    for name, table in TERM_TABLES.items():
        if name in content:
            table.check(findings, name, content[name], content, drug)
    if BORROWING in content:
        check_borrowing(findings, content[BORROWING])
    toxicity = content.get("toxicity")
    kind = toxicity.get("kind") if isinstance(toxicity, dict) else None
    _check_windows(findings, content.get("windows", {}), endpoints, kind=kind)
    _check_groups(findings, content.get("groups"))
    findings.table("sampling", content.get("sampling", {}), SAMPLING)
    _check_published(findings, content.get("published", []), drug)
    return tuple(findings.problems)


def _check_dose(findings: Findings, exposure: object, drug: dict[str, Any]) -> None:
    if drug.get("unit") == DOSE_UNIT and isinstance(exposure, dict) and exposure.get("form") == "latent":
        why = "a dose is known and not measured with error"
        remedy = 'Write form = "observed", with sd in the place of sd_between and sd_within.'
        findings.add(CONTRADICTION, "exposure.form", why, remedy)


def _check_top(findings: Findings, content: dict[str, Any], stem: str | None) -> None:
    tables = ("drug", "exposure", *ENDPOINTS, "windows", "published", "groups", "sampling", *TERM_TABLES, BORROWING)
    top = findings.table("", content, TOP, tables=tables)
    if top.get("schema", SCHEMA) != SCHEMA:
        remedy = f"Write schema = {SCHEMA}, or update bayes-sora to read a newer file."
        findings.add(UNKNOWN_WORD, "schema", "this vocabulary is not known", remedy, value=top["schema"])
    name = top.get("name")
    if name is not None and NAME.fullmatch(name) is None:
        why = "expected letters, digits, _ and -, then .v and the version"
        findings.add(BAD_NAME, "name", why, 'Write it as in "sorafenib_joint.v1".', value=name)
    elif name is not None and stem is not None and name != stem:
        remedy = f'Write name = "{stem}", or rename the file.'
        findings.add(BAD_NAME, "name", "differs from the name of the file", remedy, value=name)


def _check_windows(findings: Findings, windows: object, endpoints: list[Endpoint], *, kind: object) -> None:
    findings.table("windows", windows, {}, tables=("limits", "utility"))
    if not isinstance(windows, dict):
        return
    findings.table("windows.utility", windows.get("utility", {}), UTILITY)
    limits = findings.table("windows.limits", windows.get("limits", {}), LIMITS)
    if limits.get("toxicity_grade", 3) != 3 and kind != "ordinal" and "toxicity" in endpoints:
        remedy = "Leave toxicity_grade out, or extend a model file with an ordinal toxicity (sorafenib_grades.v1)."
        findings.add(CONTRADICTION, "windows.limits.toxicity_grade", "other grades need an ordinal toxicity", remedy)
    for name in limits:
        endpoint = LIMIT_NEEDS[name]
        if endpoint not in endpoints:
            why, remedy = f"the model has no [{endpoint}] block", f"Remove {name}, or add [{endpoint}]."
            findings.add(CONTRADICTION, f"windows.limits.{name}", why, remedy)


def _check_groups(findings: Findings, groups: object) -> None:
    if groups is None:
        return
    cuts = findings.table("groups", groups, GROUPS).get("cuts", [])
    if any(low >= high for low, high in itertools.pairwise(cuts)):
        findings.add(CONTRADICTION, "groups.cuts", "expected rising cut-offs", "Sort them.", value=str(cuts))


def _check_published(findings: Findings, windows: object, drug: dict[str, Any]) -> None:
    if not isinstance(windows, list):
        remedy = "Write each published window as [[published]]."
        findings.add(WRONG_TYPE, "published", "expected an array of tables", remedy, value=windows)
        return
    if len(windows) > MOST_PUBLISHED:
        findings.add(OUT_OF_RANGE, "published", f"expected at most {MOST_PUBLISHED} windows", "Leave some out.")
    names: set[str] = set()
    for number, table in enumerate(windows[:MOST_PUBLISHED], start=1):
        path = f"published[{number}]"
        window = findings.table(path, table, PUBLISHED)
        if isinstance(table, dict):
            _check_ends(findings, path, table, window, drug)
        if window.get("name") in names:
            findings.add(CONTRADICTION, f"{path}.name", "is given twice", "Give each window its name.")
        names.add(window.get("name", ""))


def _check_ends(
    findings: Findings, path: str, table: dict[str, Any], window: dict[str, Any], drug: dict[str, Any]
) -> None:
    if not {"lower", "upper"} & table.keys():
        findings.add(MISSING, path, "neither lower nor upper is given", "Give at least one end.")
        return
    lower, upper = window.get("lower", 0.0), window.get("upper", float("inf"))
    low, high = drug.get("range", (lower, upper))
    if lower >= upper:
        findings.add(CONTRADICTION, path, f"lower {lower} is not below upper {upper}", "Swap or correct them.")
    elif upper <= low or lower >= high:
        remedy = f"Write it in {drug.get('unit', 'drug.unit')}, or leave it out."
        findings.add(CONTRADICTION, path, f"does not overlap drug.range [{low}, {high}]", remedy)
