"""Draws of a posterior as an engine hands them over, and what a study keeps of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import jax
import numpy as np

from bayes_sora.fitting.result import default_settings, observed_span, optimisation_span
from bayes_sora.numerics.priors import draw_prior
from bayes_sora.study.engine.quantities import limit_estimates, quantities_of
from bayes_sora.study.engine.windows import FoundWindow, WindowFinder
from bayes_sora.study.rows import WindowEstimate
from bayes_sora.study.verdict import estimate_identified

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.types import FloatArray, Span
    from bayes_sora.window import WindowKind

PRIOR_DRAWS, PRIOR_SEED = 20_000, 1


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
    finder = WindowFinder(model, tuple(asked for asked in default_settings(model) if asked.kind in windows))
    before = _prior_variances(model.identity, span, _Finder(finder))
    log_median = np.asarray(draws.parameters["exposure_log_median"])
    with jax.enable_x64(new_val=True):
        found = finder.find(draws.parameters, span)
    limits = limit_estimates(
        quantities_of(found, log_median), span=span, observed=observed, ess=draws.ess, prior_variances=before
    )
    return tuple(
        estimate_identified(
            WindowEstimate(
                window=kind,
                scale="C" if model.exposure.form == "latent" else "y",
                engine=engine,
                fallback=fallback,
                p_exists=float(window.exists.mean()),
                p_rising=_p_rising(kind, window),
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


class _Finder:
    """A finder as part of a key that another part already tells apart."""

    def __init__(self, finder: WindowFinder) -> None:
        self.finder = finder

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Finder) and other.finder.settings == self.finder.settings

    def __hash__(self) -> int:
        return hash(self.finder.settings)


@lru_cache(maxsize=256)
def _prior_variances(identity: str, span: Span, finder: _Finder) -> FloatArray:  # noqa: ARG001
    """Return the prior variance of every log limit, from draws of the prior that are always the same."""
    model = finder.finder.model
    rng = np.random.default_rng(PRIOR_SEED)
    parameters = {
        name: draw_prior(rng, prior.family, prior.arguments, size=PRIOR_DRAWS) for name, prior in model.priors.items()
    }
    with jax.enable_x64(new_val=True):
        found = finder.finder.find(parameters, span)
    return quantities_of(found, parameters["exposure_log_median"]).log_variances()
