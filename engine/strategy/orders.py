"""Orders, what is asked of the exchange with them, and what comes of it. Numbers are floats, or Decimals.

The rules of each kind stand in docs/engine.md, section Orders. Sides: +1 buys, -1 sells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, Literal, TypeVar

from engine.errors import InvalidInput

N = TypeVar("N", float, Decimal)
Side = Literal[1, -1]


class TimeInForce(StrEnum):
    """How long a limit order works."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    POST_ONLY = "post_only"


@dataclass(frozen=True, slots=True)
class Bracket(Generic[N]):
    """Levels of the position that an order opens or adds to, as fractions; None for none."""

    stop_loss: N | None = None
    take_profit: N | None = None
    trailing_stop: N | None = None

    def __post_init__(self) -> None:
        for name in ("stop_loss", "take_profit", "trailing_stop"):
            value = getattr(self, name)
            if value is not None:
                _check_positive(f"Bracket {name}", value, "a fraction above 0, e.g. 0.02 for 2%")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order(Generic[N]):
    """What all orders have. A reduce-only order never adds to a position, and has no bracket."""

    side: Side
    quantity: N
    reduce_only: bool = False
    bracket: Bracket[N] | None = None
    tag: str = ""

    def __post_init__(self) -> None:
        _check_side(self.side)
        for name in ("quantity", "price", "trigger", "fraction"):
            if hasattr(self, name):
                _check_positive(name, getattr(self, name), "a number above 0")
        if self.reduce_only and self.bracket is not None:
            raise InvalidInput("A reduce-only order has no bracket.", "Put the bracket on what opens.")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketOrder(_Order[N]):
    """Takes at the open at which it arrives; what the volume does not allow is carried over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitOrder(_Order[N]):
    """Trades at `price` or better."""

    price: N
    time_in_force: TimeInForce = TimeInForce.GTC


@dataclass(frozen=True, slots=True, kw_only=True)
class StopOrder(_Order[N]):
    """Becomes a market order when the price meets `trigger`: a sale at or below, a purchase at or above."""

    trigger: N


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLimitOrder(_Order[N]):
    """Becomes a limit order at `price` when the price meets `trigger`."""

    trigger: N
    price: N


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeProfitOrder(_Order[N]):
    """Reduces the position at `price`, as maker: a sale at or above, a purchase at or below."""

    price: N
    reduce_only: bool = field(default=True, init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailingStopOrder(_Order[N]):
    """A stop that stays `fraction` behind the best price since it arrived."""

    fraction: N


Order = (
    MarketOrder[N]
    | LimitOrder[N]
    | StopOrder[N]
    | StopLimitOrder[N]
    | TakeProfitOrder[N]
    | TrailingStopOrder[N]
)


@dataclass(frozen=True, slots=True)
class Place(Generic[N]):
    """Send an order under a number of the sender's own."""

    id: int
    order: Order[N]


@dataclass(frozen=True, slots=True)
class Cancel:
    """Take an order back; one that is done already is left as it is."""

    id: int


Intent = Place[N] | Cancel


class FillReason(StrEnum):
    """Why a fill happened: the kind of its order, or what the engine itself did."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    ENTRY = "entry"
    SIGNAL = "signal"
    REVERSE = "reverse"
    RE_ENTRY = "re_entry"
    STOP_LOSS = "stop_loss"
    TRAILING_STOP = "trailing_stop"
    TAKE_PROFIT = "take_profit"
    LIQUIDATION = "liquidation"
    RUINED = "ruined"


@dataclass(frozen=True, slots=True)
class Fill(Generic[N]):
    """A trade that happened.

    Attributes:
        bar: in which.
        order_id: of the order; None for the engine's own doing.
        price: slippage included; slippage: |price - aimed price| x quantity, quote currency.
        fee: quote currency, paid = positive.
    """

    bar: int
    order_id: int | None
    side: int
    price: N
    quantity: N
    fee: N
    slippage: N
    maker: bool
    reason: FillReason
    tag: str


class RejectionReason(StrEnum):
    """Why an order was refused or cancelled by the exchange."""

    INSUFFICIENT_BALANCE = "insufficient_balance"
    WOULD_TAKE = "would_take"
    NOT_FILLED_WHOLE = "not_filled_whole"
    NOTHING_TO_REDUCE = "nothing_to_reduce"
    NO_SHORTING = "no_shorting"
    PRICE_OFF_TICK = "price_off_tick"
    QUANTITY_OFF_LOT = "quantity_off_lot"
    BELOW_MINIMUM = "below_minimum"
    ABOVE_MAXIMUM = "above_maximum"


@dataclass(frozen=True, slots=True)
class Rejection:
    """An order that was refused, or whose rest was cancelled."""

    bar: int
    order_id: int
    why: RejectionReason


def _check_side(side: Any) -> None:
    if side not in (1, -1):
        raise InvalidInput(f"side = {side!r} is none.", "1 buys, -1 sells.")


def _check_positive(name: str, value: Any, right: str) -> None:
    if not (value > 0 and value < float("inf")):
        raise InvalidInput(f"{name} = {value} is not possible.", f"It is {right}.")
