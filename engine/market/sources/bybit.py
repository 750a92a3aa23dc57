"""Bybit V5 as a source of market data: instruments, klines (last, mark, index), funding. Public, no keys."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from difflib import get_close_matches
from threading import Thread
from typing import Any, TypeVar, cast

import numpy as np

from engine.ambient import Ambient
from engine.errors import InvalidInput, NotFound, ProviderUnavailable
from engine.market.bars import COLUMNS, Bars, FundingRates, Origin
from engine.market.coverage import SeriesKind
from engine.market.instrument import Category, Instrument
from engine.market.interval import Interval
from engine.market.sources.bybit_http import DEFAULT_HOST, BybitHttp, Refused
from engine.market.sources.bybit_instruments import risk_tiers_of
from engine.market.sources.bybit_listing import VENUE, Listing, listing_of
from engine.market.trading_rules import TradingRules

PAGE_BARS = 1000
PAGE_FUNDING = 200
SETTLE_MS = 5_000
_INSTRUMENTS_PER_PAGE = 1000
_BAD_PARAMETER = 10001

_CODES = {
    Interval.M1: "1",
    Interval.M3: "3",
    Interval.M5: "5",
    Interval.M15: "15",
    Interval.M30: "30",
    Interval.H1: "60",
    Interval.H2: "120",
    Interval.H4: "240",
    Interval.H6: "360",
    Interval.H12: "720",
    Interval.D1: "D",
    Interval.W1: "W",
}
_METHODS = {
    SeriesKind.BARS: "get_kline",
    SeriesKind.MARK: "get_mark_price_kline",
    SeriesKind.INDEX: "get_index_price_kline",
}


_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class _Page:
    rows: list[Any]
    cursor: str | None
    server_ms: int


class BybitSource:
    """Bybit's public market data over one host; blocking, for one thread. Use as a context, or close it.

    Args:
        host: e.g. api.bybit.com or a regional host; http only for loopback.
        sleep: waits between tries, seconds.
    """

    def __init__(
        self,
        host: str = DEFAULT_HOST,
        *,
        timeout_s: float = 10.0,
        ambient: Ambient | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = BybitHttp(host, timeout_s=timeout_s, ambient=ambient, sleep=sleep)

    def __enter__(self) -> BybitSource:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def reachable(self, timeout_s: float = 3.0) -> bool:
        """Whether the host answers within `timeout_s`, name look-up included; one try, no error."""
        answers: list[bool] = []
        asker = Thread(target=_ask_time, args=(self._http.endpoint, timeout_s, answers), daemon=True)
        asker.start()
        asker.join(timeout_s)
        return answers == [True]

    def server_time_ms(self) -> int:
        """The exchange's clock, UTC ms."""
        return self._http.get("get_server_time")[1]

    def listing(self, instrument: Instrument) -> Listing:
        """What the exchange says of one instrument.

        Raises:
            NotFound: it lists no such symbol; the message holds the nearest.
            ProviderUnavailable: as every method here.
        """
        _check_venue(instrument)
        try:
            entries = self._page(
                "get_instruments_info", category=instrument.category.value, symbol=instrument.symbol
            ).rows
        except Refused as error:
            if error.code != _BAD_PARAMETER:
                raise ProviderUnavailable(error.message) from error
            entries = []
        if not entries:
            raise self._unknown(instrument)
        return _read(lambda entry: listing_of(entry, instrument.category), entries[0])

    def pays_funding(self, instrument: Instrument) -> bool:
        """Whether it is a perpetual.

        Raises:
            NotFound: as `listing`.
        """
        return self.listing(instrument).perpetual

    def rules(self, instrument: Instrument) -> TradingRules:
        """What it accepts of orders today, and the risk tiers of a linear contract.

        Raises:
            NotFound: as `listing`.
        """
        filters = self.listing(instrument).filters
        if instrument.category is not Category.LINEAR:
            return TradingRules(instrument, filters, (), self.server_time_ms(), self._http.host)
        page = self._ask("get_risk_limit", category=instrument.category.value, symbol=instrument.symbol)
        tiers = _read(risk_tiers_of, page.rows)
        return TradingRules(instrument, filters, tiers, page.server_ms, self._http.host)

    def listings(self, category: Category) -> tuple[Listing, ...]:
        """All instruments of a category."""
        found: list[Listing] = []
        query: dict[str, str | int] = {"category": category.value, "limit": _INSTRUMENTS_PER_PAGE}
        while True:
            page = self._ask("get_instruments_info", **query)
            found.extend(_read(lambda entry: listing_of(entry, category), entry) for entry in page.rows)
            if not page.cursor or not page.rows:
                return tuple(found)
            query["cursor"] = page.cursor

    def bars(
        self, instrument: Instrument, interval: Interval, kind: SeriesKind, start_ms: int, end_ms: int
    ) -> Bars | None:
        """Closed bars with open times in [start_ms, end_ms), at most 1000 of them; None when there is none.

        A bar counts as closed 5 s after its end by the exchange's clock, when late trades are in it.

        Raises:
            InvalidInput: the window is longer than a page.
        """
        _check_venue(instrument)
        step = interval.milliseconds
        if (end_ms - start_ms) > PAGE_BARS * step:
            raise InvalidInput(
                f"A page holds {PAGE_BARS} bars; {(end_ms - start_ms) // step} were asked for."
            )
        page = self._ask(
            _METHODS[kind],
            category=instrument.category.value,
            symbol=instrument.symbol,
            interval=_CODES[interval],
            start=start_ms,
            end=end_ms - 1,
            limit=PAGE_BARS,
        )
        last_open = min(end_ms - 1, page.server_ms - SETTLE_MS - step)
        rows = [row for row in map(_numbers, reversed(page.rows)) if start_ms <= row[0] <= last_open]
        return _bars(instrument, interval, kind, rows) if rows else None

    def first_bar_ms(self, instrument: Instrument, kind: SeriesKind, end_ms: int) -> int | None:
        """A time at most a week before the first bar, from the weekly bars; None when there is none."""
        week = Interval.W1.milliseconds
        page = self._ask(
            _METHODS[kind],
            category=instrument.category.value,
            symbol=instrument.symbol,
            interval=_CODES[Interval.W1],
            start=max(0, end_ms - (PAGE_BARS - 1) * week),
            end=end_ms,
            limit=PAGE_BARS,
        )
        return min((int(_numbers(row)[0]) for row in page.rows), default=None)

    def funding(self, instrument: Instrument, start_ms: int, end_ms: int) -> FundingRates | None:
        """All settlements with stamps in [start_ms, end_ms); None when there is none."""
        _check_venue(instrument)
        rates: dict[int, float] = {}
        until = end_ms - 1
        while until >= start_ms:
            page = self._ask(
                "get_funding_rate_history",
                category=instrument.category.value,
                symbol=instrument.symbol,
                startTime=start_ms,
                endTime=until,
                limit=PAGE_FUNDING,
            )
            settled = dict(_read(_settlement, row) for row in page.rows)
            rates.update(settled)
            if len(settled) < PAGE_FUNDING:
                break
            until = min(settled) - 1
        stamps = sorted(stamp for stamp in rates if start_ms <= stamp < end_ms)
        if not stamps:
            return None
        return FundingRates.checked(instrument, stamps, [rates[stamp] for stamp in stamps], Origin.EXCHANGE)

    def _ask(self, method: str, **query: str | int) -> _Page:
        try:
            return self._page(method, **query)
        except Refused as error:
            raise ProviderUnavailable(f"{error.message[:-1]} (asked {method} {query}).") from error

    def _page(self, method: str, **query: str | int) -> _Page:
        result, server_ms = self._http.get(method, **query)
        rows = result.get("list")
        if not isinstance(rows, list):
            raise ProviderUnavailable(f"Bybit answered {method} without a list.")
        return _Page(cast("list[Any]", rows), result.get("nextPageCursor"), server_ms)

    def _unknown(self, instrument: Instrument) -> NotFound:
        names = [listing.instrument.symbol for listing in self.listings(instrument.category)]
        near = get_close_matches(instrument.symbol, names, n=5, cutoff=0.6)
        hint = f"Nearest: {', '.join(near)}." if near else "Names are like BTCUSDT, without separators."
        return NotFound(f"Bybit lists no {instrument.category} symbol {instrument.symbol!r}.", hint)


def _ask_time(endpoint: str, timeout_s: float, answers: list[bool]) -> None:
    with closing(BybitHttp(endpoint, timeout_s=timeout_s)) as http:
        answers.append(http.answers())


def _check_venue(instrument: Instrument) -> None:
    if instrument.venue != VENUE:
        raise InvalidInput(
            f"{instrument} is not on Bybit.",
            "Only bybit is reached over the network; import files for others.",
        )


def _read(convert: Callable[[Any], _Value], row: Any) -> _Value:
    """A row of a reply, converted; what cannot be is Bybit's fault, and said so."""
    try:
        return convert(row)
    except (KeyError, IndexError, TypeError, ValueError, InvalidInput) as error:
        raise ProviderUnavailable(f"Bybit sent a row that cannot be read: {str(row)[:200]}.") from error


def _numbers(row: Any) -> list[float]:
    return _read(lambda row: [float(text) for text in row], row)


def _settlement(row: Any) -> tuple[int, float]:
    return int(row["fundingRateTimestamp"]), float(row["fundingRate"])


def _bars(instrument: Instrument, interval: Interval, kind: SeriesKind, rows: list[list[float]]) -> Bars:
    """Bars of rows [start, open, high, low, close, volume, turnover]; mark and index have no volume."""
    width = len(COLUMNS) + (1 if kind is SeriesKind.BARS else 0)
    table = _read(lambda rows: np.array([row[:width] for row in rows]).reshape(len(rows), width), rows)
    columns = {name: table[:, at] for at, name in enumerate(("open_time", *COLUMNS)) if at < width}
    columns.setdefault("volume", np.zeros(len(rows)))
    try:
        return Bars.checked(instrument, interval, columns, Origin.EXCHANGE)
    except InvalidInput as error:
        raise ProviderUnavailable(
            f"Bybit sent {kind} of {instrument} that cannot be: {error.message}"
        ) from error
