"""Temporary siblings name their owner: those of the dead are swept, those of the living stay."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bayes_sora.errors import UsageError
from bayes_sora.places import REPLACED, WRITING, full_path, new_owner, sibling, sweep_siblings, temporary_sibling

NAMES = ["result", "study #1", "what?", "100 %", "[a]*", "患者", "x" * 200, "." * 3 + "a"]


@pytest.fixture
def gone() -> str:
    """Return the number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return str(process.pid)


def owned_by(path: Path, process: str) -> Path:
    """Return a sibling of `path` as the process called `process` would have named it."""
    own = sibling(path, WRITING)
    return own.with_name(own.name.replace(f"~{os.getpid()}~", f"~{process}~"))


@pytest.mark.parametrize("name", NAMES)
def test_what_the_dead_left_is_swept_and_nothing_else(tmp_path, gone, name):
    """Only the sibling of a process that is gone goes: not one in use, not one of another machine, not another name."""
    path = tmp_path / name
    dead, alive, own = owned_by(path, gone), owned_by(path, str(os.getppid())), sibling(path, WRITING)
    elsewhere = dead.with_name(dead.name.replace(socket.gethostname(), "elsewhere"))
    other = owned_by(tmp_path / f"{name[:50]} other", gone)
    for one in (dead, alive, own, elsewhere, other):
        one.mkdir()
        (one / "part").write_text("")
    sweep_siblings(path)
    assert sorted(tmp_path.iterdir()) == sorted((alive, own, elsewhere, other))


def test_number_given_again_to_this_process_is_no_sign_of_life(tmp_path):
    """In a container every process may have the number of the one before: what this one did not make is a leftover."""
    path = tmp_path / "result"
    before = path.with_name(f".result.writing-{socket.gethostname()}~{os.getpid()}~00000000")
    before.mkdir()
    sweep_siblings(path)
    assert not before.exists()


def test_result_put_aside_by_a_process_killed_between_two_renames_comes_back(tmp_path, gone):
    """The old result is not lost; where the new one is in place it is removed."""
    path = tmp_path / "result"
    aside = Path(str(owned_by(path, gone)).replace(WRITING, REPLACED))
    for present in (False, True):
        aside.mkdir()
        (aside / "old").write_text("old")
        sweep_siblings(path)
        assert (path / "old").exists()
        assert not aside.exists(), present


def test_temporary_sibling_goes_with_the_parents_made_for_it(tmp_path):
    """A run that ends early leaves neither its folder nor the parents that it made; a finished one its result."""
    path = tmp_path / "a" / "b" / "result"
    with temporary_sibling(path) as temporary:
        assert temporary.parent == path.parent
    assert list(tmp_path.iterdir()) == []
    with temporary_sibling(path) as temporary:
        temporary.rename(path)
    assert [one.name for one in path.parent.iterdir()] == ["result"]


def test_home_of_nobody_is_a_usage_error():
    """A user that does not exist, and a name with a NUL, are errors in words; a home is one's own."""
    with pytest.raises(UsageError, match=r"Write the folder in full"):
        full_path("~no-such-user-here/x")
    with pytest.raises(UsageError, match="cannot be a folder"):
        full_path("a\0b")
    assert full_path("~/x") == Path.home().resolve() / "x"
    assert new_owner() != new_owner()
