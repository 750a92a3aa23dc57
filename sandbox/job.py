"""One job for a locked child, as it lies in sealed memory: task, code, parameters and probes."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from engine.market.futures import Course, OtherFuture
from engine.strategy.port import Probe
from engine.strategy.spec import Number
from sandbox.wire import Malformed, Reader, Writer

if TYPE_CHECKING:
    from engine.market.bars import Bars

COLUMNS = ("open", "high", "low", "close", "volume")
_HEADER = struct.Struct("<8sIIII?Q")
_MAGIC = b"EWJOB001"
_MAX_PARAMS = 1000
MAX_PROBES = 4096
_MAX_NAME = 200


class Task(IntEnum):
    """What the child does."""

    CHECK = 1  # the text only
    TRIAL = 2  # the text, then a run with the default parameters
    RUN = 3  # the text, then a run with the given parameters
    SCREEN = 4  # the text, then runs on other futures: which probes change what came before their cut
    LOCATE = 5  # the text, then two traced runs: the line that looks ahead


@dataclass(frozen=True, slots=True)
class Job:
    """One job; what the task does not need is absent.

    Attributes:
        seconds: how long a screening may take.
        tags: whether the reasons of a batch's signals are asked for; of single runs they always are.
    """

    task: Task
    code: str
    log_bytes: int
    bars: Bars | None = None
    params: Mapping[str, Number] | None = None
    probes: tuple[Probe, ...] = ()
    seconds: float = 0.0
    tags: bool = True

    @property
    def rows(self) -> int:
        """How many bars."""
        return 0 if self.bars is None else len(self.bars)

    def encoded(self) -> bytes:
        """All but the bars, which travel by themselves."""
        code = self.code.encode("utf-8", "surrogatepass")
        params = encoded_params(self.params or {}) + _encoded_probes(self.probes, self.seconds)
        header = _HEADER.pack(_MAGIC, self.task, len(code), len(params), self.log_bytes, self.tags, self.rows)
        return header + code + params


@dataclass(frozen=True, slots=True)
class Received:
    """The same on the child's side."""

    task: Task
    code: str
    params: dict[str, Number]
    probes: tuple[Probe, ...]
    seconds: float
    log_bytes: int
    tags: bool
    rows: int


def decode_job(data: memoryview) -> Received:
    """What the host asks for.

    Raises:
        Malformed: not a job.
    """
    magic, task, code_size, params_size, log_bytes, tags, rows = _HEADER.unpack_from(data, 0)
    if magic != _MAGIC:
        raise Malformed("not a job")
    start = _HEADER.size
    code = bytes(data[start : start + code_size]).decode("utf-8", "surrogatepass")
    reader = Reader(bytes(data[start + code_size : start + code_size + params_size]))
    params, probes, seconds = _decoded_params(reader), _decoded_probes(reader), reader.number()
    return Received(Task(task), code, params, probes, float(seconds or 0.0), log_bytes, tags, rows)


def encoded_params(params: Mapping[str, Number]) -> bytes:
    """Parameters as they travel."""
    writer = Writer()
    writer.count(len(params))
    for name, value in params.items():
        writer.text(name, _MAX_NAME)
        writer.number(value)
    return writer.bytes()


def decoded_params(data: bytes) -> dict[str, Number]:
    """The inverse.

    Raises:
        Malformed: something else.
    """
    return _decoded_params(Reader(data))


def _decoded_params(reader: Reader) -> dict[str, Number]:
    found: dict[str, Number] = {}
    for _ in range(reader.count(_MAX_PARAMS)):
        name, value = reader.text(_MAX_NAME), reader.number()
        if value is None:
            raise Malformed(f"no value for {name}")
        found[name] = value
    return found


_COURSES = tuple(Course)


def _encoded_probes(probes: tuple[Probe, ...], seconds: float) -> bytes:
    writer = Writer()
    writer.count(len(probes))
    for probe in probes:
        writer.number(probe.cut)
        writer.count(0 if probe.future is None else 1 + _COURSES.index(probe.future.course))
        writer.number(None if probe.future is None else probe.future.seed)
    writer.number(seconds)
    return writer.bytes()


def _decoded_probes(reader: Reader) -> tuple[Probe, ...]:
    return tuple(_decoded_probe(reader) for _ in range(reader.count(MAX_PROBES)))


def _decoded_probe(reader: Reader) -> Probe:
    cut, course, seed = reader.number(), reader.count(len(_COURSES)), reader.number()
    future = None if course == 0 else OtherFuture(_COURSES[course - 1], int(seed or 0))
    return Probe(int(cut or 0), future)
