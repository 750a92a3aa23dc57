"""What an equity curve yields, close by close; `engine.backtest.metrics` has the definitions."""

from __future__ import annotations

import math
from typing import NamedTuple

from engine.compiled import always_inlined, inlined_arrayless

EQUITY_ROUNDING = 1e-12
SPREAD_ROUNDING = 1e-10
_RECOVERED = 1.0 - EQUITY_ROUNDING


class Curve(NamedTuple):
    """An equity curve up to a close.

    Attributes:
        previous: equity at that close.
        total, squares, squared_falls: sums of returns, of their squares, of the squares of the negative ones.
        total_equity: sum of equity, below 0 as 0.
        peak: highest equity so far; trough: the lowest since then.
        depth: the deepest fall below a peak that has been passed since, fraction of the peak.
        below, longest: bars that close below an earlier peak, now in a row and at most.
    """

    previous: float
    total: float
    squares: float
    squared_falls: float
    total_equity: float
    peak: float
    trough: float
    depth: float
    below: int
    longest: int


@inlined_arrayless
def started(cash: float, equity: float) -> Curve:
    """Before the first close, which will be at `equity`: the first return is that to the second close."""
    return Curve(equity, 0.0, 0.0, 0.0, 0.0, cash, cash, 0.0, 0, 0)


@always_inlined
def extended(curve: Curve, equity: float) -> Curve:
    """The curve with one more close."""
    change = equity / curve.previous - 1.0 if curve.previous > 0.0 else 0.0
    fall = min(change, 0.0)
    peak, trough, depth = curve.peak, min(curve.trough, equity), curve.depth
    if equity > peak:
        depth = max(depth, 1.0 - trough / peak)
        peak = trough = equity
    below = curve.below + 1 if equity < peak * _RECOVERED else 0
    return Curve(
        equity,
        curve.total + change,
        curve.squares + change * change,
        curve.squared_falls + fall * fall,
        curve.total_equity + max(equity, 0.0),
        peak,
        trough,
        depth,
        below,
        max(curve.longest, below),
    )


@always_inlined
def extended_by_four(curve: Curve, equities: tuple[float, float, float, float]) -> Curve:
    """The curve with four more closes, all above 0, after one above 0: a processor does four at a time."""
    first, second, third, fourth = equities
    changes = (first / curve.previous - 1.0, second / first - 1.0, third / second - 1.0, fourth / third - 1.0)
    falls = (min(changes[0], 0.0), min(changes[1], 0.0), min(changes[2], 0.0), min(changes[3], 0.0))
    peak, trough, depth, below, longest = (
        curve.peak,
        curve.trough,
        curve.depth,
        curve.below,
        curve.longest,
    )
    if max(max(first, second), max(third, fourth)) < peak * _RECOVERED:
        trough = min(trough, min(min(first, second), min(third, fourth)))
        below += 4
        longest = max(longest, below)
    else:
        for equity in equities:
            trough = min(trough, equity)
            if equity > peak:
                depth = max(depth, 1.0 - trough / peak)
                peak = trough = equity
            below = below + 1 if equity < peak * _RECOVERED else 0
            longest = max(longest, below)
    return Curve(
        fourth,
        curve.total + _sum(changes),
        curve.squares + _sum_of_squares(changes),
        curve.squared_falls + _sum_of_squares(falls),
        curve.total_equity + _sum(equities),
        peak,
        trough,
        depth,
        below,
        longest,
    )


@always_inlined
def _sum(four: tuple[float, float, float, float]) -> float:
    return (four[0] + four[1]) + (four[2] + four[3])


@always_inlined
def _sum_of_squares(four: tuple[float, float, float, float]) -> float:
    return (four[0] * four[0] + four[1] * four[1]) + (four[2] * four[2] + four[3] * four[3])


@inlined_arrayless
def flat_for(curve: Curve, bars: int) -> Curve:
    """The curve with `bars` more closes at the same equity."""
    below = curve.below + bars if curve.previous < curve.peak * _RECOVERED else 0
    return Curve(
        curve.previous,
        curve.total,
        curve.squares,
        curve.squared_falls,
        curve.total_equity + max(curve.previous, 0.0) * bars,
        curve.peak,
        curve.trough,
        curve.depth,
        below,
        max(curve.longest, below),
    )


@inlined_arrayless
def mean_of(curve: Curve, bars: int) -> float:
    """Mean of the returns between `bars` closes."""
    return curve.total / (bars - 1)


@inlined_arrayless
def deviation(curve: Curve, bars: int) -> float:
    """Standard deviation of the returns, ddof 1; NaN for fewer than two, 0 where they differ by rounding."""
    if bars < 3:
        return math.nan
    spread = curve.squares - curve.total * mean_of(curve, bars)
    return math.sqrt(spread / (bars - 2)) if spread > curve.squares * SPREAD_ROUNDING else 0.0


@inlined_arrayless
def downside(curve: Curve, bars: int) -> float:
    """Root mean square of the negative returns over all."""
    return math.sqrt(curve.squared_falls / (bars - 1))


@inlined_arrayless
def depth_of(curve: Curve) -> float:
    """The deepest fall below a running peak, 0 to 1."""
    return min(max(curve.depth, 1.0 - curve.trough / curve.peak), 1.0)
