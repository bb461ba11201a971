"""`bayes-sora sbc` with a calibration made by hand: no engine runs."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import bayes_sora as bs
from bayes_sora.study import calibration
from bayes_sora.study.calibration.result import Design, judge_ranks
from bayes_sora.study.calibration.trial import Ranked

NAMES = ("toxicity_slope", "log_likelihood")


@pytest.fixture(params=["uniform"])
def made_by_hand(request, monkeypatch):
    """Let `calibrate` return uniform ranks, or bent ones, and keep what it was asked for."""
    asked: dict[str, object] = {}

    def calibrate(model, *, n, replications, engine, workers, seed, progress):
        asked.update(model=model, engine=engine, workers=workers)
        ranks = np.random.default_rng(1).uniform(size=(replications, 2)) ** (1.0 if request.param == "uniform" else 3.0)
        rows = [
            Ranked(index=index, engine=engine, ranks=dict(zip(NAMES, row.tolist(), strict=True)), distinct=99)
            for index, row in enumerate(ranks)
        ]
        progress(replications, replications)
        design = Design(n=n, replications=replications, engine=engine, seed=seed)
        return judge_ranks(rows, model=bs.load_model(model), design=design)

    monkeypatch.setattr(calibration, "calibrate", calibrate, raising=False)
    return asked


def test_table_has_a_row_a_quantity(call, made_by_hand):
    """The answer for people: what was run, and a verdict for each quantity."""
    done = call("sbc", "sorafenib_joint", "--replications", "200", "--engine", "nuts", "--workers", "2")
    assert done.exit_code == 0
    assert made_by_hand == {"model": "sorafenib_joint", "engine": "nuts", "workers": 2}
    assert "200 cohorts of 26 patients, seed 1; posteriors 200 by nuts, 0 without one." in done.stdout
    assert [line.split()[0] for line in done.stdout.splitlines()[2:]] == list(NAMES)


@pytest.mark.usefixtures("made_by_hand")
def test_folder_holds_verdict_ranks_and_figure(call, tmp_path):
    """--out writes the same JSON object that --json prints, one row of ranks a replication, and the figure."""
    done = call("sbc", "toxicity_only.v1", "--replications", "60", "--out", "calibrated", "--json")
    document = json.loads(done.stdout)
    folder = tmp_path / "calibrated"
    assert json.loads((folder / "calibration.json").read_text()) == document
    assert document["calibrated"] is True
    assert [one["name"] for one in document["quantities"]] == list(NAMES)
    assert document["fitted_by"] == {"fast": 60}
    ranks = pd.read_parquet(folder / "ranks.parquet")
    assert list(ranks.columns) == ["replication", "engine", *NAMES]
    assert len(ranks) == 60
    assert {path.name for path in folder.iterdir()} == {
        "calibration.json",
        "ranks.parquet",
        "calibration.svg",
        "calibration.png",
    }


@pytest.mark.parametrize("made_by_hand", ["bent"], indirect=True)
@pytest.mark.usefixtures("made_by_hand")
def test_miscalibration_ends_with_code_4(call):
    """Ranks that are not uniform: the answer is printed, and the exit code tells scripts."""
    done = call("sbc", "toxicity_only.v1", "--replications", "200", "--json")
    assert done.exit_code == 4
    assert json.loads(done.stdout)["calibrated"] is False
    assert "not calibrated: toxicity_slope, log_likelihood" in done.stderr


@pytest.mark.usefixtures("made_by_hand")
def test_existing_folder_is_refused_before_anything_runs(call, tmp_path):
    """A calibration takes minutes: a folder that exists is refused first, and stays as it is."""
    (tmp_path / "there").mkdir()
    done = call("sbc", "toxicity_only.v1", "--out", "there")
    assert done.exit_code == 2
    assert "'there' exists" in done.stderr
    assert not list((tmp_path / "there").iterdir())


def test_unknown_model_is_a_bad_input(call):
    """A model file that does not exist is named, with exit code 3."""
    done = call("sbc", "sorafenib_jiont.v1")
    assert done.exit_code == 3
    assert "sorafenib_joint.v1" in done.stderr


def test_bad_number_is_a_usage_error(call):
    """Too few patients are refused with exit code 2."""
    done = call("sbc", "toxicity_only.v1", "--n", "1")
    assert done.exit_code == 2
    assert "n must be at least 3, got 1" in done.stderr
