"""Sample and write a result folder: the work that `fit` and `demo` share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bayes_sora as bs
from bayes_sora.cli.terminal import Progress

if TYPE_CHECKING:
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
    progress = Progress()
    fit = bs.fit(
        cohort, model=model, seed=seed, draws=draws, tune=tune, chains=chains, engine=engine, progress=progress
    )
    bs.write_result(fit, out, overwrite=overwrite, force=force, progress=progress)
    progress.finish()
    return fit
