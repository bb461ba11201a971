"""Figures of a simulation study: one registry that the study report walks."""

from bayes_sora.figures.study.registry import STUDY_FIGURES
from bayes_sora.figures.study.spec import StudyFigure, StudyTables

__all__ = ["STUDY_FIGURES", "StudyFigure", "StudyTables"]
