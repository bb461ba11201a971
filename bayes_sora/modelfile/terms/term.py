r"""Parameters that differ from patient to patient, and the contract of what makes them differ.

A term adds to one parameter of a patient a product of parameters and a number known of the patient,

.. math:: θ_i = θ + \sum_{\text{terms}} ± φ_1 φ_2 \cdots z_i,

where :math:`z_i` says, for instance, whether the patient is of a site. Written in sums and products only, it is the
same for NumPy, PyTensor and JAX.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.prior import Prior
    from bayes_sora.numerics.ops import Array, Ops
    from bayes_sora.types import FloatArray

FRAILTY = "frailty"
"""The column of the patient's own latent, N(0, 1), which is integrated out: it varies over nodes, not over patients."""
EXPOSURE_Z = "exposure_z"
r"""The column of :math:`(\log C_i - μ_i) / σ`: how far an exposure lies from what is expected of the patient.

It varies over the nodes of exposure and is known once these are: :func:`given_exposure`. No parameter of the exposure
itself can depend on it.
"""


class PatientTerm(NamedTuple):
    """A summand of one parameter.

    Attributes
    ----------
    target : str
        Full name of the parameter, such as ``"toxicity_intercept"``; one that no block declares counts as 0.
    factors : tuple of str
        Full names of the parameters whose product multiplies the column.
    column : str
        Of :meth:`TermBlock.columns`, or :data:`FRAILTY`, or :data:`EXPOSURE_Z`.
    sign : float
    """

    target: str
    factors: tuple[str, ...]
    column: str
    sign: float = 1.0


class RandomEffect(NamedTuple):
    """That a parameter varies in the population, N(θ, (scale · sd)²): by an SD that is a parameter, or by a number.

    Attributes
    ----------
    target : str
    sd : str or None
        Full name of a parameter; None where the SD is `scale` alone.
    scale : float
    exposure_correlation : float
        With the standardised log exposure of the column :data:`EXPOSURE_Z`, as patients come; 0 for most. Curves set
        the exposure and leave it aside; one patient's troughs say something about the effect by it.
    """

    target: str
    sd: str | None
    scale: float = 1.0
    exposure_correlation: float = 0.0


class Vector(NamedTuple):
    """A parameter with one entry a label, each with the same prior.

    Attributes
    ----------
    name : str
        In the posterior; an entry is called ``name[label]``.
    dim : str
        Name of the dimension.
    labels : tuple of str
    prior : Prior
        Of every entry.
    top_level : bool
        Whether the prior is an assumption of the model file's author, and not by construction, as that of standardised
        effects is, whose size another parameter sets.
    """

    name: str
    dim: str
    labels: tuple[str, ...]
    prior: Prior
    top_level: bool = False

    @property
    def entries(self) -> tuple[str, ...]:
        """Full names of the entries."""
        return tuple(f"{self.name}[{label}]" for label in self.labels)


class Latent(NamedTuple):
    """What is known of simulated patients whose exposures have been drawn, each of shape (n_patients,).

    Attributes
    ----------
    own : FloatArray
        The patient's own latent, independent of exposure and standard normal at time zero.
    exposure_z : FloatArray
        How far the log exposure lies from what is expected of the patient, in SDs.
    """

    own: FloatArray
    exposure_z: FloatArray


class TermBlock(Protocol):
    """A table of the model file that makes parameters differ between patients; a frozen value."""

    def needs(self) -> tuple[str, ...]:
        """Return the covariates that a cohort must bring; () for most."""

    def bound(self, cohort: Cohort) -> TermBlock | str:
        """Return the block as it is for a cohort, which brings the labels; or why it is left out, in words."""

    def priors(self) -> dict[str, Prior]:
        """Return the priors of its scalar parameters by full name."""

    def vectors(self) -> tuple[Vector, ...]:
        """Return its parameters with labels; none before it is bound."""

    def terms(self) -> tuple[PatientTerm, ...]:
        """Return what it adds to which parameter; nothing before it is bound."""

    def columns(self, cohort: Cohort) -> dict[str, FloatArray]:
        """Return what it needs to know of the patients, each of shape (n_patients,)."""

    def derive(self, ops: Ops, parameters: Mapping[str, Array]) -> dict[str, Array]:
        """Return further factors of its terms, computed from the parameters that are estimated; {} for most."""

    def population(self) -> Mapping[str, FloatArray]:
        """Return the columns of the patients that curves are averaged over, {} where that is by `random_effects`."""

    def random_effects(self) -> tuple[RandomEffect, ...]:
        """Return what varies in the population, for curves that are averaged over it."""

    def example_columns(self, n: int, rng: np.random.Generator) -> Mapping[str, object]:
        """Return fields of a cohort, such as ``site``, for n patients who are simulated from the model file."""

    def draw_shifts(
        self, truth: Mapping[str, float], cohort: Cohort, rng: np.random.Generator, *, given: Latent | None = None
    ) -> dict[str, FloatArray]:
        """Return what is added to which parameter of every patient of a simulated cohort, latents drawn or `given`.

        Written out for itself and not from :meth:`terms`, so that a mistake in one cannot hide in the other.
        """


def patient_parameters(
    parameters: Mapping[str, Array], terms: Sequence[PatientTerm], columns: Mapping[str, Array]
) -> dict[str, Array]:
    """Return the parameters of every patient: those at hand, with what the terms add to them.

    Terms of :data:`EXPOSURE_Z` are left to :func:`given_exposure`.

    Parameters
    ----------
    parameters : mapping of name to array
    terms : sequence of PatientTerm
    columns : mapping of name to array
        Broadcast against the parameters.
    """
    return _added(parameters, [term for term in terms if term.column != EXPOSURE_Z], columns)


def given_exposure(
    of_patient: Mapping[str, Array], terms: Sequence[PatientTerm], log_exposure: Array
) -> Mapping[str, Array]:
    """Return the parameters of every patient at log average exposures (log mg/L), everything broadcasting."""
    late = [term for term in terms if term.column == EXPOSURE_Z]
    if not late:
        return of_patient
    sd = "exposure_sd_between" if "exposure_sd_between" in of_patient else "exposure_sd"
    z = (log_exposure - of_patient["exposure_log_median"]) / of_patient[sd]
    return _added(of_patient, late, {EXPOSURE_Z: z})


def _added(
    parameters: Mapping[str, Array], terms: Sequence[PatientTerm], columns: Mapping[str, Array]
) -> dict[str, Array]:
    patient = dict(parameters)
    for term in terms:
        added = term.sign * columns[term.column]
        for name in term.factors:
            added = parameters[name] * added
        patient[term.target] = patient.get(term.target, 0.0) + added
    return patient


def population_variance(
    effects: Sequence[RandomEffect], parameters: Mapping[str, Array], loadings: Mapping[str, Array]
) -> Array:
    r"""Return the variance of :math:`\sum_j θ_j a_j` over the population, random effects independent.

    Parameters
    ----------
    effects : sequence of RandomEffect
    parameters : mapping of name to array
    loadings : mapping of parameter to array
        :math:`a_j`: what each parameter is multiplied by; one that is not named counts as 0.
    """
    named = (effect for effect in effects if effect.target in loadings)
    return sum(((random_effect_sd(effect, parameters) * loadings[effect.target]) ** 2 for effect in named), start=0.0)


def random_effect_sd(effect: RandomEffect, parameters: Mapping[str, Array]) -> Array:
    """Return the SD over the population of what one random effect adds to its parameter."""
    return effect.scale if effect.sd is None else effect.scale * parameters[effect.sd]
