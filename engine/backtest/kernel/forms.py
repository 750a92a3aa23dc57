"""What goes into the walk, what it keeps while it runs, and what it leaves: plain values.

Inside kernels NaN stands for "none". Sides: +1 long, -1 short, 0 flat. Fees, rates and shares are fractions.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.compiled import type_of

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Table = NDArray[np.float64]  # of two dimensions
Ledger = NDArray[np.void]

REASONS = (
    "signal",
    "reverse",
    "re_entry",
    "stop_loss",
    "trailing_stop",
    "take_profit",
    "ruined",
    "liquidation",
)
SIGNAL, REVERSE, RE_ENTRY, STOP_LOSS, TRAILING_STOP, TAKE_PROFIT, RUINED, LIQUIDATION = range(8)
NOTHING = -1

FRACTION, NOTIONAL, QUANTITY, RISK, KELLY = range(5)  # of the sizing models, what `base` is a number of


class Columns(NamedTuple):
    """The market as the walk reads it; arrays of length 0 where a run has no such thing.

    Attributes:
        open, high, low, close, volume: float64[n].
        mark_open, mark_high, mark_low: float64[n] that decide liquidation; [0] without a margin.
        stamp_bar: int64[k], ascending: the bar at whose open each funding stamp is settled, 1 to n - 1.
        stamp_rate, stamp_price: float64[k], fraction of notional, and the price that makes the notional.
        volatility_share: float64[n], the fraction of equity by row of a volatility target; [0] without one.
        detail_first: int64[n], first row of each bar's finer bars, -1 where they are not complete; or [0].
        detail_open, detail_high, detail_low: float64[m].
        tiers: float64[t, 3], limit, maintenance rate and deduction of each tier; [0, 3] without a margin.
    """

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    mark_open: Floats
    mark_high: Floats
    mark_low: Floats
    stamp_bar: Integers
    stamp_rate: Floats
    stamp_price: Floats
    volatility_share: Floats
    detail_first: Integers
    detail_open: Floats
    detail_high: Floats
    detail_low: Floats
    tiers: Table


class Terms:
    """How the run trades, as numbers in one numpy record; a limit that is not there is infinite, a step 0.

    Attributes:
        spread: fixed slippage.
        range_share: slippage as a share of the last bar's range.
        impact: coefficient of square-root impact.
        marked: whether mark bars decide liquidation, rather than the bars' own prices.
        sizing: FRACTION, NOTIONAL, QUANTITY, RISK or KELLY; `base` is its number.
        detail_bars: finer bars in a bar.
        target_first: the assumption about the path inside a bar.
    """

    cash: float
    bars_per_year: float
    shorts: bool
    maker: float
    taker: float
    spread: float
    range_share: float
    impact: float
    tick: float
    lot: float
    min_quantity: float
    min_notional: float
    max_quantity: float
    participation: float
    latency: int
    leverage: float
    max_notional: float
    marked: bool
    sizing: int
    base: float
    kelly_cap: float
    kelly_share: float
    kelly_warmup: int
    drawdown_limit: float
    drawdown_floor: float
    detail_bars: int
    target_first: bool


class Desk:
    """What changes during a walk: one numpy record, since a kernel cannot change a tuple.

    Attributes:
        bar, open: the bar being done and its open. span, volume: (high - low) / close and volume of the last
            one. room: what may still be filled in this bar. scale: what a drawdown leaves of an entry.
        cash: the account without its position: start + realised gains - fees - funding.
        side, quantity, entry_price: the position, its average price.
        entered: the quantity of all its entry fills.
        stop_loss, take_profit, trailing_stop: its fractions; best: the price that the trailing stop follows.
        stop, target, liquidation: its levels, prices.
        fees, slippage, funding: paid for it so far.
        reason: what began to close it; closing: the reason of the market order that is closing it.
        proceeds: price x quantity of its exit fills.
        order_side to order_base: the entry that is being filled, as its row gave it; quantity NaN when not
            sized yet; base a fraction of equity of its own, NaN for none.
        stamp: the next funding stamp. next_flat, next_long, next_short: the next rows that may act.
        trades to notional: totals of closed trades and of fills. bars_held: bars with a position after the
            open's exits and entries. The rest counts events for warnings.
    """

    bar: int
    open: float
    span: float
    volume: float
    room: float
    scale: float
    cash: float
    side: int
    quantity: float
    entry_price: float
    entered: float
    entry_bar: int
    row: int
    stop_loss: float
    take_profit: float
    trailing_stop: float
    best: float
    stop: float
    target: float
    liquidation: float
    fees: float
    slippage: float
    funding: float
    reason: int
    closing: int
    proceeds: float
    order_side: int
    order_row: int
    order_quantity: float
    order_stop_loss: float
    order_take_profit: float
    order_trailing_stop: float
    order_size: float
    order_base: float
    stamp: int
    next_flat: int
    next_long: int
    next_short: int
    trades: int
    wins: int
    losses: int
    won: float
    lost: float
    returns: float
    win_returns: float
    loss_returns: float
    fees_paid: float
    slippage_paid: float
    funding_paid: float
    notional: float
    bars_held: int
    ambiguous: int
    resolved: int
    refused: int
    without_stop: int
    cut: int
    carried: int
    liquidations: int


class LedgerRow:
    """A position: closed ones in order of their exit, then the one still open, if any."""

    side: int
    row: int
    entry_bar: int
    exit_bar: int
    reason: int
    entry_price: float
    exit_price: float
    quantity: float
    pnl: float
    net_return: float
    fees: float
    slippage: float
    funding: float
    stop_loss: float
    take_profit: float


class Summary(NamedTuple):
    """A run in numbers: the metrics that need no list of returns, NaN where undefined, and what to warn of.

    The names up to `funding_paid` are those of `Metrics`.

    Attributes:
        ambiguous_bars: bars in which the order of high and low decided; finer bars left those open.
        resolved_bars: bars in which finer bars told the order.
        refused: entries refused by the filters. without_stop: entries without the stop that sizes them.
        cut: entries cut by money or a maximum. carried: rests of orders that went on to the next open.
    """

    total_return: float
    annual_return: float
    annual_volatility: float
    sharpe: float
    sortino: float
    calmar: float
    max_drawdown: float
    max_drawdown_bars: int
    trades: int
    win_rate: float
    profit_factor: float
    expectancy: float
    exposure: float
    turnover: float
    fees_paid: float
    slippage_paid: float
    funding_paid: float
    ruined: bool
    ambiguous_bars: int
    resolved_bars: int
    refused: int
    without_stop: int
    cut: int
    carried: int
    liquidations: int


class Outcome(NamedTuple):
    """What a walk leaves. Equity is float64[n] and the ledger has a row per position, or both are empty."""

    summary: Summary
    equity: Floats
    ledger: Ledger
    is_open: bool


def _kinds(form: type) -> dict[str, str]:
    """The fields of a class and the words of their annotations."""
    return {name: getattr(kind, "__forward_arg__", kind) for name, kind in form.__annotations__.items()}


def _record(form: type) -> np.dtype[np.void]:
    kinds = {"float": "f8", "int": "i8", "bool": "?"}
    return np.dtype([(name, kinds[kind]) for name, kind in _kinds(form).items()], align=True)


TERMS = _record(Terms)
DESK = _record(Desk)
LEDGER = _record(LedgerRow)


def _read_only(kind: Any, *shape: int) -> NDArray[Any]:
    column: NDArray[Any] = np.empty((0, *shape), kind)
    column.flags.writeable = False
    return column


_COLUMN = {
    "Floats": _read_only(np.float64),
    "Integers": _read_only(np.int64),
    "Table": _read_only(np.float64, 3),
}

COLUMNS_TYPE = type_of(Columns(*(_COLUMN[kind] for kind in _kinds(Columns).values())))
TERMS_TYPE = type_of(np.zeros(1, TERMS)[0])
DESK_TYPE = type_of(np.zeros(1, DESK)[0])
FLAGS_TYPE = type_of(_read_only(np.bool_))
FLOATS_TYPE = type_of(_read_only(np.float64))
TRUTH_TYPE = type_of(False)
