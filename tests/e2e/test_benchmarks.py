"""Benchmarks run; how fast is not asserted here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=True, timeout=200
    )
    return done.stdout


def test_the_benchmark_of_the_sandbox_prints_both_sides(walls: None) -> None:
    found = json.loads(run("benchmarks.sandbox", "--quick", "--json"))
    assert {job["strategy"] for job in found["jobs"]} == {"trivial", "SMA"}
    for job in found["jobs"]:
        assert job["walls_ms"] == job["sandbox_ms"] - job["bare_ms"] and job["bare_ms"] > 0
    batch = found["batch"]
    assert batch["ratio"] == batch["sandbox_s"] / batch["bare_s"]


def test_the_benchmark_of_the_engine_prints_our_side_of_every_comparison(walls: None) -> None:
    found = json.loads(run("benchmarks.engine", "--quick", "--json"))
    assert list(found["versions"]) == ["edgewright"]
    assert len(found["lines"]) == 9
    for line in found["lines"]:
        assert line["ours"]["seconds"] > 0 and line["peer"] is None and line["met"] is None, line["what"]
    single, _, _, _, text = (line["ours"]["result"] for line in found["lines"][:5])
    assert single == text and single["trades"] > 0, "the compiled form and the text earn the same"
    assert [each["sets"] for each in found["memory"]] == [20] and found["memory"][0]["peak_mb"] > 0


def test_the_benchmark_of_the_search_prints_our_side(walls: None) -> None:
    found = json.loads(run("benchmarks.search", "--quick", "--json"))
    assert list(found["versions"]) == ["edgewright"]
    at_random, tpe, assessed = found["lines"]
    assert at_random["unit"] == tpe["unit"] == "trials/s" and assessed["unit"] == "s"
    assert at_random["ours"] > 0 and tpe["ours"] > 0
    assert at_random["peer"] is None and at_random["met"] is None
