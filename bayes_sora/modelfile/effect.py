"""The exposure effect of a block in NumPy, with the names of its coefficients or without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.modelfile.form import block_effect
from bayes_sora.numerics.numpy_ops import NUMPY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bayes_sora.modelfile.spec import OutcomeBlock
    from bayes_sora.types import FloatArray


def exposure_effect(x: FloatArray, parameters: Mapping[str, FloatArray], block: OutcomeBlock) -> FloatArray:
    """Return the exposure effect of `block` at centred log exposures x; the parameters broadcast against x."""
    return np.asarray(block_effect(NUMPY, x, parameters, block))


def effect_formula(block: OutcomeBlock) -> Callable[..., FloatArray]:
    """Return the effect of `block` as a function of x and of its coefficients in their order."""

    def formula(x: FloatArray, *coefficients: FloatArray) -> FloatArray:
        return exposure_effect(x, dict(zip(block.coefficients, coefficients, strict=True)), block)

    return formula
