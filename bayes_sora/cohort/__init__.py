"""One data set: read, units, names, checks. Once a :class:`Cohort` exists, everything in it can be trusted."""

from bayes_sora.cohort.checks import check_cohort
from bayes_sora.cohort.column_map import ColumnMap
from bayes_sora.cohort.describe import CohortDescription, describe_cohort
from bayes_sora.cohort.door import as_cohort
from bayes_sora.cohort.expected import Expected, check_expected, hold_against
from bayes_sora.cohort.read import read_cohort
from bayes_sora.cohort.subset import take_patients
from bayes_sora.cohort.table import Cohort, Doses, Source, Troughs
from bayes_sora.cohort.write import write_cohort

__all__ = [
    "Cohort",
    "CohortDescription",
    "ColumnMap",
    "Doses",
    "Expected",
    "Source",
    "Troughs",
    "as_cohort",
    "check_cohort",
    "check_expected",
    "describe_cohort",
    "hold_against",
    "read_cohort",
    "take_patients",
    "write_cohort",
]
