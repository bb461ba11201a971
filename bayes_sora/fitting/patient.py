"""One patient against a fit: where the average trough stands, and what such patients of the cohort went through."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from bayes_sora.digits import short
from bayes_sora.errors import UsageError
from bayes_sora.fitting.answer import leading_window
from bayes_sora.fitting.result import default_settings
from bayes_sora.modelfile.dated import trough_sd
from bayes_sora.modelfile.effect import exposure_effect
from bayes_sora.modelfile.terms.population import effect_nodes, effect_sd, exposure_mean, exposure_sd
from bayes_sora.numerics import weibull
from bayes_sora.numerics.exposure import conditional_log_exposure
from bayes_sora.numerics.logistic import expit
from bayes_sora.numerics.numpy_ops import NUMPY
from bayes_sora.numerics.population import average, half_dead
from bayes_sora.numerics.quadrature import uniform_nodes
from bayes_sora.types import ExposureUnit, FloatArray
from bayes_sora.window import PatientWindow, Window, trough_in_window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bayes_sora.fitting.result import Fit
    from bayes_sora.modelfile.spec import ModelFile, OutcomeBlock
    from bayes_sora.types import Endpoint

NODES, HALF_WIDTH = 61, 6.0
TAILS = {"q025": 0.025, "q50": 0.5, "q975": 0.975}

ASSOCIATION = (
    "These are associations among the cohort's patients, for an average trough that stays as it is; "
    "they do not say what a change of dose would do."
)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Posterior median and 95 % equal-tailed interval of one number."""

    q025: float
    q50: float
    q975: float


@dataclass(frozen=True, kw_only=True)
class PatientOutcome:
    """Probability of toxicity or response, averaged over the patient's average trough, and its name for people."""

    label: str
    probability: Estimate


@dataclass(frozen=True, kw_only=True)
class PatientSurvival:
    """Overall survival averaged over the patient's average trough.

    Attributes
    ----------
    median_months : Estimate
        When half of such patients are dead.
    at_months : float
    p_alive : Estimate
        P(alive at `at_months`).
    tau_months : float
    restricted_mean : Estimate
        Mean survival within `tau_months`, months.
    """

    median_months: Estimate
    at_months: float
    p_alive: Estimate
    tau_months: float
    restricted_mean: Estimate


@dataclass(frozen=True, kw_only=True)
class DoseRange:
    """Doses that would bring the average trough into the window if it were proportional to the dose: arithmetic.

    Attributes
    ----------
    current_mg : float
    lower_mg, upper_mg : float or None
        Current dose × window limit / average trough, of medians; None when the limit is undefined.
    window_lower, window_upper : float or None
        Medians of the limits, in the unit of the model file.
    """

    current_mg: float
    lower_mg: float | None
    upper_mg: float | None
    window_lower: float | None
    window_upper: float | None


@dataclass(frozen=True, kw_only=True)
class PatientPrediction:
    """What a fit says about one patient.

    Attributes
    ----------
    troughs : tuple of float
        The measured troughs in `unit`.
    unit : ExposureUnit
    average_trough : Estimate
        The average trough behind the measured ones, in `unit`.
    window : Window
    standing : PatientWindow
        P(average trough below, in, above the window).
    outcomes : mapping of endpoint to PatientOutcome
        Toxicity and response, as far as the model has them.
    survival : PatientSurvival or None
    dose : DoseRange or None
        None when no dose was given.
    caveats : tuple of str
    """

    troughs: tuple[float, ...]
    unit: ExposureUnit
    average_trough: Estimate
    window: Window
    standing: PatientWindow
    outcomes: Mapping[Endpoint, PatientOutcome]
    survival: PatientSurvival | None
    dose: DoseRange | None
    caveats: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """Return everything as plain JSON values, None where undefined."""
        window = self.window
        return {
            "troughs": list(self.troughs),
            "unit": self.unit.name,
            "average_trough": asdict(self.average_trough),
            "window": window.kind,
            "identified": window.identified,
            "p_exists": window.p_exists,
            **asdict(self.standing),
            **{endpoint: asdict(outcome) for endpoint, outcome in self.outcomes.items()},
            "survival": None if self.survival is None else asdict(self.survival),
            "dose": None if self.dose is None else asdict(self.dose),
            "caveats": list(self.caveats),
        }


def predict_patient(
    fit: Fit, *, troughs: Sequence[float], kind: str | None = None, dose_mg: float | None = None
) -> PatientPrediction:
    r"""Say where one patient stands against a window, and what such patients went through.

    In each draw :math:`\log C` given the measured troughs is normal
    (:func:`~bayes_sora.numerics.exposure.conditional_log_exposure`) and every curve is averaged over it,
    :math:`E[p(C) \mid y]`; a model that takes troughs as measured has C = their geometric mean. The patient does not
    update the draws.

    Parameters
    ----------
    fit : Fit
    troughs : sequence of float
        Measured steady-state troughs in the unit of the model file, at least one, all at the same dose.
    kind : {"limits", "youden", "utility"}, optional
        Window, with the settings of the model file; default: the one that the answer of the fit is about.
    dose_mg : float, optional
        The dose at which the troughs were measured.

    Raises
    ------
    UsageError
        When a trough or the dose is not a positive number, or the model does not allow that window.
    """
    if dose_mg is not None and not (np.isfinite(dose_mg) and dose_mg > 0):
        msg = f"the dose must be a positive number of mg, got {dose_mg}"
        raise UsageError(msg)
    unit = fit.curves.unit
    window = _window(fit, kind)
    measured_mg_l = np.asarray(troughs, dtype=float) * unit.mg_l
    standing = trough_in_window(window.posterior, fit.curves, trough_mg_l=measured_mg_l)
    parameters = {str(name): draws.to_numpy().reshape(-1) for name, draws in fit.parameters.items()}
    mean, sd = _log_exposure(parameters, np.log(measured_mg_l), fit.model_file)
    average = _average_trough(mean, sd, unit)
    nodes, weights = uniform_nodes(NODES, half_width=HALF_WIDTH) if np.any(sd) else (np.zeros(1), np.ones(1))
    # Axes: nodes of the average trough, draws.
    x = mean + sd * nodes[:, None] - np.log(fit.model_file.drug.reference_mg_l)
    return PatientPrediction(
        troughs=tuple(float(trough) for trough in troughs),
        unit=unit,
        average_trough=average,
        window=window,
        standing=standing,
        outcomes=_outcomes(parameters, x, weights, fit.model_file),
        survival=_survival(parameters, x, weights, fit.model_file),
        dose=None if dose_mg is None else _dose_range(dose_mg, window, average),
        caveats=_caveats(fit, window, measured_mg_l),
    )


def _window(fit: Fit, kind: str | None) -> Window:
    if kind is None:
        return leading_window(fit)
    if kind in fit.windows:
        return fit.windows[kind]
    by_kind = {settings.kind: settings for settings in default_settings(fit.model_file)}
    if kind not in by_kind:
        msg = f"unknown window {kind!r}; known: {', '.join(by_kind)}"
        raise UsageError(msg)
    return fit.window(by_kind[kind])  # raises: the model does not allow it


def _log_exposure(
    parameters: Mapping[str, FloatArray], log_trough: FloatArray, model: ModelFile
) -> tuple[FloatArray, FloatArray]:
    """Return mean and SD of log C of each draw, log mg/L."""
    if model.exposure.form == "observed":
        mean = np.full_like(parameters["exposure_log_median"], log_trough.mean())
        return mean, np.zeros_like(mean)
    return conditional_log_exposure(
        log_trough.size,
        log_trough.mean(),
        mu=exposure_mean(model, parameters),
        sd_between=exposure_sd(model, parameters),
        sd_within=trough_sd(parameters, model.exposure),
    )


def _average_trough(mean: FloatArray, sd: FloatArray, unit: ExposureUnit) -> Estimate:
    """Quantiles of C over draws and what is unknown in each: the mixture of the normals of log C."""
    if not np.any(sd):
        exact = float(np.exp(mean[0])) / unit.mg_l
        return Estimate(q025=exact, q50=exact, q975=exact)
    low, high = float((mean - 10.0 * sd).min()), float((mean + 10.0 * sd).max())

    def quantile(share: float) -> float:
        log_exposure = brentq(lambda log_c: float(ndtr((log_c - mean) / sd).mean()) - share, low, high)
        return float(np.exp(log_exposure)) / unit.mg_l

    return Estimate(**{name: quantile(share) for name, share in TAILS.items()})


def _outcomes(
    parameters: Mapping[str, FloatArray], x: FloatArray, weights: FloatArray, model: ModelFile
) -> dict[Endpoint, PatientOutcome]:
    outcomes: dict[Endpoint, PatientOutcome] = {}
    for endpoint, block in model.outcomes.items():
        if endpoint == "survival":
            continue
        sd = effect_sd(model, endpoint, parameters, x)
        intercept = f"{endpoint}_intercept"
        by_group = (
            share * _probability({**parameters, intercept: parameters[intercept] + offset}, x, block, sd)
            for offset, share in _groups(model, endpoint, parameters)
        )
        probability = weights @ sum(by_group, start=np.zeros_like(x))
        outcomes[endpoint] = PatientOutcome(label=block.label, probability=_over_draws(probability))
    return outcomes


def _groups(
    model: ModelFile, endpoint: Endpoint, parameters: Mapping[str, FloatArray]
) -> list[tuple[FloatArray, float]]:
    """Return what covariates add to the endpoint in groups of the cohort's patients, and the share of each group."""
    nodes = effect_nodes(model, endpoint, parameters)
    return [(np.zeros(1), 1.0)] if nodes is None else list(zip(nodes[0], nodes[1].tolist(), strict=True))


def _probability(
    parameters: Mapping[str, FloatArray], x: FloatArray, block: OutcomeBlock, sd: FloatArray | None
) -> FloatArray:
    """Return the probability of a binary endpoint at x, averaged over what varies between patients beside exposure."""
    intercept = f"{block.endpoint}_intercept"

    def at(z: float) -> FloatArray:
        shifted = {**parameters, intercept: parameters[intercept] + (0.0 if sd is None else sd * z)}
        if block.outcome.logit_event is None:
            return np.asarray(expit(shifted[intercept] + exposure_effect(x, shifted, block)))
        return np.asarray(expit(block.outcome.logit_event(NUMPY, x, shifted, block)))

    return at(0.0) if sd is None else average(at)


def _survival(
    parameters: Mapping[str, FloatArray], x: FloatArray, weights: FloatArray, model: ModelFile
) -> PatientSurvival | None:
    if "survival" not in model.outcomes:
        return None
    median, shape = parameters["survival_median"], parameters["survival_shape"]
    effect = exposure_effect(x, parameters, model.outcomes["survival"])

    sd = effect_sd(model, "survival", parameters, x)
    varies = np.zeros(1) if sd is None else sd
    groups = _groups(model, "survival", parameters)

    def averaged(formula: Callable[..., FloatArray]) -> FloatArray:
        def of_group(offset: FloatArray) -> FloatArray:
            def at(z: float) -> FloatArray:
                return formula(median=median, shape=shape, log_hazard_ratio=effect + offset + varies * z)

            return at(0.0) if sd is None else average(at)

        return np.asarray(weights @ sum((share * of_group(offset) for offset, share in groups), start=np.zeros(1)))

    def alive(months: FloatArray) -> FloatArray:
        return averaged(lambda **of: np.exp(weibull.log_survival(months, **of)))

    asked = model.windows
    offsets = [offset for offset, _ in groups]
    worst = effect + np.maximum.reduce(offsets) + 4.0 * varies
    best = effect + np.minimum.reduce(offsets) - 4.0 * varies
    latest, earliest = (
        weibull.median_survival(median=median, shape=shape, log_hazard_ratio=ratio) for ratio in (best, worst)
    )
    restricted = averaged(partial(weibull.restricted_mean, asked.tau_months))
    return PatientSurvival(
        median_months=_over_draws(half_dead(alive, earliest.min(axis=0), latest.max(axis=0))),
        at_months=asked.survival_months,
        p_alive=_over_draws(alive(np.asarray(asked.survival_months))),
        tau_months=asked.tau_months,
        restricted_mean=_over_draws(restricted),
    )


def _over_draws(values: FloatArray) -> Estimate:
    quantiles = np.quantile(values, list(TAILS.values())).tolist()
    return Estimate(**dict(zip(TAILS, quantiles, strict=True)))


def _dose_range(dose_mg: float, window: Window, average: Estimate) -> DoseRange:
    lower, upper = window.lower.q50, window.upper.q50
    return DoseRange(
        current_mg=dose_mg,
        lower_mg=None if lower is None else dose_mg * lower / average.q50,
        upper_mg=None if upper is None else dose_mg * upper / average.q50,
        window_lower=lower,
        window_upper=upper,
    )


def _caveats(fit: Fit, window: Window, measured_mg_l: FloatArray) -> tuple[str, ...]:
    observed, unit = fit.curves.observed_span, fit.curves.unit
    caveats = [ASSOCIATION]
    if not window.identified:
        caveats.insert(0, f"The {window.kind} window is not identified: {'; '.join(window.why)}.")
    typical = float(np.exp(np.log(measured_mg_l).mean()))
    if not observed.low <= typical <= observed.high:
        caveats.append(
            f"The cohort's troughs lie between {short(observed.low / unit.mg_l)} and "
            f"{short(observed.high / unit.mg_l)} {unit.name}: for this patient the curves are extrapolated."
        )
    return tuple(caveats)
