"""Small event-shaped strategies for tests, and bars that zigzag."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.backtest.costs import Costs
from engine.backtest.setup import Setup
from engine.backtest.slippage import FixedSlippage
from engine.market.bars import Bars, Origin
from engine.market.interval import Interval
from engine.strategy.events import Context, EventStrategy
from engine.strategy.orders import Fill
from engine.strategy.spec import StrategySpec, parameters_from_literal
from tests.support.market import BTC, START_MS

FREE = Setup(Costs(0.0, 0.0, FixedSlippage(0.0), funding=False), cash=10_000.0)


def bars_through(closes: Sequence[float], *, wick: float = 0.0) -> Bars:
    """Bars that open at the close before; `wick` lengthens them on both sides."""
    close = np.array(closes, dtype=float)
    open_ = np.concatenate([close[:1], close[:-1]])
    columns = {
        "open_time": START_MS + np.arange(len(close)) * Interval.H1.milliseconds,
        "open": open_,
        "high": np.maximum(open_, close) + wick,
        "low": np.minimum(open_, close) - wick,
        "close": close,
        "volume": np.full(len(close), 1000.0),
    }
    return Bars.checked(BTC, Interval.H1, columns, Origin.FILE)


class Scripted(EventStrategy):
    """Does at the close of a bar what it was told to."""

    spec = StrategySpec("", (), (), "0" * 64)

    def __init__(self, script: dict[int, Callable[[Context], Any]]) -> None:
        super().__init__()
        self.script = script
        self.calls: list[tuple[str, int]] = []
        self.seen: list[Fill[float]] = []

    def on_start(self, context: Context) -> None:
        self.calls, self.seen = [("start", context.bar)], []

    def on_bar(self, context: Context) -> None:
        self.calls.append(("bar", context.bar))
        if context.bar in self.script:
            self.script[context.bar](context)

    def on_fill(self, context: Context, fill: Fill[float]) -> None:
        self.calls.append(("fill", context.bar))
        self.seen.append(fill)

    def on_finish(self, context: Context) -> None:
        self.calls.append(("finish", context.bar))


class Crossing(EventStrategy):
    """Long while the fast average of the close is above the slow one; keeps the two sums."""

    spec = StrategySpec("", parameters_from_literal({"fast": 5, "slow": 20}), (), "0" * 64)

    def on_start(self, context: Context) -> None:
        self.state = {"fast": 0.0, "slow": 0.0, "up": False}

    def on_bar(self, context: Context) -> None:
        fast, slow, state = int(self.params["fast"]), int(self.params["slow"]), self.state
        state["fast"] += context.close[-1]
        state["slow"] += context.close[-1]
        if context.bar >= fast:
            state["fast"] -= context.close[-1 - fast]
        if context.bar < slow:
            return
        state["slow"] -= context.close[-1 - slow]
        up = state["fast"] / fast > state["slow"] / slow
        if up and not state["up"]:
            context.buy(0.9 * context.equity / context.close[-1])
        elif state["up"] and not up:
            context.close_position()
        state["up"] = up
