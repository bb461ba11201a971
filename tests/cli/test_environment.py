"""Streams that are closed, homes that cannot be written, names of homes that do not exist."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bayes_sora.cli import caches
from bayes_sora.cli.caches import usable_caches
from tests.cli.interrupted import COHORT, ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="descriptors and signals differ")
SIMULATE = "simulate null --n 10 --seed 1 --out"
PRIOR = "prior sorafenib_joint.v1 --draws 200 --out result"


def shell(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line by a shell, which can close what Python's subprocess cannot."""
    text = f"{sys.executable} -m bayes_sora {command}"
    variables = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    return subprocess.run(["sh", "-c", text], cwd=folder, env=variables, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_result_is_written_whole_although_a_stream_is_closed(tmp_path, closed):
    """Neither a closed stream nor a full disk behind stderr ends the command, and no note gets into a result file."""
    whole = shell(f"{SIMULATE} one.csv", tmp_path)
    done = shell(f"{SIMULATE} two.csv {closed}", tmp_path)
    assert (whole.returncode, done.returncode) == (0, 0), done.stderr
    assert (tmp_path / "two.csv").read_bytes() == (tmp_path / "one.csv").read_bytes()
    assert json.loads((tmp_path / "two.truth.json").read_text(encoding="utf-8"))


def test_folder_is_written_whole_although_all_streams_are_closed(tmp_path):
    """Progress, notes and the answer have nowhere to go; figures and page are written, and nothing else is."""
    done = shell(f"{PRIOR} <&- >&- 2>&-", tmp_path)
    assert done.returncode == 0
    assert json.loads((tmp_path / "result" / "prior.json").read_text(encoding="utf-8"))
    assert (tmp_path / "result" / "report.html").read_text(encoding="utf-8").startswith("<!")
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


def test_reader_of_notes_that_goes_away_does_not_end_the_command(tmp_path):
    """``bayes-sora simulate … 2>&1 >/dev/null | true`` writes its cohort."""
    shell(f"{SIMULATE} one.csv 2>&1 >/dev/null | true", tmp_path)
    assert (tmp_path / "one.csv").exists()


@pytest.mark.parametrize("home", ["/dev/null", "/proc/1", "missing/home"])
def test_home_that_cannot_be_written_is_known(monkeypatch, home):
    """A file, a folder of the kernel and a folder that is not there are no homes, whoever the user is."""
    monkeypatch.setenv("HOME", home)
    for name in caches.PLACES:
        monkeypatch.delenv(name, raising=False)
    with usable_caches():
        folder = Path(os.environ["NUMBA_CACHE_DIR"])
        assert all(str(folder) in os.environ[name] for name in caches.PLACES)
    assert not folder.exists()


def test_a_folder_for_temporary_files_that_is_none_is_replaced(monkeypatch, tmp_path):
    """The compiler writes where TMPDIR says and fails there, while Python looks elsewhere; a good one stays."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "nowhere"))
    with usable_caches():
        assert Path(os.environ["TMPDIR"]).is_dir()
    assert os.environ["TMPDIR"] == str(tmp_path / "nowhere")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with usable_caches():
        assert os.environ["TMPDIR"] == str(tmp_path)


def test_libraries_write_into_a_temporary_folder_and_nothing_stays(tmp_path):
    """Figures are drawn and the page is written; the folder is gone afterwards, and no library prints a warning."""
    (tmp_path / "tmp").mkdir()
    done = shell(PRIOR, tmp_path, HOME="/dev/null", TMPDIR=str(tmp_path / "tmp"), MPLCONFIGDIR="", NUMBA_CACHE_DIR="")
    assert done.returncode == 0, done.stderr
    assert "atplotlib" not in done.stderr
    assert list((tmp_path / "tmp").iterdir()) == []


def test_no_place_for_temporary_files_is_a_usage_error(tmp_path):
    """Without home and temporary folder the command ends with 2 and the words of the system."""
    missing = str(tmp_path / "missing")
    script = (
        "import tempfile; tempfile._candidate_tempdir_list = lambda: []\n"
        "from bayes_sora.__main__ import run; import sys; sys.argv[1:] = ['models', 'list']; run()"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=os.environ | {"HOME": missing}, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: No usable temporary directory")


def test_caches_stay_where_the_user_has_put_them(monkeypatch, tmp_path):
    """A variable that is set stays; flags of PyTensor are kept beside the folder; all of it is undone afterwards."""
    monkeypatch.setenv("HOME", str(tmp_path / "missing"))
    monkeypatch.setenv("MPLCONFIGDIR", "mine")
    monkeypatch.setenv("PYTENSOR_FLAGS", "floatX=float64")
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    with usable_caches():
        folder = Path(os.environ["NUMBA_CACHE_DIR"])
        assert folder.is_dir()
        assert os.environ["MPLCONFIGDIR"] == "mine"
        assert os.environ["PYTENSOR_FLAGS"] == f"floatX=float64,base_compiledir={folder}"
    assert not folder.exists()
    assert "NUMBA_CACHE_DIR" not in os.environ
    assert os.environ["PYTENSOR_FLAGS"] == "floatX=float64"
    monkeypatch.setenv("HOME", str(tmp_path))
    with usable_caches():
        assert not any(name in os.environ for name in caches.PLACES if name == "NUMBA_CACHE_DIR")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        ("fit", COHORT),
        ("prior", "sorafenib_joint.v1"),
        ("sbc", "sorafenib_joint.v1"),
        ("study", "run", "quick"),
        ("study", "size", "--identified"),
        ("compare", COHORT, "--model", "sorafenib_joint.v1", "--model", "sorafenib_observed.v1"),
    ],
    ids=lambda command: "-".join(command[:2]) if command[0] == "study" else command[0],
)
def test_home_of_nobody_is_a_usage_error_before_anything_runs(call, command):
    """``--out '~nobody-here/x'`` ends with 2 and says what to do, for every command that writes."""
    done = call(*command, "--out", "~nobody-here/x")
    assert done.exit_code == 2
    assert "Write the folder in full" in done.stderr
    assert "fault" not in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        f"fit {COHORT}",
        f"compare {COHORT} --model sorafenib_joint.v1 --model sorafenib_observed.v1 --out result",
        "study run quick --out result",
        "study size --identified",
        "sbc sorafenib_joint.v1",
    ],
    ids=lambda command: command[:9],
)
def test_small_address_space_is_said_so(tmp_path, command):
    """With 2 GB of addresses compiled code fails in strange words: the limit is named before anything runs, exit 2."""
    done = subprocess.run(
        ["sh", "-c", f"ulimit -v 2000000; exec {sys.executable} -m bayes_sora {command}"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "the address space is limited to 2.0 GB" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "literal_26").exists()


def test_fault_in_a_limited_address_space_is_put_down_to_it(monkeypatch, call):
    """Whatever compiled code raises there, such as "not enough values to unpack", ends with 2 and names the limit."""

    def fails(*_arguments, **_settings):
        msg = "not enough values to unpack (expected 2, got 1)"
        raise ValueError(msg)

    monkeypatch.setattr("bayes_sora.list_models", fails)
    monkeypatch.setattr("bayes_sora.cli.failure.address_space", lambda: 4e9)
    done = call("models", "list")
    assert done.exit_code == 2
    assert "limited to 4.0 GB" in done.stderr
    assert "not enough values to unpack" in done.stderr
