"""Properties over random content: a model file is read or refused with coded problems, nothing else happens."""

from __future__ import annotations

import copy
import datetime as dt
import tomllib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bayes_sora.errors import InputError, Problem
from bayes_sora.modelfile import load_model, model_from_json, parse_model
from bayes_sora.modelfile.vocabulary import (
    BLOCKS,
    DRUG,
    FAMILIES,
    PRIOR_WORDS,
    SAMPLING,
    TOP,
    argument_keys,
    block_forms,
    block_parameters,
)
from bayes_sora.resources import shipped_folder

JOINT = tomllib.loads((shipped_folder("models") / "sorafenib_joint.v1.toml").read_text(encoding="utf-8"))
WORDS = sorted(
    {*TOP, *DRUG, *SAMPLING, *PRIOR_WORDS, "family", "form", "windows", "published", "groups", "limits"}
    | {key for family in FAMILIES for key in argument_keys(family)}
    | {word for block in BLOCKS for word in (block, *block_forms(block), *block_parameters(block))}
)
SETTINGS = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
SCALARS = st.one_of(
    st.none(),  # no TOML value, but a caller's mapping may hold one
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**300, max_value=10**320),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from([*WORDS, *FAMILIES]),
    st.dates(),
    st.datetimes(),
    st.times(),
)
KEYS = st.one_of(st.sampled_from(WORDS), st.text(max_size=8))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)
NUMBERS = st.one_of(st.floats(), st.integers(), st.floats(min_value=1e-9, max_value=1e9))


def problems_of(content: dict[str, Any]) -> tuple[Problem, ...]:
    """Return the problems of `content`; when there are none, the model must survive its canonical JSON."""
    try:
        model = parse_model(content)
    except InputError as error:
        return error.problems
    assert model_from_json(model.text) == model
    return ()


def printable(problems: tuple[Problem, ...]) -> bool:
    """Say whether each problem has a code of model files and a message that any terminal takes."""
    return all(problem.code.startswith("M") and str(problem).encode("utf-8") for problem in problems)


@SETTINGS
@given(content=st.dictionaries(KEYS, VALUES, max_size=8))
def test_random_content_is_refused_with_problems(content):
    """Whatever a mapping holds, InputError is all that can come; it never makes a model."""
    problems = problems_of(content)
    assert problems
    assert printable(problems)


@SETTINGS
@given(data=st.data())
def test_a_sound_file_with_one_random_change_is_read_or_refused(data):
    """One value of the joint model, anywhere, becomes anything."""
    content = copy.deepcopy(JOINT)
    place: dict[str, Any] = content
    while True:
        key = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[key], dict) or data.draw(st.integers(0, 4)) == 0:
            break
        place = place[key]
    place[key] = data.draw(st.one_of(VALUES, NUMBERS))
    assert printable(problems_of(content))


@SETTINGS
@given(
    powers=st.lists(st.floats(-1, 1), min_size=60, max_size=60),
    decades=st.sampled_from([0.1, 1.0, 20.0]),
    unit=st.sampled_from(["mg/L", "ng/mL", "µmol/L"]),
)
def test_numbers_scaled_by_many_decades_are_read_or_refused(powers, decades, unit):
    """Every number of the joint model is multiplied by its own power of ten, in any unit: nothing overflows."""
    left = iter(powers)

    def scaled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: scaled(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [scaled(inner) for inner in value]
        return value * 10 ** (decades * next(left)) if isinstance(value, float) else value

    content = scaled(JOINT)
    content["drug"]["unit"] = unit
    assert printable(problems_of(content))


@SETTINGS
@given(text=st.text(max_size=300))
def test_random_text_is_refused(text):
    """No text, however odd, gets past as TOML or as JSON with anything but InputError."""
    for read in (parse_model, model_from_json):
        with pytest.raises(InputError):
            read(text)


@SETTINGS
@given(
    median=st.floats(min_value=0.01, max_value=100),
    sd_log=st.floats(min_value=0.01, max_value=3),
    chains=st.integers(1, 64),
    released=st.dates(),
)
def test_sound_values_come_through_unchanged(median, sd_log, chains, released):
    """What a file says is what the model holds, and what its canonical JSON gives back."""
    content = copy.deepcopy(JOINT) | {"released": released, "sampling": {"chains": chains}}
    content["survival"]["shape"] |= {"median": median, "sd_log": sd_log}
    model = parse_model(content)
    assert model.priors["survival_shape"].arguments == {"median": median, "sd_log": sd_log}
    assert (model.sampling.chains, model.released) == (chains, released)
    assert model_from_json(model.text) == model
    assert isinstance(model.released, dt.date)
    assert model != load_model("sorafenib_joint.v1")
