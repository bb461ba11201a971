"""What a fit would say if an unmeasured factor went with exposure: a table over assumed strengths."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_sora.arguments import NUMBER, check_argument
from bayes_sora.cohort.door import as_cohort
from bayes_sora.errors import UsageError
from bayes_sora.fitting.fit import DEFAULT_MODEL, DEFAULT_SEED, fit
from bayes_sora.modelfile import ModelFile, as_model, parse_model

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from bayes_sora.cohort.frames import Frame
    from bayes_sora.cohort.table import Cohort
    from bayes_sora.fitting.result import Fit
    from bayes_sora.types import FloatArray

    Progress = Callable[[str, int, int], None]

CORRELATIONS = (-0.5, 0.0, 0.5)
EFFECTS = (0.4, 0.8)
ENDS = (0.025, 0.5, 0.975)
ENDPOINT = "survival"
SLOPE = "survival_linear"

Interval = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class ConfoundedAnswer:
    """What one assumption leads to; each interval is (2.5 %, median, 97.5 %), exposures in the unit of the model file.

    Attributes
    ----------
    correlation, effect : float
        ρ, and ζ of survival per SD of the factor.
    optimum, utility_lower, utility_upper : Interval or None
        Of the utility window.
    limits_lower, limits_upper : Interval or None
        Of the window of acceptable risk, given that it exists; None where fewer than half of the draws have one.
    survival_slope : Interval or None
        Change of the log hazard per unit of log exposure at the reference; None where its form has none.
    verdict : str
        Of the draws.
    """

    correlation: float
    effect: float
    optimum: Interval | None
    utility_lower: Interval | None
    utility_upper: Interval | None
    limits_lower: Interval | None
    limits_upper: Interval | None
    survival_slope: Interval | None
    verdict: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def confounding_sensitivity(
    cohort: Cohort | str | os.PathLike[str] | Frame,
    *,
    model: ModelFile | str | os.PathLike[str] = DEFAULT_MODEL,
    correlations: Sequence[float] = CORRELATIONS,
    effects: Sequence[float] = EFFECTS,
    seed: int = DEFAULT_SEED,
    draws: int | None = None,
    tune: int | None = None,
    chains: int | None = None,
    progress: Progress | None = None,
) -> tuple[ConfoundedAnswer, ...]:
    """Fit a cohort again under each assumption of an unmeasured factor that acts on exposure and survival.

    Parameters
    ----------
    cohort : Cohort, path or data frame
    model : ModelFile, or the name or path of one
        With survival. What it says of confounding is replaced.
    correlations : sequence of float
        Of the factor with log exposure, ρ, −0.99 to 0.99.
    effects : sequence of float
        Log hazard ratio per SD of the factor, ζ, −5 to 5.
    seed : int
        Everything random follows from it.
    draws, tune, chains : int, optional
        As in :func:`bayes_sora.fit`.
    progress : callable, optional
        Hears (what is being done, fits done, fits in all).

    Returns
    -------
    tuple of ConfoundedAnswer
        First that without a factor (ρ = ζ = 0), then correlation by correlation.

    Raises
    ------
    InputError
        When a number is out of its range, or the model file or the cohort is of no use.
    UsageError
        When an argument is of another type, or the model has no survival.
    """
    loaded = as_model(model)
    check_argument("correlations", correlations, NUMBER.each())
    check_argument("effects", effects, NUMBER.each())
    cohort = as_cohort(cohort, covariates=loaded.covariates, molar_mass_g_mol=loaded.drug.molar_mass_g_mol)
    if ENDPOINT not in loaded.outcomes:
        msg = (
            f"the model file {loaded.name} has no [{ENDPOINT}]: an unmeasured factor of survival has nothing to act on"
        )
        raise UsageError(msg)
    pairs = [(0.0, 0.0), *((rho, zeta) for rho in correlations for zeta in effects)]
    assumed = [_assuming(loaded, rho, zeta) for rho, zeta in pairs]
    answers: list[ConfoundedAnswer] = []
    for done, ((rho, zeta), one) in enumerate(zip(pairs, assumed, strict=True)):
        if progress is not None:
            progress(f"correlation {rho:g}, effect {zeta:g}", done, len(pairs))
        found = fit(cohort, model=one, seed=seed, draws=draws, tune=tune, chains=chains)
        answers.append(_answer(found, rho, zeta))
    return tuple(answers)


def _assuming(model: ModelFile, correlation: float, effect: float) -> ModelFile:
    content: dict[str, Any] = {name: value for name, value in json.loads(model.text).items() if name != "released"}
    content.pop("confounding", None)
    if effect != 0.0:
        content["confounding"] = {"correlation": float(correlation), ENDPOINT: float(effect)}
    return parse_model(content)


def _answer(found: Fit, correlation: float, effect: float) -> ConfoundedAnswer:
    slope = found.parameters[SLOPE].to_numpy().ravel() if SLOPE in found.parameters else None
    return ConfoundedAnswer(
        correlation=correlation,
        effect=effect,
        optimum=_limit(found, "utility", "optimum"),
        utility_lower=_limit(found, "utility", "lower"),
        utility_upper=_limit(found, "utility", "upper"),
        limits_lower=_limit(found, "limits", "lower"),
        limits_upper=_limit(found, "limits", "upper"),
        survival_slope=None if slope is None else _interval(slope),
        verdict=found.trust.verdict,
    )


def _limit(found: Fit, kind: str, name: str) -> Interval | None:
    window = {str(of): one for of, one in found.windows.items()}.get(kind)
    if window is None:
        return None
    values = window.posterior.draws[name].to_numpy().ravel() / found.curves.unit.mg_l
    defined = values[np.isfinite(values)]
    return _interval(defined) if defined.size >= values.size / 2 else None


def _interval(values: FloatArray) -> Interval:
    low, middle, high = np.quantile(values, ENDS).tolist()
    return low, middle, high
