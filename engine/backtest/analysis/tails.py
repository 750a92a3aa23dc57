"""How a run's per-bar returns behave at their ends: losses in the tail, skew, kurtosis, the worst bars."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.backtest.result import Floats, Integers


@dataclass(frozen=True, slots=True)
class BarReturn:
    """The return of one bar: from the close before to its own; `time` is its open, UTC ms."""

    bar: int
    time: int
    fraction: float


@dataclass(frozen=True, slots=True)
class Tails:
    """Tail measures of the per-bar returns. None where undefined.

    Attributes:
        var_95, var_99: value at risk: the 5% and 1% quantile (linear), sign turned, at least 0.
        cvar_95, cvar_99: mean of the returns at or below that quantile, sign turned, at least 0.
        skew: third central moment over the deviation (ddof 0) cubed.
        excess_kurtosis: fourth central moment over the variance (ddof 0) squared, less 3.
        tail_ratio: the 95% quantile over the 5% quantile, both without sign.
        worst: the bars that lost most, worst first.
    """

    var_95: float | None
    cvar_95: float | None
    var_99: float | None
    cvar_99: float | None
    skew: float | None
    excess_kurtosis: float | None
    tail_ratio: float | None
    worst: tuple[BarReturn, ...]


def measure_tails(open_time: Integers, equity: Floats, worst: int = 5) -> Tails:
    """The tail measures of a run.

    Args:
        open_time: int64[n], UTC ms.
        equity: float64[n], quote currency at each bar's close.
        worst: how many of the worst bars to name; only bars that lost count.
    """
    from engine.backtest.kernel.summary import RETURN_ROUNDING
    from engine.backtest.kernel.tail import returns_of

    returns = returns_of(equity)
    if not len(returns):
        return Tails(None, None, None, None, None, None, None, ())
    var_95, cvar_95 = losses_in_tail(returns, 0.05)
    var_99, cvar_99 = losses_in_tail(returns, 0.01)
    skew, kurtosis = _shape(returns)
    low, high = (abs(float(quantile)) for quantile in np.quantile(returns, (0.05, 0.95)))
    return Tails(
        var_95=var_95,
        cvar_95=cvar_95,
        var_99=var_99,
        cvar_99=cvar_99,
        skew=skew,
        excess_kurtosis=kurtosis,
        tail_ratio=high / low if low > RETURN_ROUNDING else None,
        worst=_worst(open_time, returns, worst),
    )


def losses_in_tail(returns: Floats, share: float, of: int | None = None) -> tuple[float, float]:
    """Value at risk of a tail of `share`, and the mean loss in that tail; both at least 0; NaN on overflow.

    Args:
        returns: float64[n], n >= 1; or only the lowest of them, with the whole tail and one more.
        of: how many there are in all, when these are only the lowest.
    """
    last = (of or len(returns)) - 1
    position = share * last
    rank = int(position)
    upper = min(rank + 1, last)
    ordered = np.partition(returns, (rank, upper))
    low, high = float(ordered[rank]), float(ordered[upper])
    quantile = low + (high - low) * (position - rank)
    if not math.isfinite(quantile):
        return math.nan, math.nan
    beyond = ordered[ordered <= quantile]
    return max(0.0, -quantile), max(0.0, -float(beyond.mean()))


def _shape(returns: Floats) -> tuple[float | None, float | None]:
    """Skew and excess kurtosis; None when the returns do not spread."""
    from engine.backtest.kernel.summary import RETURN_ROUNDING

    deviation = float(returns.std())
    if not deviation > RETURN_ROUNDING:
        return None, None
    standard = (returns - returns.mean()) / deviation
    return float((standard**3).mean()), float((standard**4).mean()) - 3.0


def _worst(open_time: Integers, returns: Floats, most: int) -> tuple[BarReturn, ...]:
    chosen = np.argsort(returns, kind="stable")[:most].tolist()
    return tuple(
        BarReturn(i + 1, int(open_time[i + 1]), float(returns[i])) for i in chosen if returns[i] < 0.0
    )
