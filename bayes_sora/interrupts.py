"""Ctrl-C and its kin, answered once: whatever the command is doing, it ends soon and leaves nothing half done.

An interrupt becomes a ``KeyboardInterrupt`` in the main thread, as ever. Three things are added for a process that is
ours. Worker processes end at once, so that none writes into a folder that is being removed. An interrupt that compiled
code or a destructor swallows is raised again. And where nothing helps, a watch ends the process after some seconds.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import sys
import threading
import time
from _thread import interrupt_main
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

INTERRUPTED = 130
"""Exit code of an interrupted command."""
NOTHING_WRITTEN = "interrupted: no result was written"
PATIENCE_SECONDS = 10.0
"""So long a command may take to end by itself after an interrupt."""
LOOK_SECONDS = 0.1
NATIVE_IMPORTS = frozenset({"ExtensionFileLoader.create_module", "ExtensionFileLoader.exec_module"})
ANSWERED = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@dataclass
class _State:
    """What is known of interrupts in this process; there is one."""

    phase: Literal["outside", "begun", "inside", "over"] = "outside"
    command: int = 0
    arrived: int = 0
    swallowed: bool = False
    held: int = 0
    waiting: bool = False
    words: str = NOTHING_WRITTEN
    undo: dict[object, Callable[[], None]] = field(default_factory=dict)


_state = _State()


def answer_from_now_on() -> None:
    """Answer interrupts until the process ends; called first of all by a program.

    Until a command begins (see :func:`answered`) an interrupt ends the process with one line, for nothing is there to
    be cleared; after it, interrupts are ignored, for the process is about to end anyway.
    """
    _state.phase = "begun"
    atexit.register(_end_for_certain)  # registered first, called last
    for number in ANSWERED:
        # Whoever starts a command with `nohup` or in the background of a script has the signal ignored on purpose.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _handle)


@contextmanager
def answered() -> Iterator[None]:
    """Raise ``KeyboardInterrupt`` for every signal that asks the process to end, while a command runs.

    What is left to undo is undone at the end (see :func:`undone`). In a program that called
    :func:`answer_from_now_on` later interrupts are ignored; else the handlers of before come back.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set a handler
        return
    ours = _state.phase == "begun"
    before = {} if ours else {number: signal.getsignal(number) for number in ANSWERED}
    hook = sys.unraisablehook
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _handle)
    sys.unraisablehook = _note_swallowed
    _state.phase, _state.arrived, _state.swallowed, _state.words = "inside", 0, False, NOTHING_WRITTEN
    _state.command += 1
    # Started now and not by the handler: a handler runs in the midst of anything, also of what starts another thread,
    # whose locks are then taken.
    threading.Thread(target=_watch, args=(_state.command,), name="watch-interrupt", daemon=True).start()
    try:
        yield
    finally:
        _state.phase = "over" if ours else "outside"
        sys.unraisablehook = hook
        for number in ANSWERED:
            if signal.getsignal(number) is _handle:
                signal.signal(number, before.get(number, signal.SIG_IGN))
        _undo_all()


def interrupted() -> bool:
    """Return whether an interrupt arrived since the command began, also one that was swallowed."""
    return bool(_state.arrived)


def interrupted_words() -> str:
    """Return what to say of an interrupt: what it leaves behind, and how to go on."""
    return _state.words


def say_when_interrupted(words: str) -> None:
    """Set what an interrupt from now on leaves behind, such as ``"the result is written"``."""
    _state.words = f"interrupted: {words}"


def raise_if_interrupted() -> None:
    """Raise the interrupt that something swallowed: called before a result is let stand."""
    if _state.phase == "inside" and _state.arrived:
        raise KeyboardInterrupt


@contextmanager
def held() -> Iterator[None]:
    """Let an interrupt wait until the block has ended: for steps that belong together."""
    if threading.current_thread() is not threading.main_thread():
        yield  # interrupts are raised in the main thread alone
        return
    _state.held += 1
    try:
        yield
    finally:
        _state.held -= 1
        if _state.waiting and not _state.held:
            _state.waiting = False
            _raise()


@contextmanager
def undone(undo: Callable[[], None]) -> Iterator[None]:
    """Call `undo` when the block ends, or when the process does because of an interrupt, whichever comes first."""
    key = object()
    _state.undo[key] = undo
    try:
        yield
    finally:
        with held():
            undo()
            _state.undo.pop(key, None)


def _handle(number: int, frame: FrameType | None) -> None:
    if _state.phase == "begun":
        _end_now()
    if _state.phase != "inside" or (_state.arrived and not _state.swallowed):
        return  # an interrupt is answered once; the watch sees to it that it is
    _state.arrived, _state.swallowed = number, False
    if _state.held:
        _state.waiting = True
    elif _in_native_import(frame):
        _state.swallowed = True
    else:
        _raise()


def _in_native_import(frame: FrameType | None) -> bool:
    """Say whether a compiled module is being imported: what is raised in there may abort the process, so it waits."""
    while frame is not None:
        if frame.f_code.co_qualname in NATIVE_IMPORTS:
            return True
        frame = frame.f_back
    return False


def _raise() -> NoReturn:
    _end_workers()
    raise KeyboardInterrupt


def _watch(command: int) -> None:
    """Raise an interrupt again that was swallowed, and end the process when the command does not end by itself."""
    while not _state.arrived:
        time.sleep(LOOK_SECONDS)
        if _state.phase != "inside" or _state.command != command:
            return
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        if _state.phase == "outside" or _state.command != command:
            return
        if _state.swallowed and _state.phase == "inside":
            interrupt_main(signal.Signals(_state.arrived))
    _end_now()


def _note_swallowed(unraisable: sys.UnraisableHookArgs) -> None:
    """Keep silent about an interrupt that was raised where nothing can be raised, and have it raised again."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        _state.swallowed = True
    else:
        sys.__unraisablehook__(unraisable)


def _end_for_certain() -> None:
    """End an interrupted program with its exit code.

    Python itself would kill the process by SIGINT when the exception has passed through code that is made at run time,
    as that of dataclasses is, although the exception was answered later on.
    """
    if _state.arrived:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(INTERRUPTED)


def _end_now() -> NoReturn:
    """End the process without unwinding its stack, which does not unwind, or holds nothing yet."""
    said = _state.phase == "over"
    _end_workers()
    _undo_all()
    if not said:
        with suppress(OSError):
            os.write(2, f"error: {_state.words}\n".encode(errors="replace"))
        if "--json" in sys.argv:
            document = {"error": {"code": "interrupted", "message": _state.words, "problems": []}}
            with suppress(OSError):
                os.write(1, json.dumps(document, indent=1).encode() + b"\n")
    os._exit(INTERRUPTED)


def _end_workers() -> None:
    """End the worker processes of this process, in the middle of what they are doing."""
    if "multiprocessing.process" not in sys.modules:
        return
    from multiprocessing import active_children  # noqa: PLC0415 - a program that starts no process need not load it

    workers = active_children()
    for worker in workers:
        worker.kill()
    for worker in workers:
        worker.join(1.0)


def _undo_all() -> None:
    while _state.undo:
        _, undo = _state.undo.popitem()
        undo()
