"""What a run's costs took of its result."""

from __future__ import annotations

from dataclasses import dataclass

from engine.backtest.result import Simulation


@dataclass(frozen=True, slots=True)
class CostSplit:
    """The way from the result before costs to the one after them, quote currency, paid = positive.

    The costs are those of the fills that were made; without them the positions would have had other sizes.

    Attributes:
        gross: what the same fills would have made without costs.
        fees, slippage, funding: totals, the open position's included.
    """

    gross: float
    fees: float
    slippage: float
    funding: float

    @property
    def paid(self) -> float:
        """All costs together."""
        return self.fees + self.slippage + self.funding

    @property
    def net(self) -> float:
        """Final equity less the starting cash."""
        return self.gross - self.paid

    def of_gross(self, amount: float) -> float | None:
        """`amount` as a fraction of the gross profit; None when there was none."""
        return amount / self.gross if self.gross > 0.0 else None


def split_costs(simulation: Simulation) -> CostSplit:
    """The cost split of a finished run."""
    metrics = simulation.metrics
    paid = metrics.fees_paid + metrics.slippage_paid + metrics.funding_paid
    return CostSplit(
        gross=float(simulation.equity[-1]) - simulation.cash + paid,
        fees=metrics.fees_paid,
        slippage=metrics.slippage_paid,
        funding=metrics.funding_paid,
    )
