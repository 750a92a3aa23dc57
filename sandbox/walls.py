"""Which walls this machine offers, asked without starting anything; cheap to import and to call."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sandbox import kernel
from sandbox.kernel import NOBODY
from sandbox.seccomp import seccomp_available

HELP = (
    'Run Edgewright in a Linux container (docker run --rm -it -v "$PWD":/app -w /app python:3.12 bash) '
    "or in WSL2; `edgewright --trust-code COMMAND` runs it without walls, for those who insist."
)
MEND = (
    "Update the kernel or Edgewright and run `edgewright doctor --prove` until it holds, or work in another "
    "container or machine; please report it as docs/security.md says."
)
_TCP_ABI, _SIGNAL_ABI = 4, 6


@dataclass(frozen=True, slots=True)
class Wall:
    """One wall: whether it stands here, and what is known about it.

    `needed` is False for those that add depth where they exist but are covered by another one.
    """

    name: str
    present: bool
    detail: str
    needed: bool = True


def walls() -> tuple[Wall, ...]:
    """The walls in the order in which they are raised."""
    if not kernel.LINUX:
        return (Wall("system", False, "Linux only; a subprocess with a timeout is no isolation"),)
    machine = Wall("system", kernel.supported_machine(), f"Linux on {kernel.MACHINE}")
    return (machine, *_landlock(), _seccomp(), _sealing(), _pidfd(), _user())


def standing() -> bool:
    """True when every needed wall is present."""
    return all(wall.present for wall in walls() if wall.needed)


def missing() -> str:
    """The needed walls that are absent, named; empty when all stand."""
    return ", ".join(wall.name for wall in walls() if wall.needed and not wall.present)


def _landlock() -> tuple[Wall, ...]:
    abi = kernel.landlock_abi()
    detail = f"ABI {abi}" if abi else "not in this kernel (5.13 or newer, enabled at boot)"
    depth = "needs ABI {}; seccomp denies it as well"
    return (
        Wall("Landlock files", abi >= 1, detail),
        Wall("Landlock TCP", abi >= _TCP_ABI, detail if abi >= _TCP_ABI else depth.format(4), False),
        Wall(
            "Landlock signals", abi >= _SIGNAL_ABI, detail if abi >= _SIGNAL_ABI else depth.format(6), False
        ),
    )


def _seccomp() -> Wall:
    present = seccomp_available()
    return Wall("seccomp", present, "allow-list of system calls" if present else "no filters in this kernel")


def _sealing() -> Wall:
    import fcntl  # absent on Windows, where this is not reached

    try:
        descriptor = os.memfd_create("edgewright", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
    except (AttributeError, OSError) as problem:
        return Wall("sealed memory", False, f"memfd_create: {problem}")
    try:
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    except (AttributeError, OSError) as problem:
        return Wall("sealed memory", False, f"sealing: {problem}")
    finally:
        os.close(descriptor)
    return Wall("sealed memory", True, "bars go in and results come out through sealed memory")


def _pidfd() -> Wall:
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError) as problem:
        return Wall("pidfd", False, f"pidfd_open: {problem} (Linux 5.3 or newer)")
    return Wall("pidfd", True, "a child that overruns is killed by its own handle")


def _is_mapped(user: int) -> bool:
    """Whether a user id exists in this user name space."""
    with Path("/proc/self/uid_map").open(encoding="ascii") as table:
        ranges = [tuple(map(int, line.split())) for line in table]
    return any(first <= user < first + count for first, _, count in ranges)


def _user() -> Wall:
    if os.geteuid() == 0:
        mapped = _is_mapped(NOBODY)
        detail = "root is dropped to nobody" if mapped else f"user {NOBODY} does not exist in this container"
        return Wall("other user", mapped, detail)
    return Wall("other user", False, "the child keeps your user; Landlock and seccomp hold it", False)
