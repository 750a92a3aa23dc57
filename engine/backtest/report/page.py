"""The report of a run as one HTML file that loads nothing and reads without scripts."""

from __future__ import annotations

import base64
import hashlib

from engine.backtest.report import sections
from engine.backtest.report.card import Document, RunCard, check_lengths, read_card
from engine.backtest.report.chart import wide
from engine.backtest.report.headline import headline
from engine.backtest.report.html import Markup, el, join
from engine.backtest.report.plain import one_line
from engine.backtest.report.script import SCRIPT, points
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
        sections.warnings_section(run),
        sections.metrics_section(run),
        sections.parameters_section(run),
        sections.card_section(run),
        sections.code_section(code),
    )
    data = points(wide(sections.EQUITY_HEIGHT), bars, simulation)
    return _document(run.name, join(headline(run, bars, simulation, brief), main, _footer(run), data))


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


def _footer(run: RunCard) -> Markup:
    return el(
        "footer",
        "A backtest shows what these rules would have done with these prices, not what they will do. "
        "It is research, not financial advice. Run it again: ",
        el("code", f"edgewright reproduce {run.run_id}"),
    )
