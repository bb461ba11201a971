"""The look of figures, and that it is nobody else's."""

from __future__ import annotations

import io
import itertools

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb

from bayes_sora.figures import FIGURES, figure_context
from bayes_sora.figures.style import ENDPOINT_LOOKS, GROUP_LOOKS, WIDTH, WINDOW_LOOKS, group_look
from tests.fits import joint_fit


def test_settings_outside_are_left_alone():
    """Drawing changes no global setting and registers no figure with pyplot."""
    before = dict(mpl.rcParams)
    FIGURES["answer"].draw(joint_fit())
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == []


def test_settings_of_the_user_do_not_show():
    """A figure has its own font size, whatever the user's settings are."""
    with mpl.rc_context({"font.size": 30.0, "xtick.labelsize": 30.0, "axes.titlesize": 30.0}):
        figure = FIGURES["answer"].draw(joint_fit())
    sizes = {text.get_fontsize() for axes in figure.axes for text in (axes.title, axes.xaxis.label)}
    assert max(sizes) < 12.0


def test_same_fit_same_bytes():
    """Drawn twice, a figure is the same file, so that a report can be compared."""

    def svg():
        buffer = io.BytesIO()
        with figure_context():
            FIGURES["answer"].draw(joint_fit()).savefig(buffer, format="svg", metadata={"Date": None})
        return buffer.getvalue()

    assert svg() == svg()


@pytest.mark.parametrize("looks", [tuple(ENDPOINT_LOOKS.values()), tuple(WINDOW_LOOKS.values()), GROUP_LOOKS])
def test_no_meaning_rests_on_colour_alone(looks):
    """Any two looks of a kind differ in marker, and all but the endpoints, which never share an axis, in line style."""
    for one, other in itertools.combinations(looks, 2):
        assert one.marker != other.marker
        assert one.colour != other.colour
    if looks != tuple(ENDPOINT_LOOKS.values()):
        assert len({str(look.line) for look in looks}) == len(looks)


def test_windows_can_be_told_apart_in_greyscale():
    """The luminance of the window colours differs by at least a fifth of the scale."""
    weights = (0.2126, 0.7152, 0.0722)
    grey = [
        sum(weight * part for weight, part in zip(weights, to_rgb(look.colour), strict=True))
        for look in WINDOW_LOOKS.values()
    ]
    assert min(abs(one - other) for one, other in itertools.combinations(grey, 2)) > 0.2


def test_group_looks_start_again():
    """More groups than looks get a look each."""
    assert group_look(len(GROUP_LOOKS)) == GROUP_LOOKS[0]


@pytest.mark.parametrize("key", [key for key in FIGURES if key != "covariates"])
def test_figures_fit_a_page(key):
    """Every figure is as wide as the text of a page and not higher than it."""
    width, height = FIGURES[key].draw(joint_fit()).get_size_inches()
    assert width == pytest.approx(WIDTH)
    assert 2.0 < height < 9.6
