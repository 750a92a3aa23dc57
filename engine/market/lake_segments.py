"""Segments: immutable Parquet files named by the SHA-256 of their columns. The one place that knows pyarrow's
Parquet for the lake."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import Conflict
from engine.market.arrow import arrow_errors, pyarrow
from engine.market.lake_manifest import Columns, Segment

ROW_GROUP_ROWS = 65_536
_READ = {"page_checksum_verification": True}


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path` so that after a crash there is either the old file or the whole new one."""
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)  # noqa: PTH105 - named for what it does
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames inside `folder` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_segment(folder: Path, columns: Columns, time: str) -> Segment:
    """Write rows as one segment; the same rows give the same name."""
    times = columns[time]
    name = _content_name(columns)
    write_atomically(folder / name, _parquet(columns))
    return Segment(name, len(times), int(times[0]), int(times[-1]))


def read_segment(
    folder: Path, segment: Segment, names: tuple[str, ...], start_ms: int | None, end_ms: int | None
) -> Columns:
    """The segment's rows with times in [start_ms, end_ms); only the row groups that may hold some are read.

    Raises:
        FileNotFoundError: a writer has just replaced this segment; read the manifest again.
        Conflict: the file is damaged.
    """
    path = folder / segment.file
    try:
        with path.open("rb") as raw, pyarrow("parquet").ParquetFile(raw, **_READ) as file:
            groups = _groups_between(file.metadata, start_ms, end_ms)
            table = file.read_row_groups(groups, columns=list(names), use_threads=False)
    except FileNotFoundError:
        raise
    except arrow_errors() as error:
        raise Conflict(f"{path} is damaged: {error}.", "Move its series away and import again.") from error
    columns: Columns = {name: table.column(name).to_numpy() for name in names}
    times = columns[names[0]]
    first = 0 if start_ms is None else int(np.searchsorted(times, start_ms, "left"))
    stop = len(times) if end_ms is None else int(np.searchsorted(times, end_ms, "left"))
    return {name: column[first : max(first, stop)] for name, column in columns.items()}


def _groups_between(metadata: Any, start_ms: int | None, end_ms: int | None) -> list[int]:
    wanted: list[int] = []
    for index in range(metadata.num_row_groups):
        statistics = metadata.row_group(index).column(0).statistics
        after = end_ms is not None and statistics.min >= end_ms
        before = start_ms is not None and statistics.max < start_ms
        if not after and not before:
            wanted.append(index)
    return wanted


def _content_name(columns: Columns) -> str:
    digest = hashlib.sha256()
    for name, column in columns.items():
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(column).data)
    return f"{digest.hexdigest()[:40]}.parquet"


def _parquet(columns: Columns) -> bytes:
    pa = pyarrow()
    sink = pa.BufferOutputStream()
    encodings = dict.fromkeys(columns, "BYTE_STREAM_SPLIT") | {next(iter(columns)): "DELTA_BINARY_PACKED"}
    pyarrow("parquet").write_table(
        pa.table({name: pa.array(column) for name, column in columns.items()}),
        sink,
        compression="zstd",
        use_dictionary=False,  # prices hardly repeat: a dictionary made files larger and writing slower
        column_encoding=encodings,
        row_group_size=ROW_GROUP_ROWS,
        write_page_checksum=True,
    )
    return sink.getvalue().to_pybytes()
