"""Fits that many tests share: one sampled for real, and others made by hand in milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import xarray as xr

import bayes_sora as bs
from bayes_sora.fitting.provenance import Attempt, Provenance
from bayes_sora.inference import complete_tree
from bayes_sora.inference.labels import labelled_parameters
from bayes_sora.numerics.priors import draw_prior
from tests.made_once import made_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from bayes_sora.cohort import Cohort
    from bayes_sora.fitting import Fit
    from bayes_sora.modelfile import ModelFile

# A plausible posterior of the `moderate` scenario: (centre, spread) of each parameter, on the log scale where positive.
CENTRES = {
    "exposure_log_median": (np.log(2.9), 0.1),
    "exposure_sd": (0.62, 0.07),
    "exposure_sd_between": (0.55, 0.07),
    "exposure_sd_within": (0.29, 0.06),
    "toxicity_intercept": (0.0, 0.3),
    "toxicity_slope": (0.9, 0.4),
    "toxicity_floor": (-3.0, 0.5),
    "toxicity_ceiling": (3.0, 0.5),
    "toxicity_location": (2.91, 0.1),
    "response_intercept": (2.2, 0.4),
    "response_slope": (3.0, 0.7),
    "response_location": (2.91, 0.1),
    "survival_median": (14.0, 2.0),
    "survival_shape": (1.25, 0.15),
    "survival_linear": (0.0, 0.2),
    "survival_curvature": (0.45, 0.25),
}


def make_fake_fit(
    cohort: Cohort | None = None,
    *,
    model: str | ModelFile = "sorafenib_joint.v1",
    chains: int = 4,
    draws: int = 250,
    seed: int = 1,
    divergences: int = 0,
    from_prior: bool = False,
) -> Fit:
    """Return a Fit whose parameters are independent normal draws (or prior draws): no sampler, milliseconds."""
    cohort = bs.simulate("moderate", n=26, seed=1).cohort if cohort is None else cohort
    model_file = bs.load_model(model) if isinstance(model, str) else model
    rng = np.random.default_rng(seed)
    posterior = xr.Dataset(
        {
            name: (
                ("chain", "draw"),
                draw_prior(rng, prior.family, prior.arguments, size=(chains, draws))
                if from_prior
                else _near(rng, name, prior.family == "log_normal", (chains, draws)),
            )
            for name, prior in model_file.priors.items()
        },
        coords={"chain": np.arange(chains), "draw": np.arange(draws)},
    )
    diverging = np.zeros((chains, draws), dtype=bool)
    diverging.reshape(-1)[:divergences] = True
    stats = xr.Dataset({"diverging": (("chain", "draw"), diverging)}, coords=posterior.coords)
    labelled = labelled_parameters(posterior, model_file)
    sampled = xr.DataTree.from_dict({"posterior": labelled, "sample_stats": stats})
    return bs.Fit(
        cohort=cohort,
        model_file=model_file,
        posterior=complete_tree(sampled, model_file, cohort, seed=seed),
        provenance=Provenance(
            seed=seed,
            engine={"name": "none", "backend": "none"},
            attempts=(Attempt(chains=chains, tune=0, draws=draws, target_accept=0.9, seconds=0.0),),
            seconds={"compile": 0.0, "sample": 0.0, "complete": 0.0},
            inputs={"cohort": cohort.source.sha256, "troughs": None, "model": model_file.sha256},
            names={"cohort": cohort.source.name, "troughs": None, "model": model_file.name},
        ),
    )


def _near(rng: np.random.Generator, name: str, positive: bool, shape: tuple[int, int]) -> np.ndarray:  # noqa: FBT001
    centre, spread = CENTRES[name]
    noise = rng.normal(size=shape)
    return centre * np.exp(spread / centre * noise) if positive else centre + spread * noise


@pytest.fixture(scope="session")
def fake_fit() -> Callable[..., Fit]:
    """Make a Fit by hand; see :func:`make_fake_fit` for the arguments."""
    return make_fake_fit


@pytest.fixture(scope="session")
def sampled_fit(tmp_path_factory: pytest.TempPathFactory) -> Fit:
    """Fit the shipped 26-patient literal cohort with NUTS, 4 × (500 + 500); mark users with ``mcmc``."""
    cohort = bs.read_cohort(bs.shipped_cohort("literal_26"))
    return made_once(tmp_path_factory, "sampled_fit", lambda: bs.fit(cohort, seed=1, tune=500, draws=500))
