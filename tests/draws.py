"""One draw of the parameters of the joint model, for curves that are written out by hand."""

from __future__ import annotations

JOINT_DRAW = {
    "exposure_log_median": 1.1,
    "exposure_sd_between": 0.5,
    "exposure_sd_within": 0.3,
    "toxicity_intercept": 0.2,
    "toxicity_slope": 1.3,
    "response_intercept": 1.0,
    "response_slope": 2.0,
    "survival_median": 11.0,
    "survival_shape": 1.3,
    "survival_linear": 0.4,
    "survival_curvature": 0.3,
}
