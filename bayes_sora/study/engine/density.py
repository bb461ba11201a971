r"""The posterior density of a model file in JAX: many parameter draws, and many cohorts, at once.

The same marginal density as that of :func:`bayes_sora.inference.build_model`, average exposures integrated out on the
same nodes; a test ties the two to each other and to a 101-node quadrature. A position u holds one number a
parameter, scaled so that a normal prior becomes N(0, 1); positive parameters are on the log scale. Arrays carry
draws on their last axis, which is what a CPU vectorises best.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from bayes_sora.inference.data import trough_log_dose, trough_statistics
from bayes_sora.inference.nodes import node_grid
from bayes_sora.modelfile.dated import given_troughs, slot_arrays
from bayes_sora.modelfile.terms.term import FRAILTY, given_exposure, patient_parameters
from bayes_sora.numerics.exposure import LOG_2_PI
from bayes_sora.numerics.quadrature import uniform_nodes
from bayes_sora.study.engine.exposure import average_exposure
from bayes_sora.study.engine.families import FAMILIES, Bend
from bayes_sora.study.engine.jax_ops import JAX
from bayes_sora.study.engine.quick import EvenNodes, log_averaged_outcomes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.types import Endpoint, FloatArray

NODES = 11
"""As many as the sampler of a single fit takes."""

TROUGHS = "troughs_"  # how the columns of dated troughs begin among the arrays of a cohort
QUICK_KINDS = frozenset({"binary", "bounded", "weibull"})

Parameters = dict[str, Array]


class CohortArrays(NamedTuple):
    """One cohort as numbers of its patients, or many cohorts of one size.

    Attributes
    ----------
    trough_count, trough_mean_log, trough_sum_squares : shape (…, n_patients)
        See :class:`bayes_sora.numerics.exposure.TroughStatistics`.
    outcomes : mapping of str to array, shape (…, n_patients)
        What each endpoint is conditioned on, called such as ``toxicity_sign``.
    columns : mapping of str to array, shape (…, n_patients)
        What the terms of the model file need to know of the patients.
    weight : array of shape (…, n_patients), or None
        How much each patient counts; None where all count in full.
    """

    trough_count: Array
    trough_mean_log: Array
    trough_sum_squares: Array
    outcomes: dict[str, Array]
    columns: dict[str, Array]
    weight: Array | None = None


def cohort_arrays(cohorts: Sequence[Cohort], model: ModelFile) -> CohortArrays:
    """Stack cohorts of the same size, shape (n_cohorts, n_patients); their troughs must all be measured."""
    found = [_one_cohort(one, model) for one in cohorts]
    names = dict.fromkeys(name for one in found for name in one.outcomes)
    # A cohort that needs fewer rows of follow-up than another has further ones that are all zeros.
    nothing = jnp.zeros(cohorts[0].n_patients)
    alike = (one._replace(outcomes={name: one.outcomes.get(name, nothing) for name in names}) for one in found)
    arrays: CohortArrays = jax.tree.map(lambda *rows: np.stack(rows), *alike)
    return arrays


def _one_cohort(cohort: Cohort, model: ModelFile) -> CohortArrays:
    troughs = trough_statistics(cohort, model)
    if troughs.censored_patient.size:
        msg = "the fast engine takes no troughs outside the limits of quantification"
        raise ValueError(msg)
    outcomes = {
        f"{endpoint}_{name}": array
        for endpoint, block in model.outcomes.items()
        for name, array in block.outcome.arrays(cohort, block).items()
    }
    if model.exposure.dated:
        slots = slot_arrays(cohort, model.exposure, trough_log_dose(cohort, model))
        outcomes |= {f"{TROUGHS}{name}": column for name, column in slots.items()}
    statistics = (troughs.n, troughs.mean_log, troughs.sum_squares)
    weight = model.patient_weights(cohort)
    return CohortArrays(*statistics, outcomes, model.patient_columns(cohort), weight)  # type: ignore[arg-type]


class _Exposure(NamedTuple):
    """Where each patient's average exposure is integrated: nodes on the scale of x, and the troughs' own density.

    Attributes
    ----------
    centre, spread, marginal : shape (n_patients, n_draws)
        Node q is at centre + spread·nodes[q]; `marginal` is the log density of the troughs.
    nodes : shape (n_nodes,)
    """

    centre: Array
    spread: Array
    marginal: Array
    nodes: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Density:
    """The posterior of a model file as a function of position and cohort.

    Attributes
    ----------
    names : tuple of str
        Parameters in the order of a position's numbers.
    model : ModelFile
    n_nodes : int
        Quadrature nodes a patient.
    """

    names: tuple[str, ...]
    model: ModelFile
    n_nodes: int = NODES

    def parameters(self, position: Array | FloatArray) -> Parameters:
        """Return parameters on their own scale from positions of shape (n_parameters, …)."""
        named = {}
        for name, value in zip(self.names, self._standard(jnp.asarray(position)), strict=True):
            prior = self.model.priors[name]
            family = FAMILIES[prior.family]
            scaled = family.centre(prior.arguments) + family.scale(prior.arguments) * value
            named[name] = jnp.exp(scaled) if family.positive else scaled
        return named

    def _standard(self, position: Array) -> list[Array]:
        r"""Return every parameter on the standard scale of its prior.

        The two spreads of a latent exposure take the place of t and r in the position, both from the centre of their
        priors:

        .. math:: t = \tfrac12 \log(σ_b^2 + σ_w^2), \qquad r = \log(σ_b / σ_w)

        One trough a patient tells t alone, so that in (σ_b, σ_w) a large cohort's posterior is a bent ridge, which
        no t distribution covers. The map keeps volumes.
        """
        rows = [self._bent(name, value) for name, value in zip(self.names, position, strict=True)]
        if self.model.exposure.form == "latent":
            between, within = (self.names.index(f"exposure_sd_{name}") for name in ("between", "within"))
            (centre_b, scale_b), (centre_w, scale_w) = (self._log_scale(index) for index in (between, within))
            r = position[within] + centre_b - centre_w
            t = position[between] + 0.5 * float(np.logaddexp(2.0 * centre_b, 2.0 * centre_w))
            rows[between] = (t - 0.5 * jnp.logaddexp(0.0, -2.0 * r) - centre_b) / scale_b
            rows[within] = (t - 0.5 * jnp.logaddexp(0.0, 2.0 * r) - centre_w) / scale_w
        for endpoint in self._located:
            self._rotate(endpoint, rows)
        return rows

    @property
    def _located(self) -> list[Endpoint]:
        """Endpoints whose intercept is that at a location."""
        return [endpoint for endpoint, block in self.model.outcomes.items() if block.form == "located"]

    def _rotate(self, endpoint: Endpoint, rows: list[Array]) -> None:
        r"""Put an intercept and a location in the place of the two numbers that a position has for them.

        With both on the standard scale, :math:`α = m + s a` and :math:`\log(L / c_{ref}) = μ + τ l`, outcomes speak of
        :math:`α - β \log(L / c_{ref})` and β alone. A position holds a and l turned by the angle at which that is

        .. math:: m - βμ + \sqrt{s^2 + β^2 τ^2}\; z_1,

        so that nothing is known of z₂ but its prior, and z₁ is the intercept of a flat line and the location of a steep
        one: in (α, β, L) a posterior is a bent ridge. The map keeps volumes.
        """
        intercept, slope, location = (
            self.names.index(f"{endpoint}_{name}") for name in ("intercept", "slope", "location")
        )
        (_, s), (centre, scale), (_, tau) = (self._log_scale(index) for index in (intercept, slope, location))
        leverage = (centre + scale * rows[slope]) * tau
        length = jnp.sqrt(s**2 + leverage**2)
        z1, z2 = rows[intercept], rows[location]
        rows[intercept] = (s * z1 + leverage * z2) / length
        rows[location] = (s * z2 - leverage * z1) / length

    @property
    def _turned(self) -> list[str]:
        return [f"{endpoint}_{name}" for endpoint in self._located for name in ("intercept", "location")]

    def _bent(self, name: str, value: Array) -> Array:
        bend = self._bend(name)
        return value if bend is None else bend.to_standard(value)

    def _bend(self, name: str) -> Bend | None:
        """Return what stands in the position of a parameter instead of its number on the standard scale, if any."""
        moved = {"exposure_sd_between", "exposure_sd_within", *self._turned}
        return None if name in moved else FAMILIES[self.model.priors[name].family].bend

    def _log_scale(self, index: int) -> tuple[float, float]:
        prior = self.model.priors[self.names[index]]
        family = FAMILIES[prior.family]
        return family.centre(prior.arguments), family.scale(prior.arguments)

    def log_posterior(self, position: Array, cohort: CohortArrays) -> Array:
        """Return the log density of positions (n_parameters, n_draws) given one cohort, shape (n_draws,).

        Every constant is in it: it is that of PyMC's model on the scale of the parameters, plus the log of the size of
        the map from position to parameters.
        """
        return self.log_prior(position) + _total(self.log_likelihood(self.parameters(position), cohort), cohort)

    def quick_log_posterior(self, position: Array, cohort: CohortArrays) -> Array:
        """Return :meth:`log_posterior` with the likelihood in single precision: three times as fast, good to 1e-4.

        The fast way needs plain outcomes whose effects are polynomials and no frailty; with anything else it is
        :meth:`log_posterior` itself.
        """
        if not self.quick:
            return self.log_posterior(position, cohort)
        both = (self.parameters(position), cohort)
        single, arrays = jax.tree.map(lambda array: jnp.asarray(array, jnp.float32), both)
        patients = self.quick_log_likelihood(single, arrays)
        return self.log_prior(position) + _total(patients.astype(position.dtype), cohort)

    @property
    def quick(self) -> bool:
        """Whether there is a faster way."""
        blocks = self.model.outcomes.values()
        plain = all(block.effect_form.as_polynomial is not None and block.kind in QUICK_KINDS for block in blocks)
        return plain and not (self.model.has_frailty or self.model.has_exposure_terms)

    def log_prior(self, position: Array) -> Array:
        """Return the log prior density of positions (n_parameters, n_draws), shape (n_draws,)."""
        total = jnp.zeros(())
        for name, raw, value in zip(self.names, position, self._standard(position), strict=True):
            prior = self.model.priors[name]
            bend = self._bend(name)
            of = (value, prior.arguments) if bend is None else (raw, prior.arguments)
            total = total + (FAMILIES[prior.family] if bend is None else bend).log_density(*of)
        if self.model.exposure.form == "latent":
            spreads = (self.names.index(f"exposure_sd_{name}") for name in ("between", "within"))
            total = total - sum(float(np.log(self._log_scale(index)[1])) for index in spreads)
        return total

    def log_likelihood(self, parameters: Parameters, cohort: CohortArrays) -> Array:
        """Return every patient's log-likelihood, exposure integrated out, shape (n_patients, n_draws).

        Safe anywhere, with its derivatives: everything on the log scale.
        """
        grid = node_grid(self.model, self.n_nodes)
        of_patient = self._by_patient(parameters, cohort, grid.frailty)
        at = self._exposure(of_patient, cohort)
        x = at.centre + at.spread * grid.exposure[:, None, None]
        log_exposure = x + float(np.log(self.model.drug.reference_mg_l))
        there = dict(given_exposure(of_patient, self.model.patient_terms, log_exposure))
        data = self._outcome_data(cohort)
        log_entry = self.model.log_entry(JAX, x, there, data)
        log_weights = (
            grid.log_weights[:, None, None]
            if log_entry is None
            else grid.log_weights_among_entered(JAX, log_entry, axis=0)
        )
        return at.marginal + jax.nn.logsumexp(self._log_outcomes(x, there, data) + log_weights, axis=0)

    def quick_log_likelihood(self, parameters: Parameters, cohort: CohortArrays) -> Array:
        """Return :meth:`log_likelihood`, faster: a sum of products in which hardly anything is exponentiated."""
        of_patient = self._by_patient(parameters, cohort, np.zeros(1))
        at = self._exposure(of_patient, cohort)
        weights = np.exp(node_grid(self.model, self.n_nodes).log_weights)
        nodes = EvenNodes(at.centre, at.spread * _step(at.nodes), weights)
        return at.marginal + log_averaged_outcomes(nodes, of_patient, self.model.outcomes, cohort.outcomes)

    def _by_patient(self, parameters: Parameters, cohort: CohortArrays, frailty: FloatArray) -> Parameters:
        """Return parameters over (patient, draw) as far as the terms of the model file change them."""
        columns = {name: column[:, None] for name, column in cohort.columns.items()}
        nodes = {FRAILTY: frailty[:, None, None]}
        known = self.model.derived(JAX, parameters)
        return patient_parameters(known, self.model.patient_terms, nodes | columns)

    def _exposure(self, parameters: Parameters, cohort: CohortArrays) -> _Exposure:
        log_reference = float(np.log(self.model.drug.reference_mg_l))
        if self.model.exposure.form == "observed":
            log_trough = cohort.trough_mean_log[:, None]
            z = (log_trough - parameters["exposure_log_median"]) / parameters["exposure_sd"]
            marginal = -0.5 * (LOG_2_PI + z**2) - jnp.log(parameters["exposure_sd"])
            return _Exposure(log_trough - log_reference, jnp.zeros_like(z), marginal, np.zeros(1))
        if self.model.exposure.dated:
            data = {name: column[:, None] for name, column in cohort.outcomes.items() if name.startswith(TROUGHS)}
            named = {name.removeprefix(TROUGHS): column for name, column in data.items()}
            centre, spread, marginal = given_troughs(JAX, parameters, self.model.exposure, named)
        else:
            centre, spread, marginal = average_exposure(parameters, *cohort[:3])
        return _Exposure(centre - log_reference, spread, marginal, uniform_nodes(self.n_nodes)[0])

    def _outcome_data(self, cohort: CohortArrays) -> dict[Endpoint, dict[str, Array]]:
        """Return what each endpoint is conditioned on, each of shape (n_patients, 1)."""
        found: dict[Endpoint, dict[str, Array]] = {}
        for endpoint in self.model.outcomes:
            names = (name for name in cohort.outcomes if name.startswith(f"{endpoint}_"))
            found[endpoint] = {name.removeprefix(f"{endpoint}_"): cohort.outcomes[name][:, None] for name in names}
        return found

    def _log_outcomes(self, x: Array, parameters: Parameters, data: Mapping[Endpoint, dict[str, Array]]) -> Array:
        """Log-likelihood of the outcomes at centred log exposures x, shape (n_nodes, n_patients, n_draws)."""
        total = jnp.zeros(())
        for endpoint, block in self.model.outcomes.items():
            total = total + block.outcome.log_likelihood(JAX, x, parameters, block, data[endpoint])
        return total


def make_density(model: ModelFile, *, n_nodes: int = NODES) -> Density:
    """Return the posterior density of a model file."""
    return Density(names=tuple(model.priors), model=model, n_nodes=n_nodes)


def _step(nodes: FloatArray) -> float:
    return float(nodes[1] - nodes[0]) if nodes.size > 1 else 0.0


def _total(patients: Array, cohort: CohortArrays) -> Array:
    """Sum over the patients, each as much as it counts."""
    return (patients if cohort.weight is None else cohort.weight[:, None] * patients).sum(axis=0)
