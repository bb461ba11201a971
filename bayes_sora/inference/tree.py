"""The posterior as one DataTree that every ArviZ function accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from bayes_sora.inference.labels import flat_parameters, labelled_parameters
from bayes_sora.inference.likelihood import evaluate_patients
from bayes_sora.inference.predict import draw_replicates
from bayes_sora.inference.weights import WEIGHT
from bayes_sora.numerics.priors import draw_prior, prior_log_density
from bayes_sora.types import FloatArray, IntArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile

PRIOR_DRAWS = 4000
MAX_REPLICATED_VALUES = 4_000_000
PATIENT_FIELDS = (
    "toxicity",
    "response",
    "os_months",
    "death",
    "grade",
    "dose_mg",
    "site",
    "study",
    "entry_months",
    "os_months_low",
    "toxicity_month",
)


def complete_tree(sampled: xr.DataTree, model: ModelFile, cohort: Cohort, *, seed: int) -> xr.DataTree:
    """Add to sampled parameters everything else that is computed from them.

    Parameters
    ----------
    sampled : xarray.DataTree
        ``posterior`` (parameters over chain and draw) and ``sample_stats``.
    model, cohort
        What was sampled.
    seed : int
        For exposures, replicates and prior draws.

    Returns
    -------
    xarray.DataTree
        ``posterior`` (with ``patient_log_exposure``), ``sample_stats``, ``log_likelihood`` (``patient``, ``exposure``
        and each endpoint, over patients), ``log_prior``, ``prior``, ``posterior_predictive`` (thinned in large
        cohorts), ``observed_data``, ``constant_data``.
    """
    posterior = flat_parameters(sampled["posterior"].to_dataset(), model)
    shape = (posterior.sizes["chain"], posterior.sizes["draw"])
    flat = {str(name): array.to_numpy().reshape(-1) for name, array in posterior.items()}
    exposure_rng, replicate_rng, prior_rng = (
        np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3)
    )
    patients = evaluate_patients(flat, model, cohort, rng=exposure_rng)
    labels = {"patient_id": np.array(cohort.patient_id)} | {name: posterior[name] for name in ("chain", "draw")}

    def labelled(arrays: Mapping[str, FloatArray], dim: str) -> xr.Dataset:
        return xr.Dataset(
            {name: (("chain", "draw", dim), array.reshape(*shape, -1)) for name, array in arrays.items()},
            coords={name: values for name, values in labels.items() if name in {"chain", "draw", dim}},
        )

    exposures = labelled({"patient_log_exposure": patients.log_exposure}, "patient_id")
    step = _thinning(shape, cohort)
    kept = np.arange(0, shape[1], step)
    thin = {name: array.reshape(shape)[:, kept].reshape(-1) for name, array in flat.items()}
    thin_exposure = patients.log_exposure.reshape(*shape, -1)[:, kept].reshape(thin["exposure_log_median"].size, -1)
    replicates = draw_replicates(thin, thin_exposure, model, cohort, rng=replicate_rng)
    return xr.DataTree.from_dict(
        {
            "posterior": xr.merge([labelled_parameters(posterior, model), exposures]),
            "sample_stats": sampled["sample_stats"].to_dataset(),
            "log_likelihood": labelled(patients.log_likelihood, "patient_id"),
            "log_prior": labelled_parameters(_log_prior(posterior, model), model),
            "prior": labelled_parameters(draw_priors(model, rng=prior_rng), model),
            "posterior_predictive": _predictive(replicates, posterior, kept, cohort),
            "observed_data": _observed(model, cohort),
            "constant_data": _constant(cohort, model.patient_weights(cohort)),
        }
    )


def draw_priors(model: ModelFile, *, rng: np.random.Generator, size: int = PRIOR_DRAWS) -> xr.Dataset:
    """Draw the parameters from their priors: a Dataset over (chain = 1, draw)."""
    return xr.Dataset(
        {
            name: (("chain", "draw"), draw_prior(rng, prior.family, prior.arguments, size=(1, size)))
            for name, prior in model.priors.items()
        },
        coords={"chain": [0], "draw": np.arange(size)},
    )


def _log_prior(posterior: xr.Dataset, model: ModelFile) -> xr.Dataset:
    return xr.Dataset(
        {
            name: posterior[name].copy(
                data=prior_log_density(posterior[name].to_numpy(), prior.family, prior.arguments)
            )
            for name, prior in model.priors.items()
        }
    )


def _thinning(shape: tuple[int, int], cohort: Cohort) -> int:
    values = shape[0] * shape[1] * max(cohort.n_patients, cohort.troughs.patient.size)
    return int(max(1, -(-values // MAX_REPLICATED_VALUES)))


def _predictive(
    replicates: Mapping[str, FloatArray], posterior: xr.Dataset, kept: IntArray, cohort: Cohort
) -> xr.Dataset:
    n_chains = posterior.sizes["chain"]
    dims = {name: "trough" if name == "trough_mg_l" else "patient_id" for name in replicates}
    return xr.Dataset(
        {
            name: (("chain", "draw", dims[name]), values.reshape(n_chains, kept.size, -1))
            for name, values in replicates.items()
        },
        coords={
            "chain": posterior["chain"],
            "draw": posterior["draw"].to_numpy()[kept],
            "patient_id": np.array(cohort.patient_id),
            "trough": np.arange(cohort.troughs.patient.size),
        },
    )


def _observed(model: ModelFile, cohort: Cohort) -> xr.Dataset:
    named = {"trough_mg_l": ("trough", cohort.troughs.value_mg_l)}
    for endpoint in model.endpoints:
        name = "os_months" if endpoint == "survival" else endpoint
        named[name] = ("patient_id", np.asarray(model.outcomes[endpoint].observed(cohort)))
        recorded = model.outcomes[endpoint].outcome.recorded
        if recorded is not None:
            named[recorded] = ("patient_id", np.asarray(getattr(cohort, recorded)))
    coords = {"patient_id": np.array(cohort.patient_id), "trough": np.arange(cohort.troughs.patient.size)}
    return xr.Dataset(named, coords=coords)


def _constant(cohort: Cohort, weights: FloatArray | None) -> xr.Dataset:
    troughs = cohort.troughs
    by_trough = {
        "trough_patient": troughs.patient,
        "trough_censoring": troughs.censoring,
        "trough_day": troughs.day,
    }
    by_patient = {name: values for name in PATIENT_FIELDS if (values := getattr(cohort, name)) is not None}
    doses = cohort.doses
    by_dose = {"dose_patient": doses.patient, "dose_day": doses.day, "dose_given_mg": doses.dose_mg} if doses else {}
    named: dict[str, tuple[object, object]] = {name: ("trough", values) for name, values in by_trough.items()}
    named |= {name: ("dose", values) for name, values in by_dose.items()}
    named |= {name: ("patient_id", np.asarray(values)) for name, values in by_patient.items()}
    if weights is not None:
        named[WEIGHT] = ("patient_id", weights)
    named |= {f"covariate_{name}": ("patient_id", np.asarray(values)) for name, values in cohort.covariates.items()}
    coords = {"patient_id": np.array(cohort.patient_id), "trough": np.arange(troughs.patient.size)}
    if cohort.event_types:
        coords["event_type"] = np.array(list(cohort.event_types))
        named["event_types"] = (("patient_id", "event_type"), np.column_stack(list(cohort.event_types.values())))
    return xr.Dataset(named, coords=coords)
