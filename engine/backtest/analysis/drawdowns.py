"""Drawdowns: the fall of equity from its highest close so far, as a curve and as a table of its episodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.backtest.result import Floats, Integers


@dataclass(frozen=True, slots=True)
class Drawdown:
    """One fall of equity below an earlier peak, until it is back at that peak.

    Attributes:
        depth: the largest fall, fraction of the peak, above 0 and up to 1.
        peak: bar of the peak; -1 when it is the starting cash.
        trough: bar of the lowest close.
        recovery: the first bar that closes at the peak again; None when none did.
        peak_time, trough_time, recovery_time: UTC ms of those bars' opens; the first bar's for the cash.
    """

    depth: float
    peak: int
    trough: int
    recovery: int | None
    peak_time: int
    trough_time: int
    recovery_time: int | None

    @property
    def bars_to_trough(self) -> int:
        """From the peak to the lowest close."""
        return self.trough - self.peak

    @property
    def bars_to_recovery(self) -> int | None:
        """From the lowest close back to the peak; None when equity never came back."""
        return None if self.recovery is None else self.recovery - self.trough


def drawdown_curve(equity: Floats, cash: float) -> Floats:
    """Fall from the highest equity so far, the starting cash included: float64[n], fractions 0 to 1.

    As in the metrics, a fall of at most 1e-12 of the peak is rounding, and 1 is the end.
    """
    from engine.backtest.curve import EQUITY_ROUNDING

    peak = np.maximum(np.maximum.accumulate(equity), cash)
    fall = np.minimum(1.0 - equity / peak, 1.0)
    return np.where(fall > EQUITY_ROUNDING, fall, 0.0)


def deepest_drawdowns(open_time: Integers, equity: Floats, cash: float, most: int) -> tuple[Drawdown, ...]:
    """The `most` deepest drawdowns, deepest first and of equal ones the earlier first.

    Args:
        open_time: int64[n], UTC ms.
        equity: float64[n], quote currency at each bar's close.
    """
    fall = drawdown_curve(equity, cash)
    under = np.concatenate(([False], fall > 0.0, [False]))
    edges = np.flatnonzero(under[1:] != under[:-1])
    first, stop = edges[::2], edges[1::2]
    if not len(first):
        return ()
    depth = np.maximum.reduceat(np.append(fall, 0.0), np.column_stack((first, stop)).ravel())[::2]
    chosen = np.argsort(-depth, kind="stable")[:most]
    return tuple(_episode(open_time, fall, int(first[i]), int(stop[i])) for i in chosen)


def _episode(open_time: Integers, fall: Floats, first: int, stop: int) -> Drawdown:
    """The drawdown whose closes below the peak are the bars first..stop-1."""
    peak, trough = first - 1, first + int(np.argmax(fall[first:stop]))
    recovery = stop if stop < len(fall) else None
    return Drawdown(
        depth=float(fall[trough]),
        peak=peak,
        trough=trough,
        recovery=recovery,
        peak_time=int(open_time[max(peak, 0)]),
        trough_time=int(open_time[trough]),
        recovery_time=None if recovery is None else int(open_time[recovery]),
    )
