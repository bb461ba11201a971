"""Priors from earlier results: files, faults, the block of a model file and the command."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from click.testing import CliRunner

import bayes_sora as bs
from bayes_sora.cli.main import main

PAIR = [
    bs.EarlierResult(study='The "first"', estimate=0.45, standard_error=0.39),
    bs.EarlierResult(study="B", estimate=0.35, standard_error=0.39),
]
TABLES = pd.DataFrame(
    {"study": ["A", "B"], "events_above": [6, 9], "n_above": [8, 24], "events_below": [3, 4], "n_below": [13, 36]}
)


def test_the_block_is_one_that_a_model_file_takes(tmp_path):
    """Pasted behind extends, it lints and is the prior with its numbers."""
    found = bs.map_prior(PAIR)
    head = 'schema = 1\nname = "ours"\ntitle = "ours"\nextends = "sorafenib_joint.v1"\n\n'
    path = tmp_path / "ours.toml"
    path.write_text(head + found.toml("toxicity.slope", weight=0.7), encoding="utf-8")
    assert not bs.lint_model(path)
    prior = bs.load_model(path).priors["toxicity_slope"]
    assert prior.family == "robust_normal"
    assert prior.arguments["mean"] == pytest.approx(found.mean, abs=5e-4)
    assert prior.arguments["sd"] == pytest.approx(found.sd, abs=5e-4)
    assert prior.arguments["weight"] == 0.7
    path.write_text(head + found.toml("toxicity.slope", weight=1.0), encoding="utf-8")
    assert bs.load_model(path).priors["toxicity_slope"].family == "normal"


def test_tables_are_worth_fewer_patients_the_more_studies_differ():
    """The information of all patients is the most a new study can have; heterogeneity takes from it."""
    alike, apart = (bs.map_prior(TABLES, sd_between_scale=scale) for scale in (1e-4, 1.0))
    assert alike.effective_patients == pytest.approx(81.0, rel=0.15)
    assert apart.effective_patients < 0.6 * alike.effective_patients
    assert bs.map_prior(PAIR).effective_patients is None


FAULTS = {
    "no error": ({"study": ["A"], "estimate": [0.1]}, "C010", "standard_error"),
    "text": ({"study": ["A"], "estimate": ["x"], "standard_error": [1.0]}, "C087", "estimate"),
    "negative": ({"study": ["A"], "estimate": [0.1], "standard_error": [-1.0]}, "C087", "standard_error"),
    "blank": ({"study": ["A"], "estimate": [0.1], "standard_error": [""]}, "C087", "standard_error"),
    "more events": (TABLES.assign(events_above=[9, 9]).to_dict("list"), "C078", "events_above"),
    "nobody": (TABLES.assign(events_below=[0, 4], n_below=[0, 36]).to_dict("list"), "C078", "n_below"),
    "half a patient": (TABLES.assign(n_below=["13.5", "36"]).to_dict("list"), "C078", "n_below"),
    "no column": (TABLES.drop(columns="n_below").to_dict("list"), "C010", "n_below"),
    "no row": ({"study": [], "estimate": [], "standard_error": []}, "C003", None),
}


@pytest.mark.parametrize("case", FAULTS)
def test_every_fault_of_a_table_is_named(case, tmp_path):
    """Code and column of the fault; the command ends with 3."""
    content, code, column = FAULTS[case]
    path = tmp_path / "evidence.csv"
    pd.DataFrame(content).to_csv(path, index=False)
    with pytest.raises(bs.InputError) as caught:
        bs.map_prior(path)
    assert (code, column) in {(problem.code, problem.column) for problem in caught.value.problems}
    assert CliRunner().invoke(main, ["borrow", str(path)]).exit_code == 3


@pytest.mark.parametrize("arguments", [{"sd_between_scale": 0.0}, {"exposure_sd": float("nan")}])
def test_numbers_out_of_range_are_refused(arguments):
    """Neither a division by zero nor a silent NaN."""
    with pytest.raises(bs.UsageError, match="expected a positive number"):
        bs.map_prior(PAIR, **arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"weight": 0.0}, "weight"), ({"weight": 1.2}, "weight"), ({"vague_sd": 0.0}, "vague"), ({}, "block and name")],
)
def test_a_block_that_cannot_be_is_refused(arguments, words):
    """Before it is pasted."""
    parameter = "toxicity.slope" if arguments else "slope"
    with pytest.raises(bs.UsageError, match=words):
        bs.map_prior(PAIR).toml(parameter, **arguments)


def test_no_evidence_is_refused():
    """An empty list is not a vague prior."""
    with pytest.raises(bs.UsageError, match="no earlier result"):
        bs.map_prior([])


def test_the_command_prints_a_table_and_the_block(tmp_path):
    """And the same as JSON, with the quantiles."""
    path = tmp_path / "evidence.csv"
    TABLES.to_csv(path, index=False)
    found = bs.map_prior(path)
    told = CliRunner().invoke(main, ["borrow", str(path), "--weight", "0.5"])
    assert told.exit_code == 0
    assert f"a new study         {found.mean:.2f}" in told.output
    assert "[toxicity.slope]" in told.output
    document = json.loads(CliRunner().invoke(main, ["borrow", str(path), "--weight", "0.5", "--json"]).output)
    assert document["new_study"]["mean"] == found.mean
    assert document["toml"] in told.output
    assert document["common"]["sd"] < document["new_study"]["sd"]
