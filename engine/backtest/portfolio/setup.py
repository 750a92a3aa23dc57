"""Everything about a portfolio's run besides its markets and their signals, as one value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.backtest.costs import Costs
from engine.backtest.execution import Execution
from engine.backtest.portfolio.allocation import Allocation, EqualWeight, Rebalancing
from engine.backtest.setup import Setup
from engine.backtest.sizing import FractionOfEquity
from engine.errors import InvalidInput
from engine.market.instrument import Instrument


@dataclass(frozen=True, slots=True)
class PortfolioSetup:
    """How a portfolio trades. There is no leverage, no latency, no cap on volume and no rounding.

    Attributes:
        costs: of each market, or one for all; None means the defaults of each market's category.
        cash: start equity, quote currency.
        allocation: the share of equity of each market.
        rebalancing: None for never.
    """

    costs: Costs | Mapping[Instrument, Costs] | None = None
    cash: float = 10_000.0
    allocation: Allocation = field(default_factory=EqualWeight)
    rebalancing: Rebalancing | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.cash) and self.cash > 0):
            raise InvalidInput(
                f"cash = {self.cash} is not possible.", "Give a start equity above 0, e.g. 10000."
            )

    @classmethod
    def of(cls, setup: Setup, allocation: Allocation, rebalancing: Rebalancing | None) -> PortfolioSetup:
        """The setup of a single market for a portfolio, as far as a portfolio can do what it asks for.

        Raises:
            InvalidInput: it asks for more; the text names it.
        """
        defaults = {
            "margin": (setup.margin, None),
            "filters": (setup.filters, None),
            "latency_bars": (setup.execution.latency_bars, Execution().latency_bars),
            "participation": (setup.execution.participation, None),
            "sizing": (setup.sizing, FractionOfEquity()),
            "drawdown_scaling": (setup.drawdown_scaling, None),
        }
        asked = [name for name, (value, default) in defaults.items() if value != default]
        if asked:
            raise InvalidInput(
                f"A portfolio knows no {', '.join(asked)}.",
                "Leave it out, or simulate the markets one by one.",
            )
        return cls(setup.costs, setup.cash, allocation, rebalancing)

    def costs_of(self, instrument: Instrument) -> Costs:
        """The costs of a market.

        Raises:
            InvalidInput: none are given for it.
        """
        costs = self.costs
        if costs is None:
            costs = Costs.defaults(instrument.category)
        elif not isinstance(costs, Costs):
            if instrument not in costs:
                raise InvalidInput(f"There are no costs for {instrument}.", "Give them for every market.")
            costs = costs[instrument]
        return costs
