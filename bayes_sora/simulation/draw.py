r"""Draw one cohort of a scenario.

A cohort is a function of (scenario, n, seed, troughs, lloq_mg_l) alone. Its stream is PCG64 of ``SeedSequence(seed,
spawn_key=(CRC-32 of the scenario's name,))``; only ``normal``, ``exponential`` and ``uniform`` are drawn from it, n
values each, in this order: z_b of the average trough; the own part of the covariate Z (only where there is one; one
value a site where it is of sites); z_w of the troughs (n × troughs, patient by patient), and as many of their occasions
(only where days matter); toxicity; response; death; end of follow-up; times between dose reductions (only where there
are any, n × reductions); onset of toxicity (only where it is recorded). Where patients must be alive at sampling, whole
batches of n patients are drawn in this order until n of those alive are there.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from bayes_sora.arguments import FLAG, MOST_SEED, POSITIVE, check_argument, whole
from bayes_sora.cohort.table import BELOW_LLOQ, MEASURED, Cohort, Source, Troughs
from bayes_sora.errors import UsageError
from bayes_sora.files.budgets import COHORT_PATIENTS, TROUGHS_A_PATIENT
from bayes_sora.numerics import weibull
from bayes_sora.numerics.logistic import expit, logit
from bayes_sora.simulation.courses import DatedTroughs
from bayes_sora.simulation.curves import log_hazard_ratio, probability
from bayes_sora.simulation.doses import DoseChanges, draw_dose_changes, record_doses
from bayes_sora.simulation.scenarios import Scenario, find_scenario
from bayes_sora.simulation.truth import Truth
from bayes_sora.types import DAYS_PER_MONTH, BoolArray, FloatArray

CENSORING_MONTHS = (6.0, 60.0)
MEAN_AGE, SD_AGE, UNKNOWN_AGE_EVERY = 62.0, 9.0, 25
TROUGH_DECIMALS = 4
TIME_DECIMALS = 3
DAYS_BETWEEN_TROUGHS = 14.0
DAYS_OF_AN_OCCASION = 2


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """A simulated cohort with what a clinic would not know.

    Attributes
    ----------
    cohort : Cohort
        As a reader of the written file would see it: troughs rounded to 4 decimals of mg/L, times to 3 of a month.
    truth : Truth
        Scenario, arguments and true windows.
    true_exposure_mg_l : FloatArray, shape (n,)
        Average trough C of each patient, before any dose cut, in mg/L.
    covariate_z : FloatArray of shape (n,) or None
        The covariate Z of a confounded scenario, worse = higher.
    """

    cohort: Cohort
    truth: Truth
    true_exposure_mg_l: FloatArray
    covariate_z: FloatArray | None = None


class _Patients(NamedTuple):
    """Patients before anything is rounded or left out; arrays start with n, months are on the clock of treatment."""

    exposure: FloatArray
    covariate: FloatArray
    troughs: FloatArray
    toxicity: FloatArray
    grade: FloatArray
    event_types: FloatArray
    response: FloatArray
    onset_month: FloatArray
    death_month: FloatArray
    last_month: FloatArray
    change_days: FloatArray
    change_ratios: FloatArray

    @property
    def changes(self) -> DoseChanges:
        """The changes of dose."""
        return DoseChanges(self.change_days, self.change_ratios)


def simulate(
    scenario: str | Scenario,
    *,
    n: int,
    seed: int,
    troughs: int = 1,
    lloq_mg_l: float | None = None,
    history: bool = False,
) -> Simulation:
    """Draw one cohort of `scenario`.

    Parameters
    ----------
    scenario : str or Scenario
        A released name (``SCENARIOS``), or a truth of one's own.
    n : int
        Number of patients, ≥ 1.
    seed : int
        ≥ 0; the same seed gives the same cohort on any machine. The first patients of a larger cohort are others.
    troughs : int
        Troughs a patient, 14 days apart, with independent deviations from the average trough.
    lloq_mg_l : float or None
        Lower limit of quantification; troughs below it are censored there.
    history : bool
        Record the course of treatment too: time zero is its start, `entry_months` is when patients had to be alive,
        every trough has its day and the doses are written down. The patients are the same.

    Returns
    -------
    Simulation

    Raises
    ------
    UsageError
        When the scenario is unknown or an argument is out of its range.

    Notes
    -----
    Response follows the scenario's formula whenever the patient dies, except where the scenario asks for survival to
    a month (`landmark`): elsewhere a reader of the file will warn of responders who died within 3 months.

    Examples
    --------
    >>> simulation = simulate("literal", n=26, seed=1)
    >>> simulation.cohort.n_patients
    26
    """
    chosen = find_scenario(scenario)
    _check_arguments(n=n, seed=seed, troughs=troughs, lloq_mg_l=lloq_mg_l, history=history)
    if chosen.dated is not None and troughs > len(chosen.dated.days):
        msg = f"scenario {chosen.name!r} has {len(chosen.dated.days)} troughs a patient at most, got {troughs}"
        raise UsageError(msg)
    rng = _generator(chosen, seed)
    patients = _draw_survivors(rng, chosen, n, troughs) if chosen.alive_at_sampling else _draw(rng, chosen, n, troughs)
    return Simulation(
        cohort=_record(patients, chosen, lloq_mg_l=lloq_mg_l, history=history),
        truth=_truth(chosen, n=n, seed=seed, troughs=troughs, lloq_mg_l=lloq_mg_l, history=history),
        true_exposure_mg_l=patients.exposure,
        covariate_z=None if chosen.covariate_correlation is None else patients.covariate,
    )


def _truth(scenario: Scenario, *, n: int, seed: int, troughs: int, lloq_mg_l: float | None, history: bool) -> Truth:
    """Return the truth with plain Python numbers, which JSON can hold, whatever number types were passed."""
    return Truth(
        scenario=scenario,
        n=int(n),
        seed=int(seed),
        troughs=int(troughs),
        lloq_mg_l=None if lloq_mg_l is None else float(lloq_mg_l),
        history=bool(history),
    )


def _check_arguments(*, n: int, seed: int, troughs: int, lloq_mg_l: float | None, history: bool) -> None:
    check_argument("n", n, whole(1, COHORT_PATIENTS))
    check_argument("seed", seed, whole(0, MOST_SEED))
    check_argument("troughs", troughs, whole(1, TROUGHS_A_PATIENT))
    check_argument("lloq_mg_l", lloq_mg_l, POSITIVE.or_none(), remedy="It is the limit of quantification in mg/L")
    check_argument("history", history, FLAG)


def _generator(scenario: Scenario, seed: int) -> np.random.Generator:
    name_key = zlib.crc32(scenario.name.encode())
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(name_key,))))


def _draw_survivors(rng: np.random.Generator, scenario: Scenario, n: int, troughs: int) -> _Patients:
    batches: list[_Patients] = []
    n_alive = 0
    while n_alive < n:
        batch = _draw(rng, scenario, n, troughs)
        alive = batch.death_month > scenario.sampling_month
        batches.append(_Patients(*(column[alive] for column in batch)))
        n_alive += int(np.count_nonzero(alive))
    return _Patients(*(np.concatenate(columns)[:n] for columns in zip(*batches, strict=True)))


def _draw(rng: np.random.Generator, scenario: Scenario, n: int, troughs: int) -> _Patients:
    z_between = rng.normal(size=n)
    covariate = _draw_covariate(rng, scenario, z_between)
    deviation = scenario.exposure_sd_within * rng.normal(size=(n, troughs))
    if scenario.dated is not None:
        deviation = deviation + _of_days(rng, scenario.dated, n, troughs)
    log_exposure = np.log(scenario.exposure_median_mg_l) + scenario.exposure_sd_between * z_between
    log_driver = log_exposure if scenario.driver == "C" else log_exposure + deviation[:, 0]
    toxicity, grade, event_types = _draw_toxicity(rng, scenario, log_driver, covariate)
    response = rng.uniform(size=n) < probability(scenario.response, log_driver, covariate)
    death_month = weibull.draw_survival_times(
        rng,
        median=np.asarray(scenario.survival.median_months),
        shape=np.asarray(scenario.survival.shape),
        log_hazard_ratio=log_hazard_ratio(scenario.survival, log_driver, covariate),
    )
    if scenario.response_alive_month is not None:
        response &= death_month > scenario.response_alive_month
    last_month = rng.uniform(*CENSORING_MONTHS, size=n)
    toxicity, onset_month, death_month = _begin(rng, scenario, toxicity, death_month)
    end = np.minimum(death_month, last_month)
    changes = draw_dose_changes(rng, scenario, toxicity=toxicity, end_months=end)
    log_at_sampling = log_exposure + np.where(toxicity, np.log(scenario.dose_cut_after_toxicity), 0.0)
    if scenario.reductions is not None:
        log_at_sampling = log_exposure + changes.log_ratio_before(_last_days(end))
    return _Patients(
        exposure=np.exp(log_exposure),
        covariate=covariate,
        troughs=np.exp(log_at_sampling[:, None] + deviation),
        toxicity=toxicity.astype(float),
        grade=grade,
        event_types=event_types,
        response=response.astype(float),
        onset_month=onset_month,
        death_month=death_month,
        last_month=last_month,
        change_days=changes.day,
        change_ratios=changes.ratio,
    )


def _draw_toxicity(
    rng: np.random.Generator, scenario: Scenario, log_driver: FloatArray, covariate: FloatArray
) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Return who had toxicity, the grades (0 without gaps), and the events by type, shape (n, n_types)."""
    n = log_driver.size
    if scenario.event_types:
        p = np.stack([probability(truth, log_driver, covariate) for _, truth in scenario.event_types], axis=1)
        events = rng.uniform(size=p.shape) < p
        return events.any(axis=1), np.zeros(n), events.astype(float)
    p = probability(scenario.toxicity, log_driver, covariate)
    uniform = rng.uniform(size=n)
    return uniform < p, _grades(scenario, p, uniform), np.zeros((n, 0))


def _grades(scenario: Scenario, p: FloatArray, uniform: FloatArray) -> FloatArray:
    """Grade ≥ g where the uniform that decides on toxicity is below P(grade ≥ g)."""
    if not scenario.grade_gaps:
        return np.zeros_like(p)
    first, second, third = scenario.grade_gaps
    shifts = (first + second, second, 0.0, -third)
    return np.asarray(sum((uniform < expit(logit(p) + shift)).astype(float) for shift in shifts))


def _draw_covariate(rng: np.random.Generator, scenario: Scenario, z_between: FloatArray) -> FloatArray:
    correlation = scenario.covariate_correlation
    if scenario.earlier:
        return _is_earlier(scenario, z_between.size).astype(float)
    if correlation is None:
        return np.zeros_like(z_between)
    if scenario.sites:
        return rng.normal(size=scenario.sites)[np.arange(z_between.size) % scenario.sites]
    own_part = rng.normal(size=z_between.size)
    return np.asarray(correlation * z_between + np.sqrt(1.0 - correlation**2) * own_part)


def _of_days(rng: np.random.Generator, dated: DatedTroughs, n: int, troughs: int) -> FloatArray:
    """Return what its day and its occasion add to the log of every trough."""
    months = np.array([*dated.days[:troughs], dated.reference_day]) / DAYS_PER_MONTH
    left = np.exp(-months / dated.decline_months)
    apart = rng.normal(size=(n, troughs))
    for later in range(1, troughs):
        if dated.days[later] - dated.days[later - 1] <= DAYS_OF_AN_OCCASION:
            apart[:, later] = apart[:, later - 1]
    return np.asarray(dated.decline_size * (left[:-1] - left[-1]) + dated.occasion_sd * apart)


def _begin(
    rng: np.random.Generator, scenario: Scenario, toxicity: BoolArray, death_month: FloatArray
) -> tuple[BoolArray, FloatArray, FloatArray]:
    r"""Return who is seen to be toxic, from which month, and the month of death once toxicity has had its effect.

    With ω added to the log hazard from o on, the death that would come at t comes at :math:`(o^k + (t^k - o^k)
    e^{-ω})^{1/k}`: the cumulative hazard until then is the same.
    """
    if scenario.onset is None:
        return toxicity, np.full(toxicity.size, np.nan), death_month
    onset = rng.uniform(0.0, scenario.onset.window_months, size=toxicity.size)
    seen = toxicity & (onset < death_month)
    k = scenario.survival.shape
    begun, without = onset**k, death_month**k
    sooner = (begun + (without - begun) * np.exp(-scenario.onset.log_hazard)) ** (1.0 / k)
    return seen, np.where(seen, onset, np.nan), np.where(seen, sooner, death_month)


def _is_earlier(scenario: Scenario, n: int) -> BoolArray:
    return np.arange(n) < round(scenario.earlier * n)


def _last_days(end_months: FloatArray) -> FloatArray:
    """Return the last whole day of follow-up, the first day at the earliest."""
    return np.maximum(np.floor(end_months * DAYS_PER_MONTH), 1.0)


def _record(patients: _Patients, scenario: Scenario, *, lloq_mg_l: float | None, history: bool) -> Cohort:
    """Write down what a clinic would, time counted from the sampling of the trough, or of treatment with `history`."""
    n = patients.exposure.size
    # Elsewhere the clock of the scenario starts at sampling; here it started with treatment, and nobody died before.
    time_zero = scenario.sampling_month if scenario.alive_at_sampling else 0.0
    follow_up = np.minimum(patients.death_month, patients.last_month) - time_zero
    os_months = _rounded(follow_up, TIME_DECIMALS)
    digits = max(3, len(str(n)))
    cohort = Cohort(
        patient_id=tuple(f"P{number:0{digits}d}" for number in range(1, n + 1)),
        troughs=_record_troughs(patients.troughs, scenario, lloq_mg_l=lloq_mg_l),
        toxicity=patients.toxicity,
        response=patients.response,
        os_months=os_months,
        death=(patients.death_month <= patients.last_month).astype(float),
        grade=patients.grade if scenario.grade_gaps else None,
        event_types={name: patients.event_types[:, k] for k, (name, _) in enumerate(scenario.event_types)} or None,
        site=tuple(f"Site {1 + i % scenario.sites}" for i in range(n)) if scenario.sites else None,
        study=tuple(np.where(_is_earlier(scenario, n), "earlier", "present").tolist()) if scenario.earlier else None,
        covariates=_recorded_covariates(patients.covariate, scenario),
        toxicity_month=None if scenario.onset is None else _rounded_down(patients.onset_month, os_months),
        source=Source(name=f"simulated {scenario.name}"),
    )
    if not history:
        return cohort
    troughs = cohort.troughs
    n_troughs = patients.troughs.shape[1]
    day = np.tile(_sampling_days(scenario, n_troughs, dated=True), n)
    if scenario.reductions is not None:
        day = np.repeat(_last_days(np.minimum(patients.death_month, patients.last_month)), n_troughs)
    return replace(
        cohort,
        troughs=replace(troughs, day=day),
        os_months=_rounded(os_months + time_zero, TIME_DECIMALS),
        entry_months=np.full(n, time_zero) if time_zero else None,
        doses=record_doses(patients.changes),
    )


def _recorded_covariates(z: FloatArray, scenario: Scenario) -> dict[str, FloatArray | tuple[str, ...]]:
    """Age in whole years and, in turn, sex: no further random number is drawn."""
    if not scenario.recorded:
        return {}
    number = np.arange(z.size)
    age = np.where(number % UNKNOWN_AGE_EVERY == UNKNOWN_AGE_EVERY - 1, np.nan, np.round(MEAN_AGE + SD_AGE * z))
    return {"age": age, "sex": tuple("female" if i % 4 == 0 else "male" for i in number.tolist())}


def _record_troughs(troughs: FloatArray, scenario: Scenario, *, lloq_mg_l: float | None) -> Troughs:
    n, k = troughs.shape
    value = _rounded(troughs.ravel(), TROUGH_DECIMALS)
    below = np.zeros(n * k, dtype=bool) if lloq_mg_l is None else value < lloq_mg_l
    return Troughs(
        patient=np.repeat(np.arange(n), k),
        value_mg_l=value if lloq_mg_l is None else np.where(below, lloq_mg_l, value),
        censoring=np.where(below, BELOW_LLOQ, MEASURED),
        day=np.tile(_sampling_days(scenario, k), n),
    )


def _sampling_days(scenario: Scenario, troughs: int, *, dated: bool = False) -> FloatArray:
    """Days of treatment; a cohort file with one trough a patient has no column for them."""
    if troughs == 1 and not dated:
        return np.array([np.nan])
    if scenario.dated is not None:
        return np.array(scenario.dated.days[:troughs], dtype=float)
    first = round(scenario.sampling_month * DAYS_PER_MONTH) or DAYS_BETWEEN_TROUGHS
    return np.asarray(first + DAYS_BETWEEN_TROUGHS * np.arange(troughs), dtype=float)


def _rounded_down(onset: FloatArray, os_months: FloatArray) -> FloatArray:
    """Return onsets as printed, NaN where there is none, never after the end of follow-up as printed."""
    return np.asarray(np.minimum(_rounded(onset, TIME_DECIMALS), os_months))


def _rounded(values: FloatArray, decimals: int) -> FloatArray:
    """Values as printed, never zero."""
    return np.asarray(np.maximum(np.round(values, decimals), 10.0**-decimals))
