"""Judges one program from inside the process that runs it: the checker, the byte code, and what it touches.

An audit hook cannot be taken off again, so this belongs in a process of its own
(`tests.support.fuzz_worker`). While a program runs, whatever opens, connects, loads, executes or looks into
frames is a finding and is stopped.
"""

from __future__ import annotations

import builtins
import signal
import sys
import time
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, cast
from weakref import WeakSet

import sandbox.program
from sandbox.builtin_names import BUILTIN_NAMES
from sandbox.facades.base import Facade, InstanceCheck, members_of
from sandbox.facades.typing_names import BaseName, TypeName
from sandbox.guards import Guards
from sandbox.kinds import label_of
from sandbox.log import Log
from sandbox.modules import known_modules
from sandbox.program import Overrun, Program, RunFailed, read_program
from sandbox.refusal import Refused
from sandbox.warm_up import frame
from sandbox.words import words
from tests.support.fuzz_bytecode import faults

CHECK_S = 2.0  # longer than this, and the checker itself can be used to waste time
RUN_S = 1.0
_ROWS = 60
# Things that a value within a strategy's reach never is.
_INTERIOR = (
    *(types.ModuleType, types.FrameType, types.CodeType, types.TracebackType, types.MappingProxyType),
    *(types.CellType, types.GetSetDescriptorType, types.MemberDescriptorType, types.WrapperDescriptorType),
    *(memoryview, bytearray, Guards, Log),
)
_numpy = members_of(known_modules()["numpy"])
_OURS = (Facade, BaseName, TypeName, type(_numpy["r_"]))
_HARMLESS_MODULES = words(
    "math itertools _operator _functools _heapq _bisect _collections _statistics builtins"
)
_NEVER_CALLED = words(
    """
    open eval exec compile __import__ getattr setattr delattr globals locals vars dir input breakpoint
    id
    """
)
# Events that Python's own libraries raise in the course of computing, by the file that raises them.
_BY_LIBRARIES = {
    "exec": ("sandbox/program.py", "dataclasses.py", "collections/__init__.py"),
    # numpy reads the repeats in the text of a type as literals.
    "compile": ("dataclasses.py", "collections/__init__.py", "/ast.py"),
    "import": (
        "sandbox/builtin_names.py",
        "importlib/",
        "pandas/",
        "numpy/",
        "site-packages/dateutil/",
        "<frozen",
    ),
    "sys._getframe": (
        "inspect.py",
        "collections/__init__.py",
        "enum.py",
        "pandas/",
        "dataclasses.py",
        "numpy/",
    ),
    "object.__getattr__": (
        "sandbox/failure.py",
        "inspect.py",
        "functools.py",
        "dataclasses.py",
        "pandas/",
        "numpy/",
        "copy.py",
    ),
    "object.__setattr__": ("dataclasses.py", "functools.py", "collections/__init__.py", "numpy/"),
    "object.__delattr__": (),
    "function.__new__": ("functools.py", "collections/__init__.py"),
    "code.__new__": (),
}
_NO_EVENT = ("builtins.id", "gc.", "cpython.", "time.sleep", "array.__new__")


@dataclass
class Judgement:
    """What came of one program.

    Attributes:
        verdict: `refused`, `finished`, `failed` (with a located error), or `overrun`.
        rules: rules that refused it, with the first words of the hint.
        reads: types and attributes that it read.
        property: the property that does not hold; empty when all hold.
        detail: what was seen instead.
    """

    verdict: str = ""
    rules: list[str] = field(default_factory=list[str])
    reads: list[str] = field(default_factory=list[str])
    property: str = ""
    detail: str = ""


class Broken(BaseException):
    """A property does not hold; not an Exception, so that no program can catch it."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.name, self.detail = name, detail


class _Watch:
    """What is seen while one program runs; `first` is the first thing that should not have been."""

    def __init__(self) -> None:
        self.running = False
        self.first: Broken | None = None
        self.reads: set[str] = set()
        self.own: set[type] = set()
        self.earlier = WeakSet[type]()  # classes of runs before this one that still lie about

    def report(self, name: str, detail: str) -> NoReturn:
        """Remember the first, and stop the program."""
        self.running = False
        self.first = self.first or Broken(name, detail)
        raise self.first


_watch = _Watch()


def install() -> None:
    """Put the hook and the watching guards in place, for good."""
    sys.addaudithook(_on_event)
    program: Any = sandbox.program
    program.Guards = _WatchedGuards
    signal.signal(signal.SIGALRM, _time_is_up)
    _stray_class()  # those of the warming up are none


def _time_is_up(_number: int, _frame: object) -> NoReturn:
    raise Overrun


def _on_event(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watch.running or event.startswith(_NO_EVENT):
        return
    _watch.running = False  # looking at the caller is an event as well
    origin = sys._getframe(1).f_code.co_filename  # pyright: ignore[reportPrivateUsage]
    _watch.running = True
    if event == "open" and _is_library_data(arguments, origin):
        return
    if any(part in origin for part in _BY_LIBRARIES.get(event, ())):
        return
    _watch.report("touches the machine", f"{event} {str(arguments)[:120]} from {Path(origin).name}")


def _is_library_data(arguments: tuple[Any, ...], origin: str) -> bool:
    """Zones, and the line of pandas that a warning of pandas quotes."""
    path, mode = str(arguments[0]), arguments[1]
    is_zone = "zoneinfo/" in path or "/tzdata/" in path
    is_quoted = origin.endswith("tokenize.py") and "/site-packages/" in path and path.endswith(".py")
    return mode in (None, "r", "rb") and (is_zone or is_quoted) and ".." not in path


class _WatchedGuards(Guards):
    def __init__(self) -> None:
        super().__init__()
        _watch.own = self.own

    def read(self, target: object, name: str) -> Any:
        value = super().read(target, name)
        if _watch.running:
            _watch.running = False
            kind = type(target)
            own = kind in self.own or (isinstance(target, type) and target in self.own)
            label = "own" if own else label_of(kind) or kind.__name__
            _watch.reads.add(f"{label}.{name}")
            if not own and kind is not super and name.startswith("__"):
                _watch.report("reads an attribute outside the lists", f"{label}.{name}")
            fault = _fault_of(value, self.own)
            if fault:
                _watch.report("a guard hands out what it must not", f"{label}.{name}: {fault}")
            _watch.running = True
        return value


def _fault_of(value: object, own: set[type]) -> str:
    if isinstance(value, _INTERIOR):
        return f"a {type(value).__name__}"
    if isinstance(value, type):
        known = value in own or value in _known_classes() or isinstance(value, InstanceCheck)
        harmless = issubclass(value, Exception) or (issubclass(value, tuple) and hasattr(value, "_fields"))
        return "" if known or harmless else f"the class {value!r}"
    if isinstance(value, types.BuiltinFunctionType):
        owner = value.__self__
        if isinstance(owner, types.ModuleType):
            unknown = owner.__name__ not in _HARMLESS_MODULES and not owner.__name__.startswith(
                ("numpy", "pandas")
            )
            if unknown or value.__name__ in _NEVER_CALLED:
                return f"the function {owner.__name__}.{value.__name__}"
    ours = type(value).__module__.startswith("sandbox.") and not isinstance(value, (*_OURS, tuple))
    return f"the sandbox's own {type(value).__name__}" if ours else ""


_classes: set[type] = set()


def _known_classes() -> set[type]:
    if not _classes:
        _classes.update(_classes_in(list(known_modules().values())))
        _classes.update(thing for name in BUILTIN_NAMES if isinstance(thing := vars(builtins)[name], type))
    return _classes


def _classes_in(facades: list[Facade]) -> Iterator[type]:
    for facade in facades:
        for value in members_of(facade).values():
            if isinstance(value, Facade):
                yield from _classes_in([value])
            elif isinstance(value, type):
                yield value


def _stray_class() -> type | None:
    """A class with the strategy's mark that the rules on classes have never seen."""
    marked = {kind for kind in _below(object) if kind.__module__ == "edgewright_strategy"}
    stray = next((kind for kind in marked if kind not in _watch.own and kind not in _watch.earlier), None)
    _watch.earlier.update(marked)
    return stray


def _below(kind: type) -> Iterator[type]:
    for each in type.__subclasses__(kind):
        yield each
        yield from _below(each)


def judge(code: str) -> Judgement:
    """All properties of one program. It does not raise."""
    found = Judgement()
    _watch.reads = set()
    try:
        program = _read(code, found)
        if program is not None:
            for fault in faults(program.code):
                raise Broken("byte code past the guards", fault)
            _run(program, found)
    except Broken as broken:
        found.property, found.detail = broken.name, broken.detail
    found.reads = sorted(_watch.reads)
    return found


def _read(code: str, found: Judgement) -> Program | None:
    started = time.monotonic()
    try:
        program = read_program(code)
    except Refused as refused:
        found.verdict = "refused"
        found.rules = sorted({f"{each.rule}: {each.hint[:24]}" for each in refused.findings})
        if not refused.findings or not all(each.rule and each.message for each in refused.findings):
            raise Broken("a refusal without findings", repr(refused.findings)[:200]) from None
        program = None
    except RecursionError:  # told by `sandbox.perform` as code that is nested too deeply
        found.verdict, found.rules, program = "refused", ["size: recursion"], None
    except Exception as problem:  # converted: the property is that there is none
        raise Broken("the checker crashed", f"{type(problem).__name__}: {problem}"[:200]) from problem
    if time.monotonic() - started > CHECK_S:
        raise Broken("the checker is slow", f"{time.monotonic() - started:.1f} s")
    return program


def _run(program: Program, found: Judgement) -> None:
    bars, params, log = frame(_ROWS), program.declared.defaults(), Log(2000)
    with _watched():
        try:
            program.ready(log).signals(bars, params)
            found.verdict = "finished"
        except RunFailed:
            found.verdict = "failed"
        except (Overrun, MemoryError):
            found.verdict = "overrun"
        except Broken:
            pass  # `first` has it
        except Exception as problem:  # converted: the property is that there is none
            _watch.running = False
            raise Broken("the run crashed", f"{type(problem).__name__}: {problem}"[:200]) from problem
    stray = _stray_class()
    if _watch.first is not None:
        raise _watch.first
    if stray is not None:
        raise Broken("a class made past the rules", stray.__qualname__[:80])


@contextmanager
def _watched() -> Iterator[None]:
    _watch.first, _watch.reads, _watch.running = None, set(), True
    signal.setitimer(signal.ITIMER_REAL, RUN_S)
    try:
        yield
    finally:
        _watch.running = False
        signal.setitimer(signal.ITIMER_REAL, 0)


def as_message(found: Judgement) -> dict[str, Any]:
    """The judgement as JSON."""
    return cast(dict[str, Any], vars(found))
