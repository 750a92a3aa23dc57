"""The exchange's time, which only tests move."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class VirtualClock:
    """UTC milliseconds that stand still until advanced."""

    now_ms: int

    def advance(self, milliseconds: int) -> None:
        """Let time pass."""
        self.now_ms += milliseconds
