"""A regular file is read up to its budget; whatever else a path can name is refused at once, never waited for."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from bayes_sora.files import NotAFile, read_regular


def test_a_file_is_read_whole_and_a_large_one_to_its_budget(tmp_path):
    """A file within its budget comes back as it is, a larger one cut where the caller can see that it is larger."""
    path = tmp_path / "a b#?%.txt"
    path.write_bytes(b"0123456789")
    assert read_regular(path, most_bytes=10) == b"0123456789"
    assert read_regular(path, most_bytes=9) == b"0123456789"
    assert read_regular(path, most_bytes=3) == b"0123"
    (tmp_path / "link").symlink_to(path)
    assert read_regular(tmp_path / "link", most_bytes=10) == b"0123456789"


@pytest.mark.parametrize("kind", ["folder", "pipe", "socket", "device", "link to a pipe"])
def test_what_is_no_file_is_refused_at_once(tmp_path, kind):
    """A pipe without a writer, a socket, a device without end and a folder are named as what they are."""
    path = Path("/dev/zero") if kind == "device" else tmp_path / "x"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(str(path))
    elif kind == "link to a pipe":
        os.mkfifo(tmp_path / "pipe")
        path.symlink_to(tmp_path / "pipe")
    with pytest.raises(NotAFile, match="a folder" if kind == "folder" else "a pipe, a socket or a device"):
        read_regular(path, most_bytes=10)


@pytest.mark.parametrize(
    ("name", "words"), [("none", "No such file"), ("a\0b", "not a valid file name"), ("x" * 300, "File name too long")]
)
def test_a_path_that_names_nothing_says_why(tmp_path, name, words):
    """A missing file, a NUL and an overlong name are errors of the operating system with words of their own."""
    with pytest.raises(OSError, match=words):
        read_regular(tmp_path / name, most_bytes=10)
