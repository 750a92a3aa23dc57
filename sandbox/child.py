"""The life of a child: map memory, lock down, check, run, leave the reply, end."""

from __future__ import annotations

import gc
import mmap
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import pandas as pd

from engine.strategy.port import Finding
from sandbox.columns import write_signals
from sandbox.failure import place_of
from sandbox.job import COLUMNS, decode_job
from sandbox.lockdown import WallMissing, lock_down
from sandbox.log import Log
from sandbox.order import Order
from sandbox.perform import Outcome, perform
from sandbox.program import Overrun, read_program
from sandbox.reply import Report, Status, encode_report

_RESERVE = 8 << 20
_SOFT_SHARE = 0.95  # of the wall clock: then a signal asks, and names the line; at all of it the host kills


def live(order: Order, descriptors: list[int], zygote_pid: int) -> NoReturn:
    """Do one job in this freshly forked process, and end it. Exit code 0 means that a reply was written."""
    code = 1
    reply: memoryview | None = None
    try:
        given, (reply_fd,) = received(order, descriptors)
        reply = memoryview(mapped_reply(reply_fd, order.reply_bytes))
        catch_alarm()
        set_alarm(order.wall_s)
        lock_down(order.memory_bytes, order.cpu_s, zygote_pid)
        _work(given, reply)
        code = 0
    except Exception as problem:  # a fault of ours: told, so that it can be mended
        code = leave_fault(reply, problem)
    finally:
        os._exit(code)


@dataclass(frozen=True, slots=True)
class Given:
    """What a child finds in sealed memory, read-only; without bars, `columns` is empty."""

    job: memoryview
    columns: memoryview

    def frame(self, rows: int) -> pd.DataFrame:
        """The strategy's own copy of the bars, equal to `Bars.frame()` on the host."""
        size = 8 * rows
        parts = [self.columns[k * size : (k + 1) * size] for k in range(1 + len(COLUMNS))]
        times = np.frombuffer(parts[0], "<i8").astype("M8[ms]").astype("M8[ns]")
        index = pd.DatetimeIndex(times, tz="UTC", name="open_time")
        values = zip(COLUMNS, parts[1:], strict=True)
        columns = {name: np.frombuffer(part, "<f8") for name, part in values}
        return pd.DataFrame(columns, index=index, copy=True)


def received(order: Order, descriptors: list[int]) -> tuple[Given, list[int]]:
    """What was given, and the descriptors that are left."""
    job_fd, *rest = descriptors
    job = _mapped(job_fd, order.job_bytes)
    if not order.bars_bytes:
        return Given(job, memoryview(b"")), rest
    return Given(job, _mapped(rest[0], order.bars_bytes)), rest[1:]


def _mapped(descriptor: int, size: int) -> memoryview:
    return memoryview(mmap.mmap(descriptor, size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ))


def mapped_reply(descriptor: int, size: int) -> mmap.mmap:
    """The memory that a reply is written to."""
    return mmap.mmap(descriptor, size, flags=mmap.MAP_SHARED)


def catch_alarm() -> None:
    """Let the alarm end a strategy by an exception; forked children inherit this."""
    signal.signal(signal.SIGALRM, _time_is_up)


def set_alarm(wall_s: float) -> None:
    """Ring shortly before the wall clock is over."""
    signal.setitimer(signal.ITIMER_REAL, wall_s * _SOFT_SHARE)


def _time_is_up(_number: int, _frame: object) -> NoReturn:
    raise Overrun


def answer(reply: memoryview, code: str, log: Log, work: Callable[[], Outcome]) -> Status:
    """Write what `work` gives into the reply, or that it ran out of memory or time, and where."""
    reserve = mmap.mmap(-1, _RESERVE)  # untouched, it costs an address range and no page
    try:
        report, signals = work()
        if signals is not None:
            write_signals(reply, signals)
    except (MemoryError, Overrun) as problem:
        reserve.close()
        report = _exhausted(problem, code, log)
    leave(reply, report)
    return report.status


def leave(reply: memoryview, report: Report) -> None:
    """Write a report."""
    encoded = encode_report(report)
    reply[: len(encoded)] = encoded


def leave_fault(reply: memoryview | None, problem: Exception) -> int:
    """Say that a wall is missing, or tell a fault of ours so that it can be mended; returns the exit code."""
    if reply is None:
        return 1
    if isinstance(problem, WallMissing):
        leave(reply, Report(Status.UNLOCKED, (Finding("wall", str(problem), ""),)))
        return 0
    text = f"The sandbox itself failed: {type(problem).__name__}: {problem}"
    leave(reply, Report(Status.FAILED, (Finding("internal", text, "Please report this."),)))
    return 0


def _work(given: Given, reply: memoryview) -> None:
    gc.enable()
    job = decode_job(given.job)
    log = Log(job.log_bytes)

    def work() -> Outcome:
        return perform(
            job.task,
            job.code,
            job.params,
            log,
            lambda: given.frame(job.rows),
            read_program,
            probes=job.probes,
            seconds=job.seconds,
        )

    answer(reply, job.code, log, work)


def _exhausted(problem: BaseException, code: str, log: Log) -> Report:
    status = Status.MEMORY if isinstance(problem, MemoryError) else Status.TIME
    place = place_of(problem, "limit", "", "", code.split("\n"))
    return Report(status, (place,), log=log.text())
