"""The report of a run as one HTML file that loads nothing and reads without scripts."""

from __future__ import annotations

import base64
import hashlib

import numpy as np

from engine.backtest.report.card import Document, RunCard, read_card
from engine.backtest.report.chart import Canvas, narrow, wide
from engine.backtest.report.definitions import BY_NAME
from engine.backtest.report.distribution import distribution_picture, spread_in_words
from engine.backtest.report.equity import drawdown_picture, equity_picture, equity_scale, fall_in_words
from engine.backtest.report.format import day, number, plural
from engine.backtest.report.html import Child, Markup, el, escape, join
from engine.backtest.report.marks import glyph
from engine.backtest.report.months import month_table, months_in_words
from engine.backtest.report.plain import one_line, visible
from engine.backtest.report.price import price_picture
from engine.backtest.report.script import SCRIPT, points
from engine.backtest.report.series import drawdowns, monthly_returns
from engine.backtest.report.style import STYLE
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
from engine.errors import InvalidInput
from engine.market.bars import Bars

_KEY_FIGURES = ("total_return", "annual_return", "sharpe", "max_drawdown")


def render_report(card: Document, bars: Bars, simulation: Simulation, *, code: str, brief: str = "") -> str:
    """One self-contained HTML page: figures, tables, card and code of a run. The same input, the same page.

    Args:
        card: the run document (`schema` 1).
        bars: the bars of the run, n >= 1; simulation: its result over the same n bars.
        code: the strategy's text. brief: what was asked for, in the user's words.

    Raises:
        InvalidInput: the document lacks a part, or bars and equity differ in length.
    """
    run = read_card(card)
    check_lengths(bars, simulation)
    quote = bars.instrument.quote_asset
    content = join(
        _header(run, bars, simulation, brief),
        el(
            "main",
            _price(bars, simulation),
            _equity(bars, simulation),
            _drawdown(bars, simulation),
            _months(bars, simulation),
            _spread(simulation),
            _costs(run, simulation, quote),
            _trades(simulation, quote),
            _warnings(run),
            section("metrics", "Metrics", "", metric_table(run)),
            section("parameters", "Parameters", "" if run.params else "None.", _parameters(run)),
            section("card", "Card", "The same card gives the same numbers.", card_table(run)),
            _code(code),
        ),
        _footer(run),
        points(wide(300), bars, simulation),
    )
    return _document(run.name, content)


def check_lengths(bars: Bars, simulation: Simulation) -> None:
    """Bars and both equity curves are of one length, and there is a bar.

    Raises:
        InvalidInput: they are not.
    """
    n = len(bars)
    if n == 0:
        raise InvalidInput("There are no bars to report on.", "Give the bars that the run used.")
    for name, curve in (("equity", simulation.equity), ("benchmark_equity", simulation.benchmark_equity)):
        if len(curve) != n:
            raise InvalidInput(
                f"There are {n} bars, but {name} has {len(curve)} values.", "Give the run's own bars."
            )


def section(key: str, title: str, said: str, *content: Child) -> Markup:
    """A part of the page under its own heading, with a sentence on what it shows."""
    heading = el("h2", title, id=f"{key}-heading")
    return el(
        "section",
        heading,
        el("p", said, class_="said") if said else None,
        *content,
        aria_labelledby=f"{key}-heading",
    )


def _document(name: str, content: Markup) -> str:
    policy = (
        f"default-src 'none'; style-src '{_fingerprint(STYLE)}'; script-src '{_fingerprint(SCRIPT)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    head = join(
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="referrer", content="no-referrer"),
        el("title", f"{one_line(name)} · Edgewright backtest"),
    )
    # The page's own style and script are the only raw texts in it; their hashes stand in the policy.
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<style>{STYLE}</style></head>\n'
        f"<body>{content}<script>{SCRIPT}</script></body></html>\n"
    )


def _fingerprint(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _header(run: RunCard, bars: Bars, simulation: Simulation, brief: str) -> Markup:
    span = f"{day(bars.start_ms)} to {day(bars.end_ms)}"
    facts = (run.instrument, f"{run.interval} bars", span, plural(len(bars), "bar"), f"source: {run.source}")
    return el(
        "header",
        el("p", "Backtest ", el("code", run.run_id), class_="kicker"),
        el("h1", one_line(run.name)),
        el("p", one_line(run.hypothesis), class_="hypothesis") if run.hypothesis else None,
        el("p", " · ".join(facts), class_="facts"),
        *(
            el("p", el("strong", loud), text, class_="banner", role="alert")
            for loud, text in banners(run, simulation)
        ),
        el("blockquote", brief.strip(), class_="brief") if brief.strip() else None,
        el("p", in_one_sentence(run), class_="lede"),
        _key_figures(run),
    )


def banners(run: RunCard, simulation: Simulation) -> list[tuple[str, str]]:
    """What nobody may overlook: (said loudly, explained)."""
    found: list[tuple[str, str]] = []
    if run.synthetic:
        found.append(
            ("Synthetic data.", "These prices were made up by a random generator. Nothing here is evidence.")
        )
    if run.includes_holdout:
        text = f"Data from {run.holdout_from} on was kept back for a single final test, and this run has seen it."
        found.append(("The holdout is included.", text))
    if simulation.ruined:
        found.append(("Ruined.", "Equity fell to zero or below, and the run ended there."))
    return found


def in_one_sentence(run: RunCard) -> str:
    """Return and deepest fall, beside buy and hold."""

    def both(name: str) -> tuple[str, str]:
        shown = BY_NAME[name].shown
        return shown(run.metrics.get(name)), shown(run.benchmark.get(name))

    (made, hold_made), (fell, hold_fell) = both("total_return"), both("max_drawdown")
    exposure = BY_NAME["exposure"].shown(run.metrics.get("exposure"))
    return (
        f"The strategy returned {made} after costs, where buying and holding returned {hold_made}. "
        f"Its deepest fall was {fell}, against {hold_fell}. It held a position in {exposure} of the bars."
    )


def _key_figures(run: RunCard) -> Markup:
    def shown(name: str) -> str:
        return BY_NAME[name].shown(run.metrics.get(name))

    cells = [
        _figure(BY_NAME[name].label, shown(name), f"Hold {BY_NAME[name].shown(run.benchmark.get(name))}")
        for name in _KEY_FIGURES
    ]
    cells.append(_figure("Win rate", shown("win_rate"), f"Profit factor {shown('profit_factor')}"))
    cells.append(_figure("Closed trades", shown("trades"), f"Expectancy {shown('expectancy')}"))
    return el("dl", *cells, class_="key")


def _figure(name: str, value: str, beside: str) -> Markup:
    return el("div", el("dt", name), el("dd", value, class_="value"), el("dd", beside))


def _canvases(wide_height: int, narrow_height: int) -> tuple[Canvas, Canvas]:
    return wide(wide_height), narrow(narrow_height)


def _price(bars: Bars, simulation: Simulation) -> Markup:
    pictures: list[Markup] = []
    for canvas in _canvases(400, 300):
        drawn, plot = price_picture(canvas, bars, simulation)
        pictures += [drawn, el("p", plot.note, class_=f"note {canvas.name}")]
    marks = {
        "long": "long entry",
        "short": "short entry",
        "exit": "exit",
        "win": "net gain",
        "loss": "net loss",
    }
    names = marks | ({"open": "still open"} if simulation.open_position else {})
    key = el("ul", *(el("li", glyph(kind), name) for kind, name in names.items()), class_="legend")
    said = "The close as a line, and behind it the range from low to high; each trade from its entry to its exit."
    return section("price", "Price and trades", said, el("figure", key, *pictures))


def _equity(bars: Bars, simulation: Simulation) -> Markup:
    quote = bars.instrument.quote_asset
    log = equity_scale(wide(300), simulation).log
    said = (
        f"{number(simulation.cash, 0)} {quote} became {number(float(simulation.equity[-1]), 0)}; bought at the "
        f"second bar's open and held, {number(float(simulation.benchmark_equity[-1]), 0)}."
    ) + (" Logarithmic scale." if log else "")
    key = el("ul", el("li", "Strategy", class_="own"), el("li", "Buy and hold"), class_="legend narrow-only")
    pictures = [equity_picture(canvas, bars, simulation) for canvas in _canvases(300, 250)]
    return section("equity", "Equity", said, el("figure", key, *pictures))


def _drawdown(bars: Bars, simulation: Simulation) -> Markup:
    said = fall_in_words(bars, drawdowns(simulation.equity, simulation.cash)) + " Grey: buy and hold."
    pictures = [drawdown_picture(canvas, bars, simulation) for canvas in _canvases(190, 190)]
    return section("drawdown", "Drawdown", said, el("figure", *pictures))


def _months(bars: Bars, simulation: Simulation) -> Markup:
    months = monthly_returns(bars.open_time, simulation.equity, simulation.cash)
    framed = el(
        "div", month_table(months), class_="scroll", tabindex=0, role="region", aria_label="Monthly returns"
    )
    return section("months", "Monthly returns", months_in_words(months), framed)


def _spread(simulation: Simulation) -> Markup:
    if not len(simulation.trades):
        return section("spread", "Trade returns", "No trade was closed.")
    pictures = [distribution_picture(canvas, simulation.trades) for canvas in _canvases(240, 220)]
    return section("spread", "Trade returns", spread_in_words(simulation.trades), el("figure", *pictures))


def _costs(run: RunCard, simulation: Simulation, quote: str) -> Markup:
    said = costs_in_words(simulation, run.metrics, quote)
    return section("costs", "Costs", said, cost_table(simulation, run.metrics, quote))


def _trades(simulation: Simulation, quote: str) -> Markup:
    trades, position = simulation.trades, simulation.open_position
    said = open_position_in_words(position, quote) if position else "No position was open at the end."
    if not len(trades):
        said = f"No trade was closed. {said}"
    return section("trades", "Trades", said, *trade_tables(trades))


def _warnings(run: RunCard) -> Markup:
    if not run.warnings:
        return section("warnings", "Warnings", "None.")
    listed = el("ul", *(el("li", warning) for warning in run.warnings), class_="warnings")
    return section("warnings", "Warnings", "", listed)


def _parameters(run: RunCard) -> Markup | None:
    return parameter_table(run.params) if run.params else None


def _code(code: str) -> Markup:
    text = visible(code).rstrip("\n")
    lines = "\n".join(str(number) for number in np.arange(1, text.count("\n") + 2).tolist())
    numbered = el("pre", lines, class_="lines", aria_hidden="true")
    # A line break right after <pre> is dropped by parsers, so one more is put before the text.
    shown = el("pre", Markup("\n"), el("code", escape(text)), class_="text", tabindex=0)
    return section("code", "Code", "", el("div", numbered, shown, class_="code"))


def _footer(run: RunCard) -> Markup:
    return el(
        "footer",
        "A backtest shows what these rules would have done with these prices, not what they will do. "
        "It is research, not financial advice. ",
        el("wbr"),
        "Run it again: ",
        el("code", f"edgewright reproduce {run.run_id}"),
    )
