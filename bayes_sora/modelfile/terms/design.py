r"""From the covariates of a cohort to the columns of a design, and what has to be known to do so again.

A column is a product of parts: a number, centred and divided by its SD in the cohort, or whether the patient is of a
level. Which products a formula stands for is formulaic's answer; the products themselves are a few lines of NumPy.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bayes_sora.errors import InputError, Problem
from bayes_sora.modelfile.terms.count import MOST_COLUMNS, count_columns
from bayes_sora.types import BoolArray, FloatArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bayes_sora.cohort.table import Cohort
    from bayes_sora.modelfile.terms.formula import Formula

NEEDED, UNFIT = "F008", "F009"
MISSING_LEVEL = "missing"
MOST_LEVELS, MOST_MISSING = 20, 100
MOST_NUMBERS = 50_000_000
"""Of all columns of all patients: 400 MB."""
LARGEST_NUMBER = 1e100
"""Its square, and the sum of the squares of any cohort, are still numbers."""
LEAST_SPREAD = 1e-9
"""SD, as a share of the largest number, below which differences are those of rounding."""
FEWEST_LEVELS = 2

Values = FloatArray | tuple[str, ...]


class Part(NamedTuple):
    """A factor of a column: a standardised number, or with a `level` whether the patient is of it."""

    name: str
    level: str | None = None

    @property
    def label(self) -> str:
        """Such as ``age`` or ``sex=male``."""
        return self.name if self.level is None else f"{self.name}={self.level}"


class DesignColumn(NamedTuple):
    """A column of the design: the product of its parts."""

    parts: tuple[Part, ...]

    @property
    def label(self) -> str:
        """Such as ``age``, ``sex=male`` or ``age:sex=male``."""
        return ":".join(part.label for part in self.parts)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The names of its parts that are numbers."""
        return tuple(part.name for part in self.parts if part.level is None)


class Scale(NamedTuple):
    """Centre and SD of a number in the cohort a model is bound to."""

    centre: float
    sd: float


@dataclass(frozen=True, kw_only=True)
class Design:
    """What a model file's formulas mean for a cohort.

    Attributes
    ----------
    columns : mapping of str to tuple of DesignColumn
        By block, ``toxicity`` and so on.
    scales : mapping of str to Scale
        Of every number.
    levels : mapping of str to tuple of str
        Of every categorical covariate, the reference first.
    missing : mapping of str to tuple of str
        Ids of the patients whose number is not known.
    population : mapping of str to FloatArray, shape (n_patients,)
        The terms' columns of the cohort, over which curves are averaged.
    """

    columns: Mapping[str, tuple[DesignColumn, ...]]
    scales: Mapping[str, Scale]
    levels: Mapping[str, tuple[str, ...]]
    missing: Mapping[str, tuple[str, ...]]
    population: Mapping[str, FloatArray] = field(default_factory=dict, repr=False, compare=False)

    @property
    def all_columns(self) -> tuple[DesignColumn, ...]:
        """Every column once, whichever blocks it is in."""
        return tuple(dict.fromkeys(column for columns in self.columns.values() for column in columns))

    def incomplete(self, column: DesignColumn) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the patients for whom a column is not known, each with the numbers that are missing."""
        patients = dict.fromkeys(patient for name in column.numbers for patient in self.missing.get(name, ()))
        return tuple(
            (patient, tuple(name for name in column.numbers if patient in self.missing.get(name, ())))
            for patient in patients
        )


def make_design(formulas: Mapping[str, Formula], cohort: Cohort) -> Design:
    """Return the design of formulas for a cohort.

    Raises
    ------
    InputError
        F008 when the cohort lacks a covariate, F009 when one cannot be used: it does not vary, has too many levels or
        too many missing values.
    """
    references = tuple(dict.fromkeys(one for formula in formulas.values() for one in formula.references))
    absent = [one.name for one in references if one.name not in cohort.covariates]
    if absent:
        raise InputError(_needed(name, cohort) for name in dict.fromkeys(absent))
    problems: list[Problem] = []
    scales: dict[str, Scale] = {}
    levels: dict[str, tuple[str, ...]] = {}
    for one in references:
        values = cohort.covariates[one.name]
        if one.categorical or isinstance(values, tuple):
            levels[one.name] = _levels(values)
            problems += _unfit_levels(one.name, levels[one.name], cohort)
        else:
            unfit = list(_unfit_numbers(one.name, values, cohort))
            problems += unfit
            known = values[~np.isnan(values)]
            scales[one.name] = Scale(0.0, 1.0) if unfit else Scale(float(known.mean()), float(known.std()))
    if problems:
        raise InputError(problems)
    if any(count_columns(formula, levels) > MOST_COLUMNS for formula in formulas.values()):
        raise InputError([_problem(cohort, UNFIT, None, f"a formula has more than {MOST_COLUMNS} columns")])
    columns = {block: _columns(formula, levels, scales) for block, formula in formulas.items()}
    ids = np.array(cohort.patient_id)
    missing = {name: tuple(ids[np.isnan(np.asarray(cohort.covariates[name]))].tolist()) for name in scales}
    design = Design(columns=columns, scales=scales, levels=levels, missing=missing)
    n_columns = sum(1 + len(design.incomplete(column)) for column in design.all_columns)
    if n_columns * cohort.n_patients > MOST_NUMBERS:
        why = f"{n_columns} columns of {cohort.n_patients} patients are more than memory should hold"
        raise InputError([_problem(cohort, UNFIT, None, why)])
    return design


def patient_columns(design: Design, cohort: Cohort) -> dict[str, FloatArray]:
    """Return the columns of a cohort: by :func:`column_name`, and by :func:`missing_name` of who is incomplete.

    The former is 0 for a patient in whom it is not known; the latter is, for that patient alone, the product of the
    parts that are known. The cohort may be some patients of the one that the design was made for.
    """
    ids = np.array(cohort.patient_id)
    named: dict[str, FloatArray] = {}
    for column in design.all_columns:
        values, unknown = _product(design, column, cohort)
        named[column_name(column)] = np.where(unknown, 0.0, values)
        incomplete = [patient for patient, _ in design.incomplete(column)]
        if not np.array_equal(np.isin(ids, incomplete), unknown):
            msg = f"{column.label} is missing in other patients than in the cohort that the model is bound to"
            raise ValueError(msg)
        named |= {missing_name(column, patient): np.where(ids == patient, values, 0.0) for patient in incomplete}
    return named


def column_name(column: DesignColumn) -> str:
    """Return the name of a column among those of the terms."""
    return f"covariate {column.label}"


def missing_name(column: DesignColumn, patient: str) -> str:
    """Return the name of what is known of a column in a patient in whom it is incomplete."""
    return f"covariate {column.label} of {patient}"


def profile_columns(design: Design, values: Mapping[str, float | str | None]) -> dict[str, FloatArray]:
    """Return the columns of one imagined patient, shape (1,).

    Parameters
    ----------
    design : Design
    values : mapping of str to float, str or None
        A number, or a level; None, or a name that is not given, stands for the average of the cohort.
    """
    shares = {
        part: float(design.population[column_name(column)].mean())
        for column in design.all_columns
        if len(column.parts) == 1
        for part in column.parts
    }

    def factor(part: Part) -> float:
        value = values.get(part.name)
        if part.level is not None:
            return shares.get(part, 0.0) if value is None else float(value == part.level)
        scale = design.scales[part.name]
        return 0.0 if value is None else (float(value) - scale.centre) / scale.sd

    named = {column_name(column): math.prod(map(factor, column.parts)) for column in design.all_columns}
    for column in design.all_columns:
        named |= {missing_name(column, patient): 0.0 for patient, _ in design.incomplete(column)}
    return {name: np.array([value]) for name, value in named.items()}


def substituted_columns(design: Design, cohort: Cohort, values: Mapping[str, float | str]) -> dict[str, FloatArray]:
    """Return the columns of the cohort's patients once what is known of another patient is put in place of theirs.

    Parameters
    ----------
    design : Design
    cohort : Cohort
        The one that the design was made for. Patients in whom a number that is not given is missing are left out.
    values : mapping of str to float or str
        Numbers, and levels as text. With every covariate given there is one patient.
    """
    unknown = [name for name in design.scales if name not in values]
    alone = not unknown and set(design.levels) <= set(values)
    missing = [np.isnan(np.asarray(cohort.covariates[name])) for name in unknown]
    kept = np.zeros(1, dtype=int) if alone else np.flatnonzero(~np.any([np.zeros(cohort.n_patients), *missing], axis=0))

    def factor(part: Part) -> FloatArray:
        given, theirs = values.get(part.name), cohort.covariates[part.name]
        if part.level is not None:
            levels = np.array(as_levels(theirs))[kept] if given is None else np.full(kept.size, given)
            return np.asarray(levels == part.level, dtype=float)
        scale = design.scales[part.name]
        numbers = np.asarray(theirs, dtype=float)[kept] if given is None else np.full(kept.size, float(given))
        return np.asarray((numbers - scale.centre) / scale.sd, dtype=float)

    return {column_name(column): np.prod([*map(factor, column.parts)], axis=0) for column in design.all_columns}


def _product(design: Design, column: DesignColumn, cohort: Cohort) -> tuple[FloatArray, BoolArray]:
    """Return the product of the known parts of every patient, and for whom one of them is missing."""
    values, unknown = np.ones(cohort.n_patients), np.zeros(cohort.n_patients, dtype=bool)
    for part in column.parts:
        found = cohort.covariates[part.name]
        if part.level is not None:
            texts = as_levels(found)
            if not set(texts) <= set(design.levels[part.name]):
                msg = f"{part.name} has levels that the cohort the model is bound to has not"
                raise ValueError(msg)
            values = values * (np.array(texts) == part.level)
            continue
        scale = design.scales[part.name]
        number = (np.asarray(found, dtype=float) - scale.centre) / scale.sd
        values, unknown = values * np.where(np.isnan(number), 1.0, number), unknown | np.isnan(number)
    return values, unknown


def as_levels(values: Values) -> tuple[str, ...]:
    """Return what a covariate says as levels; what is missing is a level of its own."""
    if isinstance(values, tuple):
        return tuple(value or MISSING_LEVEL for value in values)
    return tuple(MISSING_LEVEL if math.isnan(value) else f"{value:g}" for value in values.tolist())


def _levels(values: Values) -> tuple[str, ...]:
    """Return the levels in their order, the alphabet's or that of numbers; ``missing`` is the last."""
    found = set(as_levels(values)) - {MISSING_LEVEL}
    ordered = sorted(found) if isinstance(values, tuple) else sorted(found, key=float)
    return (*ordered, MISSING_LEVEL) if MISSING_LEVEL in as_levels(values) else tuple(ordered)


def _columns(
    formula: Formula, levels: Mapping[str, tuple[str, ...]], scales: Mapping[str, Scale]
) -> tuple[DesignColumn, ...]:
    """Ask formulaic which products a formula stands for; names and levels are given to it as numbers."""
    # Half a second, and only a model with covariates needs it.
    import pandas as pd  # noqa: PLC0415
    from formulaic import Formula as Formulaic  # noqa: PLC0415

    # A text is categorical, whether C() stands around it or not.
    kinds = {one: one._replace(categorical=one.categorical or one.name not in scales) for one in formula.references}
    codes = {kind: f"v{place}" for place, kind in enumerate(dict.fromkeys(kinds.values()))}
    names = {one: codes[kind] for one, kind in kinds.items()}
    real = {code: kind.name for kind, code in codes.items()}
    n_rows = max([FEWEST_LEVELS, *(len(levels[kind.name]) for kind in codes if kind.categorical)])
    frame = pd.DataFrame(
        {
            code: pd.Categorical([str(i % len(levels[kind.name])) for i in range(n_rows)], _codes(levels[kind.name]))
            if kind.categorical
            else np.arange(n_rows, dtype=float)
            for kind, code in codes.items()
        }
    )
    matrix = Formulaic(f"1 + {formula.written(names)}").get_model_matrix(frame, context={})
    found = (tuple(_parts(str(name), real, levels)) for name in matrix.columns if name != "Intercept")
    return tuple(DesignColumn(parts) for parts in found)


def _codes(levels: Iterable[str]) -> list[str]:
    return [str(i) for i, _ in enumerate(levels)]


def _parts(name: str, real: Mapping[str, str], levels: Mapping[str, tuple[str, ...]]) -> Iterator[Part]:
    for part in name.split(":"):
        match = re.fullmatch(r"(v\d+)(?:\[(?:T\.)?(\d+)\])?", part)
        if match is None:  # another version of formulaic would have to write columns otherwise
            msg = f"a column of the design is called {name!r}, which is not understood"
            raise ValueError(msg)
        code, level = match.groups()
        yield Part(real[code], None if level is None else levels[real[code]][int(level)])


def _needed(name: str, cohort: Cohort) -> Problem:
    there = ", ".join(cohort.covariates) or "none"
    return Problem(
        code=NEEDED,
        file=cohort.source.name,
        column=name,
        why=f"the model file needs the covariate {name}; the cohort was read with: {there}",
        remedy=f'Read it with the cohort, read_cohort(…, covariates=["{name}"]), or leave it out of the formulas.',
    )


def _unfit_levels(name: str, levels: tuple[str, ...], cohort: Cohort) -> Iterator[Problem]:
    if len(levels) < FEWEST_LEVELS:
        yield _problem(cohort, UNFIT, name, "the covariate has one level only")
    if len(levels) > MOST_LEVELS:
        yield _problem(cohort, UNFIT, name, f"the covariate has {len(levels)} levels, at most {MOST_LEVELS}")


def _unfit_numbers(name: str, values: FloatArray, cohort: Cohort) -> Iterator[Problem]:
    missing = np.isnan(values)
    known = values[~missing]
    beyond = np.flatnonzero(np.abs(np.where(missing, 0.0, values)) > LARGEST_NUMBER)
    if beyond.size:
        first = int(beyond[0])
        why = f"the covariate has no usable spread: {beyond.size} values lie beyond ±{LARGEST_NUMBER:g}"
        patient, value = cohort.patient_id[first], f"{values[first]:g}"
        yield replace(_problem(cohort, UNFIT, name, why), patient=patient, value=value)
    elif not known.size or np.ptp(known) == 0.0:
        yield _problem(cohort, UNFIT, name, "the covariate does not vary")
    elif known.std() <= max(1.0 / LARGEST_NUMBER, LEAST_SPREAD * np.abs(known).max()):
        why = f"the covariate has no usable spread: its SD is {known.std():.2g} at values about {np.median(known):.6g}"
        yield _problem(cohort, UNFIT, name, why)
    if missing.sum() > MOST_MISSING:
        why = f"the covariate is missing in {missing.sum()} patients, at most {MOST_MISSING} can be imputed"
        yield _problem(cohort, UNFIT, name, why)


def _problem(cohort: Cohort, code: str, name: str | None, why: str) -> Problem:
    remedy = "Correct the column, or leave it out of the formulas of the model file."
    return Problem(code=code, file=cohort.source.name, column=name, why=why, remedy=remedy)
