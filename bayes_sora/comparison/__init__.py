"""Models of one cohort beside each other: how well each predicts the next patient, and windows averaged over them."""

from bayes_sora.comparison.compare import Compared, Comparison, compare
from bayes_sora.comparison.loo import LeaveOneOut, leave_one_out
from bayes_sora.comparison.stacking import stacking_weights

__all__ = ["Compared", "Comparison", "LeaveOneOut", "compare", "leave_one_out", "stacking_weights"]
