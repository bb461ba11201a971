"""The joint model in PyMC and its posterior: the only place that imports PyMC."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bayes_sora.inference.build import build_model
    from bayes_sora.inference.course import unused_course
    from bayes_sora.inference.data import check_compatible
    from bayes_sora.inference.engines import ENGINES, SamplingPlan, engine_versions, find_engine
    from bayes_sora.inference.labels import flat_parameters
    from bayes_sora.inference.tree import complete_tree, draw_priors

# Imported when asked for: reading a result folder needs our diagnostics, but not PyMC, which takes seconds.
_HOMES = {
    "ENGINES": "engines",
    "SamplingPlan": "engines",
    "build_model": "build",
    "check_compatible": "data",
    "complete_tree": "tree",
    "draw_priors": "tree",
    "engine_versions": "engines",
    "find_engine": "engines",
    "flat_parameters": "labels",
    "unused_course": "course",
}

__all__ = [
    "ENGINES",
    "SamplingPlan",
    "build_model",
    "check_compatible",
    "complete_tree",
    "draw_priors",
    "engine_versions",
    "find_engine",
    "flat_parameters",
    "unused_course",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
