"""Other questions for a model file: only what is asked changes."""

from __future__ import annotations

import json

import pytest

from bayes_sora.errors import InputError, UsageError
from bayes_sora.modelfile import load_model, model_from_json
from bayes_sora.modelfile.asked import Asked, at_least, at_most, read_asked

MODEL = load_model("sorafenib_joint.v2")


def test_nothing_asked_is_the_model_itself():
    """Without a question the model file is the same object."""
    assert Asked().of(MODEL) is MODEL


def test_conditions_change_and_nothing_else_does():
    """Thresholds by name, survival at a month; the file that a result keeps says the same."""
    asked = at_most("toxicity", 0.3) | at_least("response", 0.4) | at_least("os", 0.6, months=18.0)
    found = asked.of(MODEL)
    limits = found.questions.limits
    assert (limits.max_toxicity, limits.min_response, limits.min_survival, limits.survival_months) == (
        0.3,
        0.4,
        0.6,
        18.0,
    )
    assert found.questions.utility == MODEL.questions.utility
    assert (found.priors, found.outcomes, found.published) == (MODEL.priors, MODEL.outcomes, MODEL.published)
    read = model_from_json(found.text)
    assert (read.questions, read.sha256) == (found.questions, found.sha256)


def test_published_windows_are_added_and_one_of_the_same_name_is_replaced():
    """The model file's own stay, in their order."""
    asked = Asked(published=({"name": "mine", "lower": 1.5}, {"name": "Noda 2020", "lower": 1.0, "upper": 3.0}))
    found = [(one.name, one.lower_mg_l, one.upper_mg_l) for one in asked.of(MODEL).published]
    assert found == [("Noda 2020", 1.0, 3.0), ("DPOG target", 3.75, None), ("mine", 1.5, None)]


def test_the_grade_of_toxicity_reaches_its_label():
    """Toxicity from another grade on, in a model whose toxicity has grades."""
    found = Asked(limits={"toxicity_grade": 2}).of(load_model("sorafenib_grades.v1"))
    toxicity = found.outcomes["toxicity"]
    assert (toxicity.event_grade, found.questions.toxicity_grade) == (2, 2)
    assert "grade ≥ 2" in toxicity.label


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (at_most("toxicity", 1.5), r"M010.*windows\.limits\.max_toxicity"),
        (Asked(utility={"horizon": 3.0}), r"M007.*windows\.utility\.horizon"),
        (Asked(published=({"name": "mine", "lower": 3.0, "upper": 1.0},)), r"M016.*published"),
    ],
)
def test_a_question_without_sense_is_an_error_of_the_file(asked, words):
    """Bounds and names are those of model files."""
    with pytest.raises(InputError, match=words):
        asked.of(MODEL)


def test_an_endpoint_that_the_model_lacks_cannot_be_asked_for():
    """A condition on response, for a model of toxicity."""
    with pytest.raises(InputError, match=r"M016.*min_response"):
        at_least("response", 0.4).of(load_model("toxicity_only.v1"))


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: at_most("response", 0.3), "write --min"),
        (lambda: at_least("toxicity", 0.3), "write --max"),
        (lambda: at_least("pfs", 0.3), "unknown endpoint 'pfs'"),
        (lambda: at_least("response", 0.3, months=12.0), "has no month"),
    ],
)
def test_names_that_cannot_be_asked_so(ask, words):
    """Which option an endpoint takes is said."""
    with pytest.raises(UsageError, match=words):
        ask()


def test_a_question_file_is_read(tmp_path):
    """The tables of a model file, without their [windows]."""
    path = tmp_path / "question.toml"
    path.write_text('[limits]\nmax_toxicity = 0.2\n[utility]\ntau_months = 36\n[[published]]\nname = "a"\nupper = 3\n')
    found = read_asked(path).of(MODEL)
    assert (found.questions.limits.max_toxicity, found.questions.utility.tau_months) == (0.2, 36.0)
    assert found.published[-1].upper_mg_l == 3.0
    assert json.loads(found.text)["windows"]["utility"]["tau_months"] == 36


@pytest.mark.parametrize("text", ["[limit]\nmax_toxicity = 0.2\n", "limits = 3\n", "published = [1]\n"])
def test_another_file_is_refused(tmp_path, text):
    """What a question file may hold is said."""
    path = tmp_path / "question.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"question file 'question\.toml'.*\[limits\]"):
        read_asked(path)
