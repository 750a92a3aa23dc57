"""The contract of event-shaped strategies: classes that place orders bar by bar.

Whoever runs one calls, in this order: `on_start` once; then bar after bar `on_fill` for each fill of the bar
and `on_bar` at its close; `on_finish` after the last bar. What is asked for at a close arrives at the next
open, or after the latency of the run.

All that a strategy remembers stands in `state`: a dict of numbers, texts, booleans, None, lists and dicts.
A new instance that is given a saved state goes on as the old one would have.

These are trusted classes of the library, not texts of contract 1.
"""

from __future__ import annotations

import inspect
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from engine.errors import InvalidInput
from engine.strategy.orders import Bracket, Fill, Order
from engine.strategy.spec import Number, StrategySpec, code_hash, parameters_from_literal


@dataclass(frozen=True, slots=True)
class Holding:
    """What is held: side +1 long, -1 short; quantity in base currency; the average entry price."""

    side: int
    quantity: float
    entry_price: float


class Context(Protocol):
    """What a strategy sees and may do when a bar has closed. Nothing in it lies after that close.

    Attributes:
        bar: number of the bar that has closed, from 0.
        open, high, low, close, volume: one number per bar from the first to this one; [-1] is this bar.
    """

    @property
    def bar(self) -> int: ...
    @property
    def open(self) -> Sequence[float]: ...
    @property
    def high(self) -> Sequence[float]: ...
    @property
    def low(self) -> Sequence[float]: ...
    @property
    def close(self) -> Sequence[float]: ...
    @property
    def volume(self) -> Sequence[float]: ...

    @property
    def time(self) -> int:
        """When the bar opened, UTC ms."""
        ...

    @property
    def position(self) -> Holding | None:
        """What is held; None when flat."""
        ...

    @property
    def cash(self) -> float:
        """The account without its position, quote currency."""
        ...

    @property
    def equity(self) -> float:
        """The account with its position at this close, quote currency."""
        ...

    @property
    def working(self) -> Mapping[int, float]:
        """Unfilled quantity by order number, of orders at work and of those on their way, oldest first."""
        ...

    def to_tick(self, price: float) -> float:
        """The price that the instrument accepts nearest to `price`."""
        ...

    def to_lot(self, quantity: float) -> float:
        """The largest quantity that the instrument accepts, up to `quantity`; 0 when that is too small."""
        ...

    def place(self, order: Order[float]) -> int:
        """Send an order; its number."""
        ...

    def buy(
        self,
        quantity: float,
        *,
        limit: float | None = None,
        bracket: Bracket[float] | None = None,
        reduce_only: bool = False,
        tag: str = "",
    ) -> int:
        """Send a market order, or a limit order at `limit`; its number. `place` sends every other kind."""
        ...

    def sell(
        self,
        quantity: float,
        *,
        limit: float | None = None,
        bracket: Bracket[float] | None = None,
        reduce_only: bool = False,
        tag: str = "",
    ) -> int:
        """The same for a sale."""
        ...

    def cancel(self, order: int) -> None:
        """Take an order back; one that is done is left as it is."""
        ...

    def cancel_all(self) -> None:
        """Take back all orders at work or on their way."""
        ...

    def close_position(self, tag: str = "") -> None:
        """Send a reduce-only market order for all that is held; nothing when flat."""
        ...


class EventStrategy(ABC):
    """Base of event-shaped strategies.

    Attributes:
        spec: what the class declares.
        params: the resolved parameters.
        state: plain data, see above; `on_start` sets it anew.
    """

    spec: ClassVar[StrategySpec]

    def __init__(self, params: Mapping[str, object] | None = None) -> None:
        """With `params` over the defaults.

        Raises:
            InvalidInput: an unknown name, a value outside its range, or a constraint that does not hold.
        """
        self.params: dict[str, Number] = self.spec.resolve(params or {})
        self.state: dict[str, Any] = {}

    def on_start(self, context: Context) -> None:  # noqa: B027 - may be left out
        """Before the first bar: nothing is to be seen yet, and nothing can be placed."""

    @abstractmethod
    def on_bar(self, context: Context) -> None:
        """A bar has closed."""

    def on_fill(self, context: Context, fill: Fill[float]) -> None:  # noqa: B027 - may be left out
        """An order was filled, whole or in part, or a level of the position was met (`order_id` None)."""

    def on_finish(self, context: Context) -> None:  # noqa: B027 - may be left out
        """The last bar has closed; nothing that is placed now arrives."""


def saved_state(strategy: EventStrategy) -> str:
    """The state as JSON text.

    Raises:
        InvalidInput: it holds something that is no plain data.
    """
    hint = "Keep numbers, texts, booleans, None, lists, and dicts with text keys in it."
    try:
        text = json.dumps(strategy.state)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"The state of {type(strategy).__name__} is not plain: {error}.", hint) from error
    if json.loads(text) != strategy.state:
        raise InvalidInput(f"The state of {type(strategy).__name__} changes when it is saved.", hint)
    return text


def restore_state(strategy: EventStrategy, text: str) -> None:
    """Give a strategy the state that `saved_state` wrote."""
    strategy.state = json.loads(text)


def event_spec(module: Any, params: object, constraints: Sequence[str] = ()) -> StrategySpec:
    """What a module of the library declares, in the words of contract 1.

    Args:
        module: its docstring's first line is the hypothesis, its text gives the hash.
        params: as PARAMS of contract 1.
    """
    hypothesis = (inspect.getdoc(module) or "").partition("\n")[0]
    text = inspect.getsource(module)
    return StrategySpec(hypothesis, parameters_from_literal(params), tuple(constraints), code_hash(text))
