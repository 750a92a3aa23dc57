"""Feeds the same random signals to every engine and compares all fills and the equity.

    RUNS=1000 SEED=1 python -m tests.campaigns.engine_peers

The rules (`engine.backtest.rules`, in floats) are the reference; their peers are the compiled kernel and
vectorbt, the latter with numba and, where `vectorbt-rust` is installed, with Rust. Signals, stops, sizes and
costs are random, bars are random windows of the recorded market files, or synthetic ones with SYNTHETIC=1.
RUN=17 replays one run alone; VECTORBT=0 leaves vectorbt out, which takes seconds to import.

What vectorbt does differently is in `DIFFERENCES`, one predicate each: such runs are counted and left out;
docs/engine.md explains them. Exit code 1 on any other difference above 1e-9, with the run's number.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engine.backtest.replay import Replay, replay_signals
from engine.backtest.result import Simulation
from engine.backtest.simulate import simulate_with
from engine.errors import InvalidInput
from tests.support.peer_cases import CASH, Case, draw_case

SHARED = Path(os.environ.get("EDGEWRIGHT_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "data"
TOLERANCE = 1e-9
_MELTED = (
    1e-4 * CASH
)  # below it, differences count against it: sums keep the rounding of what was there before
REFERENCE, KERNEL, NUMBA, RUST = "rules", "kernel", "vectorbt, numba", "vectorbt, Rust"


@dataclass(frozen=True, eq=False)
class Account:
    """What an engine left: fills as (bar, side, reason), their price x quantity and price, and the equity."""

    fills: tuple[tuple[int, int, str], ...]
    notional: np.ndarray
    price: np.ndarray
    equity: np.ndarray
    ruined: bool


@dataclass(frozen=True)
class Difference:
    """Something that vectorbt does otherwise, and the runs that it may change.

    Attributes:
        refused: whether the bridge says so instead of running.
    """

    name: str
    concerns: Callable[[Case, Account], bool]
    refused: bool = True


def funding_is_charged(case: Case, _: Account) -> bool:
    return case.charges_funding


def stop_loss_beside_trailing_stop(case: Case, _: Account) -> bool:
    signals = case.signals
    if signals.stop_loss is None or signals.trailing_stop is None:
        return False
    both = ~np.isnan(signals.stop_loss) & ~np.isnan(signals.trailing_stop)
    entry = signals.long_entry ^ signals.short_entry
    if not case.market.bars.instrument.category.is_derivative:
        entry = entry & signals.long_entry
    return bool((both & entry).any())


def the_run_is_ruined(_: Case, reference: Account) -> bool:
    return reference.ruined


def open_jumps_a_target_beside_stops(case: Case, reference: Account) -> bool:
    if case.signals.stop_loss is None and case.signals.trailing_stop is None:
        return False
    opens = case.market.bars.open
    jumped = [price == opens[bar] for (bar, _, why), price in _priced(reference) if why == "take_profit"]
    return any(jumped)


DIFFERENCES = (
    Difference("funding is charged", funding_is_charged),
    Difference("stop loss beside trailing stop", stop_loss_beside_trailing_stop),
    Difference("the run is ruined", the_run_is_ruined),
    Difference("open jumps a target beside stops", open_jumps_a_target_beside_stops, refused=False),
)


def _priced(account: Account) -> Iterable[tuple[tuple[int, int, str], float]]:
    return zip(account.fills, account.price.tolist(), strict=True)


def run_rules(case: Case) -> Account:
    """The specification."""
    replay: Replay[float] = replay_signals(case.market, case.signals, case.setup)
    return _account(
        [(fill.bar, fill.side, str(fill.reason), fill.price, fill.quantity) for fill in replay.fills],
        np.array(replay.equity),
        replay.state.ruined,
    )


def run_kernel(case: Case) -> Account:
    """The compiled kernel, as everybody calls it."""
    return _of_simulation(simulate_with(case.market, case.signals, case.setup))


def run_vectorbt(case: Case) -> Account:
    """vectorbt with the engine that its settings name."""
    return _of_simulation(simulate_with(case.market, case.signals, case.setup, engine="vectorbt"))


def _of_simulation(result: Simulation) -> Account:
    trades, position = result.trades, result.open_position
    rows: list[tuple[int, int, str, float, float]] = []
    for row in range(len(trades)):
        side, quantity = int(trades.side[row]), float(trades.quantity[row])
        entry, leave = int(trades.entry_bar[row]), int(trades.exit_bar[row])
        rows.append((entry, side, "entry", float(trades.entry_price[row]), quantity))
        rows.append((leave, -side, str(trades.exit_reason[row]), float(trades.exit_price[row]), quantity))
    if position is not None:
        rows.append((position.entry_bar, position.side, "entry", position.entry_price, position.quantity))
    return _account(rows, result.equity, result.ruined)


def _account(rows: list[tuple[int, int, str, float, float]], equity: np.ndarray, ruined: bool) -> Account:
    price, quantity = np.array([row[3] for row in rows]), np.array([row[4] for row in rows])
    return Account(tuple(row[:3] for row in rows), price * quantity, price, equity, ruined)


def difference(got: Account, expected: Account) -> tuple[float, str]:
    """The largest relative difference, and where it is; infinite where the fills are not the same."""
    if got.fills != expected.fills:
        pairs = zip(got.fills, expected.fills, strict=False)
        unequal = (i for i, (one, other) in enumerate(pairs) if one != other)
        first = next(unequal, min(len(got.fills), len(expected.fills)))
        shown = [account.fills[first] if first < len(account.fills) else None for account in (got, expected)]
        return np.inf, f"fill {first} is {shown[0]}, by the rules {shown[1]}"
    largest, where = 0.0, ""
    for name in ("price", "notional", "equity"):
        one, other = getattr(got, name), getattr(expected, name)
        floor = 0.0 if name == "price" else _MELTED
        off = np.abs(one - other) / np.maximum(np.abs(other), floor)
        if len(off) and float(off.max()) > largest:
            largest, where = float(off.max()), f"{name} {int(off.argmax())}"
    return largest, where


@dataclass
class Tally:
    """What one peer did."""

    runs: Counter[str] = field(default_factory=Counter)
    largest: dict[str, float] = field(default_factory=dict)
    excluded: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)

    def add(self, features: Iterable[str], off: float) -> None:
        for name in ("all", *features):
            self.runs[name] += 1
            self.largest[name] = max(off, self.largest.get(name, 0.0))


def compare(case: Case, peers: dict[str, Callable[[Case], Account]], tallies: dict[str, Tally]) -> None:
    """Run one case with all peers."""
    expected = run_rules(case)
    for name, run in peers.items():
        tally = tallies.setdefault(name, Tally())
        known = [] if name == KERNEL else [each for each in DIFFERENCES if each.concerns(case, expected)]
        try:
            got = run(case)
        except InvalidInput as refusal:
            if any(each.refused for each in known):
                tally.excluded.update(each.name for each in known)
            else:
                tally.unexplained.append(f"{_named(case)}: {name} refused: {refusal}")
            continue
        if known:
            tally.excluded.update(each.name for each in known)
            if any(each.refused for each in known):
                tally.unexplained.append(f"{_named(case)}: {name} was expected to refuse this run")
            continue
        off, where = difference(got, expected)
        tally.add(case.features, off)
        if not off <= TOLERANCE:
            tally.unexplained.append(f"{_named(case)}: {name} is off by {off:.3g} at {where}")


def _named(case: Case) -> str:
    return f"SEED={case.seed} RUN={case.number} ({case.source})"


def peers_present(*, vectorbt: bool) -> dict[str, Callable[[Case], Account]]:
    """Engines to compare with the rules."""
    peers: dict[str, Callable[[Case], Account]] = {KERNEL: run_kernel}
    if vectorbt:
        peers[NUMBA] = _with_engine("numba")
        if importlib.util.find_spec("vectorbt_rust") is not None:
            peers[RUST] = _with_engine("rust")
    return peers


def _with_engine(engine: str) -> Callable[[Case], Account]:
    def run(case: Case) -> Account:
        settings: Any = importlib.import_module("vectorbt").settings
        before = settings["engine"]
        settings["engine"] = engine
        try:
            return run_vectorbt(case)
        finally:
            settings["engine"] = before

    return run


def report(tallies: dict[str, Tally]) -> bool:
    """Print the tables; whether everything agreed."""
    names = list(tallies)
    features = sorted(
        {name for tally in tallies.values() for name in tally.runs}, key=lambda name: (name != "all", name)
    )
    print(f"\n{'runs and largest difference':34}" + "".join(f"{name:>26}" for name in names))
    for feature in features:
        cells = [
            f"{tally.runs[feature]:>12}{tally.largest.get(feature, 0.0):>14.1e}" for tally in tallies.values()
        ]
        print(f"{feature:34}" + "".join(cells))
    print(f"\n{'left out, by difference':34}" + "".join(f"{name:>26}" for name in names))
    for each in DIFFERENCES:
        print(f"{each.name:34}" + "".join(f"{tally.excluded[each.name]:>26}" for tally in tallies.values()))
    unexplained = [line for tally in tallies.values() for line in tally.unexplained]
    for line in unexplained:
        print("  !", line)
    print(f"unexplained differences: {len(unexplained)}")
    return not unexplained


def main() -> int:
    """Run everything."""
    seed, runs = int(os.environ.get("SEED") or 1), int(os.environ.get("RUNS") or 1000)
    alone = os.environ.get("RUN")
    synthetic = os.environ.get("SYNTHETIC") == "1"
    if not synthetic and not SHARED.is_dir():
        print(
            f"No market files in {SHARED}: EDGEWRIGHT_SHARED names another folder, SYNTHETIC=1 makes bars up."
        )
        return 1
    peers = peers_present(vectorbt=os.environ.get("VECTORBT") != "0")
    if RUST not in peers:
        print("vectorbt-rust is not installed: its Rust engine is left out.")
    tallies: dict[str, Tally] = {}
    for number in [int(alone)] if alone else range(runs):
        compare(draw_case(seed, number, None if synthetic else SHARED), peers, tallies)
    return 0 if report(tallies) else 1


if __name__ == "__main__":
    sys.exit(main())
