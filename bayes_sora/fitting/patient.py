"""One patient against a fit: where the average trough stands, and what such patients of the cohort went through."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from bayes_sora.digits import short
from bayes_sora.errors import UsageError
from bayes_sora.fitting.answer import leading_window
from bayes_sora.fitting.known import known_patient
from bayes_sora.fitting.patient_exposure import ExposureGroup, exposure_groups
from bayes_sora.fitting.patient_outcomes import (
    TAILS,
    Estimate,
    PatientOutcome,
    PatientSurvival,
    patient_outcomes,
    patient_survival,
)
from bayes_sora.types import ExposureUnit, FloatArray
from bayes_sora.window import PatientWindow, Window
from bayes_sora.window.patient import check_troughs, exposure_in_window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bayes_sora.fitting.result import Fit
    from bayes_sora.types import Endpoint


ASSOCIATION = (
    "These are associations among the cohort's patients, for {exposure} that stays as it is; "
    "they do not say what a change of dose would do."
)


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
    scale : str
        What the model takes for exposure: ``"average trough"``, ``"measured trough"`` or ``"dose"``.
    average_trough : Estimate
        The exposure, in `unit`: the average trough behind the measured ones, or their geometric mean where the model
        takes troughs as measured.
    window : Window
    standing : PatientWindow
        P(average trough below, in, above the window).
    outcomes : mapping of endpoint to PatientOutcome
        Toxicity and response, as far as the model has them.
    survival : PatientSurvival or None
    dose : DoseRange or None
        None when no dose was given.
    known : tuple of str
        What was used of the patient beside the troughs, and what was averaged over; () where there is nothing.
    caveats : tuple of str
    """

    troughs: tuple[float, ...]
    unit: ExposureUnit
    scale: str
    average_trough: Estimate
    window: Window
    standing: PatientWindow
    outcomes: Mapping[Endpoint, PatientOutcome]
    survival: PatientSurvival | None
    dose: DoseRange | None
    known: tuple[str, ...]
    caveats: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """Return everything as plain JSON values, None where undefined."""
        window = self.window
        return {
            "troughs": list(self.troughs),
            "unit": self.unit.name,
            "scale": self.scale,
            "average_trough": asdict(self.average_trough),
            "window": window.kind,
            "identified": window.identified,
            "p_exists": window.p_exists,
            **asdict(self.standing),
            **{endpoint: asdict(outcome) for endpoint, outcome in self.outcomes.items()},
            "survival": None if self.survival is None else asdict(self.survival),
            "dose": None if self.dose is None else asdict(self.dose),
            "known": list(self.known),
            "caveats": list(self.caveats),
        }


def predict_patient(
    fit: Fit,
    *,
    troughs: Sequence[float],
    kind: str | None = None,
    dose_mg: float | None = None,
    covariates: Mapping[str, float | str] | None = None,
    site: str | None = None,
    study: str | None = None,
) -> PatientPrediction:
    r"""Say where one patient stands against a window, and what such patients went through.

    In each draw :math:`\log C` given the measured troughs is normal
    (:func:`~bayes_sora.numerics.exposure.conditional_log_exposure`) and every curve is averaged over it,
    :math:`E[p(C) \mid y]`; a model that takes troughs as measured has C = their geometric mean. What is known of the
    patient is used: covariates, site and study as given; of covariates that are not given those of the cohort's
    patients, weighted by how probable the troughs are in each; an unmeasured factor that goes with exposure as the
    troughs make it probable. Frailties, and sites that are not given, are averaged over. The patient does not update
    the draws, and the window stays that of the fit.

    Parameters
    ----------
    fit : Fit
    troughs : sequence of float
        Measured steady-state troughs in the unit of the model file, at least one, all at the same dose.
    kind : {"limits", "youden", "utility"}, optional
        Window, with the settings of the model file; default: the one that the answer of the fit is about.
    dose_mg : float, optional
        The dose at which the troughs were measured.
    covariates : mapping of str to float or str, optional
        The patient's covariates in the unit of the cohort, by name; levels as text.
    site, study : str, optional
        Where the patient is treated, one of the cohort's.

    Raises
    ------
    UsageError
        When a trough or the dose is not a positive number, the model does not allow that window, or it has no such
        covariate, site or study.
    """
    if dose_mg is not None and not (np.isfinite(dose_mg) and dose_mg > 0):
        msg = f"the dose must be a positive number of mg, got {dose_mg}"
        raise UsageError(msg)
    unit = fit.curves.unit
    window = _window(fit, kind)
    measured_mg_l = np.asarray(troughs, dtype=float) * unit.mg_l
    log_troughs = check_troughs(measured_mg_l)
    patient = known_patient(fit, covariates=covariates or {}, site=site, study=study)
    groups = exposure_groups(patient.model, patient.parameters, log_troughs)
    average = _average_trough(groups, unit)
    return PatientPrediction(
        troughs=tuple(float(trough) for trough in troughs),
        unit=unit,
        scale=fit.curves.scale,
        average_trough=average,
        window=window,
        standing=exposure_in_window(
            window.posterior,
            log_mean=np.stack([group.mean for group in groups]),
            log_sd=np.stack([group.sd for group in groups]),
            share=np.stack([group.share for group in groups]),
        ),
        outcomes=patient_outcomes(patient, log_troughs),
        survival=patient_survival(patient, log_troughs),
        dose=None if dose_mg is None else _dose_range(dose_mg, window, average),
        known=patient.words,
        caveats=_caveats(fit, window, measured_mg_l),
    )


def _window(fit: Fit, kind: str | None) -> Window:
    if kind is None:
        return leading_window(fit)
    if kind in fit.windows:
        return fit.windows[kind]
    by_kind = {settings.kind: settings for settings in fit.model_file.questions.all}
    if kind not in by_kind:
        msg = f"unknown window {kind!r}; known: {', '.join(by_kind)}"
        raise UsageError(msg)
    return fit.window(by_kind[kind])  # raises: the model does not allow it


def _average_trough(groups: Sequence[ExposureGroup], unit: ExposureUnit) -> Estimate:
    """Quantiles of C over draws and what is unknown in each: the mixture of the normals of log C."""
    mean, sd, share = (np.stack([getattr(group, name) for group in groups]) for name in ("mean", "sd", "share"))
    if not np.any(sd):
        exact = float(np.exp(mean.flat[0])) / unit.mg_l
        return Estimate(q025=exact, q50=exact, q975=exact)
    low, high = float((mean - 10.0 * sd).min()), float((mean + 10.0 * sd).max())

    def quantile(probability: float) -> float:
        def excess(log_c: float) -> float:
            return float(np.sum(share * ndtr((log_c - mean) / sd), axis=0).mean()) - probability

        return float(np.exp(brentq(excess, low, high))) / unit.mg_l

    return Estimate(**{name: quantile(probability) for name, probability in TAILS.items()})


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
    scale = fit.curves.scale
    caveats = [ASSOCIATION.format(exposure=f"{'an' if scale.startswith('a') else 'a'} {scale}")]
    if not window.identified:
        caveats.insert(0, f"The {window.kind} window is not identified: {'; '.join(window.why)}.")
    typical = float(np.exp(np.log(measured_mg_l).mean()))
    if not observed.low <= typical <= observed.high:
        caveats.append(
            f"The cohort's troughs lie between {short(observed.low / unit.mg_l)} and "
            f"{short(observed.high / unit.mg_l)} {unit.name}: for this patient the curves are extrapolated."
        )
    return tuple(caveats)
