"""Windows of exposure from labelled draws: limits, youden, utility, credible sets, published windows, one patient.

Everything here takes :class:`~bayes_sora.curves.Curves` and never sees a sampler.
"""

from bayes_sora.window.acceptance import PublishedAcceptance, published_acceptance
from bayes_sora.window.applicability import applicable
from bayes_sora.window.draws import WindowDraws, window_draws
from bayes_sora.window.identified import STARTING_RULE, IdentifiedRule
from bayes_sora.window.margins import acceptable_probability, credible_set
from bayes_sora.window.optimum import utility_curve, utility_weight_sensitivity
from bayes_sora.window.patient import PatientWindow, trough_in_window, window_chart
from bayes_sora.window.policy import population_span
from bayes_sora.window.published import PublishedScore, score_published
from bayes_sora.window.result import Window, make_window
from bayes_sora.window.summary import MIN_DRAWS, PriorQuantity, Quantity, summarise_quantity
from bayes_sora.window.words import format_exposure, interval_text

__all__ = [
    "MIN_DRAWS",
    "STARTING_RULE",
    "IdentifiedRule",
    "PatientWindow",
    "PriorQuantity",
    "PublishedAcceptance",
    "PublishedScore",
    "Quantity",
    "Window",
    "WindowDraws",
    "acceptable_probability",
    "applicable",
    "credible_set",
    "format_exposure",
    "interval_text",
    "make_window",
    "population_span",
    "published_acceptance",
    "score_published",
    "summarise_quantity",
    "trough_in_window",
    "utility_curve",
    "utility_weight_sensitivity",
    "window_chart",
    "window_draws",
]
