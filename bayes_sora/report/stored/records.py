"""What provenance.json, window.json and the attributes of posterior.zarr must be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayes_sora.fitting.document import KINDS, SCHEMA
from bayes_sora.report.digest import OWN, digest_document, digest_parts
from bayes_sora.report.layout import CURVES, LARGEST_DOCUMENT, MARK, POSTERIOR, PROVENANCE, WINDOW
from bayes_sora.report.stored.documents import parse_document, read_document
from bayes_sora.report.stored.faults import DAMAGED, NOT_A_RESULT, OTHER_VERSION, fault
from bayes_sora.report.stored.schema import Anything, Exactly, Flag, ListOf, MapOf, Number, Optional, Record, Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bayes_sora.cohort import Cohort
    from bayes_sora.modelfile import ModelFile

MOST_SEEDS = 2**32
# Below, convergence cannot be judged, and no fit was made.
FEWEST_CHAINS, FEWEST_DRAWS = 2, 50
MOST_CHAINS, MOST_DRAWS = 10_000, 100_000_000

VERDICTS = ("ok", "warn", "refuse")
_COUNT, _SECONDS, _SHA256 = Number(low=0, whole=True), Number(low=0.0), Text(longest=64)
_NAMES = MapOf(Optional(Text()))
ATTEMPT = Record(
    {
        "chains": Number(low=FEWEST_CHAINS, high=MOST_CHAINS, whole=True),
        "tune": _COUNT,
        "draws": Number(low=FEWEST_DRAWS, high=MOST_DRAWS, whole=True),
        "target_accept": Number(low=0.0, high=1.0),
        "seconds": _SECONDS,
        "repeated_because": ListOf(Text()),
    }
)
PROVENANCE_RECORD = Record(
    {
        "kind": Exactly(MARK),
        "schema": Exactly(SCHEMA),
        "seed": Number(low=0, high=MOST_SEEDS - 1, whole=True),
        "engine": Record({"name": Text()}, others=Text()),
        "attempts": ListOf(ATTEMPT, fewest=1, most=100),
        "seconds": MapOf(_SECONDS),
        "inputs": _NAMES,
        "names": _NAMES,
        "created": Text(longest=100),
        "versions": MapOf(Text()),
        "python": Text(),
        "platform": Text(),
        "trust": Text(choices=VERDICTS),
        "reasons": ListOf(Text()),
        "diagnostics": Record(
            {}, {"influential": ListOf(Record({"patient": Text(), "pareto_k": Number()}))}, others=Optional(Number())
        ),
        "warnings": ListOf(Text()),
        "forced": Flag(),
        "writing_seconds": MapOf(_SECONDS),
        "command": Optional(ListOf(Text())),
        "files": Record(dict.fromkeys((POSTERIOR, WINDOW, CURVES), _SHA256)),
        OWN: _SHA256,
    },
    # What a later version writes beside it is nobody's concern here.
    others=Anything(),
)
ATTRIBUTES = Record(
    {
        "schema": Exactly(SCHEMA),
        "package_version": Text(longest=100),
        "model_name": Text(longest=200),
        "model": Text(longest=LARGEST_DOCUMENT),
        "cohort_name": Text(),
        "cohort": Text(longest=LARGEST_DOCUMENT),
    }
)
_UNIT = Record({"name": Text(longest=40), "mg_l": Number(low=1e-12, high=1e12)})
_NOTE = Record(
    {
        "code": Text(longest=40),
        "why": Text(),
        "remedy": Text(),
        "file": Optional(Text()),
        "row": Optional(Number(whole=True)),
        "patient": Optional(Text()),
        "column": Optional(Text()),
        "value": Optional(Text()),
        "severity": Text(choices=("error", "warning")),
    }
)
_SOURCE_NAMES = ("sha256", "troughs_name", "troughs_sha256", "doses_name", "doses_sha256")
COHORT_DESCRIPTION = Record(
    {
        "source": Record(
            {"name": Text(), "trough_unit": _UNIT, "time_unit": Text(longest=40)},
            dict.fromkeys(_SOURCE_NAMES, Optional(Text())),
        ),
        "notes": ListOf(_NOTE),
        "n_dropped": _COUNT,
    }
)


def read_record(folder: Path) -> dict[str, Any]:
    """Return provenance.json of a result folder, once it is known to be what this version of bayes_sora writes.

    Raises
    ------
    InputError
        R001 when the folder is no result, R003 when the document is damaged, R004 when its layout is another version's,
        R005 when it is no regular file.
    """
    if not folder.is_dir():
        raise fault(NOT_A_RESULT, "there is no such folder")
    if not (folder / PROVENANCE).exists(follow_symlinks=False):
        raise fault(NOT_A_RESULT, f"is not a result folder of bayes_sora: it has no {PROVENANCE}")
    record = read_document(folder / PROVENANCE)
    if record.get("kind") != MARK:
        raise fault(NOT_A_RESULT, f"is not a result folder of bayes_sora: its {PROVENANCE} is of something else")
    if isinstance(record.get("schema"), int) and record["schema"] != SCHEMA:
        raise fault(OTHER_VERSION, f"has layout {record['schema']}, this version of bayes_sora reads {SCHEMA}")
    if record.get(OWN) != digest_document(record):
        raise fault(DAMAGED, f"{PROVENANCE} was changed after it was written")
    PROVENANCE_RECORD.check(record, PROVENANCE)
    return record


def check_digests(folder: Path, record: Mapping[str, Any]) -> None:
    """See that every part with a checksum is as it was written; R003 otherwise."""
    found = digest_parts(folder)
    changed = [name for name, digest in record["files"].items() if found[name] != digest]
    if changed:
        raise fault(DAMAGED, f"{' and '.join(changed)} {'was' if len(changed) == 1 else 'were'} changed or cut short")


def check_window(folder: Path, cohort: Cohort, model: ModelFile) -> None:
    """See that window.json is one, and of this cohort and this model file; R003 otherwise."""
    answer = Optional(MapOf(Optional(Record({}, others=Anything()))))
    expected = Record(
        {
            "schema": Exactly(SCHEMA),
            "trust": Text(choices=VERDICTS),
            "reasons": ListOf(Text()),
            "n_patients": Exactly(cohort.n_patients),
            "model": Exactly(model.name),
            "unit": Exactly(model.drug.unit.name),
            "windows": answer,
            "parameters": MapOf(MapOf(Optional(Number()))),
        },
        others=Anything(),
    )
    document = read_document(folder / WINDOW)
    expected.check(document, WINDOW)
    for kind in document["windows"] or ():
        if kind not in KINDS:
            raise fault(DAMAGED, f"{WINDOW} has a window of the kind {kind[:40]!r}, which does not exist")


def check_attributes(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Return the attributes of posterior.zarr as texts, once they are those that a fit has; R003 otherwise."""
    ATTRIBUTES.check(dict(attributes), POSTERIOR)
    description = parse_document(attributes["cohort"].encode(), name=f"{POSTERIOR}: cohort")
    COHORT_DESCRIPTION.check(description, f"{POSTERIOR}: cohort")
    return {name: str(value) for name, value in attributes.items()}


def check_names(attributes: Mapping[str, str], model: ModelFile, cohort: Cohort) -> None:
    """See that model file and cohort are those that the attributes name; R003 otherwise."""
    found = Record({"model_name": Exactly(model.name), "cohort_name": Exactly(cohort.source.name)}, others=Anything())
    found.check(dict(attributes), POSTERIOR)
