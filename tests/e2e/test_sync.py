"""Fetching from the exchange at the command line: faults, interruptions, and what the user is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.exchange.clock import VirtualClock
from tests.support.exchange.faults import Fault
from tests.support.exchange.server import Exchange
from tests.support.market import START_MS, made_bars, made_funding
from tests.support.terminal import Done, edgewright

HOUR_MS = 3_600_000
HOURS = 1_500


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    with Exchange(VirtualClock(START_MS + HOURS * HOUR_MS)) as running:
        running.book.list_perpetual("BTCUSDT")
        for kind in ("kline", "mark-price-kline"):
            running.book.add_bars(made_bars(HOURS), kind)
        running.book.add_funding(made_funding(HOURS // 8))
        yield running


def sync(home: Path, exchange: Exchange, *more: str) -> Done:
    arguments = ("data", "sync", "BTCUSDT", "1h", "--start", "2020-01-01", *more)
    return edgewright(home, *arguments, EDGEWRIGHT_BYBIT_HOST=exchange.url)


def test_funding_and_mark_prices_come_along_for_a_perpetual(tmp_path: Path, exchange: Exchange) -> None:
    done = sync(tmp_path, exchange, "--json")
    assert done.code == 0, done.err
    assert {entry["kind"] for entry in done.json["series"]} == {"bars", "mark", "funding"}
    assert done.json["rules"]["filters"]["tick"] == 0.1
    assert done.json["rules"]["risk_tiers"] == 3
    ran = edgewright(
        tmp_path, "backtest", "library:sma_cross", "--symbol", "BTCUSDT", "--interval", "1h", "--json"
    )
    assert ran.code == 0, ran.err
    assert ran.json["data"]["source"] == "exchange"
    assert ran.json["data"]["funding_rows"] > 100
    assert not any("unding" in warning for warning in ran.json["warnings"])


def test_a_second_sync_fetches_nothing_that_is_there(tmp_path: Path, exchange: Exchange) -> None:
    first = {entry["kind"]: entry["bars"] for entry in sync(tmp_path, exchange, "--json").json["series"]}
    again = sync(tmp_path, exchange, "--json").json["series"]
    assert all(entry["added"] == 0 for entry in again)
    assert {entry["kind"]: entry["bars"] for entry in again} == first


def test_a_403_is_named_as_country_or_ip_limit_with_the_ways_on(tmp_path: Path, exchange: Exchange) -> None:
    exchange.faults.plan(*[Fault.FORBIDDEN] * 10)
    done = sync(tmp_path, exchange)
    assert done.code == 1
    assert "Traceback" not in done.err
    for part in ("403", "country", "EDGEWRIGHT_BYBIT_HOST", "data import"):
        assert part in done.err, done.err


def test_an_unknown_symbol_names_the_nearest(tmp_path: Path, exchange: Exchange) -> None:
    done = edgewright(
        tmp_path, "data", "sync", "BTCUSD", "1h", "--start", "2020-01-01", EDGEWRIGHT_BYBIT_HOST=exchange.url
    )
    assert done.code == 1
    assert "BTCUSDT" in done.err


def test_the_demo_uses_the_exchange_when_it_answers(tmp_path: Path, exchange: Exchange) -> None:
    done = edgewright(tmp_path, "demo", "--json", EDGEWRIGHT_BYBIT_HOST=exchange.url)
    assert done.code == 0, done.err
    assert "Bybit's public API" in done.json["data"]
    assert done.json["run"]["data"]["source"] == "exchange"
