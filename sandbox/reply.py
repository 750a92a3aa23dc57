"""What a child leaves behind, in memory of a fixed size: status, capped text, bit-packed flags, columns.

The host reads it after the child is gone. Areas that were not written stay unallocated zeros.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from engine.errors import InvalidInput
from engine.strategy.port import Finding, Screening
from engine.strategy.spec import Number, Parameter, parameters_from_literal
from sandbox.declared import MAX_CHOICES, MAX_CONSTRAINTS, MAX_HYPOTHESIS, MAX_PARAMETERS, Declared
from sandbox.job import MAX_PROBES
from sandbox.limits import MAX_LOG_BYTES
from sandbox.refusal import MAX_FINDINGS
from sandbox.wire import Malformed, Reader, Writer

REPORT_BYTES = 1 << 19
_HEADER = struct.Struct("<8sII")
_MAGIC = b"EWRES001"
UNWRITTEN = bytes(16)  # how a reply begins before a child has written to it
_MAX_RULE, _MAX_MESSAGE, _MAX_HINT, _MAX_LINE = 40, 1000, 400, 200
_MAX_WARNINGS, _MAX_WARNING = 20, 400
_MAX_CONSTRAINT, _MAX_NAME = 200, 64
_MAX_POSITION = 1 << 24
_MAX_ROW = (1 << 32) - 1


class Status(IntEnum):
    """How the child ended; UNWRITTEN is what the host finds when it was killed before it could say."""

    UNWRITTEN = 0
    DONE = 1
    REJECTED = 2
    FAILED = 3
    MEMORY = 4
    TIME = 5
    UNLOCKED = 6


@dataclass(frozen=True, slots=True)
class Report:
    """The part of a reply that is text."""

    status: Status
    findings: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()
    declared: Declared | None = None
    log: str = ""
    has_signals: bool = False
    screening: Screening | None = None


def encode_report(report: Report) -> bytes:
    """The report as bytes of at most `REPORT_BYTES`."""
    writer = Writer()
    writer.count(min(len(report.findings), MAX_FINDINGS))
    for finding in report.findings[:MAX_FINDINGS]:
        _write_finding(writer, finding)
    writer.count(min(len(report.warnings), _MAX_WARNINGS))
    for warning in report.warnings[:_MAX_WARNINGS]:
        writer.text(warning, _MAX_WARNING)
    writer.text(report.log, MAX_LOG_BYTES)
    writer.count(int(report.has_signals))
    writer.count(int(report.declared is not None))
    if report.declared is not None:
        _write_declared(writer, report.declared)
    _write_screening(writer, report.screening)
    body = writer.bytes()
    return _HEADER.pack(_MAGIC, report.status, len(body)) + body


def decode_report(data: bytes) -> Report:
    """The report in the first `REPORT_BYTES` of a reply.

    Raises:
        Malformed: not a report of ours; one that was never written is not an error.
    """
    magic, status, size = _HEADER.unpack_from(data, 0)
    if magic == b"\0" * 8:
        return Report(Status.UNWRITTEN)
    if magic != _MAGIC or size > REPORT_BYTES - _HEADER.size or status not in list(Status):
        raise Malformed("not a report")
    reader = Reader(data[_HEADER.size : _HEADER.size + size])
    findings = tuple(_read_finding(reader) for _ in range(reader.count(MAX_FINDINGS)))
    warnings = tuple(reader.text(_MAX_WARNING) for _ in range(reader.count(_MAX_WARNINGS)))
    log = reader.text(MAX_LOG_BYTES)
    has_signals = bool(reader.count(1))
    declared = _read_declared(reader) if reader.count(1) else None
    screening = _read_screening(reader)
    if (status == Status.DONE and declared is None) or (status == Status.UNLOCKED and not findings):
        raise Malformed("a part is missing")
    return Report(Status(status), findings, warnings, declared, log, has_signals, screening)


def _write_finding(writer: Writer, finding: Finding) -> None:
    writer.text(finding.rule, _MAX_RULE)
    writer.text(finding.message, _MAX_MESSAGE)
    writer.text(finding.hint, _MAX_HINT)
    writer.text(finding.source_line, _MAX_LINE)
    for place in (finding.line, finding.column):
        writer.count(min(place or 0, _MAX_POSITION))


def _read_finding(reader: Reader) -> Finding:
    rule, message = reader.text(_MAX_RULE), reader.text(_MAX_MESSAGE)
    hint, source_line = reader.text(_MAX_HINT), reader.text(_MAX_LINE)
    line, column = reader.count(_MAX_POSITION), reader.count(_MAX_POSITION)
    return Finding(rule, message, hint, line or None, column or None, source_line)


def _write_screening(writer: Writer, screening: Screening | None) -> None:
    writer.count(int(screening is not None))
    if screening is not None:
        writer.count(screening.asked)
        writer.count(len(screening.suspects))
        for probe, row in screening.suspects:
            writer.count(probe)
            writer.count(row)


def _read_screening(reader: Reader) -> Screening | None:
    if not reader.count(1):
        return None
    asked, count = reader.count(MAX_PROBES), reader.count(MAX_PROBES)
    return Screening(asked, tuple((reader.count(MAX_PROBES), reader.count(_MAX_ROW)) for _ in range(count)))


def _write_declared(writer: Writer, declared: Declared) -> None:
    writer.text(declared.hypothesis, MAX_HYPOTHESIS)
    writer.count(int(declared.has_params))
    writer.count(len(declared.parameters))
    for parameter in declared.parameters:
        writer.text(parameter.name, _MAX_NAME)
        for value in (parameter.default, parameter.low, parameter.high, parameter.step):
            writer.number(value)
        writer.count(int(parameter.log))
        writer.count(len(parameter.choices))
        for choice in parameter.choices:
            writer.number(choice)
    writer.count(len(declared.constraints))
    for constraint in declared.constraints:
        writer.text(constraint, _MAX_CONSTRAINT)


def _read_declared(reader: Reader) -> Declared:
    hypothesis, has_params = reader.text(MAX_HYPOTHESIS), bool(reader.count(1))
    literal = dict(_read_parameter(reader) for _ in range(reader.count(MAX_PARAMETERS)))
    constraints = tuple(reader.text(_MAX_CONSTRAINT) for _ in range(reader.count(MAX_CONSTRAINTS)))
    try:
        parameters: tuple[Parameter, ...] = parameters_from_literal(literal)
    except (InvalidInput, OverflowError) as problem:
        raise Malformed(f"parameters: {problem}") from problem
    return Declared(hypothesis, parameters, constraints, has_params)


def _read_parameter(reader: Reader) -> tuple[str, dict[str, Any]]:
    name = reader.text(_MAX_NAME)
    entry: dict[str, Any] = {key: reader.number() for key in ("default", "low", "high", "step")}
    entry["log"] = bool(reader.count(1))
    choices: list[Number | None] = [reader.number() for _ in range(reader.count(MAX_CHOICES))]
    return name, {**entry, "choices": choices}
