"""Every remedy of the linter is true: applied to the content that triggered it, no problem is left."""

from __future__ import annotations

import json

import pytest

from bayes_sora.errors import InputError
from bayes_sora.modelfile import load_model, parse_model

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
