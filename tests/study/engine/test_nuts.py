from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytensor
import pytest

import bayes_sora as bs
from bayes_sora.study.engine import nuts
from bayes_sora.study.engine.fast import draw_fast


@dataclass
class Compiled:
    """What nutpie compiles: only arrays that the density uses can be swapped."""

    built: Any
    data: dict[str, np.ndarray]

    @property
    def shared_var_keys(self):
        """Return the shared variables that the density uses, as nutpie names them."""
        used = pytensor.graph.traversal.ancestors([self.built.potentials[0]])
        return {one: one.name for one in used if hasattr(one, "get_value") and one.name}

    def with_data(self, **data):
        """Take every array that the density uses, and no other."""
        assert set(data) == {one.name for one in self.shared_var_keys}, "an array would stay that of another cohort"
        return Compiled(self.built, data)


@pytest.fixture
def compiled(monkeypatch):
    """Stand in for the compiler, and list what it was given."""
    built = []

    def compile_model(model, backend):  # noqa: ARG001 - as nutpie is called
        built.append(model)
        return Compiled(model, {})

    monkeypatch.setattr(nuts.nutpie, "compile_pymc_model", compile_model)
    nuts._compiled.cache_clear()
    yield built
    nuts._compiled.cache_clear()


def test_cohorts_of_the_same_arrays_share_what_is_compiled(compiled):
    """The second cohort of twelve patients brings its data only."""
    model = bs.load_model("sorafenib_joint.v1")
    for seed in (1, 2):
        cohort = bs.simulate("moderate", n=12, seed=seed).cohort
        found = nuts._compiled_for(model, cohort)
        np.testing.assert_array_equal(found.data["survival_death"], cohort.death)
    assert len({id(one) for one in compiled}) == 1


def test_censored_troughs_are_those_of_the_cohort(compiled):
    """A trough below the limit is a further term, and which patient it is of is data."""
    model = bs.load_model("sorafenib_joint.v1")
    plain = bs.simulate("moderate", n=12, seed=1).cohort
    first, second = (bs.simulate("moderate", n=12, seed=seed, lloq_mg_l=2.5).cohort for seed in (1, 2))
    assert 0 < first.troughs.n_censored != second.troughs.n_censored > 0
    for cohort in (plain, first, second):
        found = nuts._compiled_for(model, cohort)
        who = found.data.get("censored_patient", np.array([], dtype=int))
        np.testing.assert_array_equal(who, cohort.troughs.patient[cohort.troughs.censoring != 0])
    assert len({id(one) for one in compiled}) == 2


def test_rows_of_follow_up_are_those_of_the_cohort(compiled):
    """Doses that change more often make more rows; an array that only replicates use is not swapped."""
    model = bs.load_model("sorafenib_doses.v1")
    changed, steady = (bs.simulate("reverse", n=12, seed=seed, history=True).cohort for seed in (1, 2))
    no_change = np.array([int(np.flatnonzero(steady.doses.patient == i)[0]) for i in range(12)])
    doses = type(steady.doses)(
        patient=steady.doses.patient[no_change],
        day=steady.doses.day[no_change],
        dose_mg=steady.doses.dose_mg[no_change],
    )
    for cohort in (changed, replace(steady, doses=doses)):
        nuts._compiled_for(model, cohort)
    assert len({id(one) for one in compiled}) == 2


@pytest.mark.slow
@pytest.mark.mcmc
def test_nuts_agrees_where_doses_change():
    """Two cohorts with different rows, one after the other: the medians agree within four Monte Carlo errors."""
    model = bs.load_model("sorafenib_doses.v1")
    cohorts = [bs.simulate("reverse", n=12, seed=seed, history=True).cohort for seed in (1, 2)]
    for cohort, fast in zip(cohorts, draw_fast(model, cohorts, [1, 2]), strict=True):
        sampled = nuts.draw_nuts(model, cohort, 1)
        assert sampled is not None
        assert fast is not None
        error = 0.5 * np.sqrt(1.0 / sampled.ess + 1.0 / fast.ess)
        for name, values in sampled.parameters.items():
            share = np.mean(values < np.median(fast.parameters[name]))
            assert share == pytest.approx(0.5, abs=4.0 * error), name
