"""Folders whose names a library could take for something else: everything arrives where it was sent, and only there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

import bayes_sora as bs
from bayes_sora.cli.main import main
from bayes_sora.errors import UsageError
from bayes_sora.report import folder as folder_module
from bayes_sora.report import read_result, write_result
from bayes_sora.report.destination import rewritten_folder, whole_folder
from bayes_sora.report.tree import write_tree
from tests.conftest import make_fake_fit
from tests.report.conftest import draw_nothing

ENTRIES = {"posterior.zarr", "window.json", "curves.csv", "report.html", "figures", "provenance.json"}
NAMES = (
    "study #1",
    "what?",
    "50%",
    "100%25",
    "a b  c",
    " blanks around ",
    "Ωμέγα μg",
    "日本",
    "e\u0301",
    "[x]",
    "{a,b}",
    "*",
    "**",
    "a;b&c=d",
    "file:x",
    "s3:x",
    "memory:x",
    "x.zip",
    "x.zarr",
    "$HOME",
    "'q\" `w`",
    "-dash",
    ".hidden",
    "a\\b",
    "C:",
    "::",
    "a@b",
    "new\nline",
    "zarr.json",
)


@pytest.fixture(scope="module")
def small_fit():
    """Make a fit of one endpoint and few draws, which is written in no time."""
    cohort = bs.simulate("moderate", n=6, seed=1).cohort
    return make_fake_fit(cohort, model="toxicity_only.v1", chains=2, draws=100)


def below(folder: Path) -> set[str]:
    """Return the paths of everything below a folder down to the entries of a result."""
    return {path.relative_to(folder).as_posix() for depth in ("*", "*/*", "*/*/*") for path in folder.glob(depth)}


@pytest.mark.usefixtures("no_figures")
@pytest.mark.parametrize("name", NAMES)
def test_name_parent_and_working_directory(small_fit, tmp_path, monkeypatch, name):
    """With such a name for folder, parent and working directory the result is whole, and nothing else is written."""
    here = tmp_path / name
    here.mkdir()
    monkeypatch.chdir(here)
    folder = write_result(small_fit, Path(name) / name)
    expected = {name, f"{name}/{name}"} | {f"{name}/{name}/{entry}" for entry in ENTRIES}
    assert below(here) == expected
    assert {path.name for path in tmp_path.iterdir()} == {name}
    found = read_result(folder)
    assert found.posterior.equals(small_fit.posterior)
    write_result(small_fit, folder, overwrite=True)
    assert below(here) == expected


def test_commands_in_such_a_place(small_fit, tmp_path, monkeypatch):
    """`report` with its real figures, and `predict`, read and write where they are told to."""
    name = "Study #3? 50% [x] {a}"
    here = tmp_path / name
    here.mkdir()
    monkeypatch.chdir(here)
    with monkeypatch.context() as patch:
        patch.setattr(folder_module, "draw_images", draw_nothing)
        write_result(small_fit, name)
    assert CliRunner().invoke(main, ("report", name)).exit_code == 0
    assert CliRunner().invoke(main, ("predict", name, "--trough", "3.0", "--window", "limits")).exit_code in (2, 4)
    outside_figures = {path for path in below(here) if "/figures/" not in path}
    assert {path for path in outside_figures if path.count("/") < 2} == {name} | {f"{name}/{part}" for part in ENTRIES}
    assert list((Path(name) / "figures").glob("*.svg"))


def test_figures_that_went_elsewhere(small_fit, tmp_path, monkeypatch):
    """A result without its figures never takes its place."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(folder_module, "draw_images", lambda *_, **__: {})
    with pytest.raises(UsageError, match="figures did not arrive"):
        write_result(small_fit, "result")
    assert not list(tmp_path.iterdir())


def test_name_in_another_encoding(small_fit, tmp_path, monkeypatch):
    """A folder whose name is no UTF-8, as old archives have them, is written and read, and so is the command given."""
    name = os.fsdecode(b"caf\xe9")
    try:
        (tmp_path / name).mkdir()
    except OSError:
        return  # a file system that has no such names
    monkeypatch.setattr(folder_module, "draw_images", lambda _fit, folder, **_: folder.mkdir() or {})
    folder = write_result(small_fit, tmp_path / name / name, command=["bayes-sora", "fit", "--out", name])
    assert read_result(folder).posterior.equals(small_fit.posterior)


def test_entries_that_went_elsewhere(tmp_path):
    """A folder that lacks what was promised never takes its place, and the temporary one goes."""
    with pytest.raises(UsageError, match=r"a\.csv did not arrive"), whole_folder(tmp_path / "new", promised=("a.csv",)):
        (tmp_path / "a.csv").write_text("elsewhere")
    assert {path.name for path in tmp_path.iterdir()} == {"a.csv"}


def test_an_array_that_went_elsewhere(small_fit, tmp_path, monkeypatch):
    """The posterior is looked at after it was written: an array that did not arrive is an error of the disk."""
    from zarr import storage  # noqa: PLC0415 - the place that write_tree takes it from

    real = storage.LocalStore
    monkeypatch.setattr(storage, "LocalStore", lambda path, **options: real(f"{path}-elsewhere", **options))
    with pytest.raises((OSError, bs.InputError)):
        write_tree(small_fit, tmp_path / "posterior.zarr")


def test_a_pipe_beside_the_parts_is_not_copied(tmp_path):
    """Rewriting a folder keeps regular files and links as they are; a pipe, which has no end, is refused by name."""
    folder = tmp_path / "result"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    (folder / "link").symlink_to("/dev/zero")
    with rewritten_folder(folder, rewritten=(), promised=("mine.txt",)) as temporary:
        assert (temporary / "link").is_symlink()
    os.mkfifo(folder / "pipe")
    with pytest.raises(UsageError, match="pipe"), rewritten_folder(folder, rewritten=(), promised=()):
        pass
    assert {path.name for path in folder.iterdir()} == {"mine.txt", "link", "pipe"}
    assert {path.name for path in tmp_path.iterdir()} == {"result"}
