"""What a model file leads one to expect of a cohort, and what of it a cohort does not meet.

A median trough of 0.006 mg/L is a slip for sorafenib and usual for tacrolimus; a median follow-up of fifteen years is a
slip in hepatocellular carcinoma and usual in early breast cancer. Hence nothing here is judged without a model file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.cohort.codes import Code, Fault
from bayes_sora.cohort.names import TIME_COLUMNS
from bayes_sora.cohort.places import of_patients
from bayes_sora.errors import Problem
from bayes_sora.types import MASS_UNITS, MG, ExposureUnit, Span, exposure_unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.errors import Severity
    from bayes_sora.types import FloatArray

RECORDED_WINDOW_MONTHS = 3.0
"""Within which a death beside a recorded response is noted where the model file takes responses as recorded."""
FAR = 5.0
"""So many times outside the range a median trough is taken for a slip when another unit would put it inside."""
BEYOND = 100.0
"""So many times outside the range no fit is of use, whatever the unit."""
WIDEST_FOLLOW_UP, SHORTEST_SHARE = 2.0, 6.0
FAR_FOLLOW_UP, FAR_SHORT_SHARE = 8.0, 25.0
LONGEST_LIFE_MONTHS = 600.0
"""Nobody with cancer is followed for longer: fifty years."""
HOURS_PER_DAY = 24.0


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The scale that a model file puts a cohort on.

    Attributes
    ----------
    model : str
        Name of the model file.
    unit : ExposureUnit
        In which the model file writes exposures.
    span : Span
        Exposures that it is about, mg/L.
    molar_mass_g_mol : float or None
        Of the drug.
    survival_months, survival_sd_log : float or None, float
        Prior median of the median survival in months, and the SD of its logarithm; None without survival.
    response_window_months : float or None
        Months over which response is judged, None where it is taken as recorded.
    """

    model: str
    unit: ExposureUnit
    span: Span
    molar_mass_g_mol: float | None = None
    survival_months: float | None = None
    survival_sd_log: float = 0.5
    response_window_months: float | None = None


def check_expected(cohort: Cohort, expected: Expected, *, rows: tuple[int, ...] | None = None) -> tuple[Problem, ...]:
    """Return where a cohort does not meet what a model file leads one to expect.

    Parameters
    ----------
    cohort : Cohort
        May be a draft, as for :func:`~bayes_sora.cohort.checks.check_cohort`.
    expected : Expected
    rows : tuple of int or None
        Row of the file of each patient, for the messages.

    Notes
    -----
    A median trough outside the range, and a median follow-up far from the prior of the median survival, are noted. They
    are errors where they are far off and another name of the column would mend that. Response is held against early
    deaths and early losses to follow-up.
    """
    found = [*_check_troughs(cohort, expected), *_check_times(cohort, expected)]
    return (*found, *_check_response(cohort, expected, rows))


def hold_against(cohort: Cohort, expected: Expected) -> Cohort:
    """Return the cohort as a model file takes it, with the notes that this gives rise to.

    Notes that belong to another model file make way; those that reading gave stay, with their rows. Errors are not
    added: :func:`check_expected` gives them. Where response is judged over a window, death before its end is no
    response, also where the cell is blank, and follow-up lost before it leaves response not evaluable.
    """
    kept = tuple(note for note in cohort.notes if note.code not in OF_THE_MODEL or _of_model(note, expected))
    there = {(note.code, note.why) for note in kept}
    fresh = (note for note in check_expected(cohort, expected) if note.severity == "warning")
    added = tuple(note for note in fresh if (note.code, note.why) not in there)
    return replace(cohort, notes=(*kept, *added), response=_judged_response(cohort, expected))


def _of_model(note: Problem, expected: Expected) -> bool:
    return expected.model in note.why


def _judged_response(cohort: Cohort, expected: Expected) -> FloatArray | None:
    months = expected.response_window_months
    if cohort.response is None or cohort.os_months is None or cohort.death is None or months is None:
        return cohort.response
    early = cohort.os_months < months
    return np.where(early & (cohort.death == 1), 0.0, np.where(early, np.nan, cohort.response))


OF_THE_MODEL = frozenset(
    {
        Code.IMPLAUSIBLE_TROUGH,
        Code.IMPLAUSIBLE_TIME,
        Code.RESPONSE_AND_EARLY_DEATH,
        Code.BLANK_RESPONSE_AND_EARLY_DEATH,
        Code.RESPONSE_AND_EARLY_LOSS,
    }
)


def _check_troughs(cohort: Cohort, expected: Expected) -> Iterator[Problem]:
    values, unit = cohort.troughs.value_mg_l, cohort.source.trough_unit
    if not values.size or MG in {unit, expected.unit}:
        return  # a cohort of doses under a model of troughs, or the reverse, is refused where it is fitted
    median, span = float(np.median(values)), expected.span
    if span.low <= median <= span.high:
        return
    distance = span.low / median if median < span.low else median / span.high
    fitting = [one for one in _other_units(expected) if span.low <= median / unit.mg_l * one.mg_l <= span.high]
    far = distance > FAR if fitting else distance > BEYOND
    why = (
        f"the median trough, read in {unit.name}, is {median / expected.unit.mg_l:.3g} {expected.unit.name}, "
        f"{'below' if median < span.low else 'above'} the range {_range(expected)} of {expected.model}"
    )
    drug = "use the model file of the drug (--model)"
    remedy = f"Check the unit, or {drug}."
    if fitting:
        names = " or ".join(dict.fromkeys(f"trough_{one.suffix}" for one in fitting))
        why += f", which looks like {' or '.join(dict.fromkeys(one.name for one in fitting))}"
        remedy = f"Name the column by its unit ({names}), or {drug}."
    elif far:
        remedy = f"Correct the troughs, or {drug}."
    severity: Severity = "error" if far else "warning"
    yield _problem(cohort, Code.IMPLAUSIBLE_TROUGH, why, remedy, column="trough", severity=severity)


def _other_units(expected: Expected) -> list[ExposureUnit]:
    """Return the units that a column can be named by, of those of one size the first."""
    units = {unit.mg_l: unit for unit in reversed(MASS_UNITS.values())}
    found = list(units.values())
    if expected.molar_mass_g_mol is not None:
        found.append(exposure_unit("µmol/L", molar_mass_g_mol=expected.molar_mass_g_mol))
    return found


def _range(expected: Expected) -> str:
    low, high = (end / expected.unit.mg_l for end in (expected.span.low, expected.span.high))
    return f"{low:.3g} to {high:.3g} {expected.unit.name}"


def _check_times(cohort: Cohort, expected: Expected) -> Iterator[Problem]:
    if expected.survival_months is None or cohort.os_months is None or not np.isfinite(cohort.os_months).any():
        return
    median, prior = float(np.nanmedian(cohort.os_months)), expected.survival_months
    spread = float(np.exp(2.0 * expected.survival_sd_log))
    low, high = prior / SHORTEST_SHARE, prior * spread * WIDEST_FOLLOW_UP
    if low <= median <= high:
        return
    unit = cohort.source.time_unit
    months = {name: multiplier / divisor for name, (_, multiplier, divisor) in TIME_COLUMNS.items()}
    per_unit = months[f"os_{unit}"]
    fitting = [name for name, size in months.items() if low <= median / per_unit * size <= high]
    impossible = float(np.nanmax(cohort.os_months)) > LONGEST_LIFE_MONTHS
    far = median > prior * spread * FAR_FOLLOW_UP or (median > high and impossible) or median < prior / FAR_SHORT_SHARE
    why = (
        f"the median follow-up, read in {unit}, is {median:.4g} months, {_times(median / prior)} the median survival "
        f"of {prior:.3g} months that {expected.model} expects"
    )
    prior_words = "a model file whose prior of [survival.median] expects such times"
    remedy = f"Check the unit; if it is right, use {prior_words}."
    if fitting:
        why += f", which looks like {' or '.join(name.removeprefix('os_') for name in fitting)}"
        remedy = f"Name the column by its unit ({' or '.join(fitting)}); if the unit is right, use {prior_words}."
    elif unit == "days" and low <= median / HOURS_PER_DAY <= high:
        why += ", which looks like hours"
        remedy = f"Divide the times by 24 if they are in hours; if the unit is right, use {prior_words}."
    severity: Severity = "error" if far and fitting else "warning"
    yield _problem(cohort, Code.IMPLAUSIBLE_TIME, why, remedy, column="os", severity=severity)


def _times(ratio: float) -> str:
    return f"{ratio:.2g} times" if ratio >= 1.0 else f"1/{1.0 / ratio:.2g} of"


def _check_response(cohort: Cohort, expected: Expected, rows: tuple[int, ...] | None) -> Iterator[Problem]:
    if cohort.response is None or cohort.os_months is None or cohort.death is None:
        return
    months = expected.response_window_months
    early = cohort.os_months < (RECORDED_WINDOW_MONTHS if months is None else months)
    died, lost = early & (cohort.death == 1), early & (cohort.death == 0)
    blank = np.isnan(cohort.response)
    found = [(died & (cohort.response == 1), _recorded(expected) if months is None else _no_response(expected, months))]
    if months is not None:
        found += [(died & blank, _blank(expected, months)), (lost & ~blank, _lost(expected, months))]
    for where, fault in found:
        yield from of_patients(cohort, rows, where, fault, column="response")


def _recorded(expected: Expected) -> Fault:
    return Fault(
        Code.RESPONSE_AND_EARLY_DEATH,
        f"response 1 with death before {RECORDED_WINDOW_MONTHS:g} months; {expected.model} takes response as recorded",
        f"Please check it; where response is judged over {RECORDED_WINDOW_MONTHS:g} months, write 0.",
    )


def _no_response(expected: Expected, months: float) -> Fault:
    return Fault(
        Code.RESPONSE_AND_EARLY_DEATH,
        f"response 1 with death before {months:g} months counts as no response{_as_said(expected)}",
        "Write 0, or correct the time or the death if it is a slip.",
    )


def _blank(expected: Expected, months: float) -> Fault:
    return Fault(
        Code.BLANK_RESPONSE_AND_EARLY_DEATH,
        f"a blank response with death before {months:g} months counts as no response{_as_said(expected)}",
        "Write 0 to say the same, or correct the time or the death if it is a slip.",
    )


def _lost(expected: Expected, months: float) -> Fault:
    return Fault(
        Code.RESPONSE_AND_EARLY_LOSS,
        f"a response with follow-up lost before {months:g} months counts as not evaluable{_as_said(expected)}",
        "Leave the response blank to say the same, or correct the time if it is a slip.",
    )


def _as_said(expected: Expected) -> str:
    return f": {expected.model} judges response over that window"


def _problem(cohort: Cohort, code: Code, why: str, remedy: str, *, column: str, severity: Severity) -> Problem:
    return Problem(code=code, file=cohort.source.name, column=column, why=why, remedy=remedy, severity=severity)
