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
from bayes_sora.inference.arithmetic import ordered_arithmetic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pymc.sampling.parallel import Draw

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

    from bayes_sora.inference.quick_numba import plain_shape_errors  # noqa: PLC0415 - needs numba, as nutpie does

    with plain_shape_errors(), ordered_arithmetic():
        compiled = nutpie.compile_pymc_model(model, backend="numba", freeze_model=True)

    def sample(plan: SamplingPlan, progress: Callable[[int, int], None] | None) -> xr.DataTree:
        def heard(chains: list[nutpie.ChainProgress]) -> None:
            if progress is not None:
                progress(sum(chain.finished_draws for chain in chains), plan.chains * (plan.tune + plan.draws))

        sampler = nutpie.sample(
            compiled,
            # Blocking, nutpie answers Ctrl-C with the draws it has so far, as if nothing had happened.
            blocking=False,
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
        try:
            tree = sampler.wait()
        except BaseException:
            sampler.cancel()
            raise
        stats = (
            tree["sample_stats"]
            .to_dataset()
            .rename({"depth": "tree_depth", "logp": "lp", "mean_tree_accept": "acceptance_rate"})
        )
        return _tree(tree["posterior"].to_dataset(), stats)

    return sample


def compile_pymc(model: pm.Model) -> CompiledSampler:
    """NUTS of PyMC itself; slower, an independent check of the default."""

    def sample(plan: SamplingPlan, progress: Callable[[int, int], None] | None) -> xr.DataTree:
        count = _StepCount(plan, progress)
        # One process: PyMC's worker pool pickles the model, and a second core buys little on small cohorts.
        try:
            with ordered_arithmetic():
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
                    callback=count,
                    compute_convergence_checks=False,
                    discard_tuned_samples=True,
                )
        except ValueError:  # PyMC's answer when no chain has a draw
            count.raise_interrupt()
            raise
        count.raise_interrupt()
        return _tree(tree["posterior"].to_dataset(), tree["sample_stats"].to_dataset())

    return sample


class _StepCount:
    """Count PyMC's steps, chain after chain; Ctrl-C ends all chains, where PyMC ends one and keeps what it has."""

    def __init__(self, plan: SamplingPlan, progress: Callable[[int, int], None] | None) -> None:
        self._steps_a_chain = plan.tune + plan.draws
        self._in_all = plan.chains * self._steps_a_chain
        self._progress = progress
        self._done = 0

    def __call__(self, trace: object, draw: Draw) -> None:  # noqa: ARG002 - PyMC calls by name
        """Hear of one step; a chain that starts before the one before it has ended was let in by Ctrl-C."""
        if self._done < draw.chain * self._steps_a_chain:
            raise KeyboardInterrupt
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._in_all)

    def raise_interrupt(self) -> None:
        """Raise what PyMC swallowed, when steps are missing."""
        if 0 < self._done < self._in_all:
            raise KeyboardInterrupt


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
