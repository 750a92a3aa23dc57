"""pyarrow, which has no types: reached through here, and imported only when used."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def pyarrow(part: str = "") -> Any:
    """The module `pyarrow`, or its part of that name, e.g. "parquet"."""
    return import_module(f"pyarrow.{part}" if part else "pyarrow")


def arrow_errors() -> tuple[type[Exception], ...]:
    """What pyarrow raises on files that are not what they should be."""
    return (pyarrow().ArrowException, OSError)
