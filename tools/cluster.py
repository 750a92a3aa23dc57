"""What runs strategy code on the machines of a cluster: a sandbox of their own, with this server's limits."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.strategy.port import StrategyLoader
from tools.settings import Settings

if TYPE_CHECKING:
    from sandbox.limits import Limits


def loader_maker(settings: Settings) -> Callable[[], StrategyLoader]:
    """Makes the loader of a worker process there; can be pickled.

    Without walls such a machine runs only the library's texts: `trust_code` is a word about this machine.
    """
    return functools.partial(_loader, limits_of(settings))


def limits_of(settings: Settings) -> Limits:
    """What one strategy run may use."""
    from sandbox.limits import Limits

    seconds = settings.strategy_seconds
    return Limits(seconds, seconds, settings.strategy_memory_mb << 20)


def _loader(limits: Limits) -> StrategyLoader:
    from engine.strategy.library.catalogue import is_library
    from sandbox.loader import SandboxLoader

    return SandboxLoader(limits=limits, trusted=is_library)
