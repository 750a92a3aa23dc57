"""A run in numbers; the definitions stand in `engine.backtest.metrics`."""

from __future__ import annotations

import math

from engine.backtest.curve import (
    EQUITY_ROUNDING,
    Curve,
    depth_of,
    deviation,
    downside,
    extended,
    mean_of,
    started,
)
from engine.backtest.kernel.forms import DESK_TYPE, FLOATS_TYPE, TERMS_TYPE, Desk, Floats, Summary, Terms
from engine.compiled import inlined_arrayless, kernel

RETURN_ROUNDING = 1e-14
_LARGEST_EXPONENT = math.log(1.7976931348623157e308)


@inlined_arrayless
def _annual_return(growth: float, years: float) -> float:
    if growth <= 0.0:
        return -1.0
    exponent = math.log(growth) / years
    return math.expm1(exponent) if exponent < _LARGEST_EXPONENT else math.nan


@inlined_arrayless
def _ratio(top: float, bottom: float, rounding: float) -> float:
    """NaN where the bottom is no more than rounding."""
    return _finite(top / bottom) if bottom > rounding else math.nan


@inlined_arrayless
def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.nan


@inlined_arrayless
def summarised(desk: Desk, terms: Terms, curve: Curve, bars: int, ruined: bool) -> Summary:
    """The figures of a run over `bars` bars."""
    growth = curve.previous / terms.cash
    root = math.sqrt(terms.bars_per_year)
    annual = _annual_return(growth, bars / terms.bars_per_year)
    spread, mean, depth = deviation(curve, bars), mean_of(curve, bars), depth_of(curve)
    return Summary(
        growth - 1.0,
        annual,
        _finite(spread * root),
        _ratio(mean * root, spread, RETURN_ROUNDING),
        _ratio(mean * root, downside(curve, bars), RETURN_ROUNDING),
        _ratio(annual, depth, EQUITY_ROUNDING),
        depth,
        curve.longest,
        desk.trades,
        desk.wins / desk.trades if desk.trades > 0 else math.nan,
        _ratio(desk.won, desk.lost, 0.0),
        _finite(desk.returns / desk.trades) if desk.trades > 0 else math.nan,
        desk.bars_held / bars,
        desk.notional / (curve.total_equity / bars),
        desk.fees_paid,
        desk.slippage_paid,
        desk.funding_paid,
        ruined,
        desk.ambiguous,
        desk.resolved,
        desk.refused,
        desk.without_stop,
        desk.cut,
        desk.carried,
        desk.liquidations,
    )


@kernel((DESK_TYPE, TERMS_TYPE, FLOATS_TYPE))
def summary_of(desk: Desk, terms: Terms, equity: Floats) -> Summary:
    """The figures of float64[n] equity at the closes, n >= 2, with what `desk` has of trades and totals."""
    curve = started(terms.cash, equity[0])
    for bar in range(equity.size):
        curve = extended(curve, equity[bar])
    return summarised(desk, terms, curve, equity.size, equity[-1] <= 0.0)
