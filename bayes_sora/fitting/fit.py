"""``bs.fit``: from a cohort and a model file to a posterior, judged."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from bayes_sora.address_space import TO_FIT, check_address_space
from bayes_sora.arguments import CALLBACK, SEED, TEXT, WHOLE, check_argument, whole
from bayes_sora.cohort import check_expected, hold_against
from bayes_sora.cohort.door import as_cohort
from bayes_sora.errors import InputError, Problem
from bayes_sora.fitting.provenance import Attempt, Provenance
from bayes_sora.fitting.result import Fit
from bayes_sora.fitting.sampling_plan import check_memory, fits_memory, plan_sampling
from bayes_sora.fitting.trust import MAX_DIVERGENT_SHARE, refusals
from bayes_sora.modelfile import ModelFile, as_model, bind_model

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from bayes_sora.cohort.frames import Frame
    from bayes_sora.cohort.table import Cohort
    from bayes_sora.inference import SamplingPlan

    Progress = Callable[[str, int, int], None]

DEFAULT_MODEL = "sorafenib_joint.v2"
DEFAULT_SEED = 1
RETRY_TARGET_ACCEPT = 0.99


def fit(
    cohort: Cohort | str | os.PathLike[str] | Frame,
    *,
    model: ModelFile | str | os.PathLike[str] = DEFAULT_MODEL,
    seed: int = DEFAULT_SEED,
    draws: int | None = None,
    tune: int | None = None,
    chains: int | None = None,
    engine: str = "nutpie",
    cores: int | None = None,
    progress: Progress | None = None,
) -> Fit:
    """Fit a model file to a cohort.

    One automatic retry: with a higher target acceptance when more than 0.5 % of the draws diverged, else with twice the
    draws when something has not converged.

    Parameters
    ----------
    cohort : Cohort, path or data frame
        A path or a frame is read with the covariates and the molar mass of the model file; what needs more to be read,
        such as a column map or a file of troughs, goes through :func:`bayes_sora.read_cohort`.
    model : ModelFile, or the name or path of one
    seed : int
        Everything random follows from it.
    draws, tune, chains : int, optional
        Default: those of the model file, 4 × (1,000 + 1,000); at most 64 chains and 1,000,000 draws, as there.
    engine : {"nutpie", "pymc"}
    cores : int, optional
        Chains that run at the same time, from 1 on; default all processors, at most `chains`.
    progress : callable, optional
        Hears (what is being done, steps done, steps in all).

    Returns
    -------
    Fit
        Also when the draws must be refused: its `trust` says so.

    Raises
    ------
    InputError
        When the cohort lacks what the model needs, or the model file is faulty.
    UsageError
        When an argument is of another type, the engine is unknown, a number is out of bounds, or the draws need more
        memory, or address space, than there is.
    """
    unbound = as_model(model)
    _check_sampling(seed=seed, draws=draws, tune=tune, chains=chains, engine=engine, cores=cores, progress=progress)
    check_address_space(TO_FIT)
    cohort = as_cohort(cohort, covariates=unbound.covariates, molar_mass_g_mol=unbound.drug.molar_mass_g_mol)
    from bayes_sora.inference import unused_course  # noqa: PLC0415 - as fit_bound

    model_file, left_out = bind_model(unbound, cohort)
    unused = (*left_out, *unused_course(cohort, model_file))
    cohort = _held_against(cohort, model_file)
    return fit_bound(
        replace(cohort, notes=(*cohort.notes, *(_left_out(cohort, reason) for reason in unused))),
        model_file,
        seed=seed,
        draws=draws,
        tune=tune,
        chains=chains,
        engine=engine,
        cores=cores,
        progress=progress,
    )


def fit_bound(
    cohort: Cohort,
    model_file: ModelFile,
    *,
    seed: int,
    draws: int | None = None,
    tune: int | None = None,
    chains: int | None = None,
    engine: str = "nutpie",
    cores: int | None = None,
    progress: Progress | None = None,
) -> Fit:
    """Fit a model that is bound already, perhaps to a larger cohort whose sites it keeps; else as :func:`fit`."""
    from bayes_sora.inference import (  # noqa: PLC0415 - PyMC takes seconds to import
        build_model,
        complete_tree,
        engine_versions,
        find_engine,
    )

    heard = progress or _silent
    plan = plan_sampling(model_file, seed=seed, draws=draws, tune=tune, chains=chains, cores=cores)
    check_memory(plan, n_patients=cohort.n_patients)
    compile_model = find_engine(engine)
    heard("compiling the model", 0, 1)
    seconds = {}
    started = time.perf_counter()
    sampler = compile_model(build_model(model_file, cohort))
    seconds["compile"] = time.perf_counter() - started

    def attempt(plan: SamplingPlan, earlier: tuple[Attempt, ...]) -> Fit:
        started = time.perf_counter()
        sampled = sampler(plan, lambda done, in_all: heard("sampling", done, in_all))
        sampled_at = time.perf_counter()
        heard("likelihoods, predictions", 0, 1)
        tree = complete_tree(sampled, model_file, cohort, seed=seed)
        this = Attempt(
            chains=plan.chains,
            tune=plan.tune,
            draws=plan.draws,
            target_accept=plan.target_accept,
            seconds=sampled_at - started,
        )
        provenance = Provenance(
            seed=seed,
            engine=engine_versions(engine),
            attempts=(*earlier, this),
            seconds=seconds | {"sample": sampled_at - started, "complete": time.perf_counter() - sampled_at},
            inputs={
                "cohort": cohort.source.sha256,
                "troughs": cohort.source.troughs_sha256,
                "doses": cohort.source.doses_sha256,
                "model": model_file.sha256,
            },
            names={
                "cohort": cohort.source.name,
                "troughs": cohort.source.troughs_name,
                "doses": cohort.source.doses_name,
                "model": model_file.name,
            },
        )
        return Fit(cohort=cohort, model_file=model_file, posterior=tree, provenance=provenance)

    first = attempt(plan, ())
    heard("curves, windows, diagnostics", 0, 1)
    refused = refusals(first.convergence, first.trust.diagnostics)
    if not refused:
        return first
    again = _harder(plan, first)
    if not fits_memory(again, n_patients=cohort.n_patients):
        return first
    heard("sampling again", 0, 1)
    kept = replace(first.provenance.attempts[0], repeated_because=refused)
    return attempt(again, (kept,))


def _harder(plan: SamplingPlan, first: Fit) -> SamplingPlan:
    """Answer divergences with a smaller step, anything else with more draws."""
    diagnostics = first.trust.diagnostics
    if diagnostics.divergences > MAX_DIVERGENT_SHARE * diagnostics.n_draws:
        return replace(plan, target_accept=max(RETRY_TARGET_ACCEPT, plan.target_accept))
    return replace(plan, tune=2 * plan.tune, draws=2 * plan.draws)


def _held_against(cohort: Cohort, model: ModelFile) -> Cohort:
    """Return the cohort with what its exposures and times say under this model file; refuse those of another unit."""
    errors = [problem for problem in check_expected(cohort, model.expected) if problem.severity == "error"]
    if errors:
        raise InputError(errors)
    return hold_against(cohort, model.expected)


def _check_sampling(
    *,
    seed: int,
    draws: int | None,
    tune: int | None,
    chains: int | None,
    engine: str,
    cores: int | None,
    progress: Progress | None,
) -> None:
    """Refuse what is not of the right type, before anything is read; whether numbers make sense is seen later."""
    check_argument("seed", seed, SEED)
    for name, number in (("draws", draws), ("tune", tune), ("chains", chains)):
        check_argument(name, number, WHOLE.or_none())
    check_argument("engine", engine, TEXT)
    check_argument("cores", cores, whole(1).or_none())
    check_argument("progress", progress, CALLBACK.or_none())


def _left_out(cohort: Cohort, reason: str) -> Problem:
    remedy = "Nothing, if that is meant; the rest of the model is as written."
    return Problem(code="F003", file=cohort.source.name, why=reason, remedy=remedy, severity="warning")


def _silent(what: str, done: int, in_all: int) -> None:
    """Hear nothing."""
