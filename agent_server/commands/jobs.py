"""Commands on long work: jobs, worker."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from agent_server.output import AsJson, print_json
from engine.errors import Conflict
from tools.core import Core


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (jobs, worker):
        app.command()(command)


def jobs(
    limit: Annotated[int, typer.Option(help="At most this many.", min=1, max=200)] = 20,
    as_json: AsJson = False,
) -> None:
    """Long work that clients have handed in, newest first."""
    from tools.long_tool import JobPart

    with Core() as core:
        parts = [JobPart.of(record) for record in core.store.jobs.list(limit)]
    if as_json:
        print_json({"schema": 1, "jobs": [part.model_dump(mode="json") for part in parts]})
        return
    from agent_server.terminal import print_table

    print_table(
        "Jobs",
        ["job", "tool", "status", "done", "what it does", "since"],
        [
            [
                part.job_id,
                part.tool,
                part.status,
                f"{part.progress:.0%}",
                part.progress_text,
                part.created[:16],
            ]
            for part in parts
        ],
    )


def worker() -> None:
    """Do the jobs of this home in the foreground until Ctrl-C; otherwise a worker starts by itself."""
    from dataclasses import replace

    from tools.catalogue import REGISTRY
    from tools.jobs.worker import Pace, run_worker

    if not run_worker(REGISTRY, replace(Pace(), idle_s=math.inf)):
        raise Conflict(
            "There is a worker already.", "It ends itself when nothing comes; or leave the jobs to it."
        )
