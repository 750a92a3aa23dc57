"""A filter in the request only ever removes entries."""

from __future__ import annotations

import numpy as np
import pytest
import talib

from engine.market.interval import Interval
from engine.strategy.compose.compose import compose
from engine.strategy.compose.model import Composition
from tests.unit.compose.running import run, walk

_BASES = (
    "ema 9 and 21 crossover",
    "buy when rsi(14) drops below 40, sell when it rises above 60",
    "donchian 20 breakout, long and short",
)
_FILTERS = (
    "only above the 200 ema",
    "only when price is below the 100 sma",
    "with volume above its 20 average",
    "volume filter",
    "adx above 25 filter",
    "only if adx(10) is below 20",
    "only on weekdays",
    "not at weekends",
    "only on mondays",
    "between 8 and 20 UTC",
    "not between 22 and 4",
    "volatility filter",
    "only when volatility is low",
    "in an uptrend",
    "do not buy when the cci is above 150",
    "only in january and march",
    "only when the last candle is green",
    "ignore signals on friday",
)


def _entries(request: str) -> tuple[np.ndarray, Composition]:
    answer = compose(request, interval=Interval.H1)
    assert isinstance(answer, Composition)
    signals = run(answer.code, walk())
    return signals.long_entry | signals.short_entry, answer


@pytest.mark.parametrize("extra", _FILTERS)
def test_entries_with_a_filter_are_a_strict_subset_of_those_without(extra: str):
    before, after = 0, 0
    for base in _BASES:
        plain, _ = _entries(base)
        kept, answer = _entries(f"{base}, {extra}")
        assert answer.understood.filters and not answer.understood.not_understood
        assert not (kept & ~plain).any()
        before, after = before + int(plain.sum()), after + int(kept.sum())
    assert 0 < after < before


def test_a_filter_that_names_a_direction_of_the_market_is_mirrored_for_shorts():
    answer = compose("sma 10/30 cross, long and short, only above the 100 sma")
    assert isinstance(answer, Composition)
    signals, bars = run(answer.code, walk()), walk()
    average = bars["close"].rolling(100).mean()
    assert (bars["close"] > average)[signals.long_entry].all()
    assert (bars["close"] < average)[signals.short_entry].all()


def test_weekday_and_hour_filters_hold_on_the_open_of_the_bar():
    answer = compose("rsi 5 below 40, only on weekdays between 9:30 and 17 utc")
    assert isinstance(answer, Composition)
    entered = walk().index[run(answer.code, walk()).long_entry]
    assert len(entered) and set(entered.day_of_week) <= {0, 1, 2, 3, 4}
    assert set(entered.hour) <= set(range(10, 17))


def test_a_filter_told_for_a_short_only_strategy_is_taken_as_it_is_told():
    answer = compose("macd cross, short only, only below the 200 ema")
    assert isinstance(answer, Composition)
    signals, bars = run(answer.code, walk()), walk()
    average = talib.EMA(bars["close"], timeperiod=200)
    assert signals.short_entry.any() and not signals.long_entry.any()
    assert (bars["close"] < average)[signals.short_entry].all()


def test_each_side_keeps_its_own_filters_where_both_are_told():
    answer = compose(
        "long when rsi < 40 and close above 200 ema, short when rsi > 60 and close below 100 ema"
    )
    assert isinstance(answer, Composition)
    signals, close = run(answer.code, walk()), walk()["close"]
    assert signals.long_entry.any() and signals.short_entry.any()
    assert (close > talib.EMA(close, timeperiod=200))[signals.long_entry].all()
    assert (close < talib.EMA(close, timeperiod=100))[signals.short_entry].all()
