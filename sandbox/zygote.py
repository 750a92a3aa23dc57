"""The warm parent of all children: holds the imported libraries, no data and no secret, and only forks.

It is executed (never forked from the server) with an empty environment, finds the project by the place
of this file, inherits one socket, and lives no longer than the thread that spawned it.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from sandbox.order import Order

ENDED = struct.Struct("<iqd")
READY, FORKED, BROKEN = b"ready", b"forked", b"broken"


def find_project() -> None:
    """Put the project's packages first on the path: `-P` and an empty environment have left them out."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def main(descriptor: int, host_pid: int) -> None:
    """Warm up, say so, and serve until the socket closes."""
    link = socket.socket(fileno=descriptor)
    try:
        from sandbox.warm import prepare, require_one_thread

        _die_with_parent(host_pid)
        prepare()
        require_one_thread()
    except BaseException as problem:
        link.send(BROKEN + f": {type(problem).__name__}: {problem}"[:500].encode("utf-8", "replace"))
        raise
    link.send(READY)
    serve(link)


def _die_with_parent(host_pid: int) -> None:
    from sandbox import kernel

    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)  # the children of a holder that was killed come here
    if os.getppid() != host_pid:
        raise RuntimeError("the host is gone")


def serve(link: socket.socket) -> None:
    """Fork a child per order; hand its handle to the host at once, and how it ended afterwards."""
    from sandbox.order import MAX_DESCRIPTORS, ORDER_BYTES, unpacked

    gc.collect()
    gc.freeze()
    gc.disable()
    while True:
        message, descriptors, _, _ = socket.recv_fds(link, ORDER_BYTES, MAX_DESCRIPTORS)
        if not message:
            return
        zygote_pid = os.getpid()
        pid = os.fork()
        if pid == 0:
            _become_child(unpacked(message), descriptors, zygote_pid)
        for descriptor in descriptors:
            os.close(descriptor)
        handle = os.pidfd_open(pid)
        socket.send_fds(link, [FORKED], [handle])
        os.close(handle)
        _, status, usage = os.wait4(pid, 0)
        _bury_orphans()
        link.send(ENDED.pack(status, usage.ru_maxrss, usage.ru_utime + usage.ru_stime))


def _bury_orphans() -> None:
    """Wait for what a killed holder left: it dies with it, by its own parent-death signal."""
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        return


def _become_child(order: Order, descriptors: list[int], zygote_pid: int) -> NoReturn:
    from sandbox import child, holder

    if order.slots:
        holder.hold(order, descriptors, zygote_pid)
    child.live(order, descriptors, zygote_pid)


if __name__ == "__main__":
    find_project()
    main(int(sys.argv[1]), int(sys.argv[2]))
