"""comparison.json: every number of a comparison, and where it came from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bayes_sora.fitting.document import Plain, plain
from bayes_sora.report.layout import COMPARISON_MARK

if TYPE_CHECKING:
    from bayes_sora.comparison import Comparison


def comparison_document(comparison: Comparison) -> dict[str, Plain]:
    """Return comparison.json.

    Returns
    -------
    dict
        What :meth:`bayes_sora.Comparison.as_dict` says and: ``kind``, ``created``, and of each model its
        ``provenance`` (seed, engine, attempts, hashes of cohort and model file, versions).
    """
    found = comparison.as_dict()
    provenance = {model.name: model.fit.provenance.as_dict() for model in comparison.models}
    document = {
        "kind": COMPARISON_MARK,
        **found,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "provenance": provenance,
    }
    return {name: plain(value) for name, value in document.items()}
