"""The report of a simulation study, in ADEMP order."""

from bayes_sora.report.study.record import StudyRecord, read_study
from bayes_sora.report.study.write import write_record, write_study_report

__all__ = ["StudyRecord", "read_study", "write_record", "write_study_report"]
