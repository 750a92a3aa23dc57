"""The round trips of a run without their moments: side, time held, size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.backtest.result import ExitReason, Simulation

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_AT_THE_OPEN = (ExitReason.SIGNAL, ExitReason.REVERSE, ExitReason.RE_ENTRY)


@dataclass(frozen=True, slots=True, eq=False)
class RoundTrips:
    """Positions in order of their entry, the one open at the end with the time that it had.

    Attributes:
        side: int64[k], +1 long, -1 short.
        held: int64[k], bars from entry to exit, at least 1; a bar that a stop or target ended counts whole.
        share: float64[k], what the entry cost, taker fee included, over the equity before it; above 0.
    """

    side: Integers
    held: Integers
    share: Floats

    def __len__(self) -> int:
        return len(self.side)

    @property
    def bars_held(self) -> int:
        """Bars with a position."""
        return int(self.held.sum())


def round_trips(simulation: Simulation, taker: float) -> RoundTrips:
    """The round trips of a simulation.

    Args:
        taker: fee of an entry, fraction of its notional.
    """
    trades, position = simulation.trades, simulation.open_position
    inside = np.array([reason not in _AT_THE_OPEN for reason in trades.exit_reason], np.bool_)
    side, start, end = trades.side, trades.entry_bar, trades.exit_bar + inside
    notional = trades.quantity * trades.entry_price
    if position is not None:
        side, start = np.append(side, position.side), np.append(start, position.entry_bar)
        end = np.append(end, len(simulation.equity))
        notional = np.append(notional, position.quantity * position.entry_price)
    end[:-1] = np.minimum(end[:-1], start[1:])  # a liquidation at an open leaves that bar to the next entry
    before = simulation.cash + np.concatenate(([0.0], np.cumsum(trades.pnl)))[: len(side)]
    held, share = end - start, notional * (1.0 + taker) / before
    some = held > 0  # what is filled late under a cap on participation may be closed at the same open
    return RoundTrips(side[some], held[some], share[some])
