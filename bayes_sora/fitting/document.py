"""window.json: every number of a fit that a programme may want, plain and complete."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_sora.window.summary import QUANTILES

if TYPE_CHECKING:
    from bayes_sora.fitting.result import Fit
    from bayes_sora.types import FloatArray

SCHEMA = 1
KINDS = ("limits", "youden", "utility")

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]
"""What JSON can hold."""


def window_document(fit: Fit, *, force: bool = False) -> dict[str, Plain]:
    """Return window.json: verdict, windows, published windows, parameters and the classical analysis.

    Parameters
    ----------
    fit : Fit
    force : bool
        Give the windows of a fit that must be refused all the same; they are never identified.

    Returns
    -------
    dict
        Plain values, None where a number is undefined. Exposures are in ``unit``, times in months. ``windows`` holds
        one entry a kind, None where the model lacks the endpoints; on trust ``refuse`` without `force`, ``windows``,
        ``power_scaling`` and ``published`` are None. ``borrowing`` is there where the model has robust
        priors, or earlier studies that count in part.
    """
    shown = fit.trusted or force
    document = {
        "schema": SCHEMA,
        "trust": fit.trust.verdict,
        "reasons": fit.trust.reasons,
        "n_patients": fit.cohort.n_patients,
        "model": fit.model_file.name,
        "unit": fit.curves.unit.name,
        "scale": fit.curves.scale,
        "diagnostics": fit.trust.diagnostics.as_dict(),
        "windows": _windows(fit) if shown else None,
        "power_scaling": _power_scaling(fit) if shown else None,
        "predictive_checks": [check.as_dict() for check in fit.predictive_checks],
        "published": _published(fit) if shown else None,
        "parameters": {str(name): summarise_draws(draws.to_numpy()) for name, draws in fit.parameters.items()},
        **fit.classical.as_dict(),
    }
    if fit.borrowed or fit.model_file.study_weights:
        document["borrowing"] = {
            "priors": [one.as_dict() for one in fit.borrowed],
            "studies": [one.as_dict() for one in fit.borrowed_studies],
        }
    return {name: plain(value) for name, value in document.items()}


def _published(fit: Fit) -> list[dict[str, str | float | None]]:
    """Return the published windows scored by the utility, or held against the conditions where there is none."""
    scored = [score.as_dict() for score in fit.published]
    return scored or [one.as_dict() for one in fit.published_acceptance]


def to_json(document: Mapping[str, object]) -> str:
    """Return a document as JSON text for people and programmes, with a final newline; NaN cannot get in."""
    return json.dumps(plain(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def summarise_draws(draws: FloatArray) -> dict[str, float]:
    """Return mean, standard deviation and equal-tailed quantiles of draws of any shape; NaN where one is not finite."""
    if not np.isfinite(draws).all():
        return dict.fromkeys(("mean", "sd", *QUANTILES), math.nan)
    quantiles = np.quantile(draws, list(QUANTILES.values())).tolist()
    moments = {"mean": float(draws.mean()), "sd": float(draws.std(ddof=1))}
    return moments | dict(zip(QUANTILES, quantiles, strict=True))


def plain(value: object) -> Plain:
    """Return a value as JSON can hold it: NumPy numbers as Python's, numbers that are not finite as None."""
    match value:
        case None | bool() | int():
            return value
        case str():
            # Of a file name in another encoding than UTF-8, whose bytes Python carries along as half characters.
            return value.encode("utf-8", "replace").decode("utf-8")
        case np.bool_() | np.integer() | np.floating():
            return plain(value.item())
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {str(name): plain(inner) for name, inner in value.items()}
        case Sequence():
            return [plain(inner) for inner in value]
        case _:
            msg = f"JSON has no place for {type(value).__name__}"
            raise TypeError(msg)


def _power_scaling(fit: Fit) -> dict[str, object]:
    return {
        kind: {name: moved.as_dict() for name, moved in limits.items()} for kind, limits in fit.power_scaling.items()
    }


def _windows(fit: Fit) -> dict[str, object]:
    found: dict[str, Any] = {kind: fit.windows[kind].as_dict() if kind in fit.windows else None for kind in KINDS}
    toxicity = fit.model_file.outcomes.get("toxicity")
    if toxicity is not None and toxicity.outcome.event is not None:
        # Another grade is another toxicity, with the same settings otherwise.
        grade = {"toxicity_grade": toxicity.event_grade}
        return {kind: window and window | {"settings": window["settings"] | grade} for kind, window in found.items()}
    return found
