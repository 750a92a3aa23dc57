"""The port through which an idea becomes strategy code, and its writer that needs no network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from engine.market.interval import Interval
    from engine.strategy.compose.model import Composition, Question


class Writer(Protocol):
    """Writes strategy code for an idea."""

    @property
    def described(self) -> str:
        """What it is, in words a user can weigh."""
        ...

    def write(self, idea: str, *, interval: Interval | None, symbol: str | None) -> Composition | Question:
        """Code with a brief, or one question back when the idea says too little."""
        ...


class ComposerWriter:
    """The engine's composer: rules and parts, no language model, no network."""

    described = "the composer: rules that assemble tested parts, not a language model"

    def write(self, idea: str, *, interval: Interval | None, symbol: str | None) -> Composition | Question:
        """See `engine.strategy.compose`."""
        from engine.strategy.compose.compose import compose

        return compose(idea, interval=interval, symbol=symbol)
