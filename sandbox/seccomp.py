"""A seccomp filter that lists the few system calls a computation needs; all others answer EPERM.

There is no open, stat, socket, exec, clone, ptrace, kill, prctl or ioctl in the list, and no new
executable page can be made. The holder of a batch may, besides, fork plain children that raise the rest
of their own walls; each of them then takes the whole filter.
"""

from __future__ import annotations

import ctypes
import errno
import signal
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sandbox import kernel

# fmt: off
_CALLS = {
    "x86_64": {
        "read": 0, "write": 1, "close": 3, "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12,
        "rt_sigprocmask": 14, "rt_sigreturn": 15, "sched_yield": 24, "mremap": 25, "madvise": 28,
        "nanosleep": 35, "getpid": 39, "exit": 60, "gettimeofday": 96, "getrusage": 98, "sigaltstack": 131,
        "gettid": 186, "futex": 202, "sched_getaffinity": 204, "restart_syscall": 219, "clock_gettime": 228,
        "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231, "tgkill": 234, "getrandom": 318,
        "membarrier": 324, "rseq": 334,
    },
    "aarch64": {
        "read": 63, "write": 64, "close": 57, "lseek": 62, "mmap": 222, "mprotect": 226, "munmap": 215,
        "brk": 214, "rt_sigprocmask": 135, "rt_sigreturn": 139, "sched_yield": 124, "mremap": 216,
        "madvise": 233, "nanosleep": 101, "getpid": 172, "exit": 93, "gettimeofday": 169, "getrusage": 165,
        "sigaltstack": 132, "gettid": 178, "futex": 98, "sched_getaffinity": 123, "restart_syscall": 128,
        "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115, "exit_group": 94, "tgkill": 131,
        "getrandom": 278, "membarrier": 283, "rseq": 293,
    },
}
# What forks a child, waits for it, and lets it raise its own walls.
_FORKING = {
    "x86_64": {
        "clone": 56, "wait4": 61, "getppid": 110, "setitimer": 38, "prctl": 157, "prlimit64": 302,
        "seccomp": 317, "set_robust_list": 273,
    },
    "aarch64": {
        "clone": 220, "wait4": 260, "getppid": 173, "setitimer": 103, "prctl": 167, "prlimit64": 261,
        "seccomp": 277, "set_robust_list": 99,
    },
}
# fmt: on
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x4000_0000
_KILL, _ERRNO, _ALLOW = 0x8000_0000, 0x0005_0000, 0x7FFF_0000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCH_AT, _ARGUMENTS_AT = 0, 4, 16
_PROT_EXEC = 4
_SET_MODE_FILTER, _GET_ACTION_AVAIL, _FLAG_TSYNC = 1, 2, 1
_CHILD_SETTID, _CHILD_CLEARTID = 0x0100_0000, 0x0020_0000
_PLAIN_FORK = _CHILD_SETTID | _CHILD_CLEARTID | signal.SIGCHLD if kernel.LINUX else 0


@dataclass(frozen=True, slots=True)
class _Only:
    """A call that is allowed for some values of one argument."""

    argument: int
    values: tuple[int, ...]


def _step(code: int, if_true: int, if_false: int, value: int) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value & 0xFFFF_FFFF)


_ALLOWS, _DENIES = _step(_RETURN, 0, 0, _ALLOW), _step(_RETURN, 0, 0, _ERRNO | errno.EPERM)
_KILLS = _step(_RETURN, 0, 0, _KILL)


def filter_program(pid: int, machine: str) -> list[bytes]:
    """The BPF program for the process `pid`, which may signal (abort) only itself."""
    return [*_opening(machine), *_own_signals(pid, machine), *_child_part(machine)]


def holder_program(pid: int, machine: str) -> list[bytes]:
    """The same for the holder of a batch: it may also fork, as fork(2) does and in no other way."""
    return [*_opening(machine), *_own_signals(pid, machine), *_holder_part(machine)]


@cache
def _opening(machine: str) -> list[bytes]:
    """The right architecture, and the number of the call loaded."""
    program = [_step(_LOAD, 0, 0, _ARCH_AT), _step(_EQUAL, 1, 0, _AUDIT_ARCH[machine]), _KILLS]
    program.append(_step(_LOAD, 0, 0, _NUMBER_AT))
    if machine == "x86_64":
        program += [_step(_AT_LEAST, 0, 1, _X32_BIT), _KILLS]
    return program


def _own_signals(pid: int, machine: str) -> list[bytes]:
    return _deciding(_CALLS[machine]["tgkill"], _Only(0, (pid,)))


@cache  # all that the children of a holder have in common; only the line above differs
def _child_part(machine: str) -> list[bytes]:
    return _listed(_CALLS[machine], {})


@cache
def _holder_part(machine: str) -> list[bytes]:
    only = {
        "clone": _Only(0, (_PLAIN_FORK, signal.SIGCHLD)),
        "prctl": _Only(0, (kernel.PR_SET_PDEATHSIG, kernel.PR_GET_PDEATHSIG)),
        "prlimit64": _Only(0, (0,)),
    }
    return _listed(_CALLS[machine] | _FORKING[machine], only)


def _listed(calls: Mapping[str, int], only: Mapping[str, _Only]) -> list[bytes]:
    """Allow `calls`, some of them for some arguments only, and deny all others."""
    program: list[bytes] = []
    for name in ("mmap", "mprotect"):  # third argument: protection
        program += _if_call(calls[name], 2, [_step(_ANY_BIT, 0, 1, _PROT_EXEC), _DENIES, _ALLOWS])
    for name, condition in only.items():
        program += _deciding(calls[name], condition)
    decided = {"tgkill", "mmap", "mprotect", *only}
    for number in (number for name, number in calls.items() if name not in decided):
        program += [_step(_EQUAL, 0, 1, number), _ALLOWS]
    return [*program, _DENIES]


def _deciding(number: int, only: _Only) -> list[bytes]:
    chosen = [part for value in only.values for part in (_step(_EQUAL, 0, 1, value), _ALLOWS)]
    return _if_call(number, only.argument, [*chosen, _DENIES])


def _if_call(number: int, argument: int, decision: list[bytes]) -> list[bytes]:
    """For one call, a decision on the low half of an argument; `decision` ends the program."""
    skip = len(decision) + 1
    return [_step(_EQUAL, 0, skip, number), _step(_LOAD, 0, 0, _ARGUMENTS_AT + 8 * argument), *decision]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def apply_seccomp(steps: list[bytes]) -> None:
    """Put a filter on all threads of this process, for good, on top of what is there.

    Raises:
        OSError: the kernel refused.
    """
    text = ctypes.create_string_buffer(b"".join(steps))
    program = _Program(len(steps), ctypes.addressof(text))
    number = kernel.SYS_SECCOMP[kernel.MACHINE]
    kernel.syscall(number, ctypes.c_uint(_SET_MODE_FILTER), ctypes.c_uint(_FLAG_TSYNC), ctypes.byref(program))


def seccomp_available() -> bool:
    """True when this kernel takes filters that answer with an error number."""
    if not kernel.supported_machine():
        return False
    action = ctypes.c_uint32(_ERRNO)
    number = kernel.SYS_SECCOMP[kernel.MACHINE]
    try:
        kernel.syscall(number, ctypes.c_uint(_GET_ACTION_AVAIL), ctypes.c_uint(0), ctypes.byref(action))
    except OSError:
        return False
    return True
