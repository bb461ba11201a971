"""Every remedy is true where a cohort lacks what a model file needs: applied, nothing keeps the two apart."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

import bayes_sora
from bayes_sora.cohort import ColumnMap, read_cohort
from bayes_sora.errors import InputError
from bayes_sora.inference.data import check_compatible
from bayes_sora.modelfile import bind_model, load_model, parse_model
from tests.cohort.remedies import cell, table
from tests.cohort.remedies.cells import AGES, EVENTS, GRADES
from tests.cohort.remedies.course import COUNTS, DOSES, TROUGHS, longer
from tests.cohort.tables import N
from tests.study.engine.examples import content_of

SOUND = table()
AGREEING = [int(grade >= 3) for grade in GRADES]
GRADED = table(grade=GRADES, toxicity=AGREEING)
FROM_GRADE = {"columns": ColumnMap(toxicity_from_grade=3)}
ALONE = table(response=None, os_months=None, death=None)
LATE = [0.5] * N
ONSETS = [0.5 if toxic else "" for toxic in SOUND["toxicity"]]
CENSORED = TROUGHS | cell("trough_mg_l", "<1", others=TROUGHS["trough_mg_l"])
CHANGED = {"doses": longer(DOSES, patient_id="P01", day=40, dose_mg=400)}
PAUSED = {"doses": longer(DOSES, patient_id="P01", day=7, dose_mg=0)}
CONTRADICTING = (table(grade=GRADES, toxicity=[1 - toxic for toxic in AGREEING]), {})
ONE_UNKNOWN = (table(**cell("toxicity_month", "", others=ONSETS)), {})
OF_AGE = content_of("sorafenib_covariates.v1") | {"name": "of_age"}
OF_AGE["covariates"] = OF_AGE["covariates"] | {"formulas": {"toxicity": "age"}}
WITHOUT_AGE = OF_AGE | {"covariates": OF_AGE["covariates"] | {"formulas": {"toxicity": "sex"}}}
SEXES = ["f", "m"] * (N // 2)


def described(age, *, read=("age", "sex")):
    """Return the sound table with age and sex, of which some are read."""
    return table(age=age, sex=SEXES), {"covariates": read}


def with_troughs(troughs, **further):
    """Return the sound table with its troughs in a file."""
    return table(trough_mg_l=None), {"troughs": troughs} | further


# code, the cohort and the model file, words of the remedy, the two after it.
CASES = [
    ("F001", (ALONE, {}), "sorafenib_joint.v2", "Add the column", (SOUND, {}), "sorafenib_joint.v2"),
    ("F001", (ALONE, {}), "sorafenib_joint.v2", "does not need it: toxicity_only.v1", (ALONE, {}), "toxicity_only.v1"),
    (
        "F001",
        (COUNTS, {}),
        "sorafenib_joint.v2",
        "does not need it: sorafenib_dlt.v1",
        (COUNTS, {}),
        "sorafenib_dlt.v1",
    ),
    ("F001", (SOUND, {}), "sorafenib_grades.v1", "Add the column", (GRADED, {}), "sorafenib_grades.v1"),
    ("F001", (SOUND, {}), "sorafenib_grades.v1", 'kind = "binary", such as', (SOUND, {}), "sorafenib_joint.v2"),
    ("F001", (SOUND, {}), "sorafenib_event_types.v1", "Add the column", (EVENTS, {}), "sorafenib_event_types.v1"),
    (
        "F001",
        (table(ae_skin=[""] * N), {}),
        "sorafenib_event_types.v1",
        "Fill in the columns ae_…",
        (EVENTS, {}),
        "sorafenib_event_types.v1",
    ),
    (
        "F002",
        (table(**cell("trough_mg_l", "<1")), {}),
        "sorafenib_observed.v2",
        "such as sorafenib_joint.v2",
        (table(**cell("trough_mg_l", "<1")), {}),
        "sorafenib_joint.v2",
    ),
    (
        "F004",
        (SOUND, {}),
        "sorafenib_doses.v1",
        "Give the file of doses",
        (SOUND, {"doses": DOSES}),
        "sorafenib_doses.v1",
    ),
    (
        "F005",
        (SOUND, CHANGED),
        "sorafenib_doses.v1",
        "Give the troughs",
        with_troughs(TROUGHS, **CHANGED),
        "sorafenib_doses.v1",
    ),
    (
        "F005",
        with_troughs(longer(TROUGHS, patient_id="P01", day=3, trough_mg_l=0.8), **PAUSED),
        "sorafenib_doses.v1",
        "Leave it out; a trough of another day serves",
        with_troughs(TROUGHS | cell("day", 3, index=0, others=TROUGHS["day"]), **PAUSED),
        "sorafenib_doses.v1",
    ),
    (
        "F006",
        (table(entry_months=LATE), {}),
        "sorafenib_joint.v2",
        "such as sorafenib_entry.v1",
        (table(entry_months=LATE), {}),
        "sorafenib_entry.v1",
    ),
    (
        "F007",
        (SOUND, {}),
        "sorafenib_onset.v1",
        "Add toxicity_month",
        (table(toxicity_month=ONSETS), {}),
        "sorafenib_onset.v1",
    ),
    (
        "F007",
        ONE_UNKNOWN,
        "sorafenib_onset.v1",
        "Fill in toxicity_month",
        (table(toxicity_month=ONSETS), {}),
        "sorafenib_onset.v1",
    ),
    (
        "F007",
        ONE_UNKNOWN,
        "sorafenib_onset.v1",
        "such as sorafenib_entry.v1",
        ONE_UNKNOWN,
        "sorafenib_entry.v1",
    ),
    (
        "F010",
        (COUNTS, {}),
        "toxicity_only.v1",
        "whose drug.unit is that of the exposures",
        (COUNTS, {}),
        "sorafenib_dlt.v1",
    ),
    (
        "F011",
        CONTRADICTING,
        "sorafenib_grades.v1",
        "Leave the column toxicity out and declare [toxicity] from_grade = 3",
        (table(grade=GRADES, toxicity=None), FROM_GRADE),
        "sorafenib_grades.v1",
    ),
    (
        "F011",
        CONTRADICTING,
        "sorafenib_grades.v1",
        "such as sorafenib_joint.v2",
        CONTRADICTING,
        "sorafenib_joint.v2",
    ),
    (
        "F012",
        (SOUND, {}),
        "sorafenib_decline.v1",
        "Give the troughs with their days",
        with_troughs(TROUGHS),
        "sorafenib_decline.v1",
    ),
    (
        "F012",
        with_troughs(CENSORED),
        "sorafenib_decline.v1",
        "such as sorafenib_joint.v2",
        with_troughs(CENSORED),
        "sorafenib_joint.v2",
    ),
    (
        "F012",
        with_troughs(longer(TROUGHS, patient_id="P01", day=40, trough_mg_l="<1")),
        "sorafenib_decline.v1",
        "Leave it out",
        with_troughs(TROUGHS),
        "sorafenib_decline.v1",
    ),
    ("F008", described(AGES, read=["sex"]), OF_AGE, 'read_cohort(…, covariates=["age"])', described(AGES), OF_AGE),
    (
        "F008",
        described(AGES, read=["sex"]),
        OF_AGE,
        "leave it out of the formulas",
        described(AGES, read=["sex"]),
        WITHOUT_AGE,
    ),
    ("F009", described([60] * N), OF_AGE, "Correct the column", described(AGES), OF_AGE),
    (
        "F009",
        described([60] * N),
        OF_AGE,
        "leave it out of the formulas of the model file",
        described([60] * N),
        WITHOUT_AGE,
    ),
]
NOTHING_TO_DO = {"F003"}
"""The note on what a cohort leaves out of a model file."""


@pytest.mark.parametrize("case", CASES, ids=[f"{i} {case[0]}" for i, case in enumerate(CASES)])
def test_a_remedy_that_is_applied_brings_the_two_together(case):
    """The remedy says what is then done to the cohort or which model file is used, and no problem is left."""
    code, before, model, words, after, other = case
    with pytest.raises(InputError) as caught:
        match_up(before, model)
    found = [problem for problem in caught.value.problems if problem.code == code]
    assert any(words in problem.remedy for problem in found), [str(problem) for problem in caught.value.problems]
    match_up(after, other)


def match_up(given, model):
    """Read a cohort and hold it against a model file, as a fit does before it samples."""
    columns, options = given
    framed = {name: pd.DataFrame(value) if isinstance(value, dict) else value for name, value in options.items()}
    cohort = read_cohort(pd.DataFrame(columns), **framed)
    bound, _ = bind_model(load_model(model) if isinstance(model, str) else parse_model(model), cohort)
    check_compatible(cohort, bound)


def test_every_code_has_a_case_or_asks_for_nothing():
    """A new code needs a case that applies its remedy."""
    source = "".join(path.read_text(encoding="utf-8") for path in Path(bayes_sora.__file__).parent.rglob("*.py"))
    assert set(re.findall(r'"(F\d{3})"', source)) == {code for code, *_ in CASES} | NOTHING_TO_DO
