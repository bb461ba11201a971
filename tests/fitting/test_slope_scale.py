"""Slopes per measured and per average trough: against simulated patients and by hand."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.special import expit

import bayes_sora as bs
from bayes_sora.cli.main import main
from bayes_sora.errors import UsageError
from bayes_sora.fitting.slope_scale import SlopeScale

N_PATIENTS = 1_000_000


def logistic_slope(x, event):
    """Return the maximum-likelihood slope of a logistic regression and its standard error, by Newton's steps."""
    design, at = np.column_stack([np.ones_like(x), x]), np.zeros(2)
    for _ in range(25):
        p = expit(design @ at)
        information = (design * (p * (1.0 - p))[:, None]).T @ design
        at = at + np.linalg.solve(information, design.T @ (event - p))
    return at[1], np.sqrt(np.linalg.inv(information)[1, 1])


def measured_slope(slope, *, between, within, n_troughs, seed=1):
    """Simulate patients whose toxicity obeys their average trough, and regress it on what was measured."""
    rng = np.random.default_rng(seed)
    x = between * rng.normal(size=N_PATIENTS)
    event = rng.uniform(size=N_PATIENTS) < expit(-0.4 + slope * x)
    measured = x + within / np.sqrt(n_troughs) * rng.normal(size=N_PATIENTS)
    return measured, event


@pytest.mark.parametrize(("within", "n_troughs"), [(0.30, 1), (0.45, 1), (0.45, 3)])
@pytest.mark.parametrize("slope", [0.3, 0.5])
def test_small_slope_of_the_average_trough_is_recovered(slope, within, n_troughs):
    """The published slope over its attenuation is the true one, to the Monte Carlo error of a million patients."""
    published, error = logistic_slope(*measured_slope(slope, between=0.55, within=within, n_troughs=n_troughs))
    scale = SlopeScale(scale="average", exposure_sd=0.55, sd_within=within, n_troughs=n_troughs)
    assert published / scale.attenuation == pytest.approx(slope, abs=3.5 * error / scale.attenuation)
    assert abs(published - slope) > 3.5 * error  # as published it is not


@pytest.mark.parametrize("slope", [1.0, 2.0, 4.0])
def test_what_is_left_in_of_a_steep_slope(slope):
    """The second factor of a logit is as large as is said, to a tenth of it and Monte Carlo error."""
    published, error = logistic_slope(*measured_slope(slope, between=0.55, within=0.30, n_troughs=1))
    scale = SlopeScale(scale="average", exposure_sd=0.55, sd_within=0.30)
    left = 1.0 - published / scale.attenuation / slope
    allowed = 0.25 * scale.left_in(slope) + 3.5 * error / scale.attenuation / slope
    assert left == pytest.approx(scale.left_in(slope), abs=allowed)


def test_table_about_a_cutoff_of_measured_troughs():
    """A 2×2 table of a million patients, cut at a measured trough, gives the slope of the average trough."""
    measured, event = measured_slope(0.4, between=0.55, within=0.40, n_troughs=1)
    above = measured > 0.2
    counts = {
        "events_above": event[above].sum(),
        "n_above": above.sum(),
        "events_below": event[~above].sum(),
        "n_below": (~above).sum(),
    }
    # A table may have 99,999 patients in a cell at most: the shares are those of the million.
    table = pd.DataFrame({"study": ["A"], **{name: [round(count / 20)] for name, count in counts.items()}})
    (found,) = bs.map_prior(table, scale="average", exposure_sd=0.55, sd_within=0.40).results
    # A table is a slope to first order: within 2 % at this slope.
    assert found.estimate == pytest.approx(0.4, abs=3.5 * found.standard_error / np.sqrt(20.0) + 0.008)


PAIR = [
    bs.EarlierResult(study="A", estimate=0.45, standard_error=0.39),
    bs.EarlierResult(study="B", estimate=0.35, standard_error=0.39),
]


def test_attenuation_by_hand():
    """σ_b² / (σ_b² + σ_w²/n): estimates and standard errors are divided by it, and what was published is kept."""
    found = bs.map_prior(PAIR, scale="average", exposure_sd=0.5, sd_within=0.4, n_troughs=2)
    attenuation = 0.25 / (0.25 + 0.16 / 2)
    assert [one.estimate for one in found.results] == pytest.approx([0.45 / attenuation, 0.35 / attenuation])
    assert [one.standard_error for one in found.results] == pytest.approx([0.39 / attenuation] * 2)
    told = found.as_dict()
    assert told["slope_scale"]["attenuation"] == pytest.approx(attenuation)
    assert [one["published_estimate"] for one in told["results"]] == pytest.approx([0.45, 0.35])


def test_measured_scale_leaves_published_slopes():
    """Without a scale, and without noise within patients, numbers are as published."""
    for found in (bs.map_prior(PAIR), bs.map_prior(PAIR, scale="average", sd_within=0.0)):
        assert [one.estimate for one in found.results] == [0.45, 0.35]


def test_block_and_output_say_the_scale(tmp_path):
    """The source of the prior, the printed table and JSON name the scale and the attenuation."""
    path = tmp_path / "evidence.csv"
    pd.DataFrame({"study": ["A"], "estimate": [4.0], "standard_error": [0.4]}).to_csv(path, index=False)

    def told(*options):
        return CliRunner().invoke(main, ["borrow", str(path), *options])

    measured = told().output
    assert "per unit of the log measured trough" in measured
    assert "--scale average" in measured
    average = told("--scale", "average", "--sd-within", "0.3", "--troughs-per-patient", "2")
    factor = 0.55**2 / (0.55**2 + 0.3**2 / 2)
    assert average.exit_code == 0
    assert average.output.count(f"divided by {factor:.3f}") == 2  # beside the table, and in the source
    assert "% too flat" in average.output
    document = json.loads(told("--scale", "average", "--json").output)
    assert document["slope_scale"]["scale"] == "average"
    assert document["results"][0]["estimate"] == pytest.approx(4.0 / (0.55**2 / (0.55**2 + 0.3**2)))
    assert document["toml"].count("source") == 1


def test_only_slopes_are_deattenuated(tmp_path):
    """An intercept is refused on the average scale, as are numbers out of range."""
    with pytest.raises(UsageError, match="only slopes are attenuated"):
        bs.map_prior(PAIR, scale="average").toml("toxicity.intercept")
    assert "[survival.linear]" in bs.map_prior(PAIR, scale="average").toml("survival.linear")
    for wrong in ({"scale": "true"}, {"sd_within": -0.1}, {"sd_within": float("nan")}, {"n_troughs": 0}):
        with pytest.raises(UsageError, match="must be"):
            bs.map_prior(PAIR, **wrong)
    path = tmp_path / "evidence.csv"
    pd.DataFrame({"study": ["A"], "estimate": [0.4], "standard_error": [0.4]}).to_csv(path, index=False)
    asked = ["borrow", str(path), "--scale", "average", "--parameter", "toxicity.intercept"]
    assert CliRunner().invoke(main, asked).exit_code == 2
