"""Sets that share a child: nothing of one reaches the next, and what goes wrong is told of its set alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.errors import StrategyFailed
from engine.market.interval import Interval
from engine.strategy.compose.compose import compose
from engine.strategy.library import catalogue
from engine.strategy.signals import LEVEL_COLUMNS, Signals
from sandbox.block import MAX_BYTES, Block, decoded_block, fitting
from sandbox.job import Job, Task
from sandbox.limits import Limits
from sandbox.loader import SandboxLoader
from sandbox.perform import Outcome
from sandbox.pool import Pool
from sandbox.program import read_program
from sandbox.proof.lines import Line, shipped_corpus
from sandbox.refusal import Refused
from sandbox.sharing import may_share
from sandbox.trial import trial_bars
from tests.support.fuzz_programs import Programs

_SUPPORT = Path(__file__).resolve().parents[2] / "support"
_SETS = 12

# A text says by its rows what it has seen: `rows` entries at the beginning.
_TOLD = """
    return pd.DataFrame({"long_entry": np.arange(len(df)) < rows, "long_exit": False}, index=df.index)
"""


def telling(body: str, before: str = "") -> str:
    lines = "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))
    return f"{before}\ndef generate_signals(df, params):\n{lines.rstrip()}{_TOLD}"


# What a text could try in order to leave something for the next set; each of these may share a child.
_ATTEMPTS = {
    "a list of the module": telling("seen.append(1)\nrows = len(seen)", "seen = []"),
    "a dict of the module": telling("d['n'] = d.get('n', 0) + 1\nrows = d['n']", "d = {}"),
    "a default argument": telling("rows = f()", "def f(seen=[]):\n    seen.append(1)\n    return len(seen)"),
    "a global name": telling("global n\nn += 1\nrows = n", "n = 0"),
    "a closure": telling(
        "rows = count()",
        "def make():\n    n = 0\n    def more():\n        nonlocal n\n        n += 1\n        return n\n"
        "    return more\ncount = make()",
    ),
    "an iterator": telling("rows = next(n)", "import itertools\nn = itertools.count(1)"),
    "a cached function": telling(
        "f(1).append(1)\nrows = len(f(1))",
        "from functools import lru_cache\n@lru_cache(None)\ndef f(x):\n    return []",
    ),
    "an argument that is bound": telling(
        "f(1)\nrows = len(seen)",
        "from functools import partial\nseen = []\nf = partial(lambda a, b: a.append(b), seen)",
    ),
    "an attribute of a function": telling("generate_signals.n = 1\nrows = 1"),
    "an attribute of a module": telling("np.mean = len\nrows = 1"),
    "the functions of a list": telling(
        "names = ta.get_functions()\nrows = len(names) % 9\nnames.append('x')"
    ),
    "prices": telling("rows = int(df['close'].sum()) % 97\ndf.loc[:, 'close'] = 1.0\ndf['x'] = 1"),
    "prices in place": telling(
        "a = df['close'].to_numpy(copy=False)\nrows = int(a.sum()) % 97\ndf.iloc[:] = 2.0\n"
        "df.drop(columns='low', inplace=True)"
    ),
    "the index's name": telling("rows = len(df.index.name)\ndf.index.name = 'x' * 30"),
    "the index's memory": telling(
        "a = df.index.copy().asi8\nrows = int(a[0] % 97)\nnp.add(a, 1, out=df.index.asi8)"
    ),
    "the names of columns": telling("rows = len(str(df.columns[0]))\ndf.columns = list('abcdefghijk')[:5]"),
    "the memory of the names of columns": telling(
        "rows = 1 + list(df.columns).count('x')\nnp.put(df.columns.to_numpy(copy=False), 0, 'x')"
    ),
    "the memory of a row's times": telling(
        "rows = int(df.index.year[0] % 97)\nnp.put(df.index.values, [0, 1], np.datetime64(0, 'ns'))"
    ),
    "parameters": telling("params['n'] = params.get('n', 0) + 1\nrows = params['n']\nparams['m'] = 1"),
    "random numbers": telling("rows = int(100 * np.random.random())\nnp.random.seed(rows)"),
    "half of a pair of random numbers": telling("rows = int(abs(20 * np.random.normal()))"),
    "random rows": telling("rows = int(df.sample(1).index[0].day)"),
    "its own generator": telling("rows = int(rng.integers(1, 99))", "rng = np.random.default_rng(7)"),
    "what warns": telling("df['close'][df['close'] > 0] = 1.0\nrows = 1"),
    "its log": telling("print('again', len(df))\nrows = 1"),
    "things that hold each other": telling(
        "a = []\na.append(a)\nkept.append(a)\nrows = len(kept)", "kept = []"
    ),
    "much memory": telling("kept.append(np.ones(12_000_000))\nrows = len(kept)", "kept = []"),
    "a text that is the same": telling(
        "a = 'x' * 50\nrows = 1 + (a is 'x' * 50) + (a in seen)\nseen.append(a)", "seen = []"
    ),
    "an offset of pandas": telling("k = pd.offsets.Day(2).kwds\nrows = 1 + len(k)\nk['x'] = 1"),
    "kinds of values": telling("rows = 1 + int(df['close'].dtype.num) % 50\ndf['close'].dtype.metadata = 1"),
}  # fmt: skip

# What does reach the next set, if it is let: such a text has a fork per set.
_REACHING = {
    "an array that numpy shares": telling(
        "d = np.polynomial.Polynomial([1.0, 2.0]).domain\nd[1] += 1.0\nrows = int(d[1])"
    ),
    "memory as it was left": telling(
        "rows = min(90, int(np.count_nonzero(np.empty(40_000) == 7.25) > 0) * 9 + 1)\n"
        "mark = np.full(40_000, 7.25)"
    ),
}  # fmt: skip
_APART = {
    **_REACHING,
    "memory that is not written": telling("rows = int(np.log(df['close'], where=df['close'] > 1e9).sum())"),
    "the same by a dict": telling("rows = int(np.log(df['close'], **how).sum())", "how = {'where': False}"),
    "an address": telling("rows = hash(generate_signals) % 50"),
    "an address in words": telling("rows = len(repr(len))"),
    "a setting that a generator holds": telling(
        "g = hold()\nnext(g)\nkept.append(g)\nrows = 1",
        "kept = []\ndef hold():\n    with np.errstate(all='raise'):\n        yield 1",
    ),
    "a class": telling("rows = 1", "class A:\n    n = 0"),
    "code at the end of a generator": telling(
        "rows = 1", "def f():\n    try:\n        yield 1\n    finally:\n        print('late')"
    ),
    "a shortage that is caught": telling(
        "try:\n    np.ones(10**8)\n    rows = 1\nexcept MemoryError:\n    rows = 2"
    ),
    "a name that is put together": telling("rows = int(getattr(np, 'em' + 'pty')(3).sum() * 0)"),
    "a name that is imported": telling("rows = len(e(3))", "from numpy import empty as e"),
    "all names": telling("rows = 1", "from numpy import *"),
    "another module": telling("rows = 1", "import decimal"),
    "padding with nothing": telling("rows = len(np.pad(np.ones(3), 3, 'empty'))"),
}


@pytest.fixture(scope="module")
def loader(walls: None) -> Iterator[SandboxLoader]:
    with SandboxLoader(limits=Limits(wall_s=5, cpu_s=5), zygotes=1) as made:
        yield made


@pytest.fixture(scope="module")
def raw(walls: None) -> Iterator[Pool]:
    """Plain Python inside the walls, in blocks."""
    pool = Pool(Limits(wall_s=2, cpu_s=4), size=1, entry=_SUPPORT / "sandbox_zygote_raw_shares.py")
    yield pool
    pool.close()


def bytes_of(signals: Signals | StrategyFailed) -> list[object]:
    if isinstance(signals, StrategyFailed):
        return [str(signals)]
    flags = [signals.long_entry, signals.long_exit, signals.short_entry, signals.short_exit]
    levels = [getattr(signals, name) for name in LEVEL_COLUMNS]
    columns = [None if column is None else column.tobytes() for column in (*flags, *levels)]
    return [*columns, signals.tag, signals.warnings]


def said(outcome: Outcome) -> tuple[object, ...]:
    report, signals = outcome
    rows = None if signals is None else int(signals.long_entry.sum())
    return report.status, report.findings, report.warnings, report.log, rows


# -- which texts share


@pytest.mark.parametrize("code", _ATTEMPTS.values(), ids=_ATTEMPTS)
def test_what_holds_only_its_own_things_may_share(code: str) -> None:
    assert read_program(code).shares


@pytest.mark.parametrize("code", _APART.values(), ids=_APART)
def test_what_could_reach_the_next_set_by_a_library_has_a_fork_per_set(code: str) -> None:
    assert not may_share(ast.parse(code))


def test_what_the_composer_and_the_library_write_may_share() -> None:
    requests = (
        "sma 10/30 cross, long and short",
        "rsi 14 below 30, stop loss 2%",
        "macd cross only above the 200 ema",
    )
    composed = [compose(request, interval=Interval.H1).code for request in requests]  # pyright: ignore
    ready = [catalogue.text(name) for name in ("sma_cross", "rsi", "macd", "bollinger")]
    assert all(read_program(code).shares for code in (*composed, *ready))


# -- what shares is as it would be alone


@pytest.mark.parametrize("code", _ATTEMPTS.values(), ids=_ATTEMPTS)
def test_nothing_of_a_set_reaches_the_next(loader: SandboxLoader, code: str) -> None:
    runner = loader.runner(code)
    job = Job(Task.RUN, code, 1000, trial_bars())
    alone = said(runner.run(job))
    assert [said(each) for each in runner.run_many(job, iter([{}] * _SETS))] == [alone] * _SETS


@pytest.mark.parametrize("code", _REACHING.values(), ids=_REACHING)
def test_what_is_kept_apart_would_reach_the_next_set(walls: None, loader: SandboxLoader, code: str) -> None:
    job = Job(Task.RUN, code, 1000, trial_bars())
    pool = Pool(Limits(), size=1, entry=_SUPPORT / "sandbox_zygote_all_share.py")
    try:
        assert len({said(each) for each in pool.run_many(job, iter([{}] * _SETS))}) > 1, (
            "the control saw nothing"
        )
    finally:
        pool.close()
    assert len({said(each) for each in loader.runner(code).run_many(job, iter([{}] * _SETS))}) == 1


@pytest.mark.parametrize("line", shipped_corpus().benign[1::5], ids=lambda line: line.id)
def test_what_models_write_is_the_same_in_any_order(loader: SandboxLoader, line: Line) -> None:
    strategy = loader.load(line.code)
    names = [each.name for each in strategy.spec.parameters if isinstance(each.default, int)][:1]
    sets = [
        strategy.spec.resolve({}) | {name: int(strategy.spec.resolve({})[name]) + n for name in names}
        for n in range(5)
    ]
    forth = [bytes_of(each) for each in strategy.signals_many(trial_bars(), iter(sets))]
    back = [bytes_of(each) for each in strategy.signals_many(trial_bars(), iter(sets[::-1]))]
    assert back[::-1] == forth
    assert bytes_of(next(strategy.signals_many(trial_bars(), sets[2:3]))) == forth[2]


def test_programs_that_are_bred_are_the_same_alone_and_in_a_block(walls: None) -> None:
    good = [line.code for line in shipped_corpus().benign if read_program(line.code).shares]
    programs = Programs(np.random.default_rng(20260102), good, good)
    finished = 0
    with SandboxLoader(limits=Limits(wall_s=0.5, cpu_s=1), zygotes=1) as hasty:
        while finished < 6:
            kind, code = programs.next()
            if kind != "bred" or not _shares(code):
                continue
            job = Job(Task.RUN, code, 1000, trial_bars())
            runner = hasty.runner(code)
            alone = said(runner.run(job))
            if alone[-1] is not None:
                finished += 1
                assert [said(each) for each in runner.run_many(job, iter([{}] * 5))] == [alone] * 5, code


def _shares(code: str) -> bool:
    try:
        return read_program(code).shares
    except (Refused, RecursionError):
        return False


def test_signals_without_reasons_are_the_same_but_for_them(loader: SandboxLoader) -> None:
    answer = compose("rsi 14 below 30, stop loss 2%", interval=Interval.H1)
    strategy = loader.load(answer.code)  # pyright: ignore
    sets = [strategy.spec.resolve({})] * 3
    whole = [bytes_of(each) for each in strategy.signals_many(trial_bars(), iter(sets))]
    bare = [bytes_of(each) for each in strategy.signals_many(trial_bars(), sets, tags=False)]
    assert all(isinstance(each[-2], tuple) and any(each[-2]) for each in whole)
    assert bare == [[*each[:-2], None, each[-1]] for each in whole]


# -- blocks

_PLAIN = """
import os, time
seen = globals()['__builtins__'].__dict__.setdefault('seen', [])
def generate_signals(df, params):
    n = params['n']
    {0}
    seen.append(n)
    print(os.getpid(), len(seen))
    return pd.DataFrame({{'long_entry': df.close > n, 'long_exit': False}}, index=df.index)
"""


def plain(raw: Pool, body: str, sets: int = 40) -> list[Outcome]:
    job = Job(Task.RUN, _PLAIN.format(body), 1000, trial_bars())
    return list(raw.run_many(job, ({"n": n} for n in range(sets))))


def test_sets_share_children_and_plain_python_would_see_the_ones_before(raw: Pool) -> None:
    found = plain(raw, "pass")
    children = [report.log.split()[0] for report, _ in found]
    assert len(set(children)) < 8
    assert max(int(report.log.split()[1]) for report, _ in found) >= 8
    close = trial_bars().close
    assert [int(signals.long_entry.sum()) for _, signals in found if signals] == [
        int((close > n).sum()) for n in range(40)
    ]


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("if n in (9, 20): raise ValueError('bad')", "run"),
        ("if n in (9, 20): os.abort()", "crash"),
        ("if n in (9, 20): np.ones(10**10)", "memory"),
        ("if n in (9, 20): os._exit(0)", "result"),
    ],
)
def test_a_set_that_fails_is_told_as_if_it_were_alone(raw: Pool, body: str, rule: str) -> None:
    found = plain(raw, body)
    failed = {n: report.findings[0].rule for n, (report, _) in enumerate(found) if report.findings}
    assert failed == {9: rule, 20: rule}
    (alone,) = raw.run_many(Job(Task.RUN, _PLAIN.format(body), 1000, trial_bars()), [{"n": 9}])
    assert found[9][0].findings == alone[0].findings
    rows = [None if signals is None else int(signals.long_entry.sum()) for _, signals in found]
    close = trial_bars().close
    assert rows == [None if n in failed else int((close > n).sum()) for n in range(40)]


def test_a_set_that_overruns_is_told_and_the_others_go_on(raw: Pool) -> None:
    spinning = "while n == 9:\n        try: sum(range(10**7))\n        except BaseException: pass"
    found = plain(raw, spinning, 14)
    failed = {n: report.findings[0].rule for n, (report, _) in enumerate(found) if report.findings}
    assert failed == {9: "time"}


def test_slow_sets_have_the_time_of_one_set_each(raw: Pool) -> None:
    found = plain(raw, "time.sleep(0.6)", 6)
    assert [report.findings for report, _ in found] == [()] * 6, "together they take longer than one may"
    assert {report.log.split()[1] for report, _ in found} == {"1"}


# -- how blocks travel


def test_a_block_travels_as_it_is() -> None:
    block = Block(2, True, (b"", b"x" * 300, b"\0\1"))
    assert decoded_block(block.encoded()) == block


def test_a_block_stays_below_what_a_message_holds() -> None:
    assert fitting([10] * 16) == 16
    assert fitting([MAX_BYTES // 3] * 16) == 2
    assert fitting([2 * MAX_BYTES, 1]) == 1
