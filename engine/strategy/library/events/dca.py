"""Many small purchases average the price: buy by the clock, or further down, and sell above the average.

A purchase of `notional` happens every `every` bars or, where that is 0, whenever nothing is held; the first
one since then begins a round. Below its price wait `safety_orders` further purchases, each `step` further
down (the distance grows by `step_scale`, the amount by `volume_scale`). The round ends at `take_profit` above
the average entry price, or at `stop` below it; what still waits is taken back.
"""

from __future__ import annotations

import sys
from typing import ClassVar

from engine.strategy.events import Context, EventStrategy, event_spec
from engine.strategy.orders import Bracket, Fill
from engine.strategy.spec import StrategySpec

PARAMS = {
    # Bars between purchases; 0 for one whenever nothing is held.
    "every": {"default": 24, "low": 0, "high": 100_000},
    # Quote currency.
    "notional": {"default": 100.0, "low": 0.01},
    "safety_orders": {"default": 0, "low": 0, "high": 50},
    "step": {"default": 0.02, "low": 0.0001, "high": 0.9},
    "step_scale": {"default": 1.0, "low": 0.1, "high": 10.0},
    "volume_scale": {"default": 1.0, "low": 0.1, "high": 10.0},
    # Fractions of the average entry price; 0 for none.
    "take_profit": {"default": 0.0, "low": 0.0, "high": 10.0},
    "stop": {"default": 0.0, "low": 0.0, "high": 0.99},
}


class Dca(EventStrategy):
    """See the module.

    State: `first`, the number of the order that opened the round, None before one; `laid`, whether its safety
    orders lie.
    """

    spec: ClassVar[StrategySpec] = event_spec(sys.modules[__name__], PARAMS)

    def on_start(self, context: Context) -> None:  # noqa: ARG002 - nothing to see yet
        self.state = {"first": None, "laid": False}

    def on_bar(self, context: Context) -> None:
        every = int(self.params["every"])
        flat = context.position is None
        if flat and self.state["first"] not in context.working:
            context.cancel_all()
            self.state = {"first": None, "laid": False}
        due = context.bar % every == 0 if every else self.state["first"] is None
        if due:
            number = self._buy(context, self.params["notional"], None)
            if self.state["first"] is None:
                self.state["first"] = number

    def on_fill(self, context: Context, fill: Fill[float]) -> None:
        if fill.order_id is not None and fill.order_id == self.state["first"] and not self.state["laid"]:
            self.state["laid"] = True
            self._lay_safety_orders(context, fill.price)

    def _lay_safety_orders(self, context: Context, price: float) -> None:
        distance, step, notional = 0.0, self.params["step"], self.params["notional"]
        for _ in range(int(self.params["safety_orders"])):
            distance += step
            step *= self.params["step_scale"]
            notional *= self.params["volume_scale"]
            if distance >= 1:
                return
            self._buy(context, notional, context.to_tick(price * (1 - distance)))

    def _buy(self, context: Context, notional: float, limit: float | None) -> int | None:
        quantity = context.to_lot(notional / (limit or context.close[-1]))
        if not quantity:
            return None
        stop, target = self.params["stop"] or None, self.params["take_profit"] or None
        bracket: Bracket[float] | None = Bracket(stop, target) if stop or target else None
        return context.buy(quantity, limit=limit, bracket=bracket, tag="dca")
