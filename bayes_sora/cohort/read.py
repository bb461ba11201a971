"""Read one cohort: cells, names, units, dialect and plausibility, every problem reported together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bayes_sora.arguments import FLAG, POSITIVE, TEXT, TEXTS, check_argument, instance
from bayes_sora.cohort.checks import check_cohort
from bayes_sora.cohort.codes import Code
from bayes_sora.cohort.column_map import ColumnMap, read_column_map
from bayes_sora.cohort.columns import (
    Layout,
    locate_cohort_columns,
    locate_doses_columns,
    locate_troughs_columns,
)
from bayes_sora.cohort.counts import is_counts, read_counts
from bayes_sora.cohort.course import Course, read_course
from bayes_sora.cohort.covariates import Covariate, locate_covariates, read_covariates
from bayes_sora.cohort.dates import Dated, check_dates, check_onset
from bayes_sora.cohort.doses import DoseRows, read_doses
from bayes_sora.cohort.expected import check_expected, hold_against
from bayes_sora.cohort.frames import COLLECT, TABLE
from bayes_sora.cohort.ids import check_unique, read_ids
from bayes_sora.cohort.names import TIME_COLUMNS, TROUGH_COLUMNS
from bayes_sora.cohort.outcomes import Outcomes, read_outcomes
from bayes_sora.cohort.raw import read_table
from bayes_sora.cohort.table import Cohort, Source
from bayes_sora.cohort.troughs import TroughRows, read_repeated_troughs, read_single_troughs
from bayes_sora.errors import InputError, Problem
from bayes_sora.files.budgets import PATIENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bayes_sora.cohort.expected import Expected
    from bayes_sora.cohort.frames import Frame
    from bayes_sora.cohort.raw_table import RawTable
    from bayes_sora.types import BoolArray, FloatArray

COLUMNS = instance(
    "a path, a mapping of our names to yours, or a ColumnMap", str, os.PathLike, Mapping, ColumnMap
).or_none()
# A fit keeps about five numbers a patient (log-likelihood terms and the latent exposure) for each of 4 × 1,000 draws.
BYTES_PER_PATIENT = 5 * 4000 * 8


def read_cohort(
    source: str | os.PathLike[str] | Frame,
    *,
    columns: str | os.PathLike[str] | Mapping[str, str] | ColumnMap | None = None,
    troughs: str | os.PathLike[str] | Frame | None = None,
    doses: str | os.PathLike[str] | Frame | None = None,
    dialect: str | None = None,
    covariates: Sequence[str] = (),
    drop_incomplete: bool = False,
    molar_mass_g_mol: float | None = None,
    expected: Expected | None = None,
) -> Cohort:
    """Read and check a cohort; what comes back can be trusted.

    Parameters
    ----------
    source : path or data frame
        CSV (``.csv``, ``.csv.gz``: UTF-8, commas, decimal points), Parquet, or a pandas or polars DataFrame, one row a
        patient. Needed: ``patient_id``, a trough named by its unit (``trough_mg_l``, ``trough_ug_ml``,
        ``trough_ng_ml``, ``trough_umol_l``), and at least one endpoint: ``toxicity`` (0/1), ``response`` (0/1), or
        ``os_months`` (``os_days``, ``os_years``) with ``death`` (1 = died, 0 = censored). Optional: ``grade``,
        ``dose_mg``, ``site``, ``study``. A trough below the limit of quantification is ``<0.05``, or has 1 under
        ``blq`` and its limit under ``lloq_mg_l`` (or another unit); one above the upper limit is ``>10``. The course of
        treatment, optional too: ``entry_months`` (``_days``, ``_years``), from when the patient is under observation;
        ``os_months_low``, where the death lies between it and ``os_months``; ``toxicity_month`` (``toxicity_day``).
        A table with ``n_treated`` is one of counts, a row an arm: ``dose_mg``, ``n_toxicity``, ``study``; the exposure
        is then the dose.
    columns : path, mapping or ColumnMap, optional
        Other names for the columns: a TOML file, see :func:`~bayes_sora.cohort.column_map.read_column_map`, or a
        mapping canonical name → name in the file.
    troughs : path or data frame, optional
        Repeated troughs, one row a measurement: ``patient_id``, a trough named by its unit, and ``day``. The cohort's
        own trough column may then be absent and is not used.
    doses : path or data frame, optional
        Doses, one row a change of dose: ``patient_id``, ``day`` (0 is time zero) and ``dose_mg`` (0 interrupts).
    dialect : {"adam"}, optional
        Read USUBJID (else SUBJID), CNSR (0 = death), AVAL in the unit of AVALU, ATOXGR, SITEID and STUDYID.
    covariates : sequence of str
        Further columns to read, such as those in the formulas of a model file (``model.covariates``); no other is
        looked at. Numbers or texts, blank where missing.
    drop_incomplete : bool
        Leave out patients whose trough, time or death is missing, and count them; a wrong value stays an error.
    molar_mass_g_mol : float, optional
        Molar mass of the drug, needed for µmol/L only; that of `expected` when absent.
    expected : Expected, optional
        What a model file leads one to expect (``load_model(…).expected``): troughs, times and responses are held
        against it, and responses are returned as it judges them. Without it all this is left to
        :func:`bayes_sora.fit`.

    Returns
    -------
    Cohort
        In mg/L and months, warnings in its `notes`.

    Raises
    ------
    InputError
        With every problem found, in the order of the file's rows. Rows count as in a spreadsheet, the header being row
        1; rows of a data frame or Parquet file, which have no header row, count from 1.
    UsageError
        When an argument is of another type, or the molar mass is not a positive number.
    """
    check_argument("source", source, TABLE, remedy=COLLECT)
    for name, further in (("troughs", troughs), ("doses", doses)):
        check_argument(name, further, TABLE.or_none(), remedy=COLLECT)
    check_argument("columns", columns, COLUMNS)
    check_argument("dialect", dialect, TEXT.or_none())
    check_argument("covariates", covariates, TEXTS)
    check_argument("drop_incomplete", drop_incomplete, FLAG)
    check_argument("molar_mass_g_mol", molar_mass_g_mol, POSITIVE.or_none(), remedy="It is in g/mol")
    if molar_mass_g_mol is None and expected is not None:
        molar_mass_g_mol = expected.molar_mass_g_mol
    opened = _open(source, columns, troughs, doses, dialect)
    column_map, table, second = opened.column_map, opened.table, opened.troughs
    if is_counts(table):
        return read_counts(table)
    problems = [problem for one in (table, second, opened.doses) if one for problem in one.problems]
    wanted = {name: name for name in covariates} | dict(column_map.covariates)
    covariate_headers = locate_covariates(table, wanted, problems)
    layout = locate_cohort_columns(
        table,
        column_map,
        has_troughs_file=second is not None,
        molar_mass_g_mol=molar_mass_g_mol,
        also_used=tuple(covariate_headers.values()),
        problems=problems,
    )
    troughs_layout = (
        locate_troughs_columns(second, column_map, molar_mass_g_mol=molar_mass_g_mol, problems=problems)
        if second
        else None
    )
    ids = read_ids(layout, problems)
    check_unique(layout, ids, problems)
    outcomes = read_outcomes(layout, ids, column_map, drop_incomplete=drop_incomplete, problems=problems)
    known = read_covariates(table, covariate_headers, ids, problems)
    measured = (
        read_repeated_troughs(troughs_layout, layout, ids, drop_incomplete=drop_incomplete, problems=problems)
        if troughs_layout
        else read_single_troughs(layout, ids, drop_incomplete=drop_incomplete, problems=problems)
    )
    course = read_course(layout, ids, outcomes, problems)
    doses_layout = locate_doses_columns(opened.doses, column_map, problems=problems) if opened.doses else None
    given = read_doses(doses_layout, layout, ids, problems=problems) if doses_layout else None
    check_dates(
        _dated((troughs_layout, measured), (doses_layout, given)),
        ids=ids,
        os_months=outcomes.os_months,
        time_unit=_time_unit(layout),
        problems=problems,
    )
    check_onset(layout, ids, course, problems)
    kept = _kept(outcomes, measured, table, drop_incomplete=drop_incomplete, problems=problems)
    draft = _draft(
        ids, outcomes, measured, kept, covariates=known, source=_source(layout, troughs_layout, opened.doses)
    )
    draft = _with_course(draft, course, given, kept)
    rows = tuple(np.array(table.rows, dtype=int)[kept].tolist())
    problems += check_cohort(draft, rows=rows)
    problems += () if expected is None else check_expected(draft, expected, rows=rows)
    _raise_errors(problems)
    cohort = replace(draft, notes=tuple(problems))
    return cohort if expected is None else hold_against(cohort, expected)


class _Opened(NamedTuple):
    """The inputs as text."""

    column_map: ColumnMap
    table: RawTable
    troughs: RawTable | None
    doses: RawTable | None


def _open(
    source: str | os.PathLike[str] | Frame,
    columns: str | os.PathLike[str] | Mapping[str, str] | ColumnMap | None,
    troughs: str | os.PathLike[str] | Frame | None,
    doses: str | os.PathLike[str] | Frame | None,
    dialect: str | None,
) -> _Opened:
    """Read all inputs as text; when several cannot be read, all are reported."""
    problems: list[Problem] = []
    column_map = table = None
    further: dict[str, RawTable | None] = {"troughs": None, "doses": None}
    try:
        column_map = read_column_map(columns, dialect=dialect)
    except InputError as fault:
        problems += fault.problems
    try:
        table = read_table(source, frame_name="in memory")
        problems += _check_memory(table)
    except InputError as fault:
        problems += fault.problems
    for name, file in (("troughs", troughs), ("doses", doses)):
        try:
            further[name] = None if file is None else read_table(file, frame_name=f"{name} in memory")
        except InputError as fault:
            problems += fault.problems
    if problems or column_map is None or table is None:
        raise InputError(problems)
    return _Opened(column_map, table, further["troughs"], further["doses"])


def _check_memory(table: RawTable) -> list[Problem]:
    if table.n_rows <= PATIENTS:
        return []
    gigabytes = table.n_rows * BYTES_PER_PATIENT / 2**30
    why = f"{table.n_rows} patients, at most {PATIENTS}: a fit would need about {gigabytes:.0f} GiB of memory"
    return [Problem(code=Code.TOO_MANY_PATIENTS, file=table.name, why=why, remedy="Take a random part of the cohort.")]


def _dated(
    troughs: tuple[Layout | None, TroughRows], doses: tuple[Layout | None, DoseRows | None]
) -> tuple[Dated, ...]:
    """Return the further files whose rows have days."""
    of_troughs, of_doses = Code.TROUGH_AFTER_END, Code.DOSE_AFTER_END
    return tuple(
        Dated(layout=file, row=rows.row, patient=rows.patient, day=rows.day, what=what, after_end=code)
        for (file, rows), what, code in ((troughs, "trough", of_troughs), (doses, "dose", of_doses))
        if file is not None and rows is not None
    )


def _kept(
    outcomes: Outcomes, measured: TroughRows, table: RawTable, *, drop_incomplete: bool, problems: list[Problem]
) -> BoolArray:
    """Say which rows stay, and report what was left out."""
    incomplete = outcomes.incomplete | measured.incomplete
    if not drop_incomplete or not (incomplete.any() or measured.n_missing):
        return np.ones(table.n_rows, dtype=bool)
    n_dropped = int(incomplete.sum())
    why = f"{n_dropped} of {table.n_rows} patients left out: trough, time or death missing"
    if measured.n_missing:
        why += f"; {measured.n_missing} blank troughs left out"
    remedy = "Consider why they are missing: leaving patients out can bias the window."
    problems.append(Problem(code=Code.DROPPED, file=table.name, why=why, remedy=remedy, severity="warning"))
    return ~incomplete


def _draft(
    ids: tuple[str, ...],
    outcomes: Outcomes,
    measured: TroughRows,
    kept: BoolArray,
    *,
    covariates: Mapping[str, Covariate],
    source: Source,
) -> Cohort:
    """Put the kept rows together; where cells could not be read this is not yet a cohort to trust."""

    def numbers(values: FloatArray | None) -> FloatArray | None:
        return None if values is None else values[kept]

    def labels(values: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if values is None else tuple(value for value, stays in zip(values, kept, strict=True) if stays)

    return Cohort(
        patient_id=labels(ids) or (),
        troughs=measured.keep(kept),
        toxicity=numbers(outcomes.toxicity),
        response=numbers(outcomes.response),
        os_months=numbers(outcomes.os_months),
        death=numbers(outcomes.death),
        grade=numbers(outcomes.grade),
        dose_mg=numbers(outcomes.dose_mg),
        site=labels(outcomes.site),
        study=labels(outcomes.study),
        event_types=None
        if outcomes.event_types is None
        else {name: values[kept] for name, values in outcomes.event_types.items()},
        covariates={
            name: labels(values) or () if isinstance(values, tuple) else values[kept]
            for name, values in covariates.items()
        },
        source=source,
        n_dropped=int(np.count_nonzero(~kept)),
    )


def _with_course(draft: Cohort, course: Course, doses: DoseRows | None, kept: BoolArray) -> Cohort:
    """Add what the kept rows say of the course of treatment."""

    def numbers(values: FloatArray | None) -> FloatArray | None:
        return None if values is None else values[kept]

    return replace(
        draft,
        entry_months=numbers(course.entry_months),
        os_months_low=numbers(course.os_months_low),
        toxicity_month=numbers(course.toxicity_month),
        doses=None if doses is None else doses.keep(kept),
    )


def _source(layout: Layout, troughs_layout: Layout | None, doses: RawTable | None) -> Source:
    second = troughs_layout.table if troughs_layout else None
    return Source(
        name=layout.table.name,
        sha256=layout.table.sha256,
        trough_unit=(troughs_layout or layout).unit(TROUGH_COLUMNS),
        time_unit=_time_unit(layout),
        troughs_name=second.name if second else None,
        troughs_sha256=second.sha256 if second else None,
        doses_name=doses.name if doses else None,
        doses_sha256=doses.sha256 if doses else None,
    )


def _time_unit(layout: Layout) -> str:
    time = layout.find(TIME_COLUMNS)
    return TIME_COLUMNS[time][0] if time else "months"


def _raise_errors(problems: list[Problem]) -> None:
    """Raise errors, by row, followed by the warnings, when there is any error."""
    if any(problem.severity == "error" for problem in problems):
        raise InputError(sorted(problems, key=lambda problem: (problem.severity, problem.file or "", problem.row or 0)))
