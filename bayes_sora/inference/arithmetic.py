"""Arithmetic whose last bit does not depend on what was compiled before.

PyTensor lets numba reorder sums and products ("fastmath"). How LLVM then orders them depends on what it can inline, and
that depends on whether a function is compiled or comes from the cache on disk: the same model, cohort and seed gave
other draws on the first fit of a machine than on the second, and other ones in ``compare``, which fits several models
in a process, than in ``fit``. Without reordering the draws are the same bits in all of them. PyTensor keeps the two
kinds of compiled functions apart in its cache.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytensor.configdefaults import config

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def ordered_arithmetic() -> Iterator[None]:
    """Compile without reordering while the context lasts, whatever the user's settings of PyTensor are."""
    with config.change_flags(numba__fastmath=False):
        yield
