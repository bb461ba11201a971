"""Import ArviZ without what a fit does not use, which would cost a good part of the time until sampling starts.

ArviZ brings its plots, with matplotlib's interactive half. And it means to import JAX only when somebody uses it, but
looking for NumPyro, which is not there, walks all modules and thereby wakes JAX up. Only for a process that is ours: a
library that changed what its user's ``import arviz`` gives would be a nuisance.
"""

from __future__ import annotations

import sys
from types import ModuleType

UNUSED = ("arviz_plots", "jax", "numpyro")


def import_arviz_lightly() -> None:
    """Import ``arviz`` with empty modules in place of the unused ones; afterwards those can be imported as ever."""
    if any(name in sys.modules for name in ("arviz", *UNUSED)):
        return
    for name in UNUSED:
        sys.modules[name] = ModuleType(name)
        sys.modules[name].__version__ = ""  # type: ignore[attr-defined]
    try:
        import arviz  # noqa: F401, PLC0415
    finally:
        for name in UNUSED:
            del sys.modules[name]
