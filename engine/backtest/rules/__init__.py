"""The order of events and every cost, as one pure function for floats and Decimals: `step`.

terms     what a run trades under, in one kind of number
state     what a step takes and leaves          working   what lies at the exchange between two bars
pricing   slippage, ticks, lots, liquidation    sizing    how large an entry by signal is
account   what a fill does                      refusal   what the exchange does not accept
market_orders   the open                        path      inside the bar
step      a bar from its open to its close

The words are in docs/engine.md. Compiled kernels do the same faster and are tested equal to it.
"""

from engine.backtest.rules.path import Assumption
from engine.backtest.rules.state import Bar, Position, SignalRow, State, Step, start
from engine.backtest.rules.step import step
from engine.backtest.rules.terms import DECIMALS, FLOATS, Arithmetic, N, Terms, exactly, terms_of

__all__ = [
    "DECIMALS",
    "FLOATS",
    "Arithmetic",
    "Assumption",
    "Bar",
    "N",
    "Position",
    "SignalRow",
    "State",
    "Step",
    "Terms",
    "exactly",
    "start",
    "step",
    "terms_of",
]
