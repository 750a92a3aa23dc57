"""Runs orders through the compiled desk, and says in words where it and the rules differ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from engine.backtest.desk.orders import OrderDesk, fill_of, rejection_of, run_stream
from engine.backtest.prepared import prepare
from engine.backtest.replay import Replay
from engine.backtest.rules import Assumption
from engine.backtest.setup import Setup
from engine.market.bars import MarketData
from engine.strategy.orders import Fill, Rejection
from tests.support.order_streams import Stream

TOLERANCE = 1e-9


@dataclass(frozen=True)
class DeskRun:
    """What the desk leaves, in the shape of a replay; `position` is side, quantity and entry price."""

    equity: tuple[float, ...]
    fills: tuple[Fill[float], ...]
    rejections: tuple[Rejection, ...]
    ambiguous_bars: int
    position: tuple[int, float, float] | None


def by_desk(
    market: MarketData, setup: Setup, stream: Stream, assumption: Assumption = Assumption.STOP_FIRST
) -> DeskRun:
    """A stream of intents through the desk in one call of the kernel; the rules know no tags here."""
    desk = OrderDesk(prepare(market, setup), target_first=assumption is Assumption.TARGET_FIRST)
    events = run_stream(desk, stream)
    held = desk.account[0]
    side, quantity = int(held["side"]), float(held["quantity"])
    return DeskRun(
        tuple(desk.equity.tolist()),
        tuple(fill_of(row) for row in events if not row["rejected"]),
        tuple(rejection_of(row) for row in events if row["rejected"]),
        int(held["ambiguous"]),
        (side, quantity, float(held["cost"]) / quantity) if side else None,
    )


def desk_differences(desk: DeskRun, rules: Replay[Any]) -> list[str]:
    """What the desk gives otherwise than the rules in floats."""
    found: list[str] = []
    if desk.rejections != rules.rejections:
        found.append(f"refused {desk.rejections}, not {rules.rejections}")
    if len(desk.fills) != len(rules.fills):
        found.append(f"{len(desk.fills)} fills, not {len(rules.fills)}")
    for one, other in zip(desk.fills, rules.fills, strict=False):
        named = [(fill.bar, fill.order_id, fill.side, fill.reason, fill.maker) for fill in (one, other)]
        numbers = ("price", "quantity", "fee", "slippage")
        if named[0] != named[1] or not all(_near(getattr(one, n), getattr(other, n)) for n in numbers):
            found.append(f"{one}, not {other}")
    for bar, (one, other) in enumerate(zip(desk.equity, rules.equity, strict=True)):
        if not _near(one, other):
            found.append(f"equity {one!r} at bar {bar}, not {other!r}")
    if desk.ambiguous_bars != rules.ambiguous_bars:
        found.append(f"{desk.ambiguous_bars} ambiguous bars, not {rules.ambiguous_bars}")
    return found


def _near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
