"""An interrupt is answered once, never lost, and undoes what was begun."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time

import pytest

from bayes_sora import interrupts
from tests.cli.interrupted import listening

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals differ")


def arrive():
    """Send this process a Ctrl-C."""
    signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("number", interrupts.ANSWERED)
def test_every_signal_that_asks_for_the_end_becomes_an_interrupt(number):
    """SIGINT, SIGTERM and SIGHUP raise KeyboardInterrupt, and the handlers of before come back."""
    before = [signal.getsignal(one) for one in interrupts.ANSWERED]
    with pytest.raises(KeyboardInterrupt), interrupts.answered():
        signal.raise_signal(number)
    assert interrupts.interrupted()
    assert [signal.getsignal(one) for one in interrupts.ANSWERED] == before


def interrupted_while(block):
    """Call `block` as a command that must end with an interrupt."""
    with pytest.raises(KeyboardInterrupt), interrupts.answered():
        block()


def test_held_interrupt_comes_after_the_block():
    """Two steps that belong together are both done, then the interrupt is raised."""
    done = []

    def steps():
        with interrupts.held():
            done.append(1)
            arrive()
            done.append(2)
        done.append(3)

    interrupted_while(steps)
    assert done == [1, 2]


def test_second_interrupt_does_not_disturb_the_answer_to_the_first():
    """Who presses Ctrl-C again and again does not cut the clearing up short."""
    cleared = []

    def clears():
        try:
            arrive()
        finally:
            arrive()
            cleared.append(True)

    interrupted_while(clears)
    assert cleared


def test_interrupt_swallowed_by_a_destructor_is_raised_again(capsys):
    """Python drops what a destructor raises; the interrupt comes a moment later, and nothing is printed."""

    class Swallows:
        def __del__(self):
            arrive()

    def drops():
        one = Swallows()
        del one
        gc.collect()
        time.sleep(5.0)

    interrupted_while(drops)
    assert capsys.readouterr().err == ""


def test_interrupt_that_was_caught_is_found_before_a_result_stands():
    """Code that catches all exceptions cannot make an interrupted run pass for a finished one; the next one is free."""

    def catches():
        with pytest.raises(KeyboardInterrupt):
            arrive()
        interrupts.raise_if_interrupted()

    interrupted_while(catches)
    with interrupts.answered():
        interrupts.raise_if_interrupted()


def test_interrupt_waits_while_a_compiled_module_is_imported():
    """What is raised inside the import of an extension module may abort the process: it is raised after it."""
    imported = []

    def imports():
        arrive()
        imported.append(True)

    imports.__code__ = imports.__code__.replace(co_qualname="ExtensionFileLoader.exec_module")

    def runs():
        imports()
        time.sleep(5.0)

    interrupted_while(runs)
    assert imported


def test_undo_is_done_once_whether_the_block_ends_or_the_process():
    """What a block must undo is undone at its end; nothing is undone that was not begun."""
    undone = []

    def cut_off():
        with interrupts.undone(lambda: undone.append("cut off")):
            arrive()

    with interrupts.undone(lambda: undone.append("block")):
        interrupts.undone(lambda: undone.append("never begun"))
    interrupted_while(cut_off)
    assert undone == ["block", "cut off"]


STUBBORN = """
import sys, time
from bayes_sora import interrupts
interrupts.PATIENCE_SECONDS = 1.0
interrupts.answer_from_now_on()
with interrupts.answered(), interrupts.undone(lambda: print("undone", flush=True)):
    while True:
        try:
            print("ready", flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            pass
"""
LOCKED = """
import threading, time
from bayes_sora import interrupts
interrupts.PATIENCE_SECONDS = 1.0
interrupts.answer_from_now_on()
with interrupts.answered(), threading._active_limbo_lock:
    try:
        print("ready", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        time.sleep(60)
"""
DYNAMIC = """
from bayes_sora import interrupts
interrupts.answer_from_now_on()
try:
    with interrupts.answered():
        exec("import signal; signal.raise_signal(signal.SIGINT)")
except KeyboardInterrupt:
    raise SystemExit(130)
"""


def test_process_that_does_not_answer_is_ended_by_the_watch():
    """Where the interrupt is swallowed without a trace the process ends all the same, in words and with 130."""
    with _program(STUBBORN) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stdout.removeprefix("ready\n") == "undone\n"
    assert stderr == "error: interrupted: no result was written\n"


def test_interrupt_while_a_thread_is_being_started_ends_the_process():
    """The handler starts no thread: in the midst of a start its lock is taken, and the process would stand for ever."""
    with _program(LOCKED) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr == "error: interrupted: no result was written\n"


def test_interrupt_inside_code_made_at_run_time_ends_with_its_exit_code():
    """An interrupt that passes through exec() ends the process with 130 and not by the signal, as Python would."""
    with _program(DYNAMIC) as process:
        process.communicate(timeout=60)
    assert process.returncode == 130


def _program(text: str) -> subprocess.Popen[str]:
    with listening():
        return subprocess.Popen(
            [sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
        )
