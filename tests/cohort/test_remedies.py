"""Every remedy is true: applied to the input that triggered it, its code is gone and no other error comes up."""

from __future__ import annotations

import pytest

from bayes_sora.cohort.codes import Code
from tests.cohort.remedies import SOUND, cells, course, files, problems, tables

CASES = [*files.CASES, *tables.CASES, *cells.CASES, *course.CASES]
NOTHING_TO_DO = {
    Code.TRIMMED_ID: "note",
    Code.FEW_PATIENTS: "caution",
    Code.ONE_SIDED_TOXICITY: "report",
    Code.ONE_SIDED_RESPONSE: "report",
    Code.SEPARATION: "report",
    Code.DROPPED: "caution",
    Code.TROUGH_COLUMN_UNUSED: "note",
}
"""Codes of notes that ask for no change of the input."""


@pytest.mark.parametrize(
    ("code", "before", "words", "after"), CASES, ids=[f"{i} {case[0]}" for i, case in enumerate(CASES)]
)
def test_a_remedy_that_is_applied_mends_its_fault(code, before, words, after, tmp_path):
    """The remedy says what is then done, the code is gone, and no error is left or new."""
    raised = problems(before[0], tmp_path, **before[1])
    remedies = [problem.remedy for problem in raised if problem.code == code]
    assert any(words in remedy for remedy in remedies), [str(problem) for problem in raised]
    left = problems(after[0], tmp_path, **after[1])
    assert code not in {problem.code for problem in left}
    assert [str(problem) for problem in left if problem.severity == "error"] == []


def test_every_code_has_a_case_or_asks_for_nothing():
    """A new code needs a case that applies its remedy; one that asks for nothing has none."""
    covered = {code for code, *_ in CASES}
    assert covered | NOTHING_TO_DO.keys() == set(Code)
    assert covered & NOTHING_TO_DO.keys() == set()


def test_the_table_that_the_cases_change_has_no_problem(tmp_path):
    """Nothing but the change of a case can be what it triggers."""
    assert problems(SOUND[0], tmp_path) == ()


@pytest.mark.parametrize(
    ("extra", "further"),
    [
        ({"day": 1}, {}),
        ({"os_day": 1}, {}),
        ({"cnsr": 0}, {}),
        ({"Toxicity": 0}, {}),
        ({"toxicty": 0}, {"columns": {"toxicity": "toxicity"}}),
    ],
)
def test_a_name_under_which_no_column_would_be_read_is_not_offered(extra, further, tmp_path):
    """Neither a name of another file, nor a second column of what the table has, nor an undeclared cnsr."""
    columns = SOUND[0] | {name: [value] * len(SOUND[0]["death"]) for name, value in extra.items()}
    found = [problem for problem in problems(columns, tmp_path, **further) if problem.code == Code.EXTRA_COLUMNS]
    assert [problem.remedy for problem in found] == ["Nothing, if that is meant."]
