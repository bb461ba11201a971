"""Model files: declarative, linted, hashed. Importing this package needs neither SciPy nor PyMC."""

from __future__ import annotations

from bayes_sora.modelfile.library import as_model, lint_model, list_models, load_model, model_from_json, parse_model
from bayes_sora.modelfile.prior import Prior
from bayes_sora.modelfile.spec import (
    Drug,
    ExposureBlock,
    ModelFile,
    OutcomeBlock,
    PublishedWindow,
    Sampling,
    bind_model,
)

__all__ = [
    "Drug",
    "ExposureBlock",
    "ModelFile",
    "OutcomeBlock",
    "Prior",
    "PublishedWindow",
    "Sampling",
    "as_model",
    "bind_model",
    "lint_model",
    "list_models",
    "load_model",
    "model_from_json",
    "parse_model",
]
