"""The arrays a model is conditioned on, by name: the same for PyMC and for our own formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.errors import InputError, Problem
from bayes_sora.inference.course import check_course
from bayes_sora.modelfile.outcomes import DEFAULT_KINDS
from bayes_sora.modelfile.outcomes.rows import cohort_steps
from bayes_sora.numerics.exposure import TroughStatistics, summarise_troughs
from bayes_sora.numerics.follow_up import log_dose_before
from bayes_sora.types import DAYS_PER_MONTH, MG, Endpoint, FloatArray

if TYPE_CHECKING:
    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile, OutcomeBlock

COLUMNS: dict[Endpoint, str] = {
    "toxicity": "toxicity",
    "response": "response",
    "survival": "os_months and death",
}
NEEDED = {"event_types": "ae_… (one column a type of adverse event)"}


def trough_statistics(cohort: Cohort, model: ModelFile) -> TroughStatistics:
    """Reduce the troughs of a cohort to what the exposure likelihood needs, at the starting dose if doses matter."""
    troughs = cohort.troughs
    at_start = troughs.value_mg_l * np.exp(-trough_log_dose(cohort, model))
    return summarise_troughs(troughs.patient, at_start, troughs.censoring, n_patients=cohort.n_patients)


def trough_log_dose(cohort: Cohort, model: ModelFile) -> FloatArray:
    """Return the log of the dose before each trough over the starting dose: 0 unless exposure follows the dose."""
    troughs = cohort.troughs
    if model.exposure.time != "dose":
        return np.zeros(troughs.patient.size)
    steps = cohort_steps(cohort, model.exposure.interruption_share)
    return log_dose_before(steps, troughs.patient, troughs.day / DAYS_PER_MONTH)


def check_compatible(cohort: Cohort, model: ModelFile) -> None:
    """Refuse a cohort that lacks what the model file needs.

    Raises
    ------
    InputError
        F001 when an endpoint's column is missing, F002 when a model that takes troughs as measured meets a trough
        outside the limits of quantification, F010 when one is about doses and the other about troughs, F011 when the
        columns contradict a kind of endpoint; F004 to F007 of the course of treatment
        (:func:`~bayes_sora.inference.course.check_course`).
    """
    problems = [_missing(endpoint, cohort, model) for endpoint in model.endpoints if endpoint not in cohort.endpoints]
    problems += [
        _lacking(what, endpoint, cohort, model)
        for endpoint in model.endpoints
        if endpoint in cohort.endpoints
        for what in model.outcomes[endpoint].outcome.needs
        if getattr(cohort, what) is None
    ]
    problems += [_without_types(cohort, model) for block in model.outcomes.values() if _lacks_types(block, cohort)]
    problems += [
        _contradicting(words, cohort, model)
        for block in model.outcomes.values()
        if (words := block.outcome.contradiction(cohort)) is not None
    ]
    of_model, of_cohort = (unit == MG for unit in (model.drug.unit, cohort.source.trough_unit))
    if of_model != of_cohort:
        problems.append(_other_exposure(cohort, model))
    if model.exposure.form == "observed" and cohort.troughs.n_censored:
        problems.append(
            Problem(
                code="F002",
                file=cohort.source.name,
                why=f"{cohort.troughs.n_censored} trough(s) lie outside the limits of quantification and {model.name} "
                "takes troughs as measured",
                remedy="Use a model file with exposure form 'latent', such as sorafenib_joint.v2.",
            )
        )
    problems += check_course(cohort, model)
    if problems:
        raise InputError(problems)


def _other_exposure(cohort: Cohort, model: ModelFile) -> Problem:
    of_cohort, of_model = (
        "doses in mg" if unit == MG else "troughs" for unit in (cohort.source.trough_unit, model.drug.unit)
    )
    return Problem(
        code="F010",
        file=cohort.source.name,
        why=f"the cohort has {of_cohort} and the model file {model.name} is about {of_model}",
        remedy="Use a model file whose drug.unit is that of the exposures.",
    )


def _lacks_types(block: OutcomeBlock, cohort: Cohort) -> bool:
    return "event_types" in block.outcome.needs and cohort.event_types is not None and not block.vectors


def _without_types(cohort: Cohort, model: ModelFile) -> Problem:
    return Problem(
        code="F001",
        file=cohort.source.name,
        column=NEEDED["event_types"],
        why=f"no patient is evaluable for any type of adverse event, or {model.name} was not bound to the cohort",
        remedy=f"Fill in the columns ae_…, or {_other_kind('toxicity')}.",
    )


def _contradicting(words: str, cohort: Cohort, model: ModelFile) -> Problem:
    return Problem(
        code="F011",
        file=cohort.source.name,
        column="toxicity",
        why=f"{words}, and {model.name} is about grade ≥ 3",
        remedy="Leave the column toxicity out and declare [toxicity] from_grade = 3 in the file of --columns, or "
        f"{_other_kind('toxicity')}.",
    )


def _lacking(what: str, endpoint: Endpoint, cohort: Cohort, model: ModelFile) -> Problem:
    column = NEEDED.get(what, what)
    return Problem(
        code="F001",
        file=cohort.source.name,
        column=column,
        why=f"the model file {model.name} takes {endpoint} as {model.outcomes[endpoint].kind} and needs {column}",
        remedy=f"Add the column, or {_other_kind(endpoint)}.",
    )


def _other_kind(endpoint: Endpoint) -> str:
    return f'use a model file with [{endpoint}] kind = "{DEFAULT_KINDS[endpoint]}", such as sorafenib_joint.v2'


def _missing(endpoint: Endpoint, cohort: Cohort, model: ModelFile) -> Problem:
    of_dose = cohort.source.trough_unit == MG
    others = "sorafenib_dlt.v1" if of_dose else ", ".join(f"{name}_only.v1" for name in cohort.endpoints)
    return Problem(
        code="F001",
        file=cohort.source.name,
        column=COLUMNS[endpoint],
        why=f"the model file {model.name} needs {COLUMNS[endpoint]} and the cohort has none",
        remedy=f"Add the column, or use a model file that does not need it: {others or 'add an endpoint first'}.",
    )
