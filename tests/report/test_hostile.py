"""Result folders that somebody changed on purpose and signed again: an R-code, always, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner

from bayes_sora.cli.main import main
from bayes_sora.errors import InputError
from bayes_sora.report import read_result
from tests.report.tampering import (
    DRAWS,
    array,
    as_zlib_bomb,
    as_zstd,
    attempt,
    cut,
    described,
    edit,
    flipped,
    huge,
    linked,
    linked_to_copy,
    lost,
    metadata,
    model,
    provenance,
    raw,
    replaced,
    root,
    seal,
    source,
    unpacking_to_more,
    values,
    written,
)

if TYPE_CHECKING:
    from pathlib import Path

DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
SLOPE = f"posterior.zarr/{DRAWS}"
NAN = float("nan")

HOSTILE = {
    # provenance.json
    "provenance is a list": partial(written, name="provenance.json", content=b"[]"),
    "provenance is nested deeply": partial(written, name="provenance.json", content=DEEP),
    "provenance nested as deep as JSON goes": partial(provenance, note=[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]),
    "provenance is no JSON": partial(written, name="provenance.json", content=b"{"),
    "provenance is not UTF-8": partial(written, name="provenance.json", content=b'{"kind": "\xff"}'),
    "provenance has half a character": partial(provenance, python="\ud800"),
    "provenance has an integer without end": partial(written, name="provenance.json", content=b"1" * 100_000),
    "no attempts": partial(provenance, attempts=...),
    "empty attempts": partial(provenance, attempts=[]),
    "attempts of text": partial(provenance, attempts="4"),
    "attempt without draws": partial(provenance, attempts=[{"chains": 4}]),
    "attempt of more draws": partial(attempt, draws=10**7),
    "attempt of 10⁸ draws": partial(attempt, draws=10**8, chains=10**4),
    "attempt of few draws": partial(attempt, draws=4),
    "attempt of one chain": partial(attempt, chains=1),
    "attempt of no draws": partial(attempt, draws=0),
    "attempt of many digits": partial(attempt, draws=10**30),
    "attempt with a new key": partial(attempt, hidden=1),
    "attempt repeated for no list": partial(attempt, repeated_because="x"),
    "seed is text": partial(provenance, seed="1"),
    "seed is negative": partial(provenance, seed=-1),
    "seed is true": partial(provenance, seed=True),
    "engine is null": partial(provenance, engine=None),
    "engine without a name": partial(provenance, engine={}),
    "seconds is a list": partial(provenance, seconds=[1]),
    "seconds is not finite": partial(provenance, seconds={"sample": NAN}),
    "inputs is text": partial(provenance, inputs="x"),
    "names of numbers": partial(provenance, names={"cohort": 1}),
    "versions is null": partial(provenance, versions=None),
    "created is a number": partial(provenance, created=1),
    "created is long": partial(provenance, created="x" * 10**6),
    "forced is missing": partial(provenance, forced=...),
    "forced is text": partial(provenance, forced="no"),
    "files is missing": partial(provenance, files=...),
    "files is a list": partial(provenance, files=[]),
    "files leads elsewhere": partial(provenance, files={"../../x": "0"}),
    "trust is unknown": partial(provenance, trust="perfect"),
    "schema is null": partial(provenance, schema=None),
    # window.json and curves.csv
    "window is empty": partial(written, name="window.json", content=b""),
    "window is a list": partial(written, name="window.json", content=b"[]"),
    "window is nested deeply": partial(written, name="window.json", content=DEEP),
    "window of another model": partial(edit, name="window.json", model="other.v1"),
    "window of other patients": partial(edit, name="window.json", n_patients=27),
    "window has a kind of its own": partial(edit, name="window.json", windows={"mine": {}}),
    "window is too large": partial(written, name="window.json", content=b" " * (17 * 2**20)),
    "window is a folder": partial(replaced, name="window.json", make=os.mkdir),
    "curves are a folder": partial(replaced, name="curves.csv", make=os.mkdir),
    "figures are a file": partial(replaced, name="figures", make=lambda path: path.write_text("x")),
    "report is a folder": partial(replaced, name="report.html", make=os.mkdir),
    "posterior is a file": partial(replaced, name="posterior.zarr", make=lambda path: path.write_text("x")),
    # attributes of posterior.zarr
    "root without attributes": partial(lost, name="posterior.zarr/.zattrs"),
    "root is a list": partial(written, name="posterior.zarr/.zattrs", content=b"[]"),
    "root is nested deeply": partial(written, name="posterior.zarr/.zattrs", content=DEEP),
    "no model": partial(root, model=...),
    "model is null": partial(root, model=None),
    "model is no JSON": partial(root, model="{"),
    "model is empty": partial(root, model="{}"),
    "model is nested deeply": partial(root, model=DEEP.decode()),
    "model is large": partial(root, model="x" * 10**6),
    "model of another name": partial(root, model_name="other.v1"),
    "model without toxicity": partial(model, toxicity=...),
    "model of toxicity that is text": partial(model, toxicity="linear"),
    "model extends a stranger": partial(model, extends="../other"),
    "model that follows doses": partial(model, exposure={"form": "latent", "time": "dose"}),
    "no cohort": partial(root, cohort=...),
    "cohort is no JSON": partial(root, cohort="{"),
    "cohort is a list": partial(root, cohort="[]"),
    "cohort without notes": partial(root, cohort='{"source": {}}'),
    "another cohort": partial(root, cohort_name="other.csv"),
    "a new attribute": partial(root, hidden="x"),
    "notes are text": partial(described, notes="x"),
    "notes with a new key": partial(described, notes=[{"code": "C001", "hidden": 1}]),
    "notes without a code": partial(described, notes=[{"why": "x", "remedy": "y"}]),
    "dropped is text": partial(described, n_dropped="x"),
    "dropped is negative": partial(described, n_dropped=-1),
    "source with a new key": partial(source, hidden=1),
    "unit of size 0": partial(source, trough_unit={"name": "mg/L", "mg_l": 0.0}),
    "unit is text": partial(source, trough_unit="mg/L"),
    "exposure is the dose": partial(source, trough_unit={"name": "mg", "mg_l": 1.0}),
    # Zarr metadata
    "shape is larger": partial(metadata, shape=[4, 10**9]),
    "shape is text": partial(metadata, shape="x"),
    "shape is negative": partial(metadata, shape=[-4, 250]),
    "shape is flat": partial(metadata, shape=[1000], chunks=[1000]),
    "shape is missing": partial(metadata, shape=...),
    "chunks of 0": partial(metadata, chunks=[0, 250]),
    "chunks of 1": partial(metadata, chunks=[1, 1]),
    "chunks are larger": partial(metadata, chunks=[4, 10**9]),
    "dtype of objects": partial(metadata, dtype="|O"),
    "dtype of dates": partial(metadata, dtype="<M8[ns]"),
    "dtype of text": partial(metadata, dtype="<U2"),
    "dtype of integers": partial(metadata, dtype="<i8"),
    "dtype of half floats": partial(metadata, dtype="<f4"),
    "dtype of records": partial(metadata, dtype=[["a", "<f8"]]),
    "dtype is unknown": partial(metadata, dtype="<f9"),
    "order is by columns": partial(metadata, order="F"),
    "filters that run code": partial(metadata, filters=[{"id": "pickle", "protocol": 5}]),
    "compressor that runs code": partial(metadata, compressor={"id": "pickle", "protocol": 5}),
    "compressor is text": partial(metadata, compressor="blosc"),
    "compressor without settings": partial(metadata, compressor={"id": "blosc"}),
    "compressor has no name": partial(metadata, compressor={}),
    "compressor is another": as_zstd,
    "compressor without a limit": as_zlib_bomb,
    "no compressor": partial(metadata, compressor=None),
    "fill value is an object": partial(metadata, fill_value={"a": 1}),
    "Zarr 3": partial(metadata, zarr_format=3),
    "separator of folders": partial(metadata, dimension_separator="/"),
    "metadata is a list": partial(written, name=f"{SLOPE}/.zarray", content=b"[]"),
    "metadata is nested deeply": partial(written, name=f"{SLOPE}/.zarray", content=DEEP),
    "metadata is gone": partial(lost, name=f"{SLOPE}/.zarray"),
    "attributes are gone": partial(lost, name=f"{SLOPE}/.zattrs"),
    "no dimensions": partial(edit, name=f"{SLOPE}/.zattrs", _ARRAY_DIMENSIONS=...),
    "other dimensions": partial(edit, name=f"{SLOPE}/.zattrs", _ARRAY_DIMENSIONS=["draw", "chain"]),
    "the same dimension twice": partial(edit, name=f"{SLOPE}/.zattrs", _ARRAY_DIMENSIONS=["chain", "chain"]),
    "dimensions of numbers": partial(edit, name=f"{SLOPE}/.zattrs", _ARRAY_DIMENSIONS=[1, 2]),
    "values are scaled": partial(edit, name=f"{SLOPE}/.zattrs", scale_factor=2.0),
    "values are dates": partial(edit, name=f"{SLOPE}/.zattrs", units=["days since 2000-01-01"]),
    "a zarr.json beside it": partial(written, name="posterior.zarr/zarr.json", content=b"{}"),
    "a zarr.json in an array": partial(written, name=f"{SLOPE}/zarr.json", content=b"{}"),
    "group of Zarr 3": partial(written, name="posterior.zarr/posterior/.zgroup", content=b'{"zarr_format": 3}'),
    "group with attributes": partial(written, name="posterior.zarr/posterior/.zattrs", content=b'{"a": 1}'),
    # groups, arrays and chunks
    **{
        f"no group {name}": partial(lost, name=f"posterior.zarr/{name}")
        for name in (
            "posterior",
            "sample_stats",
            "log_likelihood",
            "log_prior",
            "prior",
            "posterior_predictive",
            "observed_data",
            "constant_data",
            "curves",
        )
    },
    "no array of draws": partial(lost, name=SLOPE),
    "no array of ids": partial(lost, name="posterior.zarr/constant_data/patient_id"),
    "no chunk of draws": partial(lost, name=f"{SLOPE}/0.0"),
    "no chunk of the prior": partial(lost, name="posterior.zarr/prior/toxicity_slope/0.0"),
    "no chunk of a likelihood": partial(lost, name="posterior.zarr/log_likelihood/patient/0.0.0"),
    "no chunk of ids": partial(lost, name="posterior.zarr/constant_data/patient_id/0"),
    "no chunk of months": partial(lost, name="posterior.zarr/constant_data/os_months/0"),
    "no chunk of deaths": partial(lost, name="posterior.zarr/constant_data/death/0"),
    "chunk is empty": partial(written, name=f"{SLOPE}/0.0", content=b""),
    "chunk is cut": partial(cut, name=f"{SLOPE}/0.0"),
    "chunk is cut before its end": partial(cut, name=f"{SLOPE}/0.0", keep=0.999),
    "chunk is large": partial(written, name=f"{SLOPE}/0.0", content=bytes(10**6)),
    "chunk announces more": unpacking_to_more,
    "chunk of another version of Blosc": partial(flipped, name=f"{SLOPE}/0.0", at=0),
    "chunk outside the array": partial(written, name=f"{SLOPE}/7.0", content=b"x"),
    "characters that do not exist": partial(raw, path="constant_data/patient_id", value=0xFFFFFFFF, unit="<u4"),
    "half characters": partial(raw, path="constant_data/patient_id", value=0xD800, unit="<u4"),
    "flags of 2": partial(raw, path="sample_stats/diverging", value=2, unit="u1"),
    "chunk is a folder": partial(replaced, name=f"{SLOPE}/0.0", make=os.mkdir),
    "an extra array": partial(array, path="posterior/extra", content=np.zeros((4, 250)), dims=("chain", "draw")),
    "an extra array of 10⁹": huge,
    "an extra group": partial(array, path="mine/a", content=np.zeros(3), dims=("x",)),
    "an extra file": partial(written, name="posterior.zarr/posterior/notes.txt", content=b"x"),
    "an extra file at the top": partial(written, name="posterior.zarr/run.py", content=b"x"),
    "a folder that is deep": partial(written, name="posterior.zarr/a/b/c/d/e", content=b"x"),
    "fewer draws": partial(array, path=DRAWS, content=np.zeros((4, 100)), dims=("chain", "draw")),
    "draws over patients": partial(array, path=DRAWS, content=np.zeros((4, 26)), dims=("chain", "patient_id")),
    # values
    "an id twice": partial(values, path="constant_data/patient_id", value="P002"),
    "a blank id": partial(values, path="constant_data/patient_id", value=""),
    "an id of two lines": partial(values, path="constant_data/patient_id", value="a\nb"),
    "toxicity 7": partial(values, path="constant_data/toxicity", value=7.0),
    "response −1": partial(values, path="constant_data/response", value=-1.0),
    "death 0.5": partial(values, path="constant_data/death", value=0.5),
    "death is missing": partial(values, path="constant_data/death", value=NAN),
    "months negative": partial(values, path="constant_data/os_months", value=-1.0),
    "months missing": partial(values, path="constant_data/os_months", value=NAN),
    "months without end": partial(values, path="constant_data/os_months", value=1e300),
    "months of one place only": partial(values, path="observed_data/os_months", value=3.5),
    "trough 0": partial(values, path="observed_data/trough_mg_l", value=0.0),
    "troughs all equal": partial(values, path="observed_data/trough_mg_l", value=3.0, at=...),
    "trough missing": partial(values, path="observed_data/trough_mg_l", value=NAN),
    "trough without end": partial(values, path="observed_data/trough_mg_l", value=float("inf")),
    "trough of nobody": partial(values, path="constant_data/trough_patient", value=99, at=-1),
    "trough of a patient before the first": partial(values, path="constant_data/trough_patient", value=-1),
    "troughs out of order": partial(values, path="constant_data/trough_patient", value=5),
    "censoring 3": partial(values, path="constant_data/trough_censoring", value=3),
    "day without end": partial(values, path="constant_data/trough_day", value=float("inf")),
    "another chain": partial(values, path="posterior/chain", value=7),
    "draws out of order": partial(values, path="posterior_predictive/draw", value=9),
    "other patients of the draws": partial(values, path="log_likelihood/patient_id", value="zz"),
    "an SD below 0": partial(values, path="posterior/exposure_sd_within", value=-1.0, at=(0, 0)),
    "draws without end": partial(values, path=DRAWS, value=1e300, at=(0, 0)),
    "an SD without end": partial(values, path="posterior/exposure_sd_between", value=1e300, at=(0, 0)),
    "a prior draw without end": partial(values, path="prior/toxicity_slope", value=-1e308, at=(0, 0)),
    "a prior draw missing": partial(values, path="prior/toxicity_slope", value=NAN, at=(0, 0)),
    "a prior SD below 0": partial(values, path="prior/exposure_sd_between", value=-1.0, at=(0, 0)),
    "entry after the end": partial(
        array, path="constant_data/entry_months", content=np.full(26, 1e6), dims=("patient_id",)
    ),
    "entry of too few": partial(array, path="constant_data/entry_months", content=np.zeros(3), dims=("patient_id",)),
    "doses of nobody": partial(array, path="constant_data/dose_patient", content=np.array([0, 99]), dims=("dose",)),
    "covariate not finite": partial(
        array, path="constant_data/covariate_age", content=np.full(26, np.inf), dims=("patient_id",)
    ),
    # links, pipes and devices
    "posterior is a link": partial(linked_to_copy, name="posterior.zarr"),
    "window is a link": partial(linked_to_copy, name="window.json"),
    "provenance is a link": partial(linked_to_copy, name="provenance.json"),
    "a group is a link": partial(linked_to_copy, name="posterior.zarr/posterior"),
    "a chunk is a link": partial(linked_to_copy, name=f"{SLOPE}/0.0"),
    "figures are a link": partial(linked_to_copy, name="figures"),
}

# Made after the checksums: whoever computes one of a pipe waits for ever.
WITHOUT_END = {
    **{
        f"{name} is a pipe": partial(replaced, name=name, make=os.mkfifo)
        for name in (
            "window.json",
            "curves.csv",
            "provenance.json",
            "report.html",
            "posterior.zarr/.zattrs",
            f"{SLOPE}/0.0",
        )
    },
    **{
        f"{name} leads to a device": partial(replaced, name=name, make=linked)
        for name in (
            "window.json",
            "curves.csv",
            "provenance.json",
            "posterior.zarr",
            f"{SLOPE}/.zarray",
            f"{SLOPE}/0.0",
        )
    },
    "an extra pipe": lambda folder: os.mkfifo(folder / "posterior.zarr" / "pipe"),
}


def code_of(folder: Path) -> str:
    """Return the code of the one error that reading a folder raises."""
    with pytest.raises(InputError) as caught:
        read_result(folder)
    (problem,) = caught.value.problems
    assert problem.file == folder.name
    assert problem.why
    assert problem.remedy
    return problem.code


@pytest.mark.parametrize("name", HOSTILE)
def test_signed_again(result, name):
    """Whatever is changed behind good checksums, the reader gets one R-code with what to do."""
    HOSTILE[name](result)
    seal(result)
    assert code_of(result).startswith("R")


@pytest.mark.parametrize("name", WITHOUT_END)
def test_files_without_end(result, name):
    """A pipe, a device or a link is never opened, whatever it stands in for."""
    WITHOUT_END[name](result)
    assert code_of(result) == "R005"


@pytest.mark.parametrize("command", [("predict", "--trough", "3.0"), ("report",), ("compare",)])
@pytest.mark.parametrize(
    "name", ["empty attempts", "model is no JSON", "no chunk of draws", "window is a folder", "an extra array of 10⁹"]
)
def test_every_command_uses_the_door(result, command, name, monkeypatch):
    """`predict`, `report` and `compare` end with code 3, name the fault, and leave the folder as it was."""
    monkeypatch.chdir(result.parent)
    shutil.copytree(result, "other")
    HOSTILE[name](result)
    seal(result)
    before = sorted(path.relative_to(result) for path in result.rglob("*"))
    arguments = ("compare", "other", "result", "--out", "out") if command == ("compare",) else (command[0], "result")
    done = CliRunner().invoke(main, [*arguments, *command[1:], "--json"])
    assert done.exit_code == 3
    assert json.loads(done.stdout)["error"]["problems"][0]["code"].startswith("R")
    assert sorted(path.relative_to(result) for path in result.rglob("*")) == before


@pytest.mark.parametrize(
    "name",
    [
        "an extra array of 10⁹",
        "chunk announces more",
        "shape is larger",
        "attempt of more draws",
        "attempt of 10⁸ draws",
    ],
)
def test_memory_is_bounded(result, name):
    """A folder that announces gigabytes is refused in little more memory than a good one takes."""
    HOSTILE[name](result)
    seal(result)
    program = (
        "import sys, resource, bayes_sora as bs\n"
        "from bayes_sora.errors import InputError\n"
        "import bayes_sora.report.read, zarr, scipy.stats\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (2**30, 2**30))\n"
        "try:\n    bs.read_result(sys.argv[1])\nexcept InputError:\n    sys.exit(3)\n"
    )
    assert subprocess.run([sys.executable, "-c", program, str(result)], check=False).returncode == 3


def test_wild_draws_are_judged_in_our_own_words(result):
    """Draws at the end of the scale overflow formulas; the user reads the verdict and no line of code."""
    array(result, "posterior/survival_shape", np.geomspace(1e9, 1e12, 1000).reshape(4, 250), ("chain", "draw"))
    seal(result)
    done = CliRunner().invoke(main, ["predict", str(result), "--trough", "3.0"])
    assert done.exit_code == 4
    assert "cannot be trusted" in done.stderr
    assert "Warning" not in done.stderr


def test_an_untouched_copy_signed_again_is_read(result):
    """The signature alone is no fault: what fits is read."""
    seal(result)
    assert read_result(result).cohort.n_patients == 26


def test_blank_chunks_that_earlier_versions_left_out(result):
    """A chunk of nothing but 0, false or NaN may be absent where that can be meant, and reads as that."""
    expected = read_result(result)
    for name in (
        "constant_data/trough_censoring/0",
        "constant_data/trough_day/0",
        "prior/chain/0",
        "sample_stats/diverging/0.0",
    ):
        lost(result, f"posterior.zarr/{name}")
    seal(result)
    found = read_result(result)
    assert found.posterior.equals(expected.posterior)
