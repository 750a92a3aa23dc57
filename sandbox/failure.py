"""How a run failed, in the strategy's own lines: none of ours and none of a library's are shown."""

from __future__ import annotations

from collections.abc import Iterator
from types import FrameType, TracebackType

from engine.strategy.port import Finding
from sandbox.hints import failure_hint
from sandbox.names import shown
from sandbox.refusal import FILE_NAME, NotAvailable, finding_at

_MAX_TEXT = 400
_MAX_CALLERS = 3


def finding_of(problem: BaseException, lines: list[str]) -> Finding:
    """What `problem` was, at the innermost line of the strategy, and from which lines that was called."""
    rule = "not available" if isinstance(problem, NotAvailable) else "run"
    message = _described(problem)
    hint = problem.hint if isinstance(problem, NotAvailable) else failure_hint(message)
    return place_of(problem, rule, f"{message}{_callers(problem.__traceback__)}", hint, lines)


def place_of(problem: BaseException, rule: str, message: str, hint: str, lines: list[str]) -> Finding:
    """A finding at the strategy's own innermost line that `problem` came through."""
    return finding_at(rule, message, hint, *_place(problem.__traceback__), lines)


def _place(trace: TracebackType | None) -> tuple[int | None, int | None]:
    """Line and column (from 1) of the innermost frame of the strategy's own text."""
    line = column = None
    for step in _own_steps(trace):
        line = step.tb_lineno
        positions = list(step.tb_frame.f_code.co_positions())[step.tb_lasti // 2]
        column = None if positions[2] is None else positions[2] + 1
    return line, column


def _callers(trace: TracebackType | None) -> str:
    """From where the innermost line was called, innermost first; nothing where it stands by itself."""
    steps = list(_own_steps(trace))
    called = [f"line {step.tb_lineno}{_inside(step.tb_frame)}" for step in steps[-2::-1]]
    if not called:
        return ""
    more = ["..."] if len(called) > _MAX_CALLERS else []
    return f" (called from {', '.join([*called[:_MAX_CALLERS], *more])})"


def _inside(frame: FrameType) -> str:
    name = shown(frame.f_code.co_name)
    return "" if name.startswith("<") else f" in {name}"


def _own_steps(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILE_NAME:
            yield trace
        trace = trace.tb_next


def _described(problem: BaseException) -> str:
    """The exception's type and text; its text may come from the strategy, so it is cut."""
    if isinstance(problem, NotAvailable):
        return str(problem)[:_MAX_TEXT]
    if isinstance(problem, RecursionError):
        return "RecursionError: the functions call each other too deeply."
    try:
        text = str(problem)
    except Exception as inner:  # converted: the exception holds an object that cannot be shown
        text = f"<{type(inner).__name__} while showing it>"
    text = " ".join(text.split())
    shown = text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 3] + "..."
    return f"{type(problem).__name__}: {shown}" if shown else type(problem).__name__
