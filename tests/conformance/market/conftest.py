"""An exchange stand-in with two weeks of a perpetual and a spot pair, and a source that talks to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from engine.ambient import Ambient
from engine.market.bars import Bars, FundingRates
from engine.market.instrument import Category, Instrument
from engine.market.sources.bybit import BybitSource
from tests.support.exchange.clock import VirtualClock
from tests.support.exchange.server import Exchange
from tests.support.market import BTC, HOUR_MS, START_MS, made_bars, made_funding

SPOT = Instrument("bybit", Category.SPOT, "BTCUSDT")
HOURS = 2500
_BARS, _MARK = made_bars(HOURS), made_bars(HOURS, seed=2)
_SPOT_BARS = made_bars(HOURS, seed=3, instrument=SPOT)
_FUNDING = made_funding(HOURS // 8)


@dataclass
class Scene:
    """A running exchange, a source for it, what the exchange holds, and the naps that the source took."""

    exchange: Exchange
    source: BybitSource
    bars: Bars
    mark: Bars
    funding: FundingRates
    naps: list[float] = field(default_factory=list)


@pytest.fixture
def scene() -> Iterator[Scene]:
    """2,500 hours are in the books; the clock stands half an hour into the last of them."""
    clock = VirtualClock(START_MS + HOURS * HOUR_MS - HOUR_MS // 2)
    with Exchange(clock) as exchange:
        book = exchange.book
        book.list_perpetual("BTCUSDT")
        book.list_spot("BTCUSDT")
        book.add_bars(_BARS)
        book.add_bars(_SPOT_BARS)
        book.add_bars(_MARK, "mark-price-kline")
        book.add_bars(_MARK, "index-price-kline")
        book.add_funding(_FUNDING)
        naps: list[float] = []
        ambient = Ambient(now_ms=lambda: clock.now_ms)
        with BybitSource(exchange.url, timeout_s=5.0, ambient=ambient, sleep=naps.append) as source:
            yield Scene(exchange, source, _BARS, _MARK, _FUNDING, naps)


__all__ = ["BTC", "HOURS", "SPOT", "Scene", "scene"]
