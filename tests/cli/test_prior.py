"""`bayes-sora prior`: what priors say, on the terminal, as JSON and as a page."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import bayes_sora as bs

FEW = ("--draws", "200")


def test_sentence_and_tables(call):
    """The answer for people: the sentence, then cohorts, beliefs and windows in the drug's unit."""
    done = call("prior", "sunitinib_example", *FEW, "--n", "10", "--troughs-per-patient", "2")
    assert done.exit_code == 0
    assert done.stdout.startswith("Before any patient, sunitinib_example.v1 expects ")
    assert "60 ng/mL" in done.stdout
    first = [line.split("  ")[0] for line in done.stdout.splitlines()]
    assert {"Median trough (ng/mL)", "Without any toxicity", "limits: lower", "utility: best"} <= set(first)


def test_json_is_that_of_the_python_function(call):
    """--json prints the one object that `bs.prior_predictive` gives with the same numbers asked."""
    done = call("prior", "toxicity_only.v1", *FEW, "--n", "8", "--seed", "3", "--json")
    assert json.loads(done.stdout) == bs.prior_predictive("toxicity_only.v1", n=8, draws=200, seed=3).as_dict()


def test_folder_and_overwrite(call, tmp_path):
    """--out writes the page; a second run needs --overwrite."""
    asked = ("prior", "toxicity_only.v1", *FEW, "--out", "priors")
    done = call(*asked, "--json")
    assert done.exit_code == 0
    assert json.loads((tmp_path / "priors" / "prior.json").read_text()) == json.loads(done.stdout)
    assert "written: " in done.stderr
    again = call(*asked)
    assert again.exit_code == 2
    assert "'priors' exists" in again.stderr
    assert call(*asked, "--overwrite").exit_code == 0


def test_conflict_is_named(call, literal, tmp_path):
    """An observed cohort with troughs ten times too high is told from what the priors expect, with exit code 0."""
    cohort = bs.read_cohort(literal)
    high = replace(cohort, troughs=replace(cohort.troughs, value_mg_l=cohort.troughs.value_mg_l * 10.0))
    bs.write_cohort(high, tmp_path / "high.csv")
    done = call("prior", "sorafenib_joint.v1", *FEW, "--cohort", "high.csv")
    assert done.exit_code == 0
    assert "contradicts the priors: median trough 33.7, expected" in done.stdout
    row = next(line for line in done.stdout.splitlines() if line.startswith("Median trough (mg/L)"))
    assert row.split()[-1] == "CONFLICT"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("prior", "sorafenib_jiont.v1"), 3, "sorafenib_joint.v1"),
        (("prior", "toxicity_only.v1", "--n", "1"), 2, "n: expected a whole number from 2 to 100,000, or None, got 1"),
        (("prior", "toxicity_only.v1", "--troughs", "x.csv"), 2, "go with --cohort"),
        (("prior", "toxicity_only.v1", "--cohort", "absent.csv"), 3, "absent.csv"),
    ],
)
def test_bad_input(call, arguments, code, words):
    """Bad input is a message and an exit code, never a traceback."""
    done = call(*arguments)
    assert done.exit_code == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_number_of_patients_beside_a_cohort_is_refused(call, literal):
    """A cohort says how many patients there are."""
    done = call("prior", "sorafenib_joint.v1", "--cohort", literal, "--n", "30")
    assert done.exit_code == 2
    assert "leave out n and troughs_per_patient" in done.stderr
