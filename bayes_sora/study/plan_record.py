"""plan.json of a study folder: the plan as it was linted, with the versions that carry it out."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from bayes_sora.errors import InputError, Problem
from bayes_sora.files import NotAFile, read_regular
from bayes_sora.files.budgets import RECORD_BYTES
from bayes_sora.modelfile.content import canonical_json, content_sha256
from bayes_sora.simulation.truth import package_version
from bayes_sora.study.plan_check import check_own_content
from bayes_sora.study.plan_file import plan_from_json
from bayes_sora.study.tasks import EARLIER_BLOCKS, Blocks

if TYPE_CHECKING:
    from pathlib import Path

    from bayes_sora.study.plan import Plan

PLAN = "plan.json"
KIND, SCHEMA = "bayes_sora study", 1
NOT_A_STUDY, DAMAGED, OTHER_LAYOUT = "S001", "S002", "S003"
RECORDED = ("numpy", "scipy", "pandas", "pyarrow", "jax", "jaxlib")
AGAIN = "Take an unchanged copy of it, or run the plan into a new folder and copy the chunks there."


def plan_record(plan: Plan, *, blocks: Blocks) -> bytes:
    """Return the content of plan.json."""
    record: dict[str, Any] = {
        "kind": KIND,
        "schema": SCHEMA,
        "version": package_version(),
        "plan": json.loads(plan.text),
        "plan_sha256": plan.sha256,
        "models": dict(plan.models),
        "blocks": asdict(blocks),
        "made_with": {"python": platform.python_version()} | {name: version(name) for name in RECORDED},
    }
    return json_bytes(record | {"sha256": _record_sha256(record)})


def _record_sha256(record: dict[str, Any]) -> str:
    return content_sha256(canonical_json({key: value for key, value in record.items() if key != "sha256"}))


def json_bytes(record: dict[str, Any]) -> bytes:
    """Return a JSON document as bytes, for people too."""
    return (json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def read_plan_record(folder: Path) -> tuple[Plan, str, Blocks]:
    """Return the plan of a study folder, the version of the package that began it, and the blocks of its tasks.

    Raises
    ------
    InputError
        S001 when it is no study folder, S002 when plan.json is damaged, S003 when its layout is another version's.
    """
    record = _read_record(folder)
    plan = plan_from_json(canonical_json(record["plan"]), models=record["models"])
    blocks = Blocks(**record["blocks"]) if "blocks" in record else EARLIER_BLOCKS
    return plan, record["version"], blocks


def _read_record(folder: Path) -> dict[str, Any]:
    path = folder / PLAN
    if not path.exists():
        why = f"is not a study folder of bayes_sora: it has no {PLAN}"
        raise _fault(folder, NOT_A_STUDY, why, "Give a folder that `study run` wrote.")
    try:
        content = read_regular(path, most_bytes=RECORD_BYTES)
        if len(content) > RECORD_BYTES:
            raise _fault(folder, DAMAGED, f"{PLAN} is far too large", AGAIN)
        record = json.loads(content)
    except (NotAFile, ValueError, RecursionError) as error:
        raise _fault(folder, DAMAGED, f"{PLAN} cannot be read", AGAIN) from error
    if not isinstance(record, dict) or record.get("kind") != KIND:
        why = f"is not a study folder of bayes_sora: its {PLAN} is of something else"
        raise _fault(folder, NOT_A_STUDY, why, "Give a folder that `study run` wrote.")
    if record.get("schema") != SCHEMA:
        why = f"has layout {record.get('schema')!r}, this version of bayes_sora reads {SCHEMA}"
        raise _fault(folder, OTHER_LAYOUT, why, "Read it with the version of bayes_sora that wrote it.")
    try:
        unchanged = record.get("sha256") == _record_sha256(record)
    except (ValueError, RecursionError):  # a number that JSON should not hold, or levels that no plan has
        unchanged = False
    if not unchanged:
        raise _fault(folder, DAMAGED, f"{PLAN} was changed after it was written", AGAIN)
    _check_content(folder, record)
    return record


def _check_content(folder: Path, record: dict[str, Any]) -> None:
    """Refuse a plan that the linter would refuse, though its checksum is right: anybody can write a checksum."""
    texts = [record.get("version"), record.get("plan_sha256")]
    plan, models = record.get("plan"), record.get("models")
    sound = isinstance(plan, dict) and isinstance(models, dict) and all(isinstance(text, str) for text in texts)
    if not sound or check_own_content(record["plan"], file=None, stem=None):
        raise _fault(folder, DAMAGED, f"{PLAN} does not hold a plan", AGAIN)


def _fault(folder: Path, code: str, why: str, remedy: str) -> InputError:
    return InputError([Problem(code=code, file=folder.name, why=why, remedy=remedy)])
