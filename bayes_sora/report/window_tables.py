"""What the report says about windows: how they compare, why they are or are not identified, prior against posterior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayes_sora.fitting.answer import probability_text, question
from bayes_sora.fitting.borrowing import CONFLICT
from bayes_sora.fitting.power_scaling import SENSITIVE
from bayes_sora.questions import WindowKind
from bayes_sora.report.table import DASH, Table, data_share, exposure, interval, number, percent, quantity_cells
from bayes_sora.window import Window

if TYPE_CHECKING:
    from bayes_sora.curves import Curves
    from bayes_sora.fitting import Fit
    from bayes_sora.fitting.power_scaling import PowerScaling
    from bayes_sora.window.summary import QuantityName

TITLES: dict[WindowKind, str] = {
    "limits": "Limits: acceptable exposures",
    "youden": "Youden: the counterpart of ROC cut-offs",
    "utility": "Utility: nearly optimal exposures",
}
QUANTITIES = {"lower": "lower limit", "upper": "upper limit", "width": "width", "optimum": "optimum"}
INTERVALS = "Intervals are 95 % equal-tailed posterior intervals."


@dataclass(frozen=True, kw_only=True)
class WindowCard:
    """One window in full.

    Attributes
    ----------
    title, question : str
    identified : bool
    why, notes : tuple of str
    facts : tuple of (str, str)
    table : Table
    """

    title: str
    question: str
    identified: bool
    why: tuple[str, ...]
    notes: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    table: Table


def windows_table(fit: Fit) -> Table:
    """Return the windows side by side."""
    unit = fit.curves.unit.name
    rows = [
        (
            kind,
            *(_both(window, name, fit.curves) for name in ("lower", "upper")),
            _both(window, "optimum", fit.curves) if window.optimum else DASH,
            probability_text(window.p_exists),
            "yes" if window.identified else "no",
        )
        for kind, window in fit.windows.items()
    ]
    return Table(
        caption=f"Windows of the {fit.curves.scale}, {unit}: median and 95 % interval of each limit, of the draws in "
        f"which it is defined. {INTERVALS}",
        header=(
            "Window",
            f"Lower limit ({unit})",
            f"Upper limit ({unit})",
            f"Optimum ({unit})",
            "P(window exists)",
            "Identified",
        ),
        rows=tuple(rows),
        text=frozenset({5}),
    )


def window_cards(fit: Fit) -> tuple[WindowCard, ...]:
    """Return every window in full."""
    return tuple(_card(window, fit.curves) for window in fit.windows.values())


def published_table(fit: Fit) -> Table | None:
    """Return the published windows with their scores, without a utility held against the conditions; None of none."""
    if not fit.published:
        return _acceptance_table(fit) if fit.published_acceptance else None
    sources = {window.name: window.source for window in fit.model_file.published}
    rows = [
        (
            score.name,
            _ends(score.lower, score.upper),
            percent(score.p_optimum_inside),
            number(score.expected_regret_months),
            number(score.expected_benefit_months),
            sources.get(score.name) or DASH,
        )
        for score in fit.published
    ]
    utility, untouched = fit.windows["utility"], fit.published[0].expected_regret_untouched_months
    return Table(
        caption="Published windows under this posterior: the probability that the exposure of largest utility lies "
        "inside, and the window as a policy. Patients outside are moved to its nearer end and those inside stay; "
        "regret is the mean utility then lost against everybody at the optimum, benefit what is gained against leaving "
        f"everybody, whose regret is {number(untouched)} months (utility: {question(utility.settings, fit.curves)}).",
        header=(
            "Published window",
            f"Range ({fit.curves.unit.name})",
            "P(optimum inside)",
            "Expected regret (months)",
            "Expected benefit (months)",
            "Source",
        ),
        rows=tuple(rows),
        text=frozenset({5}),
    )


def _acceptance_table(fit: Fit) -> Table:
    sources = {window.name: window.source for window in fit.model_file.published}
    return Table(
        caption="Published windows under this posterior: the probability that an exposure of the window is acceptable, "
        "evenly over its logarithm within the range, and that each end lies on the wrong side of its limit "
        f"({question(fit.windows['limits'].settings, fit.curves)}). The model has no survival, hence no utility.",
        header=(
            "Published window",
            f"Range ({fit.curves.unit.name})",
            "P(acceptable)",
            "P(lower end too low)",
            "P(upper end too high)",
            "Source",
        ),
        rows=tuple(
            (
                one.name,
                _ends(one.lower, one.upper),
                *map(percent, (one.p_acceptable, one.p_lower_too_low, one.p_upper_too_high)),
                sources.get(one.name) or DASH,
            )
            for one in fit.published_acceptance
        ),
        text=frozenset({5}),
    )


def prior_table(fit: Fit) -> Table:
    """Return limits before and after the data."""
    rows = []
    for kind, window in fit.windows.items():
        for name, quantity in window.quantities.items():
            if name == "width":
                continue
            before = quantity.prior
            prior = (
                exposure(before.q50, fit.curves),
                interval(exposure(before.q025, fit.curves), exposure(before.q975, fit.curves)),
            )
            after = quantity_cells(window, name, fit.curves)
            moved = fit.power_scaling[kind].get(name)
            pulls = (DASH, DASH, DASH) if moved is None else _pulls(moved)
            rows.append((f"{kind}, {QUANTITIES[name]}", *prior, *after, data_share(quantity.data_share), *pulls))
    unit = fit.curves.unit.name
    return Table(
        caption="Limits before and after the data. The data's share is 1 − (posterior / prior width)² of the 95 % "
        "interval of the curve that decides the limit, at the limit: the margin of the conditions, the logit against "
        "that of its prevalence, the slope of the utility. Below 50 % the curve there is mostly the prior's. "
        "Power-scaling: how far the limit's distribution moves when the prior, or the likelihood, counts a little "
        f"more or less (per doubling of its weight); {SENSITIVE:g} and more is a visible move.",
        header=(
            "Limit",
            f"Prior median ({unit})",
            "Prior 95 %",
            f"Posterior median ({unit})",
            "Posterior 95 %",
            "Data's share",
            "Prior scaled",
            "Likelihood scaled",
            "Moved by",
        ),
        rows=tuple(rows),
        text=frozenset({8}),
    )


def borrowing_table(fit: Fit) -> Table | None:
    """Return what became of the robust priors, None for a model file without any."""
    if not fit.borrowed:
        return None
    rows = []
    for one in fit.borrowed:
        data = DASH if one.data is None else f"{number(one.data.estimate)} ({number(one.data.standard_error)})"
        p = DASH if one.conflict_p is None else "< 0.001" if one.conflict_p < 0.001 else f"{one.conflict_p:.2g}"
        rows.append(
            (
                one.parameter,
                f"{number(one.prior.mean)} ({number(one.prior.sd)})",
                data,
                f"{one.prior.weight:.2f}",
                f"{one.posterior_weight:.2f}",
                p,
                "disagree" if one.in_conflict else DASH if one.conflict_p is None else "agree",
            )
        )
    return Table(
        caption="Earlier evidence against the data. The prior of each parameter mixes earlier evidence with a vague "
        "component, which takes over where the data contradict it: the weight of the earlier evidence before and after "
        "the data. The data alone: estimate and standard error without any prior, as a normal. The p-value says how "
        f"seldom the earlier evidence gives data as far from it; below {CONFLICT:g} they are said to disagree.",
        header=(
            "Parameter",
            "Earlier evidence (SD)",
            "Data alone (SE)",
            "Weight before",
            "Weight after",
            "p",
            "Earlier evidence and data",
        ),
        rows=tuple(rows),
        text=frozenset({6}),
    )


def _pulls(moved: PowerScaling) -> tuple[str, str, str]:
    return f"{moved.prior:.2f}", f"{moved.likelihood:.2f}", moved.moved_by


def _card(window: Window, curves: Curves) -> WindowCard:
    return WindowCard(
        title=TITLES[window.kind],
        question=question(window.settings, curves),
        identified=window.identified,
        why=window.why,
        notes=window.notes,
        facts=tuple(_facts(window, curves)),
        table=_quantities_table(window, curves),
    )


def _facts(window: Window, curves: Curves) -> list[tuple[str, str]]:
    low, high = (f"{end:.3f}" for end in window.p_exists_interval)
    facts = [("P(window exists)", f"{probability_text(window.p_exists)} (95 % Monte Carlo interval {low} to {high})")]
    for what, share in (
        ("P(lower limit set by response)", window.p_lower_by_response),
        ("P(upper limit set by toxicity)", window.p_upper_by_toxicity),
        ("P(further pieces outside the window)", window.p_disconnected),
    ):
        if share is not None:
            facts.append((what, percent(share)))
    return facts + _set_facts(window, curves)


def _set_facts(window: Window, curves: Curves) -> list[tuple[str, str]]:
    """Return what is acceptable: pointwise with the probability of all of it, and simultaneously."""
    if window.sets is None:
        return []
    facts = []
    for level, intervals in window.sets.credible.items():
        p_all = window.sets.p_all[level]
        whole = "" if p_all is None else f"; P(all of it is acceptable) {probability_text(p_all)}"
        sure = f"probability ≥ {100.0 * level:g} %"
        facts.append((f"Each exposure acceptable with {sure} (pointwise)", f"{_ranges(intervals, curves)}{whole}"))
        together = _ranges(window.sets.simultaneous[level], curves)
        facts.append((f"Widest range acceptable as a whole with {sure} (simultaneous)", together))
    return facts


def _ranges(intervals: list[tuple[float, float]], curves: Curves) -> str:
    if not intervals:
        return "nowhere"
    texts = (f"{exposure(low, curves)} to {exposure(high, curves)}" for low, high in intervals)
    return f"{', '.join(texts)} {curves.unit.name}"


def _quantities_table(window: Window, curves: Curves) -> Table:
    unit = curves.unit.name
    names: list[QuantityName] = [name for name in ("lower", "upper", "width", "optimum") if name in window.quantities]
    rows = []
    for name in names:
        quantity = window.quantities[name]
        edge = None
        if quantity.p_at_low_edge is not None and quantity.p_at_high_edge is not None:
            edge = quantity.p_at_low_edge + quantity.p_at_high_edge
        rows.append(
            (
                QUANTITIES[name],
                *quantity_cells(window, name, curves),
                quantity.given,
                percent(edge),
                percent(quantity.p_outside_data),
                data_share(quantity.data_share),
            )
        )
    return Table(
        caption=f"{INTERVALS} Every number is of the draws named under “given”; a limit beyond the range counts at its "
        "edge.",
        header=(
            "Quantity",
            f"Median ({unit})",
            f"95 % interval ({unit})",
            "Given",
            "P(at an edge of the range)",
            "P(outside the observed troughs)",
            "Data's share",
        ),
        rows=tuple(rows),
    )


def _both(window: Window, name: QuantityName, curves: Curves) -> str:
    middle, around = quantity_cells(window, name, curves)
    return middle if around == DASH else f"{middle} ({around})"


def _ends(lower: float | None, upper: float | None) -> str:
    if upper is None:
        return f"≥ {number(lower)}"
    return f"≤ {number(upper)}" if lower is None else f"{number(lower)}–{number(upper)}"
