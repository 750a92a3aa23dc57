"""Starting the worker process, with the settings of whoever starts it and out of reach of its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from tools.settings import Settings

_MAX_LOG = 1 << 20


def start_worker(settings: Settings, module: str) -> None:
    """Start a worker in a session of its own, which neither our end nor a client's signal reaches.

    It writes to `worker.log` in the home folder. A worker that finds its place taken ends at once.

    Raises:
        OSError: the log cannot be written.
    """
    path = settings.home / "worker.log"
    mode = "wb" if path.exists() and path.stat().st_size > _MAX_LOG else "ab"
    with path.open(mode) as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", module],
            env=environment_of(settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    threading.Thread(target=process.wait, name="worker-reaper", daemon=True).start()


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment in which another process has these very settings: secrets are in no argument."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    said = {
        f"EDGEWRIGHT_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in settings.model_dump(mode="json").items()
    }
    home = {"EDGEWRIGHT_HOME": str(settings.home.absolute())}
    return {**os.environ, **said, **home, "PYTHONPATH": os.pathsep.join(paths)}
