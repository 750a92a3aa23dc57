"""Inside a bar: the price walks from the open to one extreme, to the other, to the close."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic

from engine.backtest.rules.account import Account
from engine.backtest.rules.market_orders import close, execute
from engine.backtest.rules.pricing import to_tick
from engine.backtest.rules.state import Bar, Position
from engine.backtest.rules.terms import N, Terms
from engine.backtest.rules.working import Closing, Entry, Placed, Working
from engine.strategy.orders import (
    FillReason,
    LimitOrder,
    MarketOrder,
    StopLimitOrder,
    StopOrder,
    TakeProfitOrder,
    TrailingStopOrder,
)


class Assumption(StrEnum):
    """Which of a stop and a target in the same bar came first."""

    STOP_FIRST = "stop_first"
    TARGET_FIRST = "target_first"


@dataclass(frozen=True, slots=True)
class Level(Generic[N]):
    """A price at which something happens; `rises`: met by a price that rises to it, else that falls."""

    price: N
    rises: bool
    meet: Callable[[N], None]

    def distance(self, at: N) -> N:
        """How far the price still has to go; at or below 0 when it is there already."""
        return self.price - at if self.rises else at - self.price


class Inside(Generic[N]):
    """The account and what works, while the price walks."""

    def __init__(self, account: Account[N], working: list[Working[N]]) -> None:
        self.account = account
        self.working = working

    @property
    def closing(self) -> bool:
        """Whether the position is being closed, so that its levels count no more."""
        return any(isinstance(each, Closing) for each in self.working)

    def meet_liquidation(self, mark: N) -> None:
        """At the open, before anything else trades."""
        for level in self._liquidation(mark, mark):
            level.meet(mark)

    def walk(self, start: N, end: N, mark: N) -> None:
        """From `start` to `end`, the mark to `mark`; where both are one, what lies behind it is met."""
        at = start
        while True:
            met = [level for level in self._levels(end, mark) if self._on_the_way(level, at, end)]
            if not met:
                return
            first = min(met, key=lambda level: max(level.distance(at), 0 * at))
            if first.distance(at) > 0:
                at = first.price
            first.meet(at)

    def _on_the_way(self, level: Level[N], at: N, end: N) -> bool:
        distance = level.distance(at)
        return distance <= 0 or (level.rises == (end > at) and distance <= abs(end - at))

    def _levels(self, end: N, mark: N) -> Iterator[Level[N]]:
        """What can be met now, in the order of preference at one price."""
        held = self.account.position
        closing = self.closing
        yield from self._liquidation(end, mark)
        if held and not closing:
            yield from self._stop(held)
        if held and not closing:
            yield from self._target(held)
        for index, each in enumerate(self.working):
            if isinstance(each, Placed):
                yield from self._order(index, each)

    def _stop(self, held: Position[N]) -> Iterator[Level[N]]:
        found = stop_of(held, self.account.terms)
        if found is not None:
            price, reason = found
            yield Level(price, held.side < 0, lambda at: self._leave(reason, at))

    def _target(self, held: Position[N]) -> Iterator[Level[N]]:
        if held.take_profit is not None and self.account.allowed(held.quantity) > 0:
            yield Level(held.take_profit, held.side > 0, self._take_profit)

    def _liquidation(self, end: N, mark: N) -> Iterator[Level[N]]:
        """The mark decides whether; its price tells where on the way, at the latest at the end of the leg."""
        held, price = self.account.position, self.account.liquidation_price()
        if held and price is not None and held.side * (mark - price) <= 0:
            met = max(price, end) if held.side > 0 else min(price, end)
            yield Level(met, held.side < 0, lambda _: self._liquidate())

    def _order(self, index: int, placed: Placed[N]) -> Iterator[Level[N]]:
        order, allowed = placed.order, self.account.allowed(placed.left) > 0
        if isinstance(order, MarketOrder):
            return
        if isinstance(order, LimitOrder | TakeProfitOrder) or (
            isinstance(order, StopLimitOrder) and placed.triggered
        ):
            if allowed:
                yield Level(order.price, order.side < 0, lambda at: self._rested(index, placed, at))
        elif not placed.triggered:
            price = trigger_of(placed, self.account.terms)
            yield Level(price, order.side > 0, lambda at: self._triggered(index, placed, at))

    def _leave(self, reason: FillReason, at: N) -> None:
        self.working = [each for each in self.working if not isinstance(each, Entry)]
        rest = close(Closing(reason), self.account, at)
        if rest is not None:
            self.working.append(rest)

    def _take_profit(self, at: N) -> None:
        held = self.account.position
        assert held is not None
        part = self.account.allowed(held.quantity)
        self.account.reduce(part, at, at, FillReason.TAKE_PROFIT, maker=True)
        self.working = [each for each in self.working if not isinstance(each, Entry)]

    def _liquidate(self) -> None:
        """What closed or built up this position goes with it; an entry that waits behind it stays."""
        self.account.liquidate()
        self.working = [each for each in self.working if isinstance(each, Placed) or _waits(each)]

    def _rested(self, index: int, placed: Placed[N], at: N) -> None:
        self._replace(index, execute(placed, self.account, at, maker=True))

    def _triggered(self, index: int, placed: Placed[N], at: N) -> None:
        order, now = placed.order, replace(placed, triggered=True)
        rests = isinstance(order, StopLimitOrder) and order.side * (order.price - at) < 0
        self._replace(index, now if rests else execute(now, self.account, at, maker=False))

    def _replace(self, index: int, rest: Placed[N] | None) -> None:
        self.working[index : index + 1] = [] if rest is None else [rest]


def _waits(working: Entry[N] | Closing) -> bool:
    """Whether it is an entry that has not begun: it stands behind a closing."""
    return isinstance(working, Entry) and working.left is None


def stop_of(held: Position[N], terms: Terms[N]) -> tuple[N, FillReason] | None:
    """The tighter of stop loss and trailing stop, and which of them it is."""
    trailing = None
    if held.trailing_stop is not None:
        trailing = to_tick(held.best * (1 - held.side * held.trailing_stop), -held.side, terms)
    if trailing is None or (held.stop_loss is not None and held.side * (trailing - held.stop_loss) <= 0):
        return None if held.stop_loss is None else (held.stop_loss, FillReason.STOP_LOSS)
    return trailing, FillReason.TRAILING_STOP


def trigger_of(placed: Placed[N], terms: Terms[N]) -> N:
    """The price that sets a stop, a stop-limit or a trailing stop off."""
    order = placed.order
    if isinstance(order, TrailingStopOrder):
        assert placed.best is not None
        return to_tick(placed.best * (1 + order.side * order.fraction), order.side, terms)
    assert isinstance(order, StopOrder | StopLimitOrder)
    return order.trigger


def falls_first(inside: Inside[N], bar: Bar[N], assumption: Assumption) -> bool:
    """Whether the price goes to the low first. An extreme at which the bar opens has been met already."""
    if bar.open in (bar.low, bar.high):
        return bar.open == bar.low
    held = inside.account.position
    low = held.side > 0 if held else _nearest_is_below(inside, bar.open)
    return low if assumption is Assumption.STOP_FIRST else not low


def _nearest_is_below(inside: Inside[N], price: N) -> bool:
    """Whether the resting order nearest to the open lies below it; also when none rests."""
    prices: list[N] = []
    for each in inside.working:
        if isinstance(each, Placed) and not isinstance(each.order, MarketOrder):
            order = each.order
            if isinstance(order, LimitOrder | TakeProfitOrder) or (
                isinstance(order, StopLimitOrder) and each.triggered
            ):
                prices.append(order.price)
            elif not each.triggered:
                prices.append(trigger_of(each, inside.account.terms))
    return not prices or min(prices, key=lambda level: abs(level - price)) <= price
