"""``bs.compare``: several fits of one cohort, by what they predict, and their windows beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.comparison.loo import LeaveOneOut, leave_one_out
from bayes_sora.comparison.mixture import mixture_curves
from bayes_sora.comparison.stacking import stacking_weights
from bayes_sora.errors import UsageError
from bayes_sora.fitting.result import default_settings
from bayes_sora.types import FloatArray
from bayes_sora.window import Window, WindowKind, applicable, make_window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bayes_sora.curves import Curves
    from bayes_sora.fitting import Fit

FEWEST = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Compared:
    """One model among others.

    Attributes
    ----------
    fit : Fit
    loo : LeaveOneOut
    weight : float
        By stacking.
    difference, difference_error : float
        Its total elpd less that of the best model, and the standard error of that difference over patients; 0 of the
        best itself.
    """

    fit: Fit
    loo: LeaveOneOut
    weight: float
    difference: float
    difference_error: float

    def as_dict(self) -> dict[str, object]:
        """Return plain values."""
        return {
            "model": self.fit.model_file.name,
            "trust": self.fit.trust.verdict,
            "elpd": self.loo.total,
            "se": self.loo.standard_error,
            "elpd_diff": self.difference,
            "se_diff": self.difference_error,
            "p_loo": self.loo.effective_parameters,
            "weight": self.weight,
            "n_refit": int(self.loo.refitted.sum()),
            "pareto_k_max": float(self.loo.pareto_k.max()),
            "windows": {kind: window.as_dict() for kind, window in self.fit.windows.items()},
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Models of one cohort, the best first.

    Attributes
    ----------
    models : tuple of Compared
        By falling elpd.
    averaged : mapping of window kind to Window, or None
        Windows of the mixture of the models by their weights; None where the models are about different scales.
    """

    models: tuple[Compared, ...]
    averaged: Mapping[WindowKind, Window] | None

    def as_dict(self) -> dict[str, object]:
        """Return plain values, as comparison.json has them."""
        averaged = self.averaged
        return {
            "schema": 1,
            "n_patients": self.models[0].fit.cohort.n_patients,
            "models": [one.as_dict() for one in self.models],
            "averaged": None if averaged is None else {kind: window.as_dict() for kind, window in averaged.items()},
        }


def compare(
    fits: Sequence[Fit], *, refit: bool = True, progress: Callable[[str, int, int], None] | None = None
) -> Comparison:
    """Compare fits of one cohort by leave-one-patient-out, and average their windows by stacking.

    Parameters
    ----------
    fits : sequence of Fit
        At least two, of the same patients and with the same endpoints.
    refit : bool
        Fit again without each patient for whom importance sampling cannot be trusted.
    progress : callable, optional
        Hears (what is being done, refits done, refits in all).

    Returns
    -------
    Comparison

    Raises
    ------
    UsageError
        When there are fewer than two fits, a fit must be refused, or they are not of the same data.
    """
    _check(fits)
    loos = [leave_one_out(fit, refit=refit, progress=progress) for fit in fits]
    elpd = np.stack([loo.elpd for loo in loos], axis=1)
    weights = stacking_weights(elpd)
    best = int(elpd.sum(axis=0).argmax())
    found = [
        Compared(
            fit=fit,
            loo=loo,
            weight=float(weight),
            difference=float((loo.elpd - elpd[:, best]).sum()),
            difference_error=_error(loo.elpd - elpd[:, best]),
        )
        for fit, loo, weight in zip(fits, loos, weights, strict=True)
    ]
    ordered = tuple(sorted(found, key=lambda one: one.difference, reverse=True))
    return Comparison(models=ordered, averaged=_averaged(fits, weights))


def _check(fits: Sequence[Fit]) -> None:
    if len(fits) < FEWEST:
        msg = f"expected at least {FEWEST} fits to compare, got {len(fits)}"
        raise UsageError(msg)
    refused = [fit.model_file.name for fit in fits if not fit.trusted]
    if refused:
        msg = f"cannot compare fits that must be refused: {', '.join(refused)}; sample longer first"
        raise UsageError(msg)
    first = fits[0]
    for fit in fits[1:]:
        if _seen(fit) != _seen(first):
            msg = (
                f"{fit.model_file.name} and {first.model_file.name} are not of the same data: "
                "models are compared on the same patients, endpoints and kinds of endpoint"
            )
            raise UsageError(msg)


def _seen(fit: Fit) -> tuple[object, ...]:
    """Return what the predictive density of a fit is of."""
    outcomes = tuple((endpoint, block.kind) for endpoint, block in fit.model_file.outcomes.items())
    troughs = fit.cohort.troughs.value_mg_l.tobytes()
    return fit.cohort.patient_id, troughs, outcomes, fit.model_file.drug.unit


def _error(differences: FloatArray) -> float:
    return float(np.sqrt(differences.size) * differences.std(ddof=1))


def _averaged(fits: Sequence[Fit], weights: FloatArray) -> dict[WindowKind, Window] | None:
    first = fits[0].curves
    if any(not _alike(fit.curves, first) for fit in fits[1:]):
        return None
    curves, prior = (
        mixture_curves([getattr(fit, name) for fit in fits], weights) for name in ("curves", "prior_curves")
    )
    return {
        settings.kind: make_window(curves, settings, prior_curves=prior)
        for settings in default_settings(fits[0].model_file)
        if applicable(settings, curves) is None
    }


def _alike(one: Curves, other: Curves) -> bool:
    return (one.scale, one.unit, one.span) == (other.scale, other.unit, other.span)
