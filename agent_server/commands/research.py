"""Commands from an idea to a run: generate, validate, backtest, demo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent_server.model_options import SIZING_FORMS, SLIPPAGE_FORMS, sizing_option, slippage_option
from agent_server.output import AsJson, Check, print_json, read_text, say
from agent_server.reports import report_kind, write_report
from engine.errors import InvalidInput
from tools.core import Core

if TYPE_CHECKING:
    from tools.agent import GeneratedStrategy

Symbol = Annotated[str, typer.Option("--symbol", help="BTCUSDT, or venue:category:symbol.")]
Interval = Annotated[str, typer.Option("--interval", help="1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 1w")]
Venue = Annotated[str | None, typer.Option("--venue", help="Needed when several venues match.")]
Category = Annotated[str | None, typer.Option("--category", help="spot, linear or inverse.")]


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
        _, code, _ = _source(core, strategy)
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


def backtest(
    strategy: Annotated[str, typer.Argument(help="A .py file, a strategy id, or library:NAME.")],
    symbol: Symbol,
    interval: Interval,
    venue: Venue = None,
    category: Category = None,
    start: Annotated[str | None, typer.Option(help="First bar, ISO date, UTC, inclusive.")] = None,
    end: Annotated[str | None, typer.Option(help="End, ISO date, UTC, exclusive.")] = None,
    param: Annotated[list[str] | None, typer.Option(help="name=value; may be repeated.")] = None,
    fee_level: Annotated[str, typer.Option(help="Bybit's fee level: vip0 to vip5, supreme.")] = "vip0",
    taker_fee_bps: Annotated[float | None, typer.Option(help="Instead of the level's.")] = None,
    maker_fee_bps: Annotated[float | None, typer.Option(help="Instead of the level's.")] = None,
    slippage_bps: Annotated[float | None, typer.Option(help="How much worse a taker fill is; 1.")] = None,
    slippage_model: Annotated[
        str | None, typer.Option(help=f"Instead of --slippage-bps: {SLIPPAGE_FORMS}.")
    ] = None,
    no_funding: Annotated[bool, typer.Option("--no-funding", help="Charge no funding.")] = False,
    cash: Annotated[float, typer.Option(help="Start equity, quote currency.")] = 10_000.0,
    sizing: Annotated[str | None, typer.Option(help=f"How large entries are: {SIZING_FORMS}.")] = None,
    drawdown_limit: Annotated[
        float | None, typer.Option(help="Drawdown at which entries have shrunk to nothing.")
    ] = None,
    leverage: Annotated[float | None, typer.Option(help="Isolated margin with this leverage.")] = None,
    latency_bars: Annotated[int, typer.Option(help="Opens that an order misses on its way.")] = 0,
    participation: Annotated[
        float | None, typer.Option(help="Largest share of a bar's volume that fills take.")
    ] = None,
    filters: Annotated[
        bool, typer.Option("--filters", help="Round to the exchange's tick, lot and minimums.")
    ] = False,
    detail_interval: Annotated[
        str | None, typer.Option(help="Finer bars that tell the order inside a bar.")
    ] = None,
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
        name, code, strategy_id = _source(core, strategy)
        request = checked(
            RunBacktest,
            "backtest",
            {
                "code": None if strategy_id else code,
                "strategy_id": strategy_id,
                "symbol": symbol,
                "interval": interval,
                "venue": venue,
                "category": category,
                "start": start,
                "end": end,
                "params": parameters(param or []),
                "fee_level": fee_level,
                "maker_fee_bps": maker_fee_bps,
                "taker_fee_bps": taker_fee_bps,
                "slippage_bps": slippage_bps,
                "slippage": slippage_option("--slippage-model", slippage_model),
                "funding": not no_funding,
                "cash": cash,
                "sizing": sizing_option("--sizing", sizing),
                "drawdown_scaling": None if drawdown_limit is None else {"limit": drawdown_limit},
                "leverage": leverage,
                "latency_bars": latency_bars,
                "participation": participation,
                "use_filters": filters,
                "detail_interval": detail_interval,
            },
        )
        asked = backtest_request(core, request)
        completed = laboratory(core).run(replace(asked, name=name))
        answer = shaped(core.store.runs.get(completed.document.run_id), core, "stats")
        path = None if report is None else write_report(core, completed, report)
    if as_json:
        print_json(answer)
        return
    from agent_server.terminal import print_run

    card = answer.model_dump(mode="json", by_alias=True)
    print_run(card, completed.simulation.equity, report=str(path or ""))


def parameters(given: list[str]) -> dict[str, float]:
    """`name=value` pairs as numbers."""
    values: dict[str, float] = {}
    for pair in given:
        name, sign, text = pair.partition("=")
        try:
            values[name.strip()] = float(text)
        except ValueError:
            sign = ""
        if not sign or not name.strip():
            raise InvalidInput(f"--param {pair!r} is not name=number.", "Write --param fast=20.")
    return values


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


def _source(core: Core, strategy: str) -> tuple[str, str, str | None]:
    """Name, text and id of what a user named: a file, a saved strategy or one of the library."""
    from tools.strategy import LIBRARY_PREFIX, find_source

    if strategy.startswith((LIBRARY_PREFIX, "st_")) and not Path(strategy).exists():
        found = find_source(core, strategy, None)
        return found.name, found.code, strategy
    path = Path(strategy)
    return path.stem, read_text(path), None
