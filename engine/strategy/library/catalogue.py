"""The ready strategies, as texts. They are read and run like a user's own; nothing here imports them."""

from __future__ import annotations

import difflib
from functools import cache
from importlib.resources import files

from engine.errors import NotFound
from engine.strategy.spec import code_hash as hash_of

_NAMES = ("bollinger", "macd", "rsi", "sma_cross")


def names() -> tuple[str, ...]:
    """Names of the ready strategies, sorted."""
    return _NAMES


@cache
def text(name: str) -> str:
    """The Python text of the ready strategy `name`.

    Raises:
        NotFound: there is none of that name; the text lists those that exist.
    """
    if name not in _NAMES:
        meant = difflib.get_close_matches(name, _NAMES, 1)
        guess = f" Did you mean {meant[0]}?" if meant else ""
        raise NotFound(
            f"There is no ready strategy {name[:40]!r}.{guess}", f"Ready strategies: {', '.join(_NAMES)}."
        )
    return files("engine.strategy.library").joinpath(f"{name}.py").read_text(encoding="utf-8")


def is_library(code_hash: str) -> bool:
    """Whether `code_hash` (SHA-256, hex) is that of a ready strategy's unedited text."""
    return code_hash in _hashes()


@cache
def _hashes() -> frozenset[str]:
    return frozenset(hash_of(text(name)) for name in _NAMES)
