"""What the host asks of a zygote for one child: the sizes of its memories, and its limits."""

from __future__ import annotations

import struct
from dataclasses import astuple, dataclass

_FIELDS = struct.Struct("<QQQQddII")
MAX_SLOTS = 8


@dataclass(frozen=True, slots=True)
class Order:
    """A child for one job, or, with `slots`, the holder of a batch.

    Beside it travel descriptors: the job, the bars if there are any, and the reply; for a holder its link and
    its replies instead.

    Attributes:
        job_bytes: size of the sealed job.
        bars_bytes: size of the sealed bars; 0 for none.
        reply_bytes: size of the reply, or of each one.
        memory_bytes, cpu_s, wall_s: see `Limits`; for each set of a batch.
        slots: how many replies a holder writes to in turn; 0 for a single job.
        block: how many sets have a part of each reply, `reply_bytes` long.
    """

    job_bytes: int
    bars_bytes: int
    reply_bytes: int
    memory_bytes: int
    cpu_s: float
    wall_s: float
    slots: int = 0
    block: int = 1

    def packed(self) -> bytes:
        """As it travels."""
        return _FIELDS.pack(*astuple(self))


ORDER_BYTES = _FIELDS.size
MAX_DESCRIPTORS = 3 + MAX_SLOTS


def unpacked(data: bytes) -> Order:
    """The order in `data`."""
    return Order(*_FIELDS.unpack(data))
