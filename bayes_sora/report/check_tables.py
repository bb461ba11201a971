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
            one.number,
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
        "in the data. Patients in excess are those with both events beyond the product of the two rates. p is "
        f"two-sided, ties counted half; below {EXTREME:g} it is a reason for a warning. The model was fitted to these "
        "data, so that single counts fit even where the curve is wrong: look at the differences and excesses.",
        header=("Check", "Group", "Number", "Patients", "Observed", "Replicated (95 %)", "p"),
        rows=rows,
        text=frozenset({1, 2}),
    )
