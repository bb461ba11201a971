"""What the report says about the fit itself: convergence, parameters and priors, the classical analysis beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.classical.text import in_unit
from bayes_sora.digits import compared
from bayes_sora.errors import shortened
from bayes_sora.fitting.answer import standardised_text
from bayes_sora.fitting.document import summarise_draws
from bayes_sora.fitting.trust import MAX_DIVERGENT_SHARE, MAX_PARETO_K, MAX_RHAT, MIN_ESS
from bayes_sora.report.table import DASH, Table, exposure, interval, number, quantity_cells

if TYPE_CHECKING:
    from bayes_sora.classical import Roc
    from bayes_sora.fitting import Fit


def diagnostics_table(fit: Fit) -> Table:
    """Return the worst diagnostics with what they must be."""
    found = fit.trust.diagnostics
    judged = "over parameters, curves, limits and the existence of a window"
    ess = "Effective sample size of the"
    rows = (
        ("R-hat, largest", *_needed(found.rhat_max, "at most", MAX_RHAT, decimals=4), judged),
        (f"{ess} bulk, smallest", *_needed(found.ess_bulk_min, "at least", MIN_ESS, decimals=0), judged),
        (f"{ess} tails, smallest", *_needed(found.ess_tail_min, "at least", MIN_ESS, decimals=0), judged),
        (
            "Divergent draws",
            f"{found.divergences} of {found.n_draws}",
            f"at most {100.0 * MAX_DIVERGENT_SHARE:g} %",
            "places that the sampler could not follow",
        ),
        (
            "Pareto k, largest",
            *_needed(found.pareto_k_max, "at most", MAX_PARETO_K, decimals=2),
            "influence of a single patient (leave-one-patient-out)",
        ),
        *(
            (
                f"Pareto k of {shortened(who, limit=30)}",
                _plain(k, ".2f"),
                f"at most {MAX_PARETO_K}",
                "influential patient",
            )
            for who, k in found.influential
        ),
    )
    return Table(
        caption="Convergence of the sampler.",
        header=("Diagnostic", "Value", "Needed", "What it is about"),
        rows=rows,
        text=frozenset({2, 3}),
    )


def _needed(value: float | None, words: str, bound: float, *, decimals: int) -> tuple[str, str]:
    """Return a diagnostic and what it must be, with as many decimals as show whether it is."""
    if value is None:
        return DASH, f"{words} {bound:g}"
    shown = compared(value, bound, decimals=decimals)
    return shown.value, f"{words} {shown.bound}"


def parameters_table(fit: Fit) -> Table:
    """Return every parameter that is one number with its meaning, prior, source and posterior."""
    rows = []
    for name, prior in fit.model_file.scalar_priors.items():
        after = summarise_draws(fit.parameters[name].to_numpy())
        posterior = f"{number(after['q50'])} ({interval(number(after['q025']), number(after['q975']))})"
        rows.append((name, prior.meaning or DASH, str(prior), posterior, prior.unit or DASH, prior.source or DASH))
    return Table(
        caption="Parameters of the model file: prior, and posterior median with 95 % equal-tailed interval. "
        f"{standardised_text(fit)}".strip(),
        header=("Parameter", "Meaning", "Prior", "Posterior (95 %)", "Unit", "Source of the prior"),
        rows=tuple(rows),
        text=frozenset({1, 2, 4, 5}),
    )


def roc_table(fit: Fit, *, show_windows: bool) -> Table | None:
    """Return ROC cut-offs beside the Bayesian youden limits; None for a cohort without toxicity and response."""
    if not fit.classical.roc:
        return None
    limits = {"toxicity": "upper", "response": "lower"}
    rows = []
    for endpoint, roc in fit.classical.roc.items():
        youden = DASH
        if show_windows and "youden" in fit.windows and endpoint in fit.model_file.endpoints:
            middle, around = quantity_cells(fit.windows["youden"], limits[endpoint], fit.curves)
            youden = middle if around == DASH else f"{middle} ({around})"
        rows.append((endpoint, f"{roc.n_events} of {roc.n}", *_roc_cells(roc, fit), youden))
    unit = fit.curves.unit.name
    undefined = "".join(f" {name}: not defined, {roc.reason}." for name, roc in fit.classical.roc.items() if roc.reason)
    return Table(
        caption="ROC analysis of the same patients: the cut-off is on the scale of one measured trough, with a "
        "bootstrap interval; the area under the curve (AUC) has DeLong's. The Bayesian youden limits are on the "
        f"scale of the {fit.curves.scale}." + undefined,
        header=(
            "Endpoint",
            "Events",
            f"ROC cut-off ({unit})",
            "95 % CI",
            "AUC",
            "95 % CI",
            f"Bayesian youden limit ({unit}, 95 %)",
        ),
        rows=tuple(rows),
    )


def survival_table(fit: Fit) -> Table | None:
    """Return Kaplan–Meier medians by trough group; None for a cohort without survival."""
    grouped = fit.classical.survival
    if grouped is None:
        return None
    rows = tuple(
        (
            group.label,
            str(group.n),
            str(group.deaths),
            "not reached" if group.median_months is None else number(group.median_months),
            interval(*(number(end) for end in group.ci95)),
        )
        for group in grouped.groups
    )
    p = grouped.logrank_p
    test = "not defined" if p is None else "p < 0.001" if p < 0.001 else f"p = {p:.2g}"
    return Table(
        caption=f"Overall survival by measured trough (Kaplan–Meier). Log-rank test between the groups: {test}. "
        "Groups are cut at published limits; a dash is an end that was not reached.",
        header=(f"Trough ({fit.curves.unit.name})", "Patients", "Deaths", "Median (months)", "95 % CI (months)"),
        rows=rows,
    )


def _roc_cells(roc: Roc, fit: Fit) -> tuple[str, str, str, str]:
    if not roc.defined:
        return "not defined", DASH, DASH, DASH
    unit = fit.curves.unit
    cutoff, low, high = (in_unit(value, unit) for value in (roc.cutoff_mg_l, *roc.cutoff_ci95))
    return (
        exposure(cutoff, fit.curves),
        interval(number(low), number(high)),
        _plain(roc.auc, ".2f"),
        interval(*(_plain(end, ".2f") for end in roc.auc_ci95)),
    )


def _plain(value: float | None, digits: str) -> str:
    return DASH if value is None else format(value, digits)
