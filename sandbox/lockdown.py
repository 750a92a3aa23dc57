"""Locks the running process down for good: the walls between generated code and the machine.

Call it in a freshly forked child with one thread, after everything it will import is imported and
everything it will write to is mapped. Every step is verified by asking the kernel or by trying the
forbidden thing; whatever is missing raises `WallMissing`, and the caller must then end the process.
"""

from __future__ import annotations

import ctypes
import errno
import math
import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path

from sandbox import kernel
from sandbox.kernel import NOBODY
from sandbox.landlock import apply_landlock
from sandbox.seccomp import apply_seccomp, filter_program, holder_program

_LAST_CAPABILITY = 63
_AF_INET, _SOCK_STREAM = 2, 1
_KEPT = 3  # the one descriptor of a holder


class WallMissing(Exception):
    """A wall could not be raised, or does not hold; the text names it."""


def lock_down(memory_bytes: int, cpu_s: float, parent_pid: int) -> None:
    """Raise every wall around this process.

    Args:
        memory_bytes: address space beyond what is mapped now.
        cpu_s: processor seconds.
        parent_pid: the process whose death must end this one.

    Raises:
        WallMissing: names the step.
    """
    _step("one thread", _one_thread)
    _step("descriptors", _close_everything)
    _step("limits", lambda: _limit(memory_bytes))
    _step("processor time", lambda: _limit_processor(cpu_s))
    _step("user", _drop_root)
    _step("no processes", lambda: _set_limit(resource.RLIMIT_NPROC, 0))
    _step("process flags", lambda: _flags(parent_pid))
    _step("Landlock", _landlock)
    _step("no descriptors", lambda: _set_limit(resource.RLIMIT_NOFILE, 0))
    _step("seccomp", lambda: _seccomp(filter_program(os.getpid(), kernel.MACHINE)))


def lock_down_holder(memory_bytes: int, parent_pid: int, link: int) -> int:
    """Raise every wall around the holder of a batch but two: it may fork, and its time is its host's affair.

    It keeps the descriptor `link`, and no other; returns its new number.

    Raises:
        WallMissing: names the step.
    """
    _step("one thread", _one_thread)
    _step("descriptors", lambda: _close_everything(link))
    _step("limits", lambda: _limit(memory_bytes))
    _step("user", _drop_root)
    _step("process flags", lambda: _flags(parent_pid))
    _step("Landlock", _landlock)
    _step("no descriptors", lambda: _set_limit(resource.RLIMIT_NOFILE, 0))
    _step("seccomp", lambda: _seccomp(holder_program(os.getpid(), kernel.MACHINE)))
    return _KEPT


def lock_down_forked(cpu_s: float, holder_pid: int) -> None:
    """Raise, in a child of a locked holder, the walls that the holder did not have.

    Raises:
        WallMissing: names the step.
    """
    _step("descriptors", lambda: os.close(_KEPT))
    _step("processor time", lambda: _limit_processor(cpu_s))
    _step("no processes", lambda: _set_limit(resource.RLIMIT_NPROC, 0))
    _step("parent", lambda: _die_with(holder_pid))
    _step("seccomp", lambda: apply_seccomp(filter_program(os.getpid(), kernel.MACHINE)))
    _step("seccomp", lambda: _require(_refused(_read_limit, errno.EPERM), "what the holder may is allowed"))


def _step(name: str, apply: Callable[[], None]) -> None:
    try:
        apply()
    except (OSError, ValueError) as problem:
        raise WallMissing(f"{name}: {problem}") from problem


def _require(holds: bool, text: str) -> None:
    if not holds:
        raise WallMissing(text)


def _one_thread() -> None:
    # Landlock binds only the calling thread, so a second one would stay free.
    tasks = len(list(Path("/proc/self/task").iterdir()))
    _require(tasks == 1, f"the process has {tasks} threads")


def _close_everything(keep: int | None = None) -> None:
    os.environ.clear()
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    if keep is not None and keep != _KEPT:
        os.dup2(keep, _KEPT)
    first = _KEPT if keep is None else _KEPT + 1
    os.closerange(first, _highest_descriptor() + 1)
    _require(_highest_descriptor() <= first, "a descriptor stayed open")  # the last is the listing's own


def _highest_descriptor() -> int:
    return max(int(name) for name in os.listdir("/proc/self/fd"))  # noqa: PTH208 - names, not paths


def _limit(memory_bytes: int) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    _set_limit(resource.RLIMIT_AS, pages * resource.getpagesize() + memory_bytes)
    for kind in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_MEMLOCK):
        _set_limit(kind, 0)


def _limit_processor(cpu_s: float) -> None:
    seconds = math.ceil(cpu_s)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    _require(resource.getrlimit(resource.RLIMIT_CPU) == (seconds, seconds + 1), "no CPU limit")


def _set_limit(kind: int, value: int) -> None:
    resource.setrlimit(kind, (value, value))
    _require(resource.getrlimit(kind) == (value, value), f"limit {kind} does not hold")


def _drop_root() -> None:
    if os.geteuid() == 0:
        for capability in range(_LAST_CAPABILITY + 1):
            _drop_capability(capability)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    _require(0 not in (*os.getresuid(), *os.getresgid()), "still root")
    _require(kernel.effective_capabilities() == 0, "still holds capabilities")


def _drop_capability(capability: int) -> None:
    try:
        kernel.prctl(kernel.PR_CAPBSET_DROP, capability)
    except OSError as problem:
        # EINVAL: above this kernel's last one. EPERM: a root without CAP_SETPCAP, as in some containers;
        # the change of user drops what it holds, and that is verified.
        if problem.errno not in (errno.EINVAL, errno.EPERM):
            raise


def _flags(parent_pid: int) -> None:
    # After the change of user, which clears the first two.
    _die_with(parent_pid)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    _require(kernel.prctl(kernel.PR_GET_DUMPABLE) == 0, "could be dumped")
    _require(kernel.prctl(kernel.PR_GET_NO_NEW_PRIVS) == 1, "could gain privileges")


def _die_with(parent_pid: int) -> None:
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    _require(kernel.parent_death_signal() == signal.SIGKILL, "would outlive its parent")
    _require(os.getppid() == parent_pid, "the parent is gone")


def _landlock() -> None:
    apply_landlock()
    _require(_refused(lambda: os.open("/", os.O_RDONLY | os.O_DIRECTORY), errno.EACCES), "/ can be read")
    _require(_refused(lambda: os.open("/dev/null", os.O_WRONLY), errno.EACCES), "files can be written")


def _seccomp(program: list[bytes]) -> None:
    apply_seccomp(program)
    _require(_refused(_open_socket, errno.EPERM), "a socket can be made")
    _require(_refused(lambda: os.open("/", os.O_RDONLY), errno.EPERM), "open is allowed")
    _require(_refused(lambda: os.kill(os.getpid(), 0), errno.EPERM), "signals can be sent")


def _open_socket() -> int:
    family, kind = ctypes.c_int(_AF_INET), ctypes.c_int(_SOCK_STREAM)
    return kernel.syscall(kernel.SYS_SOCKET[kernel.MACHINE], family, kind, ctypes.c_int(0))


def _read_limit() -> object:
    return resource.getrlimit(resource.RLIMIT_CPU)


def _refused(attempt: Callable[[], object], code: int) -> bool:
    try:
        attempt()
    except OSError as problem:
        return problem.errno == code
    return False
