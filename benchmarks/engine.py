"""How fast the engine is beside its peers, on the same bars, in one run on one machine.

    python -m benchmarks.engine [--quick] [--full] [--json]

Every side works in processes of its own, after a warm-up; figures are medians. The peers are vectorbt, with
its Rust engine where `vectorbt-rust` is installed, and backtesting.py for strategies that are asked bar by
bar. The results of both sides are printed too, so that one sees equal trades (vectorbt counts the one still
open). Of a peer's sweep a tenth of the sets is measured and scaled, all of them with --full. --quick measures
our side alone on few bars, to see that it runs.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from benchmarks import engine_work as work
from benchmarks.engine_child import Child, answer_of
from benchmarks.engine_experiment import experiment_seconds

OURS, VECTORBT = "benchmarks.engine_ours", "benchmarks.engine_vectorbt"
BACKTESTING = "benchmarks.engine_backtesting"
_Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured."""

    rows: tuple[int, int] = (100_000, 1_000_000)
    pairs: int = len(work.PAIRS)
    stop_sets: int = len(work.STOP_SETS)
    share: int = 10  # of a peer's sweep one set in so many is measured
    memory_sets: tuple[int, ...] = (100, 1000, 5000)
    rounds: int = 7
    peers: bool = True


QUICK = Scale(rows=(1_000, 2_000), pairs=40, stop_sets=6, memory_sets=(20,), rounds=1, peers=False)
_SINGLE_TARGETS, _EVERYTHING_TARGETS = (40.0, 20.0), (20.0, 10.0)
_PAIRS_TARGET, _STOPS_TARGET, _EVENTS_TARGET, _FRESH_TARGET = 100.0, 20.0, 3.0, 4.0


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison: seconds on both sides, and how many times faster ours should be."""

    what: str
    ours: _Answer
    peer: _Answer | None = None
    peer_name: str = ""
    target: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The peer's seconds over ours."""
        return None if self.peer is None else self.peer["seconds"] / self.ours["seconds"]

    def as_dict(self) -> dict[str, Any]:
        """For the JSON document."""
        met = None if self.ratio is None or self.target is None else self.ratio >= self.target
        return {
            "what": self.what,
            "ours": self.ours,
            "peer": self.peer,
            "peer_name": self.peer_name,
            "ratio": self.ratio,
            "target": self.target,
            "met": met,
            "note": self.note,
        }


def measure(scale: Scale) -> dict[str, Any]:
    """All figures."""
    ours, vectorbt = Child(OURS), Child(VECTORBT) if scale.peers else None
    name = "" if vectorbt is None else vectorbt.about["name"]
    versions = {each.about["name"]: each.about["version"] for each in (ours, vectorbt) if each is not None}
    lines: list[Line] = []
    for place, rows in enumerate(scale.rows):
        for do, what, targets in (
            ("single", "one backtest, compiled form, four metrics", _SINGLE_TARGETS),
            ("everything", "one backtest, compiled form, all metrics", _EVERYTHING_TARGETS),
        ):
            theirs = None if vectorbt is None else asked(vectorbt, do, rows=rows, rounds=scale.rounds)
            mine = asked(ours, do, rows=rows, rounds=scale.rounds)
            lines.append(Line(f"{what}, {rows:,} bars", mine, theirs, name, targets[place]))
    rows = scale.rows[0]
    mine = asked(ours, "text", rows=rows, rounds=scale.rounds)
    lines.append(Line(f"the same by its text, in the sandbox, {rows:,} bars", mine))
    if vectorbt is not None:
        vectorbt.close()
    lines += [_pairs(ours, scale, name), *_experiment(ours, scale), _stops(ours, scale, name)]
    lines.append(_events(ours, scale, versions))
    ours.close()
    lines.append(_fresh(scale, name))
    memory = [_memory(rows, sets) for sets in scale.memory_sets]
    return {
        "schema": 1,
        "cores": len(os.sched_getaffinity(0)),
        "versions": versions,
        "lines": [line.as_dict() for line in lines],
        "memory": memory,
    }


def asked(child: Child, do: str, **arguments: Any) -> _Answer:
    """A task done."""
    child.ask(do, **arguments)
    return child.answer()


def _pairs(ours: Child, scale: Scale, name: str) -> Line:
    rows = scale.rows[0]
    mine = asked(ours, "pairs", rows=rows, sets=scale.pairs, rounds=scale.rounds)
    what = f"sweep of {scale.pairs:,} SMA pairs, compiled form, {rows:,} bars"
    theirs = _on_two(scale, "pairs", work.PAIRS[: scale.pairs])
    return Line(what, mine, theirs, name, _PAIRS_TARGET, _two_note(theirs))


def _stops(ours: Child, scale: Scale, name: str) -> Line:
    rows = scale.rows[0]
    mine = asked(ours, "stops", rows=rows, sets=scale.stop_sets, rounds=min(3, scale.rounds))
    what = f"sweep of {scale.stop_sets} sets of a text, two indicators and stops, {rows:,} bars"
    theirs = _on_two(scale, "stops", work.STOP_SETS[: scale.stop_sets])
    return Line(what, mine, theirs, name, _STOPS_TARGET, _two_note(theirs))


def _on_two(scale: Scale, do: str, sets: list[tuple[int, int]]) -> _Answer | None:
    """A sweep of vectorbt on two processes, each with every other set of the sample; None without peers."""
    if not scale.peers:
        return None
    sample = sets[:: scale.share]
    halves = (sample[::2], sample[1::2])
    children = [Child(VECTORBT) for _ in halves]
    for child, half in zip(children, halves, strict=True):
        child.ask(do, rows=scale.rows[0], chosen=half, rounds=min(3, scale.rounds))
    answers = [child.answer() for child in children]
    for child in children:
        child.close()
    return {
        "seconds": max(answer["seconds"] for answer in answers) * len(sets) / len(sample),
        "peak_mb": sum(answer["peak_mb"] for answer in answers),
        "result": {key: sum(answer["result"][key] for answer in answers) for key in ("sets", "trades")},
    }


def _two_note(theirs: _Answer | None) -> str:
    if theirs is None:
        return ""
    return f"peer on two processes, measured on {theirs['result']['sets']} sets and scaled"


def _experiment(ours: Child, scale: Scale) -> list[Line]:
    """The distance to the experiment that only counts four figures of long crosses at the close."""
    seconds = experiment_seconds(work.columns_of(scale.rows[0])) if scale.peers else None
    if seconds is None:
        return []
    mine = asked(ours, "pairs", rows=scale.rows[0], sets=len(work.PAIRS), rounds=scale.rounds)
    note = "no target: it has fewer rules, and fastmath"
    return [
        Line(
            "distance to the hand-written experiment, same pairs",
            mine,
            {"seconds": seconds},
            "experiment",
            None,
            note,
        )
    ]


def _events(ours: Child, scale: Scale, versions: dict[str, str]) -> Line:
    """A strategy that is asked bar by bar."""
    rows = scale.rows[0]
    mine = asked(ours, "on_bar", rows=rows, rounds=scale.rounds)
    what = f"one backtest of an event-shaped strategy, {rows:,} bars"
    if not scale.peers or find_spec("backtesting") is None:
        return Line(what, mine, None, "backtesting.py", _EVENTS_TARGET, "peer not installed" * scale.peers)
    peer = Child(BACKTESTING)
    versions[peer.about["name"]] = peer.about["version"]
    theirs = asked(peer, "on_bar", rows=rows, rounds=scale.rounds)
    peer.close()
    return Line(what, mine, theirs, peer.about["name"], _EVENTS_TARGET)


def _fresh(scale: Scale, name: str) -> Line:
    """Whole processes, from start to first result; the first one fills the caches."""
    rows = scale.rows[0]
    mine, theirs = _process("benchmarks.engine_single", rows, scale.rounds), None
    if scale.peers:
        theirs = _process(VECTORBT, rows, scale.rounds)
    return Line(f"a fresh process to its first result, {rows:,} bars", mine, theirs, name, _FRESH_TARGET)


def _process(module: str, rows: int, rounds: int) -> _Answer:
    runs: list[float] = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-W", "ignore", "-m", module, str(rows)],
            check=True,
            capture_output=True,
        )
        runs.append(time.perf_counter() - began)
    return {"seconds": statistics.median(runs[1:]), "runs": runs[1:]}


def _memory(rows: int, sets: int) -> dict[str, Any]:
    answer = answer_of(OURS, "pairs", rows=rows, sets=sets, rounds=1)
    return {"sets": answer["result"]["sets"], "peak_mb": answer["peak_mb"], "seconds": answer["seconds"]}


def table(found: dict[str, Any]) -> str:
    """The figures for a reader."""
    said = [", ".join(f"{name} {version}" for name, version in found["versions"].items())]
    said.append(f"{found['cores']} cores; seconds are medians\n")
    said.append(f"{'':<72}{'ours':>10}{'peer':>10}{'ratio':>8}{'target':>8}  met")
    for line in found["lines"]:
        peer = "" if line["peer"] is None else f"{line['peer']['seconds']:.4f}"
        ratio = "" if line["ratio"] is None else f"{line['ratio']:.1f}"
        target = "" if line["target"] is None else f"{line['target']:g}"
        met = {None: "", True: "yes", False: "no"}[line["met"]]
        said.append(
            f"{line['what']:<72}{line['ours']['seconds']:>10.4f}{peer:>10}{ratio:>8}{target:>8}  {met:<4}"
            f"{line['note']}"
        )
        for side in ("ours", "peer"):
            result = (line[side] or {}).get("result")
            if result:
                shown = {name: result[name] for name in ("total_return", "trades", "sets") if name in result}
                peak = f", peak {line[side]['peak_mb']:.0f} MB" if "peak_mb" in line[side] else ""
                said.append(f"    {side}: {shown}{peak}" if shown else f"    {side}: all statistics{peak}")
    said.append("\npeak memory of a sweep by the compiled form, indicators included:")
    said += [
        f"    {each['sets']:>6,} sets {each['peak_mb']:>6.0f} MB {each['seconds']:>8.2f} s"
        for each in found["memory"]
    ]
    return "\n".join(said)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--quick", action="store_true", help="our side alone on few bars, to see that it runs"
    )
    parser.add_argument(
        "--full", action="store_true", help="all sets of the peers' sweeps, some minutes more"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")
    options = parser.parse_args()
    found = measure(QUICK if options.quick else Scale(share=1) if options.full else Scale())
    print(json.dumps(found, indent=2) if options.json else table(found))


if __name__ == "__main__":
    main()
