"""Parts of the performance of a limit on hand-made rows."""

import numpy as np
import pandas as pd

from bayes_sora.study.performance import LIMIT_MEASURES
from bayes_sora.study.performance_limits import effective_draws

ROWS = pd.DataFrame(
    {
        "lower_ess": [600.0, 60.0, 0.0, 30.0, np.nan],
        "lower_share_defined": [1.0, 0.1, 0.0, 0.1, 1.0],
    }
)


def test_effective_draws_are_told_over_the_share_that_defines_the_limit():
    """60 draws where a tenth defines the limit are as good as 600."""
    assert effective_draws(ROWS, "lower").round(9).tolist()[:2] == [600.0, 600.0]


def test_limit_that_no_draw_defines_has_no_effective_draws_at_all():
    """Nothing is known of them."""
    assert np.isnan(effective_draws(ROWS, "lower")[2])


def test_share_of_low_effective_draws_leaves_undefined_limits_out():
    """Only 30 / 0.1 = 300 is too few."""
    measure = LIMIT_MEASURES["ess_below_400"]
    np.testing.assert_array_equal(measure.values(ROWS, "lower"), [0.0, 0.0, np.nan, 1.0, np.nan])
