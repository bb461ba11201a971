"""The samplers, by name: each takes a ``pymc.Model`` and gives its draws.

An engine is one function with the signature of :class:`Engine`. The sampler and its backend are always named, never
picked by what happens to be installed.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pymc as pm
import xarray as xr

from bayes_sora.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

STATISTICS = ("diverging", "energy", "tree_depth", "n_steps", "acceptance_rate", "step_size", "lp")


@dataclass(frozen=True, kw_only=True)
class SamplingPlan:
    """What to sample: chains × (tune + draws), target acceptance, cores and seed."""

    chains: int = 4
    tune: int = 1000
    draws: int = 1000
    target_accept: float = 0.9
    cores: int = 2
    seed: int = 0


class CompiledSampler(Protocol):
    """A compiled model that can be sampled again with another plan."""

    def __call__(self, plan: SamplingPlan, progress: Callable[[int, int], None] | None) -> xr.DataTree:
        """Return ``posterior`` and ``sample_stats``; `progress` hears (draws done, draws in all)."""


class Engine(Protocol):
    """Compile a model once, to be sampled once or again."""

    def __call__(self, model: pm.Model) -> CompiledSampler:
        """Compile `model`."""


def compile_nutpie(model: pm.Model) -> CompiledSampler:
    """NUTS of nutpie on the numba backend; fast, the default."""
    import nutpie  # noqa: PLC0415 - half a second that the other engine does without

    compiled = nutpie.compile_pymc_model(model, backend="numba", freeze_model=True)

    def sample(plan: SamplingPlan, progress: Callable[[int, int], None] | None) -> xr.DataTree:
        def heard(chains: list[nutpie.ChainProgress]) -> None:
            if progress is not None:
                progress(sum(chain.finished_draws for chain in chains), plan.chains * (plan.tune + plan.draws))

        tree = nutpie.sample(
            compiled,
            chains=plan.chains,
            tune=plan.tune,
            draws=plan.draws,
            cores=plan.cores,
            seed=plan.seed,
            target_accept=plan.target_accept,
            # Slopes, curvature and the noise within a patient trade off against each other: at 600 patients the
            # diagonal mass matrix gave half the effective draws in twice the time.
            adaptation="low_rank",
            save_warmup=False,
            progress_bar=False,
            progress_callback=heard,
        )
        stats = (
            tree["sample_stats"]
            .to_dataset()
            .rename({"depth": "tree_depth", "logp": "lp", "mean_tree_accept": "acceptance_rate"})
        )
        return _tree(tree["posterior"].to_dataset(), stats)

    return sample


def compile_pymc(model: pm.Model) -> CompiledSampler:
    """NUTS of PyMC itself; slower, an independent check of the default."""

    def sample(plan: SamplingPlan, progress: Callable[[int, int], None] | None) -> xr.DataTree:  # noqa: ARG001
        # One process: PyMC's worker pool pickles the model, and a second core buys little on small cohorts.
        tree = pm.sample(
            model=model,
            nuts_sampler="pymc",
            chains=plan.chains,
            tune=plan.tune,
            draws=plan.draws,
            cores=1,
            random_seed=[int(s) for s in np.random.SeedSequence(plan.seed).generate_state(plan.chains)],
            target_accept=plan.target_accept,
            progressbar=False,
            compute_convergence_checks=False,
            discard_tuned_samples=True,
        )
        return _tree(tree["posterior"].to_dataset(), tree["sample_stats"].to_dataset())

    return sample


ENGINES: Mapping[str, Engine] = MappingProxyType({"nutpie": compile_nutpie, "pymc": compile_pymc})
BACKENDS = MappingProxyType({"nutpie": "numba", "pymc": "pymc"})


def find_engine(name: str) -> Engine:
    """Return the engine called `name`, or say which there are."""
    if name not in ENGINES:
        msg = f"unknown engine {name!r}; known: {', '.join(ENGINES)}"
        raise UsageError(msg)
    return ENGINES[name]


def engine_versions(name: str) -> dict[str, str]:
    """Return name, backend and package versions of an engine, for the provenance."""
    packages = {"nutpie": ("nutpie", "pymc", "pytensor", "numba"), "pymc": ("pymc", "pytensor")}[name]
    return {"name": name, "backend": BACKENDS[name]} | {package: version(package) for package in packages}


def _tree(posterior: xr.Dataset, stats: xr.Dataset) -> xr.DataTree:
    """Keep parameters and the usual statistics, with plain integer coordinates and no attributes of the sampler."""
    kept = stats[[name for name in STATISTICS if name in stats]]
    groups = {"posterior": posterior, "sample_stats": kept}
    return xr.DataTree.from_dict(
        {
            name: group.drop_attrs().assign_coords(
                chain=np.arange(group.sizes["chain"]), draw=np.arange(group.sizes["draw"])
            )
            for name, group in groups.items()
        }
    )
