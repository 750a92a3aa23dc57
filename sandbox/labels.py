"""Labels that look like special or private attributes stay labels: nothing reads them as attributes.

pandas answers `series.name` with the item of that label when there is no such attribute, and numpy asks any
object for `__array_interface__`. A Series that holds a dict under that label would be believed, and numpy
would read and write memory at whatever address the dict names.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from pandas.core.generic import NDFrame

_read_label: Any = pd.Series.__getattr__


def _read_plain_label(table: Any, name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"'{type(table).__name__}' object has no attribute '{name}'")
    return _read_label(table, name)


def keep_labels_plain() -> None:
    """Hold tables to it, in this process, for good. May be called twice."""
    tables: Any = NDFrame
    tables.__getattr__ = _read_plain_label
