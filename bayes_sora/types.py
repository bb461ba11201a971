"""Small frozen values that every layer shares."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Real = float | FloatArray
"""An argument of a formula: one number or an array of them; arguments broadcast."""

Endpoint = Literal["toxicity", "response", "survival"]
ENDPOINTS: tuple[Endpoint, ...] = ("toxicity", "response", "survival")
ENDPOINT_GRADE = 3
"""The grade from which an adverse event counts as toxicity."""

DAYS_PER_MONTH = 30.4375
MONTHS_PER_YEAR = 12.0


@dataclass(frozen=True)
class ExposureUnit:
    """A unit of concentration and its size in mg/L.

    Attributes
    ----------
    name : str
        As printed, such as ``"ng/mL"``.
    mg_l : float
        How many mg/L one unit is (1 ng/mL = 0.001 mg/L).
    """

    name: str
    mg_l: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mg_l) and self.mg_l > 0):
            msg = f"a unit must have a finite positive size in mg/L, {self.name!r} came with {self.mg_l}"
            raise ValueError(msg)

    @property
    def suffix(self) -> str:
        """The unit as a column suffix, ``"ng/mL"`` → ``"ng_ml"``."""
        return self.name.lower().replace("µ", "u").replace("/", "_")


MG_L = ExposureUnit("mg/L", 1.0)
MG = ExposureUnit("mg", 1.0)
"""Of a dose taken as the exposure: what elsewhere is in mg/L is then in mg."""
MASS_UNITS: dict[str, ExposureUnit] = {
    "mg/L": MG_L,
    "µg/mL": ExposureUnit("µg/mL", 1.0),
    "ng/mL": ExposureUnit("ng/mL", 1e-3),
}


def exposure_unit(name: str, *, molar_mass_g_mol: float | None = None) -> ExposureUnit:
    """Return the unit called `name`; µmol/L needs the molar mass of the drug in g/mol.

    Raises
    ------
    ValueError
        When the name is unknown, or µmol/L comes without a molar mass.
    """
    if name == MG.name:
        return MG
    plain = name.replace("ug/", "µg/").replace("umol/", "µmol/")
    if plain in MASS_UNITS:
        return MASS_UNITS[plain]
    if plain == "µmol/L":
        if molar_mass_g_mol is None:
            msg = "µmol/L needs the molar mass of the drug"
            raise ValueError(msg)
        return ExposureUnit("µmol/L", molar_mass_g_mol / 1000.0)
    msg = f"unknown unit of concentration {name!r}; known: {', '.join((*MASS_UNITS, 'µmol/L'))}"
    raise ValueError(msg)


@dataclass(frozen=True)
class Span:
    """A closed interval of exposure in mg/L, ``0 < low < high``."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (0 < self.low < self.high and math.isfinite(self.high)):
            msg = f"expected 0 < low < high, got {self.low} and {self.high}"
            raise ValueError(msg)

    def log_grid(self, size: int) -> FloatArray:
        """Return `size` exposures, evenly spaced on the log scale, ends included exactly."""
        grid = np.geomspace(self.low, self.high, size)
        grid[0], grid[-1] = self.low, self.high
        return grid


class FrozenMapping[Key, Value](Mapping[Key, Value]):
    """A mapping that nobody can change; unlike ``types.MappingProxyType`` it travels to other processes."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[Key, Value]) -> None:
        self._items = dict(items)

    def __getitem__(self, key: Key) -> Value:
        return self._items[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __or__(self, other: Mapping[Key, Value]) -> dict[Key, Value]:
        return self._items | dict(other)

    def __ror__(self, other: Mapping[Key, Value]) -> dict[Key, Value]:
        return dict(other) | self._items

    def __repr__(self) -> str:
        return repr(self._items)


def freeze_fields(value: DataclassInstance) -> None:
    """Make every array and mapping of a frozen dataclass read-only, without touching those that the caller holds.

    A frozen dataclass keeps its fields from being replaced, and not what is in them from being changed. To be called
    from ``__post_init__``, and from ``__setstate__`` too, since NumPy forgets read-only on the way to another process.
    """
    for field in fields(value):
        object.__setattr__(value, field.name, frozen(getattr(value, field.name)))


def read_only[Array: np.ndarray[Any, Any]](values: Array) -> Array:
    """Return a view of an array that nobody else holds, through which it cannot be changed."""
    values.setflags(write=False)
    return values.view()  # of which the flag cannot be set back


def frozen(value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    """Return a read-only copy of an array, of a mapping and the arrays in it; anything else as it is."""
    match value:
        case np.ndarray():
            return read_only(np.array(value))
        case Mapping():
            return FrozenMapping({name: frozen(inner) for name, inner in value.items()})
        case _:
            return value
