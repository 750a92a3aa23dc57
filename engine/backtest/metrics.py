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

A spread of returns below 1e-14, or below 1e-5 of their root mean square, and a fall below a peak of less than
1e-12 of it, are rounding and count as 0. All but var_95 and cvar_95 need one look at each close; the kernels
sum them up on their way (`engine.backtest.kernel.summary`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.backtest.analysis.tails import losses_in_tail
from engine.backtest.result import ExitReason, Metrics, OpenPosition, Trades
from engine.market.interval import Interval

if TYPE_CHECKING:
    from engine.backtest.kernel.forms import Summary

Floats = NDArray[np.float64]

_AT_THE_OPEN = (ExitReason.SIGNAL, ExitReason.REVERSE, ExitReason.RE_ENTRY)
_TAIL = 0.05
_GUESS = 0.08  # of a sample: enough above the tail that the guess hardly ever misses
_SAMPLE = 4000


def metrics_of(summary: Summary, equity: Floats) -> Metrics:
    """The metrics of a walk: its summary, and the tail of the returns of its equity."""
    var, cvar = tail_losses(equity)
    return Metrics(
        total_return=summary.total_return,
        annual_return=_known(summary.annual_return),
        annual_volatility=_known(summary.annual_volatility),
        sharpe=_known(summary.sharpe),
        sortino=_known(summary.sortino),
        calmar=_known(summary.calmar),
        max_drawdown=summary.max_drawdown,
        max_drawdown_bars=summary.max_drawdown_bars,
        var_95=var,
        cvar_95=cvar,
        trades=summary.trades,
        win_rate=_known(summary.win_rate),
        profit_factor=_known(summary.profit_factor),
        expectancy=_known(summary.expectancy),
        exposure=summary.exposure,
        turnover=summary.turnover,
        fees_paid=summary.fees_paid,
        slippage_paid=summary.slippage_paid,
        funding_paid=summary.funding_paid,
    )


def measure(
    cash: float,
    equity: Floats,
    interval: Interval,
    trades: Trades,
    position: OpenPosition | None,
    *,
    bars_exposed: int | None = None,
) -> Metrics:
    """The metrics of any run that started with `cash`.

    Args:
        equity: float64[n], quote currency at each bar's close, n >= 2.
        position: what is open at the end.
        bars_exposed: bars with a position after the open's exits and entries; None reads it off the trades,
            which takes each of them for a whole position.
    """
    from engine.backtest.kernel.forms import DESK, TERMS
    from engine.backtest.kernel.summary import summary_of

    desk, terms = np.zeros(1, DESK)[0], np.zeros(1, TERMS)[0]
    terms["cash"], terms["bars_per_year"] = cash, interval.bars_per_year
    for name, total in _totals(trades, position).items():
        desk[name] = total
    desk["bars_held"] = _exposed(trades, position, len(equity)) if bars_exposed is None else bars_exposed
    return metrics_of(summary_of(desk, terms, equity), equity)


def _totals(trades: Trades, position: OpenPosition | None) -> dict[str, float]:
    """What a walk would have summed up on its way."""
    wins, losses = trades.pnl[trades.pnl > 0.0], trades.pnl[trades.pnl < 0.0]
    return {
        "trades": len(trades),
        "wins": len(wins),
        "losses": len(losses),
        "won": float(wins.sum()),
        "lost": -float(losses.sum()),
        "returns": float(trades.net_return.sum()),
        "notional": _traded_notional(trades, position),
        "fees_paid": float(trades.fees.sum()) + (position.fees if position else 0.0),
        "slippage_paid": float(trades.slippage.sum()) + (position.slippage if position else 0.0),
        "funding_paid": float(trades.funding.sum()) + (position.funding if position else 0.0),
    }


def _exposed(trades: Trades, position: OpenPosition | None, bars: int) -> int:
    inside = len(trades) - sum(trades.exit_reason.count(reason) for reason in _AT_THE_OPEN)
    closed = int((trades.exit_bar - trades.entry_bar).sum()) + inside
    return closed + (bars - position.entry_bar if position else 0)


def _traded_notional(trades: Trades, position: OpenPosition | None) -> float:
    closed = float(np.dot(trades.quantity, trades.entry_price + trades.exit_price))
    return closed + (position.quantity * position.entry_price if position else 0.0)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def tail_losses(equity: Floats) -> tuple[float | None, float | None]:
    """Value at risk and its conditional mean at 95%; None where the returns overflow."""
    count = len(equity) - 1
    var, cvar = losses_in_tail(_worst(equity, int(_TAIL * count) + 2), _TAIL, of=count)
    return (var if math.isfinite(var) else None), (cvar if math.isfinite(cvar) else None)


def _worst(equity: Floats, count: int) -> Floats:
    """At least the `count` lowest returns. A guess from a sample spares ordering all of them."""
    from engine.backtest.kernel.tail import returns_of, returns_up_to

    step = len(equity) // _SAMPLE + 1
    before, after = equity[:-1:step], equity[1::step]
    if step > 1 and before.min() > 0.0:
        worst = returns_up_to(equity, float(np.quantile(after / before - 1.0, _GUESS)))
        if len(worst) >= count:
            return worst
    return returns_of(equity)
