"""The forecast from a strategy's own returns: how often it holds, and what widens and moves it."""

from __future__ import annotations

import numpy as np
import pytest

from engine.backtest.costs import Costs
from engine.backtest.simulate import simulate
from engine.market.interval import DAY_MS, Interval
from engine.market.sources.synthetic import synthetic_market
from engine.research.findings import ForecastPart
from engine.research.forecast import MIN_ACTIVE, MIN_PERIODS, costs_per_day, forecast
from engine.research.returns import PeriodReturns
from engine.strategy.signals import Signals


def daily(values: np.ndarray, period_ms: int = DAY_MS) -> PeriodReturns:
    return PeriodReturns(20_000 * DAY_MS, period_ms, values)


def made_returns(series: int, days: int, seed: int, in_market: float = 1.0) -> np.ndarray:
    """[series, days] of GARCH returns with fat tails and no drift; positions are held for ten days or so."""
    rng = np.random.default_rng(seed)
    warm = 200
    shocks = rng.standard_t(5, (warm + days, series)) * np.sqrt(3 / 5)
    variance, held = np.full(series, 4e-4), np.ones(series, np.bool_)
    returns = np.zeros((warm + days, series))
    for day in range(warm + days):
        move = np.sqrt(variance) * shocks[day]
        variance = 0.02 * 4e-4 + 0.08 * move**2 + 0.90 * variance
        held = np.where(rng.random(series) < 0.1, rng.random(series) < in_market, held)
        returns[day] = np.expm1(np.maximum(move, -0.9)) * held
    return returns[warm:].T


def told(returns: PeriodReturns, **asked: float) -> ForecastPart:
    part = forecast(returns, **{"seed": 1, **asked})
    assert part is not None
    return part


def share_held(series: np.ndarray, days: int) -> float:
    """Share of series whose return over the last `days` lies in the interval made from the days before."""
    held = []
    for seed, values in enumerate(series):
        part = told(daily(values[:-days]), days=days, seed=seed, paths=300)
        held.append(part.low <= np.prod(1.0 + values[-days:]) - 1.0 <= part.high)
    return float(np.mean(held))


@pytest.mark.parametrize(("past", "days", "in_market"), [(400, 90, 0.5), (800, 90, 0.2), (120, 30, 1.0)])
def test_nine_of_ten_outcomes_lie_in_the_interval(past: int, days: int, in_market: float) -> None:
    assert 0.85 <= share_held(made_returns(160, past + days, 3, in_market), days) <= 0.95


def test_the_cone_starts_at_nothing_widens_with_the_days_and_ends_in_the_interval() -> None:
    part = told(daily(made_returns(1, 500, 4)[0]))
    widths = [point.high - point.low for point in part.cone]
    assert [point.day for point in part.cone] == [0, 1, 2, 5, 10, 20, 30, 45, 60, 75, 90]
    assert widths[0] == 0.0 and widths == sorted(widths)
    for point in part.cone:
        assert point.low <= point.lower_quarter <= point.median <= point.upper_quarter <= point.high
    assert (part.cone[-1].low, part.cone[-1].median, part.cone[-1].high) == (part.low, part.median, part.high)


def test_the_same_seed_gives_the_same_forecast_and_another_seed_nearly_the_same() -> None:
    returns = daily(made_returns(1, 500, 5)[0])
    one, again, other = told(returns, seed=1), told(returns, seed=1), told(returns, seed=2)
    assert one == again != other
    assert other.low == pytest.approx(one.low, abs=0.05)
    assert other.high == pytest.approx(one.high, abs=0.1)


def test_another_number_of_days_ends_the_cone_there() -> None:
    part = told(daily(made_returns(1, 500, 5)[0]), days=7)
    assert [point.day for point in part.cone] == [0, 1, 2, 5, 7]
    assert part.days == 7 and "after 7 days" in part.said


def test_turmoil_of_late_widens_the_interval() -> None:
    calm = made_returns(1, 500, 6)[0]
    wild = calm.copy()
    wild[-20:] *= 3.0
    sooner, later = (told(daily(values), days=10) for values in (calm, wild))
    assert later.high - later.low > 1.3 * (sooner.high - sooner.low)


def test_a_longer_past_narrows_the_interval() -> None:
    rng = np.random.default_rng(7)
    values = rng.standard_normal(2_000) * 0.02
    short, long = told(daily(values[:100])), told(daily(values))
    assert short.high - short.low > 1.1 * (long.high - long.low)


def test_a_gain_is_believed_less_the_more_trials_it_was_chosen_from() -> None:
    values = made_returns(1, 600, 8)[0]
    gains = daily(values - values.mean() + 0.003)
    medians = [told(gains, selected_from=trials).median for trials in (1, 20, 1_000)]
    assert medians[0] > medians[1] > medians[2]
    assert medians[0] < 0.5 * ((1 + 0.003) ** 90 - 1)


def test_costs_are_expected_again_and_luck_is_not() -> None:
    values = made_returns(1, 600, 9)[0] / 4.0
    costly = daily(values - values.mean() - 0.002)
    unexplained, explained = told(costly), told(costly, daily_costs=0.002)
    assert explained.median < unexplained.median < 0.0
    assert explained.median == pytest.approx((1 - 0.002) ** 90 - 1, abs=0.02)
    assert told(daily(np.full(500, -0.004) + 0.003 * np.sign(values[:500])), daily_costs=0.004).high < 0.0


def test_costs_of_a_run_are_told_by_the_day() -> None:
    market = synthetic_market(interval=Interval.H1, bars=480, seed=1)
    always = np.arange(480) % 2 == 0
    never = np.zeros(480, np.bool_)
    simulation = simulate(market.bars, Signals(always, ~always, never, never), Costs(0.0, 1.0))
    paid = simulation.metrics.fees_paid + simulation.metrics.slippage_paid
    assert costs_per_day(simulation, 20.0) == pytest.approx(paid / simulation.equity.mean() / 20.0)
    assert costs_per_day(simulation, 20.0) > 0.002


def test_days_without_a_position_stay_without_one() -> None:
    values = np.zeros(400)
    values[::40] = 0.05 + 0.01 * np.arange(10)
    part = told(daily(values))
    assert part.cone[1].low == part.cone[1].high == 0.0
    assert part.high > 0.05


def test_hours_are_compounded_to_days_and_weeks_are_taken_as_they_are() -> None:
    rng = np.random.default_rng(10)
    hourly = daily(rng.standard_normal(24 * 200) * 0.004, DAY_MS // 24)
    assert told(hourly) == told(hourly.coarser(DAY_MS))
    weekly = told(daily(rng.standard_normal(100) * 0.05, 7 * DAY_MS))
    days, highs = [point.day for point in weekly.cone], [point.high for point in weekly.cone]
    assert days[-1] == 90 and highs == sorted(highs)
    assert 0.0 < highs[1] < highs[2] < highs[3]


@pytest.mark.parametrize(
    "values",
    [
        np.full(MIN_PERIODS - 1, 0.01) * np.arange(MIN_PERIODS - 1),
        np.r_[np.zeros(500), np.linspace(0.01, 0.02, MIN_ACTIVE - 1)],
        np.zeros(500),
        np.r_[made_returns(1, 200, 11)[0], -1.0],
        np.full(500, 0.01),
    ],
    ids=["too few days", "too few with a position", "none with a position", "ruined", "no spread"],
)
def test_a_past_that_tells_nothing_has_no_forecast(values: np.ndarray) -> None:
    assert forecast(daily(values), seed=1) is None


def test_what_is_said_names_the_interval_and_what_it_rests_on() -> None:
    part = told(daily(made_returns(1, 500, 12)[0]))
    for number in (f"{part.low:+.1%}", f"{part.median:+.1%}", f"{part.high:+.1%}", "500 days", "90 days"):
        assert number in part.said
