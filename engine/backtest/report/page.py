"""The report of a run as one HTML file that loads nothing and reads without scripts."""

from __future__ import annotations

from engine.backtest.report import sections
from engine.backtest.report.card import Document, RunCard, check_lengths, read_card
from engine.backtest.report.chart import wide
from engine.backtest.report.frame import html_page
from engine.backtest.report.headline import headline
from engine.backtest.report.html import Markup, el, join
from engine.backtest.report.plain import one_line
from engine.backtest.report.script import SCRIPT, points
from engine.backtest.report.section import code_section, parameters_section, warnings_section
from engine.backtest.report.style import STYLE
from engine.backtest.result import Simulation
from engine.market.bars import Bars


def render_report(card: Document, bars: Bars, simulation: Simulation, *, code: str, brief: str = "") -> str:
    """One self-contained HTML page: figures, tables, card and code of a run. The same input, the same page.

    Args:
        card: the run document (`schema` 1).
        bars: the bars of the run, n >= 1.
        simulation: its result over the same n bars.
        code: the strategy's text.
        brief: what was asked for, in the user's words.

    Raises:
        InvalidInput: the document lacks a part, or bars and equity differ in length.
    """
    run = read_card(card)
    check_lengths(bars, simulation)
    main = el(
        "main",
        sections.price_section(bars, simulation),
        sections.equity_section(bars, simulation),
        sections.drawdown_section(bars, simulation),
        sections.rolling_section(bars, simulation),
        sections.months_section(bars, simulation),
        sections.spread_section(simulation),
        sections.tails_section(bars, simulation),
        sections.costs_section(bars, simulation),
        sections.trades_section(bars, simulation),
        warnings_section(run.warnings),
        sections.metrics_section(run),
        parameters_section(run.params),
        sections.card_section(run),
        code_section(code),
    )
    data = points(wide(sections.EQUITY_HEIGHT), bars, simulation)
    content = join(headline(run, bars, simulation, brief), main, _footer(run), data)
    return html_page(f"{one_line(run.name)} · Edgewright backtest", content, STYLE, SCRIPT)


def _footer(run: RunCard) -> Markup:
    return el(
        "footer",
        "A backtest shows what these rules would have done with these prices, not what they will do. "
        "It is research, not financial advice. Run it again: ",
        el("code", f"edgewright reproduce {run.run_id}"),
    )
