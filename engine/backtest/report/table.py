"""A table of the report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.backtest.report.html import Child, Markup, el


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Child]],
    numeric: frozenset[int],
    kind: str,
) -> Markup:
    """A table whose first column names its rows; `numeric` columns are set right. It scrolls if too wide.

    The caption is read out; the style shows it where several tables share a heading (`kind` "listed ...").
    """

    def cell(i: int, content: Child) -> Markup:
        classed = "number" if i in numeric else None
        return el("th", content, scope="row") if i == 0 else el("td", content, class_=classed)

    head = el(
        "tr",
        *(el("th", h, scope="col", class_="number" if i in numeric else None) for i, h in enumerate(heads)),
    )
    body = [el("tr", *(cell(i, content) for i, content in enumerate(row))) for row in rows]
    made = el("table", el("caption", caption), el("thead", head), el("tbody", *body), class_=kind)
    return el("div", made, class_="scroll", tabindex=0, role="region", aria_label=caption)
