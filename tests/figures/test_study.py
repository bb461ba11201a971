"""Figures of a study: what is drawn is what the summary says, for one size and for many."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib import rc_context

from bayes_sora.figures import figure_context
from bayes_sora.figures.study import STUDY_FIGURES, StudyTables
from bayes_sora.figures.study.estimates import draw_estimates
from bayes_sora.figures.study.facets import WINDOW_FACETS, limit_facets
from bayes_sora.figures.study.measure import draw_measure
from bayes_sora.figures.study.scale import MeasureScale
from bayes_sora.figures.study.settings import method_looks, replicates_text, settings_of, sizes_text
from bayes_sora.figures.study.zip import draw_zip, shown_cell
from bayes_sora.figures.style import GREY
from bayes_sora.study.summary import summarise
from tests.study.fake_rows import METHODS, FakeMethod, FakePlan, fake_rows

PERCENT = MeasureScale(kind="percent", label="share (%)", within=(0.0, 1.0))


def tables(plan: FakePlan) -> StudyTables:
    """Return the tables of a study that never ran."""
    rows = fake_rows(plan)
    return StudyTables(summary=summarise(rows), rows=rows)


@pytest.fixture(scope="module")
def one_size() -> StudyTables:
    """Return a study of one size."""
    return tables(FakePlan(scenarios=("moderate", "null", "literal"), replicates=25))


@pytest.fixture(scope="module")
def many_sizes() -> StudyTables:
    """Return a study of three sizes."""
    return tables(FakePlan(sizes=(26, 50, 100), replicates=20, methods=METHODS[:3]))


def dots(axes, look) -> list[float]:
    """Return the values drawn with a look."""
    (line,) = [one for one in axes.lines if one.get_marker() == look.marker and one.get_color() == look.colour]
    return [float(value) for value in line.get_xdata()]


@pytest.mark.parametrize("key", STUDY_FIGURES)
def test_every_figure_is_drawn_and_told(one_size, key):
    """Each figure draws, with a caption and an alternative text in full sentences."""
    spec = STUDY_FIGURES[key]
    assert spec.possible(one_size)
    assert spec.draw(one_size).axes
    assert spec.caption(one_size).endswith(".")
    assert spec.alt(one_size).endswith(".")


@pytest.mark.parametrize("key", ["declared", "width_limits", "estimates_utility", "zip_youden"])
def test_kinds_of_figure_can_be_saved_for_many_sizes(many_sizes, key):
    """One figure of each kind draws over several sizes and can be written."""
    assert STUDY_FIGURES[key].possible(many_sizes)
    figure = STUDY_FIGURES[key].draw(many_sizes)
    with figure_context():
        figure.savefig(io.BytesIO(), format="svg")


def test_dots_are_the_values_of_the_summary(one_size):
    """Per facet and method, the dots lie at the declared shares of the scenarios, in their order."""
    figure = draw_measure(one_size.summary, measure="declared", facets=WINDOW_FACETS, scale=PERCENT)
    limits = figure.axes[0]
    own = one_size.summary.query("measure == 'declared' and window == 'limits' and method == 'joint'")
    assert dots(limits, method_looks(one_size.summary)["joint"]) == pytest.approx(own["value"].tolist())
    assert [text.get_text() for text in limits.get_yticklabels()] == ["moderate", "null", "literal"]


def test_lines_are_the_values_of_the_summary(many_sizes):
    """Over several sizes each method is one line through its values, within 3 % of its size on the axis."""
    figure = draw_measure(many_sizes.summary, measure="coverage_95", facets=limit_facets("youden"), scale=PERCENT)
    own = many_sizes.summary.query(
        "measure == 'coverage_95' and window == 'youden' and limit == 'lower' and method == 'joint' and "
        "scenario == 'moderate'"
    )
    look = method_looks(many_sizes.summary)["joint"]
    (line,) = [line for line in figure.axes[0].lines if line.get_marker() == look.marker]
    assert line.get_ydata() == pytest.approx(own["value"].to_numpy())
    assert line.get_xdata() == pytest.approx(own["n"].to_numpy(dtype=float), rel=0.03)


def test_undefined_measures_say_so(one_size):
    """Under `null` youden limits do not exist: the row of its bias says so instead of staying blank."""
    scale = MeasureScale(kind="linear", label="bias")
    figure = draw_measure(one_size.summary, measure="bias_log", facets=limit_facets("youden"), scale=scale)
    for axes in figure.axes:
        (note,) = [text for text in axes.texts if text.get_text() == "not defined"]
        assert note.get_position()[1] == 1
        assert note.get_color() == GREY


def test_values_beyond_the_axis_are_arrowheads(one_size):
    """A value that the axis does not reach is drawn at its end as an arrowhead."""
    scale = MeasureScale(kind="percent", label="share", within=(0.0, 0.5))
    figure = draw_measure(one_size.summary, measure="declared", facets=WINDOW_FACETS, scale=scale)
    youden = figure.axes[1]
    heads = [line for line in youden.lines if line.get_marker() == ">"]
    ends = np.concatenate([line.get_xdata() for line in heads])
    assert len(ends) == 9
    assert set(ends.tolist()) == {youden.get_xlim()[1]}


def test_truth_strokes_lie_at_the_true_limits(one_size):
    """The black stroke of each row is the truth of the method's own scale, 2.91 for youden's upper limit."""
    figure = draw_estimates(one_size.summary, window="youden")
    upper = figure.axes[1]
    truths = [float(one.get_segments()[0][0, 0]) for one in upper.collections]
    # moderate and literal have a truth, null has none; five methods each.
    assert truths == pytest.approx([2.91] * 10, rel=1e-3)


def test_zip_shows_one_cell_and_counts_the_intervals_that_miss():
    """The zip plot holds one interval a replicate; as many are coloured as misses as the coverage says."""
    study = tables(FakePlan(scenarios=("null", "moderate"), sizes=(50, 26), replicates=60, methods=METHODS[:2]))
    cell = shown_cell(study.rows, "limits")
    assert set(cell["scenario"]) == {"moderate"}
    assert set(cell["n"]) == {26}
    figure = draw_zip(study.rows, window="limits")
    covers, misses = (len(one.get_segments()) for one in figure.axes[0].collections)
    own = study.summary.query(
        "scenario == 'moderate' and n == 26 and method == 'joint' and window == 'limits' and limit == 'lower' and "
        "measure == 'coverage_95'"
    ).iloc[0]
    assert (covers + misses, covers) == (own["n_used"], round(own["value"] * own["n_used"]))


def test_zip_needs_intervals():
    """Point estimates have no intervals to rank: the figure is left out, as it is without the table of rows."""
    point = tables(FakePlan(methods=(FakeMethod(name="roc", point=True),), replicates=5))
    assert not STUDY_FIGURES["zip_youden"].possible(point)
    assert not STUDY_FIGURES["zip_limits"].possible(StudyTables(summary=point.summary))
    with pytest.raises(ValueError, match="the table of rows is needed"):
        STUDY_FIGURES["zip_youden"].draw(StudyTables(summary=point.summary))


def test_settings_name_the_design_only_when_it_varies(one_size):
    """A study of one design names scenarios, one of two follow-ups names those too."""
    assert [one.label for one in settings_of(one_size.summary)] == ["moderate", "null", "literal"]
    two = tables(FakePlan(scenarios=("moderate",), replicates=3, follow_up_months=(None, 12.0), methods=METHODS[:1]))
    assert [one.label for one in settings_of(two.summary)] == ["moderate\nscenario's follow-up", "moderate\n12 months"]
    for one in settings_of(two.summary):
        assert one.of(two.rows).sum() == 9
    assert sizes_text(two.summary) == "26 patients"
    assert replicates_text(two.summary) == "3 replicates a cell"


def test_figures_do_not_depend_on_the_users_settings(one_size):
    """Whatever the caller's rc settings, fonts and spines are the package's own."""
    with rc_context({"font.size": 30.0, "axes.spines.top": True}):
        figure = STUDY_FIGURES["declared"].draw(one_size)
    assert not figure.axes[0].spines["top"].get_visible()
    assert figure.axes[0].get_yticklabels()[0].get_fontsize() == 9.0


def test_methods_are_told_apart_without_colour():
    """Up to eight methods differ in marker and in line style, not in colour alone."""
    eight = tuple(FakeMethod(name=f"m{place}") for place in range(8))
    looks = method_looks(tables(FakePlan(scenarios=("moderate",), methods=eight, replicates=2)).summary).values()
    assert len({look.marker for look in looks}) == len({str(look.line) for look in looks}) == 8
