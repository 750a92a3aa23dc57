"""The pool of zygotes: what waits, what is cancelled, what dies, and that nothing is left over."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from engine.cancellation import Cancellation
from engine.errors import Cancelled, LimitExceeded, SandboxUnavailable
from sandbox.job import Job, Task
from sandbox.limits import Limits
from sandbox.perform import Outcome
from sandbox.pool import Pool
from sandbox.reply import Status
from sandbox.trial import trial_bars
from tests.support.processes import children, descriptors, wait_until

_QUICK = "def generate_signals(df, params):\n    return df.assign(long_entry=df.close > 1, long_exit=False)"
_SLOW = _QUICK.replace("    return", "    while True:\n        pass\n    return")


def job(code: str = _QUICK) -> Job:
    return Job(Task.RUN, code, 100, trial_bars(), {})


@pytest.fixture(scope="module")
def pool(walls: None) -> Iterator[Pool]:
    made = Pool(Limits(wall_s=20, cpu_s=20), size=2, waiting=300)
    yield made
    made.close()


def test_a_pool_starts_no_more_zygotes_than_it_needs(walls: None) -> None:
    fresh = Pool(Limits(), size=3)
    try:
        assert fresh.zygotes == []
        for _ in range(3):
            fresh.run(job())
        assert len(fresh.zygotes) == 1
    finally:
        fresh.close()


def test_two_hundred_jobs_at_once_over_a_pool_of_two_are_all_answered(pool: Pool) -> None:
    pool.run(job())
    with ThreadPoolExecutor(200) as threads:
        outcomes = list(threads.map(lambda _: pool.run(job()), range(200)))
    assert all(report.status is Status.DONE for report, _ in outcomes)
    assert len(pool.zygotes) == 2 and pool.waiting == 0
    assert all(children(zygote) == [] for zygote in pool.zygotes)


def test_who_comes_when_the_queue_is_full_is_told_so(walls: None) -> None:
    narrow = Pool(Limits(wall_s=20, cpu_s=20), size=1, waiting=1)
    cancellation = Cancellation()
    try:
        narrow.run(job())
        with ThreadPoolExecutor(2) as threads:
            held = [threads.submit(narrow.run, job(_SLOW), cancellation) for _ in range(2)]
            wait_until(lambda: narrow.waiting == 1 and any(map(children, narrow.zygotes)))
            with pytest.raises(LimitExceeded, match="1 jobs wait for the sandbox already"):
                narrow.run(job())
            cancellation.cancel()
            for each in held:
                with pytest.raises(Cancelled):
                    each.result(10)
    finally:
        narrow.close()


def test_cancelling_ends_a_job_that_runs_and_leaves_the_zygote_as_it_was(pool: Pool) -> None:
    pool.run(job())
    zygotes, before = pool.zygotes, descriptors()
    cancellation = Cancellation()
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(pool.run, job(_SLOW), cancellation)
        wait_until(lambda: any(map(children, zygotes)))
        began = time.monotonic()
        cancellation.cancel()
        with pytest.raises(Cancelled, match="was cancelled"):
            answer.result(10)
    assert time.monotonic() - began < 5
    assert not any(map(children, zygotes)) and pool.zygotes == zygotes
    assert pool.run(job())[0].status is Status.DONE and descriptors() == before
    with pytest.raises(Cancelled):
        pool.run(job(), cancellation)


def test_a_cancelled_job_that_waits_leaves_the_queue(walls: None) -> None:
    narrow = Pool(Limits(wall_s=20, cpu_s=20), size=1)
    first, second = Cancellation(), Cancellation()
    try:
        with ThreadPoolExecutor(2) as threads:
            running = threads.submit(narrow.run, job(_SLOW), first)
            wait_until(lambda: any(map(children, narrow.zygotes)))
            waiting = threads.submit(narrow.run, job(), second)
            wait_until(lambda: narrow.waiting == 1)
            second.cancel()
            with pytest.raises(Cancelled):
                waiting.result(10)
            assert narrow.waiting == 0
            first.cancel()
            with pytest.raises(Cancelled):
                running.result(10)
        assert narrow.run(job())[0].status is Status.DONE
    finally:
        narrow.close()


def test_killing_zygotes_at_random_loses_no_job_and_no_process(pool: Pool) -> None:
    rng = np.random.default_rng(5)
    done = threading.Event()
    killed: list[int] = []

    def kill() -> None:
        while len(killed) < 3 and not done.wait(float(rng.uniform(0.1, 0.5))):
            zygotes = pool.zygotes
            if zygotes:
                killed.append(zygotes[int(rng.integers(len(zygotes)))])
                os.kill(killed[-1], signal.SIGKILL)

    def held_besides_zygotes() -> int:
        return descriptors() - len(pool.zygotes)

    pool.run(job())
    before = held_besides_zygotes()
    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with ThreadPoolExecutor(6) as threads:
            outcomes = list(threads.map(lambda _: pool.run(job()), range(80)))
    finally:
        done.set()
        killer.join()
    assert len(killed) >= 2 and all(report.status is Status.DONE for report, _ in outcomes)
    wait_until(lambda: len(children(os.getpid())) <= 2)
    wait_until(lambda: held_besides_zygotes() == before)


def test_closing_refuses_what_waits_and_what_runs(walls: None) -> None:
    doomed = Pool(Limits(wall_s=20, cpu_s=20), size=1)
    with ThreadPoolExecutor(3) as threads:
        answers = [threads.submit(doomed.run, job(_SLOW)) for _ in range(3)]
        wait_until(lambda: doomed.waiting == 2 and any(map(children, doomed.zygotes)))
        doomed.close()
        for answer in answers:
            with pytest.raises(SandboxUnavailable, match="closed"):
                answer.result(10)
    with pytest.raises(SandboxUnavailable, match="closed"):
        doomed.run(job())


def test_several_series_come_back_in_order_and_a_reader_may_stop_early(pool: Pool) -> None:
    bars = trial_bars()
    lengths = [200, 300, 100, 500, 400]
    jobs = [Job(Task.RUN, _QUICK, 100, bars.rows(0, rows), {}) for rows in lengths]
    assert [len(signals_of(each)) for each in pool.run_each(jobs)] == lengths
    endless = (job() for _ in iter(int, 1))
    reader = pool.run_each(endless)
    assert len(signals_of(next(reader))) == 500
    reader.close()  # pyright: ignore
    wait_until(lambda: not any(map(children, pool.zygotes)))


def signals_of(outcome: Outcome) -> object:
    report, signals = outcome
    assert signals is not None, report
    return signals


def test_a_sandbox_that_cannot_start_says_why_to_everybody_who_waits(walls: None, tmp_path) -> None:
    broken = tmp_path / "zygote.py"
    broken.write_text("raise SystemExit(3)")
    pool = Pool(Limits(), size=2, entry=broken)
    try:
        with ThreadPoolExecutor(3) as threads:
            for answer in [threads.submit(pool.run, job()) for _ in range(3)]:
                with pytest.raises(SandboxUnavailable, match="did not start"):
                    answer.result(30)
    finally:
        pool.close()


def test_a_machine_without_a_thread_or_a_descriptor_left_is_told_as_such(
    walls: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(*_arguments: object) -> None:
        raise RuntimeError("can't start new thread")

    short = Pool(Limits(), size=1)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", none_left)
            with pytest.raises(SandboxUnavailable, match="can't start new thread"):
                short.run(job())
        assert short.waiting == 0 and short.run(job())[0].status is Status.DONE

        def no_memory(*_arguments: object) -> int:
            raise OSError(24, "Too many open files")

        with monkeypatch.context() as patch:
            patch.setattr(os, "memfd_create", no_memory)
            for ask in (lambda: short.run(job()), lambda: list(short.run_many(job(), [{}]))):
                with pytest.raises(SandboxUnavailable, match=r"could not hand over the job.*Too many open"):
                    ask()
        assert short.run(job())[0].status is Status.DONE
    finally:
        short.close()
