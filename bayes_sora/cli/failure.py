"""The border of the command line: what goes wrong becomes a message, a JSON object if asked for, and an exit code."""

from __future__ import annotations

import warnings
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

import click

from bayes_sora.address_space import address_space
from bayes_sora.cli.terminal import keep_printable, note, print_json
from bayes_sora.errors import LONGEST_SENTENCE, BayesSoraError, InputError, Problem, TrustError, one_line, shortened
from bayes_sora.interrupts import INTERRUPTED, answered, interrupted, interrupted_words, raise_if_interrupted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BUG, USAGE = 1, 2
MAX_LISTED = 50
AMPLE_ADDRESS_SPACE = 8e9
"""Bytes; what fails where less may be used is put down to that."""
CODES = {2: "usage", 3: "bad_input", 4: "not_trustworthy", 5: "incomplete"}


@contextmanager
def failures_as_exit_codes(*, as_json: bool, debug: bool) -> Iterator[None]:
    """Turn whatever is raised inside into a message on stderr and the exit code of the contract.

    Parameters
    ----------
    as_json : bool
        Print ``{"error": {"code", "message", "problems"}}`` on stdout as well.
    debug : bool
        Let a fault of bayes_sora itself through, with its traceback, and NumPy's warnings too.
    """
    keep_printable()
    try:
        with answered(), _as_one_interrupt(), _without_overflows(shown=debug):
            yield
    except (click.exceptions.Exit, click.Abort, BrokenPipeError):
        raise  # click ends quietly
    except BayesSoraError as error:
        fail(error, as_json=as_json)
    except click.ClickException as error:
        message = shortened(error.format_message(), limit=LONGEST_SENTENCE)  # it quotes what was typed
        click.UsageError(message, ctx=getattr(error, "ctx", None)).show()
        _answer_json(_plain_error("usage", message), as_json=as_json)
        raise click.exceptions.Exit(USAGE) from error
    except KeyboardInterrupt:
        _end_interrupted(as_json=as_json)
    except MemoryError:
        _end("usage", "there is not enough memory for this: ask for fewer draws or patients", USAGE, as_json=as_json)
    except OSError as error:
        _end("usage", _os_words(error), USAGE, as_json=as_json)
    # The one broad catch of the house: a traceback is of no use to a user, and --debug shows it.
    except Exception as error:
        if debug:
            raise
        if address_space() < AMPLE_ADDRESS_SPACE:
            _end("usage", _limited_words(error), USAGE, as_json=as_json)
        _end("bug", _bug_words(error), BUG, as_json=as_json)


def fail(error: BayesSoraError, *, as_json: bool, beside: dict[str, object] | None = None) -> NoReturn:
    """Print `error` without a traceback and end with its exit code.

    Parameters
    ----------
    error : BayesSoraError
    as_json : bool
    beside : dict, optional
        What else the JSON object holds: a result that is good in part.
    """
    message, *listed = _lines(error)
    note("\n".join((f"error: {message}", *listed)))
    _answer_json((beside or {}) | {"error": error_document(error)}, as_json=as_json)
    raise click.exceptions.Exit(error.exit_code)


def error_document(error: BayesSoraError) -> dict[str, object]:
    """Return the error as plain JSON values; every problem is in it, however many there are."""
    problems = error.problems if isinstance(error, InputError) else ()
    document: dict[str, object] = {"code": CODES.get(error.exit_code, "error"), "message": _lines(error)[0]}
    if isinstance(error, TrustError):
        document["reasons"] = list(error.reasons)
    return document | {"problems": problem_documents(problems)}


def problem_documents(problems: Iterable[Problem]) -> list[dict[str, object]]:
    """Return problems as plain JSON values, without the places they do not have."""
    return [
        {name: str(value) if name == "code" else value for name, value in vars(problem).items() if value is not None}
        for problem in problems
    ]


def _lines(error: BayesSoraError) -> list[str]:
    """Return a heading and one line a problem, the first of them when there are very many."""
    if not isinstance(error, InputError):
        return [one_line(str(error))]
    n_errors = sum(problem.severity == "error" for problem in error.problems)
    lines = [f"{n_errors} problem{'s' if n_errors != 1 else ''} in the input, nothing was written"]
    lines += [_problem_line(problem) for problem in error.problems[:MAX_LISTED]]
    if (more := len(error.problems) - MAX_LISTED) > 0:
        lines.append(f"  … and {more} more; --json lists them all")
    return lines


def _problem_line(problem: Problem) -> str:
    return f"  {problem}" if problem.severity == "error" else f"  note {problem}"


def _os_words(error: OSError) -> str:
    reason = error.strerror or str(error) or type(error).__name__
    where = "" if error.filename is None else f": {one_line(str(error.filename))}"
    return f"{reason}{where}. Check that the place exists, has room and may be written to"


def _limited_words(error: Exception) -> str:
    return (
        f"the address space of this process is limited to {address_space() / 1e9:.1f} GB (ulimit -v), in which "
        f"compiled code fails in many ways, here with {type(error).__name__}: {error}. Raise the limit and run it again"
    )


def _bug_words(error: Exception) -> str:
    return (
        f"bayes-sora failed, and it is not your data's fault: {type(error).__name__}: {one_line(str(error))}\n"
        "Run the same command as `bayes-sora --debug …` and report what it prints, without patients' data."
    )


@contextmanager
def _without_overflows(*, shown: bool) -> Iterator[None]:
    """Keep NumPy's warnings from stderr: they name lines of code, and the verdict on draws judges what came of them."""
    with warnings.catch_warnings():
        if not shown:
            warnings.simplefilter("ignore", RuntimeWarning)
        yield


@contextmanager
def _as_one_interrupt() -> Iterator[None]:
    """Raise Ctrl-C again, whatever became of it: compiled code turns it into a SystemError, or swallows it."""
    try:
        yield
    except Exception as error:
        if interrupted() or _is_interrupt(error):
            raise KeyboardInterrupt from error
        raise
    raise_if_interrupted()


def _is_interrupt(error: BaseException | None) -> bool:
    """Say whether an interrupt is behind an error."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _end_interrupted(*, as_json: bool) -> NoReturn:
    _end("interrupted", interrupted_words(), INTERRUPTED, as_json=as_json)


def _end(code: str, message: str, exit_code: int, *, as_json: bool) -> NoReturn:
    note(f"error: {message}")
    _answer_json(_plain_error(code, message), as_json=as_json)
    raise click.exceptions.Exit(exit_code)


def _plain_error(code: str, message: str) -> dict[str, object]:
    return {"error": {"code": code, "message": message, "problems": []}}


def _answer_json(document: dict[str, object], *, as_json: bool) -> None:
    # The failure may be that of stdout itself: a full disk, a reader that is gone.
    with suppress(OSError):
        if as_json:
            print_json(document)
