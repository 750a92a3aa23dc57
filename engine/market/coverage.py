"""What a lake holds, said in values: kinds of series, what an append did, what a series covers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.market.bars import Gap, Origin
from engine.market.instrument import Instrument
from engine.market.interval import Interval


class SeriesKind(StrEnum):
    """Kind of a lake series. `quotes` is named so that such files are recognised; none are stored yet."""

    BARS = "bars"
    MARK = "mark"
    INDEX = "index"
    FUNDING = "funding"
    QUOTES = "quotes"


@dataclass(frozen=True, slots=True)
class Appended:
    """Outcome of an append, in rows: new ones, those the series had already, and its length now."""

    added: int
    known: int
    total: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one series of the lake holds.

    Attributes:
        interval: None for funding.
        start_ms: open time of the first bar (stamp of the first settlement), UTC ms.
        end_ms: close time of the last bar (for funding: last stamp + 1), exclusive, UTC ms.
        gaps: bars that are absent between two that are there; always empty for funding.
        origin: synthetic, or else the weakest of what it came from (file before exchange).
        source: everything it came from, in words, e.g. "exchange + file".
        content_hash: SHA-256 (hex), the same for the same rows however they were appended.
    """

    instrument: Instrument
    kind: SeriesKind
    interval: Interval | None
    rows: int
    start_ms: int
    end_ms: int
    gaps: tuple[Gap, ...]
    origin: Origin
    source: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class SeriesReport:
    """What an import or a sync did to one series, and what the series covers now (as in `Coverage`)."""

    instrument: Instrument
    kind: SeriesKind
    interval: Interval | None
    added: int
    known: int
    total: int
    gaps: tuple[Gap, ...]
    start_ms: int
    end_ms: int


def report_of(coverage: Coverage, added: int, known: int) -> SeriesReport:
    """The report of one series from its coverage now."""
    return SeriesReport(
        coverage.instrument,
        coverage.kind,
        coverage.interval,
        added,
        known,
        coverage.rows,
        coverage.gaps,
        coverage.start_ms,
        coverage.end_ms,
    )
