"""What covariates do to limits, against the closed form of a crossing, and its figure."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.figures import FIGURES
from bayes_sora.figures.style import WIDTH
from bayes_sora.fitting.covariate_effects import covariate_effects
from bayes_sora.modelfile import bind_model, model_from_json, parse_model
from bayes_sora.report.tree import cohort_from_tree, read_tree, write_tree
from tests import conftest

N = 40


@cache
def covariates_fit(*, survival=True):
    """Return a hand-made fit with an age (one missing) and a sex, in which toxicity alone decides the upper limit."""
    rng = np.random.default_rng(8)
    age = np.round(rng.normal(60.0, 9.0, size=N))
    age[7] = np.nan
    sex = tuple("m" if i % 3 else "f" for i in range(N))
    cohort = replace(bs.simulate("moderate", n=N, seed=1).cohort, covariates={"age": age, "sex": sex})
    formulas = {"toxicity": "age + sex", "survival": "age"}
    content = json.loads(bs.load_model("sorafenib_joint.v1").text) | {"name": "c.v1"}
    if not survival:
        del content["survival"], formulas["survival"], content["windows"]
    prior = {"family": "normal", "mean": 0.0, "sd": 0.5}
    text = content | {"covariates": {"formulas": formulas, "coefficient": prior}}
    model = bind_model(parse_model(text), cohort)[0]
    centres = {name: (0.4, 0.1) for name in model.priors if "covariate" in name}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(conftest, "CENTRES", conftest.CENTRES | centres)
        return conftest.make_fake_fit(cohort, model=model, chains=2, draws=150)


def upper_limit(at, fit, z):
    """Return where toxicity crosses one half at a standardised age and average sex, NaN without a window."""
    male = fit.cohort.covariates["sex"].count("m") / N
    intercept = at["toxicity_intercept"] + at["toxicity_covariates[age]"] * z
    intercept = intercept + at["toxicity_covariates[sex=m]"] * male
    upper = np.clip(2.91 * np.exp(-intercept / at["toxicity_slope"]), 0.0, 10.0)
    rare = np.log(0.05 / 0.95)
    lower = np.clip(2.91 * np.exp((rare - at["response_intercept"]) / at["response_slope"]), 0.5, np.inf)
    return np.where(lower <= upper, upper, np.nan)


def test_a_limit_moves_as_the_crossing_does():
    """The ratio of upper limits is that of the exposures at which toxicity crosses one half, in closed form."""
    fit = covariates_fit()
    found = {(one.covariate, one.limit): one for one in covariate_effects(fit, bs.Limits(min_response=0.05))}
    assert set(found) == {(name, limit) for name in ("age", "sex") for limit in ("lower", "upper")}
    age = fit.cohort.covariates["age"]
    ends = np.nanpercentile(age, [10.0, 90.0])
    upper = found["age", "upper"]
    assert (upper.low, upper.high) == pytest.approx(tuple(ends))
    assert (found["sex", "upper"].low, found["sex", "upper"].high) == ("f", "m")
    at = {name: draws.to_numpy().ravel() for name, draws in fit.parameters.items()}
    rising = at["toxicity_slope"] > 0.05
    assert rising.mean() > 0.97
    old, young = (upper_limit(at, fit, (end - np.nanmean(age)) / np.nanstd(age))[rising] for end in ends[::-1])
    truth = np.nanquantile(old / young, 0.5)
    assert truth < 0.9
    assert upper.q50 == pytest.approx(truth, rel=0.02)
    assert found["age", "lower"].q50 == pytest.approx(1.0)
    assert upper.share_defined == pytest.approx(np.isfinite(old / young).mean(), abs=0.04)


def test_the_figure_says_what_it_shows():
    """It is drawn for a model with covariates only, and its caption has every contrast with its numbers."""
    spec, fit = FIGURES["covariates"], covariates_fit(survival=False)
    assert spec.possible(fit)
    figure = spec.draw(fit)
    figure.savefig(io.BytesIO(), format="png")
    assert figure.get_size_inches()[0] == pytest.approx(WIDTH)
    assert 2.0 < figure.get_size_inches()[1] < 9.6
    caption = spec.caption(fit)
    assert "sex: m against f" in caption
    assert "averaged over the covariates of the cohort's patients" in caption
    for one in fit.covariate_effects:
        assert one.q50 is None or f"{one.q50:.2f}" in caption
    assert not spec.possible(conftest.make_fake_fit(chains=2, draws=60))


def test_a_result_folder_keeps_the_covariates(tmp_path):
    """Cohort, labels and curves come back from posterior.zarr as they were."""
    fit = covariates_fit()
    write_tree(fit, tmp_path / "posterior.zarr")
    tree, attributes = read_tree(tmp_path / "posterior.zarr")
    cohort = cohort_from_tree(tree, attributes["cohort"])
    model = bind_model(model_from_json(attributes["model"]), cohort)[0]
    back = bs.Fit(cohort=cohort, model_file=model, posterior=tree, provenance=fit.provenance)
    assert model.identity == fit.model_file.identity
    assert cohort.covariates["sex"] == fit.cohort.covariates["sex"]
    np.testing.assert_array_equal(cohort.covariates["age"], fit.cohort.covariates["age"])
    for name in ("logit_toxicity", "log_hazard_offset"):
        np.testing.assert_array_equal(back.curves.draws[name], fit.curves.draws[name])
