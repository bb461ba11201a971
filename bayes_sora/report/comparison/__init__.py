"""The folder of a comparison of models: comparison.json, figures and a page."""

from bayes_sora.report.comparison.document import comparison_document
from bayes_sora.report.comparison.write import check_comparison_destination, write_comparison

__all__ = ["check_comparison_destination", "comparison_document", "write_comparison"]
