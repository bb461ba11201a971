"""What varies in a study: its settings (scenario and design without the size), sizes and methods, with their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bayes_sora.figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION, Look

if TYPE_CHECKING:
    import pandas as pd

    from bayes_sora.types import BoolArray

METHOD_LOOKS: tuple[Look, ...] = (
    Look(BLUE, "-", "o"),
    Look(GREEN, (0, (5.0, 1.5)), "s"),
    Look(VERMILLION, (0, (1.0, 1.2)), "X"),
    Look(PURPLE, (0, (6.0, 1.5, 1.0, 1.5)), "^"),
    Look(BLACK, (0, (3.0, 1.0)), "D"),
    Look(ORANGE, (0, (2.0, 2.0)), "v"),
    Look(SKY, (0, (8.0, 2.0)), "P"),
    Look(GREY, (0, (1.0, 3.0)), "*"),
)


class Setting(NamedTuple):
    """A scenario and a design, whatever the number of patients.

    Attributes
    ----------
    scenario : str
    troughs : int
    follow_up_months : float
        NaN where the scenario's own holds.
    label : str
        Names the design only where the study has several.
    """

    scenario: str
    troughs: int
    follow_up_months: float
    label: str

    def of(self, table: pd.DataFrame) -> BoolArray:
        """Say which rows of a table belong to the setting."""
        follow_up = table["follow_up_months"].to_numpy(dtype=float)
        same = (follow_up == self.follow_up_months) | (np.isnan(follow_up) & np.isnan(self.follow_up_months))
        others = (table["scenario"] == self.scenario) & (table["troughs"] == self.troughs)
        return np.asarray(same & others.to_numpy())


def settings_of(table: pd.DataFrame) -> tuple[Setting, ...]:
    """Return the settings of a table in order of appearance."""
    found = table[["scenario", "troughs", "follow_up_months"]].drop_duplicates()
    with_troughs, with_follow_up = (len(found[name].drop_duplicates()) > 1 for name in ("troughs", "follow_up_months"))
    return tuple(
        Setting(
            str(scenario),
            int(troughs),
            float(follow_up),
            _label(
                str(scenario),
                f"{troughs} trough{'s' if troughs > 1 else ''}" if with_troughs else "",
                _follow_up_text(float(follow_up)) if with_follow_up else "",
            ),
        )
        for scenario, troughs, follow_up in found.itertuples(index=False)
    )


def sizes_of(table: pd.DataFrame) -> tuple[int, ...]:
    """Return the numbers of patients of a table, ascending."""
    return tuple(int(n) for n in np.unique(table["n"]))


def methods_of(table: pd.DataFrame) -> tuple[str, ...]:
    """Return the methods of a table in order of appearance."""
    return tuple(str(name) for name in table["method"].drop_duplicates())


def method_looks(table: pd.DataFrame) -> dict[str, Look]:
    """Return the look of each method: by its place in the study, the same in every figure."""
    return {name: METHOD_LOOKS[place % len(METHOD_LOOKS)] for place, name in enumerate(methods_of(table))}


def sizes_text(table: pd.DataFrame) -> str:
    """Return the sizes in words, such as "26 patients" or "26 to 400 patients"."""
    sizes = sizes_of(table)
    return f"{sizes[0]} patients" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]} patients"


def replicates_text(table: pd.DataFrame) -> str:
    """Return the number of replicates a cell in words."""
    least, most = int(table["n_total"].min()), int(table["n_total"].max())
    return f"{most:,} replicates a cell" if least == most else f"{least:,} to {most:,} replicates a cell"


def _follow_up_text(months: float) -> str:
    return "scenario's follow-up" if np.isnan(months) else f"{months:g} months"


def _label(scenario: str, *design: str) -> str:
    named = ", ".join(part for part in design if part)
    return f"{scenario}\n{named}" if named else scenario
