"""Signals from plain comparisons of prices, the same bits whatever the versions of other libraries are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.market.bars import Bars
from engine.strategy.signals import LEVEL_COLUMNS, Signals


def crossing(bars: Bars, fast: int, slow: int, *, shorts: bool) -> Signals:
    """Long while the fast average of the closes is above the slow one; short (or flat) while it is not."""
    known = np.arange(len(bars)) >= slow - 1
    above = _average(bars.close, fast) > _average(bars.close, slow)
    return _turns(known & above, known & ~above, shorts=shorts)


def breakout(bars: Bars, window: int, *, shorts: bool) -> Signals:
    """In on a close above the highest high of the last `window` bars; out, or short, below the lowest low."""
    up = bars.close > _before(_highest(bars.high, window))
    down = bars.close < _before(-_highest(-bars.low, window))
    return _signals(up, down, shorts=shorts)


def dips(bars: Bars, window: int, fraction: float, *, shorts: bool) -> Signals:
    """Long that far below the window's highest close, out at a new high; short the other way round."""
    top, bottom = _highest(bars.close, window), -_highest(-bars.close, window)
    low, high = bars.close <= top * (1.0 - fraction), bars.close >= bottom * (1.0 + fraction)
    at_top, at_bottom = bars.close >= top, bars.close <= bottom
    none = np.zeros(len(bars), np.bool_)
    return Signals(low, at_top, high if shorts else none, at_bottom if shorts else none)


def momentum(bars: Bars, window: int, threshold: float, *, shorts: bool) -> Signals:
    """Long while the close is that far above the one `window` bars ago, short while it is as far below."""
    past = np.concatenate([np.full(window, np.nan), bars.close])[: len(bars)]
    return _turns(bars.close > past * (1.0 + threshold), bars.close < past * (1.0 - threshold), shorts=shorts)


def clockwork(bars: Bars, every: int, after: int, *, shorts: bool) -> Signals:
    """In at every `every`-th bar, by turns long and short, out `after` bars later."""
    row = np.arange(len(bars))
    enters, leaves = row % every == 0, row % every == after % every
    turn = row // every % 2 == (0 if shorts else 2)
    none = np.zeros(len(bars), np.bool_)
    return Signals(enters & ~turn, leaves, enters & turn, leaves if shorts else none)


def with_levels(bars: Bars, signals: Signals, **levels: float) -> Signals:
    """The same with constant levels, wider where the signal's bar is; `size` stays what it is."""
    unknown = set(levels) - set(LEVEL_COLUMNS)
    if unknown:
        raise ValueError(f"{unknown} are no levels")
    wider = 1.0 + (bars.high - bars.low) / bars.close
    columns = {
        name: np.full(len(bars), value) if name == "size" else value * wider for name, value in levels.items()
    }
    return replace(signals, **columns)


def _signals(up: np.ndarray, down: np.ndarray, *, shorts: bool) -> Signals:
    none = np.zeros(len(up), np.bool_)
    return Signals(up, down, down if shorts else none, up if shorts else none)


def _turns(above: np.ndarray, below: np.ndarray, *, shorts: bool) -> Signals:
    """In and out where a state begins and ends."""
    none = np.zeros(len(above), np.bool_)
    rises, falls = above & ~_shifted(above), ~above & _shifted(above)
    if not shorts:
        return Signals(rises, falls, none, none)
    return Signals(rises, falls, below & ~_shifted(below), ~below & _shifted(below))


def _shifted(flags: np.ndarray) -> np.ndarray:
    return np.concatenate([[False], flags[:-1]])


def _before(column: np.ndarray) -> np.ndarray:
    return np.concatenate([[np.nan], column[:-1]])


def _average(values: np.ndarray, window: int) -> np.ndarray:
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.concatenate([np.full(window - 1, np.nan), (total[window:] - total[:-window]) / window])


def _highest(values: np.ndarray, window: int) -> np.ndarray:
    """Of the last `window` values, NaN before there are as many."""
    seen = np.lib.stride_tricks.sliding_window_view(values, window).max(axis=1)
    return np.concatenate([np.full(window - 1, np.nan), seen])
