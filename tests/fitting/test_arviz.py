"""What README and docs promise of ArviZ: its functions take the draws, those of the likelihood by name."""

from __future__ import annotations

import arviz as az
import numpy as np
import pytest

from tests.fits import joint_fit


def test_leaving_a_patient_out_goes_by_the_patient():
    """`loo` takes the likelihood called "patient", one term a patient, and asks which where none is named."""
    fit = joint_fit()
    found = az.loo(fit.posterior, var_name="patient", pointwise=True)
    assert found.n_data_points == fit.cohort.n_patients
    assert np.isfinite(found.elpd)
    with pytest.raises(TypeError, match="patient"):
        az.loo(fit.posterior)


def test_a_summary_needs_no_name():
    """Functions of the draws alone take the tree as it is."""
    shown = az.summary(joint_fit().posterior, var_names=["toxicity_slope"], ci_prob=0.95, ci_kind="eti")
    assert list(shown.index) == ["toxicity_slope"]
