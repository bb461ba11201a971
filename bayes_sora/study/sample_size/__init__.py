"""The sample-size question (science.md §8): the smallest number of patients that settles a window."""

from bayes_sora.study.sample_size.answer import SizeAnswer
from bayes_sora.study.sample_size.criteria import Benefit, Criterion, Identified, NarrowLimit, criterion_of
from bayes_sora.study.sample_size.question import Effort, SizeQuestion
from bayes_sora.study.sample_size.search import find_sample_size

__all__ = [
    "Benefit",
    "Criterion",
    "Effort",
    "Identified",
    "NarrowLimit",
    "SizeAnswer",
    "SizeQuestion",
    "criterion_of",
    "find_sample_size",
]
