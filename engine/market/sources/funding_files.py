"""Funding rates from a table: one instrument, or several told apart by columns `symbol` and `venue`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np

from engine.errors import InvalidInput
from engine.market.bars import Floats, FundingRates, Origin, Times
from engine.market.coverage import SeriesReport, report_of
from engine.market.instrument import Category, Instrument
from engine.market.interval import format_instant
from engine.market.lake import Lake, columns_of, key_of
from engine.market.sources.columns import FUNDING_TIME_NAMES, RATE_NAMES, Columns, to_floats, to_times
from engine.market.sources.names import Named, venue_and_category
from engine.market.sources.synthetic import VENUE as SYNTHETIC_VENUE
from engine.market.sources.tables import Table

_Rows = dict[tuple[str | None, str | None], list[tuple[Times, Floats]]]


def import_funding(
    lake: Lake, table: Table, columns: Columns, named: Named, given: Named, count: Callable[[int], None]
) -> tuple[SeriesReport, ...]:
    """Import all series of a funding table; every one is checked before the first is stored.

    Where a row's own symbol or venue differs from the file's name, the row is believed; what was `given` by
    the user stands above both, and of several symbols picks one.

    Raises:
        InvalidInput: columns are missing, a symbol is unknown, or a row is wrong.
        Conflict: as `Lake.append`.
    """
    series = [
        _series(_instrument(venue, symbol, named, given), parts)
        for (venue, symbol), parts in _rows_by_name(table, columns, named, count).items()
        if given.symbol is None or symbol in (None, given.symbol)
    ]
    if not series:
        wanted = f" of {given.symbol}" if given.symbol else ""
        raise InvalidInput(
            f"{table.path.name} holds no rows{wanted}.", "Leave out --symbol to import them all."
        )
    series.sort(key=lambda rates: rates.instrument)
    with ExitStack() as stack:
        appends = [stack.enter_context(lake.appending(key_of(rates), rates.origin)) for rates in series]
        for append, rates in zip(appends, series, strict=True):
            append.add(columns_of(rates))
        outcomes = [append.commit() for append in appends]
    reports: list[SeriesReport] = []
    for rates, outcome in zip(series, outcomes, strict=True):
        coverage = lake.series_coverage(key_of(rates))
        assert coverage is not None
        reports.append(report_of(coverage, outcome.added, outcome.known))
    return tuple(reports)


def _rows_by_name(table: Table, columns: Columns, named: Named, count: Callable[[int], None]) -> _Rows:
    time, rate = columns.one_of(FUNDING_TIME_NAMES), columns.one_of(RATE_NAMES)
    if time is None or rate is None:
        raise InvalidInput(
            f"It has no column timestamp; it has {', '.join(columns.found)}.",
            "Needed: timestamp, funding_rate, and symbol where there are several.",
        )
    names = [columns.one_of((name,)) for name in ("venue", "symbol")]
    wanted = [time, rate, *(name for name in names if name is not None)]
    rows: _Rows = {}
    total = 0
    for chunk in table.chunks(wanted):
        times = to_times(chunk.columns[time], time, chunk.first_row, named.clock_ahead_ms)
        rates = to_floats(chunk.columns[rate], rate, chunk.first_row)
        venues, symbols = (None if name is None else chunk.columns[name] for name in names)
        for pair, mask in _groups(venues, symbols, len(times)):
            parts = rows.setdefault(pair, [])
            _refuse_disorder(parts, times[mask], np.flatnonzero(mask) + chunk.first_row, pair[1])
            parts.append((times[mask], rates[mask]))
        total += len(times)
        count(total)
    return rows


def _groups(venues: Any, symbols: Any, rows: int) -> Iterator[tuple[tuple[str | None, str | None], Any]]:
    """Each (venue, symbol) of a chunk with the mask of its rows; None where there is no such column."""
    everything = np.ones(rows, dtype=np.bool_)
    for symbol, of_symbol in _values(symbols, everything):
        for venue, of_venue in _values(venues, of_symbol):
            yield (venue and venue.strip().lower(), symbol and symbol.strip().upper()), of_venue


def _values(column: Any, within: Any) -> Iterator[tuple[str | None, Any]]:
    if column is None:
        yield None, within
        return
    texts = np.array([text or "" for text in column.to_pylist()])
    for text in np.unique(texts[within]).tolist():
        yield text, within & (texts == text)


def _refuse_disorder(parts: list[tuple[Times, Floats]], times: Times, rows: Any, symbol: str | None) -> None:
    before = parts[-1][0][-1:] if parts else times[:0]
    steps = np.diff(np.concatenate([before, times]))
    wrong = np.flatnonzero(steps <= 0)
    if len(wrong):
        at = int(wrong[0]) + (0 if len(before) else 1)
        how = "repeats the settlement" if steps[wrong[0]] == 0 else "is unsorted at"
        raise InvalidInput(
            f"Row {rows[at]} {how} {format_instant(int(times[at]))}{f' of {symbol}' if symbol else ''}.",
            "Sort by time, one row per settlement and symbol.",
        )


def _instrument(venue: str | None, symbol: str | None, named: Named, given: Named) -> Instrument:
    symbol = symbol or named.symbol
    if symbol is None:
        raise InvalidInput("Nothing names its symbol.", "Add --symbol BTCUSDT, or a column symbol.")
    of_row, category = (None, None) if venue is None else venue_and_category(venue)
    return Instrument(
        given.venue or of_row or named.venue or "bybit",
        given.category or category or named.category or Category.LINEAR,
        symbol,
    )


def _series(instrument: Instrument, parts: list[tuple[Times, Floats]]) -> FundingRates:
    origin = Origin.SYNTHETIC if instrument.venue == SYNTHETIC_VENUE else Origin.FILE
    times = np.concatenate([part[0] for part in parts])
    rates = np.concatenate([part[1] for part in parts])
    return FundingRates.checked(instrument, times, rates, origin)
