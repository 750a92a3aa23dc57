"""What the command line prints: results, tables, verdicts of the validator, errors, progress.

Plain text where the output is no terminal, no colour where NO_COLOR is set, readable from 40 columns on.
What users and strategies wrote never reaches the terminal with control codes in it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from engine.backtest.report.definitions import DEFINITIONS, Definition
from engine.backtest.report.format import compact, percent, plural
from engine.backtest.report.plain import one_line, visible
from engine.backtest.report.settings import trading_in_words
from engine.errors import EdgewrightError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from engine.strategy.port import Finding, Validation
    from tools.lookahead import LocatedFinding, LookAhead

Advance: TypeAlias = Callable[[float, float | None], None]


class Series(Protocol):
    """Numbers by position: a list or a numpy array."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> float: ...


_BLOCKS = "▁▂▃▄▅▆▇█"
_UNBROKEN = 250
_LOUD = "bold white on red"
_PER_TRADE = frozenset({"trades", "win_rate", "profit_factor", "expectancy"})


def standard_output() -> Console:
    """A console on standard output; where that is no terminal, lines are as long as they need to be."""
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_UNBROKEN)


def standard_error() -> Console:
    """A console on standard error."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def sparkline(values: Series, width: int) -> str:
    """At most `width` block characters from lowest to highest; each is the last value of its share."""
    if not len(values) or width < 1:
        return ""
    n = len(values)
    columns = min(width, n)
    shown = [float(values[(i + 1) * n // columns - 1]) for i in range(columns)]
    low, high = min(shown), max(shown)
    if high <= low:
        return _BLOCKS[len(_BLOCKS) // 2] * columns
    top = len(_BLOCKS) - 1
    return "".join(_BLOCKS[round((value - low) / (high - low) * top)] for value in shown)


def print_run(
    card: Mapping[str, Any], equity: Series, console: Console | None = None, *, report: str = ""
) -> None:
    """A run's metrics beside buy and hold, its equity as a sparkline, its warnings, and where it is.

    Args:
        card: the run document.
        equity: equity at each bar's close, quote currency.
        report: path of the HTML report; empty when none was written.
    """
    out = console or standard_output()
    strategy, data = card["strategy"], card["data"]
    print_line(out, one_line(str(strategy["name"])), "bold")
    print_line(out, f"{data['instrument']} {data['interval']}, {data['start'][:10]} to {data['end'][:10]}")
    print_line(out, f"{plural(data['bars'], 'bar')}, source: {data['source']}", "dim")
    settings = trading_in_words(card.get("trading") or {})
    if settings:
        print_line(out, f"Trades with {settings}", "dim")
    _print_banners(out, data)
    out.print()
    out.print(_metric_table(out, card))
    _print_band(out, card.get("band"))
    _print_sparkline(out, equity)
    for warning in card.get("warnings") or ():
        print_line(out, f"Warning: {one_line(str(warning))}", "yellow")
    out.print()
    print_where(out, "run   ", str(card["run_id"]))
    if report:
        print_where(out, "report", report)


def print_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], console: Console | None = None
) -> None:
    """A table of plain values; columns that hold only numbers are set right, None shows as a dash."""
    out = console or standard_output()
    if title:
        print_line(out, one_line(title), "bold")
    if not rows:
        print_line(out, "(none)", "dim")
        return
    table = _bare_table()
    for i, column in enumerate(columns):
        numeric = all(isinstance(row[i], int | float | None) for row in rows)
        table.add_column(_text(out, column, "dim"), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_text(out, _cell(value)) for value in row))
    out.print(table)


def print_validation(validation: Validation, console: Console | None = None) -> None:
    """The verdict on a strategy's text: its declared part, or each finding at its place."""
    out = console or standard_output()
    if validation.verdict == "accepted":
        print_line(out, "accepted", "bold green")
        if validation.spec is not None:
            _print_spec(out, validation)
    else:
        print_line(out, f"rejected: {plural(len(validation.findings), 'finding')}", "bold red")
        for finding in validation.findings:
            out.print()
            _print_finding(out, finding)
    for warning in validation.warnings:
        print_line(out, f"Warning: {one_line(warning)}", "yellow")
    if validation.log.strip():
        print_line(out, "It printed:", "dim")
        for line in visible(validation.log).rstrip("\n").split("\n"):
            print_line(out, f"  {line}", "dim")


_LOOK_AHEAD = {
    "clean": ("no look-ahead", "bold green"),
    "leaks": ("looks ahead", "bold red"),
    "undecided": ("look-ahead undecided", "bold yellow"),
}


def print_look_ahead(answer: LookAhead, console: Console | None = None) -> None:
    """The verdict of the replay, its reason, and the line that most likely looks ahead."""
    out = console or standard_output()
    title, style = _LOOK_AHEAD[answer.verdict]
    on = f" ({answer.cuts} cuts, {answer.runs} runs on {answer.bars})" if answer.bars else ""
    print_line(out, f"{title}{one_line(on)}", style)
    print_line(out, one_line(answer.reason))
    if answer.line is not None:
        out.print()
        _print_finding(out, answer.line)


def print_error(error: EdgewrightError, console: Console | None = None) -> None:
    """An error's message, then its hint, on standard error; nothing else."""
    out = console or standard_error()
    print_line(out, visible(error.message), "bold red")
    if error.hint:
        print_line(out, visible(error.hint))


@contextmanager
def progress(description: str, console: Console | None = None) -> Generator[Advance]:
    """A progress bar on standard error while the block runs; silent where that is no terminal.

    Yields a function to call with (done, total); a total of None means that it is not known yet.
    """
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    out = console or standard_error()
    if not out.is_terminal or out.is_dumb_terminal:
        yield lambda done, total: None  # noqa: ARG005 - the shape of Advance
        return
    what = TextColumn("{task.description}", markup=False)
    parts = (what, BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*parts, console=out, transient=True) as bar:
        task = bar.add_task(one_line(description), total=None)

        def advance(done: float, total: float | None) -> None:
            bar.update(task, completed=done, total=total)

        yield advance


def _print_banners(out: Console, data: Mapping[str, Any]) -> None:
    if data.get("synthetic"):
        print_line(out, "SYNTHETIC DATA: made up by a random generator; nothing here is evidence.", _LOUD)
    if data.get("includes_holdout"):
        print_line(
            out, f"HOLDOUT INCLUDED: this run has seen data from {data.get('holdout_from')} on.", _LOUD
        )


def _metric_table(out: Console, card: Mapping[str, Any]) -> Table:
    table = _bare_table()
    table.add_column("", overflow="fold")
    table.add_column(_text(out, "Strategy", "dim"), justify="right", no_wrap=True)
    table.add_column(_text(out, "Hold", "dim"), justify="right", no_wrap=True)
    for definition in DEFINITIONS:
        ours = _metric(definition, card["metrics"])
        theirs = "-" if definition.name in _PER_TRADE else _metric(definition, card["benchmark"])
        table.add_row(_text(out, definition.label), _text(out, ours, "bold"), _text(out, theirs, "dim"))
    return table


def _metric(definition: Definition, metrics: Mapping[str, Any]) -> str:
    return _ascii_signs(definition.shown(metrics.get(definition.name)))


def _print_band(out: Console, band: Mapping[str, Any] | None) -> None:
    """What the order of high and low inside the bars leaves open, where it leaves anything open."""
    if not band or not band["ambiguous_bars"]:
        return
    low, high = (_ascii_signs(percent(band[f"total_return_{end}"], signed=True)) for end in ("low", "high"))
    bars = plural(band["ambiguous_bars"], "bar")
    print_line(out, f"Inside bars: {low} to {high} ({bars} where the order decided)")


def _print_sparkline(out: Console, equity: Series) -> None:
    """The curve on a line of its own, first and last value around it where there is room."""
    if not len(equity) or not out.encoding.lower().startswith("utf"):
        return
    first, last = (_ascii_signs(compact(float(equity[i]))) for i in (0, len(equity) - 1))
    room = min(out.width, 100) - len(first) - len(last) - 2
    out.print()
    print_line(out, f"{first} {sparkline(equity, room)} {last}", "cyan")


def rounded(value: float | None) -> float | None:
    """A number of a table to four digits."""
    return None if value is None else float(f"{value:.4g}")


def print_where(out: Console, name: str, value: str) -> None:
    """A name and a value that is never broken, so that it can be copied."""
    out.print(_text(out, f"{name} {one_line(value)}"), soft_wrap=True)


def _print_spec(out: Console, validation: Validation) -> None:
    spec = validation.spec
    if spec is None:
        return
    if spec.hypothesis:
        print_line(out, one_line(spec.hypothesis), "italic")
    for parameter in spec.parameters:
        print_line(out, f"  {parameter.described()}")
    for constraint in spec.constraints:
        print_line(out, f"  {one_line(constraint)}")
    print_line(out, f"code hash {spec.code_hash}", "dim")


def _print_finding(out: Console, finding: Finding | LocatedFinding) -> None:
    """Place and rule, the source line with a caret, what is wrong, what would be right."""
    places = [f"line {finding.line}"] if finding.line is not None else []
    places += [f"column {finding.column}"] if finding.column is not None else []
    place = ", ".join(places)
    print_line(out, f"{place}: {one_line(finding.rule)}" if place else one_line(finding.rule), "bold")
    if finding.source_line.strip():
        for line in source_with_caret(finding.source_line, finding.column, out.width - 2):
            out.print(_text(out, f"  {line}", "cyan"), soft_wrap=True)
    print_line(out, f"  {one_line(finding.message)}")
    if finding.hint:
        print_line(out, f"  {one_line(finding.hint)}", "green")


def source_with_caret(source: str, column: int | None, width: int) -> list[str]:
    """The source line without its indentation, and a caret under `column` (from 1), both within `width`.

    A line that is too long is cut around the caret; without a column there is no caret.
    """
    from rich.cells import cell_len

    bare = source.rstrip()
    indent = len(bare) - len(bare.lstrip())
    shown = _code_line(bare[indent:])
    if column is None:
        return [_cut(shown, 0, width)]
    lead = len(_code_line(bare[indent : max(indent, column - 1)]))
    start = max(0, lead - width * 2 // 3) if cell_len(shown) > width else 0
    line = _cut(shown, start, width)
    return [line, " " * min(cell_len(shown[start:lead]), width - 1) + "^"]


def _code_line(text: str) -> str:
    return visible(text).replace("\t", "    ").replace("\n", " ")


def _cut(text: str, start: int, width: int) -> str:
    from rich.cells import set_cell_size

    return set_cell_size(text[start:], width).rstrip()


def _bare_table() -> Table:
    from rich.table import Table

    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)


def print_line(out: Console, text: str, style: str = "") -> None:
    """A paragraph on a console, broken at words on a terminal and left whole elsewhere."""
    out.print(_text(out, text, style), soft_wrap=not out.is_terminal)


def _text(out: Console, text: str, style: str = "") -> Text:
    """Text without markup, in characters that the output has; brackets in names are only brackets."""
    from rich.text import Text

    encodable = visible(text).encode(out.encoding, "replace").decode(out.encoding)
    return Text(encodable, style=style)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else one_line(str(value))


def _ascii_signs(text: str) -> str:
    """Plain minus and dash, which can be searched and parsed."""
    return text.replace("−", "-").replace("–", "-")
