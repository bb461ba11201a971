"""What goes wrong inside a command becomes a message and an exit code."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from bayes_sora.cli.failure import failures_as_exit_codes
from bayes_sora.cli.terminal import Progress, aligned, printable
from bayes_sora.errors import TrustError, UsageError


def compiled_interrupt() -> SystemError:
    """Return the error into which compiled code turns Ctrl-C."""
    error = SystemError("returned a result with an exception set")
    error.__cause__ = KeyboardInterrupt()
    return error


@pytest.mark.parametrize(
    ("error", "code", "exit_code", "words"),
    [
        (UsageError("no such engine"), "usage", 2, "no such engine"),
        (TrustError(["R-hat is 1.2"]), "not_trustworthy", 4, "R-hat is 1.2"),
        (OSError(errno.ENOSPC, "No space left on device", "x.csv"), "usage", 2, "No space left on device: x.csv"),
        (PermissionError(errno.EROFS, "Read-only file system", "x"), "usage", 2, "Read-only file system: x"),
        (MemoryError(), "usage", 2, "not enough memory"),
        (KeyboardInterrupt(), "interrupted", 130, "no result was written"),
        (compiled_interrupt(), "interrupted", 130, "no result was written"),
        (ZeroDivisionError("division by zero"), "bug", 1, "--debug"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_error_becomes_message_json_and_exit_code(capsys, error, code, exit_code, words):
    """No traceback, the words on stderr, one JSON object on stdout."""
    with pytest.raises(click.exceptions.Exit) as ended, failures_as_exit_codes(as_json=True, debug=False):
        raise error
    assert ended.value.exit_code == exit_code
    captured = capsys.readouterr()
    assert words in captured.err
    assert "Traceback" not in captured.err
    document = json.loads(captured.out)["error"]
    assert document["code"] == code
    assert document["problems"] == []


def test_a_message_of_the_command_line_quotes_little_and_forges_nothing(capsys):
    """An argument of a page is shortened, and its line breaks are no lines of ours."""
    with pytest.raises(click.exceptions.Exit), failures_as_exit_codes(as_json=False, debug=False):
        raise click.BadParameter("1" * 100_000 + "\nerror: all is well")
    with pytest.raises(click.exceptions.Exit), failures_as_exit_codes(as_json=False, debug=False):
        raise UsageError("no model 'x\nerror: all is well\x1b[2J'")
    shown = capsys.readouterr().err
    assert len(shown) < 3000
    assert not [line for line in shown.splitlines() if line.startswith("error: all")]
    assert "\x1b" not in shown


def test_debug_lets_a_bug_through(capsys):
    """With --debug the traceback is Python's own."""
    with pytest.raises(ZeroDivisionError), failures_as_exit_codes(as_json=False, debug=True):
        raise ZeroDivisionError
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
def test_sigterm_unwinds_as_ctrl_c_does_and_the_old_handler_comes_back():
    """A batch system that ends a job gets 130; nothing is changed for the program around the command."""
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(click.exceptions.Exit) as ended, failures_as_exit_codes(as_json=False, debug=False):
        signal.raise_signal(signal.SIGTERM)
    assert ended.value.exit_code == 130
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.skipif(sys.platform == "win32", reason="no shell pipe")
def test_reader_that_goes_away_is_no_error():
    """``bayes-sora models list | head -c 1`` prints no traceback."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "bayes_sora", "models", "list"]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_full_disk_behind_stdout_is_told_on_stderr():
    """Exit code 2 and one line, although the JSON object for the error cannot be written either."""
    command = [sys.executable, "-m", "bayes_sora", "models", "list", "--json"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: No space left on device")
    assert "Traceback" not in done.stderr


def test_narrow_pipe_gets_what_its_encoding_lacks_written_out():
    """A pipe in Latin-1 shows ≥ as an escape instead of failing."""
    command = [sys.executable, "-m", "bayes_sora", "models", "show", "sorafenib_joint.v1"]
    environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    assert done.returncode == 0
    assert r"grade \u2265 3 toxicity" in done.stdout.decode("latin-1")


def test_control_characters_are_written_out_and_lines_kept():
    """Escape sequences, overwriting and reversed text cannot reach the terminal."""
    assert printable("a\x1b[2Jb\rc\nd\u202ee ≥ µ 患者") == "a\\x1b[2Jb\\rc\nd\\u202ee ≥ µ 患者"


def test_columns_of_a_table_are_aligned():
    """Every column starts at one place, and no line ends in blanks."""
    assert aligned([("a", "b", ""), ("long", "c", "d")]) == ["a     b", "long  c  d"]


class Terminal(io.StringIO):
    """A text stream that calls itself a terminal."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


def test_progress_on_a_terminal_stays_on_one_line_a_step(monkeypatch):
    """The percentage counts up in place."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    progress = Progress()
    progress("compiling", 0, 1)
    for done in (0, 5, 5, 10):
        progress("sampling", done, 10)
    progress.finish()
    assert terminal.getvalue() == "compiling\nsampling 0 %\rsampling 50 %\rsampling 100 %\n"


def test_progress_in_a_file_has_a_line_a_quarter(monkeypatch):
    """A thousand draws are five lines."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    progress = Progress()
    for done in range(1001):
        progress("sampling", done, 1000)
    progress.finish()
    assert stream.getvalue() == "".join(f"sampling {percent} %\n" for percent in (0, 25, 50, 75, 100))


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_no_color_takes_the_colours_away(monkeypatch, no_color, coloured):
    """NO_COLOR wins over a terminal; set but empty it counts as unset (no-color.org)."""
    from bayes_sora.cli.terminal import say  # noqa: PLC0415 - after the environment is set

    terminal = Terminal()
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr(sys, "stdout", terminal)
    say("answer", bold=True)
    assert ("\x1b[1m" in terminal.getvalue()) is coloured
