"""The error rates of the verdict in both directions, printed as one table.

    SEED=1 CORPUS=DIR python -m tests.campaigns.verdict

Nulls: markets without an edge are searched with at least 50 trials each, and campaigns of 200 unrelated ideas
go over one market. Power: markets with a planted edge of a known true Sharpe ratio, net of costs. CORPUS is a
folder of hourly Parquet files for the shuffled series (the shared ones where they are found, else that row is
left out). Counts: WALKS RISING SHUFFLED IDEAS EDGES; WORKERS processes. Exit code 1: a rate is out of bounds.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tests.campaigns import verdict_ideas
from tests.campaigns.verdict_worlds import (
    FALSE_ACCEPTS,
    World,
    edge_worlds,
    hourly_files,
    null_worlds,
    table,
    true_sharpes,
    upper_end,
)

SHARED = Path(os.environ.get("EDGEWRIGHT_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "data"
POWER = {2.5: 0.8, 1.5: 0.3}


def _number(name: str, default: int) -> int:
    return int(os.environ.get(name, default))


def _worlds(seed: int, files: list[Path]) -> list[World]:
    nulls = null_worlds(seed, _number("WALKS", 500), _number("RISING", 400), _number("SHUFFLED", 400), files)
    edges = [world for sharpe in POWER for world in edge_worlds(seed, sharpe, _number("EDGES", 200))]
    return [*nulls, *edges]


def _bounds(worlds: Iterable[World]) -> dict[str, tuple[float, float]]:
    """The rates of acceptance that each row may have."""
    power = {f"edge of Sharpe {sharpe}": (least, 1.0) for sharpe, least in POWER.items()}
    return {world.row: power.get(world.row, (0.0, FALSE_ACCEPTS)) for world in worlds}


def main() -> int:
    """Run everything, print the table, and say whether every rate is within its bounds."""
    seed, workers = _number("SEED", 1), _number("WORKERS", 2)
    started = time.monotonic()
    files = hourly_files(Path(os.environ.get("CORPUS", SHARED)))
    if not files:
        print("No hourly files: the shuffled series are left out. CORPUS names a folder.", file=sys.stderr)
    for sharpe in POWER:
        planted = ", ".join(f"{name} {ratio:.2f}" for name, ratio in true_sharpes(seed, sharpe).items())
        print(f"True Sharpe ratios of the edges called {sharpe}, over 140 years: {planted}", flush=True)
    worlds = _worlds(seed, files)
    rows = table(worlds, _bounds(worlds), workers)
    heads = f"{'markets':>9}{'accept':>8}{'open':>7}{'reject':>8}{'rate':>8}{'95% end':>9}  bound"
    print(f"\nseed {seed}\n{'':34}{heads}")
    for row in rows:
        accepted, bound = row.verdicts["accept"], f">= {row.least:.0%}" if row.least else f"<= {row.most:.0%}"
        print(
            f"{row.name:34}{row.worlds:9}{accepted:8}{row.verdicts['not enough evidence']:7}"
            f"{row.verdicts['reject']:8}{row.rate:8.1%}{upper_end(accepted, row.worlds):9.1%}  {bound}"
            f"{'' if row.held else '  MISSED'}",
            flush=True,
        )
    held = all(row.held for row in rows)
    campaigns = _number("IDEAS", 300)
    found = verdict_ideas.run(seed, campaigns, workers) if campaigns else {}
    for agent, counted in found.items():
        accepted, count = counted[True], counted.total()
        bounded = agent == "patient"
        missed = bounded and accepted > FALSE_ACCEPTS * count
        held = held and not missed
        print(
            f"{f'{verdict_ideas.IDEAS} unrelated ideas, {agent} agent':34}{count:9}{accepted:8}{'':15}"
            f"{accepted / count:8.1%}{upper_end(accepted, count):9.1%}  "
            f"{f'<= {FALSE_ACCEPTS:.0%}' if bounded else 'no bound'}{'  MISSED' if missed else ''}"
        )
    print(f"\n{'held' if held else 'NOT HELD'} after {(time.monotonic() - started) / 60:.0f} min")
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
