"""The result folder: exactly its parts, whole or absent."""

from __future__ import annotations

import json
import os
import re
from concurrent.futures import BrokenExecutor, Future
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from bayes_sora.errors import UsageError
from bayes_sora.fitting.document import window_document
from bayes_sora.processes import open_pool
from bayes_sora.report import folder as folder_module
from bayes_sora.report import images as images_module
from bayes_sora.report import rebuild_report, write_result
from bayes_sora.report.images import Image, Share, draw_images
from bayes_sora.report.second import prepare_second
from tests.fits import identified_fit, joint_fit, refused_fit
from tests.report.conftest import draw_nothing

if TYPE_CHECKING:
    from pathlib import Path

ENTRIES = {"posterior.zarr", "window.json", "curves.csv", "report.html", "figures", "provenance.json"}


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Write a result with its real figures."""
    return write_result(identified_fit(), tmp_path_factory.mktemp("drawn") / "deep" / "result")


def test_folder_holds_its_parts_and_nothing_else(drawn):
    """The contract names six entries; figures come in pairs of SVG and PNG; nothing temporary stays beside them."""
    assert {path.name for path in drawn.iterdir()} == ENTRIES
    figures = {path.name for path in (drawn / "figures").iterdir()}
    stems = {name.rpartition(".")[0] for name in figures}
    assert "answer" in stems
    assert figures == {f"{stem}.{suffix}" for stem in stems for suffix in ("svg", "png")}
    assert [path.name for path in drawn.parent.iterdir()] == ["result"]


def test_report_is_rebuilt_to_the_same_bytes(drawn):
    """Rebuilding reads the folder, samples nothing, and gives the same report, figures and numbers."""
    before = contents(drawn)
    (drawn / "report.html").write_text("lost")
    (drawn / "figures" / "answer.svg").unlink()
    assert rebuild_report(drawn) == drawn / "report.html"
    assert contents(drawn) == before


@pytest.mark.usefixtures("no_figures")
def test_rebuilding_keeps_what_others_put_there(result):
    """A file that somebody added to the folder survives a new report."""
    (result / "notes.txt").write_text("mine")
    rebuild_report(result)
    assert (result / "notes.txt").read_text() == "mine"
    assert {path.name for path in result.iterdir()} == ENTRIES | {"notes.txt"}


def test_window_json_is_the_document(kept_result):
    """The file is the document of the fit."""
    assert json.loads((kept_result / "window.json").read_text()) == window_document(joint_fit())


def test_provenance_says_what_went_in_and_came_out(kept_result):
    """Hashes of inputs, versions, seed, engine, warnings, diagnostics, attempts, durations and command are there."""
    record = json.loads((kept_result / "provenance.json").read_text())
    fit = joint_fit()
    assert record["inputs"]["model"] == fit.model_file.sha256
    assert record["seed"] == 1
    assert record["engine"] == dict(fit.provenance.engine)
    assert record["attempts"][0]["draws"] == 250
    assert record["diagnostics"] == fit.trust.diagnostics.as_dict()
    assert record["warnings"] == [str(note) for note in fit.cohort.notes]
    assert record["command"] == ["bayes-sora", "fit"]
    assert {"pymc", "numpy", "bayes-sora"} <= set(record["versions"])
    assert {"posterior.zarr", "report.html"} <= set(record["writing_seconds"])
    assert re.fullmatch("[0-9a-f]{64}", record["files"]["posterior.zarr"])


def test_curves_csv_has_units_and_no_formula(kept_result):
    """Every column names its unit, and no cell starts like a spreadsheet formula."""
    table = pd.read_csv(kept_result / "curves.csv")
    assert table.columns[0] == "exposure_mg_l"
    units = re.compile(r"^(exposure_mg_l|p_acceptable|p_(toxicity|response)_\w+|(os_median|rmst_24)_months_\w+)$")
    assert all(units.match(name) for name in table.columns)
    cells = (kept_result / "curves.csv").read_text().replace("\n", ",").split(",")
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]


@pytest.mark.usefixtures("light")
def test_existing_folder_is_kept_without_overwrite(result):
    """A second run into the same folder is refused and changes nothing."""
    before = contents(result)
    with pytest.raises(UsageError, match=r"exists\. Choose another name, or overwrite it"):
        write_result(joint_fit(), result)
    assert contents(result) == before


@pytest.mark.usefixtures("light")
def test_overwrite_replaces_the_whole_folder(result):
    """With overwrite nothing of the old result stays."""
    (result / "figures" / "old.svg").write_text("old")
    write_result(identified_fit(), result, overwrite=True)
    assert not (result / "figures" / "old.svg").exists()
    document = json.loads((result / "window.json").read_text())
    assert document["windows"]["limits"]["identified"]
    assert [path.name for path in result.parent.iterdir()] == ["result"]


@pytest.mark.parametrize("failure", [RuntimeError("bug"), KeyboardInterrupt(), OSError(28, "No space left on device")])
@pytest.mark.parametrize("existing", [False, True])
@pytest.mark.usefixtures("light")
def test_failure_in_the_middle_leaves_nothing(result, tmp_path, monkeypatch, failure, existing):
    """Whatever happens while writing, no half-written folder stays and an earlier result survives."""

    def fail(*_arguments, **_options):
        raise failure

    monkeypatch.setattr(folder_module, "draw_images", fail)
    target = result if existing else tmp_path / "new"
    before = contents(tmp_path)
    expected = UsageError if isinstance(failure, OSError) else type(failure)
    with pytest.raises(expected):
        write_result(joint_fit(), target, overwrite=True)
    assert contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


@pytest.mark.usefixtures("light")
def test_old_result_returns_when_the_swap_fails(result, tmp_path, monkeypatch):
    """When the new folder cannot take its place, the old one is put back."""
    before = contents(result)
    rename = type(result).rename

    def rename_once(path, target):
        if ".writing-" in path.name:
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(type(result), "rename", rename_once)
    with pytest.raises(UsageError, match="could not be written: Input/output error"):
        write_result(joint_fit(), result, overwrite=True)
    assert contents(result) == before
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


@pytest.mark.usefixtures("light")
def test_folder_that_appeared_meanwhile_is_kept(tmp_path, monkeypatch):
    """A folder that somebody made while the result was being written is not replaced."""
    target = tmp_path / "result"

    def come_first(fit, folder, *, force, share):
        target.mkdir()
        (target / "theirs.txt").write_text("theirs")
        return draw_nothing(fit, folder, force=force, share=share)

    monkeypatch.setattr(folder_module, "draw_images", come_first)
    with pytest.raises(UsageError, match="exists"):
        write_result(joint_fit(), target)
    assert contents(tmp_path) == {"result/theirs.txt".replace("/", os.sep): b"theirs"}


@pytest.mark.usefixtures("no_figures")
def test_refused_fit_keeps_draws_and_prints_no_window(tmp_path):
    """On trust refuse the folder is written, without windows and without the probability they rest on."""
    folder = write_result(refused_fit(), tmp_path / "refused")
    assert json.loads((folder / "window.json").read_text())["windows"] is None
    assert "p_acceptable" not in (folder / "curves.csv").read_text()
    assert (folder / "posterior.zarr" / "posterior").is_dir()


@pytest.mark.usefixtures("no_figures")
def test_force_is_remembered_when_the_report_is_rebuilt(tmp_path):
    """A report that was forced stays forced, with its banner."""
    folder = write_result(refused_fit(), tmp_path / "forced", force=True)
    written = (folder / "report.html").read_bytes()
    assert json.loads((folder / "window.json").read_text())["windows"] is not None
    rebuild_report(folder)
    assert (folder / "report.html").read_bytes() == written


@pytest.mark.usefixtures("light")
def test_progress_is_heard(tmp_path):
    """Whoever waits hears each part, and the last call says that all is done."""
    heard = []
    write_result(joint_fit(), tmp_path / "result", progress=lambda *said: heard.append(said))
    assert [done for _, done, _ in heard] == [0, 1, 2, 3, 4]
    assert heard[-1] == ("done", 4, 4)


@pytest.mark.usefixtures("no_figures")
def test_draws_that_are_not_finite_are_kept_and_refused(tmp_path):
    """One NaN among the draws refuses the fit; its folder is written all the same, with null for what is undefined."""
    fit = joint_fit()
    posterior = fit.posterior.copy(deep=True)
    posterior["posterior"]["toxicity_slope"].to_numpy()[0, 0] = float("nan")
    folder = write_result(replace(fit, posterior=posterior), tmp_path / "broken", force=True)
    document = json.loads((folder / "window.json").read_text(), parse_constant=pytest.fail)
    assert document["trust"] == "refuse"
    assert document["reasons"][0] == "toxicity_slope has draws that are not finite"
    assert document["parameters"]["toxicity_slope"]["mean"] is None
    assert document["parameters"]["response_slope"]["mean"] is not None


def test_second_process_draws_the_same_figures(drawn, tmp_path):
    """Figures drawn by another process are byte for byte those drawn by this one."""
    with open_pool(1, prepare=prepare_second) as helper:
        shared = write_result(identified_fit(), tmp_path / "shared", helper=helper)
    assert contents(shared / "figures") == contents(drawn / "figures")


def test_dead_helper_costs_nothing_but_time(tmp_path, monkeypatch):
    """When the second process is killed, the first one draws what is missing."""
    monkeypatch.setattr(images_module, "_draw", draw_quickly)
    expected = list(draw_images(identified_fit(), tmp_path / "figures"))
    lost: Future[Image] = Future()
    lost.set_exception(BrokenExecutor("killed"))
    images = draw_images(identified_fit(), tmp_path / "figures", share=Share(dict.fromkeys(expected, lost)))
    assert list(images) == expected


def test_what_the_second_process_has_not_begun_is_drawn_here(tmp_path, monkeypatch):
    """Nobody waits for a figure that is still in the queue."""
    monkeypatch.setattr(images_module, "_draw", draw_quickly)
    expected = list(draw_images(identified_fit(), tmp_path / "figures"))
    waiting = {key: Future() for key in expected}
    assert list(draw_images(identified_fit(), tmp_path / "figures", share=Share(waiting))) == expected
    assert all(future.cancelled() for future in waiting.values())


def draw_quickly(_fit, key, _folder):
    """Draw nothing."""
    return Image(key=key, title="", caption="", alt="", svg=b"")
