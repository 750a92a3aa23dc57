"""The Bybit source against the stand-in: what it asks for, and what it makes of every answer."""

from __future__ import annotations

import socket

import pytest

from engine.errors import InvalidInput, NotFound, ProviderUnavailable
from engine.market.bars import Origin
from engine.market.coverage import SeriesKind
from engine.market.filters import Filters
from engine.market.instrument import Category, Instrument
from engine.market.interval import Interval
from engine.market.sources.bybit import SETTLE_MS, BybitSource
from engine.market.sources.bybit_http import endpoint_of
from tests.conformance.market.conftest import HOURS, SPOT, Scene
from tests.support.exchange.faults import PASSING, Fault
from tests.support.market import BTC, HOUR_MS, START_MS, same_bars

END_MS = START_MS + HOURS * HOUR_MS


def test_a_page_is_ascending_and_from_the_exchange(scene: Scene) -> None:
    page = scene.source.bars(BTC, Interval.H1, SeriesKind.BARS, START_MS, START_MS + 1000 * HOUR_MS)
    assert page is not None
    assert same_bars(page, scene.bars.rows(0, 1000))
    assert page.origin is Origin.EXCHANGE


def test_the_unfinished_bar_is_dropped_until_late_trades_are_in(scene: Scene) -> None:
    def last_open() -> int:
        page = scene.source.bars(BTC, Interval.H1, SeriesKind.BARS, END_MS - 10 * HOUR_MS, END_MS)
        assert page is not None
        return int(page.open_time[-1])

    assert last_open() == END_MS - 2 * HOUR_MS
    scene.exchange.clock.now_ms = END_MS + SETTLE_MS - 1
    assert last_open() == END_MS - 2 * HOUR_MS
    scene.exchange.clock.now_ms = END_MS + SETTLE_MS
    assert last_open() == END_MS - HOUR_MS


def test_mark_and_index_have_no_volume(scene: Scene) -> None:
    for kind in (SeriesKind.MARK, SeriesKind.INDEX):
        page = scene.source.bars(BTC, Interval.H1, kind, START_MS, START_MS + 10 * HOUR_MS)
        assert page is not None
        assert (page.close == scene.mark.close[:10]).all()
        assert not page.volume.any()


def test_before_the_listing_there_is_no_page(scene: Scene) -> None:
    assert scene.source.bars(BTC, Interval.H1, SeriesKind.BARS, START_MS - 5 * HOUR_MS, START_MS) is None


def test_a_window_longer_than_a_page_is_refused(scene: Scene) -> None:
    with pytest.raises(InvalidInput, match="1001 were asked for"):
        scene.source.bars(BTC, Interval.H1, SeriesKind.BARS, START_MS, START_MS + 1001 * HOUR_MS)


def test_funding_pages_backwards_through_a_window(scene: Scene) -> None:
    rates = scene.source.funding(BTC, START_MS, END_MS)
    assert rates is not None
    assert rates.time.tolist() == scene.funding.time.tolist()
    assert rates.rate.tolist() == scene.funding.rate.tolist()
    queries = scene.exchange.asked("funding/history")
    assert len(queries) == 2
    assert all("startTime" in query and "endTime" in query for query in queries)
    assert scene.source.funding(BTC, 0, START_MS) is None


def test_a_listing_has_the_steps_and_limits_of_orders(scene: Scene) -> None:
    listing = scene.source.listing(BTC)
    assert (listing.perpetual, listing.status, listing.funding_interval_min) == (True, "Trading", 480)
    assert listing.filters == Filters(0.1, 0.001, 0.001, 5.0, 1190.0, 500.0)
    assert listing.max_leverage == 100.0
    spot = scene.source.listing(SPOT)
    assert (spot.perpetual, spot.max_leverage) == (False, None)
    assert spot.filters == Filters(0.01, 0.000001, 0.0, 1.0, 71.73956243, 71.73956243)


def test_rules_are_the_filters_and_the_risk_tiers_of_today(scene: Scene) -> None:
    rules = scene.source.rules(BTC)
    assert rules.filters == scene.source.listing(BTC).filters
    assert [(tier.limit, tier.maintenance_rate, tier.max_leverage) for tier in rules.tiers] == [
        (2_000_000.0, 0.005, 100.0),
        (2_600_000.0, 0.0056, 90.0),
        (3_200_000.0, 0.0063, 80.0),
    ]
    assert (rules.fetched_ms, rules.source) == (scene.exchange.clock.now_ms, scene.exchange.url[7:])
    assert scene.source.rules(SPOT).tiers == ()


def test_all_listings_are_found_behind_cursors(scene: Scene) -> None:
    for number in range(1200):
        scene.exchange.book.list_perpetual(f"X{number}USDT")
    assert len(scene.source.listings(Category.LINEAR)) == 1201
    assert len(scene.exchange.asked("instruments-info")) == 2


def test_an_unknown_symbol_names_the_nearest(scene: Scene) -> None:
    with pytest.raises(NotFound, match=r"no linear symbol 'BTCUSTD'.*Nearest: BTCUSDT"):
        scene.source.listing(Instrument("bybit", Category.LINEAR, "BTCUSTD"))


def test_another_venue_is_not_asked_for(scene: Scene) -> None:
    with pytest.raises(InvalidInput, match="not on Bybit"):
        scene.source.listing(Instrument("binance", Category.SPOT, "BTCUSDT"))
    assert scene.exchange.log == []


@pytest.mark.parametrize("fault", [fault for fault in PASSING if fault is not Fault.TOO_SLOW])
def test_a_passing_fault_is_outlasted(scene: Scene, fault: Fault) -> None:
    scene.exchange.faults.plan(fault, fault, fault)
    assert scene.source.server_time_ms() == scene.exchange.clock.now_ms
    assert len(scene.naps) == 3


def test_a_slow_answer_is_asked_for_again(scene: Scene) -> None:
    with BybitSource(scene.exchange.url, timeout_s=0.2, sleep=scene.naps.append) as source:
        scene.exchange.faults.plan(Fault.TOO_SLOW)
        assert source.server_time_ms() == scene.exchange.clock.now_ms
    assert scene.naps == [0.5]


def test_the_wait_follows_the_reset_stamp_within_bounds(scene: Scene) -> None:
    scene.exchange.faults.plan(Fault.RATE_LIMITED, Fault.RATE_LIMITED_PAST_RESET)
    scene.source.server_time_ms()
    assert scene.naps == [0.7, 0.1]


def test_a_long_burst_of_rate_limits_is_waited_out(scene: Scene) -> None:
    scene.exchange.faults.plan(*[Fault.RATE_LIMITED] * 40)
    assert scene.source.server_time_ms() == scene.exchange.clock.now_ms


def test_tries_are_bounded(scene: Scene) -> None:
    scene.exchange.faults.plan(*[Fault.BAD_GATEWAY] * 20)
    with pytest.raises(ProviderUnavailable, match=r"did not answer: HTTP 502.*data import"):
        scene.source.server_time_ms()
    assert scene.exchange.faults.left == 15
    assert scene.naps == [0.5, 1.0, 2.0, 4.0]


def test_a_403_names_country_and_limit_and_the_ways_on(scene: Scene) -> None:
    scene.exchange.faults.plan(Fault.FORBIDDEN)
    with pytest.raises(ProviderUnavailable) as caught:
        scene.source.server_time_ms()
    for words in ("country", "600 requests", "EDGEWRIGHT_BYBIT_HOST", "api.bytick.com", "data import"):
        assert words in str(caught.value)
    assert scene.naps == []


def test_nobody_there_is_said_plainly() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{reserved.getsockname()[1]}"
        with BybitSource(host, sleep=lambda _: None) as source:
            with pytest.raises(ProviderUnavailable, match="did not answer: ConnectionError"):
                source.server_time_ms()
            assert not source.reachable()


def test_reachable_asks_once_and_gives_up_in_time(scene: Scene) -> None:
    assert scene.source.reachable()
    for fault in (Fault.FORBIDDEN, Fault.BAD_GATEWAY, Fault.NOT_AN_ENVELOPE):
        scene.exchange.faults.plan(fault)
        assert not scene.source.reachable()
    scene.exchange.faults.plan(Fault.TOO_SLOW)
    assert not scene.source.reachable(timeout_s=0.2)
    assert len(scene.exchange.log) == 5
    assert scene.naps == []


@pytest.mark.parametrize(
    ("host", "endpoint"),
    [
        ("api.bytick.com", "https://api.bytick.com"),
        ("https://api.bybit.nl/", "https://api.bybit.nl"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://[::1]:1", "http://[::1]:1"),
    ],
)
def test_hosts_are_reached_over_tls(host: str, endpoint: str) -> None:
    assert endpoint_of(host) == endpoint


@pytest.mark.parametrize(
    "host",
    [
        "http://api.bybit.com",
        "http://127.0.0.1.example.com",
        "",
        "ftp://api.bybit.com",
        "api.bybit.com/v5",
        "api.bybit.com:x",
        "me:secret@api.bybit.com",
        "api-testnet.bybit.com",
    ],
)
def test_other_hosts_are_refused(host: str) -> None:
    with pytest.raises(InvalidInput):
        endpoint_of(host)


def test_bars_that_cannot_be_are_bybits_fault(scene: Scene) -> None:
    rows = scene.exchange.book.klines["linear", "BTCUSDT", "kline", Interval.H1]
    rows[3] = (*rows[3][:2], rows[3][3] / 2, *rows[3][3:])
    with pytest.raises(ProviderUnavailable, match="that cannot be: Row 3"):
        scene.source.bars(BTC, Interval.H1, SeriesKind.BARS, START_MS, START_MS + 10 * HOUR_MS)
    rows[3] = (rows[3][0], float("nan"), *rows[3][2:])
    with pytest.raises(ProviderUnavailable, match="no number in open"):
        scene.source.bars(BTC, Interval.H1, SeriesKind.BARS, START_MS, START_MS + 10 * HOUR_MS)
