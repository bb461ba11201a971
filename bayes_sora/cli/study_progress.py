"""One line on stderr that says how far a study is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bayes_sora.cli.terminal import is_terminal, note, tell

if TYPE_CHECKING:
    from bayes_sora.study import StudyProgress

SECONDS_BETWEEN_LINES = 30.0


class StudyLine:
    """Done, failed and time left: in place on a terminal, else a line now and then and at the end."""

    def __init__(self) -> None:
        self._in_place = is_terminal()
        self._last = -SECONDS_BETWEEN_LINES
        self._width = 0

    def __call__(self, progress: StudyProgress) -> None:
        """Hear how far it is."""
        now = time.monotonic()
        due = now - self._last >= SECONDS_BETWEEN_LINES or progress.done == progress.total
        if self._in_place:
            line = progress_words(progress)
            tell("\r" + line.ljust(self._width))
            self._width = len(line)
        elif due:
            self._last = now
            tell(progress_words(progress) + "\n")

    def note(self, text: str) -> None:
        """Print a note on a line of its own."""
        self.finish()
        note(f"note {text}")

    def finish(self) -> None:
        """End the line."""
        if self._width:
            tell("\n")
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
