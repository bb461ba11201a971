"""Reading a result folder back: the same fit, or a coded error."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import fields

import numpy as np
import pytest
import xarray as xr

import bayes_sora as bs
from bayes_sora.cohort.table import Source, Troughs
from bayes_sora.errors import InputError, Problem
from bayes_sora.report import read_result, write_result
from bayes_sora.report.digest import digest_document, digest_parts
from bayes_sora.types import ExposureUnit
from tests.fits import joint_fit


def code_of(folder) -> str:
    """Return the code of the error that reading a folder raises."""
    with pytest.raises(InputError) as caught:
        read_result(folder)
    (problem,) = caught.value.problems
    assert problem.remedy
    return problem.code


def assert_same_cohort(found, expected):
    """Hold two cohorts equal, array by array."""
    for field in fields(expected):
        one, other = getattr(found, field.name), getattr(expected, field.name)
        if isinstance(other, Troughs):
            for part in fields(other):
                np.testing.assert_array_equal(getattr(one, part.name), getattr(other, part.name))
        elif isinstance(other, np.ndarray):
            np.testing.assert_array_equal(one, other)
        else:
            assert one == other, field.name


def sealed(folder):
    """Write the checksums again, as somebody who knows them would."""
    path = folder / "provenance.json"
    record = json.loads(path.read_text())
    record["files"] = digest_parts(folder)
    record["sha256"] = digest_document(record)
    path.write_text(json.dumps(record))


def test_read_back_is_the_fit(kept_result):
    """Cohort, model file, draws and provenance are the same, and so are windows, verdict and published scores."""
    fit, found = joint_fit(), read_result(kept_result)
    assert found.model_file == fit.model_file
    assert_same_cohort(found.cohort, fit.cohort)
    assert set(found.posterior.children) == set(fit.posterior.children)
    xr.testing.assert_identical(found.posterior, fit.posterior)
    assert found.provenance.as_dict() == fit.provenance.as_dict() | {"attempts": found.provenance.as_dict()["attempts"]}
    assert found.provenance.attempts == fit.provenance.attempts
    assert found.trust == fit.trust
    assert {kind: window.as_dict() for kind, window in found.windows.items()} == {
        kind: window.as_dict() for kind, window in fit.windows.items()
    }
    assert found.published == fit.published


@pytest.mark.usefixtures("no_figures")
def test_awkward_cohort_comes_back(fake_fit, tmp_path):
    """Hostile ids, blanks, censored and repeated troughs, labels, notes and units survive the folder."""
    plain = bs.simulate("moderate", n=3, seed=2).cohort
    cohort = bs.Cohort(
        patient_id=("001", "NA", "=HYPERLINK('x')Ω"),
        troughs=Troughs(
            patient=np.array([0, 0, 1, 2]),
            value_mg_l=np.array([1.0, 2.0, 0.05, 4.0]),
            censoring=np.array([0, 0, -1, 0]),
            day=np.array([14.0, 28.0, np.nan, 14.0]),
        ),
        toxicity=np.array([0.0, 1.0, np.nan]),
        response=plain.response,
        os_months=plain.os_months,
        death=plain.death,
        grade=np.array([0.0, 3.0, np.nan]),
        site=("", "north", "<b>"),
        source=Source(name="c.csv", sha256="0" * 64, trough_unit=ExposureUnit("ng/mL", 1e-3), troughs_name="t.csv"),
        notes=(Problem(code="C022", why="trimmed", remedy="None.", severity="warning", row=3, patient="NA"),),
        n_dropped=2,
    )
    fit = fake_fit(cohort, draws=100)
    assert_same_cohort(read_result(write_result(fit, tmp_path / "result")).cohort, cohort)


def test_reading_needs_no_pymc(kept_result):
    """Windows can be had from a folder without the seconds that PyMC takes to import."""
    program = (
        "import sys, bayes_sora as bs\n"
        f"fit = bs.read_result({str(kept_result)!r})\n"
        "assert 'pymc' not in sys.modules and 'matplotlib' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_folder_that_is_no_result(tmp_path):
    """A missing folder, a foreign one and a foreign provenance.json are told apart from a damaged result."""
    assert code_of(tmp_path / "absent") == "R001"
    assert code_of(tmp_path) == "R001"
    (tmp_path / "provenance.json").write_text("{}")
    assert code_of(tmp_path) == "R001"


@pytest.mark.parametrize("part", ["window.json", "curves.csv", "posterior.zarr"])
def test_missing_part(result, part):
    """A part that is gone is named."""
    path = result / part
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert code_of(result) == "R002"


@pytest.mark.parametrize("part", ["window.json", "curves.csv", "provenance.json"])
@pytest.mark.parametrize("damage", ["flip", "truncate"])
def test_damaged_file(result, part, damage):
    """One flipped bit and a file cut short are both seen."""
    path = result / part
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
    else:
        del content[len(content) // 2 :]
    path.write_bytes(content)
    assert code_of(result) == "R003"


def test_damaged_posterior(result):
    """A chunk of one array that was changed, lost or added is seen."""
    chunk = result / "posterior.zarr" / "posterior" / "toxicity_slope" / "0.0"
    content = chunk.read_bytes()
    chunk.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert code_of(result) == "R003"
    chunk.unlink()
    assert code_of(result) == "R003"


def test_other_layout(result):
    """A folder of a later layout is refused by name, not by a crash."""
    path = result / "provenance.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 2}))
    assert code_of(result) == "R004"


def test_arrays_that_could_run_code_are_refused(result):
    """An array of pickled objects is never opened, even where every checksum fits."""
    path = result / "posterior.zarr" / "posterior" / "toxicity_slope" / ".zarray"
    array = json.loads(path.read_text()) | {"dtype": "|O", "filters": [{"id": "pickle", "protocol": 5}]}
    path.write_text(json.dumps(array))
    sealed(result)
    assert code_of(result) == "R005"
