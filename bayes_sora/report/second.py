"""A second process that holds a fit and writes parts of its result folder while the first one writes others."""

from __future__ import annotations

import io
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Concatenate

from bayes_sora.processes import end_pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor, Future

    from bayes_sora.fitting import Fit

LARGEST_TO_SHARE = 500e6
"""Bytes of draws: above, copying them to a second process costs more memory than its help is worth."""

# What the second process holds between its tasks: a fit travels once.
_held: list[Fit] = []


@dataclass(frozen=True)
class SecondProcess:
    """A process that holds a fit; made by :func:`share_fit`."""

    executor: Executor

    def submit[**Given, Made](
        self, part: Callable[Concatenate[Fit, Given], Made], *args: Given.args, **kwargs: Given.kwargs
    ) -> Future[Made]:
        """Have `part` called with the fit held and the arguments; a module-level function."""
        return self.executor.submit(_call, part, args, kwargs)


def share_fit(fit: Fit, executor: Executor | None) -> SecondProcess | None:
    """Send a fit to the one process of `executor`; None when there is none, or the draws are too many to copy."""
    if executor is None or fit.posterior.nbytes > LARGEST_TO_SHARE:
        return None
    executor.submit(_hold, fit)
    return SecondProcess(executor)


@contextmanager
def ended_by_failure(executor: Executor | None) -> Iterator[None]:
    """End a second process when the block fails: it must not go on to write into a folder that is then removed."""
    try:
        yield
    except BaseException:
        if executor is not None:
            end_pool(executor)
        raise


def prepare_second() -> None:
    """Import what writing and drawing need and find the fonts, so that nobody waits for it later."""
    import zarr  # noqa: F401, PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    from bayes_sora.figures import figure_context  # noqa: PLC0415

    with figure_context():
        figure = Figure()
        figure.text(0, 0, "x")
        for form in ("svg", "png"):
            figure.savefig(io.BytesIO(), format=form)


def _hold(fit: Fit) -> None:
    _held[:] = [fit]


def _call[Made](part: Callable[..., Made], args: tuple[object, ...], kwargs: dict[str, object]) -> Made:
    (fit,) = _held
    return part(fit, *args, **kwargs)


def result_or[Made](future: Future[Made], otherwise: Callable[[], Made]) -> Made:
    """Return what the second process made; when it was killed, perhaps for its memory, make it here."""
    try:
        return future.result()
    except BrokenExecutor:  # nothing is lost but time
        return otherwise()
