"""How large an entry is: the base that the signal's `size` (0 to 1) multiplies. Each model is a small value.

Whatever the model says, no entry is larger than the account can pay for: quantity x fill x (1 / leverage +
taker fee) is at most the equity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class FractionOfEquity:
    """quantity = fraction x equity / (fill x (1 + taker fee)); 1 spends all equity, fees included."""

    fraction: float = 1.0

    def __post_init__(self) -> None:
        _check("fraction", self.fraction, 200.0)


@dataclass(frozen=True, slots=True)
class FixedNotional:
    """quantity = amount / fill; `amount` in quote currency."""

    amount: float

    def __post_init__(self) -> None:
        _check("amount", self.amount, math.inf)


@dataclass(frozen=True, slots=True)
class FixedQuantity:
    """Always `quantity`, in base currency."""

    quantity: float

    def __post_init__(self) -> None:
        _check("quantity", self.quantity, math.inf)


@dataclass(frozen=True, slots=True)
class VolatilityTarget:
    """A fraction of equity of annual_volatility / (volatility of the last `window` returns, annualised).

    Standard deviation (ddof 1) of the simple returns between the last window + 1 closes up to the signal bar,
    times the root of the bars in 365 days. No entry before there are as many, nor where it is 0.
    """

    annual_volatility: float
    window: int = 100

    def __post_init__(self) -> None:
        _check("annual_volatility", self.annual_volatility, 100.0)
        if self.window < 2:
            raise InvalidInput(f"window = {self.window} is too short.", "Give 2 bars or more.")


@dataclass(frozen=True, slots=True)
class RiskPerTrade:
    """quantity = fraction x equity / (fill x stop): the stop loses that fraction of equity, costs aside.

    `stop` is the signal's stop_loss, else its trailing_stop; an entry with neither opens nothing.
    """

    fraction: float

    def __post_init__(self) -> None:
        _check("fraction", self.fraction, 1.0)


@dataclass(frozen=True, slots=True)
class CappedKelly:
    """A fraction of equity of share x (p - (1 - p) / b), between 0 and `cap`, from the closed trades so far.

    p is the share of wins (net return above 0), b the mean win over the mean loss, both of net returns; with
    no loss it is `cap`, with no win 0. Until `warmup` trades are closed the fraction is `start`. A fraction
    of 0 opens nothing any more, as Kelly would have it.
    """

    cap: float = 1.0
    share: float = 0.5
    warmup: int = 20
    start: float = 0.1

    def __post_init__(self) -> None:
        _check("cap", self.cap, 200.0)
        _check("share", self.share, 1.0)
        _check("start", self.start, 200.0)
        if self.warmup < 1:
            raise InvalidInput(f"warmup = {self.warmup} is too short.", "Give 1 trade or more.")


Sizing = FractionOfEquity | FixedNotional | FixedQuantity | VolatilityTarget | RiskPerTrade | CappedKelly


@dataclass(frozen=True, slots=True)
class DrawdownScaling:
    """Entries shrink while equity is below its peak: times max(floor, 1 - drawdown / limit).

    Drawdown is 1 - equity / (highest equity at a close so far, the start equity included), as known at the
    close of the signal's bar, or the last one before the order acts.

    Attributes:
        limit: drawdown (fraction) at which entries would be down to nothing.
        floor: the smallest multiple, 0 to 1.
    """

    limit: float
    floor: float = 0.0

    def __post_init__(self) -> None:
        _check("limit", self.limit, 1.0)
        if not 0.0 <= self.floor <= 1.0:
            raise InvalidInput(f"floor = {self.floor} is not possible.", "Give 0 to 1.")


def _check(name: str, value: float, high: float) -> None:
    if not (0.0 < value <= high and math.isfinite(value)):
        raise InvalidInput(
            f"Sizing {name} = {value} is not possible.", f"Give a number above 0, up to {high:g}."
        )
