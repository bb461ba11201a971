"""Where a fit came from: inputs by hash, versions, seed, engine, attempts, durations."""

from __future__ import annotations

import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGES = ("bayes-sora", "pymc", "pytensor", "nutpie", "arviz-stats", "numpy", "scipy", "pandas", "xarray", "zarr")


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One run of the sampler and why it was not the last.

    Attributes
    ----------
    chains, tune, draws : int
    target_accept : float
    seconds : float
    repeated_because : tuple of str
        Empty when the draws were kept.
    """

    chains: int
    tune: int
    draws: int
    target_accept: float
    seconds: float
    repeated_because: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Everything needed to run a fit again and to see that it is the same.

    Attributes
    ----------
    seed : int
    engine : mapping of str to str
        Name, backend and versions.
    attempts : tuple of Attempt
    seconds : mapping of str to float
        Wall time of the parts: build and compile, sample, complete.
    inputs : mapping of str to str
        SHA-256 of every input by role (``cohort``, ``troughs``, ``doses``, ``model``).
    names : mapping of str to str
        File names of the inputs, without paths.
    created : str
        UTC, ISO 8601.
    versions : mapping of str to str
    python, platform : str
    """

    seed: int
    engine: Mapping[str, str]
    attempts: tuple[Attempt, ...]
    seconds: Mapping[str, float]
    inputs: Mapping[str, str | None]
    names: Mapping[str, str | None]
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    versions: Mapping[str, str] = field(default_factory=lambda: {name: version(name) for name in PACKAGES})
    python: str = field(default_factory=platform.python_version)
    platform: str = field(default_factory=lambda: f"{platform.system()} {platform.machine()}")

    def as_dict(self) -> dict[str, object]:
        """Return the provenance as plain values for JSON."""
        return asdict(self)


def provenance_from_dict(document: Mapping[str, Any]) -> Provenance:
    """Rebuild the provenance that :meth:`Provenance.as_dict` wrote; keys it does not know are left out."""
    known = {name: document[name] for name in Provenance.__dataclass_fields__ if name in document}
    attempts = (
        Attempt(**{**attempt, "repeated_because": tuple(attempt["repeated_because"])}) for attempt in known["attempts"]
    )
    return Provenance(**{**known, "attempts": tuple(attempts)})
