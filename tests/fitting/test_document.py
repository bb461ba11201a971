"""window.json, held to the contract key by key."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from bayes_sora.fitting.document import plain, summarise_draws, to_json, window_document
from tests.fits import joint_fit, one_endpoint_fit, refused_fit

NUMBER = (int, float)
OPTIONAL = (int, float, type(None))
PRIOR = dict.fromkeys(("mean", "sd", "q025", "q50", "q975"), OPTIONAL)
QUANTITY = {
    "given": str,
    **dict.fromkeys(("mean", "sd", "q025", "q25", "q50", "q75", "q975"), OPTIONAL),
    "share_defined": NUMBER,
    "p_at_low_edge": OPTIONAL,
    "p_at_high_edge": OPTIONAL,
    "p_outside_data": OPTIONAL,
    "data_share": OPTIONAL,
    "prior": PRIOR,
}
WINDOW = {
    "p_exists": NUMBER,
    "p_exists_ci95": [NUMBER],
    "identified": bool,
    "why": [str],
    "notes": [str],
    "lower": QUANTITY,
    "upper": QUANTITY,
    "width": QUANTITY,
}
ROC = {"cutoff": OPTIONAL, "youden": OPTIONAL, "auc": OPTIONAL, "auc_ci95": [OPTIONAL], "cutoff_ci95": [OPTIONAL]}
SUMMARY = dict.fromkeys(("mean", "sd", "q025", "q25", "q50", "q75", "q975"), NUMBER)
MOVED = {
    "prior": NUMBER,
    "likelihood": NUMBER,
    "moved_by": str,
    "prior_by_block": dict.fromkeys(("exposure", "toxicity", "response", "survival"), NUMBER),
}
PARAMETERS = (
    "exposure_log_median",
    "exposure_sd_between",
    "exposure_sd_within",
    "toxicity_intercept",
    "toxicity_slope",
    "response_intercept",
    "response_slope",
    "survival_median",
    "survival_shape",
    "survival_linear",
    "survival_curvature",
)
CONTRACT = {
    "schema": int,
    "trust": str,
    "reasons": [str],
    "n_patients": int,
    "model": str,
    "unit": str,
    "scale": str,
    "diagnostics": {
        "rhat_max": OPTIONAL,
        "ess_bulk_min": OPTIONAL,
        "ess_tail_min": OPTIONAL,
        "divergences": int,
        "n_draws": int,
        "pareto_k_max": OPTIONAL,
        "influential": [{"patient": str, "pareto_k": NUMBER}],
    },
    "windows": {
        "limits": {
            **WINDOW,
            "settings": {"max_toxicity": NUMBER, "min_response": NUMBER},
            "p_lower_by_response": OPTIONAL,
            "p_upper_by_toxicity": OPTIONAL,
            "prior_tails": {"toxicity": OPTIONAL, "response": OPTIONAL},
            "p_disconnected": OPTIONAL,
            "credible_sets": {"0.5": [[NUMBER]], "0.8": [[NUMBER]], "0.95": [[NUMBER]]},
            "credible_sets_p_all": {"0.5": OPTIONAL, "0.8": OPTIONAL, "0.95": OPTIONAL},
            "simultaneous_sets": {"0.5": [[NUMBER]], "0.8": [[NUMBER]], "0.95": [[NUMBER]]},
        },
        "youden": {**WINDOW, "settings": {}, "prior_tails": {"toxicity": OPTIONAL, "response": OPTIONAL}},
        "utility": {
            **WINDOW,
            "settings": {"tau_months": NUMBER, "toxicity_cost_months": NUMBER, "tolerance_months": NUMBER},
            "optimum": QUANTITY,
            "prior_tails": {"toxicity": OPTIONAL},
            "p_disconnected": OPTIONAL,
        },
    },
    "power_scaling": {
        "limits": dict.fromkeys(("lower", "upper"), MOVED),
        "youden": dict.fromkeys(("lower", "upper"), MOVED),
        "utility": dict.fromkeys(("lower", "upper", "optimum"), MOVED),
    },
    "published": [
        {
            "name": str,
            "lower": OPTIONAL,
            "upper": OPTIONAL,
            "p_optimum_inside": NUMBER,
            "expected_regret_months": OPTIONAL,
            "expected_benefit_months": OPTIONAL,
            "expected_regret_untouched_months": NUMBER,
        }
    ],
    "parameters": dict.fromkeys(PARAMETERS, SUMMARY),
    "roc": {"toxicity": ROC, "response": ROC},
    "predictive_checks": [
        {"check": str, "group": str, "n": int, "number": str}
        | dict.fromkeys(("observed", "q025", "q50", "q975", "p"), NUMBER)
    ],
    "survival_by_group": [{"group": str, "n": int, "deaths": int, "median_months": OPTIONAL, "ci95": [OPTIONAL]}],
    "logrank_p": OPTIONAL,
}


def assert_as_agreed(value, agreed, where="window.json"):
    """Hold a value to the structure agreed on: the same keys, and types at the leaves."""
    if isinstance(agreed, dict):
        assert isinstance(value, dict), where
        assert set(value) == set(agreed), where
        for key, inner in agreed.items():
            assert_as_agreed(value[key], inner, f"{where}.{key}")
    elif isinstance(agreed, list):
        assert isinstance(value, list), where
        for at, inner in enumerate(value):
            assert_as_agreed(inner, agreed[0], f"{where}[{at}]")
    else:
        assert isinstance(value, agreed), (where, value)
        assert not (isinstance(value, bool) and agreed is not bool), where
        assert not isinstance(value, float) or math.isfinite(value), where


def test_document_is_the_contract():
    """Every key of the contract is there with its type, and no other."""
    document = window_document(joint_fit())
    assert_as_agreed(document, CONTRACT)
    assert document["schema"] == 1
    assert document["scale"] == "average trough"
    assert [score["name"] for score in document["published"]] == ["Noda 2020", "DPOG target"]
    assert document["published"][1]["upper"] is None


def test_text_is_strict_json():
    """The text holds neither NaN nor Infinity and reads back to the same document."""

    def refuse(constant):
        raise AssertionError(constant)

    document = window_document(joint_fit())
    text = to_json(document)
    assert json.loads(text, parse_constant=refuse) == document


def test_windows_without_their_endpoints_are_null():
    """A window that the model's endpoints do not allow is null; published ones are then held against the conditions."""
    document = window_document(one_endpoint_fit("toxicity"))
    assert document["windows"]["utility"] is None
    assert document["windows"]["limits"]["settings"]["max_toxicity"] == 0.5
    noda, target = document["published"]
    assert (noda["name"], noda["lower"], noda["upper"]) == ("Noda 2020", 1.40, 3.45)
    assert noda["p_optimum_inside"] is noda["expected_regret_months"] is noda["p_lower_too_low"] is None
    assert 0.0 < noda["p_upper_too_high"] < 1.0
    assert 0.0 < target["p_acceptable"] < noda["p_acceptable"] < 1.0
    only_survival = window_document(one_endpoint_fit("survival"))
    assert only_survival["windows"]["limits"] is None
    assert only_survival["windows"]["youden"] is None
    assert only_survival["windows"]["utility"]["optimum"]["q50"] > 0


def test_refused_fit_has_reasons_and_no_window():
    """On trust refuse the windows are null unless they are forced, and then none is identified."""
    fit = refused_fit()
    refused, forced = window_document(fit), window_document(fit, force=True)
    assert refused["trust"] == "refuse"
    assert refused["windows"] is None
    assert refused["published"] is None
    assert "diverged" in refused["reasons"][0]
    assert_as_agreed(forced, CONTRACT)
    assert not any(window["identified"] for window in forced["windows"].values())


def test_numbers_are_those_of_the_draws():
    """Parameter summaries and limits are the plain quantiles of the draws, in the unit of the model file."""
    fit = joint_fit()
    document = window_document(fit)
    draws = fit.posterior["posterior"]["toxicity_slope"].to_numpy().ravel()
    assert document["parameters"]["toxicity_slope"]["q975"] == pytest.approx(np.percentile(draws, 97.5))
    upper = fit.windows["limits"].posterior.draws["upper"].to_numpy().ravel()
    median = np.median(upper[~np.isnan(upper)])
    assert document["windows"]["limits"]["upper"]["q50"] == pytest.approx(median)


def test_plain_values():
    """NumPy numbers become Python's, numbers that are not finite become null, anything else is refused."""
    given = {"a": np.float64(1.5), "b": [np.int64(2), float("nan"), np.inf], "c": np.bool_(True), "d": ("x",)}  # noqa: FBT003
    assert plain(given) == {"a": 1.5, "b": [2, None, None], "c": True, "d": ["x"]}
    with pytest.raises(TypeError, match="no place for complex"):
        plain(1j)


def test_summary_of_draws_that_are_not_finite_is_null():
    """A refused fit with broken draws still gives valid JSON."""
    summary = plain(summarise_draws(np.array([1.0, np.nan, 2.0])))
    assert set(summary.values()) == {None}
