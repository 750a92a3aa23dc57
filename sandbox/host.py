"""Runs jobs in locked children, from any thread: one zygote, restarted when it dies."""

from __future__ import annotations

import atexit
import os
import threading
from dataclasses import replace
from pathlib import Path
from signal import SIGKILL, SIGXCPU
from signal import Signals as SignalNumber

from engine.errors import SandboxUnavailable
from engine.strategy.port import Finding
from sandbox.columns import Layout, read_signals
from sandbox.job import Job
from sandbox.limits import Limits, shown_bytes
from sandbox.perform import Outcome
from sandbox.reply import REPORT_BYTES, Report, Status, decode_report
from sandbox.walls import HELP
from sandbox.wire import Malformed
from sandbox.zygote_process import ENTRY, Ended, ZygoteDied, ZygoteProcess

_SIMPLER = "Use whole columns (rolling, shift, where) instead of loops over bars, and end every loop."
_SMALLER = "Keep a few columns as long as df; avoid tables of bars by bars."


class Host:
    """The one door to the locked children of a process."""

    def __init__(self, limits: Limits, entry: Path = ENTRY) -> None:
        self._limits = limits
        self._entry = entry
        self._lock = threading.Lock()
        self._zygote: ZygoteProcess | None = None
        self._pid = os.getpid()
        self._closed = False
        atexit.register(self.close)

    @property
    def zygote_pid(self) -> int | None:
        """Process id of the zygote; None when there is none."""
        return None if self._zygote is None else self._zygote.pid

    def run(self, job: Job) -> Outcome:
        """The outcome of one job; a job that was lost with its zygote is done again, once.

        Raises:
            SandboxUnavailable: no zygote can be started, a wall could not be raised, or the system is short.
        """
        with self._lock:
            try:
                try:
                    return self._attempt(job)
                except ZygoteDied:
                    self._drop()
                    return self._attempt(job)
            except ZygoteDied as problem:
                self._drop()
                raise SandboxUnavailable(f"The sandbox ended twice: {problem}.", "Try again.") from problem
            except OSError as problem:
                self._drop()
                text = f"The sandbox could not hand over the job: {problem}."
                raise SandboxUnavailable(text, "Free some memory or descriptors.") from problem
            except BaseException:
                self._drop()  # an interrupted exchange must not be continued
                raise

    def prepare(self) -> None:
        """Start the zygote in the background, so that the first job finds it warm or nearly so."""
        threading.Thread(target=self._warm, name="sandbox-prepare", daemon=True).start()

    def _warm(self) -> None:
        with self._lock:
            try:
                if not self._closed:
                    self._ready()
            except SandboxUnavailable:
                self._drop()  # the first job tries again, and tells its caller why not

    def close(self) -> None:
        """End the zygote. May be called twice."""
        with self._lock:
            self._closed = True
            self._drop()
        atexit.unregister(self.close)

    def _attempt(self, job: Job) -> Outcome:
        layout = Layout(job.rows)
        head, columns = job.encoded()
        ended, reply = self._ready().run(head, columns, layout.size, self._limits)
        try:
            return _outcome(ended, reply, job, self._limits)
        finally:
            os.close(reply)

    def _ready(self) -> ZygoteProcess:
        if self._closed:
            raise SandboxUnavailable("The sandbox is closed.", "Make a new SandboxLoader.")
        if self._zygote is not None and (self._pid != os.getpid() or not self._zygote.alive):
            self._drop()
        if self._zygote is None:
            self._zygote, self._pid = ZygoteProcess(self._entry), os.getpid()
        return self._zygote

    def _drop(self) -> None:
        if self._zygote is not None and self._pid == os.getpid():
            self._zygote.close()
        self._zygote = None


def _outcome(ended: Ended, reply: int, job: Job, limits: Limits) -> Outcome:
    def read(start: int, size: int) -> bytes:
        data = os.pread(reply, size, start)
        if len(data) != size:
            raise Malformed("the reply is too short")
        return data

    if not ended.cleanly:
        return Report(Status.FAILED, (_end_finding(ended, limits),)), None
    try:
        report = decode_report(read(0, REPORT_BYTES))
        if report.status is Status.UNLOCKED:
            raise SandboxUnavailable(f"A wall of the sandbox is missing: {report.findings[0].message}.", HELP)
        if report.status in (Status.MEMORY, Status.TIME):
            return _exhausted(report, limits), None
        if report.status is Status.UNWRITTEN:
            raise Malformed("it ended without a result")
        signals = read_signals(read, job.rows, report.warnings) if report.has_signals else None
    except Malformed as problem:
        finding = Finding(
            "result", f"The strategy left no readable result: {problem}.", "Return the DataFrame."
        )
        return Report(Status.FAILED, (finding,)), None
    return report, signals


def _exhausted(report: Report, limits: Limits) -> Report:
    finding = _memory_finding(limits) if report.status is Status.MEMORY else _time_finding(limits)
    place = report.findings[0] if report.findings else finding
    located = replace(finding, line=place.line, column=place.column, source_line=place.source_line)
    return Report(Status.FAILED, (located,), log=report.log)


def _memory_finding(limits: Limits) -> Finding:
    text = f"The strategy needed more than {shown_bytes(limits.memory_bytes)} of memory."
    return Finding("memory", text, _SMALLER)


def _time_finding(limits: Limits) -> Finding:
    return Finding("time", f"The strategy ran longer than {limits.wall_s:g} s.", _SIMPLER)


def _end_finding(ended: Ended, limits: Limits) -> Finding:
    if ended.killed:
        return _time_finding(limits)
    if ended.signal == SIGXCPU or (ended.signal == SIGKILL and ended.cpu_s >= limits.cpu_s):
        text = f"The strategy used more than {limits.cpu_s:g} s of processor time."
        return Finding("cpu", text, _SIMPLER)
    if ended.signal == SIGKILL:
        text = "The system ended the strategy, most likely for want of memory."
        return Finding("memory", text, _SMALLER)
    if ended.signal:
        name = SignalNumber(ended.signal).name if ended.signal in list(SignalNumber) else str(ended.signal)
        hint = f"Memory may have run out inside a library; {shown_bytes(limits.memory_bytes)} are there."
        return Finding("crash", f"The strategy crashed its process ({name}).", hint)
    return Finding("result", "The strategy ended its process without a result.", "Return the DataFrame.")
