"""`compare`: what it refuses, what it prints, and once for real."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

import bayes_sora as bs
from tests.cli.conftest import SHORT, run_process
from tests.comparison.hand_made import no_refit, tame, tame_fit
from tests.conftest import make_fake_fit

MODELS = ("--model", "sorafenib_joint.v1", "--model", "sorafenib_literature.v1")


@pytest.fixture
def sampling_gives(monkeypatch):
    """Let `compare` take fits made by hand instead of sampling, and refit nothing."""

    def prepare(**fits):
        asked = []

        def fit(cohort, *, model, **settings):
            asked.append((cohort.n_patients, model.name, settings))
            return fits[model.name.removesuffix(".v1")]

        monkeypatch.setattr(bs, "fit", fit)
        monkeypatch.setattr(bs, "compare", partial(bs.compare, refit=no_refit))
        return asked

    return prepare


@pytest.fixture
def two_fits():
    """Return fits of the two models."""
    return {
        "sorafenib_joint": tame_fit(seed=1),
        "sorafenib_literature": tame_fit(model="sorafenib_literature.v1", seed=2),
    }


def test_compare_fits_every_model_and_writes_the_folder(call, literal, sampling_gives, two_fits):
    """All settings reach every fit; the table has every model, and the folder is there."""
    asked = sampling_gives(**two_fits)
    done = call("compare", literal, *MODELS, "--out", "out", "--seed", "7", "--draws", "300", "--engine", "pymc")
    assert done.exit_code == 0, done.output
    assert [(n, name) for n, name, _ in asked] == [(26, "sorafenib_joint.v1"), (26, "sorafenib_literature.v1")]
    for _, _, settings in asked:
        assert {name: settings[name] for name in ("seed", "draws", "tune", "chains", "engine")} == {
            "seed": 7,
            "draws": 300,
            "tune": None,
            "chains": None,
            "engine": "pymc",
        }
    assert "predicts a patient it has not seen best" in done.stdout
    assert "stacking weights are not probabilities of the models" in done.stdout
    assert "averaged" in done.stdout
    assert {path.name for path in Path("out").iterdir()} == {"comparison.json", "report.html", "figures"}


def test_compare_prints_the_document_it_writes(call, literal, sampling_gives, two_fits):
    """--json gives comparison.json, on stdout and nothing else there."""
    sampling_gives(**two_fits)
    done = call("compare", literal, *MODELS, "--out", "out", "--json")
    written = json.loads(Path("out", "comparison.json").read_text(encoding="utf-8"))
    printed = json.loads(done.stdout)
    assert printed | {"created": ""} == written | {"created": ""}


def test_compare_ends_with_4_when_a_fit_must_be_refused(call, literal, sampling_gives, two_fits):
    """Without --force nothing is written; with it the exit code is the same."""
    refused = tame(make_fake_fit(divergences=50))
    sampling_gives(**two_fits | {"sorafenib_joint": refused})
    done = call("compare", literal, *MODELS, "--out", "out")
    assert done.exit_code == 4
    assert "sorafenib_joint.v1" in done.stderr
    assert not Path("out").exists()
    assert call("compare", literal, *MODELS, "--out", "out", "--force").exit_code == 4
    assert Path("out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("COHORT", "--out", "out"), "at least two different models, got 0"),
        (("COHORT", *MODELS[:2], *MODELS[:2], "--out", "out"), "at least two different models, got 1"),
        (("COHORT", "COHORT", *MODELS, "--out", "out"), "expected one cohort, or result folders"),
        (("COHORT", "nowhere", *MODELS, "--out", "out"), "there is no 'nowhere'"),
        (("one", "--out", "out"), "at least two result folders, got 1"),
        (("one", "COHORT", "--out", "out"), "not both"),
        (("one", "two", *MODELS, "--out", "out"), "--model is about fitting"),
        (("one", "two", "--draws", "9", "--out", "out"), "--draws is about fitting"),
        (("one", "two", "--drop-incomplete", "--out", "out"), "--drop-incomplete is about fitting"),
        (("COHORT", *MODELS[:2], "--model", "toxicity_only.v1", "--out", "out"), "cannot be compared: one is of tox"),
        (("COHORT", *MODELS, "--out", "one"), "the folder 'one' exists"),
        (("COHORT", *MODELS), "--out"),
    ],
)
def test_compare_says_what_is_wrong_with_a_call(call, literal, arguments, words):
    """Exit code 2 before anything is sampled."""
    for name in ("one", "two"):
        Path(name).mkdir()
    done = call("compare", *(literal if one == "COHORT" else one for one in arguments))
    assert done.exit_code == 2
    assert words in done.stderr


def test_compare_says_what_is_wrong_with_its_files(call, literal):
    """Exit code 3 for an unknown model, for a folder that is no result, and for a cohort that is not there."""
    assert call("compare", literal, "--model", "a", "--model", "b", "--out", "out").exit_code == 3
    for name in ("one", "two"):
        Path(name).mkdir()
    assert call("compare", "one", "two", "--out", "out").exit_code == 3
    assert call("compare", "nowhere.csv", *MODELS, "--out", "out").exit_code == 3
    assert not Path("out").exists()


def test_compare_reads_result_folders(call, monkeypatch, sampling_gives, two_fits):
    """Fits go by the names of their models; two of one model go by their folders' names."""
    sampling_gives()
    folders = two_fits | {"again": two_fits["sorafenib_joint"]}
    monkeypatch.setattr(bs, "read_result", lambda folder: folders[folder.name])
    for name in folders:
        Path(name).mkdir()
    printed = json.loads(call("compare", *two_fits, "--out", "out", "--json").stdout)
    assert {model["name"] for model in printed["models"]} == {fit.model_file.name for fit in two_fits.values()}
    done = call("compare", "sorafenib_joint", "again", "--out", "named", "--json")
    assert {model["name"] for model in json.loads(done.stdout)["models"]} == {"sorafenib_joint", "again"}


@pytest.mark.slow
def test_compare_for_real(tmp_path):
    """Two priors of one endpoint are sampled, left out, weighed and written by the command line itself."""
    bs.write_cohort(bs.simulate("moderate", n=20, seed=2).cohort, tmp_path / "cohort.csv")
    Path(tmp_path, "narrow.v1.toml").write_text(
        'schema = 1\nextends = "toxicity_only.v1"\nname = "narrow.v1"\ntitle = "Sure of no effect"\n'
        "[toxicity.slope]\nmean = 0.0\nsd = 0.1\n",
        encoding="utf-8",
    )
    models = ("--model", "toxicity_only.v1", "--model", "narrow.v1.toml")
    done = run_process("compare", "cohort.csv", *models, *SHORT, "--out", "out", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert {model["name"] for model in document["models"]} == {"toxicity_only.v1", "narrow.v1"}
    assert sum(model["weight"] for model in document["models"]) == pytest.approx(1.0)
    assert all(0.0 < model["p_loo"] < 8.0 for model in document["models"])
    assert Path(tmp_path, "out", "report.html").exists()
