"""Runs a hand-worked table one way, and says in words what came out otherwise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from engine.backtest.replay import Replay, replay, replay_signals
from engine.backtest.rules import DECIMALS, FLOATS, Arithmetic, Assumption, exactly
from engine.backtest.simulate import simulate_with
from engine.strategy.orders import Fill
from tests.support.conservation import missing_money
from tests.support.desk_run import DeskRun, by_desk
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


def differences_in_kernel(table: OrderTable) -> list[str]:
    """What the compiled kernels give otherwise: that of signals, or the desk of orders."""
    if not table.has_signals:
        return _differences(table, by_desk(table.market(), table.setup(), table.stream(), table.assumption))
    run = simulate_with(table.market(), table.signals(), table.setup())
    first = table.assumption is Assumption.STOP_FIRST
    found = list(equity_differences(table, run.equity if first else run.band.other_equity))
    fees = sum(fill.fee or 0.0 for fill in table.fills())
    if all(fill.fee is not None for fill in table.fills()) and not _near(run.metrics.fees_paid, fees):
        found.append(f"fees {run.metrics.fees_paid}, not {fees}")
    return found


def _differences(table: OrderTable, done: Replay[Any] | DeskRun) -> list[str]:
    refused = [(each.bar, each.order_id, each.why.value) for each in done.rejections]
    found = [*equity_differences(table, done.equity), *_fill_differences(table.fills(), done.fills)]
    if refused != table.rejections():
        found.append(f"refused {refused}, not {table.rejections()}")
    if "position" in table.sections:
        side, quantity, _, price = table.sections["position"][0].split()
        expected = ({"long": 1, "short": -1}[side], float(quantity), float(price))
        actual = _held(done)
        if actual is None or not all(map(_near, actual, expected)):
            found.append(f"holds {actual}, not {expected}")
    return found


def _held(done: Replay[Any] | DeskRun) -> tuple[int, float, float] | None:
    """Side, quantity and average entry price of what is held at the end."""
    if isinstance(done, DeskRun):
        return done.position
    held = done.state.position
    return held and (held.side, float(held.quantity), float(held.entry_price))


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
