"""Bounded binary fields between the host and its locked children: lengths first, nothing that runs when read.

The reader trusts nothing: every length and count is checked against what is there and against its cap,
text is cut and cleaned of control characters, and a broken message is a `Malformed`, never a crash.
"""

from __future__ import annotations

import struct
import unicodedata

from engine.strategy.spec import Number

_LENGTH = struct.Struct("<I")
_INTEGER_BYTES = 16
_NONE, _INTEGER, _FLOAT = 0, 1, 2


class Malformed(Exception):
    """The bytes are not what a child of ours writes."""


class Writer:
    """Fields, one after the other."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def text(self, value: str, limit: int) -> None:
        """A text, cut to `limit` characters."""
        encoded = value[:limit].encode("utf-8", "replace")
        self._parts += (_LENGTH.pack(len(encoded)), encoded)

    def count(self, value: int) -> None:
        """A count, or a small number."""
        self._parts.append(_LENGTH.pack(value))

    def number(self, value: Number | None) -> None:
        """None, an int of up to 127 bits, or a float."""
        if value is None:
            self._parts.append(bytes([_NONE]))
        elif isinstance(value, int):
            self._parts += (bytes([_INTEGER]), value.to_bytes(_INTEGER_BYTES, "little", signed=True))
        else:
            self._parts += (bytes([_FLOAT]), struct.pack("<d", value))

    def bytes(self) -> bytes:
        """Everything written."""
        return b"".join(self._parts)


class Reader:
    """Reads what a `Writer` wrote, or refuses it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def text(self, limit: int) -> str:
        """A text of at most `limit` characters, cleaned."""
        size = self.count(4 * limit)
        return clean(self._take(size).decode("utf-8", "replace"))[:limit]

    def count(self, limit: int) -> int:
        """A count of at most `limit`."""
        value = int(_LENGTH.unpack(self._take(_LENGTH.size))[0])
        if value > limit:
            raise Malformed(f"a count of {value}, at most {limit} is possible")
        return value

    def number(self) -> Number | None:
        """None, an int or a float."""
        kind = self._take(1)[0]
        if kind == _NONE:
            return None
        if kind == _INTEGER:
            return int.from_bytes(self._take(_INTEGER_BYTES), "little", signed=True)
        if kind == _FLOAT:
            return float(struct.unpack("<d", self._take(8))[0])
        raise Malformed(f"a number of kind {kind}")

    def _take(self, size: int) -> bytes:
        part = self._data[self._at : self._at + size]
        if len(part) != size:
            raise Malformed("the message ends early")
        self._at += size
        return part


def clean(text: str) -> str:
    """The text without control, direction and private characters: it will reach terminals and models."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _HIDDEN)


_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co"))
