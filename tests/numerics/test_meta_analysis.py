"""Meta-analysis over studies against integrals over both unknowns, and 2×2 tables against simulated patients."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from bayes_sora.numerics.meta_analysis import log_odds_ratio, meta_analyse, split_width

ESTIMATES, ERRORS = [0.45, 0.35, 1.56], [0.39, 0.39, 0.67]
SCALE, MEAN_SD = 0.5, 10.0


MEAN, TAU = np.meshgrid(np.linspace(-5.0, 6.0, 1101), np.linspace(0.0, 4.0, 801), indexing="ij")


def expected(of):
    """Return the posterior mean of a function of mean and SD between studies, by Simpson's rule over both."""
    density = stats.norm.pdf(MEAN, 0.0, MEAN_SD) * stats.halfnorm.pdf(TAU, scale=SCALE)
    for estimate, error in zip(ESTIMATES, ERRORS, strict=True):
        density = density * stats.norm.pdf(estimate, MEAN, np.hypot(error, TAU))
    both = [
        integrate.simpson(integrate.simpson(values, x=TAU[0], axis=1), x=MEAN[:, 0])
        for values in (of(MEAN, TAU) * density, density)
    ]
    return both[0] / both[1]


def test_moments_are_those_of_the_double_integral():
    """Mean and SD of the common mean and of a new study, and the distribution function of the latter."""
    found = meta_analyse(ESTIMATES, ERRORS, sd_between_scale=SCALE, mean_sd=MEAN_SD)
    mean, square, between = (expected(of) for of in (lambda m, _: m, lambda m, _: m**2, lambda _, t: t**2))
    assert found.common.mean == pytest.approx(mean, abs=1e-4)
    assert found.common.sd == pytest.approx(np.sqrt(square - mean**2), abs=1e-4)
    assert found.new_study.mean == pytest.approx(mean, abs=1e-4)
    assert found.new_study.sd == pytest.approx(np.sqrt(square - mean**2 + between), abs=1e-4)
    below = expected(lambda m, t: stats.norm.cdf(0.0, m, np.maximum(t, 1e-9)))
    assert found.new_study.cdf(0.0) == pytest.approx(below, abs=1e-4)
    assert found.new_study.cdf(found.new_study.quantile(0.3)) == pytest.approx(0.3, abs=1e-9)


def test_the_three_sorafenib_cohorts_give_the_published_style_prior():
    """With and without the founding cohort: N(0.60, 0.56²) and N(0.39, 0.56²), as combined by another script once."""
    with_noda = meta_analyse(ESTIMATES, ERRORS, sd_between_scale=SCALE, mean_sd=MEAN_SD).new_study
    without = meta_analyse(ESTIMATES[:2], ERRORS[:2], sd_between_scale=SCALE, mean_sd=MEAN_SD).new_study
    assert (with_noda.mean, with_noda.sd) == pytest.approx((0.60, 0.56), abs=0.03)
    assert (without.mean, without.sd) == pytest.approx((0.39, 0.56), abs=0.03)


def test_without_heterogeneity_studies_are_pooled():
    """As the SD between studies goes to 0 the mean is weighted by inverse variances, and a new study is the mean."""
    found = meta_analyse(ESTIMATES, ERRORS, sd_between_scale=1e-5, mean_sd=1e3)
    weights = np.array(ERRORS) ** -2.0
    assert found.new_study.mean == pytest.approx(np.average(ESTIMATES, weights=weights), abs=1e-5)
    assert found.new_study.sd == pytest.approx(weights.sum() ** -0.5, abs=1e-5)


def test_log_odds_ratio_of_a_table():
    """As by hand, and with one half in every cell where one is empty."""
    assert log_odds_ratio((6, 3), (8, 13)) == pytest.approx((np.log(10.0), np.sqrt(1 / 6 + 1 / 2 + 1 / 3 + 1 / 10)))
    low, error = log_odds_ratio((0, 3), (8, 13))
    assert low == pytest.approx(np.log(0.5 / 8.5) - np.log(3.5 / 10.5))
    assert error == pytest.approx(np.sqrt(1 / 0.5 + 1 / 8.5 + 1 / 3.5 + 1 / 10.5))


@pytest.mark.parametrize("share_above", [0.25, 0.5, 0.8])
def test_a_table_becomes_the_slope_of_its_patients(share_above):
    """A million patients of slope 0.8, cut anywhere: the odds ratio over the width is the slope within 8 %."""
    rng = np.random.default_rng(3)
    x = 0.55 * rng.standard_normal(1_000_000)
    event = rng.uniform(size=x.size) < 1.0 / (1.0 + np.exp(0.5 - 0.8 * x))
    above = x > np.quantile(x, 1.0 - share_above)
    table = log_odds_ratio((event[above].sum(), event[~above].sum()), (above.sum(), (~above).sum()))
    width = split_width(share_above, 0.55)
    assert width == pytest.approx(x[above].mean() - x[~above].mean(), rel=5e-3)
    assert table[0] / width == pytest.approx(0.8, rel=0.08)
