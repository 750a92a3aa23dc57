"""A sync asks for what is missing, survives every fault, and an interruption only leaves it further along."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import Conflict, InvalidInput, NotFound, ProviderUnavailable
from engine.market.bars import Bars, Origin
from engine.market.coverage import SeriesKind
from engine.market.instrument import Category, Instrument
from engine.market.interval import Interval
from engine.market.lake import Lake, columns_of
from engine.market.sources.sync import SyncProgress, SyncReport, funding_windows, missing_ranges, pages, sync
from tests.conformance.market.conftest import HOURS, SPOT, Scene
from tests.support.exchange.book import RISK_TIERS
from tests.support.exchange.faults import PASSING, Fault
from tests.support.market import BTC, HOUR_MS, START_MS, same_bars

END_MS = START_MS + HOURS * HOUR_MS


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def fetch(scene: Scene, lake: Lake, **changes: int) -> SyncReport:
    arguments = {"start_ms": START_MS, "end_ms": END_MS, **changes}
    return sync(lake, scene.source, BTC, Interval.H1, **arguments)


def contents(lake: Lake) -> list[tuple[str, str]]:
    return [(f"{one.instrument} {one.kind} {one.interval}", one.content_hash) for one in lake.coverage()]


def test_bars_mark_and_funding_come_along(scene: Scene, lake: Lake) -> None:
    report = fetch(scene, lake)
    assert [(one.kind, one.added, one.known, one.gaps) for one in report.series] == [
        (SeriesKind.BARS, HOURS - 1, 0, ()),
        (SeriesKind.MARK, HOURS - 1, 0, ()),
        (SeriesKind.FUNDING, HOURS // 8, 0, ()),
    ]
    assert same_bars(lake.bars(BTC, Interval.H1), scene.bars.rows(0, HOURS - 1))
    data = lake.market_data(BTC, Interval.H1)
    assert data.funding is not None
    assert data.mark is not None
    assert len(data.mark) == len(data.funding) == HOURS // 8
    assert data.bars.origin is Origin.EXCHANGE


def test_filters_and_risk_tiers_are_kept_as_they_are_today(scene: Scene, lake: Lake) -> None:
    assert lake.rules(BTC) is None
    first = fetch(scene, lake).rules
    assert lake.rules(BTC) == first
    assert len(first.tiers) == len(RISK_TIERS)
    scene.exchange.book.instruments["linear"][0]["priceFilter"]["tickSize"] = "0.50"
    scene.exchange.clock.advance(HOUR_MS)
    fetch(scene, lake)
    kept = lake.rules(BTC)
    assert kept is not None
    assert (kept.filters.tick, kept.fetched_ms) == (0.5, first.fetched_ms + HOUR_MS)


def test_a_spot_pair_has_bars_only(scene: Scene, lake: Lake) -> None:
    report = sync(lake, scene.source, SPOT, Interval.H1, start_ms=START_MS)
    assert [one.kind for one in report.series] == [SeriesKind.BARS]


def test_a_start_before_the_listing_costs_no_empty_pages(scene: Scene, lake: Lake) -> None:
    fetch(scene, lake, start_ms=0)
    hourly = [query for query in scene.exchange.asked("/kline") if query["interval"] == "60"]
    assert len(hourly) == 3
    assert len(scene.exchange.asked("funding/history")) == 2


def test_the_same_again_asks_for_no_bar_that_is_there(scene: Scene, lake: Lake) -> None:
    fetch(scene, lake)
    before = contents(lake)
    scene.exchange.log.clear()
    report = fetch(scene, lake)
    assert [(one.added, one.known) for one in report.series] == [(0, 0)] * 3
    assert all(int(query["start"]) >= END_MS - HOUR_MS for query in scene.exchange.asked("kline"))
    assert contents(lake) == before


def test_later_bars_are_added(scene: Scene, lake: Lake) -> None:
    scene.exchange.clock.now_ms = START_MS + 1000 * HOUR_MS
    fetch(scene, lake)
    scene.exchange.clock.now_ms = END_MS
    scene.exchange.log.clear()
    report = fetch(scene, lake)
    assert report.series[0].total == HOURS - 1
    assert min(int(query["start"]) for query in scene.exchange.asked("/kline")) == START_MS + 999 * HOUR_MS


def test_an_earlier_start_fills_backwards(scene: Scene, lake: Lake) -> None:
    fetch(scene, lake, start_ms=START_MS + 1500 * HOUR_MS)
    assert lake.coverage()[0].start_ms == START_MS + 1500 * HOUR_MS
    scene.exchange.log.clear()
    report = fetch(scene, lake)
    assert report.series[0].added == 1500
    assert same_bars(lake.bars(BTC, Interval.H1), scene.bars.rows(0, HOURS - 1))
    funding = lake.funding(BTC)
    assert funding is not None
    assert funding.time.tolist() == scene.funding.time.tolist()


def test_holes_are_asked_for_and_small_ones_share_a_page(scene: Scene, lake: Lake) -> None:
    kept = [row for row in range(HOURS - 1) if row not in (5, 6, 7, 40, 2000)]
    columns = {name: column[kept] for name, column in columns_of(scene.bars).items()}
    lake.append(Bars.checked(BTC, Interval.H1, columns, Origin.FILE))
    report = fetch(scene, lake)
    assert (report.series[0].added, report.series[0].gaps) == (5, ())
    hourly = [query for query in scene.exchange.asked("/kline") if query["interval"] == "60"]
    assert [(int(q["end"]) + 1 - int(q["start"])) // HOUR_MS for q in hourly] == [36, 499]


def test_bars_of_a_file_must_agree_with_the_exchange(scene: Scene, lake: Lake) -> None:
    columns = {name: column[:8].copy() for name, column in columns_of(scene.bars).items()}
    columns["volume"][7] += 1.0
    columns = {name: column[[0, 1, 3, 7]] for name, column in columns.items()}
    lake.append(Bars.checked(BTC, Interval.H1, columns, Origin.FILE))
    with pytest.raises(Conflict, match="2024-01-01T07:00:00Z differs"):
        fetch(scene, lake)
    assert len(lake.bars(BTC, Interval.H1)) == 4


def test_a_sync_through_every_fault_equals_one_without(scene: Scene, lake: Lake, tmp_path: Path) -> None:
    fetch(scene, lake)
    other = Lake(tmp_path / "other")
    for fault in PASSING:
        if fault is not Fault.TOO_SLOW:
            for path in ("/kline", "mark-price-kline", "funding/history", "time", "instruments-info"):
                scene.exchange.faults.plan(fault, path=path)
    scene.exchange.log.clear()
    for _ in range(12):
        try:
            fetch(scene, other)
        except ProviderUnavailable:
            continue
        if not scene.exchange.faults.left:
            break
    assert scene.exchange.faults.left == 0
    assert contents(other) == contents(lake)


@pytest.mark.parametrize("after", range(1, 8))
def test_an_interrupted_sync_goes_on_where_it_was(
    scene: Scene, lake: Lake, tmp_path: Path, after: int
) -> None:
    """The nth page is cut by the user; the next sync asks only for the rest, and ends at the same rows."""
    calls = 0

    def interrupt(_: SyncProgress) -> None:
        nonlocal calls
        calls += 1
        if calls == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync(lake, scene.source, BTC, Interval.H1, start_ms=START_MS, end_ms=END_MS, progress=interrupt)
    held = {one.kind: one for one in lake.coverage()}
    scene.exchange.log.clear()
    report = fetch(scene, lake)
    assert all(one.known == 0 for one in report.series)
    first = min(int(query["start"]) for query in scene.exchange.asked("/kline") if query["interval"] == "60")
    assert first == held[SeriesKind.BARS].end_ms
    whole = Lake(tmp_path / "whole")
    fetch(scene, whole)
    assert contents(lake) == contents(whole)


def test_a_403_in_the_middle_keeps_what_had_come(scene: Scene, lake: Lake) -> None:
    def forbid(told: SyncProgress) -> None:
        if told.added == 1000:
            scene.exchange.faults.plan(Fault.FORBIDDEN)

    with pytest.raises(ProviderUnavailable, match="403"):
        sync(lake, scene.source, BTC, Interval.H1, start_ms=START_MS, progress=forbid)
    assert same_bars(lake.bars(BTC, Interval.H1), scene.bars.rows(0, 1000))


def test_progress_reaches_the_end_of_each_series(scene: Scene, lake: Lake) -> None:
    told: list[SyncProgress] = []
    sync(lake, scene.source, BTC, Interval.H1, start_ms=START_MS, progress=told.append)
    last = {one.series: one for one in told}
    assert list(last) == [
        "bybit:linear:BTCUSDT 1h",
        "bybit:linear:BTCUSDT 1h mark",
        "bybit:linear:BTCUSDT funding",
    ]
    assert all(one.done_ms == one.total_ms for one in last.values())


def test_an_empty_span_and_an_unknown_symbol_are_refused(scene: Scene, lake: Lake) -> None:
    with pytest.raises(InvalidInput, match="nothing to fetch"):
        fetch(scene, lake, start_ms=END_MS)
    with pytest.raises(NotFound, match="no closed 1h bar"):
        fetch(scene, lake, start_ms=0, end_ms=START_MS)
    with pytest.raises(NotFound, match="lists no"):
        sync(lake, scene.source, Instrument("bybit", Category.LINEAR, "BTXUSDT"), Interval.H1, start_ms=0)
    assert lake.coverage() == ()


def test_other_intervals_bring_hourly_marks(scene: Scene, lake: Lake) -> None:
    scene.exchange.book.klines["linear", "BTCUSDT", "kline", Interval.D1] = [
        (START_MS + day * 24 * HOUR_MS, 10.0, 12.0, 9.0, 11.0, 1.0) for day in range(100)
    ]
    report = sync(lake, scene.source, BTC, Interval.D1, start_ms=START_MS + 1, end_ms=END_MS)
    assert [(one.kind, one.interval) for one in report.series[:2]] == [
        (SeriesKind.BARS, Interval.D1),
        (SeriesKind.MARK, Interval.H1),
    ]
    assert report.series[0].start_ms == START_MS + 24 * HOUR_MS


def test_pages_cover_missing_spans_once() -> None:
    assert list(pages([(0, 25)], 10)) == [(0, 10), (10, 20), (20, 25)]
    assert list(pages([(0, 1), (5, 6), (9, 14), (30, 31)], 10)) == [(0, 10), (10, 14), (30, 31)]
    assert list(pages([(0, 2), (10, 12)], 10)) == [(0, 2), (10, 12)]
    assert list(pages([], 10)) == []


def test_nothing_is_missing_of_an_empty_span() -> None:
    assert missing_ranges(None, 10, 10, 1) == []
    assert missing_ranges(None, 0, 10, 1) == [(0, 10)]


def test_funding_windows_grow_outwards_from_what_is_known(scene: Scene, lake: Lake) -> None:
    lake.append(scene.funding.between(START_MS + 800 * HOUR_MS, START_MS + 900 * HOUR_MS))
    coverage = lake.coverage()[0]
    windows = list(funding_windows(coverage, START_MS - 2000 * HOUR_MS, END_MS))
    assert [end for _, end in windows][:2] == [coverage.start_ms, coverage.start_ms - 1600 * HOUR_MS]
    assert windows[2][0] == coverage.end_ms
