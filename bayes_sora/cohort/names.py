"""The canonical column names of a cohort file and their units, ADaM's names, and the nearest name to a wrong one."""

from __future__ import annotations

import difflib
from types import MappingProxyType
from typing import TYPE_CHECKING

from bayes_sora.types import DAYS_PER_MONTH, MONTHS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

CONCENTRATION_SUFFIXES = MappingProxyType({"mg_l": "mg/L", "ug_ml": "µg/mL", "ng_ml": "ng/mL", "umol_l": "µmol/L"})
TROUGH_COLUMNS = MappingProxyType({f"trough_{suffix}": unit for suffix, unit in CONCENTRATION_SUFFIXES.items()})
LLOQ_COLUMNS = MappingProxyType({f"lloq_{suffix}": unit for suffix, unit in CONCENTRATION_SUFFIXES.items()})
# Unit of a time column and its length in months, as a multiplier and a divisor: one rounding, whichever unit.
TIME_COLUMNS = MappingProxyType(
    {
        "os_months": ("months", 1.0, 1.0),
        "os_days": ("days", 1.0, DAYS_PER_MONTH),
        "os_years": ("years", MONTHS_PER_YEAR, 1.0),
    }
)
# Entry into observation, the earliest time at which an interval-censored death can have been, onset of toxicity.
ENTRY_COLUMNS = MappingProxyType({name.replace("os_", "entry_"): unit for name, unit in TIME_COLUMNS.items()})
LOW_COLUMNS = MappingProxyType({f"{name}_low": unit for name, unit in TIME_COLUMNS.items()})
ONSET_COLUMNS = MappingProxyType({"toxicity_month": TIME_COLUMNS["os_months"], "toxicity_day": TIME_COLUMNS["os_days"]})
# `cnsr` is taken from the file only when declared, by the dialect or in [columns].
CANONICAL = (
    "patient_id",
    *TROUGH_COLUMNS,
    "toxicity",
    "response",
    *TIME_COLUMNS,
    "death",
    "cnsr",
    "grade",
    "dose_mg",
    "site",
    "study",
    "blq",
    *LLOQ_COLUMNS,
    "day",
    *ENTRY_COLUMNS,
    *LOW_COLUMNS,
    *ONSET_COLUMNS,
)

EVENT_TYPE_PREFIX = "ae_"
"""Of a column with the adverse events of one type."""

# ADaM variable → canonical name; of two for one name the first found is taken. AVAL is read in the unit of AVALU.
ADAM_COLUMNS = (
    ("USUBJID", "patient_id"),
    ("SUBJID", "patient_id"),
    ("CNSR", "cnsr"),
    ("ATOXGR", "grade"),
    ("SITEID", "site"),
    ("STUDYID", "study"),
)
ADAM_TIME_COLUMNS = MappingProxyType(
    {
        "DAYS": "os_days",
        "DAY": "os_days",
        "MONTHS": "os_months",
        "MONTH": "os_months",
        "YEARS": "os_years",
        "YEAR": "os_years",
    }
)


MAX_NAMED = 20


def listed(names: Sequence[object], *, limit: int = MAX_NAMED) -> str:
    """Return the first names joined by commas and how many more there are."""
    rest = len(names) - limit
    return ", ".join(map(str, names[:limit])) + (f" and {rest} more" if rest > 0 else "")


def nearest(name: str, known: Iterable[str], *, taken: Collection[str] = ()) -> str:
    """Return "Did you mean …?" with the known names nearest to `name`, or "" when none is near.

    Names that are `taken` are not offered, and where the nearest of all is one of them nothing is.
    """
    by_lower = {candidate.lower(): candidate for candidate in (*known, *taken) if candidate}
    close = [by_lower[one] for one in difflib.get_close_matches(name.lower(), by_lower, n=3, cutoff=0.6)]
    if not close or close[0] in taken:
        return ""
    return f"Did you mean {' or '.join(repr(candidate) for candidate in close if candidate not in taken)}?"
