"""The few Linux calls that the standard library lacks, through ctypes; importable on every system."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import sys
from typing import Any

NOBODY = 65534
LINUX = sys.platform == "linux"
MACHINE = platform.machine()

# Numbers that differ between the two architectures; Landlock's are the same on both.
SYS_SECCOMP = {"x86_64": 317, "aarch64": 277}
SYS_SOCKET = {"x86_64": 41, "aarch64": 198}
SYS_CAPGET = {"x86_64": 125, "aarch64": 90}
SYS_LANDLOCK_CREATE_RULESET = 444
SYS_LANDLOCK_RESTRICT_SELF = 446

PR_SET_PDEATHSIG, PR_GET_PDEATHSIG = 1, 2
PR_GET_DUMPABLE, PR_SET_DUMPABLE = 3, 4
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS = 38, 39

_libc: Any = ctypes.CDLL(None, use_errno=True) if LINUX else None
if LINUX:
    _libc.syscall.restype = ctypes.c_long


def supported_machine() -> bool:
    """True on the systems that the walls are written for."""
    return LINUX and MACHINE in SYS_SECCOMP


def syscall(number: int, *arguments: Any) -> int:
    """A raw system call.

    Raises:
        OSError: it failed.
    """
    result = int(_libc.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"system call {number}: {os.strerror(code)}")
    return result


def prctl(*arguments: int) -> int:
    """prctl(2).

    Raises:
        OSError: it failed.
    """
    padded = (*arguments, 0, 0, 0, 0)[:5]
    result = int(_libc.prctl(*[ctypes.c_ulong(value) for value in padded]))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"prctl{arguments}: {os.strerror(code)}")
    return result


def parent_death_signal() -> int:
    """The signal that this process gets when its parent dies; 0 for none."""
    value = ctypes.c_int(0)
    if _libc.prctl(PR_GET_PDEATHSIG, ctypes.byref(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_GET_PDEATHSIG)")
    return value.value


def effective_capabilities() -> int:
    """Bit mask of this process's effective and permitted capabilities; 0 means none."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)()
    syscall(SYS_CAPGET[MACHINE], header, data)
    effective, permitted = data[0] | data[3] << 32, data[1] | data[4] << 32
    return int(effective | permitted)


def landlock_abi() -> int:
    """Version of Landlock in this kernel; 0 when there is none."""
    if not LINUX:
        return 0
    try:
        return max(0, syscall(SYS_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1)))
    except OSError as problem:
        if problem.errno in (errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM):
            return 0
        raise
