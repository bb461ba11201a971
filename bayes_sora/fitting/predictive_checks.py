r"""Predictive checks that can fail: replicated data of the same patients beside theirs, group by group.

A total count hardly ever fails, since an intercept is fitted to it; neither do the counts of thirds one by one, to
which intercept and slope are fitted. What can fail is what is left: the middle third against the two others, how many
more patients have toxicity and response, or response and early death, than the two rates alone give, Kaplan–Meier
survival by third, and how far sites differ. Each number has a two-sided predictive p (mid-p over the replicates);
:func:`unlike_data` says in words which are extreme.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from bayes_sora.numerics.predictive import draw_censoring, survival_at, two_sided_p
from bayes_sora.types import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import xarray as xr

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.types import BoolArray, FloatArray, IntArray

EXTREME = 0.01
"""A check with a smaller p is said in the verdict; the share of right models that it hits is in docs/statistics.md."""
Number = Literal["patients", "survival", "difference of rates", "patients in excess", "squared deviations"]
AGAINST_OTHERS = "the middle third against the mean of the others"
BEYOND_RATES = "beyond what the two rates give"
THIRDS = ("lower third", "middle third", "upper third")
LEAST_IN_A_THIRD = 3
EARLY_MONTHS = 3.0
"""Response is judged over these months, so that a responder who dies within them is a contradiction."""
RANK_DECIMALS = 10
BAND = (0.025, 0.5, 0.975)
MONTHS = "os_months"
BINARY: tuple[Endpoint, ...] = ("toxicity", "response")
FOLLOW_UP_STREAM = 0xCE45


@dataclass(frozen=True, kw_only=True)
class PredictiveCheck:
    """One number of the observed data and where it lies among the replicates.

    Attributes
    ----------
    check : str
        What is counted, such as ``"toxicity by exposure"``.
    group : str
        Of whom, such as ``"the upper third (3.9 to 8.2 mg/L)"``.
    n : int
        Patients in it.
    number : {"patients", "survival", "difference of rates", "patients in excess", "squared deviations"}
        What the numbers are.
    observed, q025, q50, q975 : float
        The number observed, and median and 95 % equal-tailed interval of the replicated ones.
    p : float
        Two-sided mid-p; of a sum of squares that of the large side.
    """

    check: str
    group: str
    n: int
    number: Number
    observed: float
    q025: float
    q50: float
    q975: float
    p: float

    @property
    def extreme(self) -> bool:
        """Whether a fitted model that is right hardly ever gives such a number."""
        return self.p < EXTREME

    def as_dict(self) -> dict[str, object]:
        """Return plain values."""
        return asdict(self)


def predictive_checks(
    replicates: Mapping[str, FloatArray], cohort: Cohort, model: ModelFile, *, seed: int
) -> tuple[PredictiveCheck, ...]:
    """Return every check that cohort and model allow.

    Parameters
    ----------
    replicates : mapping of str to FloatArray, shape (n_draws, n_patients)
        Data of the same patients drawn again: ``toxicity`` and ``response``, 0 or 1, and ``os_months``, uncensored.
    cohort : Cohort
    model : ModelFile
        Bound to the cohort.
    seed : int
        Of the follow-up that replicated patients have in place of those who died.
    """
    observed: dict[Endpoint, FloatArray] = {}
    for endpoint in BINARY:
        seen = model.outcomes[endpoint].observed(cohort) if endpoint in replicates else None
        if seen is not None:
            observed[endpoint] = seen
    thirds = exposure_thirds(cohort)
    groups = {third: third_text(thirds, third, cohort, model) for third in np.unique(thirds).tolist()}
    found = [one for name, seen in observed.items() for one in _by_third(name, seen, replicates[name], thirds, groups)]
    if len(observed) == len(BINARY):
        found += _together(observed, replicates)
    if MONTHS in replicates and cohort.os_months is not None:
        if "response" in observed:
            found += _early_death(observed["response"], replicates, cohort)
        found += _survival_by_third(replicates[MONTHS], thirds, groups, cohort, seed=seed)
    if cohort.site is not None:
        for name, seen in observed.items():
            found += _between_sites(name, seen, replicates[name], cohort.site)
    return tuple(found)


def replicated_patients(tree: xr.DataTree, model: ModelFile) -> dict[str, FloatArray]:
    """Return the replicated data of the patients of a fit, one row a draw; {} where there are none.

    Of a toxicity by grade they are the events of the windows now, which may be of another grade than when sampled.
    """
    if "posterior_predictive" not in tree.children:
        return {}
    drawn = tree["posterior_predictive"].to_dataset()
    found = {str(name): _rows(values) for name, values in drawn.items() if name in {*BINARY, MONTHS}}
    for endpoint in BINARY:
        block = model.outcomes.get(endpoint)
        if block is not None and block.outcome.event is not None and block.outcome.recorded in drawn:
            found[endpoint] = block.outcome.event(_rows(drawn[block.outcome.recorded]), block)
    return found


def _rows(draws: xr.DataArray) -> FloatArray:
    values = draws.transpose("chain", "draw", "patient_id").to_numpy()
    return np.asarray(values.reshape(-1, values.shape[-1]), dtype=float)


def exposure_thirds(cohort: Cohort) -> IntArray:
    """Return the third (0, 1, 2) of each patient's mean measured trough; equal troughs are never parted."""
    level = np.round(np.log(cohort.trough_mg_l), RANK_DECIMALS)
    cuts = np.quantile(level, (1 / 3, 2 / 3), method="inverted_cdf")
    return np.searchsorted(cuts, level, side="left")


def third_text(thirds: IntArray, third: int, cohort: Cohort, model: ModelFile) -> str:
    """Return a third of the patients with its range of troughs in the unit of the model file."""
    troughs = cohort.trough_mg_l[thirds == third] / model.drug.unit.mg_l
    return f"{THIRDS[third]} ({troughs.min():.3g} to {troughs.max():.3g} {model.drug.unit.name})"


def unlike_data(checks: tuple[PredictiveCheck, ...]) -> Iterator[str]:
    """Say which checks are extreme, one sentence each, with the groups in which they are."""
    for check in dict.fromkeys(one.check for one in checks):
        groups = [
            f"observed {number_text(one.observed)} and replicated {number_text(one.q025)} to {number_text(one.q975)} "
            f"{one.number}, {one.group} (p {p_text(one.p)})"
            for one in checks
            if one.check == check and one.extreme
        ]
        if groups:
            yield f"the model does not reproduce {check}: {'; '.join(groups)}"


def number_text(value: float) -> str:
    """Return a count without decimals and anything else with two."""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}"


def p_text(p: float) -> str:
    """Return a predictive p with three decimals, never rounded to zero."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _by_third(
    name: str, seen: FloatArray, replicated: FloatArray, thirds: IntArray, groups: Mapping[int, str]
) -> Iterator[PredictiveCheck]:
    check = f"{name} by exposure"
    seen_rates: list[float] = []
    rates: list[FloatArray] = []
    for third, group in groups.items():
        inside = (thirds == third) & ~np.isnan(seen)
        if np.count_nonzero(inside) >= LEAST_IN_A_THIRD:
            yield _count(check, f"the {group}", seen[inside], replicated[:, inside])
            seen_rates.append(float(seen[inside].mean()))
            rates.append(replicated[:, inside].mean(axis=1))
    if len(rates) == len(THIRDS):
        low, middle, high = seen_rates
        bent = rates[1] - 0.5 * (rates[0] + rates[2])
        n = int(np.count_nonzero(~np.isnan(seen)))
        yield _check(check, AGAINST_OTHERS, n, "difference of rates", middle - 0.5 * (low + high), bent)


def _together(
    observed: Mapping[Endpoint, FloatArray], replicates: Mapping[str, FloatArray]
) -> Iterator[PredictiveCheck]:
    known = ~np.isnan(observed["toxicity"]) & ~np.isnan(observed["response"])
    if known.any():
        seen = (observed["toxicity"][known], observed["response"][known])
        replicated = (replicates["toxicity"][:, known], replicates["response"][:, known])
        yield from _both("toxicity and response together", seen, replicated)


def _early_death(
    response: FloatArray, replicates: Mapping[str, FloatArray], cohort: Cohort
) -> Iterator[PredictiveCheck]:
    time, death = follow_up(cohort)
    early = (time <= EARLY_MONTHS) & death
    known = ~np.isnan(response) & (early | (time > EARLY_MONTHS))
    if known.any():
        died = (replicates[MONTHS] <= EARLY_MONTHS).astype(float)
        seen = (response[known], early[known].astype(float))
        replicated = (replicates["response"][:, known], died[:, known])
        yield from _both(f"response and death within {EARLY_MONTHS:g} months", seen, replicated)


def _both(
    check: str, seen: tuple[FloatArray, FloatArray], replicated: tuple[FloatArray, FloatArray]
) -> Iterator[PredictiveCheck]:
    """Count who has both, and how many more these are than the two rates alone would give."""
    n = seen[0].size
    yield _count(check, "patients of whom both are known", seen[0] * seen[1], replicated[0] * replicated[1])
    observed, drawn = (
        (one * other).sum(axis=-1) - one.sum(axis=-1) * other.sum(axis=-1) / n for one, other in (seen, replicated)
    )
    yield _check(check, BEYOND_RATES, n, "patients in excess", float(observed), drawn)


def _survival_by_third(
    months: FloatArray, thirds: IntArray, groups: Mapping[int, str], cohort: Cohort, *, seed: int
) -> Iterator[PredictiveCheck]:
    time, death = follow_up(cohort)
    again, died = censored_replicates(months, cohort, seed=seed)
    month = float(np.median(time))
    for third, group in groups.items():
        inside = thirds == third
        n = int(np.count_nonzero(inside))
        if n < LEAST_IN_A_THIRD:
            continue
        entry = None if cohort.entry_months is None else cohort.entry_months[inside]
        seen = survival_at(month, time[None, inside], death[None, inside], entry=entry)
        replicated = survival_at(month, again[:, inside], died[:, inside], entry=entry)
        check = f"survival to month {month:.3g} by exposure"
        yield _check(check, f"the {group}", n, "survival", float(seen[0]), replicated)


def follow_up(cohort: Cohort) -> tuple[FloatArray, BoolArray]:
    """Return the months of follow-up of every patient, and whether it ended in death."""
    assert cohort.os_months is not None
    assert cohort.death is not None
    return cohort.os_months, cohort.death == 1.0


def censored_replicates(months: FloatArray, cohort: Cohort, *, seed: int) -> tuple[FloatArray, BoolArray]:
    """Return replicated follow-up and whether it ended in death, cut short as that of the patients is."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(FOLLOW_UP_STREAM,)))
    ends = draw_censoring(*follow_up(cohort), n_draws=months.shape[0], rng=rng)
    return np.minimum(months, ends), months <= ends


def _between_sites(
    name: str, seen: FloatArray, replicated: FloatArray, site: tuple[str, ...]
) -> Iterator[PredictiveCheck]:
    """Sum over sites the squared distance of a count from what the replicates have, in their SD."""
    known = ~np.isnan(seen)
    labels, place = np.unique(np.array(site)[known], return_inverse=True)
    if labels.size < 2:
        return
    members = np.eye(labels.size)[place]
    counts, observed = replicated[:, known] @ members, seen[known] @ members
    mean, sd = counts.mean(axis=0), np.maximum(counts.std(axis=0), 1e-9)
    squares = (((counts - mean) / sd) ** 2).sum(axis=1)
    value = float((((observed - mean) / sd) ** 2).sum())
    low, middle, high = np.quantile(squares, BAND).tolist()
    yield PredictiveCheck(
        check=f"{name} between sites",
        group=f"{labels.size} sites",
        n=int(known.sum()),
        number="squared deviations",
        observed=value,
        q025=low,
        q50=middle,
        q975=high,
        p=float(max(np.mean(squares >= value), 0.5 / squares.size)),
    )


def _count(check: str, group: str, seen: FloatArray, replicated: FloatArray) -> PredictiveCheck:
    return _check(check, group, seen.size, "patients", float(seen.sum()), replicated.sum(axis=1))


def _check(  # noqa: PLR0917 - the fields of what it makes
    check: str, group: str, n: int, number: Number, observed: float, replicated: FloatArray
) -> PredictiveCheck:
    low, middle, high = np.quantile(replicated, BAND, method="inverted_cdf").tolist()
    p = two_sided_p(observed, replicated)
    return PredictiveCheck(
        check=check, group=group, n=n, number=number, observed=observed, q025=low, q50=middle, q975=high, p=p
    )
