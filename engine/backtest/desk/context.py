"""What a strategy sees of the desk and of the bars up to now; the `Context` of `engine.strategy.events`."""

from __future__ import annotations

import math
from typing import Any

from engine.backtest.desk.orders import OrderDesk
from engine.market.filters import Filters
from engine.strategy.events import Holding
from engine.strategy.orders import Bracket, Cancel, LimitOrder, MarketOrder, Order, Place, Side

_NEARLY = 1e-9


class DeskContext:
    """The columns are lists that grow by one number per bar: what has not happened is not in them."""

    __slots__ = (
        "_account",
        "_desk",
        "_filters",
        "_times",
        "bar",
        "close",
        "high",
        "low",
        "open",
        "orders",
        "volume",
    )

    def __init__(self, desk: OrderDesk, times: Any, filters: Filters | None) -> None:
        self._desk = desk
        self._account = {name: desk.account[name] for name in ("side", "quantity", "cost", "cash")}
        self._times = times
        self._filters = filters or Filters()
        self.bar = -1
        self.open: list[float] = []
        self.high: list[float] = []
        self.low: list[float] = []
        self.close: list[float] = []
        self.volume: list[float] = []
        self.orders: list[Order[float]] = []

    @property
    def time(self) -> int:
        return int(self._times[self.bar])

    @property
    def position(self) -> Holding | None:
        account = self._account
        side = int(account["side"][0])
        if not side:
            return None
        quantity = float(account["quantity"][0])
        return Holding(side, quantity, float(account["cost"][0]) / quantity)

    @property
    def cash(self) -> float:
        return float(self._account["cash"][0])

    @property
    def equity(self) -> float:
        """At the last close; the desk may not have worked through it yet."""
        account = self._account
        side, cash = int(account["side"][0]), float(account["cash"][0])
        if not side or not self.close:
            return cash
        return cash + side * (float(account["quantity"][0]) * self.close[-1] - float(account["cost"][0]))

    @property
    def working(self) -> dict[int, float]:
        return dict(self._desk.at_work())

    def to_tick(self, price: float) -> float:
        tick = self._filters.tick
        return max(math.floor(price / tick + 0.5), 1) * tick if tick else price

    def to_lot(self, quantity: float) -> float:
        lot = self._filters.lot
        whole = math.floor(quantity / lot + _NEARLY) * lot if lot else quantity
        return whole if whole >= self._filters.min_quantity else 0.0

    def place(self, order: Order[float]) -> int:
        number = len(self.orders)
        self.orders.append(order)
        self._desk.send(self.bar, Place(number, order))
        return number

    def buy(
        self,
        quantity: float,
        *,
        limit: float | None = None,
        bracket: Bracket[float] | None = None,
        reduce_only: bool = False,
        tag: str = "",
    ) -> int:
        return self._trade(1, quantity, limit, bracket, reduce_only, tag)

    def sell(
        self,
        quantity: float,
        *,
        limit: float | None = None,
        bracket: Bracket[float] | None = None,
        reduce_only: bool = False,
        tag: str = "",
    ) -> int:
        return self._trade(-1, quantity, limit, bracket, reduce_only, tag)

    def cancel(self, order: int) -> None:
        self._desk.send(self.bar, Cancel(order))

    def cancel_all(self) -> None:
        for number in self.working:
            self.cancel(number)

    def close_position(self, tag: str = "") -> None:
        held = self.position
        if held is not None:
            side: Side = -1 if held.side > 0 else 1
            self._trade(side, held.quantity, None, None, True, tag)

    def tag_of(self, number: int) -> str:
        """The tag of an order; empty for none."""
        return self.orders[number].tag if number >= 0 else ""

    def _trade(
        self,
        side: Side,
        quantity: float,
        limit: float | None,
        bracket: Bracket[float] | None,
        reduce_only: bool,
        tag: str,
    ) -> int:
        common: dict[str, Any] = {
            "side": side,
            "quantity": quantity,
            "reduce_only": reduce_only,
            "bracket": bracket,
            "tag": tag,
        }
        order = MarketOrder(**common) if limit is None else LimitOrder(price=limit, **common)
        return self.place(order)
