r"""How many columns a formula has, known before any is made.

formulaic needs minutes for the product of ten categorical covariates of two levels, and gigabytes for three of twenty.
"""

from __future__ import annotations

import math
from itertools import chain, combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bayes_sora.modelfile.terms.formula import Formula

MOST_COLUMNS = 200


def count_columns(formula: Formula, levels: Mapping[str, tuple[str, ...]]) -> int:
    r"""Return how many columns a formula has, at most one more than :data:`MOST_COLUMNS`, without making any.

    A term with the numbers N and the categorical covariates K spans, for every part S of K, the products of N with the
    :math:`\prod_{k \in S} (l_k - 1)` contrasts of S, and what another term spans already has no column of its own.

    Parameters
    ----------
    formula : Formula
    levels : mapping of str to tuple of str
        Of every categorical covariate.
    """
    spanned: set[tuple[frozenset[str], frozenset[str]]] = {(frozenset(), frozenset())}  # the intercept
    for term in formula.terms:
        categorical = {one.name for one in term if one.categorical or one.name in levels}
        if 2 ** len(categorical) > MOST_COLUMNS + 1:
            return MOST_COLUMNS + 1
        numbers = frozenset(one.name for one in term if not (one.categorical or one.name in levels))
        spanned |= {(numbers, part) for part in _parts_of(categorical)}
    count = sum(math.prod(len(levels[name]) - 1 for name in part) for _, part in spanned) - 1
    return min(count, MOST_COLUMNS + 1)


def _parts_of(names: set[str]) -> Iterator[frozenset[str]]:
    """Yield every subset."""
    sizes = range(len(names) + 1)
    return map(frozenset, chain.from_iterable(combinations(sorted(names), size) for size in sizes))
