"""How the numbers of a study are printed: always with the Monte Carlo error they carry."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bayes_sora.digits import decimals_of
from bayes_sora.report.table import DASH
from bayes_sora.study.performance import MEASURES
from bayes_sora.study.summary import NO_LIMIT

if TYPE_CHECKING:
    import pandas as pd

    from bayes_sora.figures.study.settings import Setting

DIGITS = {"": 0, "log": 3, "months": 2, "mg/L": 2, "fold": 2, "ratio": 2}


class Place(NamedTuple):
    """A cell of a summary."""

    setting: Setting
    n: int
    method: str
    window: str


class Number(NamedTuple):
    """One measure of one cell.

    Attributes
    ----------
    measure : str
    value, mcse, low, high : float
    n_used, n_total : int
    """

    measure: str
    value: float
    mcse: float
    low: float
    high: float
    n_used: int
    n_total: int

    @property
    def short(self) -> str:
        """For a table whose header says the unit: "94.2 (0.7)", shares in per cent."""
        size, digits = self._layout()
        if not math.isfinite(self.value):
            return DASH
        if not math.isfinite(self.mcse):
            return _text(size * self.value, digits)
        if self._is_certain:
            sign, bound = ("≤", self.high) if self.value == 0.0 else ("≥", self.low)
            return f"{_text(size * self.value, digits)} ({sign} {_text(size * bound, digits)})"
        return f"{_text(size * self.value, digits)} ({_error_text(size * self.mcse, digits)})"

    @property
    def long(self) -> str:
        """For a sentence, with unit: "94.2 % (MCSE 0.7)"; 0 and 100 % with the bound that so many replicates give."""
        size, digits = self._layout()
        if not math.isfinite(self.value):
            return DASH
        value = f"{_text(size * self.value, digits)}{self._unit()}"
        if self._is_certain:
            word, bound = ("most", self.high) if self.value == 0.0 else ("least", self.low)
            return f"{value} (at {word} {_text(size * bound, digits)} %)"
        return value if not math.isfinite(self.mcse) else f"{value} (MCSE {_error_text(size * self.mcse, digits)})"

    @property
    def signed(self) -> str:
        """As :attr:`long`, a gain with its plus."""
        return f"+{self.long}" if self.value > 0.0 else self.long

    @property
    def _is_share(self) -> bool:
        return MEASURES[self.measure].unit == "share"

    @property
    def _is_certain(self) -> bool:
        """Whether it is a share that was never or always seen, whose standard error of 0 says nothing."""
        return self._is_share and self.value in (0.0, 1.0)

    def _layout(self) -> tuple[float, int]:
        if self._is_share:
            return 100.0, 1
        unit = MEASURES[self.measure].unit
        small = decimals_of(self.value) if unit == "mg/L" else 0
        return 1.0, max(small, DIGITS.get(unit, 2))

    def _unit(self) -> str:
        unit = MEASURES[self.measure].unit
        return {"share": " %", "months": " months", "mg/L": " mg/L", "fold": "-fold", "ratio": " times"}.get(unit, "")


def find_number(summary: pd.DataFrame, place: Place, measure: str, *, limit: str = NO_LIMIT) -> Number | None:
    """Return one measure of one cell; None where no replicate has it."""
    asked = {"measure": measure, "limit": limit, "n": place.n, "method": place.method, "window": place.window}
    chosen = np.logical_and.reduce([summary[name] == value for name, value in asked.items()])
    own = summary[chosen & place.setting.of(summary) & (summary["n_used"] > 0).to_numpy()]
    return None if own.empty else number_of(own.iloc[0])


def number_of(row: pd.Series) -> Number:
    """Return a row of a summary as a number."""
    return Number(
        measure=str(row["measure"]),
        value=float(row["value"]),
        mcse=float(row["mcse"]),
        low=float(row["low"]),
        high=float(row["high"]),
        n_used=int(row["n_used"]),
        n_total=int(row["n_total"]),
    )


def _text(value: float, digits: int) -> str:
    # Adding zero turns −0.00, a rounding error, into 0.00.
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def _error_text(mcse: float, digits: int) -> str:
    """Return an error; only one that is zero, as where no cohort was acted on, is printed as such."""
    smallest = 10.0**-digits
    if mcse == 0.0:
        return "0"
    return f"< {smallest:.{digits}f}" if 0.0 < mcse < 0.5 * smallest else _text(mcse, digits)
