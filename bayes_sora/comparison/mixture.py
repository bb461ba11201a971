"""Curves of several models as one set of draws, each model with its weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from bayes_sora.curves import HAZARD_SD, Curves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bayes_sora.types import FloatArray, IntArray

DRAWS = 4000


def mixture_curves(curves: Sequence[Curves], weights: FloatArray, *, draws: int = DRAWS) -> Curves:
    """Return curves whose draws come from several models in the proportions of `weights`.

    Of each model evenly spaced draws are taken; a model with weight 1 gives its own draws back, thinned. What not all
    models have is left out, but for the SD of the log hazard over the population, which is 0 where a model has none.

    Parameters
    ----------
    curves : sequence of Curves
        On the same grid, on the same scale and in the same unit.
    weights : FloatArray, shape (n_models,)
        Adding up to one.
    draws : int
        In all.
    """
    counts = _counts(weights, draws)
    parts = [_take(one, count) for one, count in zip(curves, counts, strict=True) if count]
    if any(HAZARD_SD in part for part in parts):
        parts = [part if HAZARD_SD in part else part.assign({HAZARD_SD: _nothing(part)}) for part in parts]
    common = set.intersection(*(set(part.data_vars) for part in parts))
    together = xr.concat([part[sorted(common, key=str)] for part in parts], dim="draw")
    together = together.assign_coords(draw=np.arange(together.sizes["draw"])).expand_dims(chain=[0])
    first = curves[0]
    return Curves(
        draws=together.transpose("chain", "draw", "exposure"),
        observed_span=first.observed_span,
        unit=first.unit,
        scale=first.scale,
    )


def _counts(weights: FloatArray, draws: int) -> IntArray:
    """Return whole numbers of draws that add up to `draws`, each within one of its share."""
    edges = np.rint(np.concatenate([[0.0], np.cumsum(weights)]) * draws).astype(np.int64)
    return np.diff(edges)


def _take(curves: Curves, count: int) -> xr.Dataset:
    flat = curves.draws.stack(sample=("chain", "draw")).reset_index("sample", drop=True).rename(sample="draw")
    kept = np.floor((np.arange(count) + 0.5) * flat.sizes["draw"] / count).astype(int)
    return flat.isel(draw=kept)


def _nothing(part: xr.Dataset) -> xr.DataArray:
    return xr.zeros_like(part["log_hazard_ratio"])
