"""Which arrays hold draws, and what the cohort says once more: it follows from the model file and a few numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_sora.numerics.priors import POSITIVE_FAMILIES
from bayes_sora.report.stored import rules
from bayes_sora.report.stored.expected import FLAGS, INTEGERS, Expected, ExpectedGroup, labelled_group

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.cohort import Cohort
    from bayes_sora.modelfile import ModelFile

    Labels = dict[str, np.ndarray[Any, Any]]

BY_DRAW = ("chain", "draw")


def draw_groups(
    model: ModelFile,
    cohort: Cohort,
    *,
    drawn: tuple[int, int],
    replicated: np.ndarray[Any, Any],
    n_prior: int,
) -> dict[str, ExpectedGroup]:
    """Return every group that holds draws, and ``observed_data``, by name.

    Parameters
    ----------
    model : ModelFile
        Bound to the cohort.
    cohort : Cohort
    drawn : tuple of int
        Chains, and draws of each.
    replicated : IntArray
        The draws that ``posterior_predictive`` has, which is thinned in large cohorts.
    n_prior : int
        Draws of the prior, which has one chain.
    """
    by_draw = _by_draw(*drawn)
    patients = {"patient_id": np.array(cohort.patient_id)}
    troughs = {"trough": np.arange(cohort.troughs.value_mg_l.size)}
    vectors = {vector.dim: np.array(vector.labels) for vector in model.vectors}
    of_patient = Expected(dims=(*BY_DRAW, "patient_id"))
    parameters = _parameters(model)
    likelihoods = dict.fromkeys(("patient", "exposure", *model.endpoints), of_patient)
    return {
        "posterior": labelled_group(by_draw | patients | vectors, parameters | {"patient_log_exposure": of_patient}),
        "sample_stats": labelled_group(by_draw, _STATISTICS),
        "log_likelihood": labelled_group(by_draw | patients, likelihoods),
        "log_prior": labelled_group(
            by_draw | vectors, {name: Expected(dims=array.dims) for name, array in parameters.items()}
        ),
        "prior": labelled_group(_by_draw(1, n_prior) | vectors, _parameters(model, finite=True)),
        "posterior_predictive": labelled_group(by_draw | {"draw": replicated} | patients | troughs, _replicates(model)),
        "observed_data": labelled_group(patients | troughs, _observed(model, cohort)),
    }


def curves_group(names: tuple[str, ...], *, drawn: tuple[int, int], n_exposures: int) -> ExpectedGroup:
    """Return ``curves``, which are for other readers: their values are not read here."""
    curve = Expected(dims=(*BY_DRAW, "exposure"))
    labels = _by_draw(*drawn) | {"exposure": np.arange(n_exposures)}
    group = labelled_group(labels, dict.fromkeys(names, curve))
    return ExpectedGroup(
        arrays={**group.arrays, "exposure": Expected(dims=("exposure",))}, sizes=group.sizes, labels=group.labels
    )


def _by_draw(chains: int, draws: int) -> Labels:
    return {"chain": np.arange(chains), "draw": np.arange(draws)}


def _parameters(model: ModelFile, *, finite: bool = False) -> dict[str, Expected]:
    """Every parameter; draws of the posterior may be no numbers, which the verdict on the fit then says."""
    numbers = {True: rules.PRIOR_DRAW, False: rules.DRAW}[finite]
    positive = {True: rules.POSITIVE_PRIOR_DRAW, False: rules.POSITIVE_DRAW}[finite]

    def rule(family: str) -> rules.Rule:
        return positive if family in POSITIVE_FAMILIES else numbers

    scalars = {name: Expected(dims=BY_DRAW, rule=rule(prior.family)) for name, prior in model.scalar_priors.items()}
    return scalars | {
        vector.name: Expected(dims=(*BY_DRAW, vector.dim), rule=rule(vector.prior.family)) for vector in model.vectors
    }


def _replicates(model: ModelFile) -> dict[str, Expected]:
    names = ["os_months" if endpoint == "survival" else endpoint for endpoint in model.endpoints]
    names += [
        kind.recorded
        for kind in (model.outcomes[endpoint].outcome for endpoint in model.endpoints)
        if kind.recorded is not None and kind.event is not None
    ]
    of_patient = dict.fromkeys(names, Expected(dims=(*BY_DRAW, "patient_id")))
    return {"trough_mg_l": Expected(dims=(*BY_DRAW, "trough"))} | of_patient


def _observed(model: ModelFile, cohort: Cohort) -> dict[str, Expected]:
    """Say again what ``constant_data`` says, as the endpoints of the model see it."""
    seen: dict[str, object] = {}
    for endpoint in model.endpoints:
        block = model.outcomes[endpoint]
        seen["os_months" if endpoint == "survival" else endpoint] = block.observed(cohort)
        if block.outcome.recorded is not None:
            seen[block.outcome.recorded] = getattr(cohort, block.outcome.recorded)
    same = {
        name: Expected(dims=("patient_id",), rule=rules.equal_to(np.asarray(values, dtype=float)), may_be_blank=True)
        for name, values in seen.items()
    }
    return {"trough_mg_l": Expected(dims=("trough",), rule=rules.MEASURED)} | same


_STATISTICS: Mapping[str, Expected] = {
    "diverging": Expected(dims=BY_DRAW, kinds=FLAGS, may_be_blank=True),
    **{name: Expected(dims=BY_DRAW, kinds=INTEGERS, needed=False) for name in ("tree_depth", "n_steps")},
    **{name: Expected(dims=BY_DRAW, needed=False) for name in ("energy", "acceptance_rate", "step_size", "lp")},
}
