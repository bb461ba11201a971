"""One line on stderr that says how far a study is."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from bayes_sora.cli.terminal import note

if TYPE_CHECKING:
    from bayes_sora.study import StudyProgress

SECONDS_BETWEEN_LINES = 30.0


class StudyLine:
    """Done, failed and time left: in place on a terminal, else a line now and then and at the end."""

    def __init__(self) -> None:
        self._in_place = sys.stderr.isatty()
        self._last = -SECONDS_BETWEEN_LINES
        self._width = 0

    def __call__(self, progress: StudyProgress) -> None:
        """Hear how far it is."""
        now = time.monotonic()
        due = now - self._last >= SECONDS_BETWEEN_LINES or progress.done == progress.total
        if self._in_place:
            line = progress_words(progress)
            click.echo("\r" + line.ljust(self._width), nl=False, err=True)
            self._width = len(line)
        elif due:
            self._last = now
            click.echo(progress_words(progress), err=True)

    def note(self, text: str) -> None:
        """Print a note on a line of its own."""
        self.finish()
        note(f"note {text}")

    def finish(self) -> None:
        """End the line."""
        if self._width:
            click.echo(err=True)
        self._width = 0


def progress_words(progress: StudyProgress) -> str:
    """Return such as ``"1,200 of 3,000 replicates, 2 analyses failed, about 4 min left"``."""
    words = [f"{progress.done:,} of {progress.total:,} replicates"]
    if progress.failed:
        words.append(f"{progress.failed:,} analyses failed")
    if progress.seconds_left is not None and progress.done < progress.total:
        words.append(f"about {_duration(progress.seconds_left)} left")
    return ", ".join(words)


def _duration(seconds: float) -> str:
    if seconds < 90.0:
        return f"{seconds:.0f} s"
    minutes = seconds / 60.0
    return f"{minutes:.0f} min" if minutes < 90.0 else f"{minutes / 60.0:.1f} h"
