"""Survival by trough group: who is in which group, how groups are named, and what happens without patients."""

import numpy as np
import pytest

from bayes_sora.classical.groups import cut_text, survival_by_group
from bayes_sora.classical.logrank import log_rank_test
from bayes_sora.types import MASS_UNITS, MG_L, exposure_unit

CUTS = (1.40, 3.45)


def grouped(trough, *, cuts=CUTS, unit=MG_L, months=None, death=None):
    """Group patients with follow-up of 1, 2, … months who all die, unless said."""
    trough = np.asarray(trough, dtype=float)
    months = np.arange(1.0, trough.size + 1) if months is None else np.asarray(months, dtype=float)
    death = np.ones(trough.size) if death is None else np.asarray(death, dtype=float)
    return survival_by_group(trough, months, death, cuts_mg_l=cuts, unit=unit)


def test_groups_are_closed_below():
    """A trough at a cut-off belongs to the group above it."""
    result = grouped([1.39, 1.40, 3.44, 3.45, 9.0])
    assert [group.n for group in result.groups] == [1, 2, 2]
    assert [(group.low_mg_l, group.high_mg_l) for group in result.groups] == [(0.0, 1.4), (1.4, 3.45), (3.45, np.inf)]


def test_rounding_does_not_move_a_patient():
    """Troughs at a cut-off that were converted from ng/mL or averaged on the log scale stay in the group above it."""
    trough = np.array([1400 * 0.001, np.nextafter(1.4, 0), np.exp(np.log(3.45)), np.nextafter(3.45, 0)])
    assert [group.n for group in grouped(trough).groups] == [0, 2, 2]


def test_each_group_has_its_own_patients():
    """Deaths, median and curve are those of the group's patients alone."""
    result = grouped([1.0, 2.0, 5.0, 2.0, 1.0], months=[3, 10, 7, 20, 4], death=[1, 1, 0, 1, 1])
    low, inside, high = result.groups
    assert (low.deaths, low.median_months) == (2, 3.5)
    assert (inside.deaths, inside.median_months) == (2, 15.0)
    assert (high.deaths, high.median_months, high.ci95) == (0, None, (None, None))


@pytest.mark.parametrize(
    ("unit", "cuts", "labels"),
    [
        (MG_L, CUTS, ["< 1.40", "1.40–3.45", "≥ 3.45"]),
        (MASS_UNITS["ng/mL"], CUTS, ["< 1400", "1400–3450", "≥ 3450"]),
        (MASS_UNITS["ng/mL"], (0.04268,), ["< 42.68", "≥ 42.68"]),
        (exposure_unit("µmol/L", molar_mass_g_mol=464.8), (1.4,), ["< 3.01205", "≥ 3.01205"]),
        (MG_L, (), ["all"]),
    ],
)
def test_labels(unit, cuts, labels):
    """Groups are named by their cut-offs in the unit of the model file."""
    assert [group.label for group in grouped([1.0, 4.0], cuts=cuts, unit=unit).groups] == labels


@pytest.mark.parametrize(
    ("cut", "text"), [(1.4, "1.40"), (0.05, "0.0500"), (12.0, "12.0"), (750.0, "750"), (1002.0, "1002"), (82.3, "82.3")]
)
def test_cut_text(cut, text):
    """A cut-off is printed with three significant digits or as many as tell it."""
    assert cut_text(cut) == text


def test_log_rank_is_over_the_groups_with_patients():
    """An empty middle group is kept in the table and takes no part in the test."""
    trough, months, death = (
        np.array([1.0, 1.2, 4.0, 5.0]),
        np.array([1.0, 3.0, 6.0, 9.0]),
        np.array([1.0, 1.0, 1.0, 0.0]),
    )
    result = grouped(trough, months=months, death=death)
    assert result.groups[1].n == 0
    assert result.groups[1].median_months is None
    assert result.logrank_p == log_rank_test(months, death, np.array([0, 0, 1, 1])).p_value


@pytest.mark.parametrize(
    ("trough", "death"),
    [pytest.param([2.0, 2.5], [1, 1], id="one group"), pytest.param([1.0, 2.0], [0, 0], id="no deaths")],
)
def test_no_log_rank(trough, death):
    """With one group of patients, or without deaths, there is no p-value."""
    assert grouped(trough, death=death).logrank_p is None


def test_risk_table():
    """The risk table has one row a group, and an empty group is at no risk."""
    result = grouped([1.0, 1.0, 4.0], months=[2, 8, 5])
    assert result.at_risk_at(np.array([0.0, 5.0, 8.0])).tolist() == [[2, 1, 1], [0, 0, 0], [1, 1, 0]]
