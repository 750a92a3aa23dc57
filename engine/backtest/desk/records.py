"""What the compiled order desk works on: rows of named fields.

NaN stands for "no such level", infinity for "no such limit", `NOBODY` for "no order". Sides: +1, -1, 0 flat.
Prices are in quote currency, quantities in base currency, rates and levels fractions.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.compiled import type_of

# A structured array of one of the types below; its fields are read by name.
Rows: TypeAlias = Any
Floats = NDArray[np.float64]

# Kinds of an order. CANCEL is a request; CLOSING is the rest of a position that leaves at the market.
MARKET, LIMIT, STOP, STOP_LIMIT, TAKE_PROFIT, TRAILING_STOP, CLOSING, CANCEL = range(8)
# Why a fill happened: the kind of its order, or one of these.
STOP_LOSS, LIQUIDATION, RUINED = range(8, 11)
# Times in force.
GTC, IOC, FOK, POST_ONLY = range(4)
# Why an order was refused.
(
    INSUFFICIENT_BALANCE,
    WOULD_TAKE,
    NOT_FILLED_WHOLE,
    NOTHING_TO_REDUCE,
    NO_SHORTING,
    PRICE_OFF_TICK,
    QUANTITY_OFF_LOT,
    BELOW_MINIMUM,
    ABOVE_MAXIMUM,
) = range(9)
ACCEPTED = NOBODY = -1


def _dtype(integers: str, numbers: str) -> np.dtype[Any]:
    fields = [(name, "i8") for name in integers.split()] + [(name, "f8") for name in numbers.split()]
    return np.dtype(fields, align=True)


# One bar. Where there is no mark price the bar's own prices stand there.
BAR = _dtype("", "open high low close volume mark_open mark_high mark_low mark_close")
# One funding settlement: at the open of which bar, the rate, and the price that makes the notional.
STAMP = _dtype("bar", "rate price")
# One risk tier of the margin.
TIER = _dtype("", "limit rate deduction")
# What a run trades under. `slippage`, `share`, `impact`: fixed + range x (share + impact x root(q / volume)).
TERMS = _dtype(
    "target_first shorting",
    "maker taker slippage share impact leverage max_notional participation"
    " tick lot min_quantity min_notional max_quantity max_market_quantity",
)
# The account. `bar` is the next one; `arrived` of `asked` requests and `stamp` settlements are done;
# `working` rows of the book and `events` rows of the events are in use. `ambiguous`, `contested` and
# `exposed` count bars. `trailing_stop` is a fraction of `best`. `fees`, `slipped` and `funding` are those of
# what is held; `entry_bar` and `entry_id` of the first fill since flat. Nothing but the close can happen in
# the bars before `quiet_until` while nobody asks for anything.
ACCOUNT = _dtype(
    "bar asked arrived stamp working events ambiguous contested exposed ruined side entry_bar entry_id"
    " quiet_until",
    "cash quantity cost best stop_loss take_profit trailing_stop fees slipped funding equity volume_left",
)
# An order on its way (`bar`: at whose open it arrives) or at work. `reason` belongs to CLOSING.
ORDER = _dtype(
    "bar id kind side time_in_force reduce_only bracketed triggered reason",
    "left price trigger fraction best stop_loss take_profit trailing_stop",
)
# A fill, or a rejection. Of a fill that `closes`, the rest tells the part of the position that it closed.
EVENT = _dtype(
    "bar id side rejected reason maker closes entry_bar entry_id",
    "price quantity fee slipped entry_price entry_fee entry_slipped funding stop_loss take_profit",
)


class Desk(NamedTuple):
    """Everything that one bar needs; single rows, but for tiers, book and events. `last`: the bar before."""

    terms: Any
    account: Any
    bar: Any
    last: Any
    tiers: Rows
    book: Rows
    events: Rows


def advance_types() -> tuple[Any, ...]:
    """The types of the arguments of `engine.backtest.desk.advance.advance`, for numba."""
    rows = (BAR, STAMP, TIER, TERMS, ACCOUNT, ORDER, ORDER, EVENT)
    return (*(type_of(np.empty(1, dtype)) for dtype in rows), type_of(np.empty(1)), type_of(1))
