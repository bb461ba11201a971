"""What the priors of a model file say before any patient is seen, and whether a cohort contradicts them."""

from bayes_sora.fitting.prior.document import prior_document
from bayes_sora.fitting.prior.number import CONFLICT_TAIL, PriorNumber
from bayes_sora.fitting.prior.result import PriorDesign, PriorPredictive
from bayes_sora.fitting.prior.run import fitted_prior, prior_predictive

__all__ = [
    "CONFLICT_TAIL",
    "PriorDesign",
    "PriorNumber",
    "PriorPredictive",
    "fitted_prior",
    "prior_document",
    "prior_predictive",
]
