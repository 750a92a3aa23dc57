"""Trials from start to end: windows, holdout, documents, records, and running them again."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.ambient import Ambient
from engine.backtest.costs import Costs
from engine.backtest.setup import Setup
from engine.errors import Conflict, InvalidInput, NotFound
from engine.market.bars import Bars, FundingRates, Origin
from engine.market.coverage import SeriesKind
from engine.market.instrument import Instrument, parse_instrument
from engine.market.interval import DAY_MS, Interval, parse_instant
from engine.market.lake import Lake
from engine.research.artifacts import read_equity, read_trades
from engine.research.backtesting import BacktestRequest, Laboratory, Window
from engine.research.holdout import fix_holdout, holdout_point, proposed
from engine.research.reproduction import reproduce, rerun
from engine.store.store import Store
from tests.support.hourly_bars import HOUR_MS, START_MS, hourly_rows
from tests.support.trusted_loader import TrustedLoader

BTC = parse_instrument("bybit:linear:BTCUSDT")
CROSS = '''"""Trends persist."""
PARAMS = {"n": {"default": 20, "low": 2, "high": 200}}


def generate_signals(df, params):
    up = df["close"] > df["close"].rolling(params["n"]).mean()
    return pd.DataFrame({"long_entry": up, "long_exit": ~up}, index=df.index)
'''


def bars(count: int = 2_000, instrument: Instrument = BTC) -> Bars:
    table = np.array(hourly_rows(count))
    names = ("open_time", "open", "high", "low", "close", "volume")
    columns = {name: table[:, i] for i, name in enumerate(names)}
    return Bars.checked(instrument, Interval.H1, columns, Origin.FILE)


@pytest.fixture
def laboratory(tmp_path: Path) -> Laboratory:
    counter = itertools.count(1_700_000_000_000)
    lake = Lake(tmp_path / "lake")
    lake.append(bars())
    ambient = Ambient(now_ms=lambda: next(counter))
    return Laboratory(lake, Store.open(f"sqlite:///{tmp_path / 'store.db'}", ambient), TrustedLoader())


def request(**changes: object) -> BacktestRequest:
    plain = BacktestRequest(
        name="cross",
        code=CROSS,
        strategy_id=None,
        origin="user",
        instrument=BTC,
        interval=Interval.H1,
        window=Window(),
        params={},
        setup=Setup(Costs(2.0, 5.5)),
    )
    return replace(plain, **changes)


def test_the_holdout_begins_at_80_percent_of_the_longest_series_at_midnight(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.append(bars(1_000))
    exact = START_MS + int(1_000 * HOUR_MS * 0.8)
    assert proposed(lake, "BTC") == exact // DAY_MS * DAY_MS
    spot = parse_instrument("binance:spot:BTCUSDC")
    lake.append(bars(3_000, spot))
    assert proposed(lake, "BTC") == (START_MS + int(3_000 * HOUR_MS * 0.8)) // DAY_MS * DAY_MS


def test_a_short_series_is_cut_at_the_exact_instant(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.append(bars(100))
    assert proposed(lake, "BTC") == START_MS + 80 * HOUR_MS


def test_an_asset_without_bars_has_no_holdout(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no bars of ETH"):
        proposed(Lake(tmp_path), "ETH")


def test_appending_never_moves_a_holdout_that_a_trial_has_fixed(laboratory: Laboratory) -> None:
    first = laboratory.run(request())
    laboratory.lake.append(bars(4_000))
    second = laboratory.run(request())
    assert second.document.data == first.document.data
    assert second.document.metrics == first.document.metrics
    assert second.document.card_hash == first.document.card_hash


def test_the_holdout_stands_for_every_venue_and_interval_of_the_asset(laboratory: Laboratory) -> None:
    fixed = laboratory.run(request()).document.data.holdout_from
    spot = parse_instrument("bybit:spot:BTCUSDT")
    laboratory.lake.append(bars(2_000, spot))
    run = laboratory.run(request(instrument=spot, setup=Setup(Costs(10.0, 10.0))))
    assert run.document.data.holdout_from == fixed
    assert run.document.data.end <= fixed


def test_no_bar_that_closes_after_the_holdout_begins_is_used(laboratory: Laboratory) -> None:
    completed = laboratory.run(request())
    held = parse_instant(completed.document.data.holdout_from)
    assert completed.market.bars.end_ms == held
    assert len(completed.market.bars) < 2_000


def test_an_end_beyond_the_holdout_ends_there_and_says_so(laboratory: Laboratory) -> None:
    usual = laboratory.run(request())
    asked = laboratory.run(request(window=Window(end_ms=START_MS + 1_990 * HOUR_MS)))
    assert asked.document.data == usual.document.data
    assert "are held out" in asked.document.warnings[-1]


@pytest.mark.parametrize(
    ("window", "said"),
    [
        (Window(start_ms=START_MS - 1), "start .* lies outside the data"),
        (Window(start_ms=START_MS + 2_000 * HOUR_MS), "start .* lies outside the data"),
        (Window(end_ms=START_MS), "end .* lies outside the data"),
        (Window(end_ms=START_MS + 2_001 * HOUR_MS), "end .* lies outside the data"),
        (Window(start_ms=START_MS + 5 * HOUR_MS, end_ms=START_MS + 5 * HOUR_MS), "is not before"),
        (Window(start_ms=START_MS + 1_900 * HOUR_MS), "0 bars in this window before the holdout"),
        (Window(start_ms=START_MS, end_ms=START_MS + HOUR_MS), "1 bars in this window"),
    ],
)
def test_a_window_outside_the_data_is_refused_and_leaves_nothing(
    laboratory: Laboratory, window: Window, said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        laboratory.run(request(window=window))
    assert laboratory.store.holdouts.get("BTC") is None
    assert laboratory.store.runs.list() == ()


def test_a_run_that_fails_leaves_no_strategy_holdout_run_or_trial(laboratory: Laboratory) -> None:
    with pytest.raises(InvalidInput, match="outside its range"):
        laboratory.run(request(params={"n": 1}))
    store = laboratory.store
    assert (store.strategies.list(), store.runs.list(), store.trials.count("BTC")) == ((), (), 0)
    assert store.holdouts.get("BTC") is None
    assert all(strategy.closed for strategy in laboratory.loader.loaded)


def test_the_same_again_is_the_same_trial_and_another_parameter_is_another(laboratory: Laboratory) -> None:
    for params in ({}, {}, {"n": 20}, {"n": 21}):
        laboratory.run(request(params=params))
    assert laboratory.store.trials.count("BTC") == 2
    assert len(laboratory.store.runs.list()) == 4


def test_costs_and_window_make_another_trial_too(laboratory: Laboratory) -> None:
    laboratory.run(request())
    laboratory.run(request(setup=Setup(Costs(2.0, 6.0))))
    laboratory.run(request(window=Window(start_ms=START_MS + HOUR_MS)))
    assert laboratory.store.trials.count("BTC") == 3


def test_a_holdout_that_another_first_trial_fixed_meanwhile_stops_this_one(laboratory: Laboratory) -> None:
    here = holdout_point(laboratory.lake, laboratory.store, "BTC")
    laboratory.store.holdouts.fix("BTC", here - HOUR_MS, "first trial")
    with pytest.raises(Conflict, match="Run again"):
        fix_holdout(laboratory.store, "BTC", here)


def test_the_card_hash_follows_every_input_and_nothing_else(laboratory: Laboratory) -> None:
    base = laboratory.run(request()).document
    renamed = laboratory.run(request(name="another name")).document
    assert renamed.card_hash == base.card_hash
    changed = [
        request(code=CROSS + "\n"),
        request(params={"n": 21}),
        request(setup=Setup(Costs(2.0, 5.6))),
        request(setup=Setup(Costs(2.0, 5.5), cash=10_001.0)),
        request(window=Window(start_ms=START_MS + HOUR_MS)),
    ]
    hashes = {laboratory.run(change).document.card_hash for change in changed}
    assert len(hashes | {base.card_hash}) == len(changed) + 1


def test_funding_is_part_of_the_data_only_where_it_is_charged(laboratory: Laboratory) -> None:
    stamps = START_MS + 8 * HOUR_MS * np.arange(1, 250)
    laboratory.lake.append(FundingRates.checked(BTC, stamps, np.full(249, 0.0001), Origin.FILE))
    charged = laboratory.run(request()).document
    free = laboratory.run(request(setup=Setup(Costs(2.0, 5.5, funding=False)))).document
    assert charged.data.funding_rows > 100
    assert charged.metrics.funding_paid > 0
    assert free.data.funding_rows == 0
    assert free.metrics.funding_paid == 0
    assert charged.data.hash != free.data.hash


def test_trades_and_equity_come_back_as_they_were(laboratory: Laboratory) -> None:
    completed = laboratory.run(request())
    runs, simulation = laboratory.store.runs, completed.simulation
    trades = read_trades(runs.artifact(completed.document.run_id, "trades"))
    assert len(trades) == completed.document.metrics.trades > 10
    for name in ("side", "entry_time", "exit_price", "pnl"):
        assert np.array_equal(getattr(trades, name), getattr(simulation.trades, name))
    assert trades.exit_reason == simulation.trades.exit_reason
    curve = read_equity(runs.artifact(completed.document.run_id, "equity"))
    assert np.array_equal(curve.equity, simulation.equity)
    assert curve.close_time[-1] == completed.market.bars.end_ms


def test_a_run_is_reproduced_to_the_same_bits_and_leaves_no_trace(laboratory: Laboratory) -> None:
    run_id = laboratory.run(request(params={"n": 33})).document.run_id
    laboratory.lake.append(bars(3_000))
    answer = reproduce(laboratory, run_id)
    assert (answer.verdict, answer.differences) == ("identical", ())
    assert len(laboratory.store.runs.list()) == 1
    assert laboratory.store.trials.count("BTC") == 1
    assert rerun(laboratory, run_id).document == laboratory.run(
        request(params={"n": 33})
    ).document.model_copy(update={"run_id": run_id})


def test_funding_and_mark_prices_that_come_later_do_not_change_an_earlier_run(laboratory: Laboratory) -> None:
    without = laboratory.run(request()).document
    stamps = START_MS + 8 * HOUR_MS * np.arange(1, 250)
    laboratory.lake.append(FundingRates.checked(BTC, stamps, np.full(249, 0.0001), Origin.FILE))
    with_funding = laboratory.run(request()).document
    laboratory.lake.append(bars(), SeriesKind.MARK)
    with_mark = laboratory.run(request()).document
    assert len({without.card_hash, with_funding.card_hash, with_mark.card_hash}) == 3
    for document in (without, with_funding, with_mark):
        assert reproduce(laboratory, document.run_id).differences == ()
        assert rerun(laboratory, document.run_id).document == document


def test_data_that_are_not_the_same_any_more_are_named(laboratory: Laboratory, tmp_path: Path) -> None:
    run_id = laboratory.run(request()).document.run_id
    other = Lake(tmp_path / "other")
    table = np.array(hourly_rows(seed=9))
    names = ("open_time", "open", "high", "low", "close", "volume")
    other.append(
        Bars.checked(BTC, Interval.H1, {name: table[:, i] for i, name in enumerate(names)}, Origin.FILE)
    )
    answer = reproduce(replace(laboratory, lake=other), run_id)
    assert answer.verdict == "different"
    assert any("the data: hash" in difference for difference in answer.differences)
    assert any("sharpe" in difference for difference in answer.differences)


def test_bars_that_are_gone_are_asked_for(laboratory: Laboratory, tmp_path: Path) -> None:
    run_id = laboratory.run(request()).document.run_id
    with pytest.raises(NotFound):
        reproduce(replace(laboratory, lake=Lake(tmp_path / "empty")), run_id)
