"""The parameters around the chosen ones: what one step changes, and the map over two of them."""

from __future__ import annotations

from engine.backtest.report.chart import picture
from engine.backtest.report.format import number, percent, plural
from engine.backtest.report.html import Markup, el
from engine.backtest.report.section import section
from engine.research.assessment.document import Assessment
from engine.research.assessment_report.heat_map import Cells, heat_canvases, heat_plot
from engine.research.assessment_report.words import amount
from engine.research.findings import HeatMapPart, NeighboursPart


def neighbourhood_section(assessment: Assessment) -> Markup:
    """The steps around the chosen set and the heat map, as far as there are any."""
    neighbours, heat_map, name = assessment.neighbours, assessment.heat_map, "Parameter neighbourhood"
    if neighbours is None and heat_map is None:
        return section("neighbours", name, "The strategy has no parameters to vary.")
    cells = Cells(heat_map, assessment.params) if heat_map is not None and _filled(heat_map) else None
    told = [neighbours_in_words(neighbours)] if neighbours else []
    said = " ".join([*told, map_in_words(cells)] if cells else told)
    if cells is None:
        return section("neighbours", name, said)
    title = f"Sharpe ratio by {cells.part.x} and {cells.part.y}"
    drawn = [
        picture(canvas, "heat", title, said, heat_plot(canvas, cells)) for canvas in heat_canvases(cells.part)
    ]
    return section("neighbours", name, said, el("figure", *drawn), el("p", _note(cells), class_="note"))


def neighbours_in_words(part: NeighboursPart) -> str:
    """What the sets one step away come to."""
    median, worst = number(part.median_sharpe), number(part.worst_sharpe)
    return (
        f"Of {plural(part.sets, 'parameter set')} one step around the chosen one, "
        f"{percent(part.share_profitable, 0)} gained; their median Sharpe ratio is {median}, "
        f"the worst {worst}."
    )


def map_in_words(cells: Cells) -> str:
    """Where the map is highest, and where the chosen set lies in it."""
    best = cells.best
    part = cells.part
    if best is None:
        return f"The Sharpe ratio over {part.x} and {part.y} is nowhere defined."
    column, row = best
    text = (
        f"Over {part.x} and {part.y} the Sharpe ratio is highest, {number(part.values[row][column])}, at "
        f"{part.x} {amount(part.xs[column])} and {part.y} {amount(part.ys[row])}"
    )
    if cells.chosen is None:
        return f"{text}."
    column, row = cells.chosen
    return f"{text}; the chosen set's cell has {number(part.values[row][column])}."


def _note(cells: Cells) -> str:
    text = (
        "Blue: above zero, rust: below, the deeper the larger; the best of all other parameters in each cell."
    )
    return f"{text} Framed: the chosen set." if cells.chosen is not None else text


def _filled(part: HeatMapPart) -> bool:
    return bool(part.xs and part.ys)
