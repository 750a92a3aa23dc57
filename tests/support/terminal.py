"""Run the real command line in a process of its own, with a home folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Done:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout, which must be exactly one JSON document."""
        return json.loads(self.out)


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment for a child: this checkout, that home folder, no settings of the developer's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EDGEWRIGHT_")}
    return kept | {
        "EDGEWRIGHT_HOME": str(home),
        "EDGEWRIGHT_CONFIG": str(home / "none.toml"),
        "EDGEWRIGHT_BYBIT_HOST": "127.0.0.1:9",  # nobody listens: no test reaches the network
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "120",
        **more,
    }


def edgewright(
    home: Path, *arguments: str | Path, stdin: str | None = None, timeout: float = 120, **env: str
) -> Done:
    """Run `edgewright ARGUMENTS` and wait for its end."""
    finished = subprocess.run(
        [sys.executable, "-m", "agent_server.cli", *map(str, arguments)],
        env=environment(home, **env),
        cwd=home if home.is_dir() else ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Done(finished.returncode, finished.stdout, finished.stderr)


def served(home: Path, *messages: dict[str, Any], python: tuple[str, ...] = ()) -> tuple[list[Any], str]:
    """Replies of `edgewright mcp` to raw protocol messages, and what it wrote to stderr.

    Its stdin stays open until every request has its reply: a server may drop what is in flight at the end.
    """
    wanted = sum("id" in message for message in messages)
    with (home / "stderr.txt").open("w+", encoding="utf-8") as errors:
        with subprocess.Popen(
            [sys.executable, *python, "-m", "agent_server.cli", "mcp"],
            env=environment(home),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("".join(json.dumps(message) + "\n" for message in messages))
            process.stdin.flush()
            replies = [json.loads(process.stdout.readline()) for _ in range(wanted)]
        errors.seek(0)
        return replies, errors.read()
