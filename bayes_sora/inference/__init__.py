"""The joint model in PyMC and its posterior: the only place that imports PyMC."""

from bayes_sora.inference.build import build_model
from bayes_sora.inference.data import check_compatible
from bayes_sora.inference.engines import ENGINES, SamplingPlan, engine_versions, find_engine
from bayes_sora.inference.tree import complete_tree, draw_priors

__all__ = [
    "ENGINES",
    "SamplingPlan",
    "build_model",
    "check_compatible",
    "complete_tree",
    "draw_priors",
    "engine_versions",
    "find_engine",
]
