"""Result folders that many tests read, and figures that cost nothing."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from bayes_sora.report import folder as folder_module
from bayes_sora.report import write_result
from bayes_sora.report.images import Image
from tests.fits import joint_fit

if TYPE_CHECKING:
    from pathlib import Path

    from bayes_sora.fitting import Fit

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'


def draw_nothing(_fit: Fit, folder: Path, *, force: bool = False, share: object = None) -> dict[str, Image]:
    """Stand in for the figures: one empty picture, in no time."""
    assert share is None
    folder.mkdir()
    (folder / "answer.svg").write_bytes(SVG)
    (folder / "answer.png").write_bytes(b"")
    caption = "forced" if force else "plain"
    return {"answer": Image(key="answer", title="The answer", caption=caption, alt="nothing", svg=SVG)}


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write folders with one empty picture."""
    monkeypatch.setattr(folder_module, "draw_images", draw_nothing)


def write_no_tree(_fit: Fit, path: Path) -> None:
    """Stand in for the posterior where its content does not matter."""
    path.mkdir()
    (path / ".zgroup").write_text("{}")


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write folders without figures and draws."""
    monkeypatch.setattr(folder_module, "draw_images", draw_nothing)
    monkeypatch.setattr(folder_module, "write_tree", write_no_tree)


@pytest.fixture(scope="session")
def kept_result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the result of the joint fit once; look, do not touch."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder_module, "draw_images", draw_nothing)
        return write_result(joint_fit(), tmp_path_factory.mktemp("kept") / "result", command=["bayes-sora", "fit"])


@pytest.fixture
def result(kept_result: Path, tmp_path: Path) -> Path:
    """Return a copy of the kept result that a test may damage."""
    return shutil.copytree(kept_result, tmp_path / "result")
