"""The parts of the report below its head: each a heading, a sentence in words, and a figure or table."""

from __future__ import annotations

from engine.backtest.report.card import RunCard
from engine.backtest.report.chart import Canvas, narrow, wide
from engine.backtest.report.distribution import distribution_picture, spread_in_words
from engine.backtest.report.equity import drawdown_picture, equity_picture, equity_scale, fall_in_words
from engine.backtest.report.format import number
from engine.backtest.report.html import Child, Markup, el, escape
from engine.backtest.report.marks import glyph
from engine.backtest.report.months import month_table, months_in_words
from engine.backtest.report.plain import visible
from engine.backtest.report.price import price_picture
from engine.backtest.report.series import drawdowns, monthly_returns
from engine.backtest.report.tables import (
    card_table,
    cost_table,
    costs_in_words,
    metric_table,
    open_position_in_words,
    parameter_table,
    trade_tables,
)
from engine.backtest.result import Simulation
from engine.market.bars import Bars

EQUITY_HEIGHT = 300
_MARKS = {
    "long": "long entry",
    "short": "short entry",
    "exit": "exit",
    "win": "net gain",
    "loss": "net loss",
    "open": "still open",
}


def section(key: str, title: str, said: str, *content: Child) -> Markup:
    """A part of the page under its own heading, with a sentence on what it shows."""
    heading = el("h2", title, id=f"{key}-heading")
    sentence = el("p", said, class_="said") if said else None
    return el("section", heading, sentence, *content, aria_labelledby=f"{key}-heading")


def price_section(bars: Bars, simulation: Simulation) -> Markup:
    """Price with trades, a key to the marks, and how many trades are marked."""
    pictures: list[Markup] = []
    for canvas in _canvases(400, 300):
        drawn, plot = price_picture(canvas, bars, simulation)
        pictures += [drawn, el("p", plot.long_note, class_=f"note {canvas.name}")]
    items = [
        el("li", glyph(kind), name)
        for kind, name in _MARKS.items()
        if kind != "open" or simulation.open_position is not None
    ]
    said = "The close as a line, behind it the range from low to high; each trade from its entry to its exit."
    return section(
        "price", "Price and trades", said, el("figure", el("ul", *items, class_="legend"), *pictures)
    )


def equity_section(bars: Bars, simulation: Simulation) -> Markup:
    """Equity beside buy and hold."""
    canvases = _canvases(EQUITY_HEIGHT, 250)
    said = (
        f"{number(simulation.cash, 0)} {bars.instrument.quote_asset} became "
        f"{number(float(simulation.equity[-1]), 0)}; bought at the second bar's open and held, "
        f"{number(float(simulation.benchmark_equity[-1]), 0)}."
    )
    if equity_scale(canvases[0], simulation).log:
        said += " Logarithmic scale."
    names = el(
        "ul", el("li", "Strategy", class_="own"), el("li", "Buy and hold"), class_="legend narrow-only"
    )
    pictures = [equity_picture(canvas, bars, simulation) for canvas in canvases]
    return section("equity", "Equity", said, el("figure", names, *pictures))


def drawdown_section(bars: Bars, simulation: Simulation) -> Markup:
    """The fall from the peak, and its deepest episode in words."""
    said = fall_in_words(bars, drawdowns(simulation.equity, simulation.cash)) + " In grey, buy and hold."
    pictures = [drawdown_picture(canvas, bars, simulation) for canvas in _canvases(190, 190)]
    return section("drawdown", "Drawdown", said, el("figure", *pictures))


def months_section(bars: Bars, simulation: Simulation) -> Markup:
    """Monthly returns as a heat map."""
    months = monthly_returns(bars.open_time, simulation.equity, simulation.cash)
    name = "Monthly returns"
    framed = el("div", month_table(months), class_="scroll", tabindex=0, role="region", aria_label=name)
    return section("months", name, months_in_words(months), framed)


def spread_section(simulation: Simulation) -> Markup:
    """Distribution of the trades' net returns."""
    trades = simulation.trades
    if not len(trades):
        return section("spread", "Trade returns", "No trade was closed.")
    pictures = [distribution_picture(canvas, trades) for canvas in (wide(240, 24), narrow(220, 20))]
    return section("spread", "Trade returns", spread_in_words(trades), el("figure", *pictures))


def costs_section(run: RunCard, bars: Bars, simulation: Simulation) -> Markup:
    """What fees, slippage and funding took."""
    quote = bars.instrument.quote_asset
    table = cost_table(simulation, run.metrics, quote)
    return section("costs", "Costs", costs_in_words(simulation, run.metrics, quote), table)


def trades_section(bars: Bars, simulation: Simulation) -> Markup:
    """The open position, then the last, best and worst closed trades."""
    trades, position = simulation.trades, simulation.open_position
    said = "No position was open at the end."
    if position is not None:
        said = open_position_in_words(position, bars.instrument.quote_asset)
    if not len(trades):
        said = f"No trade was closed. {said}"
    return section("trades", "Trades", said, *trade_tables(trades))


def warnings_section(run: RunCard) -> Markup:
    """What the run warned of."""
    if not run.warnings:
        return section("warnings", "Warnings", "None.")
    items = [el("li", warning) for warning in run.warnings]
    return section("warnings", "Warnings", "", el("ul", *items, class_="warnings"))


def metrics_section(run: RunCard) -> Markup:
    """Every metric, beside buy and hold, defined."""
    return section("metrics", "Metrics", "", metric_table(run))


def parameters_section(run: RunCard) -> Markup:
    """The parameters of the run."""
    if not run.params:
        return section("parameters", "Parameters", "The strategy has none.")
    return section("parameters", "Parameters", "", parameter_table(run.params))


def card_section(run: RunCard) -> Markup:
    """Hashes, data, costs and versions."""
    return section("card", "Card", "What it takes to get these numbers again.", card_table(run))


def code_section(code: str) -> Markup:
    """The strategy's text with line numbers."""
    text = visible(code).rstrip("\n")
    numbers = "\n".join(str(line) for line in range(1, text.count("\n") + 2))
    # Parsers drop a line break right after <pre>, so that one of the text's own needs another before it.
    shown = el("pre", Markup("\n"), el("code", escape(text)), class_="text", tabindex=0)
    gutter = el("pre", numbers, class_="lines", aria_hidden="true")
    return section("code", "Code", "", el("div", gutter, shown, class_="code"))


def _canvases(wide_height: int, narrow_height: int) -> tuple[Canvas, Canvas]:
    return wide(wide_height), narrow(narrow_height)
