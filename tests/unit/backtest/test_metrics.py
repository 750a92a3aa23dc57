"""Each metric on curves and trades small enough to reckon by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from engine.backtest.metrics import measure
from engine.backtest.result import ExitReason, Metrics, OpenPosition, Trades
from engine.market.interval import Interval


def trades(
    pnl: list[float],
    *,
    entry_bar: list[int] | None = None,
    exit_bar: list[int] | None = None,
    reason: ExitReason = ExitReason.SIGNAL,
) -> Trades:
    """Longs of 10 at 100, sold at 110, with the given net gains."""
    n = len(pnl)
    ints, ones = np.zeros(n, np.int64), np.ones(n)
    entry, exit_ = np.array(entry_bar or ints, np.int64), np.array(exit_bar or ints, np.int64)
    return Trades(
        side=ints + 1,
        entry_bar=entry,
        exit_bar=exit_,
        entry_time=entry,
        exit_time=exit_,
        entry_price=100.0 * ones,
        exit_price=110.0 * ones,
        quantity=10.0 * ones,
        pnl=np.array(pnl, np.float64),
        net_return=np.array(pnl, np.float64) / 1000.0,
        fees=2.0 * ones,
        slippage=0.5 * ones,
        funding=-0.25 * ones,
        stop_loss=np.full(n, np.nan),
        take_profit=np.full(n, np.nan),
        adverse_excursion=np.zeros(n),
        favourable_excursion=np.zeros(n),
        exit_reason=(reason,) * n,
        tag=("",) * n,
    )


NO_TRADES = trades([])
OPEN = OpenPosition(1, 3, 0, 100.0, 10.0, 5.0, "", fees=1.0, slippage=0.5, funding=0.25)


def of(equity: list[float], cash: float = 100.0, interval: Interval = Interval.D1) -> Metrics:
    return measure(cash, np.array(equity, np.float64), interval, NO_TRADES, None)


def test_total_return_counts_from_the_start_cash() -> None:
    assert of([110.0, 121.0]).total_return == pytest.approx(0.21)


def test_annual_return_compounds_over_365_days() -> None:
    assert of([100.0] * 364 + [110.0]).annual_return == pytest.approx(0.10)
    assert of([100.0] * 72 + [110.0]).annual_return == pytest.approx(1.1**5 - 1)


def test_annual_return_is_none_where_it_overflows_and_minus_one_when_ruined() -> None:
    assert of([100.0, 1000.0], interval=Interval.M1).annual_return is None
    assert of([100.0, -5.0]).annual_return == -1.0


def test_sharpe_is_mean_over_deviation_times_the_root_of_bars_per_year() -> None:
    metrics = of([100.0, 110.0, 104.5, 114.95])  # +10%, -5%, +10%
    deviation = math.sqrt((0.05**2 + 0.1**2 + 0.05**2) / 2)
    assert metrics.sharpe == pytest.approx(0.05 / deviation * math.sqrt(365))
    assert metrics.annual_volatility == pytest.approx(deviation * math.sqrt(365))
    hourly = of([100.0, 110.0, 104.5, 114.95], interval=Interval.H1)
    assert hourly.sharpe == pytest.approx(0.05 / deviation * math.sqrt(365 * 24))


def test_sortino_sets_the_mean_against_the_falls_over_all_bars() -> None:
    metrics = of([100.0, 110.0, 104.5, 114.95])
    assert metrics.sortino == pytest.approx(0.05 / math.sqrt(0.05**2 / 3) * math.sqrt(365))


def test_a_flat_curve_has_no_ratios() -> None:
    metrics = of([100.0] * 5)
    assert (metrics.sharpe, metrics.sortino, metrics.calmar) == (None, None, None)
    assert (metrics.annual_volatility, metrics.max_drawdown, metrics.max_drawdown_bars) == (0.0, 0.0, 0)
    assert (metrics.var_95, metrics.cvar_95) == (0.0, 0.0)


def test_even_growth_has_no_ratios_although_its_returns_differ_by_rounding() -> None:
    metrics = of([100.0 * 1.01**i for i in range(50)])
    assert (metrics.sharpe, metrics.sortino, metrics.calmar) == (None, None, None)


def test_two_bars_have_one_return_and_so_no_deviation() -> None:
    metrics = of([100.0, 90.0])
    assert (metrics.sharpe, metrics.annual_volatility) == (None, None)
    assert metrics.sortino == pytest.approx(-math.sqrt(365))


def test_drawdown_is_the_deepest_fall_and_its_length_the_longest() -> None:
    metrics = of([100, 120, 90, 120, 119, 118, 117, 130, 125])
    assert metrics.max_drawdown == pytest.approx(0.25)
    assert metrics.max_drawdown_bars == 3


def test_a_drawdown_counts_from_the_start_cash_and_lasts_to_the_end() -> None:
    metrics = of([90, 80, 95, 85])
    assert metrics.max_drawdown == pytest.approx(0.2)
    assert metrics.max_drawdown_bars == 4


def test_a_drawdown_is_at_most_everything() -> None:
    assert of([100, 50, -30, -30]).max_drawdown == 1.0


def test_calmar_is_annual_return_over_the_deepest_drawdown() -> None:
    metrics = of([100.0, 80.0] + [100.0] * 362 + [110.0])
    assert metrics.calmar == pytest.approx(0.1 / 0.2)


def test_value_at_risk_interpolates_between_the_worst_returns() -> None:
    falls = [0.10, 0.08, 0.06]
    equity = [100.0]
    for fall in [*falls, *[0.0] * 38]:  # 41 returns: the 5% quantile is the third lowest
        equity.append(equity[-1] * (1 - fall))
    metrics = of(equity)
    assert metrics.var_95 == pytest.approx(0.06)
    assert metrics.cvar_95 == pytest.approx(0.08)
    shorter = of(equity[:-10])  # 31 returns: at position 1.5, between the second and the third
    assert shorter.var_95 == pytest.approx(0.07)
    assert shorter.cvar_95 == pytest.approx(0.09)


def test_value_at_risk_of_gains_alone_is_zero() -> None:
    metrics = of([100.0, 101.0, 103.0, 104.0])
    assert (metrics.var_95, metrics.cvar_95) == (0.0, 0.0)


@pytest.mark.parametrize("flat", [0.0, 0.5, 0.97])
def test_value_at_risk_of_many_returns_equals_numpys_quantile(flat: float) -> None:
    rng = np.random.default_rng(7)
    moves = rng.normal(0, 0.01, 50_000) * (rng.random(50_000) >= flat)
    equity = 100.0 * np.cumprod(1 + moves)
    returns = equity[1:] / equity[:-1] - 1
    quantile = np.quantile(returns, 0.05)
    metrics = measure(100.0, equity, Interval.M1, NO_TRADES, None)
    assert metrics.var_95 == pytest.approx(-quantile, rel=1e-12)
    assert metrics.cvar_95 == pytest.approx(-returns[returns <= quantile].mean(), rel=1e-9)


def test_returns_after_ruin_are_zero() -> None:
    metrics = of([100.0, 50.0, -10.0, -10.0, -10.0])  # -50%, -120%, 0, 0
    mean = -1.7 / 4
    assert metrics.sortino == pytest.approx(mean / math.sqrt((0.25 + 1.44) / 4) * math.sqrt(365))
    assert metrics.total_return == pytest.approx(-1.1)


def test_wins_are_trades_with_a_net_gain() -> None:
    metrics = measure(100.0, np.full(4, 100.0), Interval.D1, trades([30.0, -10.0, 0.0, 20.0]), None)
    assert metrics.trades == 4
    assert metrics.win_rate == 0.5
    assert metrics.profit_factor == pytest.approx(5.0)
    assert metrics.expectancy == pytest.approx(0.01)


def test_without_trades_the_trade_figures_are_none() -> None:
    metrics = of([100.0, 100.0])
    assert (metrics.trades, metrics.win_rate, metrics.profit_factor, metrics.expectancy) == (
        0,
        None,
        None,
        None,
    )


def test_profit_factor_is_none_without_a_loss_and_zero_without_a_win() -> None:
    flat = np.full(4, 100.0)
    assert measure(100.0, flat, Interval.D1, trades([5.0]), None).profit_factor is None
    assert measure(100.0, flat, Interval.D1, trades([-5.0]), None).profit_factor == 0.0


def test_exposure_counts_the_bars_with_a_position_after_the_open() -> None:
    flat = np.full(10, 100.0)
    at_open = trades([1.0], entry_bar=[2], exit_bar=[5])
    assert measure(100.0, flat, Interval.D1, at_open, None).exposure == pytest.approx(0.3)
    inside = replace(at_open, exit_reason=(ExitReason.STOP_LOSS,))
    assert measure(100.0, flat, Interval.D1, inside, None).exposure == pytest.approx(0.4)
    assert measure(100.0, flat, Interval.D1, NO_TRADES, OPEN).exposure == pytest.approx(0.7)


def test_turnover_counts_every_fill_against_mean_equity() -> None:
    equity = np.array([1000.0, 1000.0, 1100.0, 1300.0])
    metrics = measure(1000.0, equity, Interval.D1, trades([98.0]), OPEN)
    assert metrics.turnover == pytest.approx((1000 + 1100 + 1000) / 1100)


def test_turnover_counts_equity_below_zero_as_zero() -> None:
    metrics = measure(1000.0, np.array([1000.0, -500.0]), Interval.D1, trades([98.0]), None)
    assert metrics.turnover == pytest.approx(2100 / 500)


def test_costs_include_those_of_the_open_position() -> None:
    metrics = measure(1000.0, np.full(4, 1000.0), Interval.D1, trades([1.0, 2.0]), OPEN)
    assert (metrics.fees_paid, metrics.slippage_paid, metrics.funding_paid) == (5.0, 1.5, -0.25)


def test_huge_and_tiny_curves_stay_finite_or_none() -> None:
    for equity in ([1e-300, 1e300, 1e-300], [1e308, 1e308], [5e-324, 1.0], [100.0, 1e-300, 1e-300]):
        for name, value in of(equity).as_dict().items():
            assert value is None or math.isfinite(value), f"{name} of {equity}"
