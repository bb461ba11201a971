"""Half of nutpie's compilation time, spared.

nutpie assigns one array to another in what it compiles. numba then also compiles, every time and anew, what
formats the message for arrays whose shapes differ: strings are the slowest thing numba compiles, and these shapes
cannot differ. Compiling the 26-patient model took 10.8 and 12.2 s of processor time with the formatted message and 5.6
and 7.0 s with a plain one, measured in turn; the draws were the same.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numba.np.arrayobj as numba_arrays
from numba.extending import overload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The name numba looks up when it lowers an assignment; a version without it compiles as before.
FORMATTED = "raise_with_shape_context"


def _raise_plainly(source_shape: object, target_shape: object) -> None:
    """Stand for numba's function; what runs is the overload below."""


@overload(_raise_plainly)
def _compile_plain_error(source_shape: object, target_shape: object) -> Callable[[object, object], None]:  # noqa: ARG001 - numba looks at types
    def raise_plainly(source_shape: object, target_shape: object) -> None:  # noqa: ARG001
        raise ValueError("arrays of different shapes")

    return raise_plainly


@contextmanager
def plain_shape_errors() -> Iterator[None]:
    """Compile array assignments without the formatted message while the context lasts."""
    formatted = getattr(numba_arrays, FORMATTED, None)
    if formatted is None:
        yield
        return
    setattr(numba_arrays, FORMATTED, _raise_plainly)
    try:
        yield
    finally:
        setattr(numba_arrays, FORMATTED, formatted)
