"""A home folder whose long work waits at gates that a test opens, and what is to be seen of its workers."""

from __future__ import annotations

from pathlib import Path

from tests.support.processes import wait_until
from tests.support.slow_tool import MODULE, SLOW
from tools.core import Core
from tools.settings import Settings

COUNT, GET, CANCEL = (SLOW.get(name) for name in ("count", "get_job", "cancel_job"))


def core_at(home: Path, **settings: object) -> Core:
    """A core whose jobs the slow tool's worker does."""
    return Core(Settings(home=home, **settings), worker_module=MODULE)


class SlowPlace:
    """Calls of the slow tool in a home folder, and its gates."""

    def __init__(self, home: Path, core: Core) -> None:
        self.home, self.core = home, core

    def call(self, **arguments: object) -> dict:
        """An answer of `count`."""
        said = {"folder": str(self.home), "wait_s": 0, **arguments}
        return COUNT.call(self.core, said).model_dump(mode="json")

    def cancel(self, job_id: str) -> dict:
        """What cancelling a job answers."""
        return CANCEL.call(self.core, {"job_id": job_id}).model_dump(mode="json")

    def job(self, job_id: str, wait_s: float = 0) -> dict:
        """What asking for a job answers."""
        return GET.call(self.core, {"job_id": job_id, "wait_s": wait_s}).model_dump(mode="json")

    def open(self, *steps: int) -> None:
        """Open the gates of these steps."""
        for step in steps:
            (self.home / str(step)).touch()

    @property
    def begun(self) -> list[int]:
        """Process ids of those who began to count."""
        path = self.home / "begun"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def begins(self, times: int = 1) -> int:
        """Wait until counting began so often; the process id of the last."""
        wait_until(lambda: len(self.begun) >= times)
        return self.begun[-1]


def alive(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
