"""How often the verdict accepts what has no edge, and what has one, over made-up markets.

Each market is searched with at least fifty trials and the best is assessed, all of it through the real store,
lake and ledger. A market has a holdout of a fifth besides the bars that are searched.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.backtest.setup import Setup
from engine.backtest.sweep import sweep
from engine.research.search.samplers import proposals
from engine.research.search.space import space_of
from tests.support.families import FAMILIES
from tests.support.made_markets import Market, driftless, hourly_bars, reverting, rising, shuffled, trending
from tests.support.trial_rooms import MADE_UP, trial_room
from tests.support.trusted_loader import TrustedStrategy

SEARCHED_HOURS = 20_000
ALL_HOURS = 25_000
TRIALS = 50
FALSE_ACCEPTS = 0.01

_EDGES: dict[str, tuple[Callable[[float], Market], dict[float, float]]] = {
    "cross": (trending, {1.5: 0.066, 2.5: 0.0865}),
    "breakout": (trending, {1.5: 0.066, 2.5: 0.092}),
    "bands": (reverting, {1.5: 3.62, 2.5: 5.1}),
    "swing": (reverting, {1.5: 4.1, 2.5: 5.95}),
}


@dataclass(frozen=True)
class World:
    """One market to be searched.

    Attributes:
        row: the row of the table that it counts in.
        real: file of closes that are shuffled; None for a made-up market.
    """

    row: str
    family: str
    seed: tuple[int, ...]
    kind: str
    strength: float = 0.0
    real: Path | None = None


@dataclass(frozen=True)
class Row:
    """What came of all worlds of a kind."""

    name: str
    verdicts: Counter[str]
    least: float
    most: float

    @property
    def worlds(self) -> int:
        return sum(self.verdicts.values())

    @property
    def rate(self) -> float:
        return self.verdicts["accept"] / self.worlds

    @property
    def held(self) -> bool:
        return self.least <= self.rate <= self.most


def judged(world: World) -> str:
    """The verdict on the best of a search in this world."""
    rng = np.random.default_rng(world.seed)
    bars = hourly_bars(MADE_UP, _market(world)(rng, ALL_HOURS), rng)
    sampler = "tpe" if world.seed[-1] % 2 else "random"
    with trial_room(bars) as room:
        found = room.searched(
            world.family, FAMILIES[world.family], trials=TRIALS, seed=world.seed[-1], sampler=sampler
        )
        if found.best is None:
            return "reject"
        return room.assessed(found.best.run_id).verdict


def null_worlds(seed: int, walks: int, risings: int, shuffles: int, files: Sequence[Path]) -> Iterator[World]:
    """Markets without an edge, the families of strategies taking turns."""
    families = list(FAMILIES)
    for number in range(walks):
        yield World("driftless walks", families[number % len(families)], (seed, 1, number), "walk")
    for number in range(risings):
        yield World("walks rising 60% a year", families[number % len(families)], (seed, 2, number), "rising")
    for number in range(shuffles if files else 0):
        real = files[number // len(families) % len(files)]
        family = families[number % len(families)]
        yield World("real series, days shuffled", family, (seed, 3, number), "shuffled", real=real)


def edge_worlds(seed: int, sharpe: float, count: int) -> Iterator[World]:
    """Markets whose edge gives the best parameters this true Sharpe ratio."""
    families = list(_EDGES)
    for number in range(count):
        family = families[number % len(families)]
        strength = _EDGES[family][1][sharpe]
        row = f"edge of Sharpe {sharpe}"
        yield World(row, family, (seed, round(sharpe * 10), number), "edge", strength)


def true_sharpes(seed: int, sharpe: float) -> dict[str, float]:
    """What was really planted: the Sharpe ratio of the best of 50 sets over 140 years of each edge.

    The best of one half is measured on the other, both ways: the best of the same half would flatter itself.
    """
    found: dict[str, float] = {}
    for family, (make, strengths) in _EDGES.items():
        strategy = TrustedStrategy(FAMILIES[family])
        sets = proposals(space_of(strategy.spec, {}), "random", seed, 1, TRIALS).ask(TRIALS)
        ratios = []
        for part in range(2):
            rng = np.random.default_rng((seed, 9, part))
            bars = hourly_bars(MADE_UP, make(strengths[sharpe])(rng, 70 * 8760), rng)
            ratios.append(sweep(bars, strategy, sets, Setup.defaults(MADE_UP.category)).metrics["sharpe"])
        first, second = (np.nan_to_num(ratio) for ratio in ratios)
        found[family] = float((second[first.argmax()] + first[second.argmax()]) / 2)
    return found


def table(worlds: Sequence[World], bounds: dict[str, tuple[float, float]], workers: int) -> list[Row]:
    """The verdicts on all worlds, counted by row."""
    counts = {world.row: Counter[str]() for world in worlds}
    with ProcessPoolExecutor(workers) as pool:
        for done, (world, verdict) in enumerate(
            zip(worlds, pool.map(judged, worlds, chunksize=4), strict=True)
        ):
            counts[world.row][verdict] += 1
            if done % 50 == 49:
                print(f"  {done + 1} of {len(worlds)} markets", file=sys.stderr, flush=True)
    return [Row(name, verdicts, *bounds[name]) for name, verdicts in counts.items()]


def upper_end(accepted: int, worlds: int) -> float:
    """95% upper end of a rate (Clopper and Pearson 1934)."""
    from scipy.stats import beta

    return 1.0 if accepted == worlds else float(beta.ppf(0.95, accepted + 1, worlds - accepted))


def hourly_files(folder: Path) -> list[Path]:
    """Files of traded hourly bars: mark prices are no market."""
    return [path for path in sorted(folder.glob("*_1h.parquet")) if "mark" not in path.stem]


def _market(world: World) -> Market:
    if world.kind == "walk":
        return driftless
    if world.kind == "rising":
        return rising
    if world.real is not None:
        return shuffled(_closes(world.real))
    return _EDGES[world.family][0](world.strength)


def _closes(path: Path) -> np.ndarray:
    import pyarrow.parquet as pq

    return pq.read_table(path, columns=["close"]).column("close").to_numpy()
