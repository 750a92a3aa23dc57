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

    from sandbox.program import Program

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
) -> Outcome:
    """Check `code`, and run it on `frame()` where the task asks for that; once per probe, or traced.

    Raises:
        MemoryError, Overrun: it ran out of memory, or of time.
    """
    try:
        program = read(code)
    except Refused as refused:
        return Report(Status.REJECTED, refused.findings), None
    except RecursionError:
        finding = Finding("size", "The code is nested too deeply.", "Use intermediate names.")
        return Report(Status.REJECTED, (finding,)), None
    if task is Task.CHECK:
        return Report(Status.DONE, declared=program.declared), None
    given = program.declared.defaults() if task is Task.TRIAL else params
    try:
        if task is Task.SCREEN:
            screening = screened(program, frame(), given, probes, seconds)
            return Report(Status.DONE, screening=screening), None
        if task is Task.LOCATE:
            found = located_leak(program, frame(), given, probes[0])
            return Report(Status.DONE, () if found is None else (found,)), None
        signals = program.signals(frame(), given, log)
    except RunFailed as failed:
        report = Report(Status.FAILED, (failed.finding,), declared=program.declared, log=log.text())
        return report, None
    warnings = signals.warnings
    return Report(Status.DONE, (), warnings, program.declared, log.text(), has_signals=True), signals
