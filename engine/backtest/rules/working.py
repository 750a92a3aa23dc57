"""What works at the exchange between two bars: placed orders, and what signals have asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from engine.backtest.rules.terms import N
from engine.strategy.orders import FillReason, Order


@dataclass(frozen=True, slots=True)
class Entry(Generic[N]):
    """An entry by signal, at the market; `left` is None until its quantity is decided.

    Levels are fractions of the average entry price.
    """

    side: int
    size: N
    target: N | None
    stop_loss: N | None
    take_profit: N | None
    trailing_stop: N | None
    tag: str
    left: N | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """The rest of a position that is being closed at the market."""

    reason: FillReason
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Placed(Generic[N]):
    """An order that was placed.

    Attributes:
        left: what of its quantity is not filled.
        triggered: a stop that has been, and is a market order now; a stop-limit that rests as limit now.
        best: of a trailing stop.
    """

    id: int
    order: Order[N]
    left: N
    triggered: bool = False
    best: N | None = None


Working = Entry[N] | Closing | Placed[N]
