"""Bars, mark and index prices from a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from engine.errors import InvalidInput
from engine.market.bars import COLUMNS, Bars, Floats, Origin, Times
from engine.market.coverage import SeriesKind, SeriesReport, report_of
from engine.market.instrument import Category, Instrument
from engine.market.interval import Interval, format_instant
from engine.market.lake import Lake, columns_of
from engine.market.lake_series import SeriesKey
from engine.market.sources.columns import TIME_NAMES, Columns, to_floats, to_times
from engine.market.sources.names import Named
from engine.market.sources.synthetic import VENUE as SYNTHETIC_VENUE
from engine.market.sources.tables import Chunk, Table


def import_bars(
    lake: Lake, table: Table, columns: Columns, named: Named, count: Callable[[int], None]
) -> SeriesReport:
    """Import all rows of a table as one series; `named` holds venue, category and kind.

    Raises:
        InvalidInput: columns are missing, the symbol is unknown, or a row is wrong.
        Conflict: as `Lake.append`.
    """
    instrument = _instrument(named)
    kind = named.kind or SeriesKind.BARS
    sources = _sources(columns, kind)
    parts = _checked_rows(table, sources, named.clock_ahead_ms)
    first_row, first = next(parts, (0, None))
    if first is None:
        raise InvalidInput(f"{table.path.name} holds no rows.", "It needs at least one bar.")
    interval = _interval(first["open_time"], named.interval)
    origin = Origin.SYNTHETIC if instrument.venue == SYNTHETIC_VENUE else Origin.FILE
    key = SeriesKey(instrument, kind, interval)
    rows = 0
    with lake.appending(key, origin) as append:
        for row, part in _chained((first_row, first), parts):
            bars = Bars.checked(instrument, interval, part, origin, first_row=row)
            append.add(columns_of(bars))
            rows += len(bars)
            count(rows)
        outcome = append.commit()
    coverage = lake.series_coverage(key)
    assert coverage is not None
    return report_of(coverage, outcome.added, outcome.known)


def _instrument(named: Named) -> Instrument:
    if named.symbol is None:
        raise InvalidInput(
            "Nothing names its symbol.", "Add --symbol BTCUSDT, or put it into the file's name."
        )
    return Instrument(named.venue or "bybit", named.category or Category.LINEAR, named.symbol)


def _sources(columns: Columns, kind: SeriesKind) -> dict[str, str]:
    """The table's own name of each column of `Bars`; mark and index prices have no volume."""
    wanted = COLUMNS if kind is SeriesKind.BARS else COLUMNS[:-1]
    sources = {name: columns.price(name) for name in wanted}
    sources["open_time"] = columns.one_of(TIME_NAMES)
    found = {name: source for name, source in sources.items() if source is not None}
    missing = ["timestamp" if name == "open_time" else name for name in sources if name not in found]
    if missing:
        raise InvalidInput(
            f"It has no column {', '.join(missing)}; it has {', '.join(columns.found)}.",
            f"Needed: timestamp (or open_time, time, date), {', '.join(wanted)}.",
        )
    return found


def _checked_rows(
    table: Table, sources: dict[str, str], clock_ahead_ms: int | None
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Chunks as (first row, columns of `Bars`), each following on the one before it."""
    last: int | None = None
    for chunk in table.chunks(list(dict.fromkeys(sources.values()))):
        if not len(chunk.columns[sources["open_time"]]):
            continue
        part = _converted(chunk, sources, clock_ahead_ms)
        times = part["open_time"]
        if last is not None and times[0] <= last:
            stamp = format_instant(int(times[0]))
            how = f"repeats {stamp}" if times[0] == last else f"({stamp}) comes after {format_instant(last)}"
            raise InvalidInput(
                f"Row {chunk.first_row} {how}.",
                "Sort by time, one row per time.",
            )
        last = int(times[-1])
        yield chunk.first_row, part


def _converted(chunk: Chunk, sources: dict[str, str], clock_ahead_ms: int | None) -> dict[str, Any]:
    time = sources["open_time"]
    part: dict[str, Times | Floats] = {
        "open_time": to_times(chunk.columns[time], time, chunk.first_row, clock_ahead_ms)
    }
    for name in COLUMNS:
        source = sources.get(name)
        part[name] = (
            np.zeros(len(part["open_time"]))
            if source is None
            else to_floats(chunk.columns[source], source, chunk.first_row)
        )
    return part


def _interval(times: Times, named: Interval | None) -> Interval:
    """The interval that was given or named, unless the rows say otherwise; else their commonest spacing."""
    spacings: Counter[int] = Counter(np.diff(times).tolist())
    if named is not None:
        if len(times) > 2 and named.milliseconds not in spacings:
            usual = spacings.most_common(1)[0][0]
            raise InvalidInput(
                f"No two rows are {named} apart; most are {_spelled(usual)}.",
                "Give the interval of the file, or leave it out.",
            )
        return named
    if not spacings:
        raise InvalidInput("One row does not tell its interval.", "Add --interval, e.g. 1h.")
    usual = spacings.most_common(1)[0][0]
    for interval in Interval:
        if interval.milliseconds == usual:
            return interval
    raise InvalidInput(
        f"Most rows are {_spelled(usual)} apart, which is no interval.", f"Intervals: {' '.join(Interval)}."
    )


def _spelled(milliseconds: int) -> str:
    for interval in Interval:
        if interval.milliseconds == milliseconds:
            return str(interval)
    return f"{milliseconds / 1000:g} s"


def _chained(
    first: tuple[int, dict[str, Any]], rest: Iterator[tuple[int, dict[str, Any]]]
) -> Iterator[tuple[int, dict[str, Any]]]:
    yield first
    yield from rest
