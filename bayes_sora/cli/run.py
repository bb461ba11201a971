"""Sample and write a result folder: the work that `fit` and `demo` share."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

import bayes_sora as bs
from bayes_sora.address_space import TO_FIT, check_address_space
from bayes_sora.cli.light_imports import import_arviz_lightly
from bayes_sora.cli.terminal import Progress
from bayes_sora.processes import end_pool, open_pool, processors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path


def run_fit(
    cohort: bs.Cohort,
    *,
    model: bs.ModelFile,
    out: Path,
    overwrite: bool,
    seed: int,
    force: bool = False,
    draws: int | None = None,
    tune: int | None = None,
    chains: int | None = None,
    engine: str = "nutpie",
) -> bs.Fit:
    """Fit `cohort`, write the result folder `out`, and say on stderr how far it is; arguments as of `bs.fit`."""
    check_address_space(TO_FIT)
    progress = Progress()
    with second_process() as helper:
        import_arviz_lightly()
        fit = bs.fit(
            cohort, model=model, seed=seed, draws=draws, tune=tune, chains=chains, engine=engine, progress=progress
        )
        bs.write_result(fit, out, overwrite=overwrite, force=force, progress=progress, helper=helper)
    progress.finish()
    # The process is about to end: the collector need not walk the millions of objects of PyMC and numba once more.
    gc.freeze()
    return fit


@contextmanager
def second_process() -> Iterator[Executor | None]:
    """Yield a second process that gets ready to write while this one compiles; None where there is one processor."""
    if processors() < 2:
        yield None
        return
    from bayes_sora.report.second import prepare_second  # noqa: PLC0415 - `--help` needs no NumPy

    helper = open_pool(1, prepare=prepare_second)
    try:
        helper.submit(int)  # starts the process
        yield helper
    finally:
        end_pool(helper)
