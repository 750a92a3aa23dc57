"""The parts of the standard library that compute: no file, clock, process, pattern engine or import."""

from __future__ import annotations

import bisect
import collections
import contextlib
import copy
import dataclasses
import datetime
import enum
import functools
import heapq
import itertools
import math
import numbers
import operator
import statistics
from collections.abc import Callable, Generator
from typing import Any

from sandbox.facades.base import Facade, pick
from sandbox.facades.typing_names import BaseName

_OPERATORS = """
add sub mul truediv floordiv mod pow neg pos abs lt le eq ne ge gt and_ or_ xor not_ invert truth itemgetter
contains getitem setitem is_ is_not
"""
_STATISTICS = """
mean fmean geometric_mean harmonic_mean median median_low median_high mode multimode stdev pstdev variance
pvariance quantiles correlation covariance linear_regression StatisticsError
"""


def math_facade() -> Facade:
    """`math`, whole: it only computes."""
    return Facade("math", pick(math, " ".join(name for name in dir(math) if not name.startswith("_"))))


def collections_facade() -> Facade:
    """`collections`."""
    members = pick(collections, "deque defaultdict Counter OrderedDict")
    return Facade("collections", {**members, "namedtuple": named_tuple})


def named_tuple(name: str, fields: Any, *, defaults: Any = None) -> type:
    """`collections.namedtuple` with plain ASCII names."""
    listed = fields.replace(",", " ").split() if isinstance(fields, str) else list(fields)
    for each in (name, *listed):
        if type(each) is not str or not each.isascii() or each.startswith("_"):
            raise ValueError("A named tuple has plain names.")
    return collections.namedtuple(name, listed, defaults=defaults)  # pyright: ignore


def itertools_facade() -> Facade:
    """`itertools`, whole: it only computes."""
    return Facade("itertools", pick(itertools, " ".join(n for n in dir(itertools) if not n.startswith("_"))))


def functools_facade() -> Facade:
    """`functools`; `wraps` leaves the function as it is (the real one copies any named attribute)."""
    members = pick(functools, "reduce partial lru_cache cache cached_property cmp_to_key")
    return Facade("functools", {**members, "wraps": _wraps})


def _wraps(_wrapped: object) -> Callable[[Any], Any]:
    return lambda function: function


def statistics_facade() -> Facade:
    """`statistics`."""
    return Facade("statistics", pick(statistics, _STATISTICS))


def operator_facade() -> Facade:
    """`operator` without attrgetter and methodcaller, which read attributes past the guard."""
    return Facade("operator", pick(operator, _OPERATORS))


def datetime_facade() -> Facade:
    """`datetime`; the guard refuses the clock (`now`, `today`, `utcnow`)."""
    members = pick(datetime, "datetime date time timedelta timezone UTC MINYEAR MAXYEAR")
    return Facade("datetime", members)


def copy_facade() -> Facade:
    """`copy`."""
    return Facade("copy", pick(copy, "copy deepcopy"))


def contextlib_facade() -> Facade:
    """`contextlib`."""
    return Facade("contextlib", pick(contextlib, "suppress nullcontext"))


def numbers_facade() -> Facade:
    """`numbers`, for isinstance."""
    return Facade("numbers", pick(numbers, "Number Complex Real Rational Integral"))


def heapq_facade() -> Facade:
    """`heapq`."""
    return Facade("heapq", pick(heapq, "heappush heappop heapify heappushpop heapreplace nlargest nsmallest"))


def bisect_facade() -> Facade:
    """`bisect`."""
    return Facade("bisect", pick(bisect, "bisect bisect_left bisect_right insort insort_left insort_right"))


def enum_facade() -> Facade:
    """`enum`; `sandbox.classes` makes the classes."""
    bases = {name: BaseName(name) for name in ("Enum", "IntEnum")}
    return Facade("enum", {**bases, "auto": enum.auto, "unique": _same})


def abc_facade() -> Facade:
    """`abc`: abstract bases add nothing here."""
    return Facade("abc", {"ABC": BaseName("ABC"), "abstractmethod": _same})


def _same(thing: Any) -> Any:
    return thing


def dataclasses_facade(make: Callable[..., Any]) -> Facade:
    """`dataclasses`; `make` is the decorator that also registers the class with the guards."""
    members = pick(dataclasses, "field replace asdict astuple")
    return Facade("dataclasses", {**members, "dataclass": make})


def warnings_facade() -> Facade:
    """`warnings`, accepted and without effect."""
    silent = dict.fromkeys(("filterwarnings", "simplefilter", "warn", "resetwarnings"), _nothing)
    return Facade("warnings", {**silent, "catch_warnings": _no_warnings})


def _nothing(*_arguments: object, **_named: object) -> None:
    return None


@contextlib.contextmanager
def _no_warnings(*_arguments: object, **_named: object) -> Generator[list[object]]:
    yield []


def logging_facade(show: Callable[..., None]) -> Facade:
    """`logging` that writes to the strategy's own capped log."""

    def write(message: object, *arguments: Any, **_named: object) -> None:
        show(str(message) % arguments if arguments else message)

    def get_logger(_name: object = None) -> Facade:
        return logger

    levels = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}
    writers = dict.fromkeys(("debug", "info", "warning", "error", "exception", "critical"), write)
    quiet = dict.fromkeys(("setLevel", "addHandler"), _nothing)
    logger = Facade("logger", {**writers, **quiet})
    return Facade("logging", {**writers, **levels, "getLogger": get_logger, "basicConfig": _nothing})
