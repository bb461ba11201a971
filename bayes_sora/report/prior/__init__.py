"""The page of a model file's priors: what they say before any patient is seen."""

from bayes_sora.report.prior.write import check_prior_destination, write_prior

__all__ = ["check_prior_destination", "write_prior"]
