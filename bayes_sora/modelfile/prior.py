"""The prior of one parameter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayes_sora.types import freeze_fields

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Prior:
    """The prior of one parameter.

    Attributes
    ----------
    family : str
        A key of :data:`bayes_sora.numerics.priors.FAMILIES`.
    arguments : mapping of str to float
        The arguments of the family by name, such as ``{"mean": 0.0, "sd": 1.5}``.
    unit, source, meaning : str
        For the report; "" when not given.
    """

    family: str
    arguments: Mapping[str, float]
    unit: str = ""
    source: str = ""
    meaning: str = ""

    def __post_init__(self) -> None:
        freeze_fields(self)

    def __str__(self) -> str:
        inside = ", ".join(f"{name} = {value:.4g}" for name, value in self.arguments.items())
        return f"{self.family}({inside})"


STANDARD_NORMAL = Prior(
    family="normal",
    arguments={"mean": 0.0, "sd": 1.0},
    unit="1",
    meaning="standardised effect",
    source="By construction; its SD is a parameter of its own.",
)
