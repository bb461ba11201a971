"""report.html: the answer first, nothing from elsewhere, and user text as text."""

from __future__ import annotations

import base64
import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from bayes_sora.errors import Problem
from bayes_sora.fitting.answer import answer_sentence
from bayes_sora.report import render_report
from bayes_sora.report.html import FIGURES, SECTIONS
from bayes_sora.report.images import Image
from bayes_sora.report.table import number, percent
from tests.fits import identified_fit, joint_fit, one_endpoint_fit, prior_fit, refused_fit

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
HOSTILE = "<script>alert(1)</script>{{7*7}}$x^2$\"'&"


class Outline(HTMLParser):
    """Collect what a test looks at: elements, links, ids and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.ids: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        """Note an element and its attributes."""
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_data(self, data):
        """Note text."""
        self.text += data


def outline(report: str) -> Outline:
    """Parse a report."""
    found = Outline()
    found.feed(report)
    return found


def image(key: str) -> Image:
    """Return a figure without a picture."""
    return Image(key=key, title=f"Title of {key}", caption="A caption.", alt=f"What {key} shows", svg=SVG)


def lead(report: str) -> str:
    """Return the first heading as plain text."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", report, flags=re.DOTALL)
    assert found
    return html.unescape(found[1]).replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture(scope="module")
def report():
    """Render the joint fit with every figure that has a place, and one that has none."""
    keys = ["answer", *(key for keys in FIGURES.values() for key in keys), "homeless"]
    return render_report(joint_fit(), {key: image(key) for key in keys})


@pytest.mark.parametrize("make", [joint_fit, identified_fit, prior_fit, refused_fit])
def test_report_begins_with_the_answer(make):
    """The first heading is the one sentence that figures and command line print too."""
    assert lead(render_report(make(), {})) == answer_sentence(make())


def test_order_is_the_agreed_one(report):
    """Sections come in the agreed order, each reachable from the contents, and the answer's figure comes before all."""
    found = outline(report)
    anchors = [name for name in found.ids if name in SECTIONS]
    assert anchors == list(SECTIONS)
    assert [value for tag, name, value in found.attributes if (tag, name) == ("a", "href")] == [
        f"#{a}" for a in anchors
    ]
    assert report.index('id="figure-answer"') < report.index('id="windows"')
    assert report.index('id="further"') < report.index('id="figure-homeless"')


def test_nothing_is_fetched_and_nothing_runs(report):
    """No script, no style sheet, font, frame or picture from elsewhere; links stay inside the page."""
    found = outline(report)
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & set(found.tags)
    for tag, name, value in found.attributes:
        assert not name.startswith("on"), (tag, name)
        if name in ("src", "href", "srcset", "data", "action"):
            assert value.startswith(("#", "data:image/svg+xml;base64,")), (tag, value)
    style = re.search(r"<style>(.*?)</style>", report, flags=re.DOTALL)
    assert style
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_pictures_are_inside_and_described(report):
    """Every figure is embedded as it is and has words for those who cannot see it."""
    found = outline(report)
    pictures = [value for tag, name, value in found.attributes if (tag, name) == ("img", "src")]
    words = [value for tag, name, value in found.attributes if (tag, name) == ("img", "alt")]
    assert len(pictures) == len(words)
    assert all(words)
    assert base64.b64decode(pictures[0].partition(",")[2]) == SVG


def test_hostile_text_is_shown_as_text():
    """What a user wrote into names, notes and the model file is printed and never interpreted."""
    fit = joint_fit()
    note = Problem(code="C017", why=HOSTILE, remedy="None.", severity="warning", column=HOSTILE)
    cohort = replace(fit.cohort, source=replace(fit.cohort.source, name=HOSTILE), notes=(note,))
    drug = replace(fit.model_file.drug, name=HOSTILE)
    priors = {name: replace(prior, source=HOSTILE) for name, prior in fit.model_file.exposure.priors.items()}
    model = replace(
        fit.model_file,
        title=HOSTILE,
        description=HOSTILE,
        drug=drug,
        exposure=replace(fit.model_file.exposure, priors=priors),
    )
    hostile = replace(fit, cohort=cohort, model_file=model)
    picture = Image(key="answer", title=HOSTILE, caption=HOSTILE, alt=HOSTILE, svg=SVG)
    report = render_report(hostile, {"answer": picture})
    found = outline(report)
    assert "script" not in found.tags
    assert found.text.count("{{7*7}}") >= 5
    assert ("img", "alt", HOSTILE) in found.attributes
    assert not [name for _, name, _ in found.attributes if name.startswith("on")]


def test_numbers_of_window_json_are_in_the_report():
    """Median and interval of both limits stand in the table as in the document."""
    fit = identified_fit()
    text = html.unescape(render_report(fit, {})).replace("\N{NO-BREAK SPACE}", " ")
    for limit in (fit.windows["limits"].lower, fit.windows["limits"].upper):
        assert f"{limit.q50:.3g} ({limit.q025:.3g} to {limit.q975:.3g})" in text
    for score in fit.published:
        assert percent(score.p_optimum_inside) in text
        assert number(score.expected_regret_months) in text


def test_every_parameter_has_its_prior_and_source(report):
    """The table of the model lists each parameter with prior, unit and source as the model file gives them."""
    text = html.unescape(report).replace("\N{NO-BREAK SPACE}", " ")
    for name, prior in joint_fit().model_file.priors.items():
        for part in (name, str(prior), prior.unit, prior.source.replace(" %", " %")):
            assert part in text, (name, part)


def test_refused_report_shows_no_window():
    """On trust refuse there is a banner, the reasons, and no section, row or fact about a window."""
    report = render_report(refused_fit(), {})
    found = outline(report)
    assert "Refused." in found.text
    assert "50 of 1000 draws diverged" in found.text
    assert not {"windows", "published", "prior"} & set(found.ids)
    assert "P(window exists)" not in found.text


def test_forced_report_is_loud():
    """Windows of a refused fit come under a banner that says not to use them."""
    found = outline(render_report(refused_fit(), {}, force=True))
    assert "Not to be trusted." in found.text
    assert "Do not use these numbers" in found.text
    assert "windows" in found.ids


@pytest.mark.parametrize("endpoint", ["toxicity", "response", "survival"])
def test_model_with_one_endpoint_has_a_report(endpoint):
    """Sections without anything to show are left out, of the page and of the contents."""
    found = outline(render_report(one_endpoint_fit(endpoint), {}))
    assert "published" in found.ids
    assert ("P(upper end too high)" in found.text) == (endpoint != "survival")
    targets = [value[1:] for tag, name, value in found.attributes if (tag, name) == ("a", "href")]
    assert set(targets) <= set(found.ids)


def test_accessible_tables(report):
    """Every table has a caption, and every row and column a heading."""
    tables = re.findall(r"<table.*?</table>", report, flags=re.DOTALL)
    assert len(tables) > 8
    for table in tables:
        assert "<caption>" in table
        assert 'scope="col"' in table
        assert table.count("<tr>") == table.count('scope="row"') + 1
