"""provenance.json: what went in, what did the work, what to worry about, and the checksums of what came out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayes_sora.fitting.document import SCHEMA
from bayes_sora.report.digest import OWN, digest_document, digest_parts
from bayes_sora.report.layout import MARK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bayes_sora.fitting import Fit


def provenance_record(
    fit: Fit, folder: Path, *, forced: bool, writing_seconds: Mapping[str, float], command: Sequence[str] | None = None
) -> dict[str, object]:
    """Return provenance.json of a folder whose other parts are written.

    Everything of :class:`~bayes_sora.fitting.provenance.Provenance` and: ``kind`` and ``schema``; ``trust``,
    ``reasons`` and ``diagnostics``; ``warnings`` (the notes on the cohort, as text); ``forced`` (windows of a refused
    fit were asked for); ``writing_seconds``; ``command``; ``files`` (checksums of the parts that hold numbers);
    ``sha256`` (of this document without it).
    """
    record: dict[str, object] = {
        "kind": MARK,
        "schema": SCHEMA,
        **fit.provenance.as_dict(),
        "trust": fit.trust.verdict,
        "reasons": fit.trust.reasons,
        "diagnostics": fit.trust.diagnostics.as_dict(),
        "warnings": [str(note) for note in fit.cohort.notes],
        "forced": forced,
        "writing_seconds": dict(writing_seconds),
        "command": None if command is None else list(command),
    }
    return with_checksums(record, folder)


def with_checksums(record: Mapping[str, object], folder: Path) -> dict[str, object]:
    """Return the record with the checksums of a folder's parts as they are, and its own."""
    signed = {name: value for name, value in record.items() if name != OWN} | {"files": digest_parts(folder)}
    return signed | {OWN: digest_document(signed)}
