"""Write the result folder of a fit, or its report again."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bayes_sora.arguments import CALLBACK, FLAG, PATH, TEXTS, check_argument, instance
from bayes_sora.fitting import Fit
from bayes_sora.fitting.document import to_json, window_document
from bayes_sora.report.curves_table import curves_csv
from bayes_sora.report.destination import check_arrived, rewritten_folder, whole_folder
from bayes_sora.report.html import render_report
from bayes_sora.report.images import draw_images, figure_files, share_images
from bayes_sora.report.layout import CURVES, ENTRIES, FIGURES, POSTERIOR, PROVENANCE, REPORT, WINDOW
from bayes_sora.report.read import read_fit
from bayes_sora.report.record import provenance_record, with_checksums
from bayes_sora.report.second import ended_by_failure, result_or, share_fit
from bayes_sora.report.tree import write_tree

if TYPE_CHECKING:
    import os
    from concurrent.futures import Executor

    from bayes_sora.modelfile.asked import Asked

    Progress = Callable[[str, int, int], None]

STEPS = 4


def write_result(
    fit: Fit,
    folder: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    force: bool = False,
    command: Sequence[str] | None = None,
    progress: Progress | None = None,
    helper: Executor | None = None,
) -> Path:
    """Write everything about a fit into one folder, whole or not at all.

    Parameters
    ----------
    fit : Fit
    folder : path
        The folder to make, parents included.
    overwrite : bool
        Replace an earlier result; the old one goes only when the new one is complete. A folder that holds anything
        else is never replaced.
    force : bool
        Print windows also of a fit that must be refused.
    command : sequence of str, optional
        The command that asked for the fit, for the record.
    progress : callable, optional
        Hears (what is being done, steps done, steps in all).
    helper : Executor, optional
        A second process, which writes the posterior and draws figures while this one draws others.

    Returns
    -------
    Path
        The folder: ``posterior.zarr``, ``window.json``, ``curves.csv``, ``report.html``, ``figures/`` (SVG and PNG),
        ``provenance.json`` and nothing else.

    Raises
    ------
    UsageError
        When the folder exists, is not a result, or cannot be written.
    """
    check_argument("fit", fit, instance("a Fit", Fit))
    check_argument("folder", folder, PATH)
    check_argument("overwrite", overwrite, FLAG)
    check_argument("force", force, FLAG)
    check_argument("command", command, TEXTS.or_none())
    check_argument("progress", progress, CALLBACK.or_none())
    heard = progress or _silent
    seconds: dict[str, float] = {}
    with (
        whole_folder(folder, promised=ENTRIES, overwrite=overwrite) as temporary,
        ended_by_failure(helper),
    ):
        heard("writing windows and curves", 0, STEPS)
        with _timed(seconds, WINDOW):
            _write_text(temporary / WINDOW, to_json(window_document(fit, force=force)))
        # Every window is found by now and travels with the fit.
        second = share_fit(fit, helper)
        posterior = second.submit(write_tree, temporary / POSTERIOR) if second else None
        share = share_images(fit, temporary / FIGURES, force=force, second=second) if second else None
        with _timed(seconds, CURVES):
            _write_text(temporary / CURVES, curves_csv(fit, force=force))
        if posterior is None:
            heard("writing the posterior", 1, STEPS)
            with _timed(seconds, POSTERIOR):
                write_tree(fit, temporary / POSTERIOR)
        heard("drawing the figures", 2, STEPS)
        with _timed(seconds, FIGURES):
            images = draw_images(fit, temporary / FIGURES, force=force, share=share)
        check_arrived(temporary / FIGURES, figure_files(images))
        if posterior is not None:
            result_or(posterior, partial(_write_tree_again, fit, temporary / POSTERIOR))
        heard("writing the report", 3, STEPS)
        with _timed(seconds, REPORT):
            _write_text(temporary / REPORT, render_report(fit, images, force=force))
        record = provenance_record(fit, temporary, forced=force, writing_seconds=seconds, command=command)
        _write_text(temporary / PROVENANCE, to_json(record))
    heard("done", STEPS, STEPS)
    return Path(folder)


def rebuild_report(folder: str | os.PathLike[str], *, asked: Asked | None = None) -> Path:
    """Write report.html and the figures of a result folder again, from what the folder holds.

    The draws are those of the fit that was written. Another question is answered by window.json and curves.csv as well,
    which are written again where they answer another one than the report does; nothing else in the folder changes.

    Parameters
    ----------
    folder : path
    asked : Asked, optional
        What is asked in place of the questions that the fit was made with.

    Returns
    -------
    Path
        The report.

    Raises
    ------
    InputError
        When the folder is not a result, or damaged.
    UsageError
        When it cannot be written.
    """
    result = Path(folder)
    fit, record = read_fit(result)
    force = bool(record["forced"])
    numbers = asked is not None or _answers_another_question(result / WINDOW, fit)
    fit = fit if asked is None else fit.asked(asked)
    rewritten = (REPORT, FIGURES, *((WINDOW, CURVES, PROVENANCE) if numbers else ()))
    with rewritten_folder(result, rewritten=rewritten, promised=ENTRIES) as temporary:
        if numbers:
            _write_text(temporary / WINDOW, to_json(window_document(fit, force=force)))
            _write_text(temporary / CURVES, curves_csv(fit, force=force))
            _write_text(temporary / PROVENANCE, to_json(with_checksums(record, temporary)))
        images = draw_images(fit, temporary / FIGURES, force=force)
        check_arrived(temporary / FIGURES, figure_files(images))
        _write_text(temporary / REPORT, render_report(fit, images, force=force))
    return result / REPORT


def _answers_another_question(path: Path, fit: Fit) -> bool:
    """Whether a window.json was written for another question than the fit's own; False where that cannot be said."""
    try:
        written = json.loads(path.read_bytes())
        windows = written["windows"] or {}
        settings = {kind: one["settings"] for kind, one in windows.items() if one is not None}
        published = [(one["name"], one["lower"], one["upper"]) for one in written["published"] or ()]
    except (OSError, ValueError, TypeError, KeyError):
        return False
    own = {asked.kind: asked.as_dict() for asked in fit.model_file.questions.all}
    size = fit.curves.unit.mg_l
    windows_of_file = [
        (one.name, *(None if end is None else end / size for end in (one.lower_mg_l, one.upper_mg_l)))
        for one in fit.model_file.published
    ]
    return any(own[kind] != asked for kind, asked in settings.items()) or bool(
        published and published != windows_of_file
    )


@contextmanager
def _timed(seconds: dict[str, float], part: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    seconds[part] = time.perf_counter() - started


def _write_tree_again(fit: Fit, path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    write_tree(fit, path)


def _write_text(path: Path, text: str) -> None:
    path.write_bytes(text.encode())


def _silent(what: str, done: int, in_all: int) -> None:
    """Hear nothing."""
