r"""A rising curve through what was simulated, and the size at which it reaches the target, with their uncertainty.

On the linear scale (probit of a probability, months as a multiple of the target) the curve over log n is a straight
line that may bend (:mod:`bayes_sora.study.sample_size.smoothing`). Draws of it are made to rise with n by sorting their
levels, which brings them nearer to any rising curve (Chernozhukov, Fernández-Val, Galichon 2009, Biometrika
96:559–575), and every draw has its own crossing of the target. Nothing is said outside the sizes simulated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from bayes_sora.study.sample_size import smoothing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bayes_sora.study.sample_size.criteria import Criterion
    from bayes_sora.study.sample_size.tally import Tally
    from bayes_sora.types import FloatArray

DRAWS = 3000
INTERVAL = (0.025, 0.975)


@dataclass(frozen=True, kw_only=True, eq=False)
class CurveDraws:
    """Draws of the curve at the sizes of the lattice from the smallest to the largest simulated.

    Attributes
    ----------
    n : FloatArray, shape (n_sizes,)
        Rising.
    levels : FloatArray, shape (n_draws, n_sizes)
        On the linear scale.
    rising : FloatArray, shape (n_draws, n_sizes)
        The same, made to rise with n.
    goal : float
        The target on the linear scale.
    """

    n: FloatArray
    levels: FloatArray
    rising: FloatArray
    goal: float

    @property
    def crossing(self) -> FloatArray:
        """Size at which each draw reaches the target, shape (n_draws,); 0 and ∞ where before or after all sizes."""
        reached = self.rising >= self.goal
        if self.n.size == 1:
            return np.where(reached[:, 0], 0.0, np.inf)
        after = np.maximum(np.argmax(reached, axis=1), 1)
        draw = np.arange(after.size)
        below, above = self.rising[draw, after - 1], self.rising[draw, after]
        with np.errstate(invalid="ignore", divide="ignore"):  # where there is no crossing between them
            share = np.clip((self.goal - below) / (above - below), 0.0, 1.0)
        inside = self.n[after - 1] * (self.n[after] / self.n[after - 1]) ** share
        inside = np.minimum(inside, self.n[after])  # rounding must not carry it past a size
        return np.where(reached[:, 0], 0.0, np.where(reached.any(axis=1), inside, np.inf))


def draw_curve(tallies: Sequence[Tally], criterion: Criterion, *, lattice: Sequence[int], seed: int) -> CurveDraws:
    """Draw rising curves given the tallies.

    Parameters
    ----------
    tallies : sequence of Tally
        One a simulated size, in the order of the sizes.
    criterion : Criterion
        Gives scale and target.
    lattice : sequence of int
        Sizes at which the curve is wanted; those outside the simulated ones are left out.
    seed : int
        The same tallies give the same draws.
    """
    n = np.array([size for size in lattice if tallies[0].n <= size <= tallies[-1].n], dtype=float)
    at = np.searchsorted(n, [tally.n for tally in tallies])
    goal = 1.0 if criterion.scale == "months" else float(ndtri(criterion.target))
    found = levels_found(tallies, criterion)
    levels = smoothing.draw_levels(np.random.default_rng(seed), np.log(n), at, found, draws=DRAWS)
    return CurveDraws(n=n, levels=levels, rising=np.sort(levels, axis=1), goal=goal)


def own_scale(linear: FloatArray, criterion: Criterion) -> FloatArray:
    """Return levels of the linear scale as probabilities or months."""
    return np.asarray(linear * criterion.target if criterion.scale == "months" else ndtr(linear))


def quantile(crossing: FloatArray, q: float) -> float:
    """Return a quantile of crossings, without arithmetic: some are infinite."""
    return float(np.quantile(crossing, q, method="inverted_cdf"))


def levels_found(tallies: Sequence[Tally], criterion: Criterion) -> smoothing.Levels:
    """Return what each simulated size alone says of its level, on the linear scale."""
    if criterion.scale == "months":
        return smoothing.mean_levels(tallies, target=criterion.target)
    return smoothing.probit_levels(tallies)
