"""Whatever stands in a study folder, it is read to its budget, called damaged, or left alone; nothing waits for it."""

from __future__ import annotations

import hashlib
import io
import json
import os
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from bayes_sora.errors import InputError
from bayes_sora.modelfile.content import canonical_json, content_sha256
from bayes_sora.study.chunks import is_sound, read_chunk, schema
from bayes_sora.study.plan_file import load_plan
from bayes_sora.study.run import run_study
from bayes_sora.study.status import study_status
from bayes_sora.study.store import read_rows, read_store
from bayes_sora.study.truths_file import load_truths
from tests.study.mocks import light_analyse, small_plan

PLAN = small_plan(sizes=[10], scenarios=["null"], replicates=5)


@pytest.fixture
def finished(tmp_path):
    """Run a study of one block to its end."""
    with ThreadPoolExecutor(1) as executor:
        run_study(PLAN, tmp_path / "study", executor=executor, analyse=light_analyse)
    return tmp_path / "study"


def replaced_by(path, kind):
    """Put a pipe or a folder in the place of a file."""
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()


@pytest.mark.parametrize("kind", ["pipe", "folder"])
@pytest.mark.parametrize("name", ["status.json", "rows.parquet"])
def test_a_pipe_or_folder_among_the_results_means_they_are_not_merged(finished, name, kind):
    """The chunks still give the rows; nothing waits for a writer."""
    rows = read_rows(finished)
    replaced_by(finished / name, kind)
    assert not read_store(finished).is_merged
    pd.testing.assert_frame_equal(read_rows(finished), rows)
    assert study_status(finished).complete


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_a_pipe_or_folder_called_like_a_chunk_is_none(finished, kind):
    """A task whose chunk is not a file is not done, and can be computed again."""
    (finished / "status.json").unlink()
    chunk = next((finished / "chunks").iterdir())
    assert is_sound(chunk)
    replaced_by(chunk, kind)
    assert read_chunk(chunk) is None
    assert study_status(finished).tasks_done == 0
    assert not read_store(finished).drop_damaged()


def parquet_bytes(table):
    """Return a table as the bytes of a Parquet file."""
    buffer = io.BytesIO()
    table.to_parquet(buffer)
    return buffer.getvalue()


HOSTILE_CHUNKS = {
    "no Parquet": b"PAR1 and no more",
    "other columns": parquet_bytes(pd.DataFrame({"a": [1]})),
    "other types": parquet_bytes(pd.DataFrame({name: [1] for name in schema().names})),
}


@pytest.mark.parametrize("content", HOSTILE_CHUNKS.values(), ids=HOSTILE_CHUNKS)
def test_a_chunk_with_a_right_checksum_and_a_wrong_table_is_damaged(finished, content):
    """A checksum says what was written, not by whom: the table is looked at too."""
    (finished / "status.json").unlink()
    chunk = next((finished / "chunks").iterdir())
    task = chunk.stem.rpartition("-")[0]
    chunk.unlink()
    hostile = chunk.with_name(f"{task}-{hashlib.sha256(content).hexdigest()[:16]}.parquet")
    hostile.write_bytes(content)
    assert study_status(finished).tasks_done == 0
    assert read_store(finished).drop_damaged() == [hostile.name]


def test_merged_rows_with_a_right_checksum_and_a_wrong_table_are_not_taken(finished):
    """The rows come from the chunks where rows.parquet is of something else."""
    content = HOSTILE_CHUNKS["other columns"]
    (finished / "rows.parquet").write_bytes(content)
    status = json.loads((finished / "status.json").read_text())
    status["file_sha256"] = hashlib.sha256(content).hexdigest()
    (finished / "status.json").write_text(json.dumps(status))
    assert not read_store(finished).is_merged
    assert len(read_rows(finished)) > 1


def signed(folder, **changes):
    """Write plan.json again with changes and a right checksum."""
    record = {**json.loads((folder / "plan.json").read_text()), **changes}
    rest = {key: value for key, value in record.items() if key != "sha256"}
    record["sha256"] = content_sha256(canonical_json(rest))
    (folder / "plan.json").write_text(json.dumps(record))


def nested(levels):
    """Return lists inside each other."""
    value: list = []
    for _ in range(levels):
        value = [value]
    return value


MILLIONS = {"replicates": 1_000_000, "sizes": [*range(10, 110)], "troughs": [*range(1, 21)]}
HOSTILE_PLANS = {
    "no plan": {"plan": None},
    "a plan of nothing": {"plan": {}},
    "no models": {"models": []},
    "no version": {"version": None},
    "a negative number": {"plan": json.loads(PLAN.text) | {"replicates": -1}},
    "millions of tasks": {"plan": json.loads(PLAN.text) | MILLIONS},
    "nested": {"plan": json.loads(PLAN.text) | {"aims": nested(50)}},
}


@pytest.mark.parametrize("changes", HOSTILE_PLANS.values(), ids=HOSTILE_PLANS)
def test_a_plan_with_a_right_checksum_is_still_checked(finished, changes):
    """A plan that the linter would refuse is damaged, however it is signed."""
    signed(finished, **changes)
    with pytest.raises(InputError, match=r"S002 study: plan\.json"):
        read_store(finished)


@pytest.mark.parametrize("content", ["pipe", "folder", "deep", "not a number"])
def test_a_plan_record_that_cannot_be_read_is_damaged(finished, content):
    """A pipe, a folder, lists a hundred thousand deep, and NaN: S002, at once."""
    path = finished / "plan.json"
    if content in {"pipe", "folder"}:
        replaced_by(path, content)
    elif content == "deep":
        record = path.read_text().rstrip()
        path.write_text(record[:-1] + ', "x": ' + "[" * 100_000 + "]" * 100_000 + "}")
    else:
        path.write_text(path.read_text().replace('"schema": 1', '"schema": 1, "x": NaN'))
    with pytest.raises(InputError, match=r"S002 study: plan\.json"):
        read_store(finished)


def test_a_plan_of_more_tasks_than_a_folder_should_hold_is_refused():
    """Cells and replicates are multiplied before a task is made of them."""
    with pytest.raises(InputError, match=r"P010 .*replicates.*20,000,000 tasks"):
        small_plan(scenarios=["null"], **MILLIONS)


@pytest.mark.parametrize("load", [load_plan, load_truths])
def test_a_pipe_for_a_plan_or_truths_is_refused_at_once(tmp_path, load):
    """Plans and truths come through the door of model files."""
    os.mkfifo(tmp_path / "x.toml")
    with pytest.raises(InputError, match=r"P001 x\.toml: cannot be read: expected a file, got a pipe"):
        load(tmp_path / "x.toml")
