"""The page of the priors: the sentence first, nothing from elsewhere, the folder whole."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

import bayes_sora as bs
from bayes_sora.errors import UsageError
from bayes_sora.report.images import Image
from bayes_sora.report.prior import check_prior_destination, write_prior
from bayes_sora.report.prior import write as write_module
from bayes_sora.report.prior.html import SECTIONS, render_prior
from bayes_sora.report.prior_tables import priors_table, statistics_table

HOSTILE = "<script>alert(1)</script>{{7*7}}"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


class Outline(HTMLParser):
    """Collect elements, their attributes and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        """Note an element and its attributes."""
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data):
        """Note text."""
        self.text += data


@pytest.fixture(scope="module")
def prior():
    """Return the priors of the default model beside the shipped cohort."""
    cohort = bs.read_cohort(bs.shipped_cohort("literal_26"))
    return bs.prior_predictive("sorafenib_joint.v1", cohort=cohort, draws=400)


@pytest.fixture
def no_figures(monkeypatch):
    """Write folders without pictures."""
    monkeypatch.setattr(write_module, "_draw", lambda _prior, _folder: {})


def page(prior):
    """Render a page with empty pictures."""
    images = {
        key: Image(key=f"prior_{key}", title=f"Title {key}", caption="A caption.", alt=f"What {key} shows", svg=SVG)
        for key in ("data", "curves", "windows")
    }
    return render_prior(prior, images, created="2026-11-23 00:00 UTC")


def test_page_begins_with_what_the_priors_believe(prior):
    """The first heading is the sentence that the command prints too."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page(prior), flags=re.DOTALL)
    assert found
    assert html.unescape(found[1]).replace("\N{NO-BREAK SPACE}", " ") == prior.sentence()


def test_sections_are_linked_and_nothing_is_fetched(prior):
    """Every section is reached from the contents; no script, style sheet or picture comes from elsewhere."""
    outline = Outline()
    outline.feed(page(prior))
    ids = [value for _, name, value in outline.attributes if name == "id" and value in SECTIONS]
    assert ids == list(SECTIONS)
    assert [value for _, name, value in outline.attributes if name == "href"] == [f"#{anchor}" for anchor in SECTIONS]
    assert not {"script", "link", "iframe", "object", "form"} & set(outline.tags)
    sources = [value for _, name, value in outline.attributes if name == "src"]
    assert len(sources) == 3
    assert all(value.startswith("data:image/svg+xml;base64,") for value in sources)


def test_every_prior_is_told_with_unit_meaning_and_source(prior):
    """The table of priors holds what the model file says of each, and its median."""
    rows = {row[0]: row for row in priors_table(prior).rows}
    assert list(rows) == list(prior.model.priors)
    for name, one in prior.model.priors.items():
        assert {one.meaning, one.unit, one.source, str(one)} <= set(rows[name])
    assert rows["survival_median"][3] == "10.7 (4.02 to 28.5)"  # 10.7·exp(±1.96·0.5)


def test_hostile_text_is_text(prior):
    """Names and sources that hold markup are printed and never interpreted."""
    model = replace(prior.model, title=HOSTILE, description=HOSTILE, name=HOSTILE)
    source = replace(prior.cohort.source, name=HOSTILE)
    outline = Outline()
    outline.feed(page(replace(prior, model=model, cohort=replace(prior.cohort, source=source))))
    assert "script" not in outline.tags
    assert outline.text.count("{{7*7}}") >= 4


@pytest.mark.usefixtures("no_figures")
def test_folder_holds_page_and_numbers(prior, tmp_path):
    """prior.json is what the Python object says, beside the page and the figures."""
    written = write_prior(prior, tmp_path / "priors")
    assert {entry.name for entry in written.parent.iterdir()} == {"report.html", "prior.json", "figures"}
    document = json.loads((written.parent / "prior.json").read_text())
    assert document == prior.as_dict()
    assert document["schema"] == 1


@pytest.mark.usefixtures("no_figures")
def test_only_an_earlier_page_is_replaced(prior, tmp_path):
    """Without --overwrite nothing is replaced, with it only a page of priors, and never anything else."""
    write_prior(prior, tmp_path / "priors")
    with pytest.raises(UsageError, match="exists"):
        check_prior_destination(tmp_path / "priors")
    write_prior(prior, tmp_path / "priors", overwrite=True)
    (tmp_path / "priors" / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="something other"):
        write_prior(prior, tmp_path / "priors", overwrite=True)
    assert (tmp_path / "priors" / "notes.txt").read_text() == "mine"


@pytest.mark.usefixtures("no_figures")
@pytest.mark.parametrize("text", ["not json", "[]", '{"kind": "bayes_sora result"}'])
def test_a_folder_that_is_not_ours_is_left_alone(prior, tmp_path, text):
    """A folder with the right names but another content is not replaced."""
    folder = tmp_path / "there"
    folder.mkdir()
    (folder / "prior.json").write_text(text)
    with pytest.raises(UsageError, match="something other"):
        write_prior(prior, folder, overwrite=True)
    assert (folder / "prior.json").read_text() == text


def test_pictures_are_written(tmp_path):
    """Every figure of the page is there as SVG and PNG, and embedded."""
    written = write_prior(bs.prior_predictive("toxicity_only.v1", draws=100), tmp_path / "priors")
    names = {entry.name for entry in (written.parent / "figures").iterdir()}
    assert names == {f"prior_{key}.{form}" for key in ("data", "curves", "windows") for form in ("svg", "png")}
    assert written.read_text(encoding="utf-8").count("data:image/svg+xml;base64,") == 3


def test_table_marks_conflicts(prior):
    """A statistic far out is called a conflict, one that is undefined is not compared."""
    first, second, *others = prior.statistics
    changed = replace(prior, statistics=(replace(first, observed=1e6), replace(second, observed=None), *others))
    rows = statistics_table(changed).rows
    assert rows[0][0] == "Median trough (mg/L)"
    assert rows[0][3:] == ("1e+06", "100 %", "< 0.1 %", "CONFLICT")
    assert rows[1][3:] == ("–", "–", "–", "not compared")
