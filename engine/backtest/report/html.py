"""HTML and SVG elements that escape by default. Nothing made here can load, link out or run."""

from __future__ import annotations

import html
import re
from typing import TypeAlias

from engine.backtest.report.plain import visible


class Markup(str):
    """Text that is markup already; every other string is escaped where it is placed."""

    __slots__ = ()


Child: TypeAlias = str | None
Attribute: TypeAlias = str | int | float | bool | None

_VOID = frozenset({"meta", "br", "wbr", "hr", "col"})
_ACTIVE_TAGS = frozenset({"script", "style"})
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9:-]*")
_LOADING = frozenset(
    {"src", "srcset", "href", "xlink:href", "action", "formaction", "data", "style", "srcdoc"}
)


def escape(text: str) -> Markup:
    """`text` as the content of an element or attribute."""
    return Markup(html.escape(visible(text), quote=True))


def join(*children: Child) -> Markup:
    """The children one after another: `Markup` as it is, other text escaped, None left out."""
    return Markup(
        "".join(child if isinstance(child, Markup) else escape(child) for child in children if child)
    )


def el(tag: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """One element. Attribute names end in `_` where Python needs it and use `_` for `-`.

    True gives an attribute without value; None and False leave it out.

    Raises:
        ValueError: a tag or attribute that runs or loads something; such are not made from parts.
    """
    if tag in _ACTIVE_TAGS or not _NAME.fullmatch(tag):
        raise ValueError(f"element {tag!r} is not made here")
    opening = f"<{tag}{''.join(_attribute(name, value) for name, value in attributes.items())}>"
    return Markup(opening) if tag in _VOID else Markup(f"{opening}{join(*children)}</{tag}>")


def _attribute(name: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    written = name.rstrip("_").replace("_", "-")
    if written in _LOADING or written.startswith("on"):
        raise ValueError(f"attribute {written!r} is not made here")
    if value is True:
        return f" {written}"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return f' {written}="{escape(text)}"'
