"""What an array and a group of posterior.zarr must be, and the arrays that hold the cohort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bayes_sora.inference.weights import WEIGHT
from bayes_sora.report.stored import rules
from bayes_sora.report.stored.rules import Rule

if TYPE_CHECKING:
    import numpy as np

FLOATS, INTEGERS, TEXTS, FLAGS = "f", "iu", "U", "b"
COVARIATE = "covariate_"
MOST_PATIENTS, MOST_ROWS, MOST_EVENT_TYPES = 100_000, 1_000_000, 1_000
LARGEST_SIZES = MappingProxyType(
    {"patient_id": MOST_PATIENTS, "trough": MOST_ROWS, "dose": MOST_ROWS, "event_type": MOST_EVENT_TYPES}
)


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What one stored array must be.

    Attributes
    ----------
    dims : tuple of str
    kinds : str
        NumPy kinds that it may have, such as "iu".
    rule : Rule
        What its values must be.
    needed : bool
        Whether it is a fault when the array is not there.
    may_be_blank : bool
        Whether a chunk of nothing but NaN, 0, false or "" may have been left out, as earlier versions did.
    """

    dims: tuple[str, ...]
    kinds: str = FLOATS
    rule: Rule = rules.ANYTHING
    needed: bool = True
    may_be_blank: bool = False


@dataclass(frozen=True, kw_only=True)
class ExpectedGroup:
    """The arrays of a group by name, the sizes of its dimensions, and which of the arrays are labels."""

    arrays: Mapping[str, Expected]
    sizes: Mapping[str, int]
    labels: frozenset[str]


def labelled_group(labels: Mapping[str, np.ndarray[Any, Any]], arrays: Mapping[str, Expected]) -> ExpectedGroup:
    """Return a group whose labels, each over a dimension of the same name, are known beforehand."""
    known = {
        name: Expected(
            dims=(name,),
            kinds=TEXTS if values.dtype.kind == TEXTS else INTEGERS,
            rule=rules.equal_to(values),
            # A single label 0, such as the one chain of the prior, is a chunk of nothing but 0.
            may_be_blank=values.size == 1,
        )
        for name, values in labels.items()
    }
    sizes = {name: values.size for name, values in labels.items()}
    return ExpectedGroup(arrays={**known, **arrays}, sizes=sizes, labels=frozenset(known))


def cohort_group(sizes: Mapping[str, int], *, covariates: Mapping[str, str]) -> ExpectedGroup:
    """Return ``constant_data``.

    Parameters
    ----------
    sizes : mapping of str to int
        Of ``patient_id`` and ``trough``, and of ``dose`` and ``event_type`` where there are any.
    covariates : mapping of str to str
        Name of each array of a covariate → the NumPy kind that it has.
    """
    n = sizes["patient_id"]
    arrays = {
        "patient_id": Expected(dims=("patient_id",), kinds=TEXTS, rule=rules.IDS),
        "trough": Expected(dims=("trough",), kinds=INTEGERS, rule=rules.counting(sizes["trough"])),
        "trough_patient": Expected(dims=("trough",), kinds=INTEGERS, rule=rules.index_below(n)),
        "trough_censoring": Expected(dims=("trough",), kinds=INTEGERS, rule=rules.CENSORING, may_be_blank=True),
        "trough_day": Expected(dims=("trough",), rule=rules.DAY_OR_MISSING, may_be_blank=True),
        **{name: _of_patient(rule) for name, rule in _BY_PATIENT.items()},
        **{name: _of_patient(rules.LABEL, TEXTS) for name in ("site", "study")},
        **{name: _covariate(kind) for name, kind in covariates.items()},
        **(_DOSES | {"dose_patient": _dose(rules.index_below(n), INTEGERS)} if "dose" in sizes else {}),
        **(_EVENT_TYPES if "event_type" in sizes else {}),
    }
    return ExpectedGroup(
        arrays=arrays, sizes=sizes, labels=frozenset({"patient_id", "trough", "event_type"}) & arrays.keys()
    )


def _of_patient(rule: Rule, kinds: str = FLOATS) -> Expected:
    return Expected(dims=("patient_id",), kinds=kinds, rule=rule, needed=False, may_be_blank=True)


def _covariate(kind: str) -> Expected:
    return _of_patient(rules.LABEL, TEXTS) if kind == TEXTS else _of_patient(rules.NUMBER_OR_MISSING, FLOATS + INTEGERS)


def _dose(rule: Rule, kinds: str = FLOATS) -> Expected:
    return Expected(dims=("dose",), kinds=kinds, rule=rule)


_BY_PATIENT = {
    "toxicity": rules.FLAG_OR_MISSING,
    "response": rules.FLAG_OR_MISSING,
    "os_months": rules.MEASURED,
    "death": rules.FLAG,
    "grade": rules.GRADE_OR_MISSING,
    "dose_mg": rules.MEASURED_OR_MISSING,
    "entry_months": rules.NOT_NEGATIVE,
    "os_months_low": rules.NOT_NEGATIVE_OR_MISSING,
    "toxicity_month": rules.NOT_NEGATIVE_OR_MISSING,
    WEIGHT: rules.SHARE,
}
_DOSES = {"dose_day": _dose(rules.NOT_NEGATIVE), "dose_given_mg": _dose(rules.NOT_NEGATIVE)}
_EVENT_TYPES = {
    "event_type": Expected(dims=("event_type",), kinds=TEXTS, rule=rules.IDS),
    "event_types": Expected(dims=("patient_id", "event_type"), rule=rules.FLAG_OR_MISSING, may_be_blank=True),
}
