"""Fewer draws for a picture: a band needs no more than a reader can see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

    from bayes_sora.types import FloatArray


def thin(draws: xr.Dataset, *, most: int) -> xr.Dataset:
    """Return evenly spaced draws of a Dataset over (chain, draw, …), about `most` of all chains together at most.

    Every chain keeps at least its first draw.
    """
    step = -(-draws.sizes["chain"] * draws.sizes["draw"] // most)
    return draws.isel(draw=slice(None, None, max(1, step)))


def rows(draws: xr.DataArray) -> FloatArray:
    """Return draws over (chain, draw, …) as an array with one row a draw, one number where there is no more."""
    ordered = draws.transpose("chain", "draw", ...)
    return np.asarray(ordered.to_numpy().reshape(-1, *ordered.shape[2:]), dtype=float)
