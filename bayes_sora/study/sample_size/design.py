"""Where the next replicates go: a function of what was found so far, and of nothing else.

First the sizes climb from the smallest, so that no cohort is larger than it need be, until the target seems reached;
then the sizes around the crossing are simulated; then replicates go where the crossing owes most of its uncertainty.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from bayes_sora.study.sample_size.curve import INTERVAL, CurveDraws, draw_curve, levels_found, quantile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bayes_sora.study.sample_size.question import SizeQuestion
    from bayes_sora.study.sample_size.tally import Tally

Stop = Literal["precise", "already_reached", "not_reached", "replicates", "seconds"]
CLIMB = 4
"""Sizes of the lattice that one step of the climb passes."""
CERTAIN = INTERVAL[1]
INFORMATIVE = (-4.0, 4.0)
"""Levels, on the linear scale, beyond which further scores tell nothing more: all of them are 0, or all are 1."""


@dataclass(frozen=True)
class Round:
    """The next cohorts: how many at which size, in the order of the sizes."""

    replicates: Mapping[int, int]


def next_round(question: SizeQuestion, tallies: Sequence[Tally]) -> Round | Stop:
    """Return the next cohorts to simulate, or why the search is over.

    Parameters
    ----------
    question : SizeQuestion
    tallies : sequence of Tally
        One a simulated size, in the order of the sizes.
    """
    effort = question.effort
    if not tallies:
        return _round({question.lattice[0]: effort.first})
    draws = draw_curve(tallies, question.criterion, lattice=question.lattice, seed=question.seed)
    if (verdict := _verdict(question, tallies, draws)) is not None:
        return verdict
    room = effort.replicates - sum(tally.replicates for tally in tallies)
    new = _new_size(question.lattice, tallies, draws)
    if new is not None and room >= effort.first:
        return _round({new: effort.first})
    n_tasks = min(room, effort.round) // effort.task
    if new is not None or n_tasks == 0:
        return "replicates"
    return _round(_shares(question, tallies, draws, n_tasks=n_tasks))


def _round(replicates: dict[int, int]) -> Round:
    return Round(MappingProxyType(dict(sorted(replicates.items()))))


def _verdict(question: SizeQuestion, tallies: Sequence[Tally], draws: CurveDraws) -> Stop | None:
    crossing = draws.crossing
    if (crossing == 0.0).mean() >= CERTAIN:
        return "already_reached"
    if draws.n[-1] == question.n_max and (crossing == np.inf).mean() >= CERTAIN:
        return "not_reached"
    low, high = (quantile(crossing, q) for q in INTERVAL)
    # A low end at 0 says "at n_min or below": nothing smaller is asked about.
    low = max(low, question.n_min)
    narrow = high <= question.effort.tolerance * low
    # Between neighbouring sizes of the lattice there is nothing left to tell apart.
    settled = not any(low < n < high for n in question.lattice) and question.n_min < low
    return "precise" if (narrow or settled) and _new_size(question.lattice, tallies, draws) is None else None


def _new_size(lattice: Sequence[int], tallies: Sequence[Tally], draws: CurveDraws) -> int | None:
    """Return the size that has to be simulated before replicates at those simulated tell any more."""
    largest = lattice.index(int(draws.n[-1]))
    beyond = float((draws.crossing == np.inf).mean())
    if largest + 1 < len(lattice) and beyond > 0.5:
        return lattice[min(largest + CLIMB, len(lattice) - 1)]
    middle = quantile(draws.crossing, 0.5)
    if 0.0 < middle < np.inf:
        below = max(tally.n for tally in tallies if tally.n < middle)
        above = min(tally.n for tally in tallies if tally.n >= middle)
        between = [n for n in lattice if below < n < above]
        if between:
            return min(between, key=lambda n: abs(np.log(n / middle)))
    if largest + 1 < len(lattice) and beyond > 1.0 - CERTAIN:
        return lattice[largest + 1]
    return None


def _shares(question: SizeQuestion, tallies: Sequence[Tally], draws: CurveDraws, *, n_tasks: int) -> dict[int, int]:
    """Hand out tasks one by one, each to the simulated size that then leaves least variance of the log crossing.

    Levels and log crossing are taken as jointly normal, and their covariances updated with each task.
    """
    at = np.searchsorted(draws.n, [tally.n for tally in tallies])
    sizes, reach = np.clip(draws.levels[:, at], *INFORMATIVE), question.effort.tolerance
    log_crossing = np.log(np.clip(draws.crossing, question.n_min / reach, question.n_max * reach))
    joint = np.cov(np.column_stack((sizes, log_crossing)), rowvar=False)
    # What one task adds: the variance that R cohorts left, times R / task.
    replicates = np.array([tally.replicates for tally in tallies])
    noise = levels_found(tallies, question.criterion).sd ** 2 * replicates / question.effort.task
    given = dict.fromkeys((tally.n for tally in tallies), 0)
    for _ in range(n_tasks):
        gain = joint[-1, :-1] ** 2 / (joint.diagonal()[:-1] + noise)
        best = int(np.argmax(gain))
        given[tallies[best].n] += question.effort.task
        joint = joint - np.outer(joint[best], joint[best]) / (joint[best, best] + noise[best])
    return {n: replicates for n, replicates in given.items() if replicates}
