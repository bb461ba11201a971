"""Finding and reading: names, paths, hashes, units, and the way back from a result folder."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bayes_sora.errors import InputError
from bayes_sora.modelfile import ModelFile, list_models, load_model, model_from_json, parse_model
from bayes_sora.resources import shipped_folder

MODELS = shipped_folder("models")
JOINT = (MODELS / "sorafenib_joint.v1.toml").read_text(encoding="utf-8")


def test_a_bare_name_is_its_newest_version(tmp_path, monkeypatch):
    """Version 10 is newer than version 9: versions are numbers, not text."""
    for version in (1, 9, 10):
        text = JOINT.replace('name = "sorafenib_joint.v1"', f'name = "sorafenib_joint.v{version}"')
        (tmp_path / f"sorafenib_joint.v{version}.toml").write_text(text, encoding="utf-8")
    shutil.copy(MODELS / "sorafenib_joint_hump.v1.toml", tmp_path)
    monkeypatch.setattr("bayes_sora.modelfile.find.shipped_folder", lambda _: tmp_path)
    assert load_model("sorafenib_joint").name == "sorafenib_joint.v10"
    assert load_model("sorafenib_joint.v9").name == "sorafenib_joint.v9"
    assert [model.name.rpartition("joint")[2] for model in list_models()] == [".v1", ".v9", ".v10", "_hump.v1"]


@pytest.mark.parametrize("as_path", [str, Path], ids=["text", "Path"])
def test_a_path_is_read_as_a_file(tmp_path, monkeypatch, as_path):
    """A name ending in .toml, or with a separator, or a Path is a file, wherever it lies."""
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(JOINT.replace("sorafenib_joint.v1", "mine"), encoding="utf-8")
    for path in ("mine.toml", f".{os.sep}mine.toml", tmp_path / "mine.toml"):
        assert load_model(as_path(path)).name == "mine"


@pytest.mark.parametrize("model", list_models(), ids=lambda model: model.name)
def test_the_canonical_json_gives_the_same_model_back(model):
    """A result folder that carries `text` can rebuild an equal model, hash and all."""
    assert model_from_json(model.text) == model
    assert hashlib.sha256(model.text.encode()).hexdigest() == model.sha256


def test_order_comments_and_spelling_of_numbers_do_not_matter():
    """The same content in another order, without comments, with 0 for 0.0, has the same hash."""
    content = tomllib.loads(JOINT)
    reversed_content = dict(reversed(content.items()))
    respelt = JOINT.replace("mean = 0.0", "mean = 0").replace("tau_months = 24", "tau_months = 24.0")
    assert respelt != JOINT
    assert parse_model(reversed_content) == parse_model(JOINT) == parse_model("# a comment\n" + respelt)


@pytest.mark.parametrize(
    ("old", "new"), [("sd = 0.5\n", "sd = 0.5000001\n"), ("Noda 2020", "Noda 2021"), ("≥ 3 tox", "≥ 2 tox")]
)
def test_any_change_of_content_changes_the_hash(old, new):
    """A number in its seventh digit, a name or a label: each gives another hash."""
    assert parse_model(JOINT.replace(old, new, 1)).sha256 != parse_model(JOINT).sha256


def in_unit(unit: str, factor: float) -> ModelFile:
    """Return the joint model written in another unit, `factor` of which make one mg/L."""
    content = tomllib.loads(JOINT)
    drug = content["drug"]
    drug |= {"unit": unit, "reference": 2.91 * factor, "range": [0.5 * factor, 10.0 * factor]}
    content["exposure"]["log_median"] |= {"exp_mean": 3.0 * factor, "unit": f"log({unit})"}
    content["groups"]["cuts"] = [1.40 * factor, 3.45 * factor]
    for window in content["published"]:
        window |= {end: window[end] * factor for end in ("lower", "upper") if end in window}
    return parse_model(content)


@pytest.mark.parametrize(("unit", "factor"), [("ng/mL", 1000.0), ("ug/mL", 1.0), ("µmol/L", 1000.0 / 464.8)])
def test_the_unit_of_a_file_does_not_change_what_it_means(unit, factor):
    """Written in another unit, every exposure inside is the same in mg/L; only what is printed differs."""
    there, here = in_unit(unit, factor), load_model("sorafenib_joint.v1")
    assert there.drug.unit.name == unit.replace("ug", "µg")
    assert there.drug.reference_mg_l == pytest.approx(here.drug.reference_mg_l, rel=1e-12)
    assert there.drug.span is not None
    assert here.drug.span is not None
    assert (there.drug.span.low, there.drug.span.high) == pytest.approx((0.5, 10.0), rel=1e-12)
    for name, prior in here.priors.items():
        assert there.priors[name].unit == prior.unit
        assert dict(there.priors[name].arguments) == pytest.approx(dict(prior.arguments), rel=1e-12)
    assert there.group_cuts_mg_l == pytest.approx(here.group_cuts_mg_l, rel=1e-12)
    for window, same in zip(there.published, here.published, strict=True):
        assert window.lower_mg_l == pytest.approx(same.lower_mg_l, rel=1e-12)


def test_mean_and_exp_mean_say_the_same():
    """A mean of log(3) is an exp_mean of 3, in any unit; so is the location of a Student t."""
    plain = parse_model(JOINT.replace("exp_mean = 3.0", f"mean = {math.log(3.0)!r}"))
    assert plain.priors["exposure_log_median"].arguments["mean"] == pytest.approx(math.log(3.0), rel=1e-15)
    sunitinib = (MODELS / "sunitinib_example.v1.toml").read_text(encoding="utf-8")
    written = 'family = "normal"\nexp_mean = 70\nsd = 0.5'
    heavy = f'family = "student_t"\ndf = 4\nlocation = {math.log(70.0)!r}\nscale = 0.5'
    prior = parse_model(sunitinib.replace(written, heavy)).priors["exposure_log_median"]
    assert prior.family == "student_t"
    assert prior.arguments["location"] == pytest.approx(math.log(0.070), rel=1e-12)


def test_groups_come_from_the_first_published_window_unless_written():
    """Two ends give two cut-offs, an open window none, an empty list none."""
    content = tomllib.loads(JOINT)
    del content["groups"]
    assert parse_model(content).group_cuts_mg_l == (1.40, 3.45)
    assert parse_model(content | {"published": content["published"][1:]}).group_cuts_mg_l == ()
    assert parse_model(content | {"published": []}).group_cuts_mg_l == ()
    assert parse_model(content | {"groups": {"cuts": []}}).group_cuts_mg_l == ()


def test_what_a_file_leaves_out_has_a_default():
    """A file of blocks only: no range, no published window, defaults for windows, sampling and labels."""
    content = tomllib.loads(JOINT)
    for key in ("windows", "published", "groups", "sampling", "released", "description", "toxicity", "response"):
        del content[key]
    del content["drug"]["range"]
    del content["survival"]["label"]
    model = parse_model(content)
    assert model.drug.span is None
    limits, utility = model.questions.limits, model.questions.utility
    assert (limits.max_toxicity, utility.tau_months, limits.survival_months) == (0.5, 24.0, 12.0)
    assert (model.sampling.chains, model.sampling.target_accept) == (4, 0.9)
    assert model.outcomes["survival"].label == "overall survival"
    assert model.outcomes["survival"].coefficients == ("survival_linear", "survival_curvature")
    assert (model.published, model.group_cuts_mg_l, model.description, model.released) == ((), (), "", None)


@pytest.mark.parametrize("text", ["", "[]", "{", "NaN", '{"schema": 1, "name": "\\ud800"}', "[" * 10_000])
def test_a_damaged_canonical_json_is_refused(text):
    """What was cut off, is no object, or holds what no file can hold ends in a coded problem."""
    with pytest.raises(InputError):
        model_from_json(text)


def test_a_damaged_number_in_the_canonical_json_is_refused():
    """A NaN written into the JSON is found as in a TOML file."""
    text = load_model("toxicity_only.v1").text
    broken = json.dumps(json.loads(text) | {"sampling": {"target_accept": float("nan")}})
    with pytest.raises(InputError, match=r"M010.*sampling\.target_accept"):
        model_from_json(broken)


def test_reading_a_model_needs_neither_scipy_nor_pymc():
    """`models list` stays quick: a fresh interpreter reads every model without the heavy packages."""
    code = (
        "import sys, bayes_sora.modelfile as m; m.list_models();"
        "print([name for name in ('scipy', 'pandas', 'xarray', 'pymc') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
