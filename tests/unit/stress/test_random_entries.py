"""The null of random entries: it keeps all of a strategy but its timing, so that skill is timing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from engine.backtest.costs import Costs
from engine.backtest.execution import Execution
from engine.backtest.setup import Setup
from engine.backtest.simulate import simulate_with
from engine.backtest.sizing import FractionOfEquity
from engine.backtest.slippage import FixedSlippage
from engine.cancellation import Cancellation
from engine.errors import Cancelled
from engine.market.bars import Bars
from engine.market.instrument import Category
from engine.research.stress.random_entries import placed, random_entries, random_sharpes
from engine.research.stress.round_trips import RoundTrips, round_trips
from engine.strategy.signals import Signals
from tests.support.market import made_bars
from tests.support.signal_worlds import signal_world
from tests.support.subjects import drifting, random_signals, ready_subject, subject_of

SETUP = Setup.defaults(Category.LINEAR)
TAKER = SETUP.costs.taker_fee_bps / 10_000.0


def percentiles(annual_drift: float, **how: object) -> list[float]:
    """Of 200 strategies without skill, each on a market of its own."""
    return [
        random_entries(
            subject_of(
                drifting(made_bars(1_000, seed=1_000 + seed), annual_drift),
                random_signals(1_000, seed, **how),
            ),
            80,
            seed,
        ).percentile
        for seed in range(200)
    ]


@pytest.mark.parametrize(
    ("annual_drift", "how"),
    [
        (0.0, {}),
        (8.0, {}),
        (8.0, {"idle": 1.5, "held": 60}),
        (8.0, {"idle": 1.0001, "held": 40, "shorts": True}),
    ],
    ids=["no drift", "drift", "nearly always long", "always long or short"],
)
def test_strategies_without_skill_stand_anywhere_among_the_random_ones(
    annual_drift: float, how: dict
) -> None:
    assert stats.kstest(percentiles(annual_drift, **how), "uniform").pvalue > 0.01


def with_foresight(bars: Bars, held: int = 6) -> Signals:
    """Long before the rises of the next bars that are largest."""
    ahead = np.concatenate((bars.close[held:] / bars.close[:-held] - 1.0, np.zeros(held)))
    flags = np.zeros((4, len(bars)), np.bool_)
    row = 0
    while row < len(bars) - held:
        if ahead[row] > 0.03:
            flags[0, row], flags[1, row + held] = True, True
            row += held
        row += 1
    return Signals(*flags)


def test_foresight_beats_all_random_ones() -> None:
    bars = made_bars(2_000)
    part = random_entries(subject_of(bars, with_foresight(bars)), 200, 1)
    assert part.percentile == 1.0
    assert part.score is not None and part.score > 5.0


def test_the_same_seed_gives_the_same_bits_and_another_other_ones() -> None:
    subject = ready_subject()
    first, again, other = (random_sharpes(subject, 20, seed) for seed in (1, 1, 2))
    assert first.tobytes() == again.tobytes()
    assert set(first).isdisjoint(other)


def test_the_part_tells_mean_deviation_and_score_of_the_runs() -> None:
    subject = ready_subject("rsi")
    part, sharpes = random_entries(subject, 60, 3), random_sharpes(subject, 60, 3)
    own = subject.simulation.metrics.sharpe
    assert own is not None
    assert part.runs == 60
    assert part.mean_sharpe == pytest.approx(sharpes.mean())
    assert part.deviation == pytest.approx(sharpes.std(ddof=1))
    assert part.percentile == pytest.approx(np.mean(sharpes < own))
    assert part.score == pytest.approx((own - sharpes.mean()) / sharpes.std(ddof=1))


def rows_of(trips: RoundTrips) -> list[tuple[int, int, float]]:
    """Side, time held and share of each trip, sorted."""
    columns = (trips.side.tolist(), trips.held.tolist(), np.round(trips.share, 9).tolist())
    return sorted(zip(*columns, strict=True))


@pytest.mark.parametrize("seed", range(12))
def test_a_placement_makes_the_same_trips_at_other_moments(seed: int) -> None:
    market = made_bars(900, seed=seed)
    held, idle = (8, 30) if seed % 2 else (20, 6)  # the second leaves trips with no gap between them
    signals = random_signals(900, seed, held=held, idle=idle, shorts=True)
    signals = replace(signals, size=np.random.default_rng(seed).uniform(0.1, 1.0, 900))
    free = Setup(Costs(0.0, 0.0, FixedSlippage(0.0)))
    simulation = simulate_with(market, signals, free)
    trips = round_trips(simulation, 0.0)
    others = placed(trips, 900, 1.0, np.random.default_rng(seed))
    moved = simulate_with(market, others, free)
    assert rows_of(round_trips(moved, 0.0)) == rows_of(trips)
    assert moved.metrics.exposure == pytest.approx(simulation.metrics.exposure)
    assert moved.trades.entry_bar.tolist() != simulation.trades.entry_bar.tolist()


def test_trips_come_in_any_order() -> None:
    trips = RoundTrips(np.array([1, -1, 1]), np.array([5, 9, 13]), np.ones(3))
    rng, orders = np.random.default_rng(0), set[tuple[int, ...]]()
    for _ in range(60):
        moved = simulate_with(made_bars(300), placed(trips, 300, 1.0, rng), SETUP)
        orders.add(tuple(round_trips(moved, TAKER).held.tolist()))
    assert len(orders) == 6


def test_a_bar_that_a_stop_ended_counts_whole() -> None:
    market = made_bars(900)
    signals = replace(random_signals(900, 1), stop_loss=np.full(900, 0.01))
    simulation = simulate_with(market, signals, SETUP)
    trips = round_trips(simulation, TAKER)
    assert trips.bars_held == round(simulation.metrics.exposure * 900)
    assert np.any(
        trips.held != np.append(simulation.trades.exit_bar - simulation.trades.entry_bar, 0)[: len(trips)]
    )


def test_the_position_open_at_the_end_is_a_trip_with_the_time_it_had() -> None:
    flags = np.zeros((4, 50), np.bool_)
    flags[0, 39] = True
    trips = round_trips(simulate_with(made_bars(50), Signals(*flags), SETUP), TAKER)
    assert (trips.side.tolist(), trips.held.tolist()) == ([1], [10])
    assert trips.share[0] == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(8))
def test_shifting_an_always_invested_run_keeps_its_long_and_short_bars(seed: int) -> None:
    rng = np.random.default_rng(seed)
    held = np.diff(np.sort(np.concatenate(([0, 499], rng.choice(np.arange(1, 499), 9, replace=False)))))
    side = np.where(np.arange(10) % 2, -1, 1)
    trips = RoundTrips(side, held, np.ones(10))
    moved = round_trips(simulate_with(made_bars(500), placed(trips, 500, 1.0, rng), SETUP), TAKER)
    for one in (1, -1):
        assert moved.held[moved.side == one].sum() == held[side == one].sum()
    assert len(moved) - len(trips) in (0, 1)


def test_without_a_trade_there_is_nothing_to_compare() -> None:
    never = np.zeros(200, np.bool_)
    part = random_entries(subject_of(made_bars(200), Signals(never, never, never, never)), 50, 0)
    assert (part.runs, part.mean_sharpe, part.percentile, part.score) == (50, None, None, None)


def test_a_position_held_throughout_leaves_nothing_to_chance() -> None:
    flags = np.zeros((4, 200), np.bool_)
    flags[0, 0] = True
    part = random_entries(subject_of(made_bars(200), Signals(*flags)), 50, 0)
    assert (part.deviation, part.percentile, part.score) == (0.0, None, None)


@pytest.mark.parametrize("seed", range(80))
def test_any_sizing_margin_filter_and_cap_can_be_placed_at_random(seed: int) -> None:
    world = signal_world(seed, bars=200)
    subject = subject_of(world.market, world.signals, world.setup)
    trips = round_trips(subject.simulation, world.setup.costs.taker_fee_bps / 10_000.0)
    assert np.all(trips.held >= 1)
    assert trips.bars_held <= 199
    assert np.all((trips.share > 0.0) & (trips.share <= world.setup.leverage * 1.05))
    assert np.all(np.isfinite(random_sharpes(subject, 5, seed)))


def test_a_cancelled_one_stops() -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(Cancelled):
        random_entries(ready_subject(), 10, 0, cancellation=cancellation)


def delayed(signals: Signals, rows: int) -> Signals:
    """The same flags so many rows later."""
    names = ("long_entry", "long_exit", "short_entry", "short_exit")
    flags = (getattr(signals, name) for name in names)
    return Signals(*(np.concatenate((np.zeros(rows, np.bool_), flag[:-rows])) for flag in flags))


def test_how_orders_travelled_is_in_the_trips_and_not_added_again() -> None:
    bars, signals = made_bars(900), random_signals(900, 1)
    slow = subject_of(bars, signals, replace(SETUP, execution=Execution(latency_bars=3)))
    late = subject_of(bars, delayed(signals, 3), SETUP)
    assert random_sharpes(slow, 10, 1).tobytes() == random_sharpes(late, 10, 1).tobytes()


def test_sizes_are_those_of_the_entries_whatever_model_made_them() -> None:
    bars, signals = made_bars(900), random_signals(900, 1)
    half = subject_of(bars, signals, replace(SETUP, sizing=FractionOfEquity(0.5)))
    signalled = subject_of(bars, replace(signals, size=np.full(900, 0.5)), SETUP)
    whole = subject_of(bars, signals, SETUP)
    sharpes = random_sharpes(half, 10, 1)
    assert sharpes == pytest.approx(random_sharpes(signalled, 10, 1), rel=1e-9)
    assert np.all(np.abs(sharpes - random_sharpes(whole, 10, 1)) > 1e-6)


def test_it_tells_how_far_it_is() -> None:
    told: list[float] = []
    random_entries(ready_subject(), 120, 0, progress=lambda done, _doing: told.append(done))
    assert told == sorted(told)
    assert len(told) > 1
