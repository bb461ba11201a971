"""How far each covariate moves the limits of a window."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.curves import build_curves
from bayes_sora.fitting.answer import leading_window
from bayes_sora.fitting.result import observed_span, optimisation_span
from bayes_sora.modelfile.terms.covariates import Covariates
from bayes_sora.modelfile.terms.design import MISSING_LEVEL
from bayes_sora.questions import WindowKind
from bayes_sora.window import window_draws

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bayes_sora.fitting.result import Fit
    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.questions import Settings
    from bayes_sora.types import FloatArray
    from bayes_sora.window.draws import WindowDraws

MOST_DRAWS = 1000
GRID_SIZE = 129
PERCENTILES = (10.0, 90.0)
LEAST_SHARE = 0.5
LIMITS = ("lower", "upper")
KINDS: tuple[WindowKind, ...] = ("limits", "utility", "youden")  # youden last: its limits move with exposure itself

Value = float | str


@dataclass(frozen=True, kw_only=True)
class LimitRatio:
    """What one covariate does to one limit, the others at their averages.

    Attributes
    ----------
    covariate : str
    low, high : float or str
        What is compared: the 10th and 90th percentile of the cohort (smallest and largest value where these are the
        same), or the reference level and another one.
    kind : WindowKind
        Of the window.
    limit : {"lower", "upper"}
    q025, q50, q975 : float or None
        The limit at `high` over that at `low`, in the draws in which both are defined; a limit beyond the range counts
        at its edge. None where that are fewer than half of the draws.
    share_defined : float
    """

    covariate: str
    low: Value
    high: Value
    kind: WindowKind
    limit: str
    q025: float | None
    q50: float | None
    q975: float | None
    share_defined: float


def covariates_of(model: ModelFile) -> Covariates | None:
    """Return the covariates of a model file bound to a cohort, None where it has none."""
    return next((block for block in model.terms if isinstance(block, Covariates) and block.design), None)


def covariate_effects(fit: Fit, settings: Settings | None = None) -> tuple[LimitRatio, ...]:
    """Return the ratios of the limits of a window, covariate by covariate; at most 1,000 draws are used.

    Parameters
    ----------
    fit : Fit
    settings : Limits, Youden or Utility, optional
        Default: the window that the answer of the fit is about; where too few draws have its limits in patients of
        some kind, the first other one that has them in all.
    """
    block = covariates_of(fit.model_file)
    if block is None:
        return ()
    if settings is not None:
        return _effects(fit, block, settings)
    leading = leading_window(fit)
    others = [fit.windows[kind] for kind in KINDS if kind in fit.windows and kind != leading.kind]
    found = (_effects(fit, block, window.settings) for window in (leading, *others))
    first = next(found)
    complete = (ratios for ratios in itertools.chain([first], found) if all(one.q50 is not None for one in ratios))
    return next(complete, first)


def _effects(fit: Fit, block: Covariates, settings: Settings) -> tuple[LimitRatio, ...]:
    return tuple(
        _ratio((name, low, high), limit, before, after)
        for name, low, high in _contrasts(fit, block)
        for before, after in [tuple(_at(fit, block, {name: value}, settings) for value in (low, high))]
        for limit in LIMITS
    )


def _contrasts(fit: Fit, block: Covariates) -> Iterator[tuple[str, Value, Value]]:
    design = block.design
    assert design is not None
    for name in block.needs():
        if name in design.scales:
            values = np.asarray(fit.cohort.covariates[name], dtype=float)
            low, high = np.nanpercentile(values, PERCENTILES).tolist()
            # Of 0 and 1 with few ones both are 0.
            yield name, *((low, high) if low < high else (float(np.nanmin(values)), float(np.nanmax(values))))
        levels = [level for level in design.levels.get(name, ()) if level != MISSING_LEVEL]
        for level in levels[1:]:
            yield name, levels[0], level


def _at(fit: Fit, block: Covariates, values: Mapping[str, Value], settings: Settings) -> WindowDraws:
    """Find the window in patients of whom one covariate is known and the others are as in the average one."""
    terms = tuple(one.at(values) if one is block else one for one in fit.model_file.terms)
    parameters = fit.parameters
    step = max(1, parameters.sizes["chain"] * parameters.sizes["draw"] // MOST_DRAWS)
    curves = build_curves(
        parameters.isel(draw=slice(None, None, step)),
        replace(fit.model_file, terms=terms),
        span=optimisation_span(fit.model_file, fit.cohort),
        observed_span=observed_span(fit.cohort),
        size=GRID_SIZE,
    )
    return window_draws(curves, settings)


def _ratio(contrast: tuple[str, Value, Value], limit: str, before: WindowDraws, after: WindowDraws) -> LimitRatio:
    name, low, high = contrast
    with np.errstate(invalid="ignore"):
        ratio: FloatArray = (after.draws[limit] / before.draws[limit]).to_numpy().ravel()
    defined = ratio[np.isfinite(ratio)]
    share = defined.size / ratio.size
    quantiles: list[float | None] = [None, None, None]
    if share >= LEAST_SHARE:
        quantiles = [*np.quantile(defined, [0.025, 0.5, 0.975]).tolist()]
    q025, q50, q975 = quantiles
    return LimitRatio(
        covariate=name,
        low=low,
        high=high,
        kind=before.kind,
        limit=limit,
        q025=q025,
        q50=q50,
        q975=q975,
        share_defined=share,
    )
