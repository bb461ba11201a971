"""The result folder of a fit and its report."""

from bayes_sora.report.destination import check_destination
from bayes_sora.report.folder import rebuild_report, write_result
from bayes_sora.report.html import render_report
from bayes_sora.report.read import read_result

__all__ = ["check_destination", "read_result", "rebuild_report", "render_report", "write_result"]
