"""The engines of a study as calibration asks for them: the fast one with its hand-over to NUTS, or NUTS alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from bayes_sora.study.calibration.trial import Posterior
from bayes_sora.study.plan import EngineName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.study.engine.draws import Draws

ENGINES: tuple[EngineName, ...] = get_args(EngineName)


def draw_posteriors(
    model: ModelFile, cohorts: Sequence[Cohort], seeds: Sequence[int], *, engine: EngineName
) -> list[Posterior | None]:
    """Draw from the posterior of each cohort, as :func:`bayes_sora.study.bayes.analyse_bayes` does.

    Parameters
    ----------
    model : ModelFile
    cohorts : sequence of Cohort
        All of the same size.
    seeds : sequence of int
        One a cohort.
    engine : {"fast", "nuts"}
        Where the fast engine does not trust its weights, NUTS draws.

    Returns
    -------
    list of Posterior or None
        None where no engine could be trusted.
    """
    drawn: list[Draws | None] = [None] * len(cohorts)
    if engine == "fast":
        from bayes_sora.study.engine.fast import draw_fast  # noqa: PLC0415 - NUTS alone needs none of it

        drawn = draw_fast(model, cohorts, seeds)
    return [
        _nuts(model, cohort, seed) if draws is None else Posterior(parameters=draws.parameters, engine="fast")
        for draws, cohort, seed in zip(drawn, cohorts, seeds, strict=True)
    ]


def _nuts(model: ModelFile, cohort: Cohort, seed: int) -> Posterior | None:
    from bayes_sora.study.engine.nuts import draw_nuts  # noqa: PLC0415 - PyMC, which few cohorts need

    draws = draw_nuts(model, cohort, seed)
    return None if draws is None else Posterior(parameters=draws.parameters, engine="nuts")
