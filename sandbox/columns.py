"""Where signals lie in a reply, and how they get in and out: flags bit-packed, other columns if present."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.strategy.signals import FLAG_COLUMNS, LEVEL_COLUMNS, Flags, Floats, Signals
from sandbox.reply import REPORT_BYTES
from sandbox.tags import MAX_REASONS, decode_tags, encode_tags
from sandbox.wire import Malformed, clean

_PRESENT = struct.Struct("<II")
_PRESENT_AT = REPORT_BYTES
_FLAGS_AT = REPORT_BYTES + 64
_REASON_CHARACTERS = 64
_REASON_ROW = 4 + 4 * _REASON_CHARACTERS
_TAG_BIT = 1 << len(LEVEL_COLUMNS)

Read = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Layout:
    """Offsets of the areas for `rows` bars."""

    rows: int

    @property
    def flag_bytes(self) -> int:
        """Bytes of one bit-packed flag column."""
        return (self.rows + 7) // 8

    @property
    def levels_at(self) -> int:
        """Where the float columns begin."""
        end = _FLAGS_AT + len(FLAG_COLUMNS) * self.flag_bytes
        return end + -end % 64

    @property
    def codes_at(self) -> int:
        """Where the reasons' codes begin."""
        return self.levels_at + len(LEVEL_COLUMNS) * 8 * self.rows

    @property
    def reasons_at(self) -> int:
        """Where the reasons themselves begin."""
        return self.codes_at + 2 * self.rows

    @property
    def size(self) -> int:
        """Bytes of the whole reply."""
        return self.reasons_at + MAX_REASONS * _REASON_ROW


def write_signals(out: memoryview, signals: Signals) -> None:
    """Put `signals` into the reply `out`, sized for as many rows."""
    layout = Layout(len(signals))
    for place, name in enumerate(FLAG_COLUMNS):
        packed = np.packbits(getattr(signals, name), bitorder="little").tobytes()
        start = _FLAGS_AT + place * layout.flag_bytes
        out[start : start + len(packed)] = packed
    present = 0
    for place, name in enumerate(LEVEL_COLUMNS):
        column = getattr(signals, name)
        if column is not None:
            present |= 1 << place
            start = layout.levels_at + place * 8 * layout.rows
            out[start : start + 8 * layout.rows] = np.ascontiguousarray(column, "<f8").tobytes()
    reasons: list[str] = []
    if signals.tag is not None:
        present |= _TAG_BIT
        reasons, codes = encode_tags(signals.tag)
        out[layout.codes_at : layout.codes_at + 2 * layout.rows] = codes.astype("<u2").tobytes()
        _write_reasons(out, layout, reasons)
    out[_PRESENT_AT : _PRESENT_AT + _PRESENT.size] = _PRESENT.pack(present, len(reasons))


def _write_reasons(out: memoryview, layout: Layout, reasons: list[str]) -> None:
    for place, reason in enumerate(reasons):
        text = reason[:_REASON_CHARACTERS].encode("utf-8", "replace")
        start = layout.reasons_at + place * _REASON_ROW
        out[start : start + 4 + len(text)] = struct.pack("<I", len(text)) + text


def read_signals(read: Read, rows: int, warnings: tuple[str, ...]) -> Signals:
    """Signals of `rows` bars from a reply; `read(start, size)` gives its bytes.

    Raises:
        Malformed: values that no child of ours writes.
    """
    layout = Layout(rows)
    present, reason_count = _PRESENT.unpack(read(_PRESENT_AT, _PRESENT.size))
    flags = [_flag_column(read, layout, place) for place in range(len(FLAG_COLUMNS))]
    levels: dict[str, Floats] = {}
    for place, name in enumerate(LEVEL_COLUMNS):
        if present & 1 << place:
            levels[name] = _level_column(read, layout, place)
    tag = _read_tags(read, layout, reason_count) if present & _TAG_BIT else None
    return Signals(flags[0], flags[1], flags[2], flags[3], **levels, tag=tag, warnings=warnings)


def _flag_column(read: Read, layout: Layout, place: int) -> Flags:
    packed = np.frombuffer(read(_FLAGS_AT + place * layout.flag_bytes, layout.flag_bytes), np.uint8)
    return np.unpackbits(packed, count=layout.rows, bitorder="little").view(np.bool_)


def _level_column(read: Read, layout: Layout, place: int) -> Floats:
    name = LEVEL_COLUMNS[place]
    data = read(layout.levels_at + place * 8 * layout.rows, 8 * layout.rows)
    values = np.frombuffer(data, "<f8").astype(np.float64)
    upper = 1.0 if name == "size" else np.finfo(np.float64).max
    if not bool(np.all(np.isnan(values) | ((values >= 0.0) & (values <= upper)))):
        raise Malformed(f"{name} has values outside its range")
    return values


def _read_tags(read: Read, layout: Layout, count: int) -> tuple[str, ...]:
    if count > MAX_REASONS:
        raise Malformed(f"{count} reasons")
    table = read(layout.reasons_at, count * _REASON_ROW)
    reasons: list[str] = []
    for place in range(count):
        row = table[place * _REASON_ROW : (place + 1) * _REASON_ROW]
        size = min(int(struct.unpack_from("<I", row)[0]), _REASON_ROW - 4)
        reasons.append(clean(row[4 : 4 + size].decode("utf-8", "replace"))[:_REASON_CHARACTERS])
    codes = np.frombuffer(read(layout.codes_at, 2 * layout.rows), "<u2").astype(np.uint16)
    try:
        return decode_tags(reasons, codes)
    except ValueError as problem:
        raise Malformed(str(problem)) from problem
