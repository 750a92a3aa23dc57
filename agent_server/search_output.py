"""A search at the terminal: the best sets, what mattered, and where the rest is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_server.terminal import print_line, print_table, print_where, rounded, standard_output
from engine.backtest.report.format import plural
from engine.backtest.report.plain import one_line

if TYPE_CHECKING:
    from rich.console import Console

    from engine.research.findings import HeatMapPart
    from engine.research.search.document import RowPart
    from tools.optimization import Optimization

_SHOWN = 10
_FIGURES = ("total_return", "max_drawdown", "trades")


def print_search(answer: Optimization, console: Console | None = None) -> None:
    """The best sets first, then the parameters, the map, and the warnings."""
    out = console or standard_output()
    data, counts = answer.data, answer.counts
    print_line(out, one_line(answer.strategy.name), "bold")
    print_line(out, f"{data.instrument} {data.interval}, {data.start[:10]} to {data.end[:10]}")
    left_out = "".join(
        f", {number} {what}"
        for number, what in ((counts.infeasible, "against a constraint"), (counts.failed, "failed"))
        if number
    )
    early = ", stopped early" if answer.stopped_early else ""
    print_line(out, f"{plural(counts.evaluated, 'set')} run{left_out}{early}; each is a trial", "dim")
    out.print()
    objective = answer.objectives[0]
    _print_sets(out, f"Best by {objective}", answer, answer.top)
    if len(answer.objectives) > 1:
        out.print()
        _print_sets(out, "None beats these in all objectives", answer, answer.front)
    out.print()
    print_table(
        "Parameters",
        ["name", "low", "high", "importance"],
        [[axis.name, axis.low, axis.high, rounded(axis.importance)] for axis in answer.axes or ()],
        out,
    )
    if answer.heat_map is not None:
        _print_heat_map(out, answer.heat_map, objective)
    for warning in answer.warnings:
        print_line(out, f"Warning: {one_line(warning)}", "yellow")
    out.print()
    print_where(out, "search  ", answer.search_id)
    if answer.best is None:
        print_line(out, f"No set has a defined {objective}: there is no best one.", "bold yellow")
    else:
        print_where(out, "best run", answer.best.run_id)


def _print_sets(out: Console, title: str, answer: Optimization, rows: list[RowPart] | None) -> None:
    names = [axis.name for axis in answer.axes or ()]
    figures = list(dict.fromkeys((*answer.objectives, *_FIGURES)))
    print_table(
        title,
        [*names, *figures],
        [
            [
                *(rounded(row.params[name]) for name in names),
                *(rounded((row.metrics or {}).get(name)) for name in figures),
            ]
            for row in (rows or [])[:_SHOWN]
        ],
        out,
    )


def _print_heat_map(out: Console, heat_map: HeatMapPart, objective: str) -> None:
    """The cells that a set fell into; rows and columns without one are left out."""
    values = heat_map.values
    across = [i for i in range(len(heat_map.xs)) if any(row[i] is not None for row in values)]
    down = [i for i, row in enumerate(values) if any(value is not None for value in row)]
    out.print()
    print_table(
        f"{objective} by {heat_map.x} (across) and {heat_map.y} (down)",
        ["", *(f"{heat_map.xs[i]:g}" for i in across)],
        [[f"{heat_map.ys[j]:g}", *(rounded(values[j][i]) for i in across)] for j in down],
        out,
    )
