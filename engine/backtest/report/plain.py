"""Text that users and strategies wrote, made safe to show: no control codes, no hidden direction marks."""

from __future__ import annotations

import re

# Controls (C0 without tab and newline, C1), lone surrogates, the two non-characters.
_UNPRINTABLE = "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"
# Marks that reorder or hide text, so that code would read differently from what runs.
_DECEIVING = "[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
_EITHER = re.compile(f"{_UNPRINTABLE}|{_DECEIVING}")
_IS_DECEIVING = re.compile(_DECEIVING)


def visible(text: str) -> str:
    """`text` with control codes replaced by U+FFFD and hidden marks by their name, e.g. `[U+202E]`."""
    return _EITHER.sub(_shown, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """`visible(text)` with every run of white space as one space."""
    return " ".join(visible(text).split())


def shortened(text: str, most: int) -> str:
    """One line of at most `most` characters; a cut is shown by an ellipsis."""
    line = one_line(text)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _shown(match: re.Match[str]) -> str:
    mark = match.group()
    return f"[U+{ord(mark):04X}]" if _IS_DECEIVING.match(mark) else "\ufffd"
