"""What a step takes and leaves: the bar, the signal that arrives, and the state between two bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from engine.backtest.rules.terms import N, Terms
from engine.backtest.rules.working import Working
from engine.strategy.orders import Fill, Intent, Rejection


@dataclass(frozen=True, slots=True)
class Bar(Generic[N]):
    """A bar as the market made it.

    Attributes:
        volume: base currency.
        mark: the mark's open, high, low and close; None: the bar's own prices decide on liquidation.
        funding: (rate, price) of the stamps that are settled at this open.
        detail: open, high, low and close of the finer bars inside it, where they are known.
    """

    open: N
    high: N
    low: N
    close: N
    volume: N
    mark: tuple[N, N, N, N] | None = None
    funding: tuple[tuple[N, N], ...] = ()
    detail: tuple[tuple[N, N, N, N], ...] = ()


@dataclass(frozen=True, slots=True)
class SignalRow(Generic[N]):
    """The signal of one closed bar. None: the strategy sets no such level; `size` is 1 then.

    Attributes:
        target: the fraction of equity that a volatility target asks for at this bar; None for no other
            sizing, or where it asks for none (no entry then).
    """

    long_entry: bool = False
    long_exit: bool = False
    short_entry: bool = False
    short_exit: bool = False
    stop_loss: N | None = None
    take_profit: N | None = None
    trailing_stop: N | None = None
    size: N | None = None
    target: N | None = None
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Position(Generic[N]):
    """What is held.

    Attributes:
        cost: sum of price x quantity of what is held; cost / quantity is the average entry price.
        stop_loss, take_profit: prices; trailing_stop: fraction of `best`, the best price so far.
        entered, gained, paid: of the whole trade since it was flat: notional of its entries, realised
            gains, and fees with funding; Kelly's sizing learns from them.
    """

    side: int
    quantity: N
    cost: N
    best: N
    entered: N
    gained: N
    paid: N
    stop_loss: N | None = None
    take_profit: N | None = None
    trailing_stop: N | None = None

    @property
    def entry_price(self) -> N:
        """Average price of what is held."""
        return self.cost / self.quantity

    def gain(self, price: N) -> N:
        """What closing at `price` would realise, before costs."""
        return self.side * (self.quantity * price - self.cost)


@dataclass(frozen=True, slots=True)
class Record(Generic[N]):
    """Closed trades: how many, how many won and lost, and the sums of their net returns (losses positive)."""

    trades: int
    won: int
    lost: int
    wins: N
    losses: N


@dataclass(frozen=True, slots=True)
class State(Generic[N]):
    """The account between two bars.

    Attributes:
        bar: number of the next bar.
        cash: start + realised gains - fees - funding.
        waiting: what has been asked for and has not arrived: (bar at whose open it does, what).
        last: the bar before; None on the first.
        peak: highest equity at a close so far, the start included.
        equity: at the last close.
    """

    bar: int
    cash: N
    position: Position[N] | None
    working: tuple[Working[N], ...]
    waiting: tuple[tuple[int, Intent[N] | SignalRow[N]], ...]
    last: Bar[N] | None
    peak: N
    equity: N
    record: Record[N]
    ruined: bool = False


@dataclass(frozen=True, slots=True)
class Step(Generic[N]):
    """What a bar brought. `ambiguous`: a stop and a target were both within its reach."""

    state: State[N]
    fills: tuple[Fill[N], ...]
    rejections: tuple[Rejection, ...]
    ambiguous: bool


def start(terms: Terms[N]) -> State[N]:
    """The state before the first bar."""
    none = terms.arithmetic.number(0)
    record = Record(0, 0, 0, none, none)
    return State(0, terms.cash, None, (), (), None, terms.cash, terms.cash, record)
