r"""Cohorts drawn from prior draws, and the statistics by which they are told.

A cohort a draw: :math:`\log C_i \sim N(μ, σ_b)`, its troughs, toxicities, responses and survival times by
:func:`~bayes_sora.inference.predict.draw_replicates`. Survival times are drawn uncensored, so that a share is a share
of all patients; of an observed cohort the Kaplan–Meier estimate stands in its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.classical.survival import KaplanMeier, kaplan_meier
from bayes_sora.fitting.prior.pattern import BINARY, BinaryEndpoint, Pattern
from bayes_sora.inference.predict import draw_replicates
from bayes_sora.numerics.ranks import auc_by_row
from bayes_sora.types import Endpoint, FloatArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.fitting.prior.number import Scale
    from bayes_sora.modelfile.spec import ModelFile

DEAD_BY_MONTHS = 12.0
SPREAD = (0.05, 0.95)
CHUNK_VALUES = 1_000_000
LONGEST_MONTHS = 1e9
"""Survival times are cut here: under a wide prior a few are too large to be numbers."""


@dataclass(frozen=True)
class StatisticWords:
    """How a statistic is called and what its number is; `endpoint` without which it has no meaning."""

    label: str
    scale: Scale
    endpoint: Endpoint | None = None


STATISTICS: Mapping[str, StatisticWords] = MappingProxyType(
    {
        "median_trough": StatisticWords("Median trough", "exposure"),
        "trough_spread": StatisticWords("Spread, 95th / 5th percentile", "fold"),
        "toxicity_rate": StatisticWords("Toxicity rate", "share", "toxicity"),
        "response_rate": StatisticWords("Response rate", "share", "response"),
        "toxicity_auc": StatisticWords("AUC, toxicity", "auc", "toxicity"),
        "response_auc": StatisticWords("AUC, response", "auc", "response"),
        "dead_by_12_months": StatisticWords("Dead by 12 months", "share", "survival"),
        "median_survival": StatisticWords("Median survival", "months", "survival"),
    }
)
"""The statistics of a cohort by name, in the order of table and figure."""


def draw_statistics(
    parameters: Mapping[str, FloatArray], model: ModelFile, pattern: Pattern, *, rng: np.random.Generator
) -> dict[str, FloatArray]:
    """Draw one cohort a draw and return its statistics.

    Parameters
    ----------
    parameters : mapping of str to FloatArray, shape (n_draws,)
    model : ModelFile
    pattern : Pattern
        Patients, troughs of each, and who is evaluable.
    rng : numpy.random.Generator

    Returns
    -------
    dict
        Name → (n_draws,), of :data:`STATISTICS` those whose endpoint the model has and somebody is evaluable for;
        NaN where a cohort leaves one undefined (the AUC of a cohort without an event). Troughs in mg/L.
    """
    n_draws = next(iter(parameters.values())).size
    size = max(1, CHUNK_VALUES // pattern.trough_patient.size)
    parts = []
    for start in range(0, n_draws, size):
        at = {name: values[start : start + size] for name, values in parameters.items()}
        parts.append(_draw_part(at, model, pattern, rng))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def observed_statistics(cohort: Cohort, model: ModelFile, pattern: Pattern) -> dict[str, float]:
    """Return the statistics of an observed cohort; what it leaves undefined is absent.

    The share dead by 12 months is 1 − Kaplan–Meier, undefined when nobody was followed so long; the median is that of
    Kaplan–Meier, undefined when not reached.
    """
    log_trough = pattern.mean_log_trough(cohort.troughs.value_mg_l)[None, :]
    found = _of_troughs(log_trough)
    for endpoint in BINARY:
        outcome = getattr(cohort, endpoint)
        if endpoint in model.endpoints and outcome is not None:
            found |= _of_binary(endpoint, outcome[None, :], log_trough, pattern)
    numbers = {name: float(values[0]) for name, values in found.items()}
    if "survival" in model.endpoints and cohort.os_months is not None and cohort.death is not None:
        numbers |= _of_kaplan_meier(kaplan_meier(cohort.os_months, cohort.death))
    return {name: value for name, value in numbers.items() if np.isfinite(value)}


def _draw_part(
    parameters: Mapping[str, FloatArray], model: ModelFile, pattern: Pattern, rng: np.random.Generator
) -> dict[str, FloatArray]:
    latent = model.exposure.form == "latent"
    mu, sd = (parameters[f"exposure_{name}"][:, None] for name in ("log_median", "sd_between" if latent else "sd"))
    log_exposure = mu + sd * rng.standard_normal((mu.size, pattern.n_patients))
    with np.errstate(over="ignore"):
        drawn = draw_replicates(parameters, log_exposure, model, pattern.cohort(), rng=rng)
    # As measured, a patient's trough is the exposure that toxicity and survival obey.
    troughs = drawn["trough_mg_l"] if latent else np.exp(log_exposure[:, pattern.trough_patient])
    log_trough = pattern.mean_log_trough(troughs)
    found = _of_troughs(log_trough)
    for endpoint in BINARY:
        if endpoint in drawn:
            found |= _of_binary(endpoint, drawn[endpoint], log_trough, pattern)
    return found | (_of_times(drawn["os_months"]) if "os_months" in drawn else {})


def _of_troughs(log_trough: FloatArray) -> dict[str, FloatArray]:
    low, middle, high = np.quantile(log_trough, (SPREAD[0], 0.5, SPREAD[1]), axis=1)
    return {"median_trough": np.exp(middle), "trough_spread": np.exp(high - low)}


def _of_binary(
    endpoint: BinaryEndpoint, outcome: FloatArray, log_trough: FloatArray, pattern: Pattern
) -> dict[str, FloatArray]:
    known = pattern.evaluable(endpoint)
    if not known.any():
        return {}
    outcome = outcome[:, known]
    return {
        f"{endpoint}_rate": outcome.mean(axis=1),
        f"{endpoint}_auc": auc_by_row(log_trough[:, known], outcome),
    }


def _of_times(os_months: FloatArray) -> dict[str, FloatArray]:
    times = np.minimum(os_months, LONGEST_MONTHS)
    return {
        f"dead_by_{DEAD_BY_MONTHS:.0f}_months": (times <= DEAD_BY_MONTHS).mean(axis=1),
        "median_survival": np.median(times, axis=1),
    }


def _of_kaplan_meier(curve: KaplanMeier) -> dict[str, float]:
    dead = 1.0 - float(curve.survival_at(np.array(DEAD_BY_MONTHS)))
    followed = bool(curve.at_risk_at(np.array(DEAD_BY_MONTHS)) > 0) or dead == 1.0
    return {
        f"dead_by_{DEAD_BY_MONTHS:.0f}_months": dead if followed else np.nan,
        "median_survival": np.nan if curve.median_months is None else curve.median_months,
    }
