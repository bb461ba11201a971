"""The model file as frozen values: what a linted TOML file means.

A model file names a drug, the blocks of the joint model with one prior a parameter, the defaults of the windows and
the published windows to score. Nothing in it executes. Units of exposure are those of the file (``drug.unit``); the
values here are already in mg/L and months.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from bayes_sora.types import ENDPOINTS, Endpoint, ExposureUnit, Span

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

ExposureForm = Literal["latent", "observed"]
EffectForm = Literal["constant", "linear", "quadratic", "emax", "sigmoid_emax"]


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

    def __str__(self) -> str:
        inside = ", ".join(f"{name} = {value:.4g}" for name, value in self.arguments.items())
        return f"{self.family}({inside})"


@dataclass(frozen=True, kw_only=True)
class ExposureBlock:
    """The exposure model: ``latent`` (measured with error) or ``observed`` (taken as measured).

    `priors` is keyed by parameter name without the block: ``log_median`` and ``sd_between``, ``sd_within`` (latent) or
    ``sd`` (observed).
    """

    form: ExposureForm
    priors: Mapping[str, Prior]


@dataclass(frozen=True, kw_only=True)
class OutcomeBlock:
    """One endpoint: its form and priors.

    `priors` is keyed by parameter name without the endpoint: ``intercept`` (toxicity, response) or ``median``,
    ``shape`` (survival), then the coefficients of :func:`coefficient_names`. `reference_mg_l` is that of the drug: an
    EC50 is in mg/L and x is centred on the reference.
    """

    endpoint: Endpoint
    form: EffectForm
    priors: Mapping[str, Prior]
    label: str = ""
    reference_mg_l: float = 1.0

    @property
    def coefficients(self) -> tuple[str, ...]:
        """Full names of the coefficients of the exposure effect in their order, such as ("toxicity_slope",)."""
        return tuple(f"{self.endpoint}_{name}" for name in coefficient_names(self.endpoint, self.form))


def coefficient_names(endpoint: Endpoint, form: EffectForm) -> tuple[str, ...]:
    """Names of the coefficients of an exposure effect: of a polynomial by rising power of x."""
    first = "linear" if endpoint == "survival" else "slope"
    names: dict[EffectForm, tuple[str, ...]] = {
        "constant": (),
        "linear": (first,),
        "quadratic": (first, "curvature"),
        "emax": ("emax", "ec50"),
        "sigmoid_emax": ("emax", "ec50", "hill"),
    }
    return names[form]


@dataclass(frozen=True, kw_only=True)
class Drug:
    """The drug and its exposure scale; `reference_mg_l` and `span` in mg/L, printed in `unit`.

    `span` is the optimisation range; None takes it from the cohort (0.75 × smallest to 1.25 × largest trough).
    """

    name: str
    unit: ExposureUnit
    reference_mg_l: float
    molar_mass_g_mol: float | None = None
    span: Span | None = None
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class PublishedWindow:
    """A published window in mg/L; an open end is None and counts as the edge of the range."""

    name: str
    lower_mg_l: float | None
    upper_mg_l: float | None
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class WindowDefaults:
    """Default settings of the windows (science.md §4)."""

    max_toxicity: float = 0.5
    min_response: float = 0.5
    min_survival: float | None = None
    survival_months: float = 12.0
    tau_months: float = 24.0
    toxicity_cost_months: float = 3.0
    tolerance_months: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """Default sampling: chains × (tune + draws) and the target acceptance of NUTS."""

    chains: int = 4
    tune: int = 1000
    draws: int = 1000
    target_accept: float = 0.9


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """A model file, read and linted.

    Attributes
    ----------
    name : str
        With its version, such as ``"sorafenib_joint.v1"``.
    title, description : str
        For people.
    released : datetime.date or None
        Day from which the file is frozen.
    drug : Drug
    exposure : ExposureBlock
    outcomes : mapping of endpoint to OutcomeBlock
        In the order toxicity, response, survival; at least one.
    windows : WindowDefaults
    published : tuple of PublishedWindow
    group_cuts_mg_l : tuple of float
        Cut-offs of the survival groups in mg/L, rising; may be empty.
    sampling : Sampling
    sha256 : str
        Hash of the resolved content (order and comments do not matter).
    text : str
        The resolved file as canonical JSON, so that a result folder can carry it.
    """

    name: str
    title: str
    drug: Drug
    exposure: ExposureBlock
    outcomes: Mapping[Endpoint, OutcomeBlock]
    description: str = ""
    released: dt.date | None = None
    windows: WindowDefaults = field(default_factory=WindowDefaults)
    published: tuple[PublishedWindow, ...] = ()
    group_cuts_mg_l: tuple[float, ...] = ()
    sampling: Sampling = field(default_factory=Sampling)
    sha256: str = ""
    text: str = ""

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints the model has a block for, in the fixed order."""
        return tuple(endpoint for endpoint in ENDPOINTS if endpoint in self.outcomes)

    @property
    def priors(self) -> dict[str, Prior]:
        """Every parameter's prior under its posterior name, such as ``toxicity_slope``."""
        named = {f"exposure_{name}": prior for name, prior in self.exposure.priors.items()}
        for endpoint in self.endpoints:
            named |= {f"{endpoint}_{name}": prior for name, prior in self.outcomes[endpoint].priors.items()}
        return named
