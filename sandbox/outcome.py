"""Reads what a child left, and says how it ended when it left nothing."""

from __future__ import annotations

import os
from dataclasses import replace
from signal import SIGKILL, SIGXCPU
from signal import Signals as SignalNumber

from engine.errors import SandboxUnavailable
from engine.strategy.port import Finding
from sandbox.columns import Layout, read_signals
from sandbox.limits import Limits, shown_bytes
from sandbox.perform import Outcome
from sandbox.reply import REPORT_BYTES, UNWRITTEN, Report, Status, decode_report
from sandbox.walls import HELP
from sandbox.wire import Malformed
from sandbox.zygote_process import Ended

_SIMPLER = "Use whole columns (rolling, shift, where) instead of loops over bars, and end every loop."
_SMALLER = "Keep a few columns as long as df; avoid tables of bars by bars."


def read_outcome(ended: Ended, reply: int, rows: int, limits: Limits, at: int = 0) -> Outcome:
    """The outcome of a run over `rows` bars, whose child has ended and has written to the reply from `at` on.

    Raises:
        SandboxUnavailable: a wall could not be raised.
    """

    def read(start: int, size: int) -> bytes:
        data = os.pread(reply, size, at + start)
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
        signals = read_signals(read, rows, report.warnings) if report.has_signals else None
    except Malformed as problem:
        finding = Finding(
            "result", f"The strategy left no readable result: {problem}.", "Return the DataFrame."
        )
        return Report(Status.FAILED, (finding,)), None
    return report, signals


def read_together(ended: Ended, reply: int, rows: int, limits: Limits, sets: int) -> list[Outcome]:
    """The outcomes of the first sets of a block that one child ran, up to where it stopped.

    Empty when one of them did not end well: that is for a child of its own to tell.

    Raises:
        SandboxUnavailable: a wall could not be raised.
    """
    found: list[Outcome] = []
    size = Layout(rows).size
    for place in range(sets if ended.cleanly else 0):
        if found and os.pread(reply, len(UNWRITTEN), place * size) == UNWRITTEN:
            break
        found.append(read_outcome(ended, reply, rows, limits, place * size))
        if found[-1][0].status is not Status.DONE:
            return []
    return found


def overrun(limits: Limits) -> Outcome:
    """The outcome of a run that was killed because its time was over."""
    return Report(Status.FAILED, (_time_finding(limits),)), None


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
