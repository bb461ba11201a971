"""Patients of earlier studies that count in part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

WEIGHT = "patient_weight"
"""In ``constant_data``, where a model file gives studies a weight."""


def counted_log_likelihood(tree: xr.DataTree) -> xr.DataArray:
    """Return every patient's log-likelihood as it counts, over (chain, draw, patient_id).

    The group ``log_likelihood`` keeps it in full. Patients that count for nothing are left out.
    """
    patients = tree["log_likelihood"].to_dataset()["patient"]
    if "constant_data" not in tree.children or WEIGHT not in tree["constant_data"].to_dataset():
        return patients
    weights = tree["constant_data"][WEIGHT]
    return (patients * weights.to_numpy()).isel(patient_id=np.flatnonzero(weights.to_numpy() > 0.0))
