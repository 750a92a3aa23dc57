"""Everything about a run besides the market and the signals, as one value."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.backtest.costs import Costs
from engine.backtest.execution import Execution
from engine.backtest.margin import Margin
from engine.backtest.sizing import DrawdownScaling, FractionOfEquity, Sizing
from engine.errors import InvalidInput
from engine.market.filters import Filters
from engine.market.instrument import Category

_KINDS = (
    ("costs", Costs, "Costs(maker_fee_bps, taker_fee_bps)"),
    ("execution", Execution, "Execution(latency_bars=1, participation=0.1)"),
    ("filters", Filters | None, "Filters(tick=0.1, lot=0.001), or None"),
    ("margin", Margin | None, "Margin(leverage=3), or None"),
    ("sizing", Sizing, "FractionOfEquity(0.5), FixedNotional(1000), RiskPerTrade(0.01) or another model"),
    ("drawdown_scaling", DrawdownScaling | None, "DrawdownScaling(limit=0.3), or None"),
)


@dataclass(frozen=True, slots=True)
class Setup:
    """How a run trades.

    Attributes:
        costs: fees, slippage, funding.
        cash: start equity, quote currency.
        execution: latency and participation.
        filters: the instrument's; None rounds nothing and refuses nothing.
        margin: leverage and risk tiers; None means no leverage and no liquidation.
        sizing: the base that a signal's size multiplies.
        drawdown_scaling: entries shrink with the drawdown; None for never.
    """

    costs: Costs
    cash: float = 10_000.0
    execution: Execution = Execution()
    filters: Filters | None = None
    margin: Margin | None = None
    sizing: Sizing = FractionOfEquity()
    drawdown_scaling: DrawdownScaling | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.cash) and self.cash > 0):
            raise InvalidInput(
                f"cash = {self.cash} is not possible.", "Give a start equity above 0, e.g. 10000."
            )
        for name, kind, example in _KINDS:
            value: object = getattr(self, name)
            if not isinstance(value, kind):
                raise InvalidInput(f"{name} = {value!r} is not possible.", f"Give {example}.")

    @classmethod
    def defaults(cls, category: Category) -> Setup:
        """Bybit's fees without VIP level, and nothing else."""
        return cls(Costs.defaults(category))

    @property
    def leverage(self) -> float:
        """1 without margin."""
        return 1.0 if self.margin is None else self.margin.leverage
