"""Capacity: the capital at which impact has halved the Sharpe ratio."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.backtest.costs import Costs
from engine.backtest.margin import Margin
from engine.backtest.setup import Setup
from engine.backtest.simulate import simulate_with
from engine.backtest.sizing import FixedNotional, FixedQuantity, FractionOfEquity
from engine.backtest.slippage import FixedSlippage, SquareRootImpact
from engine.market.filters import Filters
from engine.research.stress.capacity import capacity
from engine.research.subject import Subject
from engine.strategy.signals import Signals
from tests.support.market import made_bars
from tests.support.subjects import random_signals, subject_of

ROWS = 2_000


def profitable(setup: Setup, seed: int = 1) -> Subject:
    """A run that knows enough of the future to earn."""
    bars = made_bars(ROWS)
    rng = np.random.default_rng(seed)
    rise = np.concatenate((bars.close[12:] > bars.close[:-12] * 1.01, np.zeros(12, np.bool_)))
    flags = np.zeros((2, ROWS), np.bool_)
    for row in range(0, ROWS - 13, 13):
        if rise[row] or rng.random() < 0.5:
            flags[0, row] = flags[1, row + 12] = True
    never = np.zeros(ROWS, np.bool_)
    return subject_of(bars, Signals(flags[0], flags[1], never, never), setup)


def sharpe_at(subject: Subject, capital: float, coefficient: float = 1.0) -> float:
    costs = replace(subject.setup.costs, slippage=SquareRootImpact(coefficient))
    setup = replace(subject.setup, cash=capital, costs=costs)
    sharpe = simulate_with(subject.market, subject.signals, setup).metrics.sharpe
    assert sharpe is not None
    return sharpe


def test_at_the_capital_found_the_sharpe_ratio_is_half_of_what_it_was() -> None:
    subject = profitable(Setup(Costs(2.0, 5.5)))
    part, base = capacity(subject), sharpe_at(subject, 1.0)
    assert part.capital is not None
    assert sharpe_at(subject, part.capital) == pytest.approx(base / 2.0, rel=0.02)
    assert sharpe_at(subject, part.capital / 1.02) > base / 2.0
    assert "halves its Sharpe ratio" in part.said


def test_the_points_are_the_ratios_at_their_capital_and_fall() -> None:
    subject = profitable(Setup(Costs(2.0, 5.5)))
    points = capacity(subject).points
    assert [point.capital for point in points] == [10.0**exponent for exponent in range(4, 11)]
    assert points[0].sharpe == sharpe_at(subject, 1e4)
    ratios = [point.sharpe for point in points[:4]]
    assert ratios == sorted(ratios, reverse=True)


def test_twice_the_coefficient_bears_a_quarter_of_the_capital() -> None:
    one, two = (
        capacity(profitable(Setup(Costs(2.0, 5.5, SquareRootImpact(size))))).capital for size in (1.0, 2.0)
    )
    assert one is not None and two is not None
    assert one / two == pytest.approx(4.0, rel=0.03)


def test_what_it_does_not_depend_on_the_cash_slippage_and_filters_of_the_run() -> None:
    plain = Setup(Costs(2.0, 5.5))
    other = Setup(
        Costs(2.0, 5.5, FixedSlippage(9.0)), cash=77.0, filters=Filters(lot=0.01, max_market_quantity=1.0)
    )
    assert capacity(profitable(plain)) == capacity(profitable(other))


def test_risk_tiers_do_not_hide_the_impact() -> None:
    levered = Setup(Costs(2.0, 5.5), margin=Margin(2.0), sizing=FractionOfEquity(1.5))
    assert capacity(profitable(levered)).capital is not None


@pytest.mark.parametrize("sizing", [FixedNotional(2_000.0), FixedQuantity(0.05)])
def test_entries_of_a_fixed_size_grow_with_the_capital(sizing: FixedNotional | FixedQuantity) -> None:
    part = capacity(profitable(Setup(Costs(2.0, 5.5), sizing=sizing)))
    assert part.capital is not None
    assert "fixed size grow with the capital" in part.said


def test_a_run_that_earns_nothing_has_no_capacity() -> None:
    part = capacity(subject_of(made_bars(ROWS), random_signals(ROWS, 1), Setup(Costs(2.0, 50.0))))
    assert part.capital is None
    assert len(part.points) == 1
    assert "nothing to lose" in part.said


def test_a_market_of_endless_volume_bears_any_capital() -> None:
    subject = profitable(Setup(Costs(2.0, 5.5)))
    bars = replace(subject.market.bars, volume=np.full(ROWS, 1e30))
    part = capacity(replace(subject, market=replace(subject.market, bars=bars)))
    assert part.capital is None
    assert "does not halve" in part.said
