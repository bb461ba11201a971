"""Every performance measure of a study, by name.

A measure turns the table of rows into one value a row and says how the values of a cell are brought together;
:mod:`bayes_sora.study.summary` walks the registry. To add a measure, add it to the module of its kind.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from bayes_sora.study import performance_decisions, performance_limits, performance_windows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.study.performance_measure import LimitMeasure, Measure, WindowMeasure

WINDOW_MEASURES: Mapping[str, WindowMeasure] = MappingProxyType(
    {one.name: one for one in (*performance_windows.MEASURES, *performance_decisions.MEASURES)}
)
"""Name → measure of a window as a whole, in the order of a summary."""
LIMIT_MEASURES: Mapping[str, LimitMeasure] = MappingProxyType({one.name: one for one in performance_limits.MEASURES})
"""Name → measure of one limit, in the order of a summary."""
MEASURES: Mapping[str, Measure] = MappingProxyType({**WINDOW_MEASURES, **LIMIT_MEASURES})
