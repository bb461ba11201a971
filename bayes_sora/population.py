r"""Averages of a curve over patients who differ: the one place that knows of sites, frailties, covariates and entry.

Whatever makes patients differ beside their exposure adds to one number, the linear predictor of an endpoint: a logit or
a log hazard. :class:`Alike` are patients who share their exposure and what is known of them; what is not known spreads
their linear predictor normally. A curve f is averaged over groups of them,

.. math:: E[f] = \sum_g n_g\, E_Z[f(x_g,\, η_g + σ_g Z)], \qquad Z \sim N(0, 1).

Who the groups are depends on who is asked about: the population at an exposure (:func:`people_at`), or the patients
of the cohort, each at the own exposure (:func:`people_of_cohort`). Patients like one patient are found by
:mod:`bayes_sora.fitting.patient_exposure`, which knows troughs.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bayes_sora.modelfile.terms.population import effect_nodes, effect_sd, predictor_name
from bayes_sora.modelfile.terms.term import FRAILTY, given_exposure, patient_parameters
from bayes_sora.numerics.numpy_ops import NUMPY, softplus
from bayes_sora.numerics.quadrature import uniform_nodes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.spec import ModelFile
    from bayes_sora.types import Endpoint, FloatArray

    # Plain arrays of NumPy, or labelled ones of xarray: operators and NumPy's functions are all that is used.
    Values = Any
    Formula = Callable[[Values, Values], Values]
    """(x, added) → the value of a curve in a patient with `added` to the linear predictor."""

NODES = 9
"""Even nodes at unit spacing, out to four SDs: the trapezoidal rule errs by less than 1e-4 there, tails included."""
REACH = 4.0
HALVINGS = 50


class Alike(NamedTuple):
    """Patients who are alike but for a normal spread; everything broadcasts.

    Attributes
    ----------
    x : array
        Centred log exposure, log(C / reference).
    share : array or float
        Of the patients; over all groups it adds up to one.
    shift : array or float
        η, what they add to the linear predictor on average.
    spread : array or None
        σ, the SD of what they add; None where nothing varies.
    """

    x: Values
    share: Values
    shift: Values
    spread: Values | None


def population_average(people: Sequence[Alike], formula: Formula) -> Values:
    """Return the mean of a curve over patients.

    Parameters
    ----------
    people : sequence of Alike
    formula : callable
        (x, added) → the curve in patients at x with so much added to their linear predictor.
    """
    return sum(one.share * weight * formula(one.x, added) for one in people for weight, added in _spread_out(one))


def population_logit(people: Sequence[Alike], logit: Formula) -> Values:
    """Return the logit of the mean probability over patients, finite however far out `logit` lies.

    Patients who are all alike have their own logit, to the last bit.
    """
    if len(people) == 1 and people[0].spread is None:
        return logit(people[0].x, people[0].shift)
    log_p: Values = -np.inf
    log_q: Values = -np.inf
    for one in people:
        for weight, added in _spread_out(one):
            at, log_weight = logit(one.x, added), np.log(one.share * weight)
            log_p = np.logaddexp(log_p, log_weight - softplus(-at))
            log_q = np.logaddexp(log_q, log_weight - softplus(at))
    return log_p - log_q


def half_dead_hazard(people: Sequence[Alike]) -> Values:
    r"""Return the cumulative hazard H of a typical patient at which half of the people are dead.

    .. math:: E[\exp(-H e^{η + σ Z})] = 1/2

    x plays no part: what depends on it is in the shift, or in H.
    """

    def alive(hazard: Values) -> Values:
        return population_average(people, lambda _, added: np.exp(-hazard * np.exp(added)))

    reach = [(one.shift, 0.0 if one.spread is None else REACH * one.spread) for one in people]
    highest = reduce(np.maximum, (shift + spread for shift, spread in reach))
    lowest = reduce(np.minimum, (shift - spread for shift, spread in reach))
    return half_dead(alive, np.log(2.0) * np.exp(-highest), np.log(2.0) * np.exp(-lowest))


def half_dead(alive: Callable[[Values], Values], earliest: Values, latest: Values) -> Values:
    """Return where a falling survival is one half, by halving the log of the time between two times.

    Parameters
    ----------
    alive : callable
        Times → survival, of the shape of the ends.
    earliest, latest : array
        Between them it falls through one half.
    """
    low, high = np.log(earliest), np.log(latest)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        above = 1.0 * (alive(np.exp(middle)) > 0.5)
        low, high = above * middle + (1.0 - above) * low, above * high + (1.0 - above) * middle
    return np.exp(0.5 * (low + high))


def people_at(model: ModelFile, endpoint: Endpoint, parameters: Mapping[str, Values], x: Values) -> list[Alike]:
    """Return the population when everybody is given the exposures x: it leaves patients as they are otherwise.

    Parameters
    ----------
    model : ModelFile
    endpoint : Endpoint
    parameters : mapping of str to array
        Draws by name; they broadcast against x.
    x : array
        Centred log exposures.
    """
    spread, groups = effect_sd(model, endpoint, parameters, x), effect_nodes(model, endpoint, parameters)
    if groups is None:
        return [Alike(x, 1.0, 0.0, spread)]
    typical = parameters["exposure_log_median"]
    # What is added has an axis of groups before those of the draws, whose labels it gets back.
    return [
        Alike(x, share, typical * 0.0 + shift, spread)
        for shift, share in zip(groups[0], groups[1].tolist(), strict=True)
    ]


def people_of_cohort(
    model: ModelFile, endpoint: Endpoint, parameters: Mapping[str, FloatArray], cohort: Cohort, log_exposure: FloatArray
) -> tuple[Alike, dict[str, FloatArray]]:
    """Return every patient of the cohort at the own exposure, all with share one, and their parameters.

    Site and covariates of a patient are known; of an unmeasured factor that goes with exposure only its mean is.

    Parameters
    ----------
    model : ModelFile
        Bound to the cohort.
    endpoint : Endpoint
    parameters : mapping of str to FloatArray, shape (n_draws, 1)
    cohort : Cohort
    log_exposure : FloatArray, shape (n_draws, n_patients)
        log mg/L.
    """
    own = model.derived(NUMPY, parameters)
    columns: dict[str, FloatArray] = {FRAILTY: np.zeros(1), **model.patient_columns(cohort)}
    at_typical = patient_parameters(own, model.patient_terms, columns)
    of_patient = dict(given_exposure(at_typical, model.patient_terms, log_exposure))
    target = predictor_name(endpoint)
    latent = [term._replace(target=FRAILTY) for term in model.patient_terms if term.target == target]
    spread = patient_parameters(own, [term for term in latent if term.column == FRAILTY], {FRAILTY: np.ones(1)})
    x = log_exposure - np.log(model.drug.reference_mg_l)
    return Alike(x, 1.0, of_patient.get(target, np.zeros(1)), spread.get(FRAILTY)), of_patient


def _spread_out(one: Alike) -> Iterator[tuple[float, Values]]:
    """Give weights and what is added to the linear predictor, node by node to keep memory flat."""
    if one.spread is None:
        yield 1.0, one.shift
        return
    nodes, weights = uniform_nodes(NODES)
    for z, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
        yield weight, one.shift + one.spread * z
