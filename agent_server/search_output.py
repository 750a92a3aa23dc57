"""A search at the terminal: the best sets, what mattered, and where the rest is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_server.terminal import print_line, print_table, print_where, standard_output
from engine.backtest.report.format import plural
from engine.backtest.report.plain import one_line

if TYPE_CHECKING:
    from rich.console import Console

    from engine.research.assessment.document import HeatMapPart
    from engine.research.search.document import RowPart
    from tools.optimization import Optimization

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
    columns = [name for name in (*answer.objectives, *_FIGURES) if name]
    names = [axis.name for axis in answer.axes or ()]
    print_table(
        f"Best by {objective}",
        [*names, *columns],
        [[*(row.params[name] for name in names), *_figures(row, columns)] for row in answer.top or ()],
        out,
    )
    if len(answer.objectives) > 1:
        rows = answer.front or []
        print_table(
            "None beats these in all objectives",
            [*names, *columns],
            [[*(row.params[name] for name in names), *_figures(row, columns)] for row in rows],
            out,
        )
    out.print()
    print_table(
        "Parameters",
        ["name", "low", "high", "importance"],
        [[axis.name, axis.low, axis.high, axis.importance] for axis in answer.axes or ()],
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
        print_line(out, "Chosen as the best of many, it looks better than it is: assess it.")


def _figures(row: RowPart, columns: list[str]) -> list[float | None]:
    metrics = row.metrics or {}
    return [metrics.get(name) for name in columns]


def _print_heat_map(out: Console, heat_map: HeatMapPart, objective: str) -> None:
    out.print()
    print_table(
        f"{objective} by {heat_map.x} (across) and {heat_map.y} (down)",
        ["", *(f"{x:g}" for x in heat_map.xs)],
        [
            [f"{y:g}", *("-" if value is None else f"{value:.2f}" for value in row)]
            for y, row in zip(heat_map.ys, heat_map.values, strict=True)
        ],
        out,
    )
