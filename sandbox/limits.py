"""What one run of an untrusted strategy may use."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20
MAX_LOG_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one job; each has its own message when it is met.

    Attributes:
        wall_s: seconds on the clock, from fork to result.
        cpu_s: seconds of processor time (rounded up to whole ones by the kernel).
        memory_bytes: address space beyond what the warm interpreter already holds.
        log_bytes: how much of what the strategy prints is kept (at most 16384).
    """

    wall_s: float = 10.0
    cpu_s: float = 10.0
    memory_bytes: int = 1 << 30
    log_bytes: int = 4096

    def __post_init__(self) -> None:
        if not 0 < self.wall_s <= 3600 or not 0 < self.cpu_s <= 3600:
            raise ValueError("wall_s and cpu_s are above 0 and at most 3600 seconds")
        if self.memory_bytes < 64 * MIB:
            raise ValueError("memory_bytes is at least 64 MiB")
        if not 0 <= self.log_bytes <= MAX_LOG_BYTES:
            raise ValueError(f"log_bytes is 0 to {MAX_LOG_BYTES}")


def shown_bytes(count: int) -> str:
    """A size in the largest unit that keeps it readable, e.g. `1 GiB`, `256 MiB`."""
    return f"{count / (1 << 30):g} GiB" if count >= 1 << 30 else f"{count / MIB:g} MiB"
