"""A slice of the calibration campaign on a made-up market, and the figures of its table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from engine.market.bars import COLUMNS
from engine.market.instrument import parse_instrument
from engine.market.interval import DAY_MS
from engine.research.findings import ForecastPart
from tests.campaigns.verdict_calibration import DAYS, EARLIER_DAYS, candidates, cases_at, laboratory_at, tasks
from tests.support.calibration import Case, accepted_beside_rejected, clustered_error, report
from tests.support.market import made_bars, made_funding
from tests.support.recorded_market import recorded_market

NAME = "bybit_linear_BTCUSDT_1h"
TOLD = ForecastPart(days=90, low=-0.1, median=0.0, high=0.1, cone=(), said="")
CASE = Case("file", "kind", 0, "accept", TOLD, 0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    bars, funding = made_bars(24 * 430), made_funding(3 * 430)
    columns = {"timestamp": bars.open_time} | {name: getattr(bars, name) for name in COLUMNS}
    parquet.write_table(pa.table(columns), tmp_path / f"{NAME}.parquet")
    rates = {"timestamp": funding.time, "symbol": ["BTCUSDT"] * len(funding), "funding_rate": funding.rate}
    parquet.write_table(pa.table(rates), tmp_path / "bybit_linear_funding.parquet")
    return tmp_path


def test_the_dates_leave_room_before_and_after_and_follow_the_seed(folder: Path) -> None:
    bars = recorded_market(folder, NAME).bars
    dates = [task.date_ms for task in tasks(folder, 5, 1)]
    assert dates == sorted(set(dates)) == [task.date_ms for task in tasks(folder, 5, 1)]
    assert dates != [task.date_ms for task in tasks(folder, 5, 2)]
    assert dates[0] - bars.start_ms >= EARLIER_DAYS * DAY_MS
    assert bars.end_ms - dates[-1] >= DAYS * DAY_MS
    assert all(date % DAY_MS == 0 for date in dates)


def test_a_laboratory_at_a_date_holds_nothing_later_and_all_that_was_before(folder: Path) -> None:
    whole = recorded_market(folder, NAME)
    date = whole.bars.start_ms + 310 * DAY_MS
    with laboratory_at(whole, date) as laboratory:
        known = laboratory.lake.market_data(parse_instrument("bybit:linear:BTCUSDT"), whole.bars.interval)
        assert known.bars.end_ms == date
        assert known.funding is not None and known.funding.time[-1] < date
        assert laboratory.store.holdouts.get("BTC").holdout_from_ms == date


def test_forecasts_are_made_from_the_bars_before_the_date_alone(folder: Path) -> None:
    task = next(tasks(folder, 1, 3))
    whole = recorded_market(folder, NAME)
    searched_and_composed = (candidates()[0], candidates()[6])
    cases = cases_at(task, searched_and_composed)
    assert all(case.told is not None for case in cases)
    last = np.searchsorted(whole.bars.open_time, task.date_ms)
    prices = {name: getattr(whole.bars, name).copy() for name in COLUMNS}
    for price in prices.values():
        price[last:] *= np.linspace(1.0, 3.0, len(price) - last)
    columns = {"timestamp": whole.bars.open_time} | prices
    parquet.write_table(pa.table(columns), folder / f"{NAME}.parquet")
    recorded_market.cache_clear()
    others = cases_at(task, searched_and_composed)
    assert [case.told for case in others] == [case.told for case in cases]
    assert [case.outcome for case in others] != [case.outcome for case in cases]


def test_the_interval_holds_its_ends_and_a_flat_forecast_a_flat_outcome() -> None:
    assert replace(CASE, outcome=0.1).held and replace(CASE, outcome=-0.1).held
    assert replace(CASE, outcome=0.11).above and replace(CASE, outcome=-0.11).below


@pytest.mark.parametrize(("outside", "passed"), [(0, False), (2, True), (4, False)])
def test_the_campaign_passes_between_85_and_95_percent(
    outside: int, passed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = [replace(CASE, outcome=0.5)] * outside + [CASE] * (20 - outside)
    assert report(cases) is passed
    assert f"{1 - outside / 20:.1%}" in capsys.readouterr().out


def test_accepted_are_set_beside_rejected_with_an_error() -> None:
    later = [replace(CASE, outcome=0.02 * number, date_ms=100 * number * DAY_MS) for number in range(3)]
    worse = [replace(case, verdict="reject", outcome=case.outcome - 0.05) for case in later]
    said = accepted_beside_rejected([*later, *worse])
    assert "Accepted (3) earned +2.00%" in said and "-3.00%: +5.00% +- 0.00%" in said
    assert "Nothing to compare" in accepted_beside_rejected(later)


def test_cases_of_one_quarter_count_as_one_for_the_error() -> None:
    shares = np.array([1.0, -1.0, 1.0, -1.0]) / 4
    apart = clustered_error(shares, [100 * number * DAY_MS for number in range(4)])
    assert apart == pytest.approx(np.sqrt(4 / 16 * 4 / 3))
    assert clustered_error(shares, [0, 0, 100 * DAY_MS, 100 * DAY_MS]) == 0.0
    together = clustered_error(shares[[0, 2, 1, 3]], [0, 0, 100 * DAY_MS, 100 * DAY_MS])
    assert together == pytest.approx(np.sqrt(2 / 4 * 2))
