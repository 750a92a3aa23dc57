"""Commands of `edgewright data`: import, sync, list, coverage."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from agent_server.output import AsJson, print_json, say
from engine.backtest.report.format import plural
from engine.errors import InvalidInput
from engine.market.coverage import SeriesKind, SeriesReport
from engine.market.filters import Filters
from engine.market.instrument import Instrument, parse_category, parse_instrument
from engine.market.interval import format_instant, parse_instant, parse_interval
from tools.core import Core

app = typer.Typer(help="Market data on this machine.", no_args_is_help=True)


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A Parquet, CSV or zip file, or a folder of them.")],
    symbol: Annotated[str | None, typer.Option("--symbol")] = None,
    interval: Annotated[str | None, typer.Option("--interval")] = None,
    venue: Annotated[str | None, typer.Option("--venue")] = None,
    category: Annotated[str | None, typer.Option("--category")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="bars, mark, index or funding.")] = None,
    as_json: AsJson = False,
) -> None:
    """Import bars or funding from files; the same again changes nothing."""
    from agent_server.terminal import progress
    from engine.market.sources.files import import_path

    with Core() as core, progress(f"Importing {path.name}") as advance:
        report = import_path(
            core.lake,
            path,
            symbol=symbol,
            interval=parse_interval(interval) if interval else None,
            venue=venue,
            category=parse_category(category) if category else None,
            kind=_kind(kind) if kind else None,
            progress=lambda at: advance(at.number, at.files),
        )
    series = [_shown(entry) for entry in report.series]
    notes = list(report.notes)
    skipped = [{"file": file, "reason": reason} for file, reason in report.skipped]
    failed = [{"file": file, "message": message} for file, message in report.failed]
    if as_json:
        print_json({"schema": 1, "series": series, "notes": notes, "skipped": skipped, "failed": failed})
    else:
        _print_series("Imported", series, ("added", "bars"))
        for note in notes:
            say(note)
        for entry in skipped:
            say(f"skipped {entry['file']}: {entry['reason']}")
    for entry in failed:
        say(f"failed  {entry['file']}: {entry['message']}")
    if failed:
        raise typer.Exit(1)


def _kind(text: str) -> SeriesKind:
    try:
        return SeriesKind(text.strip().lower())
    except ValueError:
        raise InvalidInput(f"There is no kind {text!r}.", f"Kinds: {', '.join(SeriesKind)}.") from None


@app.command()
def sync(
    symbol: Annotated[str, typer.Argument(help="BTCUSDT, or venue:category:symbol.")],
    interval: Annotated[str, typer.Argument(help="1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 1w")],
    start: Annotated[str, typer.Option("--start", help="ISO date, UTC.")],
    end: Annotated[str | None, typer.Option("--end", help="ISO date, UTC; default now.")] = None,
    category: Annotated[str, typer.Option("--category")] = "linear",
    as_json: AsJson = False,
) -> None:
    """Fetch bars from Bybit's public API; funding and mark prices come along for perpetuals, and order
    filters and risk tiers as they are today."""
    from agent_server.terminal import progress
    from engine.market.sources.sync import sync as synchronise

    full = ":" in symbol
    instrument = (
        parse_instrument(symbol) if full else Instrument("bybit", parse_category(category), symbol.upper())
    )
    with Core() as core, progress(f"Fetching {instrument} {interval}") as advance:
        report = synchronise(
            core.lake,
            core.bybit,
            instrument,
            parse_interval(interval),
            start_ms=parse_instant(start, "--start"),
            end_ms=parse_instant(end, "--end") if end else None,
            progress=lambda at: advance(at.done_ms, at.total_ms),
        )
    series = [_shown(entry) for entry in report.series]
    rules = {"filters": _filters(report.rules.filters), "risk_tiers": len(report.rules.tiers)}
    if as_json:
        print_json({"schema": 1, "series": series, "rules": rules})
    else:
        _print_series("Fetched", series, ("added", "bars"))
        say(f"Order filters kept, and {plural(len(report.rules.tiers), 'risk tier')}.")


def _filters(filters: Filters) -> dict[str, float | None]:
    """The filters; null where there is no largest order."""
    return {name: value if math.isfinite(value) else None for name, value in asdict(filters).items()}


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every series in the lake."""
    _coverage(None, as_json)


@app.command()
def coverage(
    symbol: Annotated[str | None, typer.Argument(help="Only this symbol.")] = None, as_json: AsJson = False
) -> None:
    """Spans and gaps of the series in the lake."""
    _coverage(symbol, as_json)


def _coverage(symbol: str | None, as_json: bool) -> None:
    from tools.market import GetDataCoverage, get_data_coverage

    with Core() as core:
        answer = get_data_coverage(core, GetDataCoverage(symbol=symbol))
    if as_json:
        print_json(answer)
    elif not answer.series:
        say(f"No data yet. Add some: {answer.how_to_add}")
    else:
        _print_series(
            "Lake", [entry.model_dump() for entry in answer.series], ("rows", "start", "end", "missing")
        )


def _shown(entry: SeriesReport) -> dict[str, Any]:
    return {
        "instrument": str(entry.instrument),
        "kind": str(entry.kind),
        "interval": None if entry.interval is None else str(entry.interval),
        "added": entry.added,
        "known": entry.known,
        "bars": entry.total,
        "gaps": [{"start": format_instant(g.start_ms), "missing": g.missing} for g in entry.gaps],
        "start": format_instant(entry.start_ms),
        "end": format_instant(entry.end_ms),
    }


def _print_series(title: str, series: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    from agent_server.terminal import print_table

    print_table(
        title,
        ["instrument", "kind", "interval", *columns],
        [
            [str(entry["instrument"]), str(entry["kind"]), str(entry["interval"] or "")]
            + [_cell(entry[name]) for name in columns]
            for entry in series
        ],
    )


def _cell(value: object) -> object:
    """Instants to the minute; everything else as it is."""
    return value[:16].replace("T", " ") if isinstance(value, str) and value.endswith("Z") else value
