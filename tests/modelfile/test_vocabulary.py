"""One vocabulary: the families of numerics, the values of spec, and docs/model-files.md say the same."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from bayes_sora.modelfile import Sampling, parse_model
from bayes_sora.modelfile.vocabulary import (
    BLOCKS,
    CONCENTRATION_UNITS,
    DRUG,
    FAMILIES,
    GROUPS,
    LIMITS,
    POSITIVE_PARAMETERS,
    PRIOR_WORDS,
    PUBLISHED,
    SAMPLING,
    TOP,
    UTILITY,
    argument_keys,
    block_forms,
    block_parameters,
)
from bayes_sora.numerics import priors
from bayes_sora.questions import Limits, Utility
from bayes_sora.types import exposure_unit

PAGE = (Path(__file__).parents[2] / "docs" / "model-files.md").read_text(encoding="utf-8")


def test_families_and_arguments_are_those_of_numerics():
    """Declared here without SciPy, the families are the ones that numerics can evaluate, argument by argument."""
    declared = {name: list(family.arguments) for name, family in FAMILIES.items()}
    evaluated = {name: list(inspect.signature(family).parameters) for name, family in priors.FAMILIES.items()}
    assert declared == evaluated
    assert {name for name, family in FAMILIES.items() if family.positive} == priors.POSITIVE_FAMILIES


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_is_positive_exactly_when_its_support_is(name):
    """The log density left of zero tells: −inf for a positive family, finite for the others."""
    arguments = dict.fromkeys(FAMILIES[name].arguments, 0.5)
    below_zero = priors.prior_log_density(np.array([-0.1]), name, arguments)
    assert np.isneginf(below_zero[0]) == FAMILIES[name].positive


@pytest.mark.parametrize("name", FAMILIES)
def test_the_smallest_and_largest_arguments_keep_the_density_defined(name):
    """At the ends of the declared bounds the density is a number, never NaN."""
    for end in ("low", "high"):
        arguments = {argument: getattr(bounds, end) for argument, bounds in FAMILIES[name].arguments.items()}
        assert not np.isnan(priors.prior_log_density(np.array([1.0]), name, arguments)[0])


def test_settings_are_the_fields_of_the_values_they_fill():
    """Each key of [windows.*] and [sampling] is a field, and each field can be set."""
    asked = {field.name for question in (Limits, Utility) for field in fields(question)}
    assert {*LIMITS, *UTILITY} == (asked | {"toxicity_grade"}) - {"credible_levels"}
    assert set(SAMPLING) == {field.name for field in fields(Sampling)}


def test_every_unit_of_the_vocabulary_is_a_unit():
    """types.exposure_unit knows each of them."""
    assert all(exposure_unit(name, molar_mass_g_mol=464.8).mg_l > 0 for name in CONCENTRATION_UNITS)


def test_positive_parameters_exist():
    """Each is a parameter of some form."""
    known = {f"{block}.{name}" for block in BLOCKS for name in block_parameters(block)}
    assert known > POSITIVE_PARAMETERS


SECTIONS = {
    "Top of the file": TOP,
    "[drug]": DRUG,
    "[windows.limits]": LIMITS,
    "[windows.utility]": UTILITY,
    "[[published]]": PUBLISHED,
    "[groups]": GROUPS,
    "[sampling]": SAMPLING,
}


@pytest.mark.parametrize("title", SECTIONS)
def test_the_page_has_a_row_a_key(title):
    """docs/model-files.md documents each section: the same keys, in the same order, with their meaning."""
    section = re.search(rf"^### `?{re.escape(title)}`?\n(.*?)(?=^##)", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert section is not None
    rows = re.findall(r"^\| `(\w+)`( \*)? \| (.+?) \|", section[1], flags=re.MULTILINE)
    assert [(name, bool(star), meaning) for name, star, meaning in rows] == [
        (name, key.required, key.meaning) for name, key in SECTIONS[title].items()
    ]


def test_the_page_names_every_block_form_and_family():
    """Forms with their parameters, families with their arguments, and the words of a prior are on the page."""
    for block, forms in ((block, block_forms(block)) for block in BLOCKS):
        for form, names in forms.items():
            assert f"| `[{block}]` | `{form}` | {', '.join(f'`{name}`' for name in names)} |" in PAGE
    for name in FAMILIES:
        assert re.search(rf"^\| `{name}` \| {'.*'.join(f'`{key}`' for key in argument_keys(name))}", PAGE, re.MULTILINE)
    assert all(f"`{word}`" in PAGE for word in (*PRIOR_WORDS, *CONCENTRATION_UNITS))


def test_the_worked_example_of_the_page_is_a_model():
    """The file shown to newcomers is read, and does what its comments say."""
    example = re.search(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    assert example is not None
    model = parse_model(example[1])
    assert str(model.priors["response_slope"]) == "student_t(df = 3, location = 0, scale = 2.5)"
    assert model.priors["exposure_sd_within"].arguments == {"median": 0.25, "sd_log": 0.35}
    assert "survival_curvature" not in model.priors
    assert model.questions.limits.max_toxicity == 0.3
