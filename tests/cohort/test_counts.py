"""Tables of counts: each arm becomes its patients, wrong counts are named."""

from __future__ import annotations

import numpy as np
import pytest

import bayes_sora as bs
from bayes_sora.errors import InputError
from bayes_sora.resources import shipped_folder

HEADER = "study,dose_mg,n_toxicity,n_treated\n"


def written(tmp_path, text):
    """Write a file of counts."""
    path = tmp_path / "counts.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_published_counts_become_their_patients():
    """355 patients of 13 studies in 49 arms, 60 toxicities, as the source counts them."""
    cohort = bs.read_cohort(shipped_folder("data/published") / "sorafenib_dlt.csv")
    assert cohort.n_patients == 355
    assert cohort.toxicity.sum() == 60
    assert len(set(cohort.study)) == 13
    assert len(set(cohort.patient_id)) == 355
    assert cohort.source.trough_unit.name == "mg"
    np.testing.assert_allclose(cohort.trough_mg_l, cohort.dose_mg, rtol=1e-12)


def test_every_arm_keeps_its_counts(tmp_path):
    """Patients and toxicities of each arm are those of its row, an arm without patients has none."""
    cohort = bs.read_cohort(written(tmp_path, HEADER + "A,100,1,3\nA,200,0,0\nB,100,2,2\nB,400,0,4\n"))
    assert cohort.study == ("A",) * 3 + ("B",) * 6
    np.testing.assert_array_equal(cohort.dose_mg, [100] * 5 + [400] * 4)
    np.testing.assert_array_equal(cohort.toxicity, [1, 0, 0, 1, 1, 0, 0, 0, 0])


WRONG = {
    "more toxicities than patients": ("A,100,4,3\n", "C078", "more toxicities than patients"),
    "half a patient": ("A,100,1,2.5\n", "C078", "whole number"),
    "negative": ("A,100,-1,3\n", "C078", "whole number"),
    "blank": ("A,100,,3\n", "C078", "whole number"),
    "no dose": ("A,,0,3\n", "C033", "missing"),
    "dose of nothing": ("A,0,0,3\n", "C033", "dose"),
    "nobody": ("A,100,0,0\n", "C003", "no patient"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_counts_are_named(case, tmp_path):
    """Each fault has its code, its row and words."""
    row, code, words = WRONG[case]
    with pytest.raises(InputError, match=words) as caught:
        bs.read_cohort(written(tmp_path, HEADER + row))
    assert code in {str(problem.code) for problem in caught.value.problems}


def test_all_wrong_cells_at_once(tmp_path):
    """Two rows with a fault each give two problems, each at its row."""
    with pytest.raises(InputError) as caught:
        bs.read_cohort(written(tmp_path, HEADER + "A,100,x,3\nA,200,1,3\nB,ten,0,3\n"))
    assert sorted(problem.row for problem in caught.value.problems) == [2, 4]


def test_missing_columns_are_named(tmp_path):
    """n_treated alone makes it a table of counts, which then lacks the others."""
    with pytest.raises(InputError) as caught:
        bs.read_cohort(written(tmp_path, "study,n_treated\nA,3\n"))
    assert {problem.column for problem in caught.value.problems} == {"dose_mg", "n_toxicity"}


@pytest.mark.parametrize(
    ("model", "counts"), [("sorafenib_dlt.v1", False), ("toxicity_only.v1", True)], ids=["troughs", "doses"]
)
def test_doses_and_troughs_are_not_mixed_up(model, counts, tmp_path):
    """A model about doses refuses troughs, and one about troughs refuses doses."""
    cohort = bs.simulate("moderate", n=9, seed=1).cohort
    if counts:
        cohort = bs.read_cohort(written(tmp_path, HEADER + "A,100,1,9\nA,200,2,9\n"))
    with pytest.raises(InputError, match="F010"):
        bs.fit(cohort, model=model)


def test_columns_that_are_not_read_are_named(tmp_path):
    """C017 names every column that a table of counts leaves alone and offers a name for a misspelt one."""
    text = "studdy,dose_mg,n_toxicity,n_treated,n_response,site\nA,100,1,3,2,Osaka\nB,200,2,3,1,Kobe\n"
    cohort = bs.read_cohort(written(tmp_path, text))
    (note,) = cohort.notes
    assert (note.code, note.severity) == ("C017", "warning")
    assert note.why == "columns not used: studdy, n_response, site"
    assert note.remedy == "Did you mean 'study'?"
    assert bs.read_cohort(written(tmp_path, HEADER + "A,100,1,3\nB,200,2,3\n")).notes == ()
