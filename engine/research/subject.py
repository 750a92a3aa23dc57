"""What is assessed: a strategy with chosen parameters, on exactly the bars and settings of its run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.backtest.result import Simulation
from engine.backtest.setup import Setup
from engine.market.bars import Bars, MarketData
from engine.research.returns import PeriodReturns, period_returns
from engine.strategy.port import Strategy
from engine.strategy.signals import Signals
from engine.strategy.spec import Number


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A run laid open for diagnosis; none of what is tried on it is a trial.

    Attributes:
        strategy: loaded; whoever made the subject closes it.
        params: resolved.
        signals, simulation: of these parameters on these bars.
    """

    strategy: Strategy
    market: MarketData
    params: Mapping[str, Number]
    setup: Setup
    detail: Bars | None
    signals: Signals
    simulation: Simulation

    @property
    def returns(self) -> PeriodReturns:
        """Its returns by period."""
        bars = self.market.bars
        return period_returns(bars.open_time, bars.interval, self.simulation.equity, self.setup.cash)
