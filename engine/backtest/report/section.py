"""Parts of a page under their own headings: the frame of one, and those that every report has."""

from __future__ import annotations

from collections.abc import Sequence

from engine.backtest.report.card import Document
from engine.backtest.report.html import Child, Markup, el, escape
from engine.backtest.report.plain import visible
from engine.backtest.report.tables import parameter_table


def section(key: str, title: str, said: str, *content: Child) -> Markup:
    """A part of the page under its own heading, with a sentence on what it shows."""
    heading = el("h2", title, id=f"{key}-heading")
    sentence = el("p", said, class_="said") if said else None
    return el("section", heading, sentence, *content, aria_labelledby=f"{key}-heading")


def warnings_section(warnings: Sequence[str]) -> Markup:
    """What was warned of."""
    if not warnings:
        return section("warnings", "Warnings", "None.")
    items = [el("li", warning) for warning in warnings]
    return section("warnings", "Warnings", "", el("ul", *items, class_="warnings"))


def parameters_section(params: Document) -> Markup:
    """The parameters of the strategy."""
    if not params:
        return section("parameters", "Parameters", "The strategy has none.")
    return section("parameters", "Parameters", "", parameter_table(params))


def code_section(code: str) -> Markup:
    """The strategy's text with line numbers."""
    text = visible(code).rstrip("\n")
    numbers = "\n".join(str(line) for line in range(1, text.count("\n") + 2))
    # Parsers drop a line break right after <pre>, so that one of the text's own needs another before it.
    shown = el("pre", Markup("\n"), el("code", escape(text)), class_="text", tabindex=0)
    gutter = el("pre", numbers, class_="lines", aria_hidden="true")
    return section("code", "Code", "", el("div", gutter, shown, class_="code"))
