"""Tables of the prior: of drawn cohorts, of curves and windows, and of the priors themselves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bayes_sora.digits import short
from bayes_sora.fitting.prior import CONFLICT_TAIL
from bayes_sora.fitting.prior.limits import prior_limits
from bayes_sora.fitting.prior.words import interval_text, share_text, value_text
from bayes_sora.numerics.priors import prior_quantile
from bayes_sora.report.table import DASH, Table, interval, number
from bayes_sora.types import MG_L, ExposureUnit

if TYPE_CHECKING:
    from bayes_sora.fitting import PriorPredictive
    from bayes_sora.fitting.prior import PriorNumber
    from bayes_sora.modelfile.prior import Prior

SHARES = {
    "no_toxicity": "Without any toxicity",
    "all_toxicity": "All toxic",
    "no_response": "Without any responder",
    "all_response": "All responders",
    "median_trough_outside_range": "Median trough outside the optimisation range",
    "median_survival_below_1_month": "Median survival below 1 month",
    "median_survival_above_60_months": "Median survival above 60 months",
    "implausible": "Implausible: survival or median trough as above",
}


def statistics_table(prior: PriorPredictive) -> Table:
    """Return the statistics of the drawn cohorts, and where the observed cohort lies among them."""
    compared = prior.cohort is not None
    header = ("Of a cohort", "Prior median", "Central 95 %")
    observed = ("Observed", "Position", "Tail", "Verdict")
    design = prior.design
    where = (
        f" Position: share of the drawn cohorts with a smaller value, ties counted half; tail: share with a value at "
        f"least as far out on that side. A tail below {100.0 * CONFLICT_TAIL:g} % is a conflict; a statistic that the "
        "observed cohort leaves undefined has a dash."
        if compared
        else ""
    )
    return Table(
        caption=f"{design.cohorts:,} cohorts of {design.n_patients} patients drawn from the priors.{where}",
        header=header + observed if compared else header,
        rows=tuple(_statistic_row(one, prior, compared=compared) for one in prior.statistics),
        text=frozenset({6}) if compared else frozenset(),
    )


def _statistic_row(one: PriorNumber, prior: PriorPredictive, *, compared: bool) -> tuple[str, ...]:
    label = f"{one.label} ({prior.curves.unit.name})" if one.scale == "exposure" else one.label
    cells = (label, value_text(one, one.summary["q50"]), interval_text(one))
    if not compared:
        return cells
    if one.position is None or one.tail is None:
        return (*cells, DASH, DASH, DASH, "not compared")
    verdict = "CONFLICT" if one.conflict else "expected"
    return (*cells, value_text(one, one.observed), share_text(one.position), _tail_text(one.tail), verdict)


def _tail_text(tail: float) -> str:
    return "< 0.1 %" if tail < 0.001 else f"{100.0 * tail:.1f} %"


def shares_table(prior: PriorPredictive) -> Table:
    """Return the shares of one-sided and of implausible cohorts."""
    return Table(
        caption="Share of the drawn cohorts from which little could be learnt, and of those nobody would believe.",
        header=("Cohorts", "Share"),
        rows=tuple((SHARES[name], share_text(share)) for name, share in prior.shares.items()),
    )


def beliefs_table(prior: PriorPredictive) -> Table:
    """Return probabilities at the reference exposure and effects per doubling of exposure."""
    unit, size = prior.curves.unit.name, prior.curves.unit.mg_l
    reference = f"{short(prior.model.drug.reference_mg_l / size)} {unit}"
    rows = [
        (f"{one.label} {where}", value_text(one, one.summary["q50"]), interval_text(one))
        for numbers, where in ((prior.at_reference, f"at {reference}"), (prior.per_doubling, "per doubling"))
        for one in numbers
    ]
    return Table(
        caption=f"Under the priors. Per doubling: from {reference} divided by √2 to {reference} times √2; above 1 the "
        "event becomes more probable, or death comes sooner, with exposure.",
        header=("Belief", "Prior median", "Central 95 %"),
        rows=tuple(rows),
    )


def windows_table(prior: PriorPredictive) -> Table:
    """Return every limit of every window over the prior draws."""
    rows = []
    for limit in prior_limits(prior):
        quantity = limit.quantity
        rows.append(
            (
                limit.label,
                share_text(float(limit.window.draws["exists"].mean())),
                limit.text,
                *(DASH if p is None else share_text(p) for p in (quantity.p_at_low_edge, quantity.p_at_high_edge)),
                quantity.given,
            )
        )
    unit = prior.curves.unit.name
    return Table(
        caption=f"Windows over {prior.design.draws:,} prior draws; each limit over the draws named under “given”.",
        header=("Limit", "Window exists", f"Median (95 %), {unit}", "At the low edge", "At the high edge", "Given"),
        rows=tuple(rows),
        text=frozenset({5}),
    )


def priors_table(prior: PriorPredictive) -> Table:
    """Return every prior with what it says, its meaning, unit and source."""
    unit = prior.curves.unit
    rows = [
        (name, one.meaning or DASH, str(one), _says(one, unit), one.unit or DASH, one.source or DASH)
        for name, one in prior.model.priors.items()
    ]
    return Table(
        caption=f"Priors of {prior.model.name}: median and central 95 % of each. Exposures are kept in mg/L, and given "
        f"in {unit.name} as well.",
        header=("Parameter", "Meaning", "Prior", "Median (95 %)", "Unit", "Source"),
        rows=tuple(rows),
        text=frozenset({1, 2, 3, 4, 5}),
    )


def _says(one: Prior, unit: ExposureUnit) -> str:
    """Return median and central 95 % of a prior; of an exposure also in the unit of the drug."""
    ends = [float(prior_quantile(share, one.family, one.arguments)) for share in (0.5, 0.025, 0.975)]
    text = _with_interval(ends)
    if one.unit == f"log({MG_L.name})":
        return f"{text}, that is {_with_interval([math.exp(end) / unit.mg_l for end in ends])} {unit.name}"
    if one.unit == MG_L.name and unit != MG_L:
        return f"{text}, that is {_with_interval([end / unit.mg_l for end in ends])} {unit.name}"
    return text


def _with_interval(ends: list[float]) -> str:
    middle, low, high = map(number, ends)
    return f"{middle} ({interval(low, high)})"
