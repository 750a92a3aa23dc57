"""A run in one picture: the overview with price and equity, and the sheet with every figure."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap

from engine.backtest.analysis.costs import split_costs
from engine.backtest.analysis.months import monthly_returns, yearly_returns
from engine.backtest.report.card import Document, RunCard, check_lengths, read_card
from engine.backtest.report.chart import Canvas, Timeline, label
from engine.backtest.report.costs import cost_plot
from engine.backtest.report.definitions import BY_NAME
from engine.backtest.report.distribution import distribution_plot
from engine.backtest.report.drawdown import drawdown_plot
from engine.backtest.report.equity import band_in_words, equity_plot
from engine.backtest.report.format import day
from engine.backtest.report.headline import banners, in_one_sentence
from engine.backtest.report.html import Markup, el, join
from engine.backtest.report.months import month_plot
from engine.backtest.report.plain import one_line, shortened
from engine.backtest.report.price import price_plot
from engine.backtest.report.rolling import rolling_plot, rolling_ratios
from engine.backtest.report.style import FONTS, picture_style
from engine.backtest.report.tables import card_facts
from engine.backtest.result import Simulation
from engine.market.bars import Bars

WIDTH, OVERVIEW_HEIGHT, SHEET_HEIGHT = 1200, 630, 1420
_MARGIN, _LEFT, _RIGHT, _HALF = 48, 96, 1050, 690
_SHOWN = ("total_return", "sharpe", "max_drawdown", "trades")
_YEARS = 6
_CARD_LINES = 18


def render_overview_svg(card: Document, bars: Bars, simulation: Simulation) -> str:
    """A self-contained SVG, 1200 x 630, on its own light ground, so that it reads on any page.

    Raises:
        InvalidInput: the document lacks a part, or bars and equity differ in length.
    """
    run = _checked(card, bars, simulation)
    return _framed(run, OVERVIEW_HEIGHT, FONTS, _upper_half(run, bars, simulation))


def render_sheet_svg(card: Document, bars: Bars, simulation: Simulation, fonts: Mapping[str, str]) -> str:
    """The overview with all other figures and the card below it: an SVG of 1200 x 1420.

    Args:
        fonts: families for `serif` and `sans`.

    Raises:
        InvalidInput: as for the overview.
    """
    run = _checked(card, bars, simulation)
    return _framed(
        run, SHEET_HEIGHT, fonts, _upper_half(run, bars, simulation), _lower_half(run, bars, simulation)
    )


def _checked(card: Document, bars: Bars, simulation: Simulation) -> RunCard:
    check_lengths(bars, simulation)
    return read_card(card)


def _framed(run: RunCard, height: int, fonts: Mapping[str, str], *content: Markup) -> str:
    picture = el(
        "svg",
        el("title", f"{shortened(run.name, 80)}: backtest of {run.instrument}", id="overview-title"),
        el("desc", in_one_sentence(run), id="overview-desc"),
        Markup(f"<style>{picture_style(fonts)}</style>"),
        el("rect", class_="ground", x=0.5, y=0.5, width=WIDTH - 1, height=height - 1, rx=10),
        *content,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {height}",
        width=WIDTH,
        height=height,
        role="img",
        aria_labelledby="overview-title overview-desc",
    )
    return f"{picture}\n"


def _upper_half(run: RunCard, bars: Bars, simulation: Simulation) -> Markup:
    loud = _loud(run, simulation)
    top = 196 if loud else 164
    drawn = price_plot(Timeline(bars, _canvas(top, 392)), simulation)
    return join(
        _head(run, bars),
        loud,
        _figures(run),
        label(_RIGHT, top - 8, drawn.note, "note", "end"),
        el("g", drawn.content, class_="figure"),
        label(_RIGHT, 430, band_in_words(simulation.band), "note", "end"),
        el("g", equity_plot(Timeline(bars, _canvas(438, 578)), simulation), class_="figure"),
    )


def _lower_half(run: RunCard, bars: Bars, simulation: Simulation) -> Markup:
    months = monthly_returns(bars.open_time, simulation.equity, simulation.cash)
    trades, quote = simulation.trades, bars.instrument.quote_asset
    spread = Canvas(
        "spread", WIDTH, SHEET_HEIGHT, left=_HALF + 34, right=WIDTH - _MARGIN - 24, top=850, bottom=990
    )
    costs = Canvas("costs", WIDTH, SHEET_HEIGHT, left=_LEFT + 54, right=510, top=1074, bottom=1224)
    rolling = Canvas("rolling", WIDTH, SHEET_HEIGHT, left=_LEFT, right=560, top=1284, bottom=1360)
    figures = join(
        drawdown_plot(Timeline(bars, _canvas(660, 760)), simulation),
        month_plot(months, _MARGIN, 842, _YEARS),
        distribution_plot(spread, trades) if len(trades) else label(_HALF, 846, "No trade was closed."),
        cost_plot(costs, split_costs(simulation)),
        rolling_plot(Timeline(bars, rolling), rolling_ratios(bars, simulation)),
        *_facts(run),
    )
    cut = f", the last {_YEARS} years" if len(yearly_returns(months)) > _YEARS else ""
    names = (
        (_MARGIN, 636, "Drawdown"),
        (_MARGIN, 814, f"Monthly returns in per cent{cut}"),
        (_HALF, 814, "Net returns of the closed trades"),
        (_MARGIN, 1050, f"Costs, {quote}"),
        (_MARGIN, 1260, "Rolling Sharpe ratio"),
        (_HALF, 1050, "Card"),
    )
    return join(*(label(x, y, name, "part") for x, y, name in names), el("g", figures, class_="figure"))


def _facts(run: RunCard) -> list[Markup]:
    """The card from its first item on, each in up to three lines, as far as there is room."""
    lines: list[tuple[str, str]] = []
    for name, text in card_facts(run):
        wrapped = wrap(one_line(text), 40, max_lines=3, placeholder="…")
        lines += zip([name, "", ""], wrapped, strict=False)
    drawn: list[Markup] = []
    for row, (name, text) in enumerate(lines[:_CARD_LINES]):
        y = 1076 + row * 18
        drawn += [label(_HALF, y, shortened(name, 18), "tick"), label(_HALF + 124, y, text)]
    return drawn


def _canvas(top: int, bottom: int) -> Canvas:
    return Canvas("picture", WIDTH, OVERVIEW_HEIGHT, left=_LEFT, right=_RIGHT, top=top, bottom=bottom)


def _head(run: RunCard, bars: Bars) -> Markup:
    facts = f"{run.instrument} · {run.interval} · {day(bars.start_ms)} to {day(bars.end_ms)} · {run.source}"
    name, below = label(0, 40, shortened(run.name, 40), "headline"), label(0, 70, facts, "facts")
    # An inner svg clips what is too long for its room.
    return el("svg", name, below, x=_MARGIN, y=38, width=530, height=80)


def _loud(run: RunCard, simulation: Simulation) -> Markup | None:
    """The warnings that nobody may overlook, in a red band over the price."""
    said = "  ".join(loud for loud, _ in banners(run, simulation))
    if not said:
        return None
    band = el("rect", class_="alarm", x=_MARGIN, y=134, width=WIDTH - 2 * _MARGIN, height=28)
    return join(band, label(_MARGIN + 14, 153, said, "loud"))


def _figures(run: RunCard) -> Markup:
    """Key figures from the right edge leftwards, buy and hold's beneath."""
    drawn: list[Markup] = []
    for i, name in enumerate(reversed(_SHOWN)):
        metric, x = BY_NAME[name], WIDTH - _MARGIN - 148 * i
        drawn.append(label(x, 56, metric.label, "facts", "end"))
        drawn.append(label(x, 88, metric.shown(run.metrics.get(name)), "value", "end"))
        if name != "trades":
            drawn.append(label(x, 110, f"hold {metric.shown(run.benchmark.get(name))}", "facts", "end"))
    return join(*drawn)
