"""Folders that earlier versions wrote: the same fit comes back, and the folder stays as it was."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr
from numcodecs import Blosc, Zstd
from zarr.storage import LocalStore

import bayes_sora as bs
from bayes_sora.report import read_result
from bayes_sora.report.digest import digest_folder
from bayes_sora.report.tree import read_tree, write_tree
from tests.conftest import make_fake_fit

WRITTEN_BEFORE = Path(__file__).parent / "written_before"
PATIENTS = {
    "sorafenib_doses.v1": ("reverse", {"history": True}),
    "sorafenib_onset.v1": ("onset", {}),
    "sorafenib_entry.v1": ("moderate", {}),
    "sorafenib_decline.v1": ("decline", {"troughs": 4}),
    "sorafenib_sites.v1": ("sites", {}),
    "sorafenib_grades.v1": ("grades", {}),
    "sorafenib_event_types.v1": ("event_types", {}),
    "sorafenib_covariates.v1": ("covariates", {}),
    "sorafenib_power_prior.v1": ("earlier", {}),
    "sorafenib_frailty.v1": ("frailty", {}),
    "sorafenib_confounding.v1": ("moderate", {}),
    "sorafenib_spline.v1": ("moderate", {}),
    "sorafenib_sigmoid.v1": ("moderate", {}),
    "sorafenib_observed.v1": ("moderate", {}),
    "survival_only.v1": ("moderate", {}),
}
"""Model file → a scenario that brings what it needs: between them every kind of array there is."""


@pytest.fixture
def before(tmp_path):
    """Return a folder of version 0.1.0, which left out chunks of nothing but 0 or NaN."""
    shutil.unpack_archive(WRITTEN_BEFORE / "toxicity_only.zip", tmp_path / "before")
    return tmp_path / "before"


def test_every_number_comes_back(before):
    """What the door reads is what xarray reads, value by value and bit by bit, and the folder is not touched."""
    assert not (before / "posterior.zarr/sample_stats/diverging/0.0").exists()
    digest = digest_folder(before)
    found = read_result(before)
    with xr.open_datatree(before / "posterior.zarr", engine="zarr", consolidated=False) as tree:
        assert set(found.posterior.children) == set(tree.children) - {"curves"}
        for group, node in found.posterior.children.items():
            xr.testing.assert_identical(node.to_dataset(), tree[group].to_dataset().load())
    assert digest_folder(before) == digest
    assert found.cohort.n_patients == 6
    assert (found.cohort.troughs.censoring == 0).all()
    assert np.isnan(found.cohort.troughs.day).all()


def test_written_again_it_is_the_same(before, tmp_path):
    """Draws and data of a folder of version 0.1.0, written by this one, are read as the same."""
    found = read_result(before)
    write_tree(found, tmp_path / "again.zarr")
    xr.testing.assert_identical(read_tree(tmp_path / "again.zarr")[0], found.posterior)


@pytest.mark.parametrize("codec", [Zstd(level=0), Blosc(cname="zstd"), None])
def test_other_codecs(before, codec):
    """Zarr of another version compressed by Zstandard: the draws are the same whatever they were packed with."""
    expected = read_tree(before / "posterior.zarr")[0]
    for path in ("posterior/toxicity_slope", "log_likelihood/patient", "constant_data/patient_id"):
        store = LocalStore(before / "posterior.zarr")
        stored = zarr.open_array(store, path=path, mode="r", zarr_format=2)
        values, attributes = stored[...], dict(stored.attrs)
        again = zarr.create_array(
            store, name=path, data=values, chunks=values.shape, compressors=codec, zarr_format=2, overwrite=True
        )
        again.attrs.update(attributes)
    xr.testing.assert_identical(read_tree(before / "posterior.zarr")[0], expected)


@pytest.mark.parametrize("model", PATIENTS)
def test_every_kind_of_model_comes_back(tmp_path, model):
    """The list of arrays follows from the model file: what each kind of block writes is on it, and nothing is lost."""
    scenario, options = PATIENTS[model]
    cohort = bs.simulate(scenario, n=20, seed=3, **options).cohort
    bound, _ = bs.modelfile.bind_model(bs.load_model(model), cohort)
    fit = make_fake_fit(cohort, model=bound, chains=2, draws=60, from_prior=True)
    write_tree(fit, tmp_path / "posterior.zarr")
    tree, _ = read_tree(tmp_path / "posterior.zarr", drawn=(2, 60))
    xr.testing.assert_identical(tree, fit.posterior.map_over_datasets(xr.Dataset.drop_attrs))
