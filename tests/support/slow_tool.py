"""A long tool whose work goes on when a test says so, and the processes that serve and do it.

`python -m tests.support.slow_tool` is its worker, `... server` an MCP server that offers it.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from engine.errors import InvalidInput
from tools.core import Core
from tools.jobs.worker import Pace, run_worker
from tools.long_tool import LongRequest, Work, long_tool
from tools.registry import ADDS, Answer, Registry, collect
from tools.system import cancel_job, get_job

MODULE = "tests.support.slow_tool"
PACE = Pace(idle_s=float(os.environ.get("SLOW_IDLE_S", "5")), lease_ms=600, beat_s=0.05, look_s=0.02)


class Count(LongRequest):
    """How far to count, and where the test opens the gates."""

    folder: Path
    to: int = 3
    fail: str = ""


class Counted(Answer):
    """Who counted."""

    counted: int
    pid: int


def _refuse_nothing_to_count(_core: Core, request: Count) -> None:
    if request.to < 1:
        raise InvalidInput(f"to = {request.to} is nothing to count.", "Give at least 1.")


@long_tool("test", "Count", ADDS, admit=_refuse_nothing_to_count)
def count(core: Core, request: Count, work: Work) -> Counted:
    """Count to a number, each step when its gate, a file of that number, is there; for tests of jobs."""
    with (request.folder / "begun").open("a") as begun:
        begun.write(f"{os.getpid()}\n")
    for step in range(1, request.to + 1):
        work.progress((step - 1) / request.to, f"before {step}")
        while not (request.folder / str(step)).exists():
            work.cancellation.check()
            time.sleep(0.002)
    if request.fail == "input":
        raise InvalidInput("It cannot be counted.", "Count something else.")
    if request.fail:
        raise RuntimeError(request.fail)
    return Counted(counted=request.to, pid=os.getpid())


SLOW: Registry = collect(count, get_job, cancel_job)


if __name__ == "__main__":
    from tests.support import slow_tool  # the module that other processes know, not __main__

    if "server" in sys.argv:
        from agent_server.mcp_server import serve_stdio

        with Core(worker_module=MODULE) as core:
            serve_stdio(core, slow_tool.SLOW)
    else:
        run_worker(slow_tool.SLOW, slow_tool.PACE)
