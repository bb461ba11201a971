"""A cohort with a course of treatment through a fit made by hand, its folder, and the command line."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.report.tree import cohort_from_tree, read_tree, write_tree
from tests.cli.conftest import call
from tests.course.courses import cohort_with_course, model_of

__all__ = ["call"]


def test_a_course_comes_back_from_the_folder(fake_fit, tmp_path):
    """Entry, intervals, onset and doses, with the names of their files, survive posterior.zarr."""
    cohort = cohort_with_course(n=12)
    cohort = replace(cohort, source=replace(cohort.source, doses_name="d.csv", doses_sha256="0" * 64))
    fit = fake_fit(cohort, model=model_of(time="dose"), draws=100)
    write_tree(fit, tmp_path / "posterior.zarr")
    found = cohort_from_tree(*_parts(tmp_path / "posterior.zarr"))
    for name in ("entry_months", "os_months_low", "toxicity_month"):
        np.testing.assert_array_equal(getattr(found, name), getattr(cohort, name))
    for name in ("patient", "day", "dose_mg"):
        np.testing.assert_array_equal(getattr(found.doses, name), getattr(cohort.doses, name))
    assert found.source == cohort.source


def _parts(path):
    tree, attributes = read_tree(path)
    return tree, attributes["cohort"]


def test_curves_are_those_of_a_constant_exposure(fake_fit):
    """The same draws give the same survival curves whether the model follows doses or not."""
    cohort = bs.simulate("reverse", n=20, seed=1, history=True).cohort
    plain, doses = (fake_fit(cohort, model=model, draws=50) for model in ("sorafenib_joint.v1", "sorafenib_doses.v1"))
    np.testing.assert_allclose(doses.curves.survival(12.0), plain.curves.survival(12.0))


def test_replicated_troughs_are_at_the_dose_of_their_day(fake_fit):
    """Replicates of the troughs of patients whose dose was halved are half as high."""
    cohort = bs.simulate("reverse", n=40, seed=1, history=True).cohort
    plain, doses = (fake_fit(cohort, model=model, draws=250) for model in ("sorafenib_joint.v1", "sorafenib_doses.v1"))
    medians = [
        np.log(fit.posterior["posterior_predictive"]["trough_mg_l"]).mean(("chain", "draw")).to_numpy()
        - fit.posterior["posterior"]["patient_log_exposure"].mean(("chain", "draw")).to_numpy()
        for fit in (plain, doses)
    ]
    assert medians[0] == pytest.approx(0.0, abs=0.06)
    assert medians[1] == pytest.approx(np.where(cohort.toxicity == 1, np.log(0.5), 0.0), abs=0.06)


def test_simulate_and_check_know_the_course(call):
    """`simulate --history` writes three tables, and `check --doses` counts what they say."""
    done = call("simulate", "reverse", "--n", "20", "--history", "--out", "a.csv", "--json")
    files = json.loads(done.stdout)["files"]
    assert [file.removeprefix("a.") for file in files] == ["csv", "troughs.csv", "doses.csv", "truth.json"]
    done = call("check", "a.csv", "--troughs", "a.troughs.csv", "--doses", "a.doses.csv", "--json")
    seen = json.loads(done.stdout)
    assert done.exit_code == 0
    assert seen["n_dose_changes"] == seen["n_toxicity"]
    assert (seen["n_late_entries"], seen["n_interval_deaths"]) == (None, None)
    assert "changes of dose" in call("check", "a.csv", "--troughs", "a.troughs.csv", "--doses", "a.doses.csv").stdout


def test_a_fault_of_the_doses_ends_with_code_3(call, tmp_path):
    """An unknown patient in --doses is named, nothing is fitted; a model of doses without them says what to give."""
    call("simulate", "reverse", "--n", "20", "--history", "--out", "a.csv")
    with (tmp_path / "a.doses.csv").open("a") as file:
        file.write("nobody,0,800\n")
    files = ("a.csv", "--troughs", "a.troughs.csv")
    done = call("fit", *files, "--doses", "a.doses.csv", "--model", "sorafenib_doses.v1", "--json")
    assert done.exit_code == 3
    assert "C060" in done.stdout + done.stderr
    done = call("fit", *files, "--model", "sorafenib_doses.v1", "--json")
    assert done.exit_code == 3
    assert "--doses" in done.stdout + done.stderr
    assert not (tmp_path / "a").exists()
