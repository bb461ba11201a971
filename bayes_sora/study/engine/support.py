"""What the limits of a study's posteriors rest on; the formulas are those of :mod:`bayes_sora.window.evidence`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from bayes_sora.curves import LOG_PRIOR, build_curves
from bayes_sora.numerics.priors import draw_prior
from bayes_sora.study.rows import NAN
from bayes_sora.window.applicability import logit_endpoints
from bayes_sora.window.evidence import central_width, deciding_curves, heights, prior_tail, share_of_data

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.curves import Curves
    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.questions import WindowKind
    from bayes_sora.study.engine.quantities import Key, Quantities
    from bayes_sora.types import FloatArray, Span

GRID_SIZE = 33
"""Curves that decide limits are smooth, most of them straight lines."""
PRIOR_DRAWS, PRIOR_SEED = 4_000, 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Deciding:
    """Draws of the curves that decide limits.

    Attributes
    ----------
    rows : mapping of (WindowKind, LimitName) to FloatArray, shape (n_draws, n_grid)
    log_grid : FloatArray, shape (n_grid,)
    log_median : FloatArray, shape (n_draws,)
        μ.
    log_priors : mapping of WindowKind to tuple of FloatArray, shape (n_draws,)
        The log density of the priors of each endpoint that a kind of window asks about.
    """

    rows: Mapping[Key, FloatArray]
    log_grid: FloatArray
    log_median: FloatArray
    log_priors: Mapping[WindowKind, tuple[FloatArray, ...]]

    def origin(self, kind: WindowKind) -> FloatArray:
        """Return what log limits are measured from: those of youden follow the median trough."""
        return self.log_median if kind == "youden" else np.zeros_like(self.log_median)

    def width(self, key: Key, place: float) -> float:
        """Return the width of the central 95 % of the curve at a log exposure from the origin."""
        return central_width(heights(self.rows[key], self.log_grid, place + self.origin(key[0])))


def window_support(
    quantities: Quantities, parameters: Mapping[str, FloatArray], model: ModelFile, *, span: Span
) -> tuple[dict[Key, float], dict[WindowKind, float]]:
    """Return the data's share in every limit and optimum, and the smallest prior tail of what a window asks about.

    Parameters
    ----------
    quantities : Quantities
        The limits of the same draws.
    parameters : mapping of name to FloatArray, shape (n_draws,)
    model : ModelFile
        Bound to the cohort.
    span : Span
        Optimisation range, mg/L.
    """
    kinds = frozenset(kind for kind, _ in quantities.keys)
    after = deciding_of(parameters, model, span, kinds)
    before = _prior(model.identity, span, kinds, _Model(model))
    rows = zip(quantities.keys, quantities.values, strict=True)
    shares = {key: _data_share(key, values, before, after) for key, values in rows if key in after.rows}
    return shares, {kind: _smallest_tail(kind, before, after) for kind in kinds}


def deciding_of(
    parameters: Mapping[str, FloatArray], model: ModelFile, span: Span, kinds: frozenset[WindowKind]
) -> Deciding:
    """Evaluate the curves that decide the limits of windows of some kinds."""
    draws = xr.Dataset({name: (("chain", "draw"), np.asarray(values)[None]) for name, values in parameters.items()})
    curves = build_curves(draws, model, span=span, observed_span=span, size=GRID_SIZE)
    rows: dict[Key, FloatArray] = {}
    log_priors: dict[WindowKind, tuple[FloatArray, ...]] = {}
    for settings in model.questions.all:
        if settings.kind in kinds:
            found = deciding_curves(curves, settings)
            rows |= {(settings.kind, name): _plain(curve) for name, curve in found.items()}
            of = logit_endpoints(settings, curves)
            log_priors[settings.kind] = tuple(_flat(curves, f"{LOG_PRIOR}_{endpoint}") for endpoint in of)
    return Deciding(
        rows=rows,
        log_grid=np.log(curves.exposure_mg_l),
        log_median=_flat(curves, "exposure_log_median"),
        log_priors=log_priors,
    )


def _data_share(key: Key, values: FloatArray, before: Deciding, after: Deciding) -> float:
    defined = ~np.isnan(values)
    if defined.sum() < 2:
        return NAN
    place = float(np.median(np.log(values[defined]) - after.origin(key[0])[defined]))
    share = share_of_data(before.width(key, place), after.width(key, place))
    return NAN if share is None else share


def _smallest_tail(kind: WindowKind, before: Deciding, after: Deciding) -> float:
    tails = (prior_tail(*both) for both in zip(before.log_priors[kind], after.log_priors[kind], strict=True))
    return min((tail for tail in tails if tail is not None), default=NAN)


class _Model:
    """A model file as part of a key that another part already identifies."""

    def __init__(self, model: ModelFile) -> None:
        self.model = model

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Model)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=64)
def _prior(identity: str, span: Span, kinds: frozenset[WindowKind], model: _Model) -> Deciding:  # noqa: ARG001
    """Return the curves of draws of the prior that are always the same."""
    rng = np.random.default_rng(PRIOR_SEED)
    parameters = {
        name: draw_prior(rng, prior.family, prior.arguments, size=PRIOR_DRAWS)
        for name, prior in model.model.priors.items()
    }
    return deciding_of(parameters, model.model, span, kinds)


def _plain(curve: xr.DataArray) -> FloatArray:
    rows = curve.transpose("chain", "draw", "exposure").to_numpy()
    return rows.reshape(-1, rows.shape[-1])


def _flat(curves: Curves, name: str) -> FloatArray:
    return np.asarray(curves.draws[name].to_numpy().ravel(), dtype=float)
