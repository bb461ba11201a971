"""The codes of everything that can be wrong with a cohort file; they stay stable, their words may improve."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bayes_sora.errors import Severity


class Code(StrEnum):
    """Code of a cohort problem.

    C00x the file, C01x its columns, C02x and C03x a cell, C04x and C05x the cohort as a whole, C06x the troughs file,
    C07x a table of counts and covariates, C08x the course of treatment: entry, intervals, onset, doses;
    C087 earlier results.
    """

    CANNOT_OPEN = "C001"
    WRONG_EXTENSION = "C002"
    NO_PATIENTS = "C003"
    DAMAGED = "C004"
    NOT_UTF8 = "C005"
    TOO_LARGE = "C006"
    NOT_COMMA_SEPARATED = "C007"
    RAGGED_ROW = "C008"
    TOO_MANY_PATIENTS = "C009"

    MISSING_COLUMN = "C010"
    DUPLICATE_COLUMN = "C011"
    AMBIGUOUS_COLUMN = "C012"
    COLUMNS_FILE = "C013"
    NO_MOLAR_MASS = "C014"
    NO_ENDPOINT = "C015"
    HALF_SURVIVAL = "C016"
    EXTRA_COLUMNS = "C017"
    WRONG_PARAMETER = "C018"
    WRONG_POLARITY = "C019"

    BAD_ID = "C020"
    DUPLICATE_ID = "C021"
    TRIMMED_ID = "C022"
    MISSING_TROUGH = "C023"
    BAD_TROUGH = "C024"
    COMMA_IN_NUMBER = "C025"
    NO_LLOQ = "C026"
    MISSING_SURVIVAL = "C027"
    BAD_TIME = "C028"
    BAD_DEATH = "C029"
    BAD_OUTCOME = "C030"
    CENSORING_DISAGREES = "C031"
    BAD_GRADE = "C032"
    BAD_DOSE = "C033"
    BAD_BLQ = "C034"
    GRADE_DISAGREES = "C035"
    NA_AS_BLANK = "C036"
    BAD_LABEL = "C037"
    BELOW_LLOQ_MEASURED = "C038"
    EVENT_DISAGREES = "C039"

    TOO_FEW_PATIENTS = "C040"
    FEW_PATIENTS = "C041"
    NO_CONTRAST = "C042"
    LITTLE_CONTRAST = "C043"
    IMPLAUSIBLE_TROUGH = "C044"
    IMPLAUSIBLE_TIME = "C045"
    ONE_SIDED_TOXICITY = "C046"
    ONE_SIDED_RESPONSE = "C047"
    ONE_SIDED_DEATH = "C048"
    SEPARATION = "C049"
    RESPONSE_AND_EARLY_DEATH = "C050"
    GRADE_5 = "C051"
    DROPPED = "C052"
    NOT_EVALUABLE = "C053"
    BLANK_RESPONSE_AND_EARLY_DEATH = "C054"
    RESPONSE_AND_EARLY_LOSS = "C055"
    WILD_VALUE = "C056"

    BAD_COVARIATE = "C070"

    UNKNOWN_PATIENT = "C060"
    PATIENT_WITHOUT_TROUGH = "C061"
    TROUGH_COLUMN_UNUSED = "C062"
    BAD_DAY = "C063"
    SAME_DAY = "C064"
    TROUGH_AFTER_END = "C065"
    TROUGH_BEFORE_START = "C066"
    HOURS_FOR_DAYS = "C067"

    BAD_COUNT = "C078"

    BAD_ENTRY = "C080"
    ENTRY_AFTER_END = "C081"
    BAD_INTERVAL = "C082"
    BAD_ONSET = "C083"
    PATIENT_WITHOUT_DOSE = "C084"
    NO_STARTING_DOSE = "C085"
    SAME_DOSE_DAY = "C086"
    DOSE_AFTER_END = "C088"
    ONSET_BEFORE_ENTRY = "C089"

    BAD_ESTIMATE = "C087"


class Fault(NamedTuple):
    """What is wrong with a cell, before its place is known."""

    code: Code
    why: str
    remedy: str
    severity: Severity = "error"
