"""Many parameter sets on the same bars: each is what it would be alone, and what one does harms no other."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from engine.cancellation import Cancellation
from engine.errors import Cancelled, StrategyFailed, StrategyRejected
from engine.strategy.signals import LEVEL_COLUMNS, Signals
from sandbox.job import Job, Task
from sandbox.limits import Limits
from sandbox.loader import SandboxLoader
from sandbox.pool import Pool
from sandbox.proof.judge import Scene
from sandbox.proof.lines import control_lines, shipped_corpus
from sandbox.proof.modes import Mode, entry
from sandbox.reply import Status
from sandbox.trial import trial_bars
from tests.support.market import made_bars
from tests.support.processes import children, descriptors, wait_until

_STRATEGY = '''"""Everything that can come back."""
PARAMS = {"n": {"default": 5, "low": 1, "high": 10_000}}
seen = []

def generate_signals(df, params):
    n = params["n"]
    seen.append(n)
    noise = pd.Series(np.random.normal(size=len(df)), index=df.index)
    df["close"] = df["close"] + noise * 0.01 + len(seen)
    entry = df["close"] > df["close"].rolling(n, min_periods=1).mean()
    print(n, len(seen))
    return pd.DataFrame({
        "long_entry": entry, "long_exit": ~entry, "stop_loss": 0.01 + 0.001 * (n % 7),
        "size": (n % 10) / 10, "tag": np.where(entry, f"above {n}", ""),
    }, index=df.index)
'''
_BY_SET = """
PARAMS = {"n": {"default": 0, "low": 0, "high": 99}}
def generate_signals(df, params):
    n = params["n"]
    if n == 3:
        return 1 / 0
    if n == 5:
        while True:
            pass
    if n == 7:
        return np.ones(10**10)
    return pd.DataFrame({"long_entry": df["close"] > n, "long_exit": False}, index=df.index)
"""


@pytest.fixture(scope="module")
def loader(walls: None) -> Iterator[SandboxLoader]:
    with SandboxLoader(limits=Limits(wall_s=5, cpu_s=5), zygotes=2) as made:
        yield made


def bytes_of(signals: Signals | StrategyFailed) -> list[object]:
    assert isinstance(signals, Signals), signals
    flags = [signals.long_entry, signals.long_exit, signals.short_entry, signals.short_exit]
    levels = [getattr(signals, name) for name in LEVEL_COLUMNS]
    columns = [None if column is None else column.tobytes() for column in (*flags, *levels)]
    return [*columns, signals.tag, signals.warnings]


def test_a_set_gives_the_same_bytes_alone_and_in_a_batch(loader: SandboxLoader) -> None:
    strategy, bars = loader.load(_STRATEGY), trial_bars()
    sets = [{"n": 1 + 3 * number % 40} for number in range(60)]
    together = list(strategy.signals_many(bars, sets))
    assert len(together) == 60 and len({str(bytes_of(each)) for each in together}) == 40
    for number in (0, 1, 17, 40, 59):
        assert bytes_of(strategy.signals(bars, sets[number])) == bytes_of(together[number])
    assert bytes_of(together[0]) == bytes_of(together[40]), "the same set again is the same"


@pytest.mark.parametrize("line", shipped_corpus().benign[::6], ids=lambda line: line.id)
def test_what_models_write_gives_the_same_bytes_alone_and_in_a_batch(
    loader: SandboxLoader, line: object
) -> None:
    strategy = loader.load(line.code)  # pyright: ignore
    params = strategy.spec.resolve({})
    alone = bytes_of(strategy.signals(trial_bars(), params))
    assert [bytes_of(each) for each in strategy.signals_many(trial_bars(), [params] * 3)] == [alone] * 3


def test_a_set_that_fails_is_named_and_the_others_go_on(loader: SandboxLoader) -> None:
    with SandboxLoader(limits=Limits(wall_s=0.8, cpu_s=2), zygotes=2) as hasty:
        found = list(hasty.load(_BY_SET).signals_many(trial_bars(), [{"n": n} for n in range(10)]))
    failed = {number: str(each) for number, each in enumerate(found) if isinstance(each, StrategyFailed)}
    assert sorted(failed) == [3, 5, 7]
    assert "line 6: ZeroDivisionError" in failed[3]
    assert "line 8: The strategy ran longer than 0.8 s" in failed[5]
    assert "line 11: The strategy needed more than 1 GiB of memory" in failed[7]


def test_a_set_that_ignores_its_alarm_is_killed_and_the_others_go_on(walls: None) -> None:
    stubborn = """try:
                sum(range(10**9))
            except BaseException:
                pass"""
    code = _BY_SET.replace(
        "        while True:\n            pass", f"        while True:\n            {stubborn}"
    )
    with entry(Mode.WALLS) as script:
        pool = Pool(Limits(wall_s=0.5, cpu_s=5), size=2, entry=script)
        try:
            job = Job(Task.RUN, code, 100, trial_bars())
            found = list(pool.run_many(job, [{"n": n} for n in (0, 5, 1, 2, 5, 4)]))
        finally:
            pool.close()
    assert [report.status for report, _ in found] == [
        Status.DONE, Status.FAILED, Status.DONE, Status.DONE, Status.FAILED, Status.DONE,
    ]  # fmt: skip
    assert found[1][0].findings[0].rule == "time"


def test_no_set_and_one_set_are_batches_too(loader: SandboxLoader) -> None:
    strategy = loader.load(_STRATEGY)
    assert list(strategy.signals_many(trial_bars(), [])) == []
    assert len(list(strategy.signals_many(trial_bars(), [{"n": 3}]))) == 1


def test_sets_are_read_only_a_little_ahead_and_a_reader_may_stop(loader: SandboxLoader) -> None:
    read = 0

    def endless() -> Iterator[dict[str, int]]:
        nonlocal read
        while True:
            read += 1
            yield {"n": read}

    before = descriptors()
    results = loader.load(_STRATEGY).signals_many(trial_bars(), endless())
    for _ in range(10):
        bytes_of(next(results))
    assert read <= 10 + 64
    del results
    zygotes = loader._pool.zygotes  # pyright: ignore
    wait_until(lambda: not any(map(children, zygotes)))
    assert descriptors() <= before + 2  # a zygote may have come
    assert loader.validate(_STRATEGY).verdict == "accepted"


def test_a_refused_text_refuses_the_batch(walls: None) -> None:
    pool = Pool(Limits(), size=1)
    try:
        found = list(pool.run_many(Job(Task.RUN, "import os", 100, trial_bars()), [{}, {}, {}]))
        assert [report.status for report, _ in found] == [Status.REJECTED] * 3
        assert "import of os" in found[2][0].findings[1].message
    finally:
        pool.close()


def test_a_text_that_is_refused_after_all_is_an_error_of_the_batch(loader: SandboxLoader) -> None:
    strategy = loader.load(_STRATEGY)
    strategy._job = Job(Task.RUN, "import os", 100)  # pyright: ignore
    with pytest.raises(StrategyRejected, match="import of os"):
        list(strategy.signals_many(trial_bars(), [{}]))


def test_cancelling_ends_a_batch(loader: SandboxLoader) -> None:
    cancellation = Cancellation()
    results = loader.load(_STRATEGY, cancellation).signals_many(
        trial_bars(), ({"n": 1} for _ in iter(int, 1))
    )
    next(results)
    cancellation.cancel()
    with pytest.raises(Cancelled):
        list(results)
    assert loader.validate(_STRATEGY).verdict == "accepted"


def test_single_jobs_are_answered_while_a_long_batch_runs(walls: None) -> None:
    with SandboxLoader(limits=Limits(wall_s=5, cpu_s=5), zygotes=1) as narrow:
        strategy = narrow.load(_STRATEGY)
        answered = threading.Event()

        def ask() -> None:
            narrow.validate(_STRATEGY)
            answered.set()

        results = strategy.signals_many(trial_bars(), ({"n": 5} for _ in iter(int, 1)))
        next(results)
        other = threading.Thread(target=ask)
        other.start()
        first = None
        for number, each in enumerate(results):
            first = first or bytes_of(each)
            assert bytes_of(each) == first, "a batch that made room goes on as it was"
            if answered.is_set() or number > 3_000:
                break
        other.join(20)
        assert answered.is_set()


def test_zygotes_and_holders_that_are_killed_lose_no_set(walls: None) -> None:
    rng = np.random.default_rng(11)
    done = threading.Event()
    killed: list[int] = []
    alone_killed: set[int] = set()
    with SandboxLoader(limits=Limits(wall_s=10, cpu_s=10), zygotes=2) as doomed:
        strategy = doomed.load(_STRATEGY)
        sets = [{"n": 1 + number % 25} for number in range(120)]
        alone = {n: bytes_of(strategy.signals(trial_bars(), {"n": n})) for n in range(1, 26)}

        def kill() -> None:
            while len(killed) < 5 and not done.wait(float(rng.uniform(0.1, 0.5))):
                zygotes = doomed._pool.zygotes  # pyright: ignore
                # A set whose holder ends twice is taken for the cause: only one holder is killed by itself.
                holders = (
                    [holder for each in zygotes for holder in children(each)] if not alone_killed else []
                )
                victims = holders or zygotes
                alone_killed.update(holders)
                if victims:
                    killed.append(victims[int(rng.integers(len(victims)))])
                    try:
                        os.kill(killed[-1], signal.SIGKILL)
                    except ProcessLookupError:
                        killed.pop()

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            found = [bytes_of(each) for each in strategy.signals_many(trial_bars(), sets)]
        finally:
            done.set()
            killer.join()
    assert len(killed) >= 3
    assert found == [alone[each["n"]] for each in sets]


def test_a_holder_that_the_system_ends_before_it_is_ready_costs_no_set(walls: None) -> None:
    bars = made_bars(100_000)
    with SandboxLoader(limits=Limits(wall_s=10, cpu_s=10), zygotes=1) as doomed:
        strategy = doomed.load(_STRATEGY)
        sets = [{"n": 1 + number} for number in range(4)]
        alone = [bytes_of(strategy.signals(bars, each)) for each in sets]
        (zygote,) = doomed._pool.zygotes  # pyright: ignore

        def kill() -> None:
            wait_until(lambda: bool(children(zygote)))
            for holder in children(zygote):
                os.kill(holder, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        found = [bytes_of(each) for each in strategy.signals_many(bars, sets)]
        killer.join()
    assert found == alone


# -- batches after batches


def test_the_next_batch_of_the_same_text_and_bars_finds_its_holder_there(walls: None) -> None:
    with SandboxLoader(limits=Limits(wall_s=5, cpu_s=5), zygotes=1) as narrow:
        strategy, bars = narrow.load(_STRATEGY), trial_bars()
        sets = [{"n": n} for n in range(1, 9)]
        first = [bytes_of(each) for each in strategy.signals_many(bars, sets)]
        (zygote,) = narrow._pool.zygotes  # pyright: ignore
        (holder,) = children(zygote)
        assert [bytes_of(each) for each in strategy.signals_many(bars, sets)] == first
        assert children(zygote) == [holder]
        assert [bytes_of(each) for each in strategy.signals_many(made_bars(300), sets)] != first
        assert holder not in children(zygote), "other bars have another holder"


def test_a_holder_that_rests_makes_room_for_anybody_else(walls: None) -> None:
    with SandboxLoader(limits=Limits(wall_s=5, cpu_s=5), zygotes=1) as narrow:
        list(narrow.load(_STRATEGY).signals_many(trial_bars(), [{"n": 3}]))
        (zygote,) = narrow._pool.zygotes  # pyright: ignore
        assert children(zygote)
        assert narrow.validate(_STRATEGY).verdict == "accepted"
        assert not children(zygote) and narrow._pool.zygotes == [zygote]  # pyright: ignore


def test_a_holder_that_ended_while_it_rested_costs_no_set(walls: None) -> None:
    with SandboxLoader(limits=Limits(wall_s=5, cpu_s=5), zygotes=1) as narrow:
        strategy, sets = narrow.load(_STRATEGY), [{"n": n} for n in range(1, 9)]
        first = [bytes_of(each) for each in strategy.signals_many(trial_bars(), sets)]
        (zygote,) = narrow._pool.zygotes  # pyright: ignore
        (holder,) = children(zygote)
        os.kill(holder, signal.SIGKILL)
        assert [bytes_of(each) for each in strategy.signals_many(trial_bars(), sets)] == first


# -- the walls of a batch's children

_RETURN = "\n    return pd.DataFrame({'long_entry': df.close > 0, 'long_exit': False}, index=df.index)\n"


@pytest.fixture(scope="module")
def raw(walls: None) -> Iterator[Pool]:
    """Batches of plain Python inside the walls."""
    with entry(Mode.WALLS) as script:
        pool = Pool(Limits(wall_s=8, cpu_s=8), size=1, entry=script)
        yield pool
        pool.close()


@pytest.fixture(scope="module")
def unwalled(walls: None) -> Iterator[Pool]:
    """Batches of plain Python with no wall: what a detector must see."""
    with entry(Mode.CONTROL) as script:
        pool = Pool(Limits(wall_s=8, cpu_s=8), size=1, entry=script)
        yield pool
        pool.close()


def said(pool: Pool, code: str) -> str:
    """All that a batch of one set could say."""
    ((report, signals),) = pool.run_many(Job(Task.RUN, code, 4096, trial_bars()), [{}])
    tags = () if signals is None or signals.tag is None else signals.tag
    return "\n".join([*(finding.message for finding in report.findings), report.log, *dict.fromkeys(tags)])


@pytest.mark.parametrize(
    "line", [line for line in control_lines() if line.category != "escape"], ids=lambda line: line.id
)
def test_the_children_of_a_batch_leak_nothing_by_the_walls_alone(
    raw: Pool, unwalled: Pool, line: object
) -> None:
    with Scene() as scene:
        code = scene.filled(line.code)  # pyright: ignore
        assert scene.leaks(said(unwalled, code)), "the positive control saw nothing"
        assert not scene.leaks(said(raw, code))


def test_a_child_of_a_batch_can_do_nothing_that_its_holder_may(raw: Pool) -> None:
    code = (
        """
import ctypes, os, resource, signal
_libc = ctypes.CDLL(None, use_errno=True)
def L(*arguments):
    if _libc.syscall(*arguments) < 0:
        raise OSError(ctypes.get_errno(), 'refused')
def generate_signals(df, params):
    attempts = {
        'fork': os.fork, 'clone': lambda: L(56, 17, 0, 0, 0, 0), 'wait': lambda: os.wait4(-1, os.WNOHANG),
        'alarm': lambda: signal.setitimer(signal.ITIMER_REAL, 0),
        'prctl': lambda: L(157, 1, 0, 0, 0, 0), 'limit': lambda: resource.getrlimit(resource.RLIMIT_CPU),
        'filter': lambda: L(317, 1, 0, 0), 'open': lambda: os.open('/', 0), 'kill': lambda: os.kill(1, 0),
        'link': lambda: os.write(3, b'x' * 24), 'read link': lambda: os.read(3, 1),
    }
    for name, attempt in attempts.items():
        try:
            attempt()
        except OSError:
            continue
        print('DONE', name)
    assert not os.environ
    print('end')"""
        + _RETURN
    )
    assert said(raw, code).strip() == "end"


def test_a_child_of_a_batch_reaches_no_reply_but_its_own(raw: Pool) -> None:
    code = (
        """
import mmap, sys
def generate_signals(df, params):
    frame = sys._getframe()
    while 'replies' not in frame.f_locals:
        frame = frame.f_back
    replies = frame.f_locals['replies']
    print(len(replies), sum(not each.closed for each in replies))"""
        + _RETURN
    )
    assert said(raw, code).strip() == "3 1"
