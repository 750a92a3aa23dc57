"""Runs a hand-worked table one way, and says in words what came out otherwise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from engine.backtest.replay import Replay, replay, replay_signals
from engine.backtest.rules import DECIMALS, FLOATS, Arithmetic, exactly
from engine.strategy.orders import Fill
from tests.support.conservation import missing_money
from tests.support.order_streams import in_decimals
from tests.support.order_tables import ExpectedFill, OrderTable

_NEARLY = 1e-9


def by_rules(table: OrderTable, arithmetic: Arithmetic[Any]) -> Replay[Any]:
    """The table through the rules."""
    market, setup = table.market(), table.setup()
    if table.has_signals:
        return replay_signals(market, table.signals(), setup, arithmetic, table.assumption)
    stream = table.stream() if arithmetic is FLOATS else in_decimals(table.stream())
    return replay(market, stream, setup, arithmetic, table.assumption)


def differences_in_floats(table: OrderTable) -> list[str]:
    """What the rules in floats give otherwise."""
    return _differences(table, by_rules(table, FLOATS))


def differences_in_decimals(table: OrderTable) -> list[str]:
    """What the rules in Decimals give otherwise, and whether a cent is missing."""
    with exactly():
        done = by_rules(table, DECIMALS)
        missing = missing_money(table.market(), table.setup(), done, DECIMALS)
    lost = [f"{missing} is missing"] if missing else []
    return _differences(table, done) + lost


def _differences(table: OrderTable, done: Replay[Any]) -> list[str]:
    refused = [(each.bar, each.order_id, each.why.value) for each in done.rejections]
    found = [*equity_differences(table, done.equity), *_fill_differences(table.fills(), done.fills)]
    if refused != table.rejections():
        found.append(f"refused {refused}, not {table.rejections()}")
    held = done.state.position
    if "position" in table.sections:
        side, quantity, _, price = table.sections["position"][0].split()
        expected = ({"long": 1, "short": -1}[side], float(quantity), float(price))
        actual = held and (held.side, float(held.quantity), float(held.entry_price))
        if actual is None or not all(map(_near, actual, expected)):
            found.append(f"holds {actual}, not {expected}")
    return found


def equity_differences(table: OrderTable, equity: Sequence[Any]) -> Iterator[str]:
    """Bars at which the equity is another."""
    if len(equity) != len(table.equity):
        yield f"{len(equity)} bars of equity, not {len(table.equity)}"
        return
    for bar, (actual, expected) in enumerate(zip(equity, table.equity, strict=True)):
        if not _near(float(actual), expected):
            yield f"equity {float(actual):.12g} at bar {bar}, not {expected:.12g}"


def _fill_differences(expected: list[ExpectedFill], fills: Sequence[Fill[Any]]) -> Iterator[str]:
    if len(fills) != len(expected):
        shown = ", ".join(f"bar {fill.bar} {fill.reason} {fill.quantity} at {fill.price}" for fill in fills)
        yield f"{len(fills)} fills ({shown}), not {len(expected)}"
        return
    for fill, wanted in zip(fills, expected, strict=True):
        where = f"fill of bar {wanted.bar}"
        if (fill.bar, fill.side, fill.reason.value) != (wanted.bar, wanted.side, wanted.reason):
            yield f"{where}: bar {fill.bar}, side {fill.side}, {fill.reason}; not {wanted}"
        for name in ("quantity", "price", "fee", "slippage"):
            amount = getattr(wanted, name)
            if amount is not None and not _near(float(getattr(fill, name)), amount):
                yield f"{where}: {name} {getattr(fill, name)}, not {amount}"


def _near(actual: float, expected: float) -> bool:
    return math.isclose(actual, expected, rel_tol=_NEARLY, abs_tol=_NEARLY)
