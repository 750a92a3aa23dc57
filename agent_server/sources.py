"""A strategy as users name it on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agent_server.output import read_text
from tools.core import Core


@dataclass(frozen=True, slots=True)
class NamedSource:
    """The text of a strategy.

    Attributes:
        strategy_id: id in the store or the library; None for a file.
    """

    name: str
    code: str
    strategy_id: str | None

    def arguments(self) -> dict[str, object]:
        """The same as arguments of a tool."""
        return {"code": None if self.strategy_id else self.code, "strategy_id": self.strategy_id}


def source_of(core: Core, strategy: str) -> NamedSource:
    """The text that a user named: a file, a saved strategy or one of the library.

    Raises:
        NotFound, InvalidInput: there is none, or it is no text.
    """
    from tools.strategy import LIBRARY_PREFIX, find_source

    if strategy.startswith((LIBRARY_PREFIX, "st_")) and not Path(strategy).exists():
        found = find_source(core, strategy, None)
        return NamedSource(found.name, found.code, strategy)
    path = Path(strategy)
    return NamedSource(path.stem, read_text(path), None)
