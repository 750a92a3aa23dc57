"""The manifest of one lake series: which segments hold its rows, and the hash of their content.

The content hash is a tree: the time axis is cut into blocks of fixed width, each block has a SHA-256 over
the column bytes of its rows, and the series' hash is a SHA-256 over the blocks' hashes in order. So it does
not depend on how rows were appended, and an append only hashes the blocks that it touches.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import Conflict
from engine.market.bars import Gap, Origin

SCHEMA = 1
BLOCK_ROWS = 16_384

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Segment:
    """One immutable file of rows; `file` is named by its content."""

    file: str
    rows: int
    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class Block:
    """The rows whose time lies in one block of the time axis."""

    index: int
    rows: int
    first_ms: int
    last_ms: int
    sha256: str
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that is known of a series without opening a segment; segments and blocks ascend in time."""

    origins: frozenset[Origin] = frozenset()
    segments: tuple[Segment, ...] = ()
    blocks: tuple[Block, ...] = ()

    @property
    def rows(self) -> int:
        """Length of the series."""
        return sum(block.rows for block in self.blocks)

    @property
    def origin(self) -> Origin:
        """Synthetic if so; else file, if any of it came from one."""
        for origin in (Origin.SYNTHETIC, Origin.FILE):
            if origin in self.origins:
                return origin
        return Origin.EXCHANGE

    @property
    def content_hash(self) -> str:
        """SHA-256 (hex) over the blocks' indices and hashes."""
        digest = hashlib.sha256()
        for block in self.blocks:
            digest.update(block.index.to_bytes(8, "little", signed=True) + bytes.fromhex(block.sha256))
        return digest.hexdigest()

    def gaps(self, step_ms: int) -> tuple[Gap, ...]:
        """Missing bars inside the blocks and between them."""
        found: list[Gap] = []
        expected: int | None = None
        for block in self.blocks:
            if expected is not None and block.first_ms > expected:
                found.append(Gap(expected, (block.first_ms - expected) // step_ms))
            found.extend(block.gaps)
            expected = block.last_ms + step_ms
        return tuple(found)

    def to_json(self) -> bytes:
        """Canonical bytes: equal manifests are equal byte for byte."""
        plain = {
            "schema": SCHEMA,
            "origins": sorted(self.origins),
            "rows": self.rows,
            "content_hash": self.content_hash,
            "segments": [[s.file, s.rows, s.first_ms, s.last_ms] for s in self.segments],
            "blocks": [
                [b.index, b.rows, b.first_ms, b.last_ms, b.sha256, [[g.start_ms, g.missing] for g in b.gaps]]
                for b in self.blocks
            ],
        }
        return json.dumps(plain, separators=(",", ":")).encode() + b"\n"


def read_manifest(path: Path) -> Manifest | None:
    """The manifest at `path`, or None where there is none.

    Raises:
        Conflict: the file is damaged, or of a later version.
    """
    try:
        plain = json.loads(path.read_bytes())
        if plain["schema"] != SCHEMA:
            raise Conflict(f"{path} has schema {plain['schema']}.", f"This version reads schema {SCHEMA}.")
        return Manifest(
            frozenset(Origin(text) for text in plain["origins"]),
            tuple(Segment(*row) for row in plain["segments"]),
            tuple(Block(*row[:5], gaps=tuple(Gap(*gap) for gap in row[5])) for row in plain["blocks"]),
        )
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise Conflict(f"{path} is damaged: {error}.", "Move its folder away and import again.") from error


def block_of(index: int, columns: Columns, time: str, step_ms: int, *, with_gaps: bool) -> Block:
    """The block of these rows, which are all of its rows, ascending."""
    digest = hashlib.sha256()
    for name, column in columns.items():
        digest.update(np.ascontiguousarray(column, dtype="<i8" if name == time else "<f8").data)
    times = columns[time]
    jumps = np.flatnonzero(np.diff(times) != step_ms) if with_gaps else ()
    gaps = tuple(Gap(int(times[i]) + step_ms, int(times[i + 1] - times[i]) // step_ms - 1) for i in jumps)
    return Block(index, len(times), int(times[0]), int(times[-1]), digest.hexdigest(), gaps)
