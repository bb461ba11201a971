"""`study size`: the question as options, the answer as a sentence, a table, JSON and files."""

from __future__ import annotations

import csv
import json
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bayes_sora.cli import study_size
from bayes_sora.study.sample_size import find_sample_size
from tests.study.size_mocks import analyse_failing, analyse_known, analyse_tenth_failing, p_narrow, search_known

if TYPE_CHECKING:
    from bayes_sora.study import SizeQuestion

UPPER = ("--limit", "upper", "--max-fold", "2", "--probability", "0.8")


@pytest.fixture
def asked(monkeypatch) -> list[SizeQuestion]:
    """Answer from a known curve instead of simulating, and keep the questions."""
    questions: list[SizeQuestion] = []

    def search(question: SizeQuestion, *, workers: int | None):
        assert workers in {None, 3}
        questions.append(question)
        return search_known(question, p_narrow)

    monkeypatch.setattr(study_size, "_search", search)
    return questions


def test_answer_is_a_sentence_and_a_small_table(call, asked):
    """On stdout: the size with its error, and a line for every size simulated."""
    done = call("study", "size", *UPPER, "--workers", "3")
    answer = search_known(asked[0], p_narrow)
    lines = done.stdout.splitlines()
    assert done.exit_code == 0
    assert lines[0] == answer.sentence()
    assert lines[2].split() == ["patients", "estimate", "MCSE", "cohorts"]
    assert [int(line.split()[0]) for line in lines[3:]] == [point.n for point in answer.curve]
    assert re.search(r"1,000 cohorts in \d+ s", done.stderr)


def test_json_is_the_whole_answer(call, asked):
    """One object, that of the library but for the time it took."""
    document = json.loads(call("study", "size", *UPPER, "--json").stdout)
    expected = search_known(asked[0], p_narrow).as_dict()
    assert document | {"seconds": 0} == json.loads(json.dumps(expected | {"seconds": 0}))


def test_folder_holds_answer_curve_and_figure(call, asked):
    """Four files, whole; the table is that of the answer; a folder that exists is left alone."""
    assert call("study", "size", *UPPER, "--out", "size").exit_code == 0
    assert sorted(path.name for path in Path("size").iterdir()) == [
        "curve.csv",
        "sample_size.png",
        "sample_size.svg",
        "size.json",
    ]
    document = json.loads(Path("size/size.json").read_text(encoding="utf-8"))
    with Path("size/curve.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [{name: float(value) for name, value in row.items()} for row in rows] == document["curve"]
    again = call("study", "size", *UPPER, "--out", "size")
    assert again.exit_code == 2
    assert "exists" in again.stderr
    assert len(asked) == 1


def test_same_answer_has_the_same_files(call, asked):
    """Byte for byte, but for the time it took."""
    assert len(asked) == 0
    for name in ("a", "b"):
        assert call("study", "size", *UPPER, "--out", name).exit_code == 0
    for name in ("curve.csv", "sample_size.svg", "sample_size.png"):
        assert Path("a", name).read_bytes() == Path("b", name).read_bytes()


def test_options_reach_the_question(call, asked):
    """Each option has its place in the question."""
    Path("truths.toml").write_text(
        '[truths]\nbase = "step"\n[truths.survival.curvature]\nfamily = "half_normal"\nsd = 0.5\n', encoding="utf-8"
    )
    options = (
        "--window utility --limit optimum --max-fold 1.5 --truths truths.toml --model sorafenib_joint.v1 --engine nuts "
        "--troughs 2 --follow-up 24 --n-min 30 --n-max 300 --replicates 500 --tolerance 1.3 --max-seconds 60 --seed 5"
    )
    assert call("study", "size", *options.split()).exit_code == 0
    (question,) = asked
    assert question.criterion.words == "P(95 % interval of the utility window's optimum narrower than 1.5-fold)"
    assert (question.base, list(question.truths.priors)) == ("step", ["survival.curvature"])
    assert (question.method.model, question.method.engine) == ("sorafenib_joint.v1", "nuts")
    assert (question.troughs, question.follow_up_months) == (2, 24.0)
    assert (question.n_min, question.n_max, question.seed) == (30, 300, 5)
    assert (question.effort.replicates, question.effort.tolerance, question.effort.seconds) == (500, 1.3, 60.0)


def test_each_criterion_can_be_asked(call, asked):
    """Narrow limit with its defaults, identified, benefit."""
    for options in (("--limit", "lower"), ("--identified", "--probability", "0.9"), ("--benefit", "0.7")):
        assert call("study", "size", *options).exit_code == 0
    assert [question.criterion.target for question in asked] == [0.8, 0.9, 0.7]
    assert asked[0].criterion.max_fold == 2.0


@pytest.mark.parametrize(
    ("options", "words", "code"),
    [
        ("", "one of --limit", 2),
        ("--identified --benefit 1", "one of --limit", 2),
        ("--identified --max-fold 2", "--max-fold goes with --limit", 2),
        ("--benefit 1 --probability 0.8", "takes no --probability", 2),
        ("--identified --scenario moderat", "did you mean 'moderate'", 2),
        ("--identified --scenario null --truths truths.toml", "two truths", 2),
        ("--identified --truths truths.toml", "there is no such file", 3),
        ("--identified --model sorafenib_joined", "sorafenib_joint", 3),
        ("--limit middle", "'middle' is not one of", 2),
        ("--identified --n-min 9 --n-max 8", "n_min ≤ n_max", 2),
    ],
)
def test_bad_calls_are_refused_before_anything_is_simulated(call, asked, options, words, code):
    """With the exit code of the contract, and without a traceback."""
    done = call("study", "size", *options.split())
    assert done.exit_code == code
    assert words in done.stderr
    assert not asked


def test_workers_do_the_work(call, monkeypatch):
    """Through processes of their own, which simulate every cohort; progress is on stderr."""
    monkeypatch.setattr("bayes_sora.study.find_sample_size", partial(find_sample_size, analyse=analyse_known))
    options = ("--n-min", "30", "--n-max", "30", "--replicates", "100", "--workers", "2", "--json")
    done = call("study", "size", "--limit", "upper", *options)
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert (document["status"], document["replicates"], document["failures"]) == ("not_reached", 100, 2)
    assert "simulating cohorts of 30 100 %" in done.stderr


def test_no_probability_is_printed_where_every_analysis_failed(call, monkeypatch):
    """All 100 of 100 analyses failed: exit code 5, how many and why, and no estimate, neither printed nor written."""
    monkeypatch.setattr("bayes_sora.study.find_sample_size", partial(find_sample_size, analyse=analyse_failing))
    done = call("study", "size", *UPPER, "--workers", "1", "--out", "size", "--json")
    assert done.exit_code == 5
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "incomplete"
    assert "100 of 100 analyses of 20 patients failed" in error["message"]
    assert "the engine is out of order" in error["message"]
    assert "0.000" not in done.output
    assert not Path("size").exists()


def test_failures_that_matter_come_first_and_end_with_5(call, monkeypatch):
    """With a tenth of the analyses failing, the first line is about them, and a script learns of it."""
    monkeypatch.setattr("bayes_sora.study.find_sample_size", partial(find_sample_size, analyse=analyse_tenth_failing))
    options = ("--n-min", "30", "--n-max", "30", "--replicates", "100", "--workers", "1")
    done = call("study", "size", *UPPER, *options)
    assert done.exit_code == 5
    assert done.stdout.startswith("10 of 100 analyses of 30 patients failed")
    assert json.loads(call("study", "size", *UPPER, *options, "--json").stdout)["failures"] == 10


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (
            "sunitinib_example.v1",
            "covers 15 to 250 ng/mL, and the truth simulates troughs with a median of 2,910",
        ),
        ("sorafenib_dlt.v1", "takes doses in mg as the exposure"),
        ("sorafenib_grades.v1", "needs grades or types of adverse events"),
        ("sorafenib_sites.v1", "needs sites, studies or covariates"),
    ],
)
def test_model_of_other_exposures_is_refused_before_anything_runs(call, asked, model, words):
    """A model file for another drug, for doses, or for columns that no simulated cohort has cannot answer."""
    done = call("study", "size", "--identified", "--window", "limits", "--model", model)
    assert done.exit_code == 2
    assert words in done.stderr
    assert not asked
