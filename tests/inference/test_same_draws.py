"""The same model, cohort and seed give the same draws, whatever was compiled before."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SCRIPT = """
import sys
import bayes_sora as bs
cohort = bs.read_cohort(bs.shipped_cohort("literal_26"))
fits = {name: bs.fit(cohort, model=name, seed=7, draws=100, tune=100, chains=2) for name in sys.argv[1:]}
print(fits["response_only.v1"].parameters["response_slope"].to_numpy().tobytes().hex())
"""


def draws(folder, *models):
    """Fit the models one after another in a process of its own and return the draws of the last, bit by bit."""
    environment = {**os.environ, "PYTENSOR_FLAGS": f"base_compiledir={folder}"}
    command = [sys.executable, "-c", SCRIPT, *models]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


@pytest.mark.mcmc
def test_draws_do_not_depend_on_what_was_compiled_before(tmp_path):
    """A first fit on a machine, and one after another model as in a comparison, its own compiled before: same bits."""
    first = draws(tmp_path, "response_only.v1")
    assert len(first) > 1000
    assert draws(tmp_path, "toxicity_only.v1", "response_only.v1") == first
