"""How much address space a process may use (``ulimit -v``), and whether that is enough."""

from __future__ import annotations

import math
import sys

from bayes_sora.errors import UsageError

if sys.platform != "win32":
    import resource

TO_FIT = 3.2e9
"""Bytes. A fit of 26 patients was seen to take 3.0 GB of addresses, of which 0.8 GB were memory."""
TO_STUDY = 2.2e9
"""Bytes. A worker with the fast engine was seen to take 1.9 GB of addresses, of which 0.7 GB were memory."""


def address_space() -> float:
    """Return the bytes of address space this process may use, infinity where it is not limited."""
    if sys.platform == "win32":
        return math.inf
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return math.inf if soft == resource.RLIM_INFINITY else float(soft)


def check_address_space(needed: float) -> None:
    """Refuse an address space in which compiled code cannot even be loaded: it would fail in words of its own.

    Parameters
    ----------
    needed : float
        Bytes.

    Raises
    ------
    UsageError
        When less may be used.
    """
    found = address_space()
    if found < needed:
        msg = (
            f"there is not enough memory for this: the address space is limited to {found / 1e9:.1f} GB (ulimit -v), "
            f"and at least {needed / 1e9:.1f} GB are needed. Raise the limit, or limit resident memory instead"
        )
        raise UsageError(msg)
