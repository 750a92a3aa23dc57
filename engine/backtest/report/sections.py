"""The parts of the report below its head: each a heading, a sentence in words, and a figure or table."""

from __future__ import annotations

from collections.abc import Sequence

from engine.backtest.analysis.costs import split_costs
from engine.backtest.analysis.months import monthly_returns
from engine.backtest.analysis.tails import measure_tails
from engine.backtest.report.card import RunCard
from engine.backtest.report.chart import Canvas, canvases, narrow, wide
from engine.backtest.report.costs import cost_picture, cost_table, costs_in_words
from engine.backtest.report.distribution import distribution_picture, spread_in_words
from engine.backtest.report.drawdown import deepest, drawdown_picture, drawdown_table, fall_in_words
from engine.backtest.report.equity import band_in_words, equity_picture, equity_scale
from engine.backtest.report.format import number
from engine.backtest.report.html import Markup, el, join
from engine.backtest.report.marks import glyph
from engine.backtest.report.months import month_table, months_in_words
from engine.backtest.report.price import PricePlot, price_picture
from engine.backtest.report.rolling import rolling_in_words, rolling_picture, rolling_ratios
from engine.backtest.report.section import section
from engine.backtest.report.tables import card_facts, card_table, metric_table
from engine.backtest.report.tails import tail_table, tails_in_words, worst_bars_table
from engine.backtest.report.trades import trade_tables, trades_in_words
from engine.backtest.result import ExitReason, Simulation
from engine.market.bars import Bars

EQUITY_HEIGHT = 300
_MARKS = {
    "long": "long entry",
    "short": "short entry",
    "exit": "exit",
    "win": "net gain",
    "loss": "net loss",
    "open": "still open",
    "stop": "stop",
    "target": "target",
    "liquidated": "liquidation",
}


def price_section(bars: Bars, simulation: Simulation) -> Markup:
    """Price with trades, a key to the marks, and how many trades are marked."""
    drawn = [(canvas, *price_picture(canvas, bars, simulation)) for canvas in canvases(400, 300)]
    pictures = [
        join(picture, el("p", plot.long_note, class_=f"note {canvas.name}"))
        for canvas, picture, plot in drawn
    ]
    marks = _used_marks(simulation, [plot for _, _, plot in drawn])
    legend = el("ul", *(el("li", glyph(kind), _MARKS[kind]) for kind in marks), class_="legend")
    said = "The close as a line, behind it the range from low to high; each trade from its entry to its exit."
    return section("price", "Price and trades", said, el("figure", legend if marks else None, *pictures))


def equity_section(bars: Bars, simulation: Simulation) -> Markup:
    """Equity with its band, beside buy and hold."""
    drawn = canvases(EQUITY_HEIGHT, 250)
    said = (
        f"{number(simulation.cash, 0)} {bars.instrument.quote_asset} became "
        f"{number(float(simulation.equity[-1]), 0)}; bought at the second bar's open and held, "
        f"{number(float(simulation.benchmark_equity[-1]), 0)}."
    )
    if equity_scale(drawn[0], simulation).log:
        said += " Logarithmic scale."
    said += f" {band_in_words(simulation.band)}"
    names = [el("li", "Strategy", class_="own narrow-only"), el("li", "Buy and hold", class_="narrow-only")]
    if simulation.band.ambiguous_bars:
        names.append(el("li", glyph("band"), "had the target come first"))
    pictures = [equity_picture(canvas, bars, simulation) for canvas in drawn]
    return section("equity", "Equity", said, el("figure", el("ul", *names, class_="legend"), *pictures))


def drawdown_section(bars: Bars, simulation: Simulation) -> Markup:
    """The fall from the peak, and its deepest episodes."""
    episodes = deepest(bars, simulation)
    pictures = [drawdown_picture(canvas, bars, simulation) for canvas in canvases(190, 190)]
    listed = drawdown_table(episodes) if episodes else None
    said = f"{fall_in_words(episodes)} In grey, buy and hold."
    return section("drawdown", "Drawdown", said, el("figure", *pictures), listed)


def rolling_section(bars: Bars, simulation: Simulation) -> Markup:
    """The Sharpe ratio along the run."""
    ratios = rolling_ratios(bars, simulation)
    pictures = [rolling_picture(canvas, bars, ratios) for canvas in canvases(190, 190)]
    figure = el("figure", *pictures) if any(pictures) else None
    return section("rolling", "Rolling Sharpe ratio", rolling_in_words(bars, ratios), figure)


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


def tails_section(bars: Bars, simulation: Simulation) -> Markup:
    """Tail measures of the per-bar returns, and the worst bars."""
    tails = measure_tails(bars.open_time, simulation.equity)
    return section("tails", "Tails", tails_in_words(tails), tail_table(tails), worst_bars_table(tails))


def costs_section(bars: Bars, simulation: Simulation) -> Markup:
    """What fees, slippage and funding took."""
    split, quote = split_costs(simulation), bars.instrument.quote_asset
    sizes = (Canvas("wide", 880, 166, 110, 760, 8, 166), Canvas("narrow", 400, 166, 96, 316, 8, 166))
    figure = el("figure", *(cost_picture(canvas, split, quote) for canvas in sizes))
    table = cost_table(split, simulation.cash, quote)
    return section("costs", "Costs", costs_in_words(split, quote), figure, table)


def trades_section(bars: Bars, simulation: Simulation) -> Markup:
    """The open position, then the best, worst and newest closed trades."""
    trades, position = simulation.trades, simulation.open_position
    said = trades_in_words(trades, position, bars.instrument.quote_asset)
    return section("trades", "Trades", said, *trade_tables(trades))


def metrics_section(run: RunCard) -> Markup:
    """Every metric, beside buy and hold, defined."""
    return section("metrics", "Metrics", "", metric_table(run))


def card_section(run: RunCard) -> Markup:
    """Hashes, data, costs and versions."""
    return section("card", "Card", "What it takes to get these numbers again.", card_table(card_facts(run)))


def _used_marks(simulation: Simulation, plots: Sequence[PricePlot]) -> list[str]:
    """The kinds of marks that the price figure has, in the order of its key."""
    trades, is_open = simulation.trades, simulation.open_position is not None
    if not len(trades) and not is_open:
        return []
    used = {
        "open": is_open,
        "stop": any(plot.shows("stop") for plot in plots),
        "target": any(plot.shows("target") for plot in plots),
        "liquidated": ExitReason.LIQUIDATION in trades.exit_reason,
    }
    return [kind for kind in _MARKS if used.get(kind, True)]
