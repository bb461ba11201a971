"""Models of one cohort compared: how well each predicts a patient it has not seen, and their windows averaged."""

from bayes_sora.comparison.compare import compare
from bayes_sora.comparison.result import ComparedModel, Comparison

__all__ = ["ComparedModel", "Comparison", "compare"]
