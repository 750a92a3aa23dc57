"""Writes that reach a copy only: `df["close"][mask] = 1` has no effect in pandas 3, and says so nowhere."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any, cast

import pandas as pd

from sandbox.refusal import FILE_NAME

_MAX_NOTES = 5
_KIND: type[Warning] = cast(Any, pd.errors).ChainedAssignmentError


@contextmanager
def writes_to_copies() -> Generator[list[warnings.WarningMessage]]:
    """Collects what pandas says of such writes within, once per line; other warnings are off."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("default", _KIND)
        yield caught


def notes(caught: Iterable[warnings.WarningMessage], lines: list[str]) -> tuple[str, ...]:
    """One sentence for each line of the strategy, in order, up to 5."""
    numbers = sorted({each.lineno for each in caught if each.filename == FILE_NAME})
    return tuple(_note(number, lines) for number in numbers[:_MAX_NOTES] if 0 < number <= len(lines))


def _note(number: int, lines: list[str]) -> str:
    shown = lines[number - 1].strip()[:80]
    return f"line {number}: `{shown}` changes a copy and has no effect; write df.loc[rows, 'column'] = value."
