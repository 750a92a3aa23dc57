"""One job for a locked child, as it lies in sealed memory: what to do, the code, and parameters."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from engine.strategy.spec import Number
from sandbox.wire import Malformed, Reader, Writer

if TYPE_CHECKING:
    from engine.market.bars import Bars

COLUMNS = ("open", "high", "low", "close", "volume")
_HEADER = struct.Struct("<8sIIIIQ")
_MAGIC = b"EWJOB001"
_MAX_PARAMS = 1000
_MAX_NAME = 200


class Task(IntEnum):
    """What the child does."""

    CHECK = 1  # the text only
    TRIAL = 2  # the text, then a run with the default parameters
    RUN = 3  # the text, then a run with the given parameters


@dataclass(frozen=True, slots=True)
class Job:
    """One job; `bars` and `params` are absent where the task needs none."""

    task: Task
    code: str
    log_bytes: int
    bars: Bars | None = None
    params: Mapping[str, Number] | None = None

    @property
    def rows(self) -> int:
        """How many bars."""
        return 0 if self.bars is None else len(self.bars)

    def encoded(self) -> bytes:
        """All but the bars, which travel by themselves."""
        code = self.code.encode("utf-8", "surrogatepass")
        params = encoded_params(self.params or {})
        header = _HEADER.pack(_MAGIC, self.task, len(code), len(params), self.log_bytes, self.rows)
        return header + code + params


@dataclass(frozen=True, slots=True)
class Received:
    """The same on the child's side."""

    task: Task
    code: str
    params: dict[str, Number]
    log_bytes: int
    rows: int


def decode_job(data: memoryview) -> Received:
    """What the host asks for.

    Raises:
        Malformed: not a job.
    """
    magic, task, code_size, params_size, log_bytes, rows = _HEADER.unpack_from(data, 0)
    if magic != _MAGIC:
        raise Malformed("not a job")
    start = _HEADER.size
    code = bytes(data[start : start + code_size]).decode("utf-8", "surrogatepass")
    params = decoded_params(bytes(data[start + code_size : start + code_size + params_size]))
    return Received(Task(task), code, params, log_bytes, rows)


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
    reader = Reader(data)
    found: dict[str, Number] = {}
    for _ in range(reader.count(_MAX_PARAMS)):
        name, value = reader.text(_MAX_NAME), reader.number()
        if value is None:
            raise Malformed(f"no value for {name}")
        found[name] = value
    return found
