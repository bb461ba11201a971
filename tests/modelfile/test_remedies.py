"""Every remedy of the linter is true: applied to the content that triggered it, no problem is left."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bayes_sora import modelfile
from bayes_sora.errors import InputError
from bayes_sora.files.budgets import MODEL_BYTES
from bayes_sora.modelfile import lint_model, load_model, model_from_json, parse_model

NORMAL = {"family": "normal", "mean": 0.0, "sd": 1.0}
POSITIVE = {"family": "log_normal", "median": 1.0, "sd_log": 0.5}


def content(base="sorafenib_joint.v1", /, **changed):
    """Return a released model file as content, with values by dotted path changed; None takes a key out."""
    found = json.loads(load_model(base).text) | {"name": "mine"}
    for path, value in changed.items():
        *above, key = path.split("__")
        table = found
        for step in above:
            table = table.setdefault(step, {})
        if value is None:
            table.pop(key)
        else:
            table[key] = value
    return found


def dose(**changed):
    """Return a model of doses."""
    return content("sorafenib_dlt.v1", **changed)


LATENT = {
    "exposure__form": "latent",
    "exposure__sd": None,
    "exposure__sd_between": POSITIVE,
    "exposure__sd_within": POSITIVE,
}
ALONE = content("toxicity_only.v1")
CONFOUNDING = {"confounding": {"correlation": 0.3, "survival": 0.4}}
CONFOUNDED = content(**CONFOUNDING)
EXTENDING = {"extends": "sorafenib_joint.v1", "schema": 1, "name": "mine", "title": "x"}
HORSESHOE = {"family": "regularised_horseshoe"}
TWICE = [{"name": "A", "lower": 1.0}, {"name": "A", "upper": 3.0}]

# code, the content that triggers it, words of the remedy, the content after it.
CASES = [
    ("M007", content(titel="x"), "Did you mean title?", content(title="x")),
    ("M007", content(toxicity__slop=NORMAL), "Did you mean slope?", content(toxicity__slope=NORMAL)),
    ("M008", content(toxicity__slope=None), "Add [toxicity.slope]", content(toxicity__slope=NORMAL)),
    (
        "M008",
        content(drug__unit="µmol/L", drug__molar_mass_g_mol=None),
        "Add molar_mass_g_mol",
        content(drug__unit="µmol/L", drug__molar_mass_g_mol=464.8),
    ),
    ("M009", content(drug__reference="2.91"), "Correct reference", content(drug__reference=2.91)),
    ("M010", content(sampling__chains=0), "Correct chains", content(sampling__chains=4)),
    ("M011", content(survival__form="cubic"), "Known: ", content(survival__form="quadratic")),
    ("M012", content(toxicity__curvature=NORMAL), "Remove it or change the form", content()),
    (
        "M013",
        content(exposure__sd_within=NORMAL),
        "Choose one of half_normal, log_normal",
        content(exposure__sd_within=POSITIVE),
    ),
    ("M014", content(name="../mine"), 'as in "sorafenib_joint.v1"', content(name="mine.v1")),
    (
        "M015",
        {"extends": "sorafenib_joined.v1", "schema": 1, "name": "mine", "title": "x"},
        "Did you mean sorafenib_joint.v1?",
        {"extends": "sorafenib_joint.v1", "schema": 1, "name": "mine", "title": "x"},
    ),
    ("M016", content(drug__range=[10, 0.5]), "low < high", content(drug__range=[0.5, 10])),
    ("M016", content(drug__reference=2910), "Write it in mg/L", content(drug__reference=2.91)),
    ("M016", content(toxicity__slope=NORMAL | {"exp_mean": 1.0}), "one of the two", content(toxicity__slope=NORMAL)),
    ("M016", content("toxicity_only.v1", windows__limits__min_response=0.5), "Remove min_response", ALONE),
    (
        "M016",
        content("response_only.v1", windows__limits__toxicity_grade=2),
        "Remove toxicity_grade",
        content("response_only.v1"),
    ),
    ("M016", content(windows__limits__toxicity_grade=2), "Leave toxicity_grade out", content()),
    (
        "M016",
        content(windows__limits__toxicity_grade=2),
        "extend a model file with an ordinal toxicity",
        content("sorafenib_grades.v1", windows__limits__toxicity_grade=2),
    ),
    ("M016", dose(**LATENT), "with sd in the place of sd_between and sd_within", dose()),
    ("M016", content(groups={"cuts": [3, 1]}), "Sort them", content(groups={"cuts": [1, 3]})),
    (
        "M016",
        content(published=[{"name": "A", "lower": 1400.0, "upper": 3450.0}]),
        "Write it in mg/L",
        content(published=[{"name": "A", "lower": 1.4, "upper": 3.45}]),
    ),
    (
        "M016",
        content("response_only.v1", response__requires_event_free={"endpoint": "survival", "months": 3}),
        "Remove it",
        content("response_only.v1"),
    ),
    (
        "M016",
        content("sorafenib_frailty.v1", confounding={"correlation": 0.3, "survival": 0.4}),
        "Keep [confounding] or [frailty]",
        content("sorafenib_frailty.v1"),
    ),
    (
        "M017",
        content("sorafenib_covariates.v1", covariates__formulas__toxicity="os_months"),
        "known before treatment",
        content("sorafenib_covariates.v1", covariates__formulas__toxicity="age"),
    ),
    ("M008", dose(exposure=None), "Add [exposure] with form", dose()),
    ("M008", content(drug=None), "Add [drug] with name, unit and reference", content()),
    ("M008", content("toxicity_only.v1", toxicity=None), "Add at least one of [toxicity]", ALONE),
    (
        "M008",
        content("sorafenib_spline.v1", drug__range=None),
        "Write range = [low, high] in drug.unit",
        content("sorafenib_spline.v1", drug__range=[0.5, 10]),
    ),
    (
        "M008",
        content(published=[{"name": "A"}]),
        "Give at least one end",
        content(published=[{"name": "A", "lower": 1}]),
    ),
    (
        "M008",
        content(toxicity__slope={"family": "normal", "sd": 1.0}),
        "Give mean, or",
        content(toxicity__slope=NORMAL),
    ),
    (
        "M008",
        content("sorafenib_covariates.v1", covariates__formulas=None),
        'lines such as toxicity = "age"',
        content("sorafenib_covariates.v1", covariates__formulas={"toxicity": "age"}),
    ),
    (
        "M008",
        content("sorafenib_covariates.v1", covariates__coefficient=None),
        "Add [covariates.coefficient]",
        content("sorafenib_covariates.v1", covariates__coefficient=NORMAL),
    ),
    (
        "M008",
        content("sorafenib_frailty.v1", frailty={"toxicity": POSITIVE}),
        "at least two of them",
        content("sorafenib_frailty.v1", frailty={"toxicity": POSITIVE, "survival": POSITIVE}),
    ),
    ("M008", content(confounding={"correlation": 0.3}), "Add survival to [confounding]", CONFOUNDED),
    (
        "M008",
        content(borrowing={"study": {}}),
        'with "Name of the study" = 0.5, or remove [borrowing]',
        content(borrowing={"study": {"Earlier": 0.5}}),
    ),
    ("M009", content(toxicity__slope=1.0), "Write [toxicity.slope] with family", content(toxicity__slope=NORMAL)),
    ("M009", content(groups=3), "Write [groups] and its keys below", content(groups={"cuts": [1, 3]})),
    (
        "M009",
        content(published={"name": "A", "lower": 1.4}),
        "Write each published window as [[published]]",
        content(published=[{"name": "A", "lower": 1.4}]),
    ),
    ("M009", content() | {"extends": 1}, 'Write extends = "sorafenib_joint.v1"', EXTENDING),
    ("M010", content(published=[{"name": str(i), "lower": 1} for i in range(51)]), "Leave some out", content()),
    ("M011", content(schema=2), "Write schema = 1", content()),
    (
        "M012",
        content(survival__landmark_months=2.0),
        "Remove it, or write kind = one of weibull_rows",
        content(survival__landmark_months=2.0, survival__kind="weibull_rows"),
    ),
    (
        "M015",
        EXTENDING | {"drug": {"unit": "ng/mL"}},
        "Leave unit out and write exposures in mg/L",
        EXTENDING | {"drug": {"reference": 2.5}},
    ),
    (
        "M016",
        content("sorafenib_observed.v1", exposure__reference_day=14),
        'Write form = "latent", or leave it out',
        content("sorafenib_observed.v1"),
    ),
    (
        "M016",
        content("sorafenib_decline.v1", exposure__time="dose"),
        'Leave it out, or write time = "constant"',
        content("sorafenib_decline.v1", exposure__time="constant"),
    ),
    (
        "M016",
        content(exposure__interruption_share=0.5),
        'Leave it out, or write time = "dose"',
        content(exposure__interruption_share=0.5, exposure__time="dose"),
    ),
    (
        "M016",
        content(published=TWICE),
        "Give each window its name",
        content(published=[TWICE[0], TWICE[1] | {"name": "B"}]),
    ),
    (
        "M016",
        content(published=[{"name": "A", "lower": 3.0, "upper": 1.0}]),
        "Swap or correct them",
        content(published=[{"name": "A", "lower": 1.0, "upper": 3.0}]),
    ),
    ("M016", ALONE | CONFOUNDING, "Remove survival, or add [survival]", CONFOUNDED),
    (
        "M016",
        content("sorafenib_covariates.v1", covariates__coefficient=NORMAL, covariates__shrinkage=HORSESHOE),
        "Keep [covariates.coefficient] or [covariates.shrinkage]",
        content("sorafenib_covariates.v1", covariates__coefficient=None, covariates__shrinkage=HORSESHOE),
    ),
    (
        "M017",
        content("sorafenib_covariates.v1", covariates__formulas__toxicity="log(age)"),
        "Use names, +, -",
        content("sorafenib_covariates.v1", covariates__formulas__toxicity="age + C(ecog)"),
    ),
    (
        "M017",
        content("sorafenib_covariates.v1", covariates__formulas__toxicity=" * ".join("abcdefghij")),
        "Join covariates by + instead of *",
        content("sorafenib_covariates.v1", covariates__formulas__toxicity=" + ".join("abcdefghij")),
    ),
]


@pytest.mark.parametrize(("code", "before", "words", "after"), CASES)
def test_a_remedy_that_is_applied_mends_the_file(code, before, words, after):
    """The remedy says what is then done, and the file has no problem any more."""
    with pytest.raises(InputError) as caught:
        parse_model(before)
    found = [problem for problem in caught.value.problems if problem.code == code]
    assert any(words in problem.remedy for problem in found), [str(problem) for problem in caught.value.problems]
    parse_model(after)


def test_a_remedy_names_no_table_that_the_file_lacks():
    """A grade asked of a model without toxicity is to be removed, and no kind of [toxicity] is advised."""
    with pytest.raises(InputError) as caught:
        parse_model(content("response_only.v1", windows__limits__toxicity_grade=2))
    (problem,) = caught.value.problems
    assert "kind" not in problem.remedy
    assert "extend" not in problem.remedy


def text(**changed):
    """Return the text of a file that extends a released one, with keys changed."""
    return (
        "\n".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in (EXTENDING | changed).items())
        + "\n"
    )


SOUND = {"mine.toml": text()}
NEIGHBOUR = {"mine.toml": text(extends="other"), "other.toml": text(name="other")}
LONG_CHAIN = {"mine.toml": text(extends="f1")} | {
    f"f{i}.toml": text(name=f"f{i}", extends=f"f{i + 1}") for i in range(1, 9)
}

# code, the files of a folder of which mine.toml is read, words of the remedy, the files after it.
FILES = [
    ("M001", {}, "Check the path, or give a released name", SOUND),
    ("M003", {"mine.toml": text() + "#" * MODEL_BYTES}, "check what this file is", SOUND),
    ("M004", {"mine.toml": text(title="µ").encode("latin-1")}, "Save it as UTF-8", {"mine.toml": text(title="µ")}),
    ("M005", {"mine.toml": text() + "[drug\n"}, "Correct that line", SOUND),
    ("M005", {"mine.toml": text() + 'description = """x'}, "Correct the end of the file", SOUND),
    ("M005", {"mine.toml": text(schema=1) + "x = " + "9" * 5000}, "Shorten the number", SOUND),
    ("M006", {"mine.toml": text() + "[" + ".".join("abcdefghij") + "]"}, "Four levels are enough", SOUND),
    ("M014", {"mine.toml": text(name="other")}, 'Write name = "mine"', SOUND),
    (
        "M015",
        NEIGHBOUR | {"other.toml": text(name="other", extends="mine")},
        "extend a released one, or none",
        NEIGHBOUR,
    ),
    ("M015", NEIGHBOUR | {"other.toml": text(name="other", schema=2)}, "Correct them, or extend another", NEIGHBOUR),
    ("M015", NEIGHBOUR | {"other.toml": text(name="other", schema=2)}, "or extend another", SOUND),
    ("M015", LONG_CHAIN, 'Write extends = "sorafenib_joint.v1" or the like', SOUND),
]


@pytest.mark.parametrize(("code", "before", "words", "after"), FILES)
def test_a_remedy_that_is_applied_mends_the_folder(code, before, words, after, tmp_path):
    """What concerns the file as a whole, its name or the files that it extends is mended as the remedy says."""
    found = [problem for problem in linted(before, tmp_path / "before") if problem.code == code]
    assert any(words in problem.remedy for problem in found)
    assert linted(after, tmp_path / "after") == ()


def linted(files, folder):
    """Return the problems of mine.toml among the files of a folder."""
    folder.mkdir()
    for name, written in files.items():
        (folder / name).write_bytes(written if isinstance(written, bytes) else written.encode("utf-8"))
    return lint_model(folder / "mine.toml")


def test_a_name_that_is_not_released_is_replaced_as_the_remedy_says(tmp_path):
    """M002 offers the nearest name, which loads, and the path of a file, which loads too."""
    with pytest.raises(InputError, match=r"^M002 .*Did you mean sorafenib_joint\.v1\?.*is given by its path") as caught:
        load_model("sorafenib_joimt.v1")
    assert [problem.code for problem in caught.value.problems] == ["M002"]
    assert load_model("sorafenib_joint.v1").name == "sorafenib_joint.v1"
    assert linted(SOUND, tmp_path / "own") == ()


@pytest.mark.parametrize("faulty", ["{", "[]"])
def test_a_model_of_a_result_folder_is_taken_from_an_unchanged_one(faulty):
    """M005 of the JSON text that a result folder carries."""
    with pytest.raises(InputError, match=r"^M005 .*Take the model from an unchanged result folder\.$"):
        model_from_json(faulty)
    assert model_from_json(load_model("sorafenib_joint.v1").text).name == "sorafenib_joint.v1"


def test_every_code_has_a_case():
    """A new code of the linter needs a case that applies its remedy."""
    source = "".join(path.read_text(encoding="utf-8") for path in Path(modelfile.__file__).parent.rglob("*.py"))
    assert set(re.findall(r'"(M\d{3})"', source)) == {"M002", *(code for code, *_ in (*CASES, *FILES))}
