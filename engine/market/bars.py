"""Bars, funding and mark prices as validated numpy columns. The lake stores them, the kernel reads them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInput
from engine.market.instrument import Instrument
from engine.market.interval import Interval, format_instant

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Times = NDArray[np.int64]

PRICE_COLUMNS = ("open", "high", "low", "close")
COLUMNS = (*PRICE_COLUMNS, "volume")
_END_OF_TIME_MS = 4_102_444_800_000  # 2100-01-01


class Origin(StrEnum):
    """Where numbers come from. `synthetic` is said loudly in every result."""

    EXCHANGE = "exchange"
    FILE = "file"
    SYNTHETIC = "synthetic"


@dataclass(frozen=True, slots=True)
class Gap:
    """Bars that are absent between two that are there: first missing open time, and how many."""

    start_ms: int
    missing: int


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Validated bars of one instrument and interval, ascending; make them with `Bars.checked`.

    Attributes:
        open_time: int64[n], UTC ms of each bar's open.
        open, high, low, close: float64[n], quote currency.
        volume: float64[n], base currency (zeros for mark and index prices).
        origin: exchange, file or synthetic.
    """

    instrument: Instrument
    interval: Interval
    open_time: Times
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    origin: Origin

    @classmethod
    def checked(
        cls,
        instrument: Instrument,
        interval: Interval,
        columns: Mapping[str, Any],
        origin: Origin,
        *,
        first_row: int = 0,
    ) -> Bars:
        """Bars from columns `open_time, open, high, low, close, volume`, copied and checked once, here.

        Args:
            first_row: number of the first row, for messages about a part of something longer.

        Raises:
            InvalidInput: names the first row (counted from `first_row`) that is wrong, and what is wrong.
        """
        missing = [name for name in ("open_time", *COLUMNS) if name not in columns]
        if missing:
            raise InvalidInput(
                f"Bars lack {', '.join(missing)}.", f"They need open_time, {', '.join(COLUMNS)}."
            )
        times = _times(columns["open_time"], "open_time", first_row)
        values = {name: _floats(columns[name], name, len(times)) for name in COLUMNS}
        _check_times(times, interval, first_row)
        _check_prices(times, values, first_row)
        for column in (times, *values.values()):
            column.flags.writeable = False
        return cls(instrument, interval, times, **values, origin=origin)

    def __len__(self) -> int:
        return len(self.open_time)

    @property
    def start_ms(self) -> int:
        """Open time of the first bar, UTC ms."""
        return int(self.open_time[0])

    @property
    def end_ms(self) -> int:
        """Close time of the last bar, UTC ms (exclusive end of the series)."""
        return int(self.open_time[-1]) + self.interval.milliseconds

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Places where bars are missing."""
        step = self.interval.milliseconds
        if not len(self) or int(self.open_time[-1] - self.open_time[0]) == (len(self) - 1) * step:
            return ()
        jumps = np.flatnonzero(np.diff(self.open_time) != step)
        return tuple(
            Gap(int(self.open_time[i]) + step, int((self.open_time[i + 1] - self.open_time[i]) // step) - 1)
            for i in jumps
        )

    def rows(self, first: int, stop: int) -> Bars:
        """The bars at positions first..stop-1, as views."""
        cut = slice(first, stop)
        return replace(
            self,
            open_time=self.open_time[cut],
            **{name: getattr(self, name)[cut] for name in COLUMNS},
        )

    def between(self, start_ms: int | None, end_ms: int | None) -> Bars:
        """Bars whose open time is in [start_ms, end_ms); None leaves that side open."""
        first = 0 if start_ms is None else int(np.searchsorted(self.open_time, start_ms, "left"))
        stop = len(self) if end_ms is None else int(np.searchsorted(self.open_time, end_ms, "left"))
        return self.rows(first, max(first, stop))

    def at(self, open_times: Times) -> Bars:
        """Those of the bars that open at one of these times."""
        at = np.flatnonzero(np.isin(self.open_time, open_times))
        columns = {name: getattr(self, name)[at] for name in COLUMNS}
        return replace(self, open_time=self.open_time[at], **columns)

    def closed_by(self, end_ms: int) -> Bars:
        """Bars that have closed at or before `end_ms`."""
        return self.between(None, end_ms - self.interval.milliseconds + 1)

    def frame(self) -> pd.DataFrame:
        """A fresh DataFrame as the strategy contract says: OHLCV, UTC `datetime64[ns]` index open_time."""
        import pandas as pd

        index = pd.DatetimeIndex(self.open_time.astype("M8[ms]").astype("M8[ns]"), tz="UTC", name="open_time")
        return pd.DataFrame({name: getattr(self, name) for name in COLUMNS}, index=index, copy=True)

    def column_bytes(self) -> Iterable[bytes]:
        """Little-endian bytes of each column, the input of every data hash."""
        yield self.open_time.astype("<i8").tobytes()
        for name in COLUMNS:
            yield getattr(self, name).astype("<f8").tobytes()


@dataclass(frozen=True, slots=True, eq=False)
class FundingRates:
    """Funding settlements of a perpetual, ascending.

    Attributes:
        time: int64[n], UTC ms of each settlement stamp.
        rate: float64[n], fraction of notional; positive means longs pay shorts.
    """

    instrument: Instrument
    time: Times
    rate: Floats
    origin: Origin

    @classmethod
    def checked(cls, instrument: Instrument, time: Any, rate: Any, origin: Origin) -> FundingRates:
        """Funding rates from two columns.

        Raises:
            InvalidInput: unsorted, duplicated, NaN, or a rate beyond 100%.
        """
        times = _times(time, "time", 0)
        rates = _floats(rate, "rate", len(times))
        _check_ascending(times, "funding stamps", 0)
        bad = np.flatnonzero(~(np.abs(rates) < 1.0))
        if len(bad):
            row = int(bad[0])
            raise InvalidInput(
                f"Funding row {row} ({format_instant(int(times[row]))}) has rate {rates[row]}.",
                "A rate is a fraction per settlement, e.g. 0.0001.",
            )
        times.flags.writeable = False
        rates.flags.writeable = False
        return cls(instrument, times, rates, origin)

    def __len__(self) -> int:
        return len(self.time)

    def between(self, start_ms: int | None, end_ms: int | None) -> FundingRates:
        """Settlements with stamps in [start_ms, end_ms); None leaves that side open."""
        first = 0 if start_ms is None else int(np.searchsorted(self.time, start_ms, "left"))
        stop = len(self) if end_ms is None else int(np.searchsorted(self.time, end_ms, "left"))
        stop = max(first, stop)
        return replace(self, time=self.time[first:stop], rate=self.rate[first:stop])


@dataclass(frozen=True, slots=True, eq=False)
class MarketData:
    """What one run sees: bars, and for a perpetual the funding and the mark prices at its stamps.

    Attributes:
        funding: None when the lake has none (a result then carries a warning).
        mark: mark-price bars; None means the bar's own open stands in.
    """

    bars: Bars
    funding: FundingRates | None = None
    mark: Bars | None = None

    @property
    def synthetic(self) -> bool:
        """True when any part of it was made up."""
        parts = (self.bars, self.funding, self.mark)
        return any(part is not None and part.origin is Origin.SYNTHETIC for part in parts)

    def used(self, *, margin: bool = False) -> MarketData:
        """The same, cut to the rows a run over these bars reads.

        Funding counts after the first open and up to the last; of the mark only bars at those stamps, and
        under a margin all that open in the window, since they decide liquidation.
        """
        bars, funding, mark = self.bars, self.funding, self.mark
        if not len(bars):
            return MarketData(bars)
        if funding is not None:
            funding = funding.between(bars.start_ms + 1, int(bars.open_time[-1]) + 1)
        if mark is not None and margin:
            mark = mark.between(bars.start_ms, bars.end_ms)
        elif mark is not None:
            mark = None if funding is None else mark.at(funding.time)
        return MarketData(bars, funding, mark)

    def content_hash(self, *, margin: bool = False) -> str:
        """SHA-256 (hex) over the column bytes of exactly the bars, funding and mark rows used."""
        used = self.used(margin=margin)
        digest = hashlib.sha256()
        for part in (used.bars, used.mark):
            digest.update(b"bars" if part is not None else b"none")
            for chunk in part.column_bytes() if part is not None else ():
                digest.update(chunk)
        if used.funding is not None:
            digest.update(b"funding")
            digest.update(used.funding.time.astype("<i8").tobytes())
            digest.update(used.funding.rate.astype("<f8").tobytes())
        return digest.hexdigest()


def _times(values: Any, name: str, first_row: int) -> Times:
    """A copy as int64 UTC ms; whole numbers only, between 1970 and 2100."""
    try:
        given = np.asarray(values)
        times = np.array(given, dtype=np.int64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"Column {name} holds no times: {error}.", "Times are UTC milliseconds."
        ) from error
    wrong = np.flatnonzero((times < 0) | (times >= _END_OF_TIME_MS) | (given != times))
    if times.ndim != 1 or len(wrong):
        shown = f"Row {int(wrong[0]) + first_row} of {name} is {given[wrong[0]]}" if times.ndim == 1 else name
        raise InvalidInput(f"{shown}: not a time.", "Times are whole UTC milliseconds between 1970 and 2100.")
    return times


def _floats(values: Any, name: str, rows: int) -> Floats:
    """A copy as float64; -0.0 becomes 0.0, so that equal columns have equal bytes."""
    try:
        column = np.array(values, dtype=np.float64) + 0.0
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"Column {name} holds something that is no number: {error}.") from error
    if column.shape != (rows,):
        raise InvalidInput(f"Column {name} has {column.size} rows, the times have {rows}.")
    return column


def _check_ascending(times: Times, what: str, first_row: int) -> None:
    steps = np.diff(times)
    wrong = np.flatnonzero(steps <= 0)
    if len(wrong):
        row = int(wrong[0]) + 1
        stamp = format_instant(int(times[row]))
        if steps[row - 1] == 0:
            raise InvalidInput(
                f"Row {row + first_row} repeats {stamp} ({np.count_nonzero(steps == 0)} duplicated {what}).",
                "Keep one row per time.",
            )
        before = format_instant(int(times[row - 1]))
        raise InvalidInput(
            f"Row {row + first_row} ({stamp}) comes after {before}: rows are unsorted.", "Sort by time."
        )


def _check_times(times: Times, interval: Interval, first_row: int) -> None:
    _check_ascending(times, "rows", first_row)
    off = np.flatnonzero((times - interval.anchor_ms) % interval.milliseconds)
    if len(off):
        row = int(off[0])
        raise InvalidInput(
            f"Row {row + first_row} opens at {format_instant(int(times[row]))}; no {interval} bar does.",
            "Give the interval of the file; times are the bar's open in UTC.",
        )


def _check_prices(times: Times, values: dict[str, Floats], first_row: int) -> None:
    def refuse(mask: NDArray[np.bool_], text: str, hint: str) -> None:
        bad = np.flatnonzero(mask)
        if len(bad):
            row = int(bad[0])
            stamp = format_instant(int(times[row]))
            shown = ", ".join(f"{name} {values[name][row]:.10g}" for name in COLUMNS)
            raise InvalidInput(
                f"Row {row + first_row} ({stamp}) {text}: {shown} ({len(bad)} such rows).", hint
            )

    for name, column in values.items():
        refuse(~np.isfinite(column), f"has no number in {name}", "Drop or mend rows with NaN or infinity.")
        if name != "volume":
            refuse(column <= 0, f"has a {name} that is not positive", "Prices are above 0.")
    refuse(values["volume"] < 0, "has a negative volume", "Volume is 0 or more.")
    top = np.maximum(values["open"], values["close"])
    bottom = np.minimum(values["open"], values["close"])
    refuse(values["high"] < top, "has a high below its open or close", "Mend the row.")
    refuse(values["low"] > bottom, "has a low above its open or close", "Mend the row.")
