"""The folder of a comparison: whole or absent, numbers as numbers, user text as text."""

from __future__ import annotations

import html
import json
from dataclasses import replace

import pytest

import bayes_sora as bs
from bayes_sora.errors import UsageError
from bayes_sora.figures.comparison import COMPARISON_FIGURES
from bayes_sora.report.comparison import check_comparison_destination, write_comparison
from bayes_sora.report.comparison.html import render_comparison
from tests.comparison.hand_made import no_refit, tame_fit
from tests.report.test_html import HOSTILE, image, lead, outline

ENTRIES = {"comparison.json", "report.html", "figures"}


@pytest.fixture(scope="module")
def comparison():
    """Return a comparison of two fits made by hand."""
    return bs.compare([tame_fit(seed=1), tame_fit(model="sorafenib_literature.v1", seed=2)], refit=no_refit)


@pytest.fixture(scope="module")
def folder(comparison, tmp_path_factory):
    """Write it once."""
    return write_comparison(comparison, tmp_path_factory.mktemp("compared") / "out")


def page(comparison):
    """Render the page without drawing."""
    images = {one.key: image(one.key) for one in COMPARISON_FIGURES}
    return render_comparison(comparison, images, created="2026-11-23T00:00:00+00:00")


def test_folder_holds_what_is_promised(folder):
    """Three entries, and every figure twice."""
    assert {entry.name for entry in folder.iterdir()} == ENTRIES
    drawn = {path.name for path in (folder / "figures").iterdir()}
    assert drawn == {f"{one.key}.{form}" for one in COMPARISON_FIGURES for form in ("svg", "png")}


def test_document_holds_the_numbers(folder, comparison):
    """comparison.json is plain JSON: what the comparison says, windows as in window.json, and where it came from."""
    document = json.loads((folder / "comparison.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert (document["schema"], document["kind"]) == (1, "bayes_sora comparison")
    assert [model["name"] for model in document["models"]] == [model.name for model in comparison.models]
    for written, model in zip(document["models"], comparison.models, strict=True):
        numbers = ("elpd", "se", "elpd_diff", "se_diff", "p_loo", "weight")
        assert [written[name] for name in numbers] == [getattr(model, name) for name in numbers]
        assert written["n_refit"] == 0
        assert written["windows"]["limits"]["lower"]["q50"] == model.windows["limits"].lower.q50
        assert document["provenance"][model.name]["inputs"]["model"] == model.fit.model_file.sha256
    assert set(document["averaged"]) == {"limits", "youden", "utility"}
    assert document["averaged"]["utility"]["optimum"]["q50"] == comparison.averaged["utility"].optimum.q50
    assert len(document["by_patient"]) == 26


def test_page_needs_nothing_from_elsewhere(folder):
    """No script, no link out, pictures inside; the answer is the first heading."""
    text = (folder / "report.html").read_text(encoding="utf-8")
    found = outline(text)
    assert "script" not in found.tags
    sources = [value for _, name, value in found.attributes if name in {"src", "href"}]
    assert all(value.startswith(("data:", "#")) for value in sources)
    assert "not the probability that a model is true" in found.text


def test_page_answers_first(comparison):
    """The heading is the sentence of the comparison."""
    assert lead(page(comparison)).replace("\N{NO-BREAK SPACE}", " ") == comparison.sentence()


def test_names_are_text(comparison):
    """A model's name cannot become markup, in the page or in a figure."""
    first, *others = comparison.models
    named = replace(comparison, models=(replace(first, name=HOSTILE), *others))
    assert HOSTILE not in page(named)
    assert html.escape(HOSTILE, quote=False)[:20] in page(named)
    for one in COMPARISON_FIGURES:
        labels = [label.get_text() for axes in one.draw(named).axes for label in axes.get_yticklabels()]
        assert any(label.startswith("<script>") for label in labels)


def test_refused_fits_are_bannered(comparison):
    """Nobody reads the numbers of a refused fit unwarned."""
    refused = replace(comparison.models[0].fit)
    object.__setattr__(refused, "trust", replace(refused.trust, verdict="refuse", reasons=("R-hat",)))
    forced = replace(comparison, models=(replace(comparison.models[0], fit=refused), comparison.models[1]))
    assert "Do not use these numbers" in page(forced)
    assert "Do not use these numbers" not in page(comparison)


def test_figures_without_average(comparison):
    """Where windows are not averaged, page and figures say so or leave the row out."""
    bare = replace(comparison, averaged={}, not_averaged="they are about different exposures")
    assert "Windows are not averaged over the models: they are about different exposures" in page(bare)
    windows = next(one for one in COMPARISON_FIGURES if one.key == "windows")
    labels = [label.get_text() for axes in windows.draw(bare).axes for label in axes.get_yticklabels()]
    assert "averaged over models" not in labels
    assert "averaged over models" in [
        label.get_text() for axes in windows.draw(comparison).axes for label in axes.get_yticklabels()
    ]


def test_only_an_earlier_comparison_is_replaced(folder, comparison, tmp_path):
    """On request; the folder of a fit, or one with a stranger inside, never."""
    with pytest.raises(UsageError, match="overwrite"):
        check_comparison_destination(folder)
    assert check_comparison_destination(folder, overwrite=True) == folder
    (tmp_path / "provenance.json").write_text('{"kind": "bayes_sora result"}')
    with pytest.raises(UsageError, match="never replaced"):
        write_comparison(comparison, tmp_path, overwrite=True)
    stranger = tmp_path / "mine"
    stranger.mkdir()
    (stranger / "comparison.json").write_text('{"kind": "bayes_sora comparison"}')
    assert check_comparison_destination(stranger, overwrite=True) == stranger
    (stranger / "thesis.docx").write_text("years of work")
    with pytest.raises(UsageError, match="never replaced"):
        check_comparison_destination(stranger, overwrite=True)
