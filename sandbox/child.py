"""The life of a child: map memory, lock down, check, run, leave the reply, end."""

from __future__ import annotations

import gc
import mmap
import os
import signal
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import pandas as pd

from engine.strategy.port import Finding
from sandbox.columns import write_signals
from sandbox.job import COLUMNS, Received, decode_job
from sandbox.lockdown import WallMissing, lock_down
from sandbox.log import Log
from sandbox.perform import Outcome, perform
from sandbox.program import Overrun, place_of, read_program
from sandbox.reply import Report, Status, encode_report

_RESERVE = 8 << 20
_SOFT_SHARE = 0.95  # of the wall clock: then a signal asks, and names the line; at all of it the host kills


@dataclass(frozen=True, slots=True)
class Order:
    """What the zygote was told about a job: sizes of its two memories, and its limits."""

    input_bytes: int
    output_bytes: int
    memory_bytes: int
    cpu_s: float
    wall_s: float


def live(order: Order, input_fd: int, output_fd: int, zygote_pid: int) -> NoReturn:
    """Do one job in this freshly forked process, and end it. Exit code 0 means that a reply was written."""
    code = 1
    out: memoryview | None = None
    try:
        reading = mmap.mmap(input_fd, order.input_bytes, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
        writing = mmap.mmap(output_fd, order.output_bytes, flags=mmap.MAP_SHARED)
        out = memoryview(writing)
        signal.signal(signal.SIGALRM, _time_is_up)
        signal.setitimer(signal.ITIMER_REAL, order.wall_s * _SOFT_SHARE)
        try:
            lock_down(order.memory_bytes, order.cpu_s, zygote_pid)
        except WallMissing as problem:
            _leave(out, Report(Status.UNLOCKED, (Finding("wall", str(problem), ""),)))
        else:
            _work(memoryview(reading), out)
        code = 0
    except Exception as problem:  # a fault of ours: told, so that it can be mended
        if out is not None:
            _leave(out, _fault(problem))
            code = 0
    finally:
        os._exit(code)


def _fault(problem: Exception) -> Report:
    text = f"The sandbox itself failed: {type(problem).__name__}: {problem}"
    return Report(Status.FAILED, (Finding("internal", text, "Please report this."),))


def _time_is_up(_number: int, _frame: object) -> NoReturn:
    raise Overrun


def _work(data: memoryview, out: memoryview) -> None:
    gc.enable()
    np.random.seed(0)
    reserve = [bytearray(_RESERVE)]
    job = decode_job(data)
    log = Log(job.log_bytes)
    try:
        report, signals = _perform(job, log, data)
        if signals is not None:
            write_signals(out, signals)
    except (MemoryError, Overrun) as problem:
        reserve.clear()
        report = _exhausted(problem, job, log)
    _leave(out, report)


def _perform(job: Received, log: Log, data: memoryview) -> Outcome:
    return perform(
        job.task,
        job.code,
        job.params,
        log,
        lambda: _frame(job, data),
        read_program,
        probes=job.probes,
        seconds=job.seconds,
    )


def _exhausted(problem: BaseException, job: Received, log: Log) -> Report:
    status = Status.MEMORY if isinstance(problem, MemoryError) else Status.TIME
    place = place_of(problem, "limit", "", "", job.code.split("\n"))
    return Report(status, (place,), log=log.text())


def _leave(out: memoryview, report: Report) -> None:
    encoded = encode_report(report)
    out[: len(encoded)] = encoded


def _frame(job: Received, data: memoryview) -> pd.DataFrame:
    """The strategy's own copy of the bars, equal to `Bars.frame()` on the host."""
    size = 8 * job.rows
    parts = [
        data[job.columns_at + k * size : job.columns_at + (k + 1) * size] for k in range(1 + len(COLUMNS))
    ]
    times = np.frombuffer(parts[0], "<i8").astype("M8[ms]").astype("M8[ns]")
    index = pd.DatetimeIndex(times, tz="UTC", name="open_time")
    values = {name: np.frombuffer(part, "<f8").copy() for name, part in zip(COLUMNS, parts[1:], strict=True)}
    return pd.DataFrame(values, index=index)
