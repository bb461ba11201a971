"""Where a result may go, known before anything is sampled."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple

import pytest

from bayes_sora.errors import UsageError
from bayes_sora.report import check_destination


def test_new_folder_may_have_new_parents(tmp_path):
    """Neither the folder nor its parents need to exist, and checking makes none of them."""
    assert check_destination(tmp_path / "a" / "b") == tmp_path / "a" / "b"
    assert not (tmp_path / "a").exists()


def test_existing_result_needs_overwrite(result):
    """A result is replaced only on request."""
    with pytest.raises(UsageError, match="overwrite"):
        check_destination(result)
    assert check_destination(result, overwrite=True) == result


def test_empty_folder_may_be_overwritten(tmp_path):
    """An empty folder holds nobody's work."""
    assert check_destination(tmp_path, overwrite=True) == tmp_path


@pytest.mark.parametrize("name", ["notes.txt", "provenance.json"])
def test_folder_of_something_else_is_never_replaced(tmp_path, name):
    """A folder without our mark is refused even with overwrite."""
    (tmp_path / name).write_text('{"kind": "something else"}')
    with pytest.raises(UsageError, match="something other than a bayes_sora result and is never replaced"):
        check_destination(tmp_path, overwrite=True)
    assert (tmp_path / name).exists()


def test_result_with_a_stranger_inside_is_never_replaced(result):
    """A file that somebody added to a result would be lost, so the folder is refused; not for a browser's file."""
    (result / ".DS_Store").write_text("")
    assert check_destination(result, overwrite=True) == result
    (result / "thesis.docx").write_text("years of work")
    with pytest.raises(UsageError, match="never replaced"):
        check_destination(result, overwrite=True)


def test_file_in_the_way(tmp_path):
    """A file is neither a folder nor a parent."""
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(UsageError, match="is a file"):
        check_destination(file, overwrite=True)
    with pytest.raises(UsageError, match="is a file"):
        check_destination(file / "result")


def test_read_only_parent(tmp_path, monkeypatch):
    """A parent that cannot be written into is known beforehand."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UsageError, match="read-only"):
        check_destination(tmp_path / "result")


def test_full_disk(tmp_path, monkeypatch):
    """A disk without room is known beforehand."""
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1, 1, 0))
    with pytest.raises(UsageError, match="64 MiB"):
        check_destination(tmp_path / "result")
