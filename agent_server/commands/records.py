"""Commands on what is on record: runs, show, reproduce, report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent_server.output import AsJson, Check, print_json
from agent_server.reports import write_picture, write_report
from tools.core import Core


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (runs, show, reproduce, report):
        app.command()(command)


def runs(
    limit: Annotated[int, typer.Option(help="At most this many.", min=1, max=200)] = 20,
    as_json: AsJson = False,
) -> None:
    """Recorded runs, newest first."""
    from tools.backtest import ListRuns, list_runs

    with Core() as core:
        answer = list_runs(core, ListRuns(limit=limit))
    if as_json:
        print_json(answer)
        return
    from agent_server.terminal import print_table

    print_table(
        "Runs",
        ["run", "strategy", "instrument", "interval", "return", "Sharpe", "drawdown", "trades"],
        [
            [
                run.run_id,
                run.name,
                run.instrument,
                run.interval,
                f"{run.total_return:+.1%}",
                "" if run.sharpe is None else f"{run.sharpe:.2f}",
                f"{run.max_drawdown:.1%}",
                str(run.trades),
            ]
            for run in answer.runs
        ],
    )


def show(run_id: str, as_json: AsJson = False) -> None:
    """One recorded run."""
    from tools.backtest import equity_columns, shaped

    with Core() as core:
        answer = shaped(core.store.runs.get(run_id), core, "full" if as_json else "stats")
        equity = equity_columns(core, run_id)["equity"]
    if as_json:
        print_json(answer)
        return
    from agent_server.terminal import print_run

    print_run(answer.model_dump(mode="json", by_alias=True), equity)


def reproduce(run_id: str, check: Check = False, as_json: AsJson = False) -> None:
    """Run a recorded backtest again and say whether the same numbers come out."""
    from dataclasses import asdict

    from engine.research.reproduction import reproduce as run_again
    from tools.backtest import laboratory

    with Core() as core:
        answer = run_again(laboratory(core), run_id)
    if as_json:
        print_json({"schema": 1, **asdict(answer)})
    else:
        print(f"{answer.verdict}: {run_id}")
        for difference in answer.differences:
            print(f"  {difference}")
    if check and answer.verdict == "different":
        raise typer.Exit(1)


def report(
    run_id: str,
    out: Annotated[Path | None, typer.Option(help="The HTML file; default in the reports folder.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Write an SVG overview to this file instead.")] = None,
) -> None:
    """Write the HTML report of a recorded run (it is run again for that)."""
    from engine.research.reproduction import rerun
    from tools.backtest import laboratory

    with Core() as core:
        completed = rerun(laboratory(core), run_id)
        path = write_report(core, completed, out) if picture is None else write_picture(completed, picture)
    print(path)
