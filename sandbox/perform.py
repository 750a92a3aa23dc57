"""What a job means, wherever it is done: in a locked child, or in this process for our own code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from engine.strategy.port import Finding, Probe
from engine.strategy.signals import Signals
from engine.strategy.spec import Number
from sandbox.future_trace import located_leak
from sandbox.job import Task
from sandbox.log import Log
from sandbox.program import RunFailed, read_program
from sandbox.refusal import Refused
from sandbox.reply import Report, Status
from sandbox.screening import screened

if TYPE_CHECKING:
    import pandas as pd

    from sandbox.program import Program, ReadyProgram

Outcome = tuple[Report, Signals | None]
ReadProgram = Callable[[str], "Program"]


def perform(
    task: Task,
    code: str,
    params: Mapping[str, Number],
    log: Log,
    frame: Callable[[], pd.DataFrame],
    read: ReadProgram = read_program,
    *,
    probes: Sequence[Probe] = (),
    seconds: float = 0.0,
    tags: bool = True,
) -> Outcome:
    """Check `code`, and run it on `frame()` where the task asks for that; once per probe, or traced.

    Raises:
        MemoryError, Overrun: it ran out of memory, or of time.
    """
    program = checked(code, read)
    if isinstance(program, Report):
        return program, None
    if task is Task.CHECK:
        return Report(Status.DONE, declared=program.declared), None
    given = program.declared.defaults() if task is Task.TRIAL else params
    if task is Task.SCREEN or task is Task.LOCATE:
        return _probed(task, program, frame(), given, probes, seconds), None
    return ran(program.ready(log), frame(), given, log, tags=tags)


def checked(code: str, read: ReadProgram = read_program) -> Program | Report:
    """The program of a text, or the report that refuses it."""
    try:
        return read(code)
    except Refused as refused:
        return Report(Status.REJECTED, refused.findings)
    except RecursionError:
        finding = Finding("size", "The code is nested too deeply.", "Use intermediate names.")
        return Report(Status.REJECTED, (finding,))


def ran(
    program: ReadyProgram,
    frame: pd.DataFrame,
    params: Mapping[str, Number],
    log: Log,
    *,
    tags: bool = True,
) -> Outcome:
    """What a program makes of bars, which it may change.

    Raises:
        MemoryError, Overrun: it ran out of memory, or of time.
    """
    try:
        signals = program.signals(frame, params, tags=tags)
    except RunFailed as failed:
        report = Report(Status.FAILED, (failed.finding,), declared=program.declared, log=log.text())
        return report, None
    warnings = signals.warnings
    return Report(Status.DONE, (), warnings, program.declared, log.text(), has_signals=True), signals


def _probed(
    task: Task,
    program: Program,
    frame: pd.DataFrame,
    params: Mapping[str, Number],
    probes: Sequence[Probe],
    seconds: float,
) -> Report:
    """What other futures do to the program's signals."""
    try:
        if task is Task.SCREEN:
            screening = screened(program, frame, params, probes, seconds)
            return Report(Status.DONE, declared=program.declared, screening=screening)
        found = located_leak(program, frame, params, probes[0])
    except RunFailed as failed:
        return Report(Status.FAILED, (failed.finding,))
    return Report(Status.DONE, () if found is None else (found,), declared=program.declared)
