"""The study folder: damage is found, another plan refused, a full disk survived."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from bayes_sora.errors import InputError, UsageError
from bayes_sora.modelfile.content import canonical_json, content_sha256
from bayes_sora.study import chunks, store, whole_file
from bayes_sora.study.block import analyse_block
from bayes_sora.study.chunks import read_chunk, write_chunk
from bayes_sora.study.plan_record import json_bytes
from bayes_sora.study.run import run_study
from bayes_sora.study.status import study_status
from bayes_sora.study.store import open_store, read_plan, read_rows
from bayes_sora.study.table import COLUMNS, TIMING
from bayes_sora.study.tasks import EARLIER_BLOCKS, FAST_BLOCKS, NUTS_BLOCKS, Blocks, make_tasks
from tests.study.mocks import MODERATE, ROC, light_analyse, small_plan, without_timing

PLAN = small_plan(sizes=[10], scenarios=["null"], replicates=205)


def run(plan, folder, **options):
    """Run a plan in a thread of this process."""
    with ThreadPoolExecutor(1) as executor:
        return run_study(plan, folder, executor=executor, analyse=light_analyse, **options)


@pytest.fixture
def finished(tmp_path):
    """Run a study of three blocks to its end."""
    run(PLAN, tmp_path / "study")
    return tmp_path / "study"


def test_a_finished_folder_holds_plan_chunks_rows_and_status(finished):
    """Nothing else is left, and rows, chunks and plan say the same."""
    assert sorted(path.name for path in finished.iterdir()) == ["chunks", "plan.json", "rows.parquet", "status.json"]
    names = [path.name for path in sorted((finished / "chunks").iterdir())]
    tasks = make_tasks(PLAN, version=json.loads((finished / "plan.json").read_text())["version"], blocks=FAST_BLOCKS)
    assert [name.rpartition("-")[0] for name in names] == [task.name for task in tasks]
    rows = read_rows(finished)
    assert tuple(rows.columns) == COLUMNS
    assert list(rows.replicate) == list(range(205))
    assert read_plan(finished) == PLAN
    pd.testing.assert_frame_equal(pd.read_parquet(finished / "rows.parquet"), rows)


def test_a_chunk_gives_back_the_rows_that_were_written(tmp_path):
    """Every column keeps its type and every number its bits; empty text stays text."""
    table = analyse_block(MODERATE, 0, 8, methods=(ROC,), seed=1, analyse=light_analyse)
    path = write_chunk(tmp_path, "task", table)
    pd.testing.assert_frame_equal(read_chunk(path), table, check_exact=True)


def test_the_same_rows_give_the_same_bytes(tmp_path):
    """A chunk written twice has one name, and so one content."""
    table = analyse_block(MODERATE, 0, 3, methods=(ROC,), seed=1, analyse=light_analyse)
    assert write_chunk(tmp_path, "task", table) == write_chunk(tmp_path, "task", table)


def test_of_two_chunks_of_a_task_one_stays(tmp_path):
    """Two runners that did the same task, with other timings, keep the same one of the two."""
    table = analyse_block(MODERATE, 0, 3, methods=(ROC,), seed=1, analyse=light_analyse)
    kept = {write_chunk(tmp_path, "task", table.assign(**{TIMING: time})).name for time in (1.0, 2.0, 1.0)}
    (left,) = tmp_path.iterdir()
    assert left.name in kept


def test_a_chunk_replaced_by_another_runner_is_found(finished, monkeypatch):
    """A chunk listed a moment ago is gone, because that of another runner stays: its rows are read from there."""
    before = without_timing(finished)
    (finished / "status.json").unlink()
    stale = {task: [paths[0].with_name(f"{task}-{'0' * 16}.parquet")] for task, paths in _listed(finished).items()}
    monkeypatch.setattr(store.Store, "chunk_paths", lambda _self: stale)
    assert without_timing(finished) == before
    assert study_status(finished).complete


def _listed(folder):
    return store.read_store(folder).chunk_paths()


def test_nothing_is_merged_without_all_chunks(finished):
    """A chunk that vanishes before merging is not passed over."""
    before = (finished / "rows.parquet").read_bytes()
    next((finished / "chunks").iterdir()).unlink()
    with pytest.raises(UsageError, match="went missing"):
        store.read_store(finished).merge()
    assert (finished / "rows.parquet").read_bytes() == before


def _flip(path, rng):
    content = bytearray(path.read_bytes())
    content[rng.integers(len(content))] ^= 1 << rng.integers(8)
    path.write_bytes(content)


def _truncate(path, rng):
    path.write_bytes(path.read_bytes()[: rng.integers(path.stat().st_size)])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("damage", [_flip, _truncate])
def test_a_damaged_chunk_is_found_and_computed_again(finished, damage, seed):
    """A flipped bit anywhere or a lost end is found by the checksum; the next run mends it, with a note."""
    before = without_timing(finished)
    (finished / "status.json").unlink()
    victim = sorted((finished / "chunks").iterdir())[1]
    damage(victim, np.random.default_rng(seed))
    assert not study_status(finished).complete
    assert study_status(finished).tasks_done == 9
    assert len(read_rows(finished)) == 185
    notes = []
    assert run(PLAN, finished, note=notes.append).complete
    assert notes == [f"{victim.name} was damaged: it is computed again"]
    assert without_timing(finished) == before


def test_damaged_merged_rows_are_written_again(finished):
    """The merged file is checked as well; the chunks give it back."""
    before = without_timing(finished)
    _flip(finished / "rows.parquet", np.random.default_rng(1))
    assert without_timing(finished) == before
    run(PLAN, finished)
    assert pd.read_parquet(finished / "rows.parquet").drop(columns=TIMING).to_csv(index=False).encode() == before


def test_merged_rows_alone_can_be_read(finished):
    """A study that is shipped without its chunks is read, and known to be complete."""
    before = without_timing(finished)
    for path in (finished / "chunks").iterdir():
        path.unlink()
    assert without_timing(finished) == before
    status = study_status(finished)
    assert status.complete
    assert status.failed == sum(index % 7 == 6 for index in range(205))


def test_another_plan_is_refused_with_the_remedy(finished):
    """What differs is named, and the folder stays as it was."""
    before = (finished / "plan.json").read_bytes()
    with pytest.raises(
        UsageError, match=r"holds the study 'small' by another plan \(seed differ\). Give another --out"
    ):
        run(small_plan(sizes=[10], scenarios=["null"], replicates=205, seed=8), finished)
    assert (finished / "plan.json").read_bytes() == before


def test_other_words_are_the_same_plan(finished):
    """A better title goes into the folder; nothing is computed again."""
    better = small_plan(sizes=[10], scenarios=["null"], replicates=205, title="better")
    chunks_before = sorted((finished / "chunks").iterdir())
    assert run(better, finished).complete
    assert read_plan(finished).title == "better"
    assert sorted((finished / "chunks").iterdir()) == chunks_before


def test_another_version_is_refused_with_the_remedy(finished, monkeypatch):
    """Numbers of two versions are never mixed; reading stays possible."""
    for module in (store, sys.modules["bayes_sora.study.plan_record"]):
        monkeypatch.setattr(module, "package_version", lambda: "99.0")
    with pytest.raises(UsageError, match=r"was begun with bayes-sora .*, this is 99\.0.*another --out"):
        run(PLAN, finished)
    assert len(read_rows(finished)) == 205


def test_copied_chunks_serve_an_extended_plan(finished, tmp_path):
    """What two plans share is not computed again when the chunks are copied: only full blocks are shared."""
    longer = small_plan(sizes=[10], scenarios=["null"], replicates=300)
    open_store(tmp_path / "longer", longer)
    for path in (finished / "chunks").iterdir():
        (tmp_path / "longer" / "chunks" / path.name).write_bytes(path.read_bytes())
    assert study_status(tmp_path / "longer").tasks_done == 9
    run(longer, tmp_path / "longer")
    rows = read_rows(tmp_path / "longer").drop(columns=TIMING)
    pd.testing.assert_frame_equal(rows.head(205), read_rows(finished).drop(columns=TIMING))


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    """Neither a folder with other files nor a file is taken for a study."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds something other than a study"):
        run(PLAN, tmp_path)
    with pytest.raises(UsageError, match="is a file"):
        run(PLAN, tmp_path / "notes.txt")
    with pytest.raises(InputError, match="S001"):
        study_status(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text[:40], "S002"),
        (lambda text: text.replace('"seed": 7', '"seed": 9'), "S002"),
        (lambda _text: '{"kind": "other"}', "S001"),
        (lambda text: text.replace('"schema": 1', '"schema": 2', 1), "S003"),
    ],
    ids=["truncated", "edited", "other", "newer"],
)
def test_a_damaged_plan_is_said_so(finished, change, code):
    """plan.json is checked before anything is believed."""
    path = finished / "plan.json"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(InputError, match=code):
        read_rows(finished)
    with pytest.raises(InputError, match=code):
        run(PLAN, finished)


def test_a_full_disk_leaves_earlier_results_intact(tmp_path, monkeypatch):
    """The second chunk does not fit: the first stays, nothing half-written does, and a later run goes on."""
    written = []

    def full(path, content):
        if written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        written.append(path)
        whole_file.write_whole(path, content)

    monkeypatch.setattr(chunks, "write_whole", full)
    with pytest.raises(UsageError, match=r"No space left on device.*make room, and run the same command again"):
        run(PLAN, tmp_path / "study")
    assert study_status(tmp_path / "study").tasks_done == 1
    assert [path.name for path in (tmp_path / "study" / "chunks").iterdir()] == [written[0].name]
    monkeypatch.undo()
    assert run(PLAN, tmp_path / "study").complete


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_disk_that_fails_at_any_step_leaves_the_old_file(tmp_path, monkeypatch, step):
    """Writing, syncing or renaming fails: the file is the old one, and no temporary one is left."""
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(*_arguments):
        raise OSError(errno.ENOSPC, "full")

    def write():
        if step == "write":
            with whole_file.whole_file(path) as file:
                file.write(b"half")
                fail()
        whole_file.write_whole(path, b"new")

    if step == "fsync":
        monkeypatch.setattr(whole_file.os, "fsync", fail)
    if step == "replace":
        monkeypatch.setattr(whole_file.Path, "replace", fail)
    with pytest.raises(OSError, match="full"):
        write()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_leftovers_of_the_dead_are_removed_and_those_of_the_living_kept(tmp_path):
    """A temporary file goes only when its process, on this machine, is gone."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    host = socket.gethostname()
    dead = tmp_path / f".a-b.parquet~{host}~{gone.pid}~00000000.writing"
    alive = tmp_path / f".a-b.parquet~{host}~{os.getppid()}~00000000.writing"
    elsewhere = tmp_path / f".a-b.parquet~not-{host}~{gone.pid}~00000000.writing"
    for path in (dead, alive, elsewhere):
        path.write_bytes(b"half")
    whole_file.remove_leftovers(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([alive, elsewhere])


def test_an_interrupted_start_is_taken_up(tmp_path):
    """A folder that holds only leftovers of a run killed at its first file is a new folder."""
    (tmp_path / f".plan.json~{socket.gethostname()}~1~00000000.writing").write_bytes(b"{")
    assert run(PLAN, tmp_path).complete


@pytest.mark.parametrize("blocks", [FAST_BLOCKS, NUTS_BLOCKS, EARLIER_BLOCKS, Blocks(first=3, size=7)])
@pytest.mark.parametrize("replicates", [1, 4, 5, 6, 24, 25, 26, 205, 1000])
def test_blocks_cover_every_replicate_once_and_begin_small(blocks, replicates):
    """Blocks follow one another without a gap, the first is small, and cuts of a longer plan are those of a shorter."""
    cuts = list(blocks.cut(replicates))
    assert [index for first, count in cuts for index in range(first, first + count)] == list(range(replicates))
    assert cuts[0] == (0, min(blocks.first, replicates))
    assert max(count for _, count in cuts) <= blocks.size
    assert cuts[:-1] == list(blocks.cut(replicates + 1))[: len(cuts) - 1]


def test_a_study_begun_with_blocks_of_100_goes_on_as_it_was_begun(tmp_path):
    """A folder whose plan.json records no blocks keeps its chunks: the next run computes what is missing alone."""
    folder = tmp_path / "earlier"
    open_store(folder, PLAN)
    record = json.loads((folder / "plan.json").read_text())
    del record["blocks"], record["sha256"]
    (folder / "plan.json").write_bytes(json_bytes(record | {"sha256": content_sha256(canonical_json(record))}))
    tasks = make_tasks(PLAN, version=record["version"], blocks=EARLIER_BLOCKS)
    assert [task.count for task in tasks] == [100, 100, 5]
    options = {"methods": PLAN.methods, "seed": PLAN.seed, "analyse": light_analyse}
    table = analyse_block(tasks[0].cell, 0, 100, **options)
    kept = write_chunk(folder / "chunks", tasks[0].name, table)
    before = kept.stat().st_mtime_ns
    assert study_status(folder).tasks_done == 1
    better = small_plan(sizes=[10], scenarios=["null"], replicates=205, title="better")
    assert run(better, folder).complete
    assert kept.stat().st_mtime_ns == before
    assert len(list((folder / "chunks").iterdir())) == 3
    run(PLAN, tmp_path / "new")
    assert without_timing(folder) == without_timing(tmp_path / "new")
    sums = [json.loads((one / "status.json").read_text())["rows_sha256"] for one in (folder, tmp_path / "new")]
    assert sums[0] == sums[1]


def test_checksum_of_rows_does_not_depend_on_how_they_were_cut(tmp_path):
    """45,000 rows as 100 tables or as 7 give one checksum: that of the rows without the column seconds."""
    one = analyse_block(MODERATE, 0, 9, methods=(ROC,), seed=1, analyse=light_analyse)
    table = pd.concat([one] * 5000, ignore_index=True).assign(replicate=range(45_000))
    cuts = {"fine": range(0, 45_000, 450), "coarse": range(0, 45_000, 7000)}
    found = {}
    for name, starts in cuts.items():
        step = starts.step
        parts = [table[start : start + step].assign(**{TIMING: float(len(name))}) for start in starts]
        found[name] = chunks.write_rows(tmp_path / name, parts)
    assert found["fine"][1] == found["coarse"][1]
    assert found["fine"][0] != found["coarse"][0]  # the file holds the column seconds
    assert len(chunks.read_rows_file(tmp_path / "fine")) == 45_000


@pytest.mark.parametrize("content", ["[" * 100_000, '{"a":' * 100_000, "[]", "7", "", "\0"])
def test_a_status_that_cannot_be_read_is_written_again(finished, content):
    """A status.json nested 100,000 deep, or of something else, is no error: the rows are merged again."""
    before = without_timing(finished)
    (finished / "status.json").write_text(content)
    assert study_status(finished).complete
    assert run(PLAN, finished).complete
    assert without_timing(finished) == before
    assert json.loads((finished / "status.json").read_text())["complete"]


def test_a_status_that_is_a_folder_is_said_so(finished):
    """Rows are still read; a run, which has to write the file, says what is in its way."""
    (finished / "status.json").unlink()
    (finished / "status.json").mkdir()
    assert study_status(finished).complete
    with pytest.raises(UsageError, match="cannot be written"):
        run(PLAN, finished)
