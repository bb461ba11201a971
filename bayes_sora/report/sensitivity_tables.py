"""Whose assumption a limit rests on: how far it moves when the prior of one block counts a little more or less."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.fitting.power_scaling import SENSITIVE
from bayes_sora.report.table import DASH, Table
from bayes_sora.report.window_tables import QUANTITIES

if TYPE_CHECKING:
    from bayes_sora.fitting import Fit
    from bayes_sora.fitting.power_scaling import PowerScaling


def prior_blocks_table(fit: Fit) -> Table:
    """Return the power-scaling of every limit by the block of the prior that is scaled, one column a block."""
    blocks = list(
        dict.fromkeys(
            block for limits in fit.power_scaling.values() for one in limits.values() for block in one.prior_by_block
        )
    )
    rows = [
        (f"{kind}, {QUANTITIES[name]}", *(_pull(fit.power_scaling[kind].get(name), block) for block in blocks))
        for kind, window in fit.windows.items()
        for name in window.quantities
        if name != "width"
    ]
    return Table(
        caption="Power-scaling with the priors of one block scaled at a time: how far the limit's distribution moves "
        f"per doubling of their weight; {SENSITIVE:g} and more, in words, is a visible move. Effects that are "
        "standardised by construction, such as those of single sites, are not scaled.",
        header=("Limit", *(f"Prior of {block}" for block in blocks)),
        rows=tuple(rows),
    )


def _pull(moved: PowerScaling | None, block: str) -> str:
    if moved is None or block not in moved.prior_by_block:
        return DASH
    pull = moved.prior_by_block[block]
    return f"{pull:.2f} (visible)" if pull >= SENSITIVE else f"{pull:.2f}"
