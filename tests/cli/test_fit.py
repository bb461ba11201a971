"""`fit`, `demo` and what they print: once for real, otherwise with fits made by hand."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import bayes_sora as bs
from bayes_sora.cli import run as run_module
from bayes_sora.fitting.document import to_json, window_document
from tests.cli.conftest import run_process

NOTHING_WRITTEN: list[Path] = []


@pytest.fixture
def sampling_gives(monkeypatch):
    """Let `fit` and `demo` take a fit made by hand instead of sampling, and write window.json alone."""

    def prepare(fit):
        def write(fit, folder, *, overwrite, force, progress, helper):  # noqa: ARG001 - the signature of write_result
            Path(folder).mkdir(exist_ok=overwrite)
            Path(folder, "window.json").write_text(to_json(window_document(fit, force=force)), encoding="utf-8")

        monkeypatch.setattr(bs, "fit", lambda *_arguments, **_settings: fit)
        monkeypatch.setattr(bs, "write_result", write)
        monkeypatch.setattr(run_module, "processors", lambda: 1)

    return prepare


@pytest.mark.mcmc
def test_fit_prints_window_json_and_nothing_else_on_stdout(fitted):
    """The JSON of --json is the content of window.json; the folder is named after the cohort file."""
    done, folder = fitted
    assert done.returncode == 0
    assert json.loads(done.stdout) == json.loads((folder / "literal_26" / "window.json").read_text(encoding="utf-8"))
    assert [path.name for path in folder.iterdir()] == ["literal_26"]


@pytest.mark.mcmc
def test_fit_tells_notes_and_progress_on_stderr_in_few_lines(fitted):
    """Notes of the cohort, each step, and quarters of the sampling, not a line a draw."""
    lines = fitted[0].stderr.splitlines()
    assert any(line.startswith("note C049 literal_26.csv") for line in lines)
    assert "compiling the model" in lines
    assert "sampling 100 %" in lines
    assert len(lines) < 60
    assert "\x1b" not in fitted[0].stderr


@pytest.mark.mcmc
def test_existing_folder_is_refused_before_the_cohort_is_read(fitted, call):
    """Exit code 2 and an untouched folder, although the cohort does not exist either."""
    folder = fitted[1] / "literal_26"
    before = (folder / "window.json").read_bytes()
    done = call("fit", "nobody.csv", "--out", folder)
    assert done.exit_code == 2
    assert "literal_26" in done.stderr
    assert "--overwrite" in done.stderr
    assert (folder / "window.json").read_bytes() == before


@pytest.mark.mcmc
def test_report_is_written_again_without_sampling(fitted, call):
    """`report DIR` brings report.html back and says where it is."""
    folder = fitted[1] / "literal_26"
    (folder / "report.html").unlink()
    done = call("report", folder, "--json")
    assert done.exit_code == 0
    assert Path(json.loads(done.stdout)["report"]).read_text(encoding="utf-8").startswith("<!")


@pytest.mark.mcmc
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
def test_interrupt_while_sampling_ends_with_130_and_leaves_nothing(tmp_path, literal):
    """Ctrl-C in the middle of a long run: no shortened posterior passes for a result, no file stays behind."""
    command = [sys.executable, "-m", "bayes_sora", "fit", str(literal), "--draws", "50000", "--json"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while not process.stderr.readline().startswith("sampling"):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert json.loads(stdout)["error"]["code"] == "interrupted"
    assert "Traceback" not in stderr
    assert list(tmp_path.iterdir()) == NOTHING_WRITTEN


def test_answer_for_people_holds_windows_trust_and_report(call, literal, sampling_gives, trusted_fit):
    """The sentence, a row a window, published windows, the verdict and the place of the report."""
    sampling_gives(trusted_fit)
    done = call("fit", literal, "--out", "result")
    assert done.exit_code == 0
    assert [kind for kind in trusted_fit.windows if f"\n{kind} " not in done.stdout] == []
    assert f"{trusted_fit.windows['youden'].lower.q50:.3g} (" in done.stdout
    assert "Noda 2020, 1.4–3.45" in done.stdout
    assert "DPOG target, ≥ 3.75" in done.stdout
    assert "\ntrust: " in done.stdout
    assert done.stdout.endswith(f"report: {Path('result', 'report.html')}\n")


def test_window_that_is_not_identified_comes_with_its_reasons(call, literal, sampling_gives, trusted_fit):
    """Every reason of every window is told."""
    sampling_gives(trusted_fit)
    done = call("fit", literal)
    reasons = [reason for window in trusted_fit.windows.values() for reason in window.why]
    assert reasons
    assert [reason for reason in reasons if reason not in done.stdout] == []
    assert done.stdout.startswith("No window is identified")


@pytest.mark.parametrize("kind", ["fit", "demo"])
def test_refused_fit_ends_with_4_and_prints_no_window(call, literal, sampling_gives, refused_fit, kind):
    """Divergent draws: the reasons, the folder, no window, exit code 4."""
    sampling_gives(refused_fit)
    done = call(*(["fit", literal] if kind == "fit" else ["demo"]), "--out", "result", "--json")
    assert done.exit_code == 4
    document = json.loads(done.stdout)
    assert document["trust"] == "refuse"
    assert document["windows"] is None
    assert document["reasons"] == list(refused_fit.trust.reasons)
    assert json.loads(Path("result/window.json").read_text(encoding="utf-8")) == document
    text = call(*(["fit", literal] if kind == "fit" else ["demo"]), "--out", "other")
    assert text.exit_code == 4
    assert "limits " not in text.stdout
    assert refused_fit.trust.reasons[0] in text.stdout


def test_force_prints_windows_of_a_refused_fit_and_still_ends_with_4(call, literal, sampling_gives, refused_fit):
    """Whoever insists sees the numbers; a script still learns that they are not to be trusted."""
    sampling_gives(refused_fit)
    done = call("fit", literal, "--force", "--json")
    assert done.exit_code == 4
    assert set(json.loads(done.stdout)["windows"]) == {"limits", "youden", "utility"}
    assert "NOT TO BE TRUSTED" in call("fit", literal, "--force", "--out", "other").stdout


def test_demo_takes_its_default_folder_and_says_what_it_does(call, sampling_gives, trusted_fit):
    """The first run writes bayes-sora-demo."""
    sampling_gives(trusted_fit)
    done = call("demo")
    assert done.exit_code == 0
    assert [path.name for path in Path().iterdir()] == ["bayes-sora-demo"]
    assert "26 simulated patients" in done.stderr


def test_demo_never_replaces_somebody_elses_folder(call):
    """A folder that holds anything but a result stays as it is."""
    Path("bayes-sora-demo").mkdir()
    Path("bayes-sora-demo/thesis.txt").write_text("years of work", encoding="utf-8")
    done = call("demo")
    assert done.exit_code == 2
    assert Path("bayes-sora-demo/thesis.txt").read_text(encoding="utf-8") == "years of work"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--engine", "stan"], "known: nutpie, pymc"),
        (["--draws", "10"], "at least 100"),
        (["--seed", "-1"], "seed: expected a whole number from 0 to 4,294,967,295, got -1"),
        (["--chains", "two"], "'two' is not a valid integer"),
        (["--oops"], "--oops"),
    ],
)
def test_senseless_option_is_a_usage_error(call, literal, options, words):
    """Exit code 2, the words on stderr and in the JSON object, nothing written."""
    done = call("fit", literal, *options, "--json")
    assert done.exit_code == 2
    assert words in done.stderr
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "usage"
    assert words in error["message"]
    assert list(Path().iterdir()) == NOTHING_WRITTEN


def test_cohort_without_an_endpoint_of_the_model_names_the_model_that_does_without(call, tmp_path):
    """Exit code 3 before anything is sampled, and the way out."""
    path = tmp_path / "cohort.csv"
    path.write_text("patient_id,trough_mg_l,toxicity\nA,1,0\nB,2,1\nC,3,0\nD,4,1\n", encoding="utf-8")
    done = call("fit", path)
    assert done.exit_code == 3
    assert "F001" in done.stderr
    assert "toxicity_only.v1" in done.stderr


@pytest.mark.parametrize(
    ("name", "folder"), [("a.b.csv.gz", "a.b"), ("cohort.parquet", "cohort"), ("cohort", "cohort")]
)
def test_result_folder_is_named_after_the_cohort_file(call, name, folder):
    """The extensions go, the rest stays: seen here from the folder that is in the way."""
    Path(folder).mkdir()
    done = call("fit", Path("somewhere") / name)
    assert done.exit_code == 2
    assert f"'{folder}'" in done.stderr


def test_no_colour_reaches_a_pipe(tmp_path, literal):
    """Without a terminal, or with NO_COLOR, there is no escape sequence."""
    done = run_process("check", str(literal), cwd=tmp_path)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
