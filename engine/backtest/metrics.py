"""Metrics from equity and trades. None where a figure is undefined; never NaN or infinite.

Of n bars with closes equity_0 .. equity_{n-1} and start equity `cash`:

total_return        equity_{n-1} / cash - 1
returns             r_i = equity_i / equity_{i-1} - 1 for i = 1 .. n-1; 0 once equity is at or below 0
years               n x interval / 365 days
annual_return       (equity_{n-1} / cash) ^ (1 / years) - 1; -1 when ruined; None where that overflows
annual_volatility   std(r), ddof 1, x root(bars per 365 days); None for fewer than two returns
sharpe              mean(r) / std(r), ddof 1, rate 0, x root(bars per 365 days); None when std is 0
sortino             mean(r) / root(mean(min(r, 0)^2)) over all r, x the same root; None without a fall
max_drawdown        largest 1 - equity / peak on closes, the peak running from `cash` on; 0 to 1
max_drawdown_bars   longest run of bars that close below an earlier peak, to recovery or the end
calmar              annual_return / max_drawdown; None when there was no drawdown
var_95              the 5% quantile of r (linear between order statistics), sign turned, at least 0; per bar
cvar_95             mean of the r at or below that quantile, sign turned, at least 0; per bar
trades              closed trades; a win has net pnl above 0
win_rate            wins / trades
profit_factor       sum of winning pnl / |sum of losing pnl|; None without a loss
expectancy          mean net return per closed trade
exposure            share of the bars with a position after the open's exits and entries
turnover            notional of all fills, the open position's entry included / mean equity (below 0 as 0)
fees_paid, slippage_paid, funding_paid    totals, the open position's included

A spread of returns below 1e-14, or a fall below a peak of less than 1e-12 of it, is rounding and counts as 0.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.backtest.analysis.returns import RETURN_ROUNDING
from engine.backtest.analysis.tails import tail_losses
from engine.backtest.result import ExitReason, Metrics, OpenPosition, Trades
from engine.market.interval import Interval

Floats = NDArray[np.float64]

_AT_THE_OPEN = (ExitReason.SIGNAL, ExitReason.REVERSE, ExitReason.RE_ENTRY)
_TAIL = 0.05
_LARGEST_EXPONENT = math.log(np.finfo(np.float64).max)


def measure(
    cash: float, equity: Floats, interval: Interval, trades: Trades, position: OpenPosition | None
) -> Metrics:
    """The metrics of a run that started with `cash`.

    Args:
        equity: float64[n], quote currency at each bar's close, n >= 2.
        position: what is open at the end.
    """
    from engine.backtest.curve import EQUITY_ROUNDING, describe

    curve = describe(equity, cash)
    growth = float(equity[-1]) / cash
    root = math.sqrt(interval.bars_per_year)
    annual = _annual_return(growth, len(equity) / interval.bars_per_year)
    var, cvar = tail_losses(curve.returns, _TAIL)
    wins, losses = trades.pnl[trades.pnl > 0.0], trades.pnl[trades.pnl < 0.0]
    count = len(trades)
    return Metrics(
        total_return=growth - 1.0,
        annual_return=annual,
        annual_volatility=_finite(curve.deviation * root),
        sharpe=_ratio(curve.mean * root, curve.deviation, RETURN_ROUNDING),
        sortino=_ratio(curve.mean * root, curve.downside, RETURN_ROUNDING),
        calmar=_ratio(annual, curve.depth, EQUITY_ROUNDING),
        max_drawdown=curve.depth,
        max_drawdown_bars=curve.longest,
        var_95=_finite(var),
        cvar_95=_finite(cvar),
        trades=count,
        win_rate=len(wins) / count if count else None,
        profit_factor=_ratio(float(wins.sum()), abs(float(losses.sum())), 0.0),
        expectancy=_finite(float(trades.net_return.mean())) if count else None,
        exposure=_bars_exposed(trades, position, len(equity)) / len(equity),
        turnover=_traded_notional(trades, position) / curve.mean_equity,
        fees_paid=float(trades.fees.sum()) + (position.fees if position else 0.0),
        slippage_paid=float(trades.slippage.sum()) + (position.slippage if position else 0.0),
        funding_paid=float(trades.funding.sum()) + (position.funding if position else 0.0),
    )


def _annual_return(growth: float, years: float) -> float | None:
    if growth <= 0.0:
        return -1.0
    exponent = math.log(growth) / years
    return math.expm1(exponent) if exponent < _LARGEST_EXPONENT else None


def _bars_exposed(trades: Trades, position: OpenPosition | None, bars: int) -> int:
    inside = len(trades) - sum(trades.exit_reason.count(reason) for reason in _AT_THE_OPEN)
    closed = int((trades.exit_bar - trades.entry_bar).sum()) + inside
    return closed + (bars - position.entry_bar if position else 0)


def _traded_notional(trades: Trades, position: OpenPosition | None) -> float:
    closed = float(np.dot(trades.quantity, trades.entry_price + trades.exit_price))
    return closed + (position.quantity * position.entry_price if position else 0.0)


def _ratio(top: float | None, bottom: float | None, rounding: float) -> float | None:
    if top is None or bottom is None or not bottom > rounding:
        return None
    return _finite(top / bottom)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
