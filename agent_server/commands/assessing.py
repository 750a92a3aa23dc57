"""`edgewright assess`: the verdict on a run, or on a strategy that is run first; in this process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent_server.output import AsJson, Check, print_json
from agent_server.sources import source_of
from agent_server.traded_options import TradingOptions, with_trading_options
from engine.errors import InvalidInput
from tools.core import Core

if TYPE_CHECKING:
    from engine.research.assessment.document import Assessment


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(assess)


@with_trading_options
def assess(
    subject: Annotated[
        str, typer.Argument(help="A run, or what to run first: a .py file, a strategy id, library:NAME.")
    ],
    trading: TradingOptions,
    symbol: Annotated[str | None, typer.Option("--symbol", help="With a strategy: on which market.")] = None,
    interval: Annotated[
        str | None, typer.Option("--interval", help="With a strategy: on which bars.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of all random parts.", min=0)] = 0,
    report: Annotated[Path | None, typer.Option(help="Write the report, an .html file.")] = None,
    check: Check = False,
    as_json: AsJson = False,
) -> None:
    """Judge a run: accept, reject, or not enough evidence, with the reasons and what would change them.

    With --check anything but accept is exit code 1.
    """
    from agent_server.working import working
    from tools.assessment import assessed

    if report is not None and report.suffix.lower() != ".html":
        raise InvalidInput(f"The report cannot be written as {report.name}.", "End the name in .html.")
    with Core() as core:
        run_id = _run(core, subject, trading, symbol, interval)
        with working("Assessing") as work:
            assessment = assessed(core, run_id, seed, work)
        path = None if report is None else _write(core, assessment, report)
    if as_json:
        print_json(assessment)
    else:
        from agent_server.verdict_output import print_assessment

        print_assessment(assessment, report=str(path or ""))
    if check and assessment.verdict != "accept":
        raise typer.Exit(1)


def _run(core: Core, subject: str, trading: TradingOptions, symbol: str | None, interval: str | None) -> str:
    """Id of the run to judge; a strategy is run for it."""
    if subject.startswith("run_") and not Path(subject).exists():
        if symbol is not None or interval is not None or trading != TradingOptions():
            raise InvalidInput("A recorded run has its market and its settings.", "Leave the options out.")
        return subject
    if symbol is None or interval is None:
        raise InvalidInput(
            f"{subject} is no recorded run, and a strategy needs a market.", "Give --symbol and --interval."
        )
    from dataclasses import replace

    from tools.backtest import RunBacktest, backtest_request, laboratory
    from tools.registry import checked

    source = source_of(core, subject)
    arguments = {**source.arguments(), **trading.arguments(), "symbol": symbol, "interval": interval}
    asked = backtest_request(core, checked(RunBacktest, "assess", arguments))
    return laboratory(core).run(replace(asked, name=source.name)).document.run_id


def _write(core: Core, assessment: Assessment, path: Path) -> Path:
    from agent_server.reports import written
    from engine.research.artifacts import read_equity
    from engine.research.assessment_report.page import render_assessment

    runs = core.store.runs
    equity = read_equity(runs.artifact(assessment.run_id, "equity"))
    page = render_assessment(assessment, equity=equity, code=runs.get(assessment.run_id).code)
    return written(path, page.encode())
