"""Vectors of parameters: one variable over labels in a tree, one variable an entry where numbers are computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

if TYPE_CHECKING:
    from bayes_sora.modelfile.spec import ModelFile


def flat_parameters(draws: xr.Dataset, model: ModelFile) -> xr.Dataset:
    """Return draws of every number that is estimated over (chain, draw): the entries of vectors under their names."""
    flat = {name: draws[name] for name in model.scalar_priors}
    for vector in model.vectors:
        entries = zip(vector.entries, vector.labels, strict=True)
        flat |= {entry: draws[vector.name].sel({vector.dim: label}, drop=True) for entry, label in entries}
    return xr.Dataset(flat)


def labelled_parameters(draws: xr.Dataset, model: ModelFile) -> xr.Dataset:
    """Return the same draws with vectors as one variable over their labels; undoes :func:`flat_parameters`."""
    named = {name: draws[name] for name in model.scalar_priors}
    for vector in model.vectors:
        labels = xr.DataArray(np.array(vector.labels), dims=vector.dim, name=vector.dim)
        entries = xr.concat([draws[entry] for entry in vector.entries], dim=labels)
        named[vector.name] = entries.transpose("chain", "draw", vector.dim)
    return xr.Dataset(named)
