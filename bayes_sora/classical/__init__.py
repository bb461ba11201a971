"""The paper's own analysis, as a comparator: ROC with Youden cut-offs, and survival by trough group.

Nothing here is needed for a window. The cut-offs are shown beside the posterior so that a reader sees what the same
patients give when a cut-off is picked by ROC, and how far it moves from one bootstrap sample to the next.
"""

from bayes_sora.classical.analysis import Classical, classical_analysis
from bayes_sora.classical.bayesian_bootstrap import draw_bayesian_bootstrap_cutoffs
from bayes_sora.classical.groups import GroupedSurvival, SurvivalGroup, survival_by_group
from bayes_sora.classical.logrank import LogRank, log_rank_test
from bayes_sora.classical.roc import Roc, roc_analysis
from bayes_sora.classical.survival import KaplanMeier, kaplan_meier
from bayes_sora.classical.youden import draw_bootstrap_cutoffs

__all__ = [
    "Classical",
    "GroupedSurvival",
    "KaplanMeier",
    "LogRank",
    "Roc",
    "SurvivalGroup",
    "classical_analysis",
    "draw_bayesian_bootstrap_cutoffs",
    "draw_bootstrap_cutoffs",
    "kaplan_meier",
    "log_rank_test",
    "roc_analysis",
    "survival_by_group",
]
