"""A cohort, a model file, a posterior, its curves and windows, tied into one object."""

from bayes_sora.fitting.confounding import ConfoundedAnswer, confounding_sensitivity
from bayes_sora.fitting.fit import DEFAULT_MODEL, DEFAULT_SEED, fit, fit_bound
from bayes_sora.fitting.map_prior import EarlierResult, MapPrior, map_prior
from bayes_sora.fitting.prior import PriorPredictive, prior_predictive
from bayes_sora.fitting.result import Fit

__all__ = [
    "DEFAULT_MODEL",
    "DEFAULT_SEED",
    "ConfoundedAnswer",
    "EarlierResult",
    "Fit",
    "MapPrior",
    "PriorPredictive",
    "confounding_sensitivity",
    "fit",
    "fit_bound",
    "map_prior",
    "prior_predictive",
]
