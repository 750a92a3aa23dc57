"""Commands from an idea to a run: generate, validate, backtest, demo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent_server.output import AsJson, Check, print_json, say
from agent_server.reports import report_kind, write_report
from agent_server.sources import source_of
from agent_server.traded_options import (
    Category,
    Interval,
    Symbol,
    TradingOptions,
    Venue,
    with_trading_options,
)
from engine.errors import InvalidInput
from tools.core import Core

if TYPE_CHECKING:
    from tools.agent import GeneratedStrategy


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (generate, validate, backtest, demo):
        app.command()(command)


def generate(
    idea: Annotated[str, typer.Argument(help="The idea in plain words.")],
    symbol: Annotated[str | None, typer.Option("--symbol")] = None,
    interval: Annotated[str | None, typer.Option("--interval")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the code to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write strategy code for an idea; says what it understood and what not."""
    from tools.agent import GenerateStrategy, generate_strategy

    with Core() as core:
        request = GenerateStrategy(idea=checked_idea(idea), symbol=symbol, interval=interval)
        answer = generate_strategy(core, request)
    if out is not None and answer.code is not None:
        out.write_text(answer.code, encoding="utf-8")
        say(f"Code: {out}")
    if as_json:
        print_json(answer)
        return
    _print_generated(answer)


def _print_generated(answer: GeneratedStrategy) -> None:
    if answer.question is not None:
        print(answer.question.text)
        for option in answer.question.options:
            print(f"  {option}")
        return
    say(f"Written by {answer.written_by}.")
    say(f"{answer.brief}\n")
    print(answer.code)
    if answer.validation is not None:
        say(f"Sandbox: {answer.validation.verdict}. Saved as {answer.name} ({answer.strategy_id}).")


def checked_idea(idea: str) -> str:
    """The idea, when it is one."""
    if not idea.strip():
        raise InvalidInput("The idea is empty.", 'Say it in words: "buy when RSI(14) drops below 30".')
    if len(idea) > 4000:
        raise InvalidInput(f"The idea has {len(idea)} characters.", "Say it in at most 4000.")
    return idea


def validate(
    strategy: Annotated[str, typer.Argument(help="A .py file, a strategy id, or library:NAME.")],
    replay: Annotated[bool, typer.Option("--replay/--no-replay", help="Look for look-ahead too.")] = True,
    symbol: Annotated[
        str | None, typer.Option("--symbol", help="Replay on its recorded bars, not on made-up ones.")
    ] = None,
    interval: Annotated[str | None, typer.Option("--interval", help="With --symbol.")] = None,
    venue: Venue = None,
    category: Category = None,
    check: Check = False,
    as_json: AsJson = False,
) -> None:
    """Judge strategy code: accepted, or rejected with line, column, rule and what to write instead.

    An accepted one is replayed without the future: clean, leaks, or undecided (which --check takes as a no).
    """
    from tools.lookahead import research_bars
    from tools.strategy import judged

    with Core() as core:
        code = source_of(core, strategy).code
        bars = research_bars(core, symbol, interval, venue, category)
        validation = core.loader.validate(code)
        answer = judged(core, code, validation, bars, replay)
    if as_json:
        print_json(answer)
    else:
        from agent_server.terminal import print_look_ahead, print_validation

        print_validation(validation)
        if answer.lookahead is not None:
            print_look_ahead(answer.lookahead)
    honest = answer.lookahead is None or answer.lookahead.verdict == "clean"
    if check and not (validation.verdict == "accepted" and honest):
        raise typer.Exit(1)


@with_trading_options
def backtest(
    strategy: Annotated[str, typer.Argument(help="A .py file, a strategy id, or library:NAME.")],
    symbol: Symbol,
    interval: Interval,
    trading: TradingOptions,
    report: Annotated[
        Path | None, typer.Option(help="Write a report: .html for a page, .png for a picture.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a strategy on recorded bars with fees, slippage and funding; leaves a run on record."""
    from dataclasses import replace

    from tools.backtest import RunBacktest, backtest_request, laboratory, shaped
    from tools.registry import checked

    if report is not None:
        report_kind(report)
    with Core() as core:
        source = source_of(core, strategy)
        series = {"symbol": symbol, "interval": interval}
        arguments = {**source.arguments(), **series, **trading.arguments()}
        request = checked(RunBacktest, "backtest", arguments)
        asked = backtest_request(core, request)
        completed = laboratory(core).run(replace(asked, name=source.name))
        answer = shaped(core.store.runs.get(completed.document.run_id), core, "stats")
        path = None if report is None else write_report(core, completed, report)
    if as_json:
        print_json(answer)
        return
    from agent_server.terminal import print_run

    card = answer.model_dump(mode="json", by_alias=True)
    print_run(card, completed.simulation.equity, report=str(path or ""))


def demo(
    idea: Annotated[str | None, typer.Argument(help="The idea in plain words.")] = None,
    symbol: Annotated[str, typer.Option("--symbol")] = "BTCUSDT",
    interval: Annotated[str, typer.Option("--interval")] = "1h",
    data: Annotated[Path | None, typer.Option("--data", help="A Parquet or CSV file of bars.")] = None,
    as_json: AsJson = False,
) -> None:
    """The whole way: idea, code, sandbox, backtest, report. Says which data it used and what wrote it."""
    from agent_server.demo import DEFAULT_IDEA, run_demo

    with Core() as core:
        finished = run_demo(core, checked_idea(idea or DEFAULT_IDEA), symbol, interval, data)
        path = write_report(core, finished.completed, None, finished.brief)
        answer = finished.answer
    if as_json:
        print_json(
            {
                "schema": 1,
                "idea": finished.idea,
                "data": finished.data,
                "written_by": finished.written_by,
                "report": str(path),
                "run": answer.model_dump(mode="json", by_alias=True),
            }
        )
        return
    from agent_server.terminal import print_run

    card = answer.model_dump(mode="json", by_alias=True)
    print_run(card, finished.completed.simulation.equity, report=str(path))
