"""One picture of a run, 1200 x 630: key figures, price with trades, equity against buy and hold."""

from __future__ import annotations

from engine.backtest.report.card import Document, RunCard, check_lengths, read_card
from engine.backtest.report.chart import Canvas, Timeline, label
from engine.backtest.report.definitions import BY_NAME
from engine.backtest.report.equity import equity_plot
from engine.backtest.report.format import day
from engine.backtest.report.headline import banners, in_one_sentence
from engine.backtest.report.html import Markup, el, join
from engine.backtest.report.plain import shortened
from engine.backtest.report.price import price_plot
from engine.backtest.report.style import FIGURE_STYLE, OVERVIEW_STYLE
from engine.backtest.result import Simulation
from engine.market.bars import Bars

_WIDTH, _HEIGHT, _MARGIN = 1200, 630, 48
_SHOWN = ("total_return", "sharpe", "max_drawdown", "trades")


def render_overview_svg(card: Document, bars: Bars, simulation: Simulation) -> str:
    """A self-contained SVG on its own light ground, so that it reads on any page.

    Raises:
        InvalidInput: the document lacks a part, or bars and equity differ in length.
    """
    run = read_card(card)
    check_lengths(bars, simulation)
    loud = _loud(run, simulation)
    top = 196 if loud else 164
    price = Canvas("price", _WIDTH, _HEIGHT, left=96, right=_WIDTH - 150, top=top, bottom=392)
    equity = Canvas("equity", _WIDTH, _HEIGHT, left=96, right=_WIDTH - 150, top=438, bottom=578)
    drawn = price_plot(Timeline(bars, price), simulation)
    content = join(
        el("title", f"{shortened(run.name, 80)}: backtest of {run.instrument}", id="overview-title"),
        el("desc", in_one_sentence(run), id="overview-desc"),
        _raw_style(),
        el("rect", class_="ground", x=0.5, y=0.5, width=_WIDTH - 1, height=_HEIGHT - 1, rx=10),
        _head(run, bars),
        loud,
        _figures(run),
        label(price.right, top - 8, drawn.note, "note", "end"),
        el("g", drawn.content, class_="figure"),
        el("g", equity_plot(Timeline(bars, equity), simulation), class_="figure"),
    )
    picture = el(
        "svg",
        content,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        width=_WIDTH,
        height=_HEIGHT,
        role="img",
        aria_labelledby="overview-title overview-desc",
    )
    return f"{picture}\n"


def _raw_style() -> Markup:
    return Markup(f"<style>{FIGURE_STYLE}{OVERVIEW_STYLE}</style>")


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
    band = el("rect", class_="alarm", x=_MARGIN, y=134, width=_WIDTH - 2 * _MARGIN, height=28)
    return join(band, label(_MARGIN + 14, 153, said, "loud"))


def _figures(run: RunCard) -> Markup:
    """Key figures from the right edge leftwards, buy and hold's beneath."""
    drawn: list[Markup] = []
    for i, name in enumerate(reversed(_SHOWN)):
        metric, x = BY_NAME[name], _WIDTH - _MARGIN - 148 * i
        drawn.append(label(x, 56, metric.label, "facts", "end"))
        drawn.append(label(x, 88, metric.shown(run.metrics.get(name)), "value", "end"))
        if name != "trades":
            drawn.append(label(x, 110, f"hold {metric.shown(run.benchmark.get(name))}", "facts", "end"))
    return join(*drawn)
