"""The one door through which a result folder is read: nothing in it is believed that was not asked for.

The checksums of a folder find accidents, not intent, since whoever changes a part can write them again. So each part is
held against what it must be: documents against a schema, arrays against a list that follows from the model file and the
numbers of chains, draws and patients, values against their meaning. What does not fit is a fault with an R-code, found
before much is read.
"""

from bayes_sora.report.stored.arrays import open_arrays
from bayes_sora.report.stored.cohort import check_columns
from bayes_sora.report.stored.documents import read_document
from bayes_sora.report.stored.faults import faults_of
from bayes_sora.report.stored.files import check_parts
from bayes_sora.report.stored.records import check_attributes, check_digests, check_names, check_window, read_record
from bayes_sora.report.stored.tree import read_data, read_draws

__all__ = [
    "check_attributes",
    "check_columns",
    "check_digests",
    "check_names",
    "check_parts",
    "check_window",
    "faults_of",
    "open_arrays",
    "read_data",
    "read_document",
    "read_draws",
    "read_record",
]
