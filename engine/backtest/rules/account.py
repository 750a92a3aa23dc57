"""The account while a bar is worked through: what a fill does to cash and position."""

from __future__ import annotations

from dataclasses import replace
from typing import Generic

from engine.backtest.rules.pricing import bankruptcy_price, level, liquidation_price, to_lot
from engine.backtest.rules.state import Bar, Position, Record, State
from engine.backtest.rules.terms import N, Terms
from engine.strategy.orders import Bracket, Fill, FillReason, Rejection, RejectionReason


class Account(Generic[N]):
    """Made from a state, changed by fills, and read again at the end of the bar."""

    def __init__(self, state: State[N], bar: Bar[N], terms: Terms[N]) -> None:
        self.terms: Terms[N] = terms
        self.number = state.bar
        self.last: Bar[N] | None = state.last
        self.drawdown: N = 1 - state.equity / state.peak
        self.cash: N = state.cash
        self.position: Position[N] | None = state.position
        self.record: Record[N] = state.record
        self.volume_left: N | None = None if terms.participation is None else terms.participation * bar.volume
        self.fills: list[Fill[N]] = []
        self.rejections: list[Rejection] = []

    def equity(self, price: N) -> N:
        """What the account is worth with the market at `price`."""
        return self.cash + self.position.gain(price) if self.position else self.cash

    def affordable(self, price: N, fee: N) -> N:
        """The largest quantity that can be added at `price` with what is free."""
        held = self.position.cost / self.terms.leverage if self.position else self.terms.arithmetic.number(0)
        free = self.equity(price) - held
        return max(free, self.terms.arithmetic.number(0)) / (price * (1 / self.terms.leverage + fee))

    def allowed(self, quantity: N) -> N:
        """What of `quantity` the bar's volume still allows."""
        if self.volume_left is None or quantity <= self.volume_left:
            return quantity
        return to_lot(self.volume_left, self.terms)

    def pay_funding(self, bar: Bar[N]) -> None:
        """Settle the stamps of this open on what is held."""
        for rate, price in bar.funding:
            held = self.position
            if held:
                payment: N = held.side * (held.quantity * price * rate)
                self.cash = self.cash - payment
                self.position = replace(held, paid=held.paid + payment)

    def reduce(
        self,
        quantity: N,
        price: N,
        aimed: N,
        reason: FillReason,
        *,
        maker: bool = False,
        order_id: int | None = None,
        tag: str = "",
    ) -> None:
        """Close `quantity` of the position at `price`."""
        held = self._held()
        fee = self._fill(-held.side, quantity, price, aimed, reason, maker, order_id, tag)
        whole = quantity == held.quantity
        settled = self.terms.arithmetic.settled
        cost = held.cost if whole else settled(held.cost * quantity / held.quantity)
        gained = held.side * (quantity * price - cost)
        self.cash += gained - fee
        rest = replace(
            held,
            quantity=held.quantity - quantity,
            cost=held.cost - cost,
            gained=held.gained + gained,
            paid=held.paid + fee,
        )
        self.position = None if whole else rest
        if whole:
            self._learn((rest.gained - rest.paid) / rest.entered)

    def add(
        self,
        side: int,
        quantity: N,
        price: N,
        aimed: N,
        reason: FillReason,
        *,
        bracket: Bracket[N] | None,
        maker: bool = False,
        order_id: int | None = None,
        tag: str = "",
    ) -> None:
        """Open a position, or add to it; a bracket sets its levels anew."""
        fee = self._fill(side, quantity, price, aimed, reason, maker, order_id, tag)
        self.cash -= fee
        none = self.terms.arithmetic.number(0)
        held = self.position or Position(side, none, none, price, none, none, none)
        value = quantity * price
        self.position = replace(
            held,
            quantity=held.quantity + quantity,
            cost=held.cost + value,
            entered=held.entered + value,
            paid=held.paid + fee,
        )
        if bracket is not None:
            self._protect(bracket)

    def liquidation_price(self) -> N | None:
        """Where the mark liquidates what is held; None without a margin."""
        held = self.position
        return liquidation_price(held.side, held.quantity, held.cost, self.terms) if held else None

    def liquidate(self) -> None:
        """Close everything at the bankruptcy price."""
        held = self._held()
        price = bankruptcy_price(held.side, held.quantity, held.cost, self.terms)
        self.reduce(held.quantity, price, price, FillReason.LIQUIDATION)

    def reject(self, order_id: int, why: RejectionReason) -> None:
        """Note that an order was refused or cancelled."""
        self.rejections.append(Rejection(self.number, order_id, why))

    def _held(self) -> Position[N]:
        assert self.position is not None
        return self.position

    def _protect(self, bracket: Bracket[N]) -> None:
        held, terms = self._held(), self.terms
        self.position = replace(
            held,
            stop_loss=level(held.entry_price, -held.side, bracket.stop_loss, terms),
            take_profit=level(held.entry_price, held.side, bracket.take_profit, terms),
            trailing_stop=bracket.trailing_stop,
        )

    def _fill(
        self,
        side: int,
        quantity: N,
        price: N,
        aimed: N,
        reason: FillReason,
        maker: bool,
        order_id: int | None,
        tag: str,
    ) -> N:
        """Note the fill, use up volume, and return the fee."""
        fee = quantity * price * (self.terms.maker if maker else self.terms.taker)
        slipped: N = max(price - aimed, aimed - price) * quantity
        if self.volume_left is not None:
            self.volume_left = max(self.volume_left - quantity, self.terms.arithmetic.number(0))
        self.fills.append(
            Fill(self.number, order_id, side, price, quantity, fee, slipped, maker, reason, tag)
        )
        return fee

    def _learn(self, net: N) -> None:
        known = self.record
        none = self.terms.arithmetic.number(0)
        self.record = Record(
            known.trades + 1,
            known.won + (net > 0),
            known.lost + (net < 0),
            known.wins + max(net, none),
            known.losses + max(-net, none),
        )
