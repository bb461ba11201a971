"""Forms of an exposure effect: one module a family, all of one signature, and the registry of them.

A form says which coefficients it has, which of them are positive or exposures, and f(x), written once for NumPy,
PyTensor and JAX. A new form is a module and a line here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from bayes_sora.modelfile.forms.emax import EMAX, SIGMOID_EMAX
from bayes_sora.modelfile.forms.form import EffectForm
from bayes_sora.modelfile.forms.located import LOCATED
from bayes_sora.modelfile.forms.polynomial import CONSTANT, LINEAR, QUADRATIC
from bayes_sora.modelfile.forms.spline import MONOTONE_SPLINE, SPLINE

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FORMS", "EffectForm"]

FORMS: Mapping[str, EffectForm] = MappingProxyType(
    {
        "constant": CONSTANT,
        "linear": LINEAR,
        "quadratic": QUADRATIC,
        "located": LOCATED,
        "emax": EMAX,
        "sigmoid_emax": SIGMOID_EMAX,
        "spline": SPLINE,
        "monotone_spline": MONOTONE_SPLINE,
    }
)
