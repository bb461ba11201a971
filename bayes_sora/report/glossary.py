"""The terms of the report in plain words, and what the report is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.fitting.result import utility_settings

if TYPE_CHECKING:
    from bayes_sora.fitting import Fit


def glossary(fit: Fit) -> tuple[tuple[str, str], ...]:
    """Return terms and their meanings, with the settings of this fit."""
    asked, utility = fit.model_file.windows, utility_settings(fit.model_file)
    return (
        (
            "trough",
            "Concentration of the drug just before the next dose, at steady state.",
        ),
        (
            "average trough and one measured trough",
            "A measured trough varies from day to day around the patient's average trough. Windows here are about the "
            "average unless the report says “measured trough”: a single measurement inside a window does not prove that "
            "the average lies inside.",
        ),
        (
            "window",
            "A range of average troughs that is worth aiming for. Its limits are uncertain, and it need not exist.",
        ),
        (
            "limits",
            f"The window of acceptable exposures: probability of toxicity at most {100.0 * asked.max_toxicity:g} %, "
            f"probability of response at least {100.0 * asked.min_response:g} %. These thresholds are for the clinical "
            "team to set.",
        ),
        (
            "youden",
            "The Bayesian counterpart of a cut-off chosen by a ROC curve: where the probability of the event equals its "
            "prevalence. It depends on which troughs and how many events these patients happened to have, so it is a "
            "comparator and not a property of the drug.",
        ),
        (
            "utility",
            f"Restricted mean survival to {utility.tau_months:g} months, less {utility.toxicity_cost_months:g} months "
            f"for a toxicity. The window holds the exposures within {utility.tolerance_months:g} months of the best one.",
        ),
        (
            "identified",
            "The data, and not the prior or the edge of the range, settle the window: it exists with probability at least "
            "0.90, both limits lie inside the range and the observed troughs, their 95 % intervals span less than "
            "four-fold, and at least half of the information comes from the data. Otherwise the reasons are listed.",
        ),
        (
            "95 % interval",
            "Equal-tailed posterior interval: given the model and the data, the quantity lies inside with probability "
            "0.95 and on either side with 0.025.",
        ),
        ("prior, posterior", "What was assumed before the data, and what is known after them."),
        (
            "the data's share",
            "How much smaller the data made the variance of the log limit. At 0 % the limit is the prior's.",
        ),
        (
            "expected regret",
            "Months of utility lost on average by keeping patients spread over a given window instead of at the optimum.",
        ),
        (
            "trust",
            "ok: the sampler converged and nothing stands out. warn: read the reasons. refuse: the draws cannot be "
            "relied on.",
        ),
        (
            "R-hat, effective sample size, divergence, Pareto k",
            "Checks of the sampler: agreement between chains (near 1), number of independent draws the chains are worth, "
            "places that it could not follow, and influence of single patients.",
        ),
    )


def disclaimers(fit: Fit) -> tuple[tuple[str, str], ...]:
    """Return what the report is not."""
    if fit.curves.scale == "average trough":
        constant = "The curves describe a patient held at one constant average trough."
    else:
        constant = "This model takes a measured trough as if it were the patient's constant average."
    return (
        (
            "Not a medical device.",
            "A research report. It does not tell how to dose a patient; decisions belong to the treating team.",
        ),
        (
            "Not cause and effect.",
            "The curves are associations: this model has no covariates, so a sicker patient with a higher trough looks "
            "like harm done by the trough.",
        ),
        (
            "Not for exposure that changes.",
            f"{constant} Dose changes that answer to toxicity or progression are not in it.",
        ),
        (
            "Not better than its cohort.",
            "Patients who differ from these, other assays, or another sampling time may have another window.",
        ),
    )
