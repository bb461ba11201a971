"""Figures of a fit, ready for a tumour board: one registry that report and command line walk."""

from bayes_sora.figures.registry import FIGURES
from bayes_sora.figures.spec import FigureSpec
from bayes_sora.figures.style import figure_context

__all__ = ["FIGURES", "FigureSpec", "figure_context"]
