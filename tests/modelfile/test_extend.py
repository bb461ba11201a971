"""Files that change another: what is inherited, what is replaced, what is dropped."""

from __future__ import annotations

import pytest

from bayes_sora.errors import InputError
from bayes_sora.modelfile import ModelFile, lint_model, load_model, parse_model

HEAD = 'schema = 1\nname = "mine"\ntitle = "Mine"\n'


def extended(body: str, *, base: str = "sorafenib_joint.v1") -> ModelFile:
    """Return the model of a file that extends `base` by `body`."""
    return parse_model(f'{HEAD}extends = "{base}"\n{body}')


def test_an_argument_alone_changes_only_itself():
    """Without a family the rest of the prior is inherited, source and meaning included."""
    base = load_model("sorafenib_joint.v1").priors["exposure_sd_within"]
    changed = extended("[exposure.sd_within]\nmedian = 0.2").priors["exposure_sd_within"]
    assert changed.arguments == {"median": 0.2, "sd_log": 0.35}
    assert changed.source == base.source


def test_a_prior_that_names_its_family_is_replaced_whole():
    """Neither arguments nor the source of the old prior survive beside the new family."""
    changed = extended('[response.slope]\nfamily = "normal"\nmean = 0.0\nsd = 3.0').priors["response_slope"]
    assert changed.arguments == {"mean": 0.0, "sd": 3.0}
    assert (changed.unit, changed.source, changed.meaning) == ("", "", "")


def test_a_new_form_drops_the_priors_it_has_no_use_for():
    """From quadratic to linear the curvature goes; the other priors and the label stay."""
    changed = extended('[survival]\nform = "linear"').outcomes["survival"]
    assert list(changed.priors) == ["median", "shape", "linear"]
    assert changed.label == "overall survival"


def test_a_latent_model_becomes_an_observed_one():
    """Naming the form and its new prior is enough: this is sorafenib_observed.v1, prior by prior."""
    body = '[exposure]\nform = "observed"\n[exposure.sd]\nfamily = "log_normal"\nmedian = 0.6\nsd_log = 0.3'
    changed, released = extended(body), load_model("sorafenib_observed.v1")
    assert {name: str(prior) for name, prior in changed.priors.items()} == {
        name: str(prior) for name, prior in released.priors.items()
    }


def test_settings_merge_and_arrays_are_replaced():
    """One limit changes alone; the list of published windows is a new list."""
    changed = extended('[windows.limits]\nmax_toxicity = 0.3\n[[published]]\nname = "ours"\nupper = 4.0')
    assert (changed.questions.limits.max_toxicity, changed.questions.limits.min_response) == (0.3, 0.5)
    assert [window.name for window in changed.published] == ["ours"]


def test_identity_is_not_inherited():
    """Date and description belong to the base, and a title must be given."""
    changed = extended("")
    assert (changed.released, changed.description) == (None, "")
    with pytest.raises(InputError, match="column title: is missing"):
        parse_model('schema = 1\nname = "mine"\nextends = "sorafenib_joint.v1"')


def test_a_neighbour_can_be_extended_but_never_hides_a_released_file(tmp_path):
    """A file beside the user's is found; one with a released name is not what `extends` means."""
    (tmp_path / "base.toml").write_text(
        'schema = 1\nname = "base"\ntitle = "B"\nextends = "sorafenib_joint.v1"\n[toxicity.slope]\nmean = 0.25'
    )
    (tmp_path / "mine.toml").write_text(f'{HEAD}extends = "base"\n')
    (tmp_path / "sorafenib_joint.v1.toml").write_text("not even TOML")
    assert load_model(tmp_path / "mine.toml").priors["toxicity_slope"].arguments["mean"] == 0.25


def test_a_file_cannot_extend_itself(tmp_path):
    """The shortest circle is found."""
    (tmp_path / "mine.toml").write_text(f'{HEAD}extends = "mine"\n')
    assert [problem.code for problem in lint_model(tmp_path / "mine.toml")] == ["M015"]
    assert "mine → mine" in str(lint_model(tmp_path / "mine.toml")[0])


@pytest.mark.parametrize(("length", "sound"), [(5, True), (6, False)])
def test_a_chain_of_more_than_five_files_is_refused(tmp_path, length, sound):
    """Five files may stand below the one that is read, not six."""
    for number in range(length + 1):
        base = f"m{number + 1}" if number < length - 1 else "sorafenib_joint.v1"
        (tmp_path / f"m{number}.toml").write_text(
            f'schema = 1\nname = "m{number}"\ntitle = "A link"\nextends = "{base}"\n'
        )
    problems = lint_model(tmp_path / "m0.toml")
    assert (problems == ()) is sound
    assert sound or "more than 5 files" in str(problems[-1])


def test_the_hash_is_that_of_the_resolved_content():
    """Changing nothing but the name of a model gives the content of its base under another name."""
    base, changed = load_model("toxicity_only.v1"), extended("", base="toxicity_only.v1")
    assert changed.priors == base.priors
    assert "extends" not in changed.text
    assert changed.sha256 != base.sha256
