"""posterior.zarr: the posterior, its curves, the cohort and the model file, so that the folder needs nothing else."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from bayes_sora.cohort import Cohort, Doses, Source, Troughs
from bayes_sora.curves import Curves
from bayes_sora.errors import Problem
from bayes_sora.fitting.document import SCHEMA, plain, to_json
from bayes_sora.fitting.result import utility_settings
from bayes_sora.inference import check_compatible
from bayes_sora.modelfile import bind_model, model_from_json
from bayes_sora.report.stored import check_attributes, check_columns, check_names, open_arrays, read_data, read_draws
from bayes_sora.report.stored.expected import COVARIATE
from bayes_sora.types import ExposureUnit, FloatArray

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from pathlib import Path

    from bayes_sora.fitting import Fit
    from bayes_sora.modelfile import ModelFile

CURVES_GROUP = "curves"
CURVE_POINTS = 65
LANDMARK_MONTHS = 12.0
# Version 2 has fixed-width text in its specification and is read by every Zarr there is.
ZARR_FORMAT = 2


def write_tree(fit: Fit, path: Path) -> None:
    """Write ``posterior.zarr``; the fit's own tree stays as it is."""
    from zarr.storage import LocalStore  # noqa: PLC0415 - tenths of a second that nothing else here needs

    groups = {name: node.to_dataset().drop_attrs() for name, node in fit.posterior.children.items()}
    tree = xr.DataTree.from_dict(groups)
    tree[CURVES_GROUP] = xr.DataTree(curve_draws(fit))
    tree.attrs = _root_attributes(fit)
    # A store and no text, which is read as a URL where it has # or ? in it. Every chunk is written, also one of
    # nothing but NaN, so that one that is missing is known to be lost.
    store = LocalStore(path)
    tree.to_zarr(store, mode="w-", consolidated=False, zarr_format=ZARR_FORMAT, write_empty_chunks=True)
    _check_written(tree, path)


def _check_written(tree: xr.DataTree, path: Path) -> None:
    """See that every array, and every chunk of it, arrived where it was sent."""
    written = open_arrays(path)
    for group, node in tree.children.items():
        for name in map(str, node.to_dataset().variables):
            header = written.headers.get(group, {}).get(name)
            if header is None or written.missing_chunk(header) is not None:
                raise OSError(errno.EIO, f"{group}/{name} did not arrive in {path.name}")


def read_tree(path: Path, *, drawn: tuple[int, int] | None = None) -> tuple[xr.DataTree, dict[str, str]]:
    """Return the posterior without its curves, in memory, and the root attributes.

    Parameters
    ----------
    path : Path
        ``posterior.zarr``.
    drawn : tuple of int, optional
        Chains and draws that the posterior must have; by default what its labels say.

    Raises
    ------
    InputError
        Whenever it is not what :func:`write_tree` writes, or more than that.
    """
    stored = open_arrays(path)
    attributes = check_attributes(stored.attributes)
    data = read_data(stored)
    cohort = cohort_from_tree(data, attributes["cohort"])
    check_columns(cohort)
    model = as_sampled(
        bind_model(model_from_json(attributes["model"]), cohort)[0],
        {name: header.shape[0] for name, header in stored.headers.get("posterior", {}).items() if header.shape},
    )
    check_names(attributes, model, cohort)
    check_compatible(cohort, model)
    groups = read_draws(stored, model, cohort, drawn=drawn, curves=tuple(_curves(model)))
    del groups[CURVES_GROUP]  # they are for other readers
    return xr.DataTree.from_dict({"constant_data": data["constant_data"].to_dataset()} | groups), attributes


def as_sampled(model: ModelFile, sizes: Mapping[Hashable, int]) -> ModelFile:
    """Return the model with the types of event that were sampled: earlier versions knew of none but the columns.

    `sizes` are the numbers of labels of the posterior's dimensions.
    """
    block = model.outcomes.get("toxicity")
    if block is None or not block.other or sizes.get(block.vectors[0].dim) != len(block.vectors[0].labels) - 1:
        return model
    vectors = tuple(vector._replace(labels=vector.labels[:-1]) for vector in block.vectors)
    return replace(model, outcomes={**model.outcomes, "toxicity": replace(block, vectors=vectors, other=False)})


def curve_draws(fit: Fit) -> xr.Dataset:
    """Return the posterior draws of the curves over (chain, draw, exposure), about 65 exposures.

    ``exposure`` is in the unit of the model file. As far as the model has the endpoints: ``p_toxicity``,
    ``p_response``, ``survival_12_months``, ``median_survival`` (months), ``rmst_24_months`` (months; the horizon is
    that of the model file's utility).
    """
    curves, named = fit.curves, _curves(fit.model_file)
    points = np.unique(np.linspace(0, curves.exposure_mg_l.size - 1, CURVE_POINTS).round().astype(int))
    thinned = xr.Dataset(
        {name: curve(curves).isel(exposure=points).assign_attrs(units=unit) for name, (curve, unit) in named.items()}
    )
    in_unit = thinned["exposure"] / curves.unit.mg_l
    return thinned.assign_coords(exposure=in_unit.assign_attrs(units=curves.unit.name, scale=curves.scale))


def _curves(model: ModelFile) -> dict[str, tuple[Callable[[Curves], xr.DataArray], str]]:
    """Return the curves that are written for a model: how each is computed, and its unit."""
    tau = utility_settings(model).tau_months
    named: dict[str, tuple[Callable[[Curves], xr.DataArray], str]] = {}
    for endpoint in model.endpoints:
        if endpoint != "survival":
            named[f"p_{endpoint}"] = (partial(Curves.probability, endpoint=endpoint), "1")
    if "survival" in model.endpoints:
        named[f"survival_{LANDMARK_MONTHS:g}_months"] = (partial(Curves.survival, months=LANDMARK_MONTHS), "1")
        named["median_survival"] = (Curves.median_survival, "months")
        named[f"rmst_{tau:g}_months"] = (partial(Curves.restricted_mean_survival, months=tau), "months")
    return named


def cohort_from_tree(tree: xr.DataTree, description: str) -> Cohort:
    """Return the cohort that a fit was made on.

    Parameters
    ----------
    tree : xarray.DataTree
        With ``observed_data`` and ``constant_data``.
    description : str
        The root attribute ``cohort``: source, notes and patients left out, as JSON.
    """
    constant = tree["constant_data"].to_dataset()
    rest = json.loads(description)
    source = rest["source"] | {"trough_unit": ExposureUnit(**rest["source"]["trough_unit"])}

    def numbers(name: str) -> FloatArray | None:
        return constant[name].to_numpy().astype(float) if name in constant else None

    def labels(name: str) -> tuple[str, ...] | None:
        return tuple(map(str, constant[name].to_numpy())) if name in constant else None

    return Cohort(
        patient_id=tuple(map(str, constant["patient_id"].to_numpy())),
        troughs=Troughs(
            patient=constant["trough_patient"].to_numpy().astype(np.int64),
            value_mg_l=tree["observed_data"]["trough_mg_l"].to_numpy().astype(float),
            censoring=constant["trough_censoring"].to_numpy().astype(np.int64),
            day=constant["trough_day"].to_numpy().astype(float),
        ),
        source=Source(**source),
        notes=tuple(Problem(**note) for note in rest["notes"]),
        n_dropped=rest["n_dropped"],
        toxicity=numbers("toxicity"),
        response=numbers("response"),
        os_months=numbers("os_months"),
        death=numbers("death"),
        grade=numbers("grade"),
        dose_mg=numbers("dose_mg"),
        site=labels("site"),
        study=labels("study"),
        event_types=_event_types(constant),
        covariates=_covariates(constant),
        entry_months=numbers("entry_months"),
        os_months_low=numbers("os_months_low"),
        toxicity_month=numbers("toxicity_month"),
        doses=_doses(constant),
    )


def _doses(constant: xr.Dataset) -> Doses | None:
    if "dose_patient" not in constant:
        return None
    return Doses(
        patient=constant["dose_patient"].to_numpy().astype(np.int64),
        day=constant["dose_day"].to_numpy().astype(float),
        dose_mg=constant["dose_given_mg"].to_numpy().astype(float),
    )


def _covariates(constant: xr.Dataset) -> dict[str, FloatArray | tuple[str, ...]]:
    found: dict[str, FloatArray | tuple[str, ...]] = {}
    for variable, values in constant.items():
        if str(variable).startswith(COVARIATE):
            plain = values.to_numpy()
            texts = plain.dtype.kind in "UST"
            found[str(variable).removeprefix(COVARIATE)] = tuple(map(str, plain)) if texts else plain.astype(float)
    return found


def _event_types(constant: xr.Dataset) -> dict[str, FloatArray] | None:
    if "event_types" not in constant:
        return None
    return {
        str(label): constant["event_types"].sel(event_type=label).to_numpy().astype(float)
        for label in constant["event_type"].to_numpy()
    }


def _root_attributes(fit: Fit) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "package_version": version("bayes-sora"),
        "model_name": fit.model_file.name,
        "model": fit.model_file.text,
        "cohort_name": plain(fit.cohort.source.name),
        "cohort": _cohort_description(fit.cohort),
    }


def _cohort_description(cohort: Cohort) -> str:
    source = vars(cohort.source) | {"trough_unit": vars(cohort.source.trough_unit)}
    notes = [vars(note) | {"code": str(note.code)} for note in cohort.notes]
    return to_json({"source": source, "notes": notes, "n_dropped": cohort.n_dropped})
