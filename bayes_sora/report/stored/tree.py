"""The groups of posterior.zarr in memory, each array held against what it must be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xarray as xr

from bayes_sora.report.stored import rules
from bayes_sora.report.stored.draws import BY_DRAW, curves_group, draw_groups
from bayes_sora.report.stored.expected import (
    COVARIATE,
    INTEGERS,
    LARGEST_SIZES,
    MOST_ROWS,
    Expected,
    ExpectedGroup,
    cohort_group,
)
from bayes_sora.report.stored.faults import DAMAGED, MISSING_PART, UNSAFE, fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from bayes_sora.cohort import Cohort
    from bayes_sora.modelfile import ModelFile
    from bayes_sora.report.stored.arrays import StoredArrays
    from bayes_sora.report.stored.header import ArrayHeader

# Where a dimension without labels of its own gets its size from.
_SIZED_BY = {"patient_id": "patient_id", "trough": "trough", "dose": "dose_patient", "event_type": "event_type"}


def read_data(stored: StoredArrays) -> xr.DataTree:
    """Return ``constant_data`` and the troughs of ``observed_data``, which hold the cohort; errors as `read_group`."""
    headers = _headers(stored, "constant_data")
    sizes = {}
    for dim, name in _SIZED_BY.items():
        if name in headers or dim in ("patient_id", "trough"):
            sizes[dim] = _n_labels(stored, "constant_data", name, most=LARGEST_SIZES[dim])
    covariates = {name: header.dtype.kind for name, header in headers.items() if name.startswith(COVARIATE)}
    constant = read_group(stored, "constant_data", cohort_group(sizes, covariates=covariates))
    troughs = _read_one(stored, "observed_data", "trough_mg_l", Expected(dims=("trough",), rule=rules.MEASURED), sizes)
    observed = xr.Dataset({"trough_mg_l": ("trough", troughs)})
    return xr.DataTree.from_dict({"constant_data": constant, "observed_data": observed})


def read_draws(
    stored: StoredArrays, model: ModelFile, cohort: Cohort, *, drawn: tuple[int, int] | None, curves: tuple[str, ...]
) -> dict[str, xr.Dataset]:
    """Return every other group, `curves` by their names among them; errors as :func:`read_group`.

    `drawn` are the chains and the draws that there must be, None where the labels say it.
    """
    chains, draws = found = tuple(_n_labels(stored, "posterior", name) for name in BY_DRAW)
    if drawn is not None and found != drawn:
        raise fault(DAMAGED, f"the posterior has the shape {found}, expected {drawn}")
    expected = draw_groups(
        model,
        cohort,
        drawn=(chains, draws),
        replicated=_replicated(stored, n_draws=draws),
        n_prior=_n_labels(stored, "prior", "draw"),
    )
    n_exposures = _n_labels(stored, "curves", "exposure")
    expected["curves"] = curves_group(curves, drawn=(chains, draws), n_exposures=n_exposures)
    strangers = sorted(stored.headers.keys() - expected.keys() - {"constant_data"})
    if strangers:
        raise fault(UNSAFE, f"posterior.zarr holds the group {strangers[0]}, which does not belong there")
    for group, arrays in expected.items():
        check_group(stored, group, arrays)
    return {group: read_group(stored, group, arrays) for group, arrays in expected.items()}


def read_group(stored: StoredArrays, group: str, expected: ExpectedGroup) -> xr.Dataset:
    """Return the arrays of a group.

    Raises
    ------
    InputError
        R002 when one or a part of it is missing, R003 when one is of another kind, shape or content than it must be,
        R005 when there is one that does not belong there.
    """
    check_group(stored, group, expected)
    found = {
        name: (array.dims, _values(stored, stored.headers[group][name], array))
        for name, array in expected.arrays.items()
        if name in stored.headers[group]
    }
    return xr.Dataset(
        {name: value for name, value in found.items() if name not in expected.labels},
        coords={name: value for name, value in found.items() if name in expected.labels},
    )


def check_group(stored: StoredArrays, group: str, expected: ExpectedGroup) -> None:
    """Hold the metadata of a group against what it must be; errors as :func:`read_group`."""
    headers = _headers(stored, group)
    strangers = sorted(headers.keys() - expected.arrays.keys())
    if strangers:
        raise fault(UNSAFE, f"posterior.zarr holds the array {group}/{strangers[0]}, which does not belong there")
    for name, array in expected.arrays.items():
        if name in headers:
            _check_header(headers[name], array, expected.sizes)
        elif array.needed:
            raise fault(MISSING_PART, f"posterior.zarr has no array {group}/{name}")


def _n_labels(stored: StoredArrays, group: str, name: str, *, most: int = MOST_ROWS) -> int:
    """Return how many labels a dimension has, from 1 to `most`."""
    header = _header(stored, group, name)
    size = header.shape[0]
    if len(header.shape) != 1 or not 1 <= size <= most:
        raise fault(DAMAGED, f"{header.path} has the shape {header.shape}, expected 1 to {most} entries")
    return size


def _replicated(stored: StoredArrays, *, n_draws: int) -> np.ndarray[Any, Any]:
    """Return the draws that ``posterior_predictive`` has."""
    n_kept = _n_labels(stored, "posterior_predictive", "draw", most=n_draws)
    array = Expected(dims=("draw",), kinds=INTEGERS, rule=rules.rising_below(n_draws), may_be_blank=n_kept == 1)
    return _read_one(stored, "posterior_predictive", "draw", array, {"draw": n_kept})


def _read_one(
    stored: StoredArrays, group: str, name: str, array: Expected, sizes: Mapping[str, int]
) -> np.ndarray[Any, Any]:
    header = _header(stored, group, name)
    _check_header(header, array, sizes)
    return _values(stored, header, array)


def _header(stored: StoredArrays, group: str, name: str) -> ArrayHeader:
    header = _headers(stored, group).get(name)
    if header is None:
        raise fault(MISSING_PART, f"posterior.zarr has no array {group}/{name}")
    return header


def _headers(stored: StoredArrays, group: str) -> Mapping[str, ArrayHeader]:
    if group not in stored.headers:
        raise fault(MISSING_PART, f"posterior.zarr has no group {group}")
    return stored.headers[group]


def _check_header(header: ArrayHeader, array: Expected, sizes: Mapping[str, int]) -> None:
    if header.dims != array.dims:
        raise fault(DAMAGED, f"{header.path} is over {header.dims}, expected {array.dims}")
    shape = tuple(sizes[dim] for dim in array.dims)
    if header.shape != shape:
        raise fault(DAMAGED, f"{header.path} has the shape {header.shape}, expected {shape}")
    if header.dtype.kind not in array.kinds:
        raise fault(DAMAGED, f"{header.path} holds values of the kind {header.dtype.str}, which it cannot")


def _values(stored: StoredArrays, header: ArrayHeader, array: Expected) -> np.ndarray[Any, Any]:
    values = stored.read(header, may_be_blank=array.may_be_blank)
    array.rule.check(header.path, values)
    return values
