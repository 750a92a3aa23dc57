"""Parameter sets on their way to a holder: the reply that they are for, how they run, their bytes."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

_HEADER = struct.Struct("<I?I")
_SIZE = struct.Struct("<I")
MAX_SETS = 16
MAX_BYTES = 1 << 16  # of a block with several sets


@dataclass(frozen=True, slots=True)
class Block:
    """Sets that use one reply, a part of it each.

    Attributes:
        slot: which reply.
        together: one child may run them all, where the text may share one; else each has its own.
        sets: their parameters, encoded.
    """

    slot: int
    together: bool
    sets: tuple[bytes, ...]

    def encoded(self) -> bytes:
        """As it travels."""
        header = _HEADER.pack(self.slot, self.together, len(self.sets))
        return b"".join((header, *(_SIZE.pack(len(each)) + each for each in self.sets)))


def decoded_block(data: bytes) -> Block:
    """The inverse; the host is trusted."""
    slot, together, count = _HEADER.unpack_from(data)
    sets: list[bytes] = []
    at = _HEADER.size
    for _ in range(count):
        (size,) = _SIZE.unpack_from(data, at)
        at += _SIZE.size
        sets.append(data[at : at + size])
        at += size
    return Block(slot, together, tuple(sets))


def fitting(sizes: Sequence[int]) -> int:
    """How many of the first sets fit into one message; at least one."""
    total = 0
    for count, size in enumerate(sizes):
        total += size + _SIZE.size
        if count and total > MAX_BYTES:
            return count
    return len(sizes)
