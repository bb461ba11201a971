"""posterior.zarr: what stands in it for others to read."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import bayes_sora as bs
from bayes_sora.report.curves_table import curves_table
from bayes_sora.report.tree import curve_draws
from tests.fits import joint_fit, one_endpoint_fit


def test_posterior_is_opened_by_xarray_without_a_warning(kept_result):
    """Any reader of Zarr gets labelled draws, curves, and the model file that explains them."""
    with xr.open_datatree(kept_result / "posterior.zarr", engine="zarr", consolidated=False) as tree:
        assert set(tree.children) == {
            "posterior",
            "sample_stats",
            "log_likelihood",
            "log_prior",
            "prior",
            "posterior_predictive",
            "observed_data",
            "constant_data",
            "curves",
        }
        assert tree["posterior"]["patient_id"].dtype.kind == "U"
        assert not [name for node in tree.subtree for name, array in node.variables.items() if array.dtype == object]
        assert tree.attrs["schema"] == 1
        assert tree.attrs["model_name"] == "sorafenib_joint.v1"
        assert bs.modelfile.model_from_json(tree.attrs["model"]) == joint_fit().model_file


def test_curves_are_the_formula_at_every_draw():
    """Each curve equals the logistic of its own draw at that exposure; ends of the range are kept exactly."""
    fit = joint_fit()
    curves = curve_draws(fit)
    assert curves["p_toxicity"].dims == ("chain", "draw", "exposure")
    assert curves.sizes["exposure"] == 65
    assert (curves["exposure"].to_numpy()[[0, -1]] == (0.5, 10.0)).all()
    x = np.log(curves["exposure"] / 2.91)
    expected = 1.0 / (1.0 + np.exp(-(fit.parameters["toxicity_intercept"] + fit.parameters["toxicity_slope"] * x)))
    np.testing.assert_allclose(curves["p_toxicity"], expected.transpose("chain", "draw", "exposure"), rtol=1e-12)
    assert curves["rmst_24_months"].attrs["units"] == "months"
    assert curves["exposure"].attrs["units"] == "mg/L"


def test_curves_follow_the_endpoints_and_the_unit():
    """A model without survival has no survival curve."""
    assert set(curve_draws(one_endpoint_fit("toxicity"))) == {"p_toxicity"}
    assert set(curve_draws(one_endpoint_fit("survival"))) == {
        "survival_12_months",
        "median_survival",
        "rmst_24_months",
    }


def test_curves_table_is_in_the_unit_of_the_model_file(fake_fit):
    """A model in ng/mL gives a column in ng/mL and curves that do not change with the unit."""
    model = bs.load_model("sunitinib_example.v1")
    assert model.drug.unit.name == "ng/mL"
    troughs = bs.simulate("moderate", n=12, seed=1).cohort
    fit = fake_fit(troughs, model=model, draws=100, from_prior=True)
    table = curves_table(fit, force=True)
    assert table["exposure_ng_ml"].iloc[0] == pytest.approx(fit.curves.span.low * 1000.0)


def test_curves_table_summarises_the_draws():
    """A row holds mean and quantiles of the draws at its exposure, and P(acceptable) is a share of the draws."""
    fit = joint_fit()
    table = curves_table(fit)
    middle = len(table) // 2
    draws = fit.curves.median_survival().isel(exposure=middle).to_numpy().ravel()
    assert table["os_median_months_mean"][middle] == pytest.approx(draws.mean())
    assert table["os_median_months_q975"][middle] == pytest.approx(np.percentile(draws, 97.5))
    toxicity = fit.curves.probability("toxicity").isel(exposure=middle).to_numpy()
    response = fit.curves.probability("response").isel(exposure=middle).to_numpy()
    assert table["p_acceptable"][middle] == pytest.approx(np.mean((toxicity <= 0.5) & (response >= 0.5)))
