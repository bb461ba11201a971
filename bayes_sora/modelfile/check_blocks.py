"""Check the blocks of the joint model: each has a form, and exactly the priors of that form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from bayes_sora.modelfile.check_drug import check_near_range
from bayes_sora.modelfile.findings import (
    CONTRADICTION,
    MISSING,
    NOT_OF_THIS_FORM,
    NOT_THIS_FAMILY,
    UNKNOWN_WORD,
    WRONG_TYPE,
    Findings,
    known_words,
)
from bayes_sora.modelfile.forms import FORMS
from bayes_sora.modelfile.outcomes import DEFAULT_KINDS, KINDS
from bayes_sora.modelfile.vocabulary import (
    CONCENTRATION_PARAMETERS,
    EVENT_FREE,
    EVENT_FREE_KEYS,
    EXP_MEAN,
    EXPOSURE_PARTS,
    EXPOSURE_SETTINGS,
    FAMILIES,
    LABEL,
    LOCATIONS,
    LOG_EXPOSURE_PARAMETER,
    POSITIVE_PARAMETERS,
    PRIOR_WORDS,
    SETTINGS,
    Key,
    argument_keys,
    block_forms,
    block_parameters,
    exposure_parts,
    kinds_of,
    settings_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from bayes_sora.types import Endpoint

FAR = 100.0  # an exposure this many times outside the range is taken for one in another unit


def check_block(findings: Findings, block: str, table: object, drug: dict[str, Any]) -> None:
    """Note what is wrong with the table of `block`; `drug` holds the sound values of [drug]."""
    forms = block_forms(block)
    if table is None:
        findings.add(MISSING, block, "is missing", f"Add [{block}] with form = {' or '.join(forms)} and its priors.")
        return
    keys = {"form": Key(kind="text", meaning="which parameters the block has", required=True, choices=tuple(forms))}
    if block == "exposure":
        keys |= EXPOSURE_SETTINGS
    else:
        endpoint = cast("Endpoint", block)
        keys |= {"label": LABEL, "kind": Key(kind="text", meaning="what the endpoint is", choices=kinds_of(endpoint))}
        keys |= {name: SETTINGS[name] for name in settings_of(endpoint)}
    settings = (EVENT_FREE,) if block == "response" else ()
    sound = findings.table(block, table, keys, tables=(*block_parameters(block), *settings))
    if not isinstance(table, dict):
        return
    present = [name for name in block_parameters(block) if name in table]
    for name in present:
        check_prior(findings, f"{block}.{name}", table[name], drug, positive=f"{block}.{name}" in POSITIVE_PARAMETERS)
    if block != "exposure" and ("kind" in sound or "kind" not in table):
        _check_settings(findings, cast("Endpoint", block), sound.get("kind"), table)
    if "form" in sound:
        parameters = block_forms(block, sound.get("kind"))[sound["form"]]
        if block == "exposure":
            parameters = (*parameters, *exposure_parts(table))
            _check_dated(findings, table, sound["form"])
            _check_interruption(findings, table)
        _check_parameters(findings, block, sound["form"], present, parameters)
        _check_range(findings, block, sound["form"], drug)


def check_event_free(findings: Findings, content: dict[str, Any], *, terms: Collection[str]) -> None:
    """Note what is wrong with the window over which response is judged; `terms` make patients differ otherwise."""
    response = content.get("response")
    if not isinstance(response, dict) or EVENT_FREE not in response:
        return
    path = f"response.{EVENT_FREE}"
    sound = findings.table(path, response[EVENT_FREE], EVENT_FREE_KEYS)
    endpoint = sound.get("endpoint")
    if endpoint is not None and endpoint not in content:
        why, remedy = f"the model has no [{endpoint}] block", f"Remove it, or add [{endpoint}]."
        findings.add(CONTRADICTION, path, why, remedy)
    for name in terms:
        why = f"survival and response of one patient would go together by [{name}], which the curve does not know"
        findings.add(CONTRADICTION, path, why, f"Remove it, or remove [{name}].")


def _check_dated(findings: Findings, table: dict[str, Any], form: str) -> None:
    for setting in EXPOSURE_PARTS:
        if setting in table and form != "latent":
            remedy = 'Write form = "latent", or leave it out.'
            findings.add(CONTRADICTION, f"exposure.{setting}", "troughs taken as measured have no average", remedy)
        if setting in table and table.get("time") == "dose":
            remedy = 'Leave it out, or write time = "constant".'
            findings.add(CONTRADICTION, f"exposure.{setting}", "exposure follows the dose or the calendar", remedy)


def _check_interruption(findings: Findings, table: dict[str, Any]) -> None:
    if "interruption_share" in table and table.get("time") != "dose":
        remedy = 'Leave it out, or write time = "dose".'
        why = "exposure does not follow the dose, so that no interruption matters"
        findings.add(CONTRADICTION, "exposure.interruption_share", why, remedy)


def _check_settings(findings: Findings, endpoint: Endpoint, kind: str | None, table: dict[str, Any]) -> None:
    name = kind or DEFAULT_KINDS[endpoint]
    for setting in settings_of(endpoint):
        if setting in table and setting not in KINDS[name].settings:
            fitting = ", ".join(one for one in kinds_of(endpoint) if setting in KINDS[one].settings)
            remedy = f"Remove it, or write kind = one of {fitting}."
            findings.add(NOT_OF_THIS_FORM, f"{endpoint}.{setting}", f"kind {name!r} has no such setting", remedy)


def _check_parameters(
    findings: Findings, block: str, form: str, present: list[str], parameters: tuple[str, ...]
) -> None:
    for name in parameters:
        if name not in present:
            remedy = f"Add [{block}.{name}] with a family and its arguments."
            findings.add(MISSING, f"{block}.{name}", f"form {form!r} needs its prior", remedy)
    for name in present:
        if name not in parameters:
            remedy = f"Remove it or change the form; parameters of {form!r}: {', '.join(parameters)}."
            findings.add(NOT_OF_THIS_FORM, f"{block}.{name}", f"form {form!r} has no such parameter", remedy)


def _check_range(findings: Findings, block: str, form: str, drug: dict[str, Any]) -> None:
    if block != "exposure" and FORMS[form].needs_range and "range" not in drug:
        why = f"form {form!r} of [{block}] has its knots in this range"
        findings.add(MISSING, "drug.range", why, "Write range = [low, high] in drug.unit, or choose another form.")


def check_prior(findings: Findings, path: str, table: object, drug: dict[str, Any], *, positive: bool) -> None:
    """Note what is wrong with the prior at `path` of a parameter that is positive or not."""
    if not isinstance(table, dict):
        remedy = f"Write [{path}] with family and its arguments below."
        findings.add(WRONG_TYPE, path, "expected a table with a prior", remedy, value=table)
        return
    fitting = [name for name in FAMILIES if _fits(path, name, positive=positive)]
    family = table.get("family")
    if family is None:
        findings.add(MISSING, f"{path}.family", "is missing", known_words("", fitting))
    elif not isinstance(family, str):
        findings.add(WRONG_TYPE, f"{path}.family", "expected text in quotes", known_words("", fitting), value=family)
    elif family not in FAMILIES:
        remedy = known_words(family, fitting)
        findings.add(UNKNOWN_WORD, f"{path}.family", "is not a known prior family", remedy, value=family)
    else:
        if family not in fitting:
            why = "the parameter is positive" if positive else "the parameter is a logarithm of either sign"
            remedy = f"Choose one of {', '.join(fitting)}."
            why += ", the family does not fit"
            findings.add(NOT_THIS_FAMILY, f"{path}.family", why, remedy, value=family)
        _check_arguments(findings, path, table, family, drug)


_ONE_MEAN = (
    "Give mean, or exp_mean with mean = log(exp_mean), one of the two; in a file that extends another, with its "
    "family, which replaces the whole prior."
)


def _fits(path: str, family: str, *, positive: bool) -> bool:
    if positive:
        return FAMILIES[family].positive
    return path != LOG_EXPOSURE_PARAMETER or family in LOCATIONS


def _check_arguments(findings: Findings, path: str, table: dict[str, Any], family: str, drug: dict[str, Any]) -> None:
    keys = {**argument_keys(family), **PRIOR_WORDS}
    sound = findings.table(path, table, keys, tables=("family",))
    if family == "normal" and ("mean" in table) == (EXP_MEAN in table):
        code, why = (CONTRADICTION, "both are given") if EXP_MEAN in table else (MISSING, "the mean is missing")
        findings.add(code, f"{path}.mean", why, _ONE_MEAN)
    if path == LOG_EXPOSURE_PARAMETER:
        check_near_range(findings, f"{path}.{EXP_MEAN}", sound.get(EXP_MEAN), drug, factor=FAR)
    if path in CONCENTRATION_PARAMETERS:
        check_near_range(findings, f"{path}.median", sound.get("median"), drug, factor=FAR)
