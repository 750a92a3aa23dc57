"""Bars in sealed memory: the same series is handed over to any number of children, and copied once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass
