"""How much an entry by signal buys: the sizing's base, what can be paid, and the exchange's limits."""

from __future__ import annotations

import math

from engine.backtest.kernel.forms import KELLY, NOTIONAL, QUANTITY, RISK, Desk, Terms
from engine.backtest.kernel.pricing import STEP_ROUNDING, down_to, taker_price
from engine.compiled import inlined_arrayless

_CUT = 1.0 - 1e-12


@inlined_arrayless
def scale_in_drawdown(terms: Terms, equity: float, peak: float) -> float:
    """The multiple of entries at `equity`, below a `peak`."""
    if math.isinf(terms.drawdown_limit):
        return 1.0
    return max(terms.drawdown_floor, 1.0 - (1.0 - equity / peak) / terms.drawdown_limit)


@inlined_arrayless
def size_of_entry(desk: Desk, terms: Terms) -> float:
    """The quantity of the entry that is due, at the open; 0 when it opens nothing.

    Counts the entries that are cut, refused, or lack the stop that sizes them.
    """
    stop = desk.order_trailing_stop if math.isnan(desk.order_stop_loss) else desk.order_stop_loss
    if terms.sizing == RISK and math.isnan(stop):
        desk.without_stop += 1
        return 0.0
    share = desk.order_size * desk.scale * _number(desk, terms)
    price = taker_price(desk, terms, desk.open, desk.order_side, 0.0)
    wanted = _wanted(desk, terms, share, price, stop)
    if terms.impact > 0.0:
        taken = _within_limits(desk, terms, wanted, price)
        price = taker_price(desk, terms, desk.open, desk.order_side, taken)
        wanted = _wanted(desk, terms, share, price, stop)
    quantity = _within_limits(desk, terms, wanted, price)
    if not wanted > 0.0:
        return 0.0
    if quantity < wanted * _CUT:
        desk.cut += 1
    quantity = down_to(quantity, terms.lot)
    least = 1.0 - STEP_ROUNDING
    if quantity < terms.min_quantity * least or quantity * price < terms.min_notional * least:
        quantity = 0.0
    if not quantity > 0.0:
        desk.refused += 1
        return 0.0
    return quantity


@inlined_arrayless
def payable(desk: Desk, terms: Terms, price: float) -> float:
    """The quantity that the free equity pays for at `price`, whatever is held already."""
    gain = desk.side * desk.quantity * (price - desk.entry_price) if desk.quantity > 0.0 else 0.0
    bound = desk.quantity * desk.entry_price / terms.leverage if desk.quantity > 0.0 else 0.0
    return (desk.cash + gain - bound) / (price * (1.0 / terms.leverage + terms.taker))


@inlined_arrayless
def _within_limits(desk: Desk, terms: Terms, wanted: float, price: float) -> float:
    most = min(terms.max_notional / price, terms.max_quantity)
    return min(wanted, min(payable(desk, terms, price), most))


@inlined_arrayless
def _number(desk: Desk, terms: Terms) -> float:
    """The number of the sizing model for this entry: a fraction, a notional or a quantity."""
    if not math.isnan(desk.order_base) or math.isnan(terms.base):
        return desk.order_base
    if terms.sizing != KELLY or desk.trades < terms.kelly_warmup:
        return terms.base
    if desk.losses == 0:
        return terms.kelly_cap
    if desk.wins == 0:
        return 0.0
    chance = desk.wins / desk.trades
    payoff = (desk.win_returns / desk.wins) / (desk.loss_returns / desk.losses)
    return min(max(terms.kelly_share * (chance - (1.0 - chance) / payoff), 0.0), terms.kelly_cap)


@inlined_arrayless
def _wanted(desk: Desk, terms: Terms, share: float, price: float, stop: float) -> float:
    """What the sizing model would buy at `price`, before any limit."""
    if terms.sizing == NOTIONAL:
        return share / price
    if terms.sizing == QUANTITY:
        return share
    if terms.sizing == RISK:
        return share * desk.cash / (price * stop)
    return share * desk.cash / (price * (1.0 + terms.taker))
