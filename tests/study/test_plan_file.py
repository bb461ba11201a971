"""Plan files: every fault is found, named by its key path and listed; sound plans mean what they say."""

from __future__ import annotations

import json
import pickle
import tomllib

import pytest

import bayes_sora as bs
from bayes_sora.errors import InputError
from bayes_sora.study.plan import Cell
from bayes_sora.study.plan_file import lint_plan, list_plans, load_plan, parse_plan, plan_from_json

SOUND = """
schema = 1
name = "sound"
title = "A sound plan"
scenarios = ["literal", "null"]
sizes = [26, 50]
troughs = [1, 2]
follow_up_months = [12, 24]
replicates = 20
seed = 1

[[methods]]
name = "joint"
kind = "bayes"
model = "sorafenib_joint.v1"
engine = "nuts"

[[methods]]
name = "roc"
kind = "roc"

[[targets]]
measure = "narrow_limit"
window = "youden"
limit = "lower"
max_fold = 2
probability = 0.8

[truths]
base = "moderate"

[truths.toxicity.slope]
family = "normal"
mean = 0.9
sd = 0.3

[truths.exposure_median_mg_l]
family = "log_normal"
median = 2.91
sd_log = 0.2
"""

WRONG = {
    "unknown key": ('title = "A sound plan"', 'titel = "A sound plan"', ["P007", "P008"], "Did you mean title?"),
    "unknown scenario": ('"literal", "null"', '"litteral", "null"', ["P011"], "Did you mean literal?"),
    "scenario twice": ('"literal", "null"', '"null", "null"', ["P016"], "'null'"),
    "no size": ("sizes = [26, 50]", "sizes = []", ["P010"], "at least one entry"),
    "size as text": ("sizes = [26, 50]", 'sizes = ["26"]', ["P009"], "each entry to be a whole number"),
    "two patients": ("sizes = [26, 50]", "sizes = [2]", ["P010"], "from 3 to 20,000"),
    "no array": ("troughs = [1, 2]", "troughs = 1", ["P009"], "an array of whole numbers"),
    "follow-up not finite": ("[12, 24]", "[inf]", ["P010"], "follow_up_months"),
    "no replicates": ("replicates = 20\n", "", ["P008"], "replicates"),
    "seed below zero": ("seed = 1", "seed = -1", ["P010"], "2^53"),
    "newer schema": ("schema = 1", "schema = 2", ["P011"], "update bayes-sora"),
    "name with a path": ('name = "sound"', 'name = "../sound"', ["P014"], "letters, digits"),
    "unknown kind": ('kind = "roc"', 'kind = "rocc"', ["P011"], "roc_bootstrap"),
    "bayes without model": ('model = "sorafenib_joint.v1"\n', "", ["P008"], "methods[1].model"),
    "roc with a model": ('kind = "roc"', 'kind = "roc"\nmodel = "x"', ["P012"], "methods[2].model"),
    "unknown engine": ('engine = "nuts"', 'engine = "stan"', ["P011"], "fast, nuts"),
    "unknown model": ('"sorafenib_joint.v1"', '"sorafenib_join.v1"', ["M002", "P015"], "Did you mean sorafenib_joint"),
    "method twice": ('name = "roc"', 'name = "joint"', ["P016"], "its own name"),
    "target without fold": ("max_fold = 2\n", "", ["P008"], "targets[1].max_fold"),
    "target with months": ("max_fold = 2", "max_fold = 2\nmonths = 1", ["P012"], "targets[1].months"),
    "limit of another window": ('limit = "lower"', 'limit = "optimum"', ["P016"], "youden window has no such limit"),
    "fold of one": ("max_fold = 2", "max_fold = 1", ["P010"], "above 1"),
    "unknown base": ('base = "moderate"', 'base = "moderat"', ["P011"], "Did you mean moderate?"),
    "unknown field": ("[truths.toxicity.slope]", "[truths.toxicity.slop]", ["P007"], "Did you mean slope?"),
    "unknown family": ('family = "normal"', 'family = "cauchy"', ["P011"], "truths.toxicity.slope.family"),
    "unknown argument": ("mean = 0.9", "mu = 0.9", ["P007", "P008"], "truths.toxicity.slope"),
    "field of both signs": ('family = "log_normal"', 'family = "normal"', ["P007", "P008", "P013"], "is positive"),
    "scale of zero": ("sd = 0.3", "sd = 0", ["P010"], "truths.toxicity.slope.sd"),
    "syntax": ("seed = 1", "seed = ", ["P005"], "valid TOML"),
    "nested arrays": ("seed = 1", "seed = " + "[" * 50 + "]" * 50, ["P006"], "too deeply"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_plan_gives_exactly_its_codes_and_says_where(case):
    """Each fault has its codes, no others, and the words that help."""
    before, after, codes, words = WRONG[case]
    assert before in SOUND
    with pytest.raises(InputError) as caught:
        parse_plan(SOUND.replace(before, after, 1))
    assert sorted({problem.code for problem in caught.value.problems}) == codes
    assert words in str(caught.value)
    assert all(problem.remedy.endswith(".") for problem in caught.value.problems)


def test_every_fault_is_listed_at_once():
    """All faults of a plan come in one error."""
    text = SOUND
    chosen = ("unknown scenario", "two patients", "seed below zero", "unknown engine", "fold of one", "unknown base")
    for case in chosen:
        text = text.replace(*WRONG[case][:2], 1)
    with pytest.raises(InputError) as caught:
        parse_plan(text)
    assert len(caught.value.problems) == len(chosen)


def test_nothing_to_simulate():
    """A plan without scenarios and truths is told of the released scenarios."""
    content = tomllib.loads(SOUND)
    del content["scenarios"], content["truths"]
    with pytest.raises(InputError, match=r"P008 column scenarios: nothing to simulate.*literal"):
        parse_plan(content)


def test_a_sound_plan_means_what_it_says():
    """Values, cells in the order of the plan, and truths as the last scenario."""
    plan = parse_plan(SOUND)
    assert plan.scenarios == ("literal", "null", "truths")
    assert plan.cells[0] == Cell(scenario="literal", n=26, troughs=1, follow_up_months=12.0)
    assert plan.cells[1].follow_up_months == 24.0
    assert len(plan.cells) == 3 * 2 * 2 * 2
    assert plan.methods[0].engine == "nuts"
    assert plan.models == {"joint": bs.load_model("sorafenib_joint.v1").sha256}
    assert plan.targets[0].max_fold == 2
    assert plan.truths.base == "moderate"
    assert set(plan.truths.priors) == {"toxicity.slope", "exposure_median_mg_l"}
    assert plan.truths.priors["toxicity.slope"].arguments == {"mean": 0.9, "sd": 0.3}


def test_a_plan_travels_to_workers_and_folders():
    """It can be pickled for another process, and its JSON gives it back."""
    plan = parse_plan(SOUND)
    assert pickle.loads(pickle.dumps(plan)) == plan
    assert plan_from_json(plan.text, models=plan.models) == plan


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ('title = "A sound plan"', 'title = "Better words"  # comment', True),
        ("max_fold = 2", "max_fold = 3", True),
        ("[12, 24]", "[12.0, 24.0]", True),
        ("seed = 1", "seed = 2", False),
        ("replicates = 20", "replicates = 21", False),
        ('engine = "nuts"', 'engine = "fast"', False),
        ('"sorafenib_joint.v1"', '"sorafenib_literature.v1"', False),
        ("sd = 0.3", "sd = 0.4", False),
    ],
)
def test_the_hash_is_of_what_numbers_depend_on(before, after, same):
    """Words and targets may change; anything that enters a number may not."""
    assert before in SOUND
    assert (parse_plan(SOUND).sha256 == parse_plan(SOUND.replace(before, after, 1)).sha256) == same


def test_a_model_file_beside_the_plan_counts_by_its_content(tmp_path):
    """Its path is relative to the plan; moving both changes nothing, editing the model does."""
    hashes = []
    for folder, slope_sd in (("one", 1), ("two", 1), ("three", 2)):
        place = tmp_path / folder
        place.mkdir()
        (place / "own.toml").write_text(
            'schema = 1\nname = "own"\ntitle = "own"\nextends = "sorafenib_joint.v1"\n'
            f"[toxicity.slope]\nsd = {slope_sd}.5\n",
            encoding="utf-8",
        )
        (place / "sound.toml").write_text(SOUND.replace("sorafenib_joint.v1", "own.toml"), encoding="utf-8")
        plan = load_plan(place / "sound.toml")
        assert plan.methods[0].model == str(place / "own.toml")
        assert str(tmp_path) not in plan.text
        hashes.append(plan.sha256)
    assert hashes[0] == hashes[1] != hashes[2]


def test_faults_of_a_model_file_are_listed_with_those_of_the_plan(tmp_path):
    """A wrong model file is named, with what is wrong in it."""
    (tmp_path / "own.toml").write_text('schema = 1\nname = "own"\nextends = "sorafenib_joint.v1"\n', encoding="utf-8")
    (tmp_path / "sound.toml").write_text(SOUND.replace("sorafenib_joint.v1", "own.toml"), encoding="utf-8")
    problems = lint_plan(tmp_path / "sound.toml")
    assert [(problem.code, problem.file) for problem in problems] == [("P015", "sound.toml"), ("M008", "own.toml")]


def test_a_model_without_a_range_has_no_truth(tmp_path):
    """Windows on each cohort's own range cannot be held against one truth."""
    text = bs.load_model("sorafenib_joint.v1").text
    content = json.loads(text)
    del content["drug"]["range"]
    model = bs.parse_model(content)
    assert model.drug.span is None
    blocks = {name: content[name] for name in ("drug", "exposure", "toxicity", "response", "survival")}
    own = f'schema = 1\nname = "own"\ntitle = "own"\n{_toml(blocks)}'
    (tmp_path / "own.toml").write_text(own, encoding="utf-8")
    (tmp_path / "sound.toml").write_text(SOUND.replace("sorafenib_joint.v1", "own.toml"), encoding="utf-8")
    (problem,) = lint_plan(tmp_path / "sound.toml")
    assert problem.code == "P016"
    assert "no drug.range" in problem.why


def _toml(table, path=()):
    """Write nested tables of plain values as TOML."""
    lines = [f"[{'.'.join(path)}]"] if path else []
    lines += [f"{key} = {value!r}" for key, value in table.items() if not isinstance(value, dict)]
    inner = [_toml(value, (*path, key)) for key, value in table.items() if isinstance(value, dict)]
    return "\n".join([*lines, *inner])


def test_shipped_plans_are_sound():
    """Each shipped plan is linted; noda26 and noda26_v2 are of 26 patients over the ten scenarios released by then."""
    plans = {plan.name: plan for plan in list_plans()}
    assert set(plans) == {"noda26", "noda26_v2", "quick", "sample_size"}
    assert plans["noda26"].scenarios == tuple(name for name in bs.SCENARIOS if name != "immortal")
    assert plans["noda26"].sizes == (26,)
    assert plans["noda26"].replicates >= 1000
    assert {method.kind for method in plans["noda26"].methods} == {
        "bayes",
        "roc",
        "roc_bootstrap",
        "bayesian_bootstrap",
    }
    compared = plans["noda26_v2"]
    assert (compared.scenarios, compared.sizes, compared.seed) == (plans["noda26"].scenarios, (26,), 26)
    assert {method.model for method in compared.methods} >= {f"sorafenib_joint.v{version}" for version in (1, 2)}
    assert "roc_fair" in {method.kind for method in compared.methods}
    assert plans["sample_size"].sizes[-1] == 800


def test_an_unknown_name_offers_the_shipped_ones(tmp_path):
    """A misspelt name and a missing file are problems of the input."""
    with pytest.raises(InputError, match=r"P002.*Did you mean noda26\?.*quick"):
        load_plan("noda62")
    assert [problem.code for problem in lint_plan(tmp_path / "missing.toml")] == ["P001"]
