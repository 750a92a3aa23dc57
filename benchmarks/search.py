"""How fast a search is, beside optuna that asks backtesting.py, on the same bars, in one run on one machine.

    python -m benchmarks.search [--quick] [--full] [--json]

Ours is a whole search of a text that the composer wrote: run in the sandbox on all cores, every trial and its
returns recorded in a SQLite store. The peer keeps its trials in memory and runs in one process, as it comes;
a few of its sets are measured and scaled (more with --full). --quick measures our side alone on few bars.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from benchmarks.engine_child import Child

_OURS, _PEER = "benchmarks.search_ours", "benchmarks.search_backtesting"
_SEARCH_TARGET, _ASSESS_TARGET_S = 100.0, 60.0


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured; `peer_sets` 0 leaves the peer out."""

    rows: int = 100_000
    trials: int = 1_000
    peer_sets: int = 10
    assess_rows: int = 20_000
    assess_trials: int = 100


QUICK = Scale(rows=2_000, trials=12, peer_sets=0, assess_rows=2_000, assess_trials=10)
FULL = Scale(peer_sets=100)


def measure(scale: Scale) -> dict[str, Any]:
    """All figures."""
    ours = Child(_OURS)
    versions = {ours.about["name"]: ours.about["version"]}
    peer_s = _peer_seconds(scale, versions)
    lines = [_search(ours, scale, sampler, peer_s) for sampler in ("random", "tpe")]
    assessed = _result(ours, "assess", rows=scale.assess_rows, trials=scale.assess_trials)
    ours.close()
    return {
        "schema": 1,
        "cores": len(os.sched_getaffinity(0)),
        "versions": versions,
        "lines": [*lines, _assessment(scale, assessed)],
    }


def _result(child: Child, do: str, **arguments: Any) -> Any:
    """What a task says that it has measured, done once: it warms up by itself."""
    child.ask(do, rounds=1, **arguments)
    return child.answer()["result"]


def _peer_seconds(scale: Scale, versions: dict[str, str]) -> float | None:
    """Seconds of a trial of the peer."""
    if not scale.peer_sets or find_spec("backtesting") is None:
        return None
    peer = Child(_PEER)
    versions[peer.about["name"]] = peer.about["version"]
    told = _result(peer, "search", rows=scale.rows, trials=scale.peer_sets)
    peer.close()
    return told["seconds"] / told["trials"]


def _search(ours: Child, scale: Scale, sampler: str, peer_s: float | None) -> dict[str, Any]:
    told = _result(ours, "search", rows=scale.rows, trials=scale.trials, sampler=sampler)
    mine = told["trials"] / told["seconds"]
    ratio = None if peer_s is None else mine * peer_s
    target = _SEARCH_TARGET if sampler == "random" else None
    return {
        "what": f"{sampler} search of {scale.trials:,} sets of a composed text, {scale.rows:,} bars",
        "unit": "trials/s",
        "ours": mine,
        "peer": None if peer_s is None else 1 / peer_s,
        "ratio": ratio,
        "target": target,
        "met": None if ratio is None or target is None else ratio >= target,
        "note": "" if peer_s is None else f"peer on one process, measured on {scale.peer_sets} sets",
    }


def _assessment(scale: Scale, told: dict[str, Any] | None) -> dict[str, Any]:
    seconds = None if told is None else told["seconds"]
    return {
        "what": f"assessment of a composed text after {scale.assess_trials} trials, "
        f"{scale.assess_rows:,} hourly bars",
        "unit": "s",
        "ours": seconds,
        "peer": None,
        "ratio": None,
        "target": _ASSESS_TARGET_S,
        "met": None if seconds is None else seconds <= _ASSESS_TARGET_S,
        "note": "at most" if told is not None else "not there yet",
    }


def table(found: dict[str, Any]) -> str:
    """The figures for a reader."""
    said = [", ".join(f"{name} {version}" for name, version in found["versions"].items())]
    said.append(f"{found['cores']} cores\n")
    said.append(f"{'':<76}{'ours':>10}{'peer':>10}{'ratio':>8}{'target':>8}  met")
    for line in found["lines"]:
        figures = (line["ours"], line["peer"], line["ratio"], line["target"])
        ours, peer, ratio, target = ("" if each is None else f"{each:.4g}" for each in figures)
        met = {None: "", True: "yes", False: "no"}[line["met"]]
        what = f"{line['what']}, {line['unit']}"
        said.append(f"{what:<76}{ours:>10}{peer:>10}{ratio:>8}{target:>8}  {met:<4}{line['note']}")
    return "\n".join(said)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="our side alone on few bars")
    parser.add_argument("--full", action="store_true", help="more sets of the peer")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    options = parser.parse_args()
    found = measure(QUICK if options.quick else FULL if options.full else Scale())
    print(json.dumps(found, indent=2) if options.json else table(found))


if __name__ == "__main__":
    main()
