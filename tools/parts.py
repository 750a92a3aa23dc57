"""Argument and answer parts that several toolsets share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from engine.market.instrument import Category, Instrument, parse_category
from engine.market.interval import Interval, parse_instant, parse_interval
from tools.registry import Request

if TYPE_CHECKING:
    from tools.core import Core

Symbol = Annotated[
    str, Field(description="Symbol such as BTCUSDT, or the full name venue:category:symbol.", max_length=80)
]
IntervalName = Annotated[
    str, Field(description="Bar length: 1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 1w.", max_length=8)
]
StrategyId = Annotated[
    str | None, Field(description="Id of a saved strategy, or library:NAME of a ready one.", max_length=80)
]
Code = Annotated[
    str | None,
    Field(description="Text of one Python module; get_strategy_contract says its shape.", max_length=200_000),
]
Start = Annotated[str | None, Field(description="First bar's open, ISO 8601, UTC, inclusive.", max_length=40)]
End = Annotated[str | None, Field(description="End of the window, ISO 8601, UTC, exclusive.", max_length=40)]


class Market(Request):
    """An instrument as users name it."""

    symbol: Symbol
    venue: Annotated[str | None, Field(description="Needed when several venues match.", max_length=32)] = None
    category: Annotated[str | None, Field(description="spot, linear or inverse.", max_length=16)] = None


class Series(Market):
    """A series of bars as users name it."""

    interval: IntervalName


def resolved(core: Core, market: Market, interval: Interval | None = None) -> Instrument:
    """The one instrument in the lake that `market` names.

    Raises:
        NotFound, InvalidInput: none or several match; the text lists what exists.
    """
    category: Category | None = parse_category(market.category) if market.category else None
    return core.lake.resolve(market.symbol, interval=interval, venue=market.venue, category=category)


def interval_of(series: Series) -> Interval:
    """The series' interval."""
    return parse_interval(series.interval)


def instant_or_none(text: str | None, name: str) -> int | None:
    """UTC ms of an optional ISO date."""
    return None if text is None else parse_instant(text, name)
