"""The exposures of a truth are held against range and unit of the model that is to analyse them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bayes_sora.errors import InputError
from bayes_sora.modelfile import Prior, list_models, load_model
from bayes_sora.simulation import SCENARIOS
from bayes_sora.study.plan import TruthPrior
from bayes_sora.study.truth_check import exposure_mismatch
from bayes_sora.types import Span
from tests.study.mocks import small_plan

SUNITINIB = {"name": "sunitinib", "kind": "bayes", "model": "sunitinib_example.v1"}


def test_sorafenib_models_fit_every_released_scenario():
    """No released model of sorafenib troughs is refused under any released scenario."""
    models = [model for model in list_models() if model.drug.name == "sorafenib" and model.drug.unit.name != "mg"]
    assert len(models) > 20
    assert not [
        (model.name, scenario)
        for model in models
        for scenario in SCENARIOS
        if exposure_mismatch(model, scenario) is not None
    ]


@pytest.mark.parametrize("high", [2.0, 2.8, 3.1, 5.0])
def test_share_within_the_range_is_that_of_simulated_patients(high):
    """A range is refused when fewer than half of 20,000 simulated average troughs lie within it."""
    log_c = np.log(2.91) + 0.55 * np.random.default_rng(1).standard_normal(20_000)
    within = float(np.mean((log_c > np.log(0.5)) & (log_c < np.log(high))))
    model = _with_range(load_model("sorafenib_joint.v1"), high)
    assert (exposure_mismatch(model, "moderate") is not None) == (within < 0.5)


def test_prior_over_truths_is_judged_as_a_whole():
    """A prior that moves the median to a tenth takes most patients out of the range, one near it does not."""
    model = load_model("sorafenib_joint.v1")

    def truths(median: float) -> TruthPrior:
        prior = Prior(family="log_normal", arguments={"median": median, "sd_log": 0.2}, unit="", source="", meaning="")
        return TruthPrior(base="moderate", priors={"exposure_median_mg_l": prior})

    assert exposure_mismatch(model, truths(2.91)) is None
    assert "troughs with a median of 0.2" in exposure_mismatch(model, truths(0.29))


def test_plan_with_a_model_of_other_exposures_is_refused():
    """`study run` reads the plan, names method, range and unit, and starts nothing."""
    with pytest.raises(InputError, match=r"P016 column methods\[1\]\.model.*covers 15 to 250 ng/mL") as refused:
        small_plan(methods=[SUNITINIB], scenarios=["null", "moderate"])
    assert len(refused.value.problems) == 2


def _with_range(model, high):
    return replace(model, drug=replace(model.drug, span=Span(0.5, high)))
