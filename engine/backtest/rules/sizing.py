"""How large an entry by signal is: the sizing's base, what can be paid, and the instrument's filters."""

from __future__ import annotations

from engine.backtest.rules.account import Account
from engine.backtest.rules.pricing import taken, to_lot
from engine.backtest.rules.terms import N
from engine.backtest.rules.working import Entry
from engine.backtest.sizing import CappedKelly, FixedNotional, FixedQuantity, RiskPerTrade, VolatilityTarget


def quantity_of(entry: Entry[N], account: Account[N], price: N) -> N | None:
    """The quantity of an entry that fills with the market at `price`; None when it is refused.

    Without impact both passes give the same; with it the second stands on the price with the impact of the
    first, so that impact never makes it spend more than there is.
    """
    terms, last = account.terms, account.last
    first = taken(price, entry.side, terms.arithmetic.number(0), last, terms)
    fill = taken(price, entry.side, _at_most(_wanted(entry, account, first), account, first), last, terms)
    quantity = to_lot(_at_most(_wanted(entry, account, fill), account, fill), terms)
    filters = terms.filters
    refused = quantity < filters.min_quantity or quantity * fill < filters.min_notional
    return None if refused or quantity <= 0 else quantity


def still_payable(entry: Entry[N], account: Account[N], price: N) -> N | None:
    """What is left of an entry that was carried over, cut to what can be paid; None when nothing can."""
    terms, last, left = account.terms, account.last, entry.left
    assert left is not None
    first = taken(price, entry.side, terms.arithmetic.number(0), last, terms)
    fill = taken(price, entry.side, min(left, account.affordable(first, terms.taker)), last, terms)
    most = account.affordable(fill, terms.taker)
    cut = left if left <= most * (1 + terms.arithmetic.number("1e-9")) else to_lot(most, terms)
    return cut if cut > 0 else None


def _wanted(entry: Entry[N], account: Account[N], fill: N) -> N:
    """Before any limit: base x size x drawdown scaling."""
    return _base(entry, account, fill) * entry.size * _scaling(account)


def _base(entry: Entry[N], account: Account[N], fill: N) -> N:
    terms, equity = account.terms, account.equity(fill)
    model, amount = terms.sizing.model, terms.sizing.amount
    none = terms.arithmetic.number(0)
    if model is FixedQuantity:
        return amount
    if model is FixedNotional:
        return amount / fill
    if model is RiskPerTrade:
        stop = entry.stop_loss if entry.stop_loss is not None else entry.trailing_stop
        return none if stop is None else amount * equity / (fill * stop)
    fraction = amount
    if model is VolatilityTarget:
        fraction = none if entry.target is None else entry.target
    if model is CappedKelly:
        fraction = _kelly(account)
    return fraction * equity / (fill * (1 + terms.taker))


def _kelly(account: Account[N]) -> N:
    kelly, known = account.terms.sizing.kelly, account.record
    assert kelly is not None
    cap, share, warmup, start = kelly
    if known.trades < warmup:
        return start
    if not known.lost:
        return cap
    if not known.won:
        return account.terms.arithmetic.number(0)
    p = account.terms.arithmetic.number(known.won) / known.trades
    b = (known.wins / known.won) / (known.losses / known.lost)
    return min(cap, max(share * (p - (1 - p) / b), account.terms.arithmetic.number(0)))


def _scaling(account: Account[N]) -> N:
    scaling, number = account.terms.sizing.drawdown, account.terms.arithmetic.number
    if scaling is None:
        return number(1)
    limit, floor = scaling
    return max(floor, 1 - account.drawdown / limit)


def _at_most(quantity: N, account: Account[N], fill: N) -> N:
    """What can be paid, and what the margin and the exchange allow."""
    terms = account.terms
    limits = [quantity, account.affordable(fill, terms.taker)]
    if terms.max_notional is not None:
        limits.append(terms.max_notional / fill)
    if terms.filters.max_market_quantity is not None:
        limits.append(terms.filters.max_market_quantity)
    return min(limits)
