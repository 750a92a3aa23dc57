"""Memory that is handed over: an input that nobody can change, and a reply that nobody can resize."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass

_INPUT_SEALS = "F_SEAL_SEAL", "F_SEAL_SHRINK", "F_SEAL_GROW", "F_SEAL_WRITE"
_REPLY_SEALS = "F_SEAL_SEAL", "F_SEAL_SHRINK", "F_SEAL_GROW"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A memory: its descriptor, and its size in bytes."""

    descriptor: int
    size: int

    def close(self) -> None:
        """Let it go; whoever has mapped it keeps it."""
        os.close(self.descriptor)


def sealed_input(parts: Iterable[memoryview]) -> Sealed:
    """A sealed memory that holds `parts` one after the other; the caller closes it."""
    descriptor = os.memfd_create("input", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
    size = 0
    try:
        for part in parts:
            rest = part
            while len(rest):
                written = os.write(descriptor, rest)
                rest = rest[written:]
                size += written
        _seal(descriptor, _INPUT_SEALS)
    except BaseException:
        os.close(descriptor)
        raise
    return Sealed(descriptor, size)


@contextmanager
def sealed_reply(size: int) -> Generator[Sealed]:
    """A memory of `size` zeros that a child can never shrink under the reading host; closed at the end."""
    descriptor = os.memfd_create("reply", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
    try:
        os.ftruncate(descriptor, size)
        _seal(descriptor, _REPLY_SEALS)
        yield Sealed(descriptor, size)
    finally:
        os.close(descriptor)


def _seal(descriptor: int, names: tuple[str, ...]) -> None:
    wanted = 0
    for name in names:
        wanted |= int(getattr(fcntl, name))
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, wanted)
    if fcntl.fcntl(descriptor, fcntl.F_GET_SEALS) & wanted != wanted:
        raise OSError("the memory could not be sealed")
