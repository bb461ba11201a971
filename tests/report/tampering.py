"""What somebody may do to a result folder on purpose, and how its checksums are written again afterwards."""

from __future__ import annotations

import json
import shutil
import zlib
from typing import TYPE_CHECKING

import numpy as np
import zarr
from zarr.storage import LocalStore

from bayes_sora.report.digest import digest_document, digest_parts

if TYPE_CHECKING:
    from pathlib import Path

DRAWS = "posterior/toxicity_slope"


def seal(folder: Path) -> None:
    """Write the checksums again, as somebody who knows them would; of parts that are gone the old ones stay."""
    path = folder / "provenance.json"
    try:
        record = json.loads(path.read_text())
        record["files"] |= digest_parts(folder)
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        pass
    else:
        record["sha256"] = digest_document(record)
        path.write_text(json.dumps(record))


def edit(folder: Path, name: str, **changed: object) -> None:
    """Change keys of a JSON document in the folder; `...` removes one."""
    path = folder / name
    document = json.loads(path.read_text()) | changed
    path.write_text(json.dumps({key: value for key, value in document.items() if value is not ...}))


def metadata(folder: Path, **changed: object) -> None:
    """Change the metadata of the draws of one parameter."""
    edit(folder, f"posterior.zarr/{DRAWS}/.zarray", **changed)


def provenance(folder: Path, **changed: object) -> None:
    """Change provenance.json."""
    edit(folder, "provenance.json", **changed)


def root(folder: Path, **changed: object) -> None:
    """Change the attributes of posterior.zarr."""
    edit(folder, "posterior.zarr/.zattrs", **changed)


def attempt(folder: Path, **changed: object) -> None:
    """Change the last run of the sampler in provenance.json."""
    record = json.loads((folder / "provenance.json").read_text())
    record["attempts"][-1] |= changed
    provenance(folder, attempts=record["attempts"])


def described(folder: Path, **changed: object) -> None:
    """Change what posterior.zarr says of the cohort."""
    attributes = json.loads((folder / "posterior.zarr/.zattrs").read_text())
    root(folder, cohort=json.dumps(json.loads(attributes["cohort"]) | changed))


def source(folder: Path, **changed: object) -> None:
    """Change where the cohort came from."""
    attributes = json.loads((folder / "posterior.zarr/.zattrs").read_text())
    described(folder, source=json.loads(attributes["cohort"])["source"] | changed)


def model(folder: Path, **changed: object) -> None:
    """Change the model file."""
    attributes = json.loads((folder / "posterior.zarr/.zattrs").read_text())
    content = json.loads(attributes["model"]) | changed
    root(folder, model=json.dumps({key: value for key, value in content.items() if value is not ...}))


def values(folder: Path, path: str, value: object, at: object = 0) -> None:
    """Change one value of an array, well compressed and well signed."""
    array = zarr.open_array(LocalStore(folder / "posterior.zarr"), path=path, mode="r+", zarr_format=2)
    array[at] = value


def array(folder: Path, path: str, content: np.ndarray, dims: tuple[str, ...]) -> None:
    """Put an array where there was one or none."""
    shutil.rmtree(folder / "posterior.zarr" / path, ignore_errors=True)
    made = zarr.create_array(
        LocalStore(folder / "posterior.zarr"),
        name=path,
        data=content,
        zarr_format=2,
        config={"write_empty_chunks": True},
    )
    made.attrs["_ARRAY_DIMENSIONS"] = list(dims)


def lost(folder: Path, name: str) -> None:
    """Remove a file or a folder."""
    path = folder / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def written(folder: Path, name: str, content: bytes) -> None:
    """Write a file."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def cut(folder: Path, name: str, *, keep: float = 0.5) -> None:
    """Cut a file short."""
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: int(keep * len(content))])


def flipped(folder: Path, name: str, *, at: int) -> None:
    """Change a byte."""
    content = bytearray((folder / name).read_bytes())
    content[at] ^= 0xFF
    (folder / name).write_bytes(content)


def replaced(folder: Path, name: str, make: object) -> None:
    """Put something else in the place of a file or a folder."""
    lost(folder, name)
    make(folder / name)


def linked(path: Path) -> None:
    """Make a link to a file of the system."""
    path.symlink_to("/dev/zero")


def linked_to_copy(folder: Path, name: str) -> None:
    """Move a part elsewhere and link to it."""
    elsewhere = folder.parent / "elsewhere"
    (folder / name).rename(elsewhere)
    (folder / name).symlink_to(elsewhere)


def raw(folder: Path, path: str, value: int, unit: str) -> None:
    """Put bytes into the only chunk of an array that its kind does not have."""
    metadata_of = json.loads((folder / "posterior.zarr" / path / ".zarray").read_text())
    n_bytes = np.zeros(metadata_of["shape"], metadata_of["dtype"]).nbytes
    content = np.full(n_bytes // np.dtype(unit).itemsize, value, unit).tobytes()
    edit(folder, f"posterior.zarr/{path}/.zarray", compressor=None)
    written(folder, f"posterior.zarr/{path}/" + ".".join("0" * len(metadata_of["shape"])), content)


def huge(folder: Path) -> None:
    """Add an array of 10⁹ elements that takes nothing on disk."""
    metadata_of = json.loads((folder / f"posterior.zarr/{DRAWS}/.zarray").read_text())
    path = folder / "posterior.zarr/posterior/huge"
    path.mkdir()
    content = metadata_of | {"shape": [10**9], "chunks": [10**8]}
    (path / ".zarray").write_text(json.dumps(content))
    (path / ".zattrs").write_text(json.dumps({"_ARRAY_DIMENSIONS": ["huge"]}))


def unpacking_to_more(folder: Path) -> None:
    """Announce, in the chunk itself, two billion bytes."""
    path = folder / f"posterior.zarr/{DRAWS}/0.0"
    content = bytearray(path.read_bytes())
    content[4:8] = (2**31 - 17).to_bytes(4, "little")
    path.write_bytes(content)


def as_zstd(folder: Path) -> None:
    """Say that a Blosc chunk is a Zstandard frame."""
    metadata(folder, compressor={"id": "zstd", "level": 0, "checksum": False})


def as_zlib_bomb(folder: Path) -> None:
    """Compress by a codec without a size limit."""
    metadata(folder, compressor={"id": "zlib", "level": 9})
    written(folder, f"posterior.zarr/{DRAWS}/0.0", zlib.compress(bytes(10**7)))
