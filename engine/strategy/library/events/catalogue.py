"""The ready event-shaped strategies by name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from engine.errors import NotFound
from engine.strategy.events import EventStrategy
from engine.strategy.library.events.dca import Dca
from engine.strategy.library.events.grid import Grid
from engine.strategy.spec import StrategySpec

_CLASSES: dict[str, type[EventStrategy]] = {"dca": Dca, "grid": Grid}


def event_names() -> tuple[str, ...]:
    """Names of the ready event-shaped strategies, sorted."""
    return tuple(sorted(_CLASSES))


def event_spec_of(name: str) -> StrategySpec:
    """What the strategy `name` declares.

    Raises:
        NotFound: there is none of that name.
    """
    return _class(name).spec


def event_strategy(name: str, params: Mapping[str, object] | None = None) -> EventStrategy:
    """A new instance of the strategy `name`.

    Raises:
        NotFound: there is none of that name.
        InvalidInput: parameters that it does not know, or outside their ranges.
    """
    return _class(name)(params)


def _class(name: str) -> type[EventStrategy]:
    if name not in _CLASSES:
        meant = difflib.get_close_matches(name, _CLASSES, 1)
        guess = f" Did you mean {meant[0]}?" if meant else ""
        listed = ", ".join(event_names())
        raise NotFound(f"There is no ready event strategy {name[:40]!r}.{guess}", f"There are: {listed}.")
    return _CLASSES[name]
