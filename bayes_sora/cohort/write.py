"""Write a cohort as canonical CSV that reads back to the same numbers, bit by bit."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bayes_sora.arguments import PATH, check_argument, instance
from bayes_sora.cohort.names import EVENT_TYPE_PREFIX
from bayes_sora.cohort.table import ABOVE_ULOQ, BELOW_LLOQ, MEASURED, Cohort
from bayes_sora.errors import UsageError, shortened

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from bayes_sora.cohort.table import Doses
    from bayes_sora.types import FloatArray

_SIGN = {MEASURED: "", BELOW_LLOQ: "<", ABOVE_ULOQ: ">"}
_NUMBERS = (
    "toxicity",
    "response",
    "os_months",
    "death",
    "grade",
    "dose_mg",
    "entry_months",
    "os_months_low",
    "toxicity_month",
)
_LABELS = ("site", "study")


def write_cohort(
    cohort: Cohort,
    path: str | os.PathLike[str],
    *,
    troughs_path: str | os.PathLike[str] | None = None,
    doses_path: str | os.PathLike[str] | None = None,
) -> None:
    r"""Write `cohort` as CSV in mg/L and months; the same cohort gives the same bytes on every machine.

    Numbers are written with as many digits as reading them back needs, blanks are not evaluable, ``<0.05`` and
    ``>10`` are outside the limits of quantification, lines end in ``\n``. Ids are written as they are: this file is
    for reading back, so a spreadsheet's formula in an id is kept (the tables of a result folder neutralise it).

    Parameters
    ----------
    cohort : Cohort
    path : path
        One row a patient. An existing file is replaced.
    troughs_path : path, optional
        Where to write the troughs, one row a measurement (``patient_id``, ``day``, ``trough_mg_l``); the cohort file
        then has no trough column. Needed when a patient has several troughs or a day is recorded.
    doses_path : path, optional
        Where to write the doses, one row a change (``patient_id``, ``day``, ``dose_mg``). Needed when there are any.

    Raises
    ------
    UsageError
        When troughs or doses would be lost for want of a path, or a file cannot be written.
    """
    check_argument("cohort", cohort, instance("a Cohort", Cohort), remedy="Read a file or frame with bs.read_cohort")
    check_argument("path", path, PATH)
    check_argument("troughs_path", troughs_path, PATH.or_none())
    check_argument("doses_path", doses_path, PATH.or_none())
    repeated = cohort.troughs.patient.size != cohort.n_patients or bool(np.isfinite(cohort.troughs.day).any())
    if repeated and troughs_path is None:
        msg = "the cohort has repeated or dated troughs: give troughs_path, a second file for them"
        raise UsageError(msg)
    if cohort.doses is not None:
        if doses_path is None:
            msg = "the cohort has doses: give doses_path, a further file for them"
            raise UsageError(msg)
        _write_csv("doses_path", Path(doses_path), _doses_table(cohort, cohort.doses))
    table: dict[str, Sequence[str]] = {"patient_id": cohort.patient_id}
    if troughs_path is None:
        table["trough_mg_l"] = _trough_cells(cohort)
    else:
        _write_csv("troughs_path", Path(troughs_path), _troughs_table(cohort))
    numbers = {name: getattr(cohort, name) for name in _NUMBERS}
    labels = {name: getattr(cohort, name) for name in _LABELS}
    table |= {name: _number_cells(values) for name, values in numbers.items() if values is not None}
    table |= {name: values for name, values in labels.items() if values is not None}
    for name, values in (cohort.event_types or {}).items():
        table[EVENT_TYPE_PREFIX + name] = _number_cells(values)
    for name, known in cohort.covariates.items():
        table[name] = known if isinstance(known, tuple) else _number_cells(known)
    _write_csv("path", Path(path), table)


def _troughs_table(cohort: Cohort) -> dict[str, Sequence[str]]:
    return {
        "patient_id": [cohort.patient_id[index] for index in cohort.troughs.patient],
        "day": _number_cells(cohort.troughs.day),
        "trough_mg_l": _trough_cells(cohort),
    }


def _doses_table(cohort: Cohort, doses: Doses) -> dict[str, Sequence[str]]:
    return {
        "patient_id": [cohort.patient_id[index] for index in doses.patient],
        "day": _number_cells(doses.day),
        "dose_mg": _number_cells(doses.dose_mg),
    }


def _trough_cells(cohort: Cohort) -> list[str]:
    troughs = cohort.troughs
    return [
        _SIGN[sign] + repr(value)
        for value, sign in zip(troughs.value_mg_l.tolist(), troughs.censoring.tolist(), strict=True)
    ]


def _number_cells(values: FloatArray) -> list[str]:
    return ["" if np.isnan(value) else repr(value).removesuffix(".0") for value in values.tolist()]


def _write_csv(argument: str, path: Path, table: dict[str, Sequence[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    rows: Iterable[Sequence[str]] = zip(*table.values(), strict=True)
    writer.writerows([list(table), *rows])
    try:
        path.write_bytes(text.getvalue().encode())
    except (OSError, ValueError) as error:  # a NUL in the name is a ValueError
        why = getattr(error, "strerror", None) or error
        msg = f"{argument}: expected a file that can be written, got {shortened(str(path))!r}: {why}"
        raise UsageError(msg) from error
