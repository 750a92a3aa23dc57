"""The parts of the standard library that compute: no file, clock, process, pattern engine or import."""

from __future__ import annotations

import bisect
import collections
import contextlib
import copy
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import heapq
import itertools
import math
import numbers
import operator
import statistics
import string
import textwrap
import types
import zoneinfo
from collections.abc import Callable, Generator
from typing import Any

from sandbox.facades.base import Facade, pick
from sandbox.facades.typing_names import BaseName

_OPERATORS = """
add sub mul truediv floordiv mod pow neg pos abs lt le eq ne ge gt and_ or_ xor not_ invert truth itemgetter
contains getitem setitem is_ is_not matmul rshift lshift inv index concat countOf indexOf delitem
length_hint iadd isub imul imatmul itruediv ifloordiv imod ipow iand ior ixor ilshift irshift iconcat
"""
_STATISTICS = """
mean fmean geometric_mean harmonic_mean median median_low median_high mode multimode stdev pstdev variance
pvariance quantiles correlation covariance linear_regression StatisticsError median_grouped NormalDist
"""


def math_facade() -> Facade:
    """`math`, whole: it only computes."""
    return Facade("math", pick(math, " ".join(name for name in dir(math) if not name.startswith("_"))))


def collections_facade() -> Facade:
    """`collections`."""
    members = pick(collections, "deque defaultdict Counter OrderedDict ChainMap")
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


def functools_facade(total_ordering: Callable[[type], type]) -> Facade:
    """`functools`; `wraps` leaves the function as it is (the real one copies any named attribute)."""
    members = pick(functools, "reduce partial partialmethod lru_cache cache cached_property cmp_to_key")
    return Facade("functools", {**members, "wraps": _wraps, "total_ordering": total_ordering})


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
    return Facade("contextlib", pick(contextlib, "suppress nullcontext contextmanager"))


def numbers_facade() -> Facade:
    """`numbers`, for isinstance."""
    return Facade("numbers", pick(numbers, "Number Complex Real Rational Integral"))


def heapq_facade() -> Facade:
    """`heapq`."""
    return Facade(
        "heapq", pick(heapq, "heappush heappop heapify heappushpop heapreplace merge nlargest nsmallest")
    )


def bisect_facade() -> Facade:
    """`bisect`."""
    return Facade("bisect", pick(bisect, "bisect bisect_left bisect_right insort insort_left insort_right"))


def enum_facade() -> Facade:
    """`enum`; `sandbox.classes` makes the classes."""
    bases = {name: BaseName(name) for name in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag")}
    return Facade("enum", {**bases, "auto": enum.auto, "unique": _same})


def abc_facade() -> Facade:
    """`abc`: abstract bases add nothing here."""
    return Facade("abc", {"ABC": BaseName("ABC"), "abstractmethod": _same, "abstractproperty": property})


def _same(thing: Any) -> Any:
    return thing


def dataclasses_facade(make: Callable[..., Any]) -> Facade:
    """`dataclasses`; `make` is the decorator that also registers the class with the guards."""
    members = pick(dataclasses, "field fields replace asdict astuple is_dataclass FrozenInstanceError")
    return Facade("dataclasses", {**members, "dataclass": make})


def warnings_facade() -> Facade:
    """`warnings`, accepted and without effect."""
    silent = dict.fromkeys(
        ("filterwarnings", "simplefilter", "warn", "warn_explicit", "resetwarnings"), _nothing
    )
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

    def write_at(_level: object, message: object, *arguments: Any, **_named: object) -> None:
        write(message, *arguments)

    def is_enabled(_level: object) -> bool:
        return True

    names = ("debug", "info", "warning", "warn", "error", "exception", "critical", "fatal")
    writers = {**dict.fromkeys(names, write), "log": write_at}
    quiet = dict.fromkeys(("setLevel", "addHandler", "removeHandler", "addFilter"), _nothing)
    facts = {"isEnabledFor": is_enabled, "handlers": (), "level": 10, "name": "strategy"}
    logger = Facade("logger", {**writers, **quiet, **facts})
    handler = Facade("handler", dict.fromkeys(_HANDLING, _nothing))

    def make_handler(*_arguments: object, **_named: object) -> Facade:
        return handler

    made = dict.fromkeys(("StreamHandler", "NullHandler", "Formatter"), make_handler)
    members = {
        "getLogger": get_logger,
        "Logger": BaseName("Logger"),
        "basicConfig": _nothing,
        "disable": _nothing,
    }
    return Facade("logging", {**writers, **_LEVELS, **made, **members})


_LEVELS = {
    "NOTSET": 0,
    "DEBUG": 10,
    "INFO": 20,
    "WARNING": 30,
    "WARN": 30,
    "ERROR": 40,
    "CRITICAL": 50,
    "FATAL": 50,
}


def textwrap_facade() -> Facade:
    """`textwrap`."""
    return Facade("textwrap", pick(textwrap, "dedent indent fill wrap shorten"))


def string_facade() -> Facade:
    """`string` without Formatter and Template, which read attributes past the guard."""
    return Facade("string", pick(string, _LETTERS))


_HANDLING = ("setLevel", "setFormatter", "addFilter", "flush", "close")
_LETTERS = """
ascii_letters ascii_lowercase ascii_uppercase capwords digits hexdigits octdigits printable punctuation
whitespace
"""


def decimal_facade() -> Facade:
    """`decimal` without its contexts, which belong to the thread."""
    rounding = " ".join(name for name in dir(decimal) if name.startswith("ROUND_"))
    return Facade("decimal", pick(decimal, f"Decimal DecimalException InvalidOperation {rounding}"))


def fractions_facade() -> Facade:
    """`fractions`."""
    return Facade("fractions", pick(fractions, "Fraction"))


def types_facade(namespace: type) -> Facade:
    """`types`: the two that hold data; `namespace` is the `SimpleNamespace` of the run."""
    return Facade("types", {"SimpleNamespace": namespace, "MappingProxyType": types.MappingProxyType})


def zoneinfo_facade() -> Facade:
    """`zoneinfo`."""
    return Facade("zoneinfo", {"ZoneInfo": zone, "ZoneInfoNotFoundError": zoneinfo.ZoneInfoNotFoundError})


def pytz_facade() -> Facade:
    """`pytz`, as far as pandas needs it: names of zones; the zones are those of `zoneinfo`."""
    utc = datetime.UTC
    return Facade("pytz", {"timezone": zone, "utc": utc, "UTC": utc})


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The zone called `name`; `sandbox.warm_up` has read them all, so that no file is opened later."""
    if type(name) is not str:
        raise TypeError("A time zone has a name, e.g. 'Europe/London'.")
    return zoneinfo.ZoneInfo(name)
