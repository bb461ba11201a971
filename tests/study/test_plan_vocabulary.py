"""One vocabulary: the plan's values, the scenarios and docs/plan-files.md say the same."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

import bayes_sora as bs
from bayes_sora.modelfile import Prior
from bayes_sora.study import Plan, Target, list_plans, parse_plan
from bayes_sora.study.plan import EngineName, Measure, Method, MethodKind, TruthPrior
from bayes_sora.study.plan_vocabulary import (
    DRAWABLE,
    ENGINES,
    KINDS,
    MEASURES,
    METHOD,
    TABLES,
    TARGET,
    TOP,
    WINDOWS,
)
from bayes_sora.study.sample_size.criteria import WINDOW_LIMITS
from bayes_sora.study.truths import draw_truth

PAGE = (Path(__file__).parents[2] / "docs" / "plan-files.md").read_text(encoding="utf-8")
SECTIONS = {"Top of the file": TOP, "[[methods]]": METHOD, "[[targets]]": TARGET}


@pytest.mark.parametrize("title", SECTIONS)
def test_the_page_has_a_row_a_key(title):
    """docs/plan-files.md documents each section: the same keys, in the same order, with their meaning."""
    section = re.search(rf"^### `?{re.escape(title)}`?\n(.*?)(?=^##)", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert section is not None
    table = section[1].partition("| key |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `(\w+)`( \*)? \| (.+?) \|", table, flags=re.MULTILINE)
    assert [(name, bool(star), meaning) for name, star, meaning in rows] == [
        (name, key.required, key.meaning) for name, key in SECTIONS[title].items()
    ]


def test_the_page_names_scenarios_plans_kinds_and_fields():
    """Whatever can be named in a plan is on the page."""
    named = {*bs.SCENARIOS, *KINDS, *ENGINES, *MEASURES, *(plan.name for plan in list_plans())}
    named |= {name.rpartition(".")[2] for name in DRAWABLE}
    assert [name for name in sorted(named) if f"`{name}`" not in PAGE] == []


def test_the_example_of_the_page_is_a_plan():
    """The plan shown to newcomers is sound."""
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    plan = parse_plan(example)
    assert plan.scenarios == ("moderate", "null", "truths")
    assert len(plan.cells) == 12


def test_keys_are_the_fields_of_the_values_they_fill():
    """Each key has a field, each choice a place in the types."""
    made = {"models", "sha256", "text"}
    assert {*TOP, *TABLES} - {"schema"} == {field.name for field in fields(Plan)} - made
    assert set(METHOD) == {field.name for field in fields(Method)}
    assert set(TARGET) == {field.name for field in fields(Target)}
    assert get_args(MethodKind) == KINDS
    assert get_args(EngineName) == ENGINES
    assert get_args(Measure) == tuple(MEASURES)
    assert dict(WINDOWS) == WINDOW_LIMITS


@pytest.mark.parametrize("field", DRAWABLE)
def test_every_field_can_be_drawn(field):
    """A prior on the field changes it, and nothing else, in the drawn scenario."""
    prior = Prior(family="log_normal", arguments={"median": 3.7, "sd_log": 1e-9})
    base = bs.SCENARIOS["moderate"]
    drawn = draw_truth(TruthPrior(base="moderate", priors={field: prior}), seed=1)
    part, _, name = field.rpartition(".")
    assert getattr(getattr(drawn, part) if part else drawn, name) == pytest.approx(3.7)
    others = {one.name for one in fields(base)} - {"name", "meaning", part or name}
    assert all(getattr(drawn, one) == getattr(base, one) for one in others)


def test_a_field_that_cannot_be_drawn_is_refused():
    """Only the fields of the vocabulary are drawn."""
    prior = Prior(family="normal", arguments={"mean": 0.0, "sd": 1.0})
    with pytest.raises(KeyError, match="driver"):
        draw_truth(TruthPrior(base="moderate", priors={"driver": prior}), seed=1)
