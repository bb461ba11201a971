"""Draws of a posterior as an engine hands them over, and what a study keeps of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import numpy as np

from bayes_sora.fitting.result import observed_span, optimisation_span
from bayes_sora.study.engine.quantities import limit_estimates, quantities_of
from bayes_sora.study.engine.support import window_support
from bayes_sora.study.engine.windows import FoundWindow, WindowFinder
from bayes_sora.study.rows import WindowEstimate
from bayes_sora.study.verdict import estimate_identified

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.questions import WindowKind
    from bayes_sora.types import FloatArray


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Draws of equal weight.

    Attributes
    ----------
    parameters : mapping of name to FloatArray, shape (n_draws,)
    ess : float
        Effective number of independent draws.
    k_hat : float
        Pareto k of the importance weights, NaN for a sampler without.
    """

    parameters: Mapping[str, FloatArray]
    ess: float
    k_hat: float = float("nan")


def estimate_windows(
    draws: Draws,
    model: ModelFile,
    cohort: Cohort,
    *,
    windows: tuple[WindowKind, ...],
    engine: str,
    fallback: bool = False,
    seconds: float = float("nan"),
) -> tuple[WindowEstimate, ...]:
    """Return the windows of a posterior as a study keeps them.

    Parameters
    ----------
    draws : Draws
    model : ModelFile
    cohort : Cohort
        Gives the observed troughs and, for a model without a range, the range.
    windows : tuple of kinds
        Those that the model's endpoints allow.
    engine, fallback, seconds
        As in :class:`bayes_sora.study.rows.WindowEstimate`.
    """
    span, observed = optimisation_span(model, cohort), observed_span(cohort)
    finder = WindowFinder(model, tuple(asked for asked in model.questions.all if asked.kind in windows))
    with jax.enable_x64(new_val=True):
        found = finder.find(draws.parameters, span)
    quantities = quantities_of(found)
    shares, tails = window_support(quantities, draws.parameters, model, span=span)
    limits = limit_estimates(quantities, span=span, observed=observed, ess=draws.ess, data_shares=shares)
    return tuple(
        estimate_identified(
            WindowEstimate(
                window=kind,
                scale="C" if model.exposure.form == "latent" else "y",
                engine=engine,
                fallback=fallback,
                p_exists=float(window.exists.mean()),
                p_rising=_p_rising(kind, window),
                prior_tail=tails[kind],
                limits=limits[kind],
                k_hat=draws.k_hat,
                seconds=seconds,
            )
        )
        for kind, window in found.items()
    )


def _p_rising(kind: WindowKind, window: FoundWindow) -> float:
    both = ~np.isnan(window.lower) & ~np.isnan(window.upper) if kind == "youden" else window.exists
    return float(both.mean())
