"""Random streams of orders of every kind, in random markets and setups, through the rules and the desk.

    SEED=1 STREAMS=10000 python -m tests.campaigns.engine_orders

Each stream runs under one of the two assumptions (even seeds: the stop first):
- through the rules in Decimals, where not the smallest part of a cent may be missing;
- through the rules in floats and through the desk, which must agree to 1e-9;
- and the desk's money must add up to within 1e-9 of what was traded.
Exit code 1 when one does not, with the seed that makes it again.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter

from engine.backtest.replay import replay
from engine.backtest.rules import DECIMALS, FLOATS, Assumption, exactly
from tests.support.conservation import missing_money
from tests.support.desk_run import TOLERANCE, DeskRun, by_desk, desk_differences
from tests.support.order_streams import OrderWorld, in_decimals, order_world

_SHOWN = 5


def faults(world: OrderWorld, assumption: Assumption) -> tuple[list[str], DeskRun]:
    """What does not hold for one stream, and what the desk made of it."""
    market, setup, stream = world.market, world.setup, world.stream
    with exactly():
        exact = replay(market, in_decimals(stream), setup, DECIMALS, assumption)
        missing = missing_money(market, setup, exact, DECIMALS)
    desk = by_desk(market, setup, stream, assumption)
    found = desk_differences(desk, replay(market, stream, setup, FLOATS, assumption))
    if missing != 0:
        found.append(f"the rules in Decimals miss {missing}")
    traded = setup.cash + sum(fill.price * fill.quantity for fill in desk.fills)
    lost = missing_money(market, setup, desk, FLOATS)
    if abs(lost) > TOLERANCE * traded:
        found.append(f"the desk misses {lost} of {traded}")
    return found, desk


def main() -> int:
    """Run the streams of STREAMS seeds from SEED on."""
    first, count = int(os.environ.get("SEED") or 1), int(os.environ.get("STREAMS") or 10_000)
    began, wrong = time.monotonic(), 0
    fills: Counter[str] = Counter()
    refusals: Counter[str] = Counter()
    for done, seed in enumerate(range(first, first + count), start=1):
        assumption = Assumption.TARGET_FIRST if seed % 2 else Assumption.STOP_FIRST
        found, desk = faults(order_world(seed), assumption)
        fills.update(fill.reason.value for fill in desk.fills)
        refusals.update(rejection.why.value for rejection in desk.rejections)
        wrong += bool(found)
        if found and wrong <= _SHOWN:
            print(f"  ! SEED={seed} STREAMS=1 ({assumption})")
            print("\n".join(f"      {text}" for text in found[:_SHOWN]))
        if done % max(count // 10, 1) == 0:
            spent = time.monotonic() - began
            print(f"  {done:7} of {count} streams, {wrong} wrong, {spent:.0f} s", flush=True)
    for name, counted in (("fills", fills), ("refused or cut", refusals)):
        print(f"  {name}: " + ", ".join(f"{reason} {number}" for reason, number in counted.most_common()))
    print(f"{count - wrong} of {count} streams of orders: no money missing, desk equals rules")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
