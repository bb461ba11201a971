"""Tables of a comparison: predictive densities, and every window by model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.cohort import describe_cohort
from bayes_sora.fitting.answer import probability_text, question
from bayes_sora.report.table import DASH, Table, data_share, percent, quantity_cells

if TYPE_CHECKING:
    from bayes_sora.comparison import ComparedModel, Comparison
    from bayes_sora.curves import Curves
    from bayes_sora.questions import WindowKind
    from bayes_sora.window import Window

AVERAGED = "averaged over the models"


def models_table(comparison: Comparison) -> Table:
    """Return how well each model predicts, the best first."""
    best = comparison.models[0]
    return Table(
        caption="Leave-one-patient-out: elpd is the sum over patients of log p(patient | the others), higher is "
        "better; its difference to the best model, with the standard error of the difference, paired over patients; "
        "the effective number of parameters p_loo; the largest Pareto k of the importance sampling; how many patients "
        "needed a refit; the stacking weight.",
        header=(
            "Model",
            "elpd (SE)",
            "Difference (SE)",
            "p_loo",
            "Pareto k, largest",
            "Refits",
            "Stacking weight",
            "Trust",
        ),
        rows=tuple(_model_row(model, best) for model in comparison.models),
        text=frozenset({7}),
    )


def _model_row(model: ComparedModel, best: ComparedModel) -> tuple[str, ...]:
    difference = DASH if model is best else f"{_decimal(model.elpd_diff)} ({model.se_diff:.1f})"
    return (
        model.name,
        f"{_decimal(model.elpd)} ({model.se:.1f})",
        difference,
        _decimal(model.p_loo),
        f"{float(np.max(model.pareto_k)):.2f}",
        str(len(model.refitted)),
        f"{model.weight:.2f}",
        model.fit.trust.verdict,
    )


def window_tables(comparison: Comparison) -> tuple[Table, ...]:
    """Return one table a kind of window: a row a model, and one for their average."""
    return tuple(_window_table(comparison, kind) for kind in comparison.kinds)


def _window_table(comparison: Comparison, kind: WindowKind) -> Table:
    curves = comparison.models[0].fit.curves
    unit = curves.unit.name
    windows = {model.name: model.windows[kind] for model in comparison.models}
    if kind in comparison.averaged:
        windows[AVERAGED] = comparison.averaged[kind]
    asked = question(next(iter(windows.values())).settings, curves)
    return Table(
        caption=f"{kind[0].upper()}{kind[1:]}: {asked}. Median and 95 % interval of each limit, of the draws in which "
        "it is defined.",
        header=(
            "Model",
            f"Lower limit ({unit})",
            "95 %",
            f"Upper limit ({unit})",
            "95 %",
            "P(window exists)",
            "Data's share (lower, upper)",
            "Identified",
        ),
        rows=tuple((name, *_window_cells(window, curves)) for name, window in windows.items()),
        text=frozenset({7}),
    )


def _window_cells(window: Window, curves: Curves) -> tuple[str, ...]:
    shares = ", ".join(data_share(limit.data_share) for limit in (window.lower, window.upper))
    return (
        *quantity_cells(window, "lower", curves),
        *quantity_cells(window, "upper", curves),
        probability_text(window.p_exists),
        shares,
        "yes" if window.identified else "no",
    )


def key_facts(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    """Return the few facts without which the answer cannot be read."""
    seen = describe_cohort(comparison.models[0].fit.cohort)
    refits = sum(len(model.refitted) for model in comparison.models)
    mixture = ", ".join(f"{model.name} {percent(model.weight)}" for model in comparison.models if model.weight > 0.0)
    return (
        ("Cohort", seen.name),
        ("Patients", str(seen.n_patients)),
        ("Models", str(len(comparison.models))),
        ("Exact refits", f"{refits} of {seen.n_patients * len(comparison.models)} left-out patients"),
        ("Mixture", mixture),
    )


def provenance_facts(comparison: Comparison, created: str) -> tuple[tuple[str, str], ...]:
    """Return what went in, by hash, with seeds and versions."""
    first = comparison.models[0].fit.provenance
    made = [
        (model.name, f"seed {model.fit.provenance.seed}, SHA-256 {model.fit.model_file.sha256}")
        for model in comparison.models
    ]
    return (
        ("Made (UTC)", created),
        ("SHA-256 of the cohort", first.inputs.get("cohort") or "not read from a file"),
        *made,
        ("Seed of the mixture", str(comparison.seed)),
        ("Engine", ", ".join(f"{name} {version}" for name, version in first.engine.items())),
        ("Packages", ", ".join(f"{name} {version}" for name, version in first.versions.items())),
    )


def _decimal(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")
