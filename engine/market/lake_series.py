"""One series of the lake: a folder with a manifest and segments, read without a lock and appended under one.

An append writes new segments, then replaces the manifest in one rename; what no manifest names does not
exist and is swept by the next append. A fresh segment absorbs its predecessor while that is no longer than
itself, so that many small appends leave few files; the rows never change.
"""

from __future__ import annotations

import fcntl
import os
from bisect import bisect_left
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from engine.errors import Conflict
from engine.market.bars import COLUMNS, Origin
from engine.market.coverage import Appended, Coverage, SeriesKind
from engine.market.instrument import Instrument
from engine.market.interval import Interval, format_instant
from engine.market.lake_manifest import BLOCK_ROWS, Block, Columns, Manifest, Segment, block_of, read_manifest
from engine.market.lake_segments import read_segment, write_atomically, write_segment

MAX_SEGMENT_ROWS = 262_144
_HOUR_MS = 3_600_000
_READ_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """Name of a series; `interval` is None for funding only."""

    instrument: Instrument
    kind: SeriesKind
    interval: Interval | None

    def __str__(self) -> str:
        parts = (str(self.instrument), self.interval, None if self.kind is SeriesKind.BARS else self.kind)
        return " ".join(part for part in parts if part)

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names, the time first."""
        return ("time", "rate") if self.kind is SeriesKind.FUNDING else ("open_time", *COLUMNS)

    @property
    def step_ms(self) -> int:
        """Milliseconds from row to row; for funding only the scale of a hash block."""
        return _HOUR_MS if self.interval is None else self.interval.milliseconds

    @property
    def anchor_ms(self) -> int:
        """A time at which a hash block begins."""
        return 0 if self.interval is None else self.interval.anchor_ms


class Series:
    """The series `key` below the lake's root; nothing is made until the first append."""

    def __init__(self, root: Path, key: SeriesKey) -> None:
        instrument = key.instrument
        name = key.kind if key.interval is None else f"{key.kind}-{key.interval}"
        self.key = key
        self.folder = root / instrument.venue / instrument.category / instrument.symbol / name
        self.segments_folder = self.folder / "segments"
        self.manifest_path = self.folder / "manifest.json"

    def manifest(self) -> Manifest | None:
        """What the series holds now; None when it does not exist."""
        return read_manifest(self.manifest_path)

    def coverage(self) -> Coverage | None:
        """The same, for people; None when the series does not exist."""
        manifest = self.manifest()
        return None if manifest is None else self._coverage(manifest)

    def read(self, start_ms: int | None = None, end_ms: int | None = None) -> tuple[Columns, Origin]:
        """Rows with times in [start_ms, end_ms), ascending, and where they come from.

        A writer may replace a small segment between our look at the manifest and at the segment; then the
        new manifest is read.
        """
        missing: FileNotFoundError | None = None
        for _ in range(_READ_ATTEMPTS):
            manifest = self.manifest() or Manifest()
            try:
                return self.gather(manifest.segments, start_ms, end_ms), manifest.origin
            except FileNotFoundError as error:
                missing = error
        raise self.lost(missing)

    def lost(self, error: FileNotFoundError | None) -> Conflict:
        """The error for a segment that the manifest names and nobody has."""
        name = error.filename if error is not None else "of a segment"
        return Conflict(
            f"{self.key}: the lake has lost the file {name}.", "Move its folder away and import again."
        )

    def gather(
        self, segments: tuple[Segment, ...] | list[Segment], start_ms: int | None, end_ms: int | None
    ) -> Columns:
        """Rows of `segments` with times in [start_ms, end_ms), ascending."""
        names = self.key.columns
        parts = [
            read_segment(self.segments_folder, segment, names, start_ms, end_ms)
            for segment in segments
            if (end_ms is None or segment.first_ms < end_ms)
            and (start_ms is None or segment.last_ms >= start_ms)
        ]
        return join(parts, names)

    @contextmanager
    def appending(self, origin: Origin) -> Generator[Append]:
        """An append under the series' lock: `add` rows, then `commit`. Without a commit nothing changes.

        Raises:
            Conflict: made-up and real rows would be mixed.
        """
        with self._locked():
            before = self.manifest() or Manifest()
            self._refuse_mixture(before, origin)
            try:
                self.sweep(before)
                yield Append(self, before, origin)
            finally:
                self.sweep(self.manifest() or Manifest())

    @contextmanager
    def _locked(self) -> Generator[None]:
        """Alone with the series; a series that is still empty at the end leaves no folder behind."""
        while True:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                lock = (self.folder / "lock").open("w")
            except FileNotFoundError:
                continue  # another append has just removed the empty folder
            with lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not _is_at(lock, self.folder / "lock"):
                    continue  # removed while this one waited for it
                self.segments_folder.mkdir(exist_ok=True)
                try:
                    yield
                finally:
                    if self.manifest() is None:
                        self._remove_empty()
                return

    def _remove_empty(self) -> None:
        # The lock goes last of what is ours: whoever makes a new one may already be at work in the folder.
        self.segments_folder.rmdir()
        (self.folder / "lock").unlink()
        for folder in (self.folder, *self.folder.parents[:3]):
            try:
                folder.rmdir()
            except OSError:
                return  # others live there

    def sweep(self, manifest: Manifest) -> None:
        """Remove files that the manifest does not name: left by a killed append, or absorbed."""
        named = {segment.file for segment in manifest.segments}
        for path in self.segments_folder.iterdir():
            if path.name not in named:
                path.unlink()

    def _refuse_mixture(self, manifest: Manifest, origin: Origin) -> None:
        held = manifest.origins
        if held and (Origin.SYNTHETIC in held) != (origin is Origin.SYNTHETIC):
            kinds = ("synthetic", "real") if Origin.SYNTHETIC in held else ("real", "synthetic")
            raise Conflict(
                f"{self.key} holds {kinds[0]} rows; {kinds[1]} ones cannot join them. Nothing was changed.",
                "Keep made-up data under a venue or symbol of its own.",
            )

    def _coverage(self, manifest: Manifest) -> Coverage:
        key, last = self.key, manifest.blocks[-1].last_ms
        return Coverage(
            key.instrument,
            key.kind,
            key.interval,
            manifest.rows,
            manifest.blocks[0].first_ms,
            last + (1 if key.interval is None else key.step_ms),
            () if key.interval is None else manifest.gaps(key.step_ms),
            manifest.origin,
            " + ".join(sorted(manifest.origins)),
            manifest.content_hash,
        )


@dataclass(slots=True)
class Append:
    """Rows on their way into a series; made by `Series.appending`."""

    series: Series
    before: Manifest
    origin: Origin
    added: int = 0
    known: int = 0
    _segments: list[Segment] = field(init=False)
    _pending: list[Columns] = field(default_factory=list[Columns])
    _dirty: set[int] = field(default_factory=set[int])

    def __post_init__(self) -> None:
        self._segments = list(self.before.segments)

    def add(self, columns: Mapping[str, Any]) -> None:
        """Take in ascending rows; those that are there already must be equal.

        Raises:
            Conflict: names the first row that differs, and both versions.
        """
        key = self.series.key
        rows: Columns = {name: columns[name] for name in key.columns}
        times = rows[key.columns[0]]
        if not len(times):
            return
        if self._pending and int(self._pending[-1][key.columns[0]][-1]) >= int(times[0]):
            self._flush()
        held = self._held(self._segments, int(times[0]), int(times[-1]) + 1)
        fresh = ~np.isin(times, held[key.columns[0]], assume_unique=True)
        self._refuse_differences(rows, held, ~fresh)
        self.known += int(np.count_nonzero(~fresh))
        if fresh.any():
            self.added += int(np.count_nonzero(fresh))
            self._pending.append({name: column[fresh] for name, column in rows.items()})
        if sum(len(part[key.columns[0]]) for part in self._pending) >= MAX_SEGMENT_ROWS:
            self._flush()

    def commit(self) -> Appended:
        """Make the added rows part of the series, all at once."""
        if not self.added:
            return Appended(0, self.known, self.before.rows)
        self._flush()
        blocks = {block.index: block for block in self.before.blocks}
        blocks.update({index: self._block(index) for index in sorted(self._dirty)})
        manifest = Manifest(
            self.before.origins | {self.origin},
            tuple(self._segments),
            tuple(blocks[index] for index in sorted(blocks)),
        )
        write_atomically(self.series.manifest_path, manifest.to_json())
        return Appended(self.added, self.known, manifest.rows)

    def _held(
        self, segments: list[Segment], start_ms: int | None = None, end_ms: int | None = None
    ) -> Columns:
        try:
            return self.series.gather(segments, start_ms, end_ms)
        except FileNotFoundError as error:
            raise self.series.lost(error) from error

    def _flush(self) -> None:
        """Write the pending rows as a segment."""
        key, time = self.series.key, self.series.key.columns[0]
        rows = join(self._pending, key.columns)
        self._pending.clear()
        if not len(rows[time]):
            return
        self._dirty.update(np.unique((rows[time] - key.anchor_ms) // (key.step_ms * BLOCK_ROWS)).tolist())
        place = bisect_left(self._segments, int(rows[time][0]), key=lambda segment: segment.first_ms)
        while place and self._absorbable(self._segments[place - 1], rows[time]):
            place -= 1
            earlier = self._held([self._segments.pop(place)])
            rows = join([earlier, rows], key.columns)
        self._segments.insert(place, write_segment(self.series.segments_folder, rows, time))

    @staticmethod
    def _absorbable(earlier: Segment, times: Any) -> bool:
        small = earlier.rows <= len(times) and earlier.rows + len(times) <= MAX_SEGMENT_ROWS
        return small and earlier.last_ms < int(times[0])

    def _block(self, index: int) -> Block:
        key = self.series.key
        width = key.step_ms * BLOCK_ROWS
        start = key.anchor_ms + index * width
        rows = self._held(self._segments, start, start + width)
        return block_of(index, rows, key.columns[0], key.step_ms, with_gaps=key.interval is not None)

    def _refuse_differences(self, rows: Columns, held: Columns, both: Any) -> None:
        time, *names = self.series.key.columns
        mine = np.flatnonzero(both)
        theirs = np.searchsorted(held[time], rows[time][mine])
        differs = np.zeros(len(mine), dtype=np.bool_)
        for name in names:
            differs |= rows[name][mine] != held[name][theirs]
        if differs.any():
            at = int(np.flatnonzero(differs)[0])
            sent = _shown(rows, names, int(mine[at]))
            there = _shown(held, names, int(theirs[at]))
            raise Conflict(
                f"{self.series.key}: the row of {format_instant(int(rows[time][mine[at]]))} differs from the "
                f"lake's ({np.count_nonzero(differs)} such rows). Sent: {sent}. Lake: {there}. "
                "Nothing was changed.",
                "Rows that are there are never rewritten: import into another lake, venue or symbol.",
            )


def join(parts: list[Columns], names: tuple[str, ...]) -> Columns:
    """Rows of all parts, ascending in the first column; no time occurs twice."""
    if not parts:
        return {name: np.empty(0, np.int64 if name == names[0] else np.float64) for name in names}
    if len(parts) == 1:
        return parts[0]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in names}
    times = joined[names[0]]
    if np.all(times[1:] > times[:-1]):
        return joined
    order = np.argsort(times, kind="stable")
    return {name: column[order] for name, column in joined.items()}


def _shown(columns: Columns, names: list[str], row: int) -> str:
    return ", ".join(f"{name} {float(columns[name][row])!r}" for name in names)


def _is_at(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
