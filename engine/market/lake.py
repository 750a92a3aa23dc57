"""The lake: bars, mark and index prices and funding, on disk, append-only; and the newest trading rules.

`root/venue/category/symbol/kind[-interval]/` holds a manifest and Parquet segments (see `lake_series`),
`root/venue/category/symbol/rules.json` what the exchange accepts of orders (see `lake_rules`). Any
number of processes may read and append at once, and be killed at any moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from engine.errors import EdgewrightError, InvalidInput, NotFound
from engine.market.bars import COLUMNS, Bars, FundingRates, MarketData, Origin
from engine.market.coverage import Appended, Coverage, SeriesKind
from engine.market.instrument import Category, Instrument
from engine.market.interval import Interval, format_instant
from engine.market.lake_manifest import Columns
from engine.market.lake_names import GET_DATA, resolve_symbol
from engine.market.lake_rules import read_rules, write_rules
from engine.market.lake_series import Append, Series, SeriesKey
from engine.market.trading_rules import TradingRules

_BAR_KINDS = (SeriesKind.BARS, SeriesKind.MARK, SeriesKind.INDEX)


class Lake:
    """The series below a folder; nothing is made there until the first write."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def append(self, series: Bars | FundingRates, kind: SeriesKind = SeriesKind.BARS) -> Appended:
        """Add rows, before, after or between those that are there; rows that are there must be equal.

        Args:
            kind: bars, mark or index; ignored for funding, which is its own kind.

        Raises:
            Conflict: a row differs from the lake's, or made-up and real rows would be mixed; nothing was
                changed.
            InvalidInput: the kind does not hold bars.
        """
        key = key_of(series, kind)
        if not len(series):
            manifest = self._series(key).manifest()
            return Appended(0, 0, 0 if manifest is None else manifest.rows)
        with self.appending(key, series.origin) as append:
            append.add(columns_of(series))
            return append.commit()

    def appending(self, key: SeriesKey, origin: Origin) -> AbstractContextManager[Append]:
        """An append in parts, under the series' lock: all of it or nothing (see `lake_series.Append`)."""
        return self._series(key).appending(origin)

    def bars(
        self,
        instrument: Instrument,
        interval: Interval,
        *,
        kind: SeriesKind = SeriesKind.BARS,
        start_ms: int | None = None,
        end_ms: int | None = None,
    ) -> Bars:
        """Bars whose open time is in [start_ms, end_ms), UTC ms; None leaves that side open.

        Raises:
            NotFound: no such series; the message lists those of the symbol.
            InvalidInput: the window holds no bar.
        """
        key = SeriesKey(instrument, kind, interval)
        coverage = self._series(key).coverage()
        if coverage is None:
            raise NotFound(f"The lake has no {key}; {self._what_there_is(instrument)}.", GET_DATA)
        bars = self._read_bars(key, start_ms, end_ms)
        if not len(bars):
            raise InvalidInput(
                f"The lake has no {key} {_window(start_ms, end_ms)}.",
                f"It covers {format_instant(coverage.start_ms)} to {format_instant(coverage.end_ms)}.",
            )
        return bars

    def funding(
        self, instrument: Instrument, *, start_ms: int | None = None, end_ms: int | None = None
    ) -> FundingRates | None:
        """Settlements with stamps in [start_ms, end_ms), UTC ms; None when the lake has none there."""
        columns, origin = self._series(SeriesKey(instrument, SeriesKind.FUNDING, None)).read(start_ms, end_ms)
        if not len(columns["time"]):
            return None
        columns = _frozen(columns)
        return FundingRates(instrument, columns["time"], columns["rate"], origin)

    def market_data(
        self,
        instrument: Instrument,
        interval: Interval,
        *,
        start_ms: int | None = None,
        end_ms: int | None = None,
        funding: bool = True,
    ) -> MarketData:
        """Bars of the window and, for a derivative, funding and the mark prices at its stamps.

        The mark series is that of the same interval, else the finest there is.

        Raises:
            NotFound, InvalidInput: as `bars`.
        """
        bars = self.bars(instrument, interval, start_ms=start_ms, end_ms=end_ms)
        if not funding or not instrument.category.is_derivative:
            return MarketData(bars)
        rates = self.funding(instrument, start_ms=bars.start_ms, end_ms=bars.end_ms)
        if rates is None:
            return MarketData(bars)
        return MarketData(bars, rates, self._mark_at(rates, interval))

    def mark_during(self, bars: Bars) -> Bars | None:
        """All mark prices during these bars, of their interval or else the finest that divides it.

        None when the lake has none of them.
        """
        keys = [
            key for key in self._mark_keys(bars.instrument) if not bars.interval.milliseconds % key.step_ms
        ]
        if not keys:
            return None
        mark = self._read_bars(_nearest_key(keys, bars.interval), bars.start_ms, bars.end_ms)
        return mark if len(mark) else None

    def coverage(self, symbol: str | None = None) -> tuple[Coverage, ...]:
        """What each series holds, sorted by name; of one symbol (or full name) if given."""
        wanted = None if symbol is None else symbol.strip().casefold()
        found = [
            coverage
            for key in self.keys()
            if wanted in (None, key.instrument.symbol.casefold(), str(key.instrument).casefold())
            and (coverage := self._series(key).coverage()) is not None
        ]
        return tuple(found)

    def resolve(
        self,
        symbol: str,
        *,
        interval: Interval | None = None,
        venue: str | None = None,
        category: Category | None = None,
    ) -> Instrument:
        """The instrument that has bars here (of `interval`, if given) and that `symbol` names.

        Args:
            symbol: in any case, or a full name `venue:category:symbol`.

        Raises:
            NotFound: none; the message holds the nearest names and how to get data.
            InvalidInput: several; the message lists them.
        """
        return resolve_symbol(self.keys(), symbol, interval, venue, category)

    def longest_span(self, base_asset: str) -> tuple[int, int] | None:
        """(start_ms, end_ms) of the longest bars series of that asset, over all venues and intervals."""
        spans = [
            (coverage.start_ms, coverage.end_ms)
            for key in self.keys()
            if key.kind is SeriesKind.BARS and key.instrument.base_asset == base_asset.strip().upper()
            if (coverage := self._series(key).coverage()) is not None
        ]
        return max(spans, key=lambda span: (span[1] - span[0], -span[0]), default=None)

    def rules(self, instrument: Instrument) -> TradingRules | None:
        """Order filters and risk tiers as last fetched; None when they never were.

        Raises:
            Conflict: the file is damaged.
        """
        return read_rules(self.root, instrument)

    def keep_rules(self, rules: TradingRules) -> None:
        """Keep these in place of those that were there."""
        write_rules(self.root, rules)

    def keys(self) -> Iterator[SeriesKey]:
        """Names of all series, sorted."""
        for path in sorted(self.root.glob("*/*/*/*/manifest.json")):
            key = _key_at(path.parent)
            if key is not None:
                yield key

    def series_coverage(self, key: SeriesKey) -> Coverage | None:
        """What one series holds; None when it does not exist."""
        return self._series(key).coverage()

    def _series(self, key: SeriesKey) -> Series:
        return Series(self.root, key)

    def _read_bars(self, key: SeriesKey, start_ms: int | None, end_ms: int | None) -> Bars:
        columns, origin = self._series(key).read(start_ms, end_ms)
        columns = _frozen(columns)
        assert key.interval is not None
        return Bars(key.instrument, key.interval, **columns, origin=origin)

    def _mark_at(self, rates: FundingRates, interval: Interval) -> Bars | None:
        keys = self._mark_keys(rates.instrument)
        if not keys:
            return None
        key = _nearest_key(keys, interval)
        mark = self._read_bars(key, int(rates.time[0]), int(rates.time[-1]) + 1)
        at = np.flatnonzero(np.isin(mark.open_time, rates.time))
        if not len(at):
            return None
        columns = {name: getattr(mark, name)[at] for name in ("open_time", *COLUMNS)}
        return Bars(mark.instrument, mark.interval, **_frozen(columns), origin=mark.origin)

    def _mark_keys(self, instrument: Instrument) -> list[SeriesKey]:
        return [key for key in self.keys() if key.instrument == instrument and key.kind is SeriesKind.MARK]

    def _what_there_is(self, instrument: Instrument) -> str:
        held = [str(key) for key in self.keys() if key.instrument.symbol == instrument.symbol]
        return (
            f"of {instrument.symbol} it has {', '.join(held)}"
            if held
            else f"it has nothing of {instrument.symbol}"
        )


def _nearest_key(keys: list[SeriesKey], interval: Interval) -> SeriesKey:
    """The series of that interval, else the finest."""
    return min(keys, key=lambda key: (key.interval is not interval, key.step_ms))


def key_of(series: Bars | FundingRates, kind: SeriesKind = SeriesKind.BARS) -> SeriesKey:
    """Where a series belongs.

    Raises:
        InvalidInput: the kind does not hold bars.
    """
    if isinstance(series, FundingRates):
        return SeriesKey(series.instrument, SeriesKind.FUNDING, None)
    if kind not in _BAR_KINDS:
        raise InvalidInput(f"Bars are not of kind {kind}.", f"Kinds of bars: {', '.join(_BAR_KINDS)}.")
    return SeriesKey(series.instrument, kind, series.interval)


def columns_of(series: Bars | FundingRates) -> Columns:
    """The columns of a series, the time first."""
    if isinstance(series, FundingRates):
        return {"time": series.time, "rate": series.rate}
    return {name: getattr(series, name) for name in ("open_time", *COLUMNS)}


def _key_at(folder: Path) -> SeriesKey | None:
    """The key of a series' folder; None for a folder that is not ours."""
    *_, venue, category, symbol, name = folder.parts
    kind, _, interval = name.partition("-")
    try:
        return SeriesKey(
            Instrument(venue, Category(category), symbol),
            SeriesKind(kind),
            Interval(interval) if interval else None,
        )
    except (ValueError, EdgewrightError):
        return None


def _frozen(columns: Columns) -> Columns:
    for column in columns.values():
        column.flags.writeable = False
    return columns


def _window(start_ms: int | None, end_ms: int | None) -> str:
    start = "" if start_ms is None else f"from {format_instant(start_ms)} "
    end = "" if end_ms is None else f"until {format_instant(end_ms)}"
    return (start + end).strip() or "at all"
