"""An interval whose ends may be undefined."""

from __future__ import annotations

Interval = tuple[float | None, float | None]
UNDEFINED: Interval = (None, None)
NORMAL_975 = 1.959963984540054
"""The 0.975 quantile of the standard normal distribution, for 95 % intervals."""
