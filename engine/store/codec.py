"""Tables as one blob and back, bit for bit, without pickle: trades and equity of a run.

The blob is a NumPy `.npz`: a zip with one `.npy` member per column of numbers, which `numpy.load` reads too,
and one `.json` member (a list, UTF-8) per column of text. Equal tables give equal blobs.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from engine.errors import InvalidInput, LimitExceeded, StoreUnavailable

MEDIA_TYPE = "application/x-npz"
MAX_BYTES = 512 * 2**20
_WIDEST = 8
_Members = dict[str, bytes]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns of equal length by name.

    Attributes:
        numbers: one-dimensional arrays of bool, int, unsigned or float, up to 8 bytes wide.
        texts: columns of text.
    """

    numbers: Mapping[str, NDArray[Any]]
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    def __post_init__(self) -> None:
        for name in (*self.numbers, *self.texts):
            if not name.isidentifier() or (name in self.numbers and name in self.texts):
                raise InvalidInput(f"{name!r} cannot name a column.", "Use identifiers, each once.")
        for name, column in self.numbers.items():
            if column.ndim != 1 or column.dtype.kind not in "biuf" or column.dtype.itemsize > _WIDEST:
                raise InvalidInput(
                    f"Column {name} has dtype {column.dtype} and {column.ndim} dimensions.",
                    "Columns of numbers have one dimension and a plain bool, int or float type.",
                )
        for name, texts in self.texts.items():
            if not all(isinstance(cast(object, text), str) for text in texts):
                raise InvalidInput(f"Column {name} holds something that is not text.")
        lengths = {len(column) for column in (*self.numbers.values(), *self.texts.values())}
        if len(lengths) > 1:
            raise InvalidInput(f"The columns have different lengths: {sorted(lengths)}.")


def pack(table: Table, max_bytes: int = MAX_BYTES) -> bytes:
    """The table as one compressed blob.

    Raises:
        LimitExceeded: more than `max_bytes` before compression.
    """
    members: _Members = {}
    for name, column in table.numbers.items():
        members[f"{name}.npy"] = _npy_bytes(column)
    for name, texts in table.texts.items():
        text = json.dumps([str(entry) for entry in texts], ensure_ascii=False, separators=(",", ":"))
        members[f"{name}.json"] = text.encode("utf-8", "surrogatepass")
    _check_size(sum(map(len, members.values())), max_bytes)
    blob = io.BytesIO()
    with zipfile.ZipFile(blob, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            # a ZipInfo of our own has a constant date, so that equal tables are equal blobs
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return blob.getvalue()


def unpack(blob: bytes, max_bytes: int = MAX_BYTES) -> Table:
    """The table of a blob that `pack` made; its arrays are new and writable, its texts tuples.

    Raises:
        LimitExceeded: more than `max_bytes` after decompression; nothing was decompressed.
        StoreUnavailable: not such a blob, or damaged.
    """
    try:
        members = _members(blob, max_bytes)
        return Table(
            {name[:-4]: _array(content) for name, content in members.items() if name.endswith(".npy")},
            {name[:-5]: _texts(content) for name, content in members.items() if name.endswith(".json")},
        )
    except LimitExceeded:
        raise
    except Exception as error:  # whatever zip, npy and JSON readers raise on damaged bytes
        raise StoreUnavailable(f"A stored table is damaged: {error}.", "Run the backtest again.") from error


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise LimitExceeded(f"A table of {size} bytes is too large.", f"The limit is {max_bytes} bytes.")


def _npy_bytes(column: NDArray[Any]) -> bytes:
    content = io.BytesIO()
    npy.write_array(content, np.ascontiguousarray(column), version=(1, 0), allow_pickle=False)
    return content.getvalue()


def _members(blob: bytes, max_bytes: int) -> _Members:
    with zipfile.ZipFile(io.BytesIO(blob)) as archive:
        listed = archive.infolist()
        _check_size(sum(info.file_size for info in listed), max_bytes)
        for info in listed:
            if info.compress_type != zipfile.ZIP_DEFLATED or not info.filename.endswith((".npy", ".json")):
                raise ValueError(f"unexpected member {info.filename!r}")
        members = {info.filename: archive.read(info) for info in listed}
    if len(members) != len(listed):
        raise ValueError("a member is there twice")
    return members


def _array(content: bytes) -> NDArray[Any]:
    """Read here rather than by numpy, which would allocate whatever size the header claims."""
    stream = io.BytesIO(content)
    if npy.read_magic(stream) != (1, 0):
        raise ValueError("unexpected version of npy")
    shape, _, dtype = npy.read_array_header_1_0(stream)
    if len(shape) != 1 or dtype.hasobject or shape[0] * dtype.itemsize != len(content) - stream.tell():
        raise ValueError("a column's header does not fit its bytes")
    return np.frombuffer(content, dtype, offset=stream.tell()).copy()


def _texts(content: bytes) -> tuple[str, ...]:
    texts: object = json.loads(content.decode("utf-8", "surrogatepass"))
    if not isinstance(texts, list):
        raise TypeError("a column of text is not a list")
    return tuple(cast(list[str], texts))
