"""What is installed is whole: the wheel carries models, cohorts and types, and both places of shipped files work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from bayes_sora import resources
from bayes_sora.modelfile import list_models
from bayes_sora.simulation import shipped_cohort

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of the working tree."""
    if shutil.which("uv") is None:
        pytest.skip("uv, which builds the wheel, is not on PATH")
    folder = tmp_path_factory.mktemp("wheel")
    _run("uv", "build", "--wheel", "--quiet", "--out-dir", str(folder), str(REPOSITORY), cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_holds_every_file_that_is_read(wheel):
    """Every released model, plan, cohort, template and module is in the wheel, and the marker of types."""
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    modules = {f"bayes_sora/{path}" for path in _files(REPOSITORY / "bayes_sora")}
    models = {f"bayes_sora/models/{path}" for path in _files(REPOSITORY / "models")}
    plans = {f"bayes_sora/plans/{path}" for path in _files(REPOSITORY / "plans")}
    cohorts = {f"bayes_sora/data/simulated/{path}" for path in _files(REPOSITORY / "data" / "simulated")}
    assert "bayes_sora/py.typed" in modules
    assert models
    assert plans
    assert cohorts
    assert modules | models | plans | cohorts <= inside


def test_wheel_holds_nothing_else(wheel):
    """Neither tests nor lock files nor results travel with the package."""
    with zipfile.ZipFile(wheel) as archive:
        inside = archive.namelist()
    assert {name.split("/", 1)[0].split("-", 1)[0] for name in inside} == {"bayes_sora"}
    assert not [name for name in inside if name.endswith((".lock", ".pyc")) or "/tests/" in name]


def test_source_archive_builds_the_same_wheel(wheel, tmp_path):
    """A wheel built from the source archive, far from the checkout, holds the same files and no lock file."""
    _run("uv", "build", "--sdist", "--quiet", "--out-dir", str(tmp_path), str(REPOSITORY), cwd=tmp_path)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as inside:
        assert not [name for name in inside.getnames() if name.endswith(".lock")]
    _run("uv", "build", "--wheel", "--quiet", "--out-dir", str(tmp_path), str(archive), cwd=tmp_path)
    (again,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(again) as second:
        assert sorted(first.namelist()) == sorted(second.namelist())


@pytest.mark.parametrize("place", ["package", "repository root"])
def test_shipped_files_are_found_in_both_places(tmp_path, monkeypatch, place):
    """A wheel has the shipped folders inside the package, an editable install at the root of the repository."""
    package = tmp_path / "bayes_sora"
    package.mkdir()
    root = package if place == "package" else tmp_path
    shutil.copytree(REPOSITORY / "models", root / "models")
    shutil.copytree(REPOSITORY / "data" / "simulated", root / "data" / "simulated")
    monkeypatch.setattr(resources, "PACKAGE", package)
    assert resources.shipped_folder("models") == root / "models"
    assert shipped_cohort("literal_26") == root / "data" / "simulated" / "literal_26.csv"
    assert "sorafenib_joint.v1" in [model.name for model in list_models()]


def test_package_folder_comes_before_the_repository_root(tmp_path, monkeypatch):
    """A folder that happens to be called models beside an installed package is not taken for the shipped one."""
    package = tmp_path / "bayes_sora"
    (package / "models").mkdir(parents=True)
    (tmp_path / "models").mkdir()
    monkeypatch.setattr(resources, "PACKAGE", package)
    assert resources.shipped_folder("models") == package / "models"


def test_missing_shipped_folder_says_what_to_do(tmp_path, monkeypatch):
    """A broken installation is named as such."""
    monkeypatch.setattr(resources, "PACKAGE", tmp_path / "bayes_sora")
    with pytest.raises(FileNotFoundError, match="'models' is missing: install bayes-sora again"):
        resources.shipped_folder("models")


@pytest.mark.slow
def test_installed_wheel_answers_in_an_empty_folder(wheel, tmp_path):
    """In a fresh environment, away from the checkout, `bayes-sora demo` writes the whole result folder."""
    environment, empty = tmp_path / "environment", tmp_path / "empty"
    empty.mkdir()
    _run("uv", "venv", "--quiet", "--python", sys.executable, str(environment), cwd=empty)
    bin_folder = environment / ("Scripts" if os.name == "nt" else "bin")
    _run("uv", "pip", "install", "--quiet", "--python", str(bin_folder / "python"), str(wheel), cwd=empty)
    _run(str(bin_folder / "bayes-sora"), "demo", cwd=empty)
    result = empty / "bayes-sora-demo"
    expected = {"window.json", "report.html", "curves.csv", "provenance.json", "posterior.zarr", "figures"}
    assert expected <= {path.name for path in result.iterdir()}


def _files(folder: Path) -> set[str]:
    """Return the files below `folder`, relative to it, caches left out."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _run(*command: str, cwd: Path) -> None:
    """Run a command away from this checkout's own environment; its words are part of the failure."""
    environment = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
