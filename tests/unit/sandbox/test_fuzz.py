"""The fuzzer of the language layer: what it looks for is seen, and a slice of it runs with every change."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.program import read_program
from sandbox.proof.lines import Line, shipped_corpus
from tests.campaigns.sandbox_fuzz import CORPUS, MAX_KEPT, Found, campaign, kept_programs, made_small
from tests.support.fuzz_bytecode import faults
from tests.support.fuzz_worker import Worker

_ROOT = Path(__file__).resolve().parents[3]
_SLICE = 250


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """A process that judges."""
    with Worker() as made:
        yield made


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x.y", "read past the guard: y"),
        ("x.y()", "read past the guard: y"),
        ("f'{x.y}'", "read past the guard: y"),
        ("x.y = 1", "written past the guard: y"),
        ("f(x).y = 1", "1 attributes are written, 0 of them"),
        ("del x.y", "written past the guard: y"),
        ("import os", "IMPORT_NAME os"),
        ("from os import path", "IMPORT_NAME os"),
        ("_getattr_ = 1", "of the guard _getattr_"),
        ("def f(_write_, /): pass", "_write_ is a local variable"),
        ("class A:\n    _getattr_ = 1", "of the guard _getattr_"),
        ("__builtins__", "the special name __builtins__"),
        ("class A:\n    __getattr__ = 1", "the special name __getattr__"),
        ("_secret", "the private name _secret"),
        ("async def f(): pass", "asynchronous"),
        ("match x:\n    case int(real=y): pass", "MATCH_CLASS"),
        ("try:\n    pass\nexcept* ValueError:\n    pass", "CHECK_EG_MATCH"),
        ("\u03b1 = 1", "'\u03b1'"),
        ("lambda: (lambda: x.y)", "read past the guard: y"),
    ],
)
def test_byte_code_that_goes_past_the_guards_is_seen(text: str, says: str) -> None:
    assert any(says in fault for fault in faults(compile(text, "<strategy>", "exec")))


@pytest.mark.parametrize("line", shipped_corpus().benign, ids=lambda line: line.id)
def test_the_byte_code_of_good_strategies_goes_through_the_guards(line: Line) -> None:
    assert list(faults(read_program(line.code).code)) == []


# What a hole in the language layer would look like: the change that makes it, a program, what is reported.
_HOLES = [
    (
        "guards._CHECKS.clear()",
        "df.agg('to_csv', 0, '/nowhere/at/all')",
        "touches the machine",
    ),
    (
        "guards.INSTANCES['generator'] |= {'gi_frame'}; scan.refused_attributes = lambda: ()",
        "(x for x in [1]).gi_frame",
        "touches the machine",
    ),
    (
        "guards.INSTANCES['ndarray'] |= {'data'}; scan.refused_attributes = lambda: ()",
        "df.close.to_numpy().data",
        "a guard hands out what it must not",
    ),
    (
        "rules.StrategyRules.visit_Attribute = lambda self, node: node",
        "df.mean",
        "byte code past the guards",
    ),
    (
        "classes._Enumeration = type(enum.Enum)",
        "E('X', {'A': 1, '__len__': lambda self: 7})",
        "a class made past the rules",
    ),
    ("sandbox.program.hide_private = lambda tree: 1 / 0", "1", "the checker crashed"),
    ("sandbox.program.hide_private = lambda tree: time.sleep(2.1)", "1", "the checker is slow"),
    ("sandbox.program.ReadyProgram.signals = lambda *_: 1 / 0", "1", "the run crashed"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "line", "says"), _HOLES)
def test_a_hole_in_the_language_layer_is_reported(change: str, line: str, says: str) -> None:
    made = "from enum import Enum\nclass E(Enum):\n    pass\n" if "E(" in line else ""
    code = f"{made}def generate_signals(df, params):\n    {line}\n    return df\n"
    script = f"""
import enum, json, time
import sandbox.program
from sandbox import classes, guards, rules, scan
from tests.support import fuzz_watch
fuzz_watch.install()
{change}
rules.refused_attributes = scan.refused_attributes
print(json.dumps(fuzz_watch.as_message(fuzz_watch.judge({code!r}))))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=_ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout)["property"] == says, done.stdout + done.stderr


def test_a_program_that_hangs_is_ended_and_the_next_one_is_judged() -> None:
    code = "def generate_signals(df, params):\n    {}\n    return df\n"
    with Worker(hang_s=2.5) as worker:
        assert worker.judge(code.format("x = 7"))["verdict"] == "failed"
        assert worker.judge(code.format("x = sum(range(10 ** 12))"))["verdict"] == "killed"
        assert worker.judge(code.format("x = 7"))["verdict"] == "failed"


def test_a_finding_is_made_small() -> None:
    class Judge(Worker):
        def judge(self, code: str) -> dict[str, object]:
            return {"property": "holds bad" if "bad" in code else "", "detail": ""}

    code = "a = 1\ndef f():\n    x = 2\n    if x:\n        bad()\n        y = 3\n    return 4\nb = 5\n"
    small = made_small(Found("holds bad", "", code), Judge())
    assert " ".join(small.code.split()) == "def f(): if x: bad()"


def test_no_finding_waits_to_be_mended() -> None:
    assert list(CORPUS.parent.glob("finding-*.json")) == []


def test_the_programs_that_reached_most_still_hold(worker: Worker) -> None:
    programs = kept_programs()
    assert 100 <= len(programs) <= MAX_KEPT and CORPUS.stat().st_size < 400_000
    judged = [worker.judge(code) for code in programs]
    assert [(each["property"], each["detail"]) for each in judged if each["property"]] == []
    reached = {str(read) for each in judged for read in each["reads"]}  # pyright: ignore
    assert len(reached) > 500


def test_a_slice_of_fresh_programs_breaks_nothing_and_enough_of_them_run(worker: Worker) -> None:
    tally = campaign(worker, 20260101, lambda tally: tally.programs < _SLICE)
    assert tally.findings == []
    assert tally.accepted_share > 0.35 and tally.verdicts["finished"] > _SLICE / 8


def test_the_same_seed_makes_the_same_programs(worker: Worker) -> None:
    first, again = (campaign(worker, 5, lambda tally: tally.programs < 25) for _ in range(2))
    assert (first.rules, first.reached) == (again.rules, again.reached)
