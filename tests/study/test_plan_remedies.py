"""Every remedy of a plan is true: applied to the plan that triggered it, no problem is left."""

from __future__ import annotations

import re

import pytest

from bayes_sora.errors import InputError
from bayes_sora.files.budgets import MODEL_BYTES
from bayes_sora.modelfile import content, findings
from bayes_sora.study.plan_file import lint_plan, load_plan, parse_plan
from tests.study.test_plan_file import SOUND

MEDIAN = 'family = "log_normal"\nmedian = 2.91\nsd_log = 0.2'
JOINT = 'model = "sorafenib_joint.v1"'

# code, a part of the sound plan, what stands in its place, words of the remedy, and what stands there after it.
CASES = [
    ("P005", "seed = 1", "seed =", "Correct that line", "seed = 2"),
    ("P006", "seed = 1", "seed = " + "[" * 50 + "]" * 50, "Four levels are enough", "seed = 2"),
    ("P007", 'title = "A', 'titel = "A', "Did you mean title?", 'title = "A'),
    ("P008", "replicates = 20", "", "Add it: replicates a cell", "replicates = 10"),
    ("P008", JOINT, "", "Add it: model file of a bayes method", 'model = "sorafenib_joint.v2"'),
    ("P008", "max_fold = 2\n", "", "Add it: narrow_limit", "max_fold = 3\n"),
    ("P009", "troughs = [1, 2]", "troughs = 1", "Correct troughs", "troughs = [1]"),
    (
        "P009",
        "[truths.toxicity.slope]",
        "[truths.toxicity]\nslope = 1\n[truths.response.slope]",
        "Write [truths.",
        "[truths.toxicity.slope]",
    ),
    ("P010", "sizes = [26, 50]", "sizes = []", "Add one: patients a cohort", "sizes = [26]"),
    ("P010", "replicates = 20", "replicates = 10_000_000", "Correct", "replicates = 20"),
    ("P011", '"literal", "null"', '"litteral"', "Did you mean literal?", '"literal"'),
    ("P011", "schema = 1", "schema = 2", "Write schema = 1", "schema = 1"),
    ("P011", MEDIAN, 'family = "log"', "Known: half_normal, log_normal", MEDIAN),
    ("P012", 'kind = "roc"', f'kind = "roc"\n{JOINT}', 'or write kind = "bayes"', f'kind = "bayes"\n{JOINT}'),
    ("P012", 'kind = "roc"', f'kind = "roc"\n{JOINT}', "Remove it", 'kind = "roc"'),
    ("P012", "max_fold = 2", "max_fold = 2\nmonths = 1", "it takes limit, max_fold, probability", "max_fold = 2"),
    ("P013", MEDIAN, 'family = "normal"\nmean = 3\nsd = 1', "Choose one of half_normal, log_normal", MEDIAN),
    ("P014", 'name = "sound"', 'name = "../sound"', 'as in "noda26"', 'name = "sound26"'),
    ("P014", 'name = "roc"', 'name = "a/b"', 'as in "joint"', 'name = "cut"'),
    ("P015", JOINT, 'model = "sorafenib_join.v1"', "name another model file", 'model = "sorafenib_joint.v2"'),
    ("P016", "sizes = [26, 50]", "sizes = [26, 26]", "Give each value once", "sizes = [26]"),
    ("P016", 'name = "roc"', 'name = "joint"', "Give each method its own name", 'name = "cut"'),
    ("P016", 'limit = "lower"', 'limit = "optimum"', "Known: lower, upper", 'limit = "upper"'),
    ("P016", JOINT, 'model = "sorafenib_sites.v1"', "Name a model file without that need", JOINT),
    ("P016", JOINT, 'model = "sunitinib_example.v1"', "Name a model file for such troughs", JOINT),
]


@pytest.mark.parametrize(("code", "part", "wrong", "words", "mended"), CASES)
def test_a_remedy_that_is_applied_mends_the_plan(code, part, wrong, words, mended):
    """The remedy says what is then done, and the plan has no problem any more."""
    assert part in SOUND
    with pytest.raises(InputError) as caught:
        parse_plan(SOUND.replace(part, wrong, 1))
    found = [problem for problem in caught.value.problems if problem.code == code]
    assert any(words in problem.remedy for problem in found), [str(problem) for problem in caught.value.problems]
    parse_plan(SOUND.replace(part, mended, 1))


# code, the content of sound.toml, words of the remedy.
FILES = [
    ("P001", None, "Check the path"),
    ("P003", SOUND.encode() + b"#" * MODEL_BYTES, "check what this file is"),
    ("P004", SOUND.replace("A sound", "Ä sound").encode("latin-1"), "Save it as UTF-8"),
    ("P014", SOUND.replace('name = "sound"', 'name = "other"').encode(), 'Write name = "sound"'),
]


@pytest.mark.parametrize(("code", "written", "words"), FILES)
def test_a_remedy_that_is_applied_mends_the_file(code, written, words, tmp_path):
    """What concerns the file as a whole is mended by the sound one in UTF-8."""
    path = tmp_path / "sound.toml"
    if written is not None:
        path.write_bytes(written)
    (problem,) = lint_plan(path)
    assert problem.code == code
    assert words in problem.remedy
    path.write_text(SOUND.replace("A sound", "Ä sound"), encoding="utf-8")
    assert lint_plan(path) == ()


def test_a_plan_that_is_not_shipped_is_replaced_as_the_remedy_says():
    """P002 offers the nearest name, which loads."""
    with pytest.raises(InputError, match=r"^P002 .*Did you mean noda26\?.*given by its path\.$"):
        load_plan("noda62")
    assert load_plan("noda26").name == "noda26"


def test_every_code_that_a_plan_can_have_has_a_case():
    """The codes are those of model files, but a plan has no formula (P017); P002 is tested above."""
    linter = [*vars(findings).values(), *vars(content).values()]
    codes = {f"P{code[1:]}" for code in linter if isinstance(code, str) and re.fullmatch(r"M\d{3}", code)}
    assert {code for code, *_ in (*CASES, *FILES)} == codes - {"P017"}
