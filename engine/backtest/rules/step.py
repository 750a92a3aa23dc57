"""One bar: state + bar + intents -> state + fills. docs/engine.md says the same in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.backtest.rules.account import Account
from engine.backtest.rules.market_orders import arrive, carry_on
from engine.backtest.rules.path import Assumption, Inside, falls_first, stop_of
from engine.backtest.rules.pricing import taken
from engine.backtest.rules.state import Bar, SignalRow, State, Step
from engine.backtest.rules.terms import N, Terms
from engine.backtest.rules.working import Closing, Placed, Working
from engine.strategy.orders import FillReason, Intent


def step(
    state: State[N],
    bar: Bar[N],
    intents: Iterable[Intent[N] | SignalRow[N]],
    terms: Terms[N],
    assumption: Assumption = Assumption.STOP_FIRST,
) -> Step[N]:
    """Work through one bar.

    Args:
        intents: what was asked for when the bar before closed, in its order.
    """
    if state.ruined:
        return Step(replace(state, bar=state.bar + 1), (), (), False)
    account = Account(state, bar, terms)
    waiting = (*state.waiting, *((state.bar + terms.latency, intent) for intent in intents))
    mark = bar.mark or (bar.open, bar.high, bar.low, bar.close)

    account.pay_funding(bar)
    inside = Inside(account, list(state.working))
    inside.meet_liquidation(mark[0])
    inside.working = carry_on(inside.working, account, bar.open)
    due = [intent for number, intent in waiting if number == state.bar]
    inside.working = arrive(due, inside.working, account, bar.open)
    inside.walk(bar.open, bar.open, mark[0])

    ambiguous = False
    for piece in _pieces(account, bar, mark):
        ambiguous |= _walk_through(inside, piece, assumption)

    waiting = tuple((number, intent) for number, intent in waiting if number != state.bar)
    return Step(
        _closed(state, account, inside.working, waiting, bar),
        tuple(account.fills),
        tuple(account.rejections),
        ambiguous,
    )


def _pieces(account: Account[N], bar: Bar[N], mark: tuple[N, N, N, N]) -> list[Bar[N]]:
    """The bar, or its finer bars in order; but where the mark liquidates the bar is taken as it is."""
    held, price = account.position, account.liquidation_price()
    extreme = mark[2] if held and held.side > 0 else mark[1]
    liquidated = held and price is not None and held.side * (extreme - price) <= 0
    if not bar.detail or (bar.mark is not None and liquidated):
        return [bar]
    return [
        replace(bar, open=open_, high=high, low=low, close=close, detail=())
        for open_, high, low, close in bar.detail
    ]


def _walk_through(inside: Inside[N], bar: Bar[N], assumption: Assumption) -> bool:
    """From the open over both extremes to the close; whether the order of the extremes decided."""
    mark = bar.mark or (bar.open, bar.high, bar.low, bar.close)
    inside.walk(bar.open, bar.open, mark[0])
    ambiguous = not inside.closing and _is_ambiguous(inside.account, bar, mark)
    low, high = (bar.low, mark[2]), (bar.high, mark[1])
    extremes = (low, high) if falls_first(inside, bar, assumption) else (high, low)
    at = bar.open
    for end, marked in (*extremes, (bar.close, mark[3])):
        inside.walk(at, end, marked)
        at = end
    return ambiguous


def _closed(
    state: State[N],
    account: Account[N],
    working: list[Working[N]],
    waiting: tuple[tuple[int, Intent[N] | SignalRow[N]], ...],
    bar: Bar[N],
) -> State[N]:
    """The state at the close, where an account without equity is ruined."""
    held, terms = account.position, account.terms
    ruined = account.equity(bar.close) <= 0
    if ruined:
        working, waiting = [], ()
        if held:
            fill = taken(bar.close, -held.side, held.quantity, account.last, terms)
            account.reduce(held.quantity, fill, bar.close, FillReason.RUINED)
    equity = account.equity(bar.close)
    position = account.position
    return State(
        bar=state.bar + 1,
        cash=account.cash,
        position=position and replace(position, best=_best(position.side, position.best, bar)),
        working=tuple(_followed(each, bar) for each in working if _may_stay(each, account)),
        waiting=waiting,
        last=bar,
        peak=max(state.peak, equity),
        equity=equity,
        record=account.record,
        ruined=ruined,
    )


def _may_stay(working: Working[N], account: Account[N]) -> bool:
    """A closing ends with its position."""
    return not isinstance(working, Closing) or account.position is not None


def _followed(working: Working[N], bar: Bar[N]) -> Working[N]:
    """A trailing stop follows the bar that has closed."""
    if isinstance(working, Placed) and working.best is not None:
        return replace(working, best=_best(-working.order.side, working.best, bar))
    return working


def _best(side: int, best: N, bar: Bar[N]) -> N:
    return max(best, bar.high) if side > 0 else min(best, bar.low)


def _is_ambiguous(account: Account[N], bar: Bar[N], mark: tuple[N, N, N, N]) -> bool:
    """Whether the bar reaches both a stop (or the liquidation) and the target of what is held."""
    held = account.position
    if held is None or held.take_profit is None:
        return False
    long = held.side > 0
    favourable, adverse, marked = (bar.high, bar.low, mark[2]) if long else (bar.low, bar.high, mark[1])
    if held.side * (favourable - held.take_profit) < 0:
        return False
    stop, liquidation = stop_of(held, account.terms), account.liquidation_price()
    stopped = stop is not None and held.side * (adverse - stop[0]) <= 0
    return stopped or (liquidation is not None and held.side * (marked - liquidation) <= 0)
