"""A folder that is too large is answered by what would help: more memory, or nothing but asking where it is from."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from bayes_sora.errors import InputError
from bayes_sora.report.stored import arrays

FOLDER = Path("posterior.zarr")
HEADERS = {"posterior": {"toxicity_slope": SimpleNamespace(nbytes=arrays.ALWAYS_ALLOWED + 1)}}


@pytest.mark.parametrize(
    ("on_disk", "memory", "words"),
    [
        (arrays.ALWAYS_ALLOWED, arrays.ALWAYS_ALLOWED, r"GiB\. Read it on a machine with more memory\.$"),
        (1, None, r"times its size\. Do not use this folder; ask where it comes from\.$"),
    ],
)
def test_more_memory_is_advised_where_it_helps(on_disk, memory, words, monkeypatch):
    """R006 of the memory goes with more of it; an absurd ratio of packing is none of the machine's."""
    monkeypatch.setattr(arrays, "_memory_bytes", lambda: memory)
    with pytest.raises(InputError, match=rf"^R006 .*{words}"):
        arrays._check_room(FOLDER, HEADERS, on_disk)
    monkeypatch.setattr(arrays, "_memory_bytes", lambda: arrays.ALWAYS_ALLOWED + 1)
    arrays._check_room(FOLDER, HEADERS, arrays.ALWAYS_ALLOWED)
