"""A strict reader of the report's HTML: it fails where an element is not closed, and keeps what it met."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br", "wbr", "hr", "col"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    text: str = ""
    children: list[Element] = field(default_factory=list)


class Page(HTMLParser):
    """All elements in order; each element's `text` holds everything written inside it."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(text)
        self.close()
        assert not self._open, f"never closed: {[element.tag for element in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute of {tag} is given twice"
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if self._open:
            self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1].tag == tag, f"</{tag}> closes nothing"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str, kind: str = "") -> list[Element]:
        return [
            element
            for element in self.elements
            if element.tag == tag and (not kind or kind in (element.attributes.get("class") or "").split())
        ]

    def one(self, tag: str, kind: str = "") -> Element:
        found = self.all(tag, kind)
        assert len(found) == 1, f"{len(found)} elements {tag}.{kind}"
        return found[0]

    def section(self, key: str) -> Element:
        return next(e for e in self.all("section") if e.attributes["aria-labelledby"] == f"{key}-heading")
