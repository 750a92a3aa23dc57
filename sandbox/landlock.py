"""Landlock with no rule at all: nothing in the file system, no TCP, no signal or abstract socket outside."""

from __future__ import annotations

import ctypes
import os
import struct

from sandbox import kernel

# How many file-system rights each ABI knows (bits from 0 upward); 5 added IOCTL_DEV.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_FILE_RIGHTS_NOW = 16
_TCP_ABI, _SCOPE_ABI = 4, 6


def apply_landlock() -> int:
    """Deny this thread every right that this kernel's Landlock handles; returns the ABI.

    Needs NO_NEW_PRIVS, a single thread, and one free descriptor.

    Raises:
        OSError: the kernel has no Landlock, or refused.
    """
    abi = kernel.landlock_abi()
    if abi < 1:
        raise OSError("this kernel has no Landlock")
    ruleset = _ruleset(abi)
    descriptor = kernel.syscall(
        kernel.SYS_LANDLOCK_CREATE_RULESET,
        ctypes.c_char_p(ruleset),
        ctypes.c_size_t(len(ruleset)),
        ctypes.c_uint32(0),
    )
    try:
        kernel.syscall(kernel.SYS_LANDLOCK_RESTRICT_SELF, ctypes.c_int(descriptor), ctypes.c_uint32(0))
    finally:
        os.close(descriptor)
    return abi


def _ruleset(abi: int) -> bytes:
    files = (1 << _FILE_RIGHTS.get(abi, _FILE_RIGHTS_NOW)) - 1
    tcp = 0b11 if abi >= _TCP_ABI else 0
    scope = 0b11 if abi >= _SCOPE_ABI else 0
    size = 24 if abi >= _SCOPE_ABI else 16 if abi >= _TCP_ABI else 8
    return struct.pack("=QQQ", files, tcp, scope)[:size]
