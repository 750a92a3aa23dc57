"""Which line of a strategy looks ahead: two traced runs that agree before a cut and differ after it.

Whatever a line computes about bars before the cut must be the same in both. The first value that is not,
or the first decision, names the line. A loop that walks past the cut rightly sees other numbers from there
on, so its single values count only while its position is before the cut.
"""

from __future__ import annotations

import ast
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from engine.strategy.port import Finding, Probe
from sandbox.future_hints import hint_for, is_recognised
from sandbox.kinds import is_one
from sandbox.log import Log
from sandbox.names import shown
from sandbox.program import RunFailed
from sandbox.refusal import FILE_NAME, finding_at
from sandbox.screening import probed_frame

if TYPE_CHECKING:
    from engine.strategy.spec import Number
    from sandbox.program import Program

_RULE = "look-ahead"
_EMPTY = re.compile(r"\s*(\w+)\s*=\s*np\.empty(?:_like)?\(.*\)\s*(?:#.*)?$")
_DECIDES = "What is decided here about bars before the cut hangs on the bars after it."
_MAX_EVENTS = 60_000
_MAX_SECONDS = 3.0
_MAX_PARTS = 40  # columns of a table, entries of a container
_OFTEN = 3  # a line that runs more often than this belongs to a loop
_NEAR = 25  # inside a loop arrays are compared only this close to the cut
_MAX_OFFSET = 64  # an array this much shorter than the bars still belongs to them, shifted at most so far
_STEPS = 3  # an integer that has gone up or down by one so often counts the bars
_OWN_MODULE = "edgewright_strategy"
_SINGLE = (bool, int, float, str, np.generic, pd.Timestamp)
_OPTIMIZED = 0x1  # code flag of functions: their locals are their own

Key = tuple[str, int, int, int | None, int]  # function, its how-manieth call, line, position, visit there


@dataclass(frozen=True, slots=True)
class _Value:
    """A digest of a local: `whole` when it speaks of many bars, else it is one value.

    `to_rows` is how far a whole number is from the number of bars, where it is near it.
    """

    whole: bool
    digest: object
    to_rows: int | None = None

    def agrees(self, other: _Value | None) -> bool:
        """The same, or the same as seen from the end: the runs may have other numbers of bars."""
        if other is None:
            return False
        return self.digest == other.digest or (self.to_rows is not None and self.to_rows == other.to_rows)


@dataclass(slots=True)
class _Event:
    """One line's work: in which call, what changed, and the integers and the time that it held."""

    function: str
    call: int
    line: int
    changed: dict[str, _Value]
    integers: dict[str, int]
    at_time: int | None
    position: int | None = None


@dataclass(slots=True)
class _Visit:
    """One call of one of the strategy's functions, as far as it has come."""

    function: str
    call: int
    line: int
    counts: Counter[int] = field(default_factory=Counter[int])
    values: dict[str, _Value] = field(default_factory=dict[str, _Value])
    integers: dict[str, int] = field(default_factory=dict[str, int])


class _Recorder:
    """Events of one run, in order."""

    def __init__(self, index: pd.DatetimeIndex, cut: int, lines: list[str]) -> None:
        self._lines = lines
        self.events: list[_Event] = []
        self._times = index.asi8
        self._rows, self._cut = len(index), cut
        self._calls: Counter[str] = Counter()
        self._steps: Counter[tuple[str, str]] = Counter()
        self._open: dict[FrameType, _Visit] = {}
        self._until = time.monotonic() + _MAX_SECONDS

    def trace(self, frame: FrameType, event: str, _argument: object) -> Any:
        """The function for `sys.settrace`: follows the strategy's own functions only."""
        code = frame.f_code
        if event != "call" or code.co_filename != FILE_NAME or not code.co_flags & _OPTIMIZED:
            return None
        function = f"{code.co_name}:{code.co_firstlineno}"
        self._calls[function] += 1
        caller = frame.f_back  # its line is the one that made the arguments
        own = caller is not None and caller.f_code.co_filename == FILE_NAME
        line = caller.f_lineno if own and caller is not None else code.co_firstlineno
        self._open[frame] = _Visit(function, self._calls[function], line)
        return self._follow

    def keyed(self) -> dict[Key, _Event]:
        """Events by what must be the same in both runs; positions of loops are known now."""
        counters = {key for key, steps in self._steps.items() if steps >= _STEPS}
        headers = self._headers()
        rounds: Counter[tuple[str, int]] = Counter()
        visits: Counter[tuple[str, int, int, int | None]] = Counter()
        found: dict[Key, _Event] = {}
        for event in self.events:
            call = event.function, event.call
            line, total = headers.get(call, (0, 0))
            rounds[call] += event.line == line
            event.position = self._position(event.function, event.integers, event.at_time, counters)
            calls = self._calls[event.function]
            if event.position is None and 0 < rounds[call] < total:
                event.position = rounds[call] + self._rows - total  # a loop over the bars
            elif event.position is None and 0 <= self._rows - calls <= _MAX_OFFSET:
                event.position = event.call - 1 + self._rows - calls  # called once per bar
            place = (*call, event.line, event.position)
            visits[place] += 1
            found[(*place, visits[place])] = event
        return found

    def _headers(self) -> dict[tuple[str, int], tuple[int, int]]:
        """By call: the line that ran once per bar and once more, and how often it ran."""
        counts = Counter((event.function, event.call, event.line) for event in self.events)
        found: dict[tuple[str, int], tuple[int, int]] = {}
        for (function, call, line), count in counts.items():
            once_per_bar = 0 <= self._rows + 1 - count <= _MAX_OFFSET < self._rows
            if once_per_bar and count > found.get((function, call), (0, 0))[1]:
                found[function, call] = line, count
        return found

    def _follow(self, frame: FrameType, event: str, argument: object) -> Any:
        visit = self._open.get(frame)
        if visit is None or len(self.events) >= _MAX_EVENTS or time.monotonic() > self._until:
            sys.settrace(None)
            return None
        if event == "line":
            self._note(visit, frame.f_locals, None)
            visit.line = frame.f_lineno
        elif event == "return":
            self._note(visit, frame.f_locals, argument)
            del self._open[frame]
        return self._follow

    def _note(self, visit: _Visit, variables: Mapping[str, object], returned: object) -> None:
        """Put on record what the line before has done."""
        empty = _EMPTY.match(self._lines[visit.line - 1])
        if empty is not None and is_one(made := variables.get(empty[1]), np.ndarray):
            cast(Any, made).fill(0)  # what lies in fresh memory differs from run to run
        visit.counts[visit.line] += 1
        at_time = self._count_steps(visit, variables)
        counters = {key for key, steps in self._steps.items() if steps >= _STEPS}
        position = self._position(visit.function, visit.integers, at_time, counters)
        often = max(visit.counts[visit.line], visit.call) > _OFTEN
        close_by = position is not None and abs(position - self._cut) <= _NEAR
        wholes = not often or close_by or returned is not None
        changed: dict[str, _Value] = {}
        for name, value in self._values(variables, returned, wholes):
            if visit.values.get(name) != value:
                visit.values[name] = changed[name] = value
        integers = dict(visit.integers)
        self.events.append(_Event(visit.function, visit.call, visit.line, changed, integers, at_time))

    def _count_steps(self, visit: _Visit, variables: Mapping[str, object]) -> int | None:
        """Watch integers that go by ones; the row of a bar's time that a local holds, if any does."""
        at_time: int | None = None
        for name, value in variables.items():
            now = _whole_number(value)
            if now is not None:
                before, visit.integers[name] = visit.integers.get(name), now
                if before is not None and abs(now - before) == 1:
                    self._steps[visit.function, name] += 1
            else:
                stamp = value if isinstance(value, pd.Timestamp) else getattr(value, "Index", None)
                if isinstance(stamp, pd.Timestamp) and stamp.tzinfo is not None:
                    at_time = int(np.searchsorted(self._times, stamp.as_unit("ns").value))
        return at_time

    def _position(
        self, function: str, integers: Mapping[str, int], at_time: int | None, counters: set[tuple[str, str]]
    ) -> int | None:
        """The bar at which a loop stands, by a local that counts bars or holds their time."""
        found = [
            value
            for name, value in integers.items()
            if (function, name) in counters and 0 <= value <= self._rows
        ]
        if at_time is not None:
            found.append(at_time)
        return max(found, default=None)

    def _values(
        self, variables: Mapping[str, object], returned: object, wholes: bool
    ) -> Iterator[tuple[str, _Value]]:
        for name, value in variables.items():
            if not name.startswith("."):
                yield from self._digests(shown(name), value, wholes, 0)
        if returned is not None:
            yield from self._digests("its result", returned, wholes, 0)

    def _digests(self, name: str, value: Any, wholes: bool, depth: int) -> Iterator[tuple[str, _Value]]:
        if value is None or is_one(value, *_SINGLE):
            yield name, self._single(value)
        elif isinstance(value, pd.DataFrame):
            for column in list(value.columns)[:_MAX_PARTS] if wholes else ():
                part: Any = value[column]
                if is_one(part, pd.Series):
                    yield from self._digests(f"{name}[{column!r}]", part, wholes, depth + 1)
        elif isinstance(value, np.ndarray) and value.size <= _MAX_PARTS < self._rows:
            yield name, _Value(False, repr(value.tolist()))
        elif isinstance(value, pd.Series | pd.Index | np.ndarray):
            digest = self._digest(value) if wholes or is_one(value, np.ndarray) else None
            if digest is not None:
                yield name, _Value(True, digest)
        elif isinstance(value, list | tuple) and len(cast(list[Any], value)) > _MAX_PARTS:
            digest = self._digest(cast(list[Any], value)) if wholes else None
            if digest is not None:
                yield name, _Value(True, digest)
        elif depth < 2:
            for key, part in _parts(value):
                yield from self._digests(f"{name}{key}", part, wholes, depth + 1)

    def _single(self, value: object) -> _Value:
        number = _whole_number(value)
        near = number is not None and abs(number - self._rows) <= _MAX_OFFSET
        return _Value(False, repr(value), number - self._rows if near and number is not None else None)

    def _digest(self, value: Any) -> int | None:
        """Of the part that speaks of bars before the cut; None when it is not one entry per bar."""
        length = len(value) if getattr(value, "ndim", 1) else 0
        if length < self._rows - _MAX_OFFSET:
            return None
        part = value[: max(0, self._cut - max(0, self._rows - length))]
        if is_one(part, pd.Series, pd.Index):
            part = part.to_numpy()
        if is_one(part, np.ndarray) and part.dtype.kind in "biufcmM":
            return hash(np.ascontiguousarray(part).tobytes())
        return hash(tuple(map(repr, cast(list[Any], part))))


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Entries of a small container, or attributes of an object of the strategy's own class."""
    if isinstance(value, dict):
        entries = cast(dict[Any, Any], value)
        if len(entries) <= _MAX_PARTS:
            yield from ((f"[{key!r}]"[:40], part) for key, part in entries.items())
    elif isinstance(value, list | tuple):
        yield from ((f"[{place}]", part) for place, part in enumerate(cast(list[Any], value)))
    elif type(value).__module__ == _OWN_MODULE and hasattr(value, "__dict__"):
        own = cast(dict[str, Any], vars(value))
        yield from ((f".{shown(key)}", part) for key, part in own.items())


def _whole_number(value: Any) -> int | None:
    return None if isinstance(value, bool) or not is_one(value, int, np.integer) else int(value)


def located_leak(
    program: Program, frame: pd.DataFrame, params: Mapping[str, Number], probe: Probe
) -> Finding | None:
    """The line that looks past `probe.cut`; None when neither the runs nor the text show one."""
    first = _recorded(program, frame.copy(), params, probe.cut)
    second = _recorded(program, probed_frame(frame, probe), params, probe.cut)
    place = _first_divergence(first, second, probe.cut)
    if place is None:
        return _by_text(program.lines)
    line, what = place
    line = _within_statement(program.lines, line)
    hint, column = hint_for(program.lines[line - 1])
    column = column or len(program.lines[line - 1]) - len(program.lines[line - 1].lstrip()) + 1
    return finding_at(_RULE, what, hint, line, column, program.lines)


def _recorded(
    program: Program, frame: pd.DataFrame, params: Mapping[str, Number], cut: int
) -> dict[Key, _Event]:
    recorder = _Recorder(cast(pd.DatetimeIndex, frame.index), cut, program.lines)
    before = sys.gettrace()
    sys.settrace(recorder.trace)
    try:
        program.ready(Log(0)).signals(frame, params)
    except RunFailed:
        return recorder.keyed()  # up to the failure
    finally:
        sys.settrace(before)
    return recorder.keyed()


def _first_divergence(
    first: dict[Key, _Event], second: dict[Key, _Event], cut: int
) -> tuple[int, str] | None:
    """Line and words of the first sure sign, else of the first faint one."""
    signs = [*_signs(first, second, cut), *_signs(second, first, cut)]
    found = min(signs, key=lambda sign: (not sign.sure, sign.order), default=None)
    return None if found is None else (found.line, found.what)


@dataclass(frozen=True, slots=True)
class _Sign:
    """Something that differs: when it came, on which line, and whether it must not differ there."""

    order: int
    line: int
    what: str
    sure: bool


def _signs(first: dict[Key, _Event], second: dict[Key, _Event], cut: int) -> Iterator[_Sign]:
    """Signs up to the first sure one; a line that ran in one run only is the work of the line before it."""
    before = 0
    for order, (key, event) in enumerate(first.items()):
        twin = second.get(key)
        decided = None if twin is not None else _is_sure(key, event.position, cut)
        name, sure = _changed(key, event, twin, cut)
        if decided or name is None:
            if decided is not None:
                yield _Sign(order, before or event.line, _DECIDES, decided)
        elif sure is not None:
            yield _Sign(order, event.line, f"{name} changes before the cut with the bars after it.", sure)
        if decided or sure:
            return
        before = event.line


def _changed(key: Key, event: _Event, twin: _Event | None, cut: int) -> tuple[str | None, bool | None]:
    """The first local that differs, and whether that is a sure sign (None: no sign at all).

    What changed about the bars before the cut here, and there did not, differs as well.
    """
    others = {} if twin is None else twin.changed
    faint: str | None = None
    for name, value in event.changed.items():
        if value.agrees(others.get(name)):
            continue
        if value.whole:
            return f"`{name}`", True
        sure = _is_sure(key, event.position, cut)
        if sure:
            return f"`{name}`", True
        if sure is False and faint is None:
            faint = f"`{name}`"
    return faint, None if faint is None else False


def _is_sure(key: Key, position: int | None, cut: int) -> bool | None:
    """Whether a single value must agree here: yes before the cut, None past it, False where unknown."""
    if position is not None:
        return True if position < cut else None
    often = max(key[1], key[4])
    return often <= _OFTEN or often < cut // 2


def _within_statement(lines: list[str], line: int) -> int:
    """Of a statement over several lines, the one whose text is a sign; else `line`."""
    spans = [
        (node.end_lineno - node.lineno, node.lineno, node.end_lineno)
        for node in ast.walk(ast.parse("\n".join(lines)))
        if isinstance(node, ast.stmt)
        and not hasattr(node, "body")
        and node.end_lineno is not None
        and node.lineno <= line <= node.end_lineno
    ]
    if not spans or is_recognised(lines[line - 1]):
        return line
    _, start, end = min(spans)
    return next((at for at in range(start, end + 1) if is_recognised(lines[at - 1])), line)


def _by_text(lines: list[str]) -> Finding | None:
    for number, text in enumerate(lines, 1):
        hint, column = hint_for(text)
        if column is not None:
            what = "By its text this line looks ahead; the runs did not show which line does."
            return finding_at(_RULE, what, hint, number, column, lines)
    return None
