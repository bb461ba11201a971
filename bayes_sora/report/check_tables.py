"""What the data show beside what the fitted model gives, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.fitting.predictive_checks import EXTREME, number_text, p_text
from bayes_sora.report.table import Table

if TYPE_CHECKING:
    from bayes_sora.fitting import Fit


def checks_table(fit: Fit) -> Table | None:
    """Return the predictive checks, None where the fit has no replicated data."""
    if not fit.predictive_checks:
        return None
    rows = tuple(
        (
            f"{one.check[0].upper()}{one.check[1:]}",
            one.group,
            str(one.n),
            number_text(one.observed),
            f"{number_text(one.q50)} ({number_text(one.q025)} to {number_text(one.q975)})",
            p_text(one.p),
        )
        for one in fit.predictive_checks
    )
    return Table(
        caption="Predictive checks by group: what was observed, beside median and 95 % interval of data of the same "
        "patients drawn again from the posterior. Survival is the Kaplan–Meier estimate, with follow-up cut short as "
        "in the data; everything else counts patients, unless it says squared deviations. p is two-sided, ties "
        f"counted half. A p below {EXTREME:g} is a reason for a warning; the checks use the data twice, so that p is "
        "rarely small where the model is right.",
        header=("Check", "Group", "Patients", "Observed", "Replicated (95 %)", "p"),
        rows=rows,
        text=frozenset({1}),
    )
