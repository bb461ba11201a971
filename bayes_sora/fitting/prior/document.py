"""prior.json: what the priors say, plain and complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.fitting.document import Plain, plain
from bayes_sora.numerics.priors import prior_quantile
from bayes_sora.window.optimum import draw_rows
from bayes_sora.window.summary import QUANTILES, QuantityName, summarise_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr

    from bayes_sora.curves import Curves
    from bayes_sora.fitting.prior.number import PriorNumber
    from bayes_sora.fitting.prior.result import PriorPredictive
    from bayes_sora.window import WindowDraws

SCHEMA = 1
KIND = "bayes_sora prior"
CURVE_POINTS = 33


def prior_document(prior: PriorPredictive) -> dict[str, Plain]:
    """Return prior.json: exposures in ``unit``, times in months, shares between 0 and 1, None where undefined."""
    model, unit = prior.model, prior.curves.unit
    document = {
        "kind": KIND,
        "schema": SCHEMA,
        "model": model.name,
        "model_sha256": model.sha256,
        "unit": unit.name,
        "scale": prior.curves.scale,
        "design": {
            "n_patients": prior.design.n_patients,
            "n_troughs": prior.design.n_troughs,
            "draws": prior.design.draws,
            "cohorts": prior.design.cohorts,
            "seed": prior.design.seed,
        },
        "sentence": prior.sentence(),
        "data": _named(prior.statistics),
        "cohorts": prior.shares,
        "reference_exposure": model.drug.reference_mg_l / unit.mg_l,
        "at_reference": _named(prior.at_reference),
        "per_doubling": _named(prior.per_doubling),
        "curves": _curves(prior.curves),
        "windows": {kind: prior_window(window) for kind, window in prior.windows.items()},
        "priors": _priors(prior),
        "cohort": _cohort(prior),
        "conflicts": [number.name for number in prior.conflicts],
        "versions": prior.versions,
    }
    return {name: plain(value) for name, value in document.items()}


def prior_window(window: WindowDraws) -> dict[str, object]:
    """Return a window over the prior draws: P(exists), quantiles and edge shares of each limit, in the model's unit."""
    exists = window.draws["exists"]
    names: list[QuantityName] = ["lower", "upper", "width"]
    if window.kind == "utility":
        names.append("optimum")
    events = ("lower_by_response", "upper_by_toxicity", "disconnected")
    return {
        "settings": window.settings.as_dict(),
        "p_exists": float(exists.mean()),
        **{name: _quantity(window, name) for name in names},
        **{
            f"p_{event}": float(window.draws[event].where(exists).mean())
            for event in events
            if event in window.draws and bool(exists.any())
        },
    }


def _quantity(window: WindowDraws, name: QuantityName) -> dict[str, object]:
    numbers = summarise_quantity(window, name).as_dict()
    return {key: value for key, value in numbers.items() if key not in ("prior", "data_share", "p_outside_data")}


def _named(numbers: tuple[PriorNumber, ...]) -> dict[str, object]:
    return {number.name: number.as_dict() for number in numbers}


def _curves(curves: Curves) -> dict[str, object]:
    at = np.linspace(0, curves.exposure_mg_l.size - 1, CURVE_POINTS).astype(int)
    found: dict[str, object] = {"exposure": (curves.exposure_mg_l[at] / curves.unit.mg_l).tolist()}
    for endpoint in ("toxicity", "response"):
        if curves.has(endpoint):
            found[endpoint] = _band(curves.probability(endpoint).isel(exposure=at))
    if curves.has("survival"):
        found["median_survival"] = _band(curves.median_survival().isel(exposure=at))
    return found


def _band(draws: xr.DataArray) -> Mapping[str, list[float]]:
    quantiles = np.quantile(draw_rows(draws), list(QUANTILES.values()), axis=0)
    return {name: row.tolist() for name, row in zip(QUANTILES, quantiles, strict=True)}


def _priors(prior: PriorPredictive) -> list[dict[str, object]]:
    return [
        {
            "name": name,
            "family": one.family,
            "arguments": dict(one.arguments),
            "unit": one.unit,
            "meaning": one.meaning,
            "source": one.source,
            **{key: float(prior_quantile(share, one.family, one.arguments)) for key, share in QUANTILES.items()},
        }
        for name, one in prior.model.priors.items()
    ]


def _cohort(prior: PriorPredictive) -> dict[str, object] | None:
    if prior.cohort is None:
        return None
    source = prior.cohort.source
    return {"name": source.name, "sha256": source.sha256, "troughs_sha256": source.troughs_sha256}
