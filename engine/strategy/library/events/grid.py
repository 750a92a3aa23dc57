"""Prices swing inside a range: buy on each line on the way down, sell one line up.

The range is divided by `levels` lines of equal distance. On every line below the price waits a purchase; once
filled, what it bought is sold one line up, and the line is free again. When a bar closes further than `stop`
below the range, everything is sold and the grid is over.
"""

from __future__ import annotations

import itertools
import sys
from typing import ClassVar

from engine.errors import InvalidInput
from engine.strategy.events import Context, EventStrategy, event_spec
from engine.strategy.orders import Fill, TakeProfitOrder
from engine.strategy.spec import StrategySpec

PARAMS = {
    # The range in prices; where both are 0, `span` around the first close.
    "lower": {"default": 0.0, "low": 0.0},
    "upper": {"default": 0.0, "low": 0.0},
    "span": {"default": 0.1, "low": 0.001, "high": 0.9},
    "levels": {"default": 10, "low": 2, "high": 200},
    # Quote currency per line.
    "notional": {"default": 500.0, "low": 0.01},
    # Fraction below the lowest line; 0 for none.
    "stop": {"default": 0.0, "low": 0.0, "high": 0.9},
}
CONSTRAINTS = ["lower <= upper"]


class Grid(EventStrategy):
    """See the module.

    State: `lines` (prices, ascending); per line but the last `bought` (base currency that waits to be sold);
    `buys` and `sells` (order number to line); `over`.
    """

    spec: ClassVar[StrategySpec] = event_spec(sys.modules[__name__], PARAMS, CONSTRAINTS)

    def on_start(self, context: Context) -> None:  # noqa: ARG002 - nothing to see yet
        self.state = {"lines": [], "bought": [], "buys": {}, "sells": {}, "over": False}

    def on_bar(self, context: Context) -> None:
        state = self.state
        if not state["lines"]:
            state["lines"] = self._lines(context)
            state["bought"] = [0.0] * (len(state["lines"]) - 1)
        if state["over"]:
            return
        stop = self.params["stop"]
        if stop and context.close[-1] < state["lines"][0] * (1 - stop):
            context.cancel_all()
            context.close_position("stop")
            state["over"] = True
            return
        self._fill_free_lines(context)

    def on_fill(self, context: Context, fill: Fill[float]) -> None:
        state, number = self.state, str(fill.order_id)
        if number in state["buys"]:
            line = state["buys"][number]
            state["bought"][line] += fill.quantity
            if not state["over"]:
                price = state["lines"][line + 1]
                sale = context.place(
                    TakeProfitOrder(side=-1, quantity=fill.quantity, price=price, tag="grid")
                )
                state["sells"][str(sale)] = line
        elif number in state["sells"]:
            line = state["sells"][number]
            state["bought"][line] = max(state["bought"][line] - fill.quantity, 0.0)

    def _lines(self, context: Context) -> list[float]:
        lower, upper = self.params["lower"], self.params["upper"]
        if not lower and not upper:
            lower, upper = (context.close[-1] * (1 + side * self.params["span"]) for side in (-1, 1))
        count = int(self.params["levels"])
        lines = [context.to_tick(lower + (upper - lower) * line / (count - 1)) for line in range(count)]
        if lines[0] <= 0 or any(one >= next_ for one, next_ in itertools.pairwise(lines)):
            raise InvalidInput(
                f"{count} lines from {lower:g} to {upper:g} are no grid.",
                "Give a range above 0, fewer levels, or both.",
            )
        return lines

    def _fill_free_lines(self, context: Context) -> None:
        """Put a purchase on every line below the price that has none and whose last one was sold."""
        state, working = self.state, context.working
        if context.position is None:
            state["bought"] = [0.0] * len(state["bought"])
        for book in ("buys", "sells"):
            state[book] = {number: line for number, line in state[book].items() if int(number) in working}
        taken = {*state["buys"].values(), *state["sells"].values()}
        for line, price in enumerate(state["lines"][:-1]):
            if price >= context.close[-1]:
                return
            if line not in taken and not state["bought"][line]:
                quantity = context.to_lot(self.params["notional"] / price)
                if quantity:
                    state["buys"][str(context.buy(quantity, limit=price, tag="grid"))] = line
