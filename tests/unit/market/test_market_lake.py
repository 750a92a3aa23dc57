"""The lake: what goes in comes out, nothing that is there changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import Conflict, InvalidInput, NotFound
from engine.market.bars import Bars, Gap, Origin
from engine.market.coverage import Appended, SeriesKind
from engine.market.instrument import Category, Instrument
from engine.market.interval import Interval
from engine.market.lake import Lake, columns_of, key_of
from engine.market.lake_manifest import BLOCK_ROWS
from tests.support.market import BTC, HOUR_MS, START_MS, made_bars, made_funding, renamed, same_bars

SPOT = Instrument("bybit", Category.SPOT, "BTCUSDT")
ETH = Instrument("bybit", Category.LINEAR, "ETHUSDT")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def files_of(lake: Lake) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in lake.root.rglob("*") if path.is_file()}


def changed(bars: Bars, row: int, **values: float) -> Bars:
    columns = {name: column.copy() for name, column in columns_of(bars).items()}
    for name, value in values.items():
        columns[name][row] = value
    return Bars.checked(bars.instrument, bars.interval, columns, bars.origin)


def test_a_lake_makes_nothing_until_it_is_written_to(lake: Lake) -> None:
    assert lake.coverage() == ()
    assert lake.funding(BTC) is None
    assert lake.longest_span("BTC") is None
    assert not lake.root.exists()


def test_what_goes_in_comes_out(lake: Lake) -> None:
    bars = made_bars(500)
    assert lake.append(bars) == Appended(500, 0, 500)
    assert same_bars(lake.bars(BTC, Interval.H1), bars)
    assert lake.bars(BTC, Interval.H1).origin is Origin.FILE


def test_the_same_again_changes_no_byte(lake: Lake) -> None:
    lake.append(made_bars(500))
    before = files_of(lake)
    assert lake.append(made_bars(500)) == Appended(0, 500, 500)
    assert files_of(lake) == before


def test_an_append_never_rewrites_earlier_bars(lake: Lake) -> None:
    bars = made_bars(500)
    lake.append(bars.rows(0, 300))
    before = files_of(lake)
    with pytest.raises(Conflict) as caught:
        lake.append(changed(bars.rows(200, 500), 50, volume=7.0))
    assert f"volume {bars.volume[250]!r}".replace("np.float64(", "").rstrip(")") in str(caught.value)
    assert "volume 7.0" in str(caught.value)
    assert "2024-01-11T10:00:00Z" in str(caught.value)
    assert files_of(lake) == before
    assert same_bars(lake.bars(BTC, Interval.H1), bars.rows(0, 300))


def test_rows_may_come_later_earlier_and_in_between(lake: Lake) -> None:
    bars = made_bars(500)
    for first, stop in ((200, 300), (400, 500), (0, 100), (50, 450)):
        lake.append(bars.rows(first, stop))
    assert same_bars(lake.bars(BTC, Interval.H1), bars)
    assert lake.coverage()[0].gaps == ()


def test_rows_that_fill_holes_inside_a_segment_are_found_again(lake: Lake) -> None:
    bars = made_bars(100)
    even = {name: column[::2] for name, column in columns_of(bars).items()}
    odd = {name: column[1::2] for name, column in columns_of(bars).items()}
    for columns in (even, odd):
        lake.append(Bars.checked(BTC, Interval.H1, columns, Origin.FILE))
    assert same_bars(lake.bars(BTC, Interval.H1), bars)
    middle = lake.bars(BTC, Interval.H1, start_ms=START_MS + 10 * HOUR_MS, end_ms=START_MS + 20 * HOUR_MS)
    assert same_bars(middle, bars.rows(10, 20))


def test_many_small_appends_leave_few_files(lake: Lake) -> None:
    bars = made_bars(100)
    for row in range(100):
        lake.append(bars.rows(row, row + 1))
    assert len(list(lake.root.rglob("*.parquet"))) <= 7
    assert same_bars(lake.bars(BTC, Interval.H1), bars)


def test_a_window_takes_the_start_and_leaves_the_end(lake: Lake) -> None:
    bars = made_bars(200)
    lake.append(bars)
    window = lake.bars(BTC, Interval.H1, start_ms=START_MS + HOUR_MS, end_ms=START_MS + 3 * HOUR_MS)
    assert same_bars(window, bars.rows(1, 3))


def test_a_window_reads_only_the_segments_that_it_needs(lake: Lake) -> None:
    bars = made_bars(3000)
    for first, stop in ((0, 2000), (2000, 2600), (2600, 3000)):
        lake.append(bars.rows(first, stop))
    first_segment = max(lake.root.rglob("*.parquet"), key=lambda path: path.stat().st_size)
    first_segment.write_bytes(b"damaged")
    assert same_bars(lake.bars(BTC, Interval.H1, start_ms=bars.open_time[2600]), bars.rows(2600, 3000))
    with pytest.raises(Conflict, match="damaged"):
        lake.bars(BTC, Interval.H1)


def test_dates_outside_the_data_are_refused_with_what_there_is(lake: Lake) -> None:
    lake.append(made_bars(24))
    with pytest.raises(InvalidInput, match="2024-01-01T00:00:00Z to 2024-01-02T00:00:00Z"):
        lake.bars(BTC, Interval.H1, start_ms=START_MS + 24 * HOUR_MS)


def test_a_series_that_is_not_there_names_those_that_are(lake: Lake) -> None:
    lake.append(made_bars(24))
    with pytest.raises(NotFound, match=r"no bybit:linear:BTCUSDT 4h; of BTCUSDT it has .*BTCUSDT 1h"):
        lake.bars(BTC, Interval.H4)


def test_kinds_categories_and_intervals_live_side_by_side(lake: Lake) -> None:
    lake.append(made_bars(24))
    lake.append(made_bars(24, seed=2), SeriesKind.MARK)
    lake.append(made_bars(24, seed=3, instrument=SPOT))
    lake.append(made_bars(24, interval=Interval.M15, seed=4))
    lake.append(made_funding(3))
    kinds = [(str(one.instrument), one.kind, one.interval, one.rows) for one in lake.coverage("btcusdt")]
    assert kinds == [
        ("bybit:linear:BTCUSDT", SeriesKind.BARS, Interval.M15, 24),
        ("bybit:linear:BTCUSDT", SeriesKind.BARS, Interval.H1, 24),
        ("bybit:linear:BTCUSDT", SeriesKind.FUNDING, None, 3),
        ("bybit:linear:BTCUSDT", SeriesKind.MARK, Interval.H1, 24),
        ("bybit:spot:BTCUSDT", SeriesKind.BARS, Interval.H1, 24),
    ]
    assert len(lake.coverage("bybit:spot:BTCUSDT")) == 1
    assert lake.coverage("ETHUSDT") == ()


def test_coverage_tells_span_gaps_origin_and_source(lake: Lake) -> None:
    bars = made_bars(10)
    lake.append(bars.rows(0, 3))
    lake.append(renamed(bars.rows(6, 10), origin=Origin.EXCHANGE))
    (one,) = lake.coverage()
    assert (one.start_ms, one.end_ms, one.rows) == (START_MS, START_MS + 10 * HOUR_MS, 7)
    assert one.gaps == (Gap(START_MS + 3 * HOUR_MS, 3),)
    assert (one.origin, one.source) == (Origin.FILE, "exchange + file")


def test_gaps_are_known_across_and_inside_hash_blocks(lake: Lake) -> None:
    bars = made_bars(3 * BLOCK_ROWS, interval=Interval.M1)
    edge = -(START_MS // 60_000) % BLOCK_ROWS
    cuts = ((0, 10), (20, edge - 5), (edge + 100, edge + BLOCK_ROWS), (edge + BLOCK_ROWS + 8, 3 * BLOCK_ROWS))
    for first, stop in cuts:
        lake.append(bars.rows(first, stop))
    assert lake.coverage()[0].gaps == lake.bars(BTC, Interval.M1).gaps
    assert [gap.missing for gap in lake.coverage()[0].gaps] == [10, 105, 8]


def test_made_up_and_real_rows_never_mix(lake: Lake) -> None:
    bars = made_bars(10)
    lake.append(bars.rows(0, 5))
    with pytest.raises(Conflict, match="holds real rows"):
        lake.append(renamed(bars.rows(5, 10), origin=Origin.SYNTHETIC))
    lake.append(made_bars(5, instrument=ETH, origin=Origin.SYNTHETIC))
    with pytest.raises(Conflict, match="holds synthetic rows"):
        lake.append(made_bars(10, instrument=ETH))
    assert lake.bars(ETH, Interval.H1).origin is Origin.SYNTHETIC


def test_the_content_hash_is_of_the_rows_alone(lake: Lake, tmp_path: Path) -> None:
    bars = made_bars(100)
    lake.append(bars)
    other = Lake(tmp_path / "other")
    other.append(renamed(bars.rows(50, 100), origin=Origin.EXCHANGE))
    assert other.coverage()[0].content_hash != lake.coverage()[0].content_hash
    other.append(bars.rows(0, 60))
    assert other.coverage()[0].content_hash == lake.coverage()[0].content_hash


def test_bars_are_not_of_kind_funding(lake: Lake) -> None:
    with pytest.raises(InvalidInput, match="not of kind funding"):
        lake.append(made_bars(3), SeriesKind.FUNDING)


def test_an_empty_series_adds_nothing(lake: Lake) -> None:
    assert lake.append(made_bars(3).rows(0, 0)) == Appended(0, 0, 0)
    assert not lake.root.exists()


def test_what_a_killed_append_left_is_swept_by_the_next(lake: Lake) -> None:
    bars = made_bars(20)
    lake.append(bars.rows(0, 10))
    folder = next(lake.root.rglob("segments"))
    (folder / "orphan.parquet").write_bytes(b"half")
    (folder / "more.parquet.tmp").write_bytes(b"half")
    assert same_bars(lake.bars(BTC, Interval.H1), bars.rows(0, 10))
    lake.append(bars)
    assert {path.suffix for path in folder.iterdir()} == {".parquet"}
    assert not (folder / "orphan.parquet").exists()


def test_a_damaged_manifest_is_named(lake: Lake) -> None:
    lake.append(made_bars(20))
    next(lake.root.rglob("manifest.json")).write_text("{")
    with pytest.raises(Conflict, match=r"manifest.json is damaged"):
        lake.bars(BTC, Interval.H1)


def test_a_lost_segment_is_named(lake: Lake) -> None:
    lake.append(made_bars(20))
    next(lake.root.rglob("*.parquet")).unlink()
    for act in (lambda: lake.bars(BTC, Interval.H1), lambda: lake.append(made_bars(30))):
        with pytest.raises(Conflict, match="has lost the file"):
            act()


def test_market_data_of_a_perpetual_brings_funding_and_mark_at_its_stamps(lake: Lake) -> None:
    lake.append(made_bars(48))
    lake.append(made_funding(20))
    lake.append(made_bars(96, interval=Interval.M30, seed=2), SeriesKind.MARK)
    lake.append(made_bars(12, interval=Interval.H4, seed=3), SeriesKind.MARK)
    data = lake.market_data(BTC, Interval.H1, end_ms=START_MS + 24 * HOUR_MS)
    assert data.funding is not None
    assert data.mark is not None
    assert data.mark.interval is Interval.M30
    assert data.funding.time.tolist() == [START_MS, START_MS + 8 * HOUR_MS, START_MS + 16 * HOUR_MS]
    assert data.mark.open_time.tolist() == data.funding.time.tolist()


def test_the_mark_of_the_same_interval_is_preferred(lake: Lake) -> None:
    lake.append(made_bars(12, interval=Interval.H4))
    lake.append(made_funding(20))
    for interval in (Interval.H1, Interval.H4):
        lake.append(made_bars(12, interval=interval, seed=2), SeriesKind.MARK)
    data = lake.market_data(BTC, Interval.H4)
    assert data.mark is not None
    assert data.mark.interval is Interval.H4


def test_mark_prices_during_bars_are_of_a_series_that_divides_them(lake: Lake) -> None:
    bars = made_bars(12, interval=Interval.H4).rows(2, 5)
    assert lake.mark_during(bars) is None
    lake.append(made_bars(12, interval=Interval.H6, seed=2), SeriesKind.MARK)
    assert lake.mark_during(bars) is None
    for interval, rows in ((Interval.H1, 12), (Interval.M30, 24), (Interval.H4, 3)):
        lake.append(made_bars(96, interval=interval, seed=2), SeriesKind.MARK)
        mark = lake.mark_during(bars)
        assert mark is not None
        assert (mark.interval, len(mark), mark.start_ms) == (interval, rows, bars.start_ms)


def test_market_data_without_funding_is_bars_alone(lake: Lake) -> None:
    for instrument in (BTC, SPOT):
        lake.append(made_bars(48, instrument=instrument))
        lake.append(made_funding(20, instrument=instrument))
    assert lake.market_data(BTC, Interval.H1, funding=False).funding is None
    assert lake.market_data(SPOT, Interval.H1).funding is None
    late = lake.market_data(
        BTC, Interval.H1, start_ms=START_MS + 17 * HOUR_MS, end_ms=START_MS + 20 * HOUR_MS
    )
    assert (late.funding, late.mark) == (None, None)


def test_the_data_hash_of_a_window_stays_after_an_append_of_newer_rows(lake: Lake) -> None:
    bars, mark, funding = made_bars(96), made_bars(96, seed=2), made_funding(12)
    hashes: list[str] = []
    for share in (0.5, 1.0):
        lake.append(bars.rows(0, int(96 * share)))
        lake.append(mark.rows(0, int(96 * share)), SeriesKind.MARK)
        lake.append(funding.between(None, START_MS + int(96 * share) * HOUR_MS))
        hashes.append(lake.market_data(BTC, Interval.H1, end_ms=START_MS + 48 * HOUR_MS).content_hash())
    assert hashes[0] == hashes[1]


class TestResolve:
    def test_one_match_is_enough(self, lake: Lake) -> None:
        lake.append(made_bars(3))
        lake.append(made_funding(3, instrument=SPOT))
        assert lake.resolve(" btcusdt ") == BTC

    def test_a_full_name_is_accepted(self, lake: Lake) -> None:
        for instrument in (BTC, SPOT):
            lake.append(made_bars(3, instrument=instrument))
        assert lake.resolve("bybit:spot:btcusdt") == SPOT
        with pytest.raises(InvalidInput, match="Leave out"):
            lake.resolve("bybit:spot:BTCUSDT", category=Category.LINEAR)

    def test_several_matches_are_listed(self, lake: Lake) -> None:
        for instrument in (BTC, SPOT):
            lake.append(made_bars(3, instrument=instrument))
        with pytest.raises(InvalidInput, match=r"bybit:linear:BTCUSDT, bybit:spot:BTCUSDT.*--category"):
            lake.resolve("BTCUSDT")
        assert lake.resolve("BTCUSDT", category=Category.SPOT) == SPOT

    def test_the_interval_narrows(self, lake: Lake) -> None:
        lake.append(made_bars(3))
        lake.append(made_bars(3, instrument=SPOT, interval=Interval.M5))
        assert lake.resolve("BTCUSDT", interval=Interval.M5) == SPOT
        with pytest.raises(NotFound, match="no 1d bars of 'BTCUSDT'; it has"):
            lake.resolve("BTCUSDT", interval=Interval.D1)

    def test_the_nearest_are_named_and_how_to_get_data(self, lake: Lake) -> None:
        lake.append(made_bars(3))
        with pytest.raises(NotFound, match=r"Nearest: bybit:linear:BTCUSDT. .*data import FILE"):
            lake.resolve("BTCUSD")
        with pytest.raises(NotFound, match=r"Nearest: bybit:linear:BTCUSDT."):
            lake.resolve("BTCUSDT", venue="binance")

    def test_an_empty_lake_says_so(self, lake: Lake) -> None:
        with pytest.raises(NotFound, match=r"It is empty.*data sync"):
            lake.resolve("BTCUSDT")


def test_the_longest_span_is_over_all_venues_and_intervals(lake: Lake) -> None:
    lake.append(made_bars(100))
    lake.append(made_bars(100, seed=2), SeriesKind.MARK)
    lake.append(
        made_bars(50, interval=Interval.H4, instrument=Instrument("binance", Category.SPOT, "BTCUSDC"))
    )
    lake.append(made_bars(99, interval=Interval.D1, instrument=ETH))
    assert lake.longest_span("btc") == (START_MS, START_MS + 200 * HOUR_MS)


def test_folders_that_are_not_ours_are_passed_over(lake: Lake) -> None:
    lake.append(made_bars(3))
    stray = lake.root / "bybit" / "linear" / "BTCUSDT" / "notes"
    stray.mkdir()
    (stray / "manifest.json").write_text("{}")
    assert len(lake.coverage()) == 1


def test_the_columns_come_out_read_only(lake: Lake) -> None:
    lake.append(made_bars(3))
    with pytest.raises(ValueError, match="read-only"):
        lake.bars(BTC, Interval.H1).close[:] = np.zeros(3)


def test_a_first_append_that_fails_leaves_no_folder_behind(lake: Lake) -> None:
    good = made_bars(10)
    with pytest.raises(RuntimeError, match="halfway"), lake.appending(key_of(good), good.origin) as append:
        append.add(columns_of(good))
        raise RuntimeError("halfway")
    assert not list(lake.root.glob("*"))
    assert lake.append(good).added == 10
