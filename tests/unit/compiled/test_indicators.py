"""Indicators are TA-Lib's own, computed once for all who ask, and kept within bounds."""

from __future__ import annotations

import threading
from typing import Any, cast

import numpy as np
import pytest
import talib

from engine.errors import InvalidInput, StrategyFailed
from engine.market.interval import Interval
from engine.strategy.indicators import IndicatorCache, Request, calculated
from engine.strategy.timeframes import on_higher
from tests.support.market import made_bars

_LIBRARY = cast(Any, talib)
_BARS = made_bars(300)
_REQUESTS = [
    Request("SMA", ("close",), (20,)),
    Request("BBANDS", ("close",), (20, 2.0, 2.0)),
    Request("MACD", ("close",), (12, 26, 9)),
    Request("STOCH", ("high", "low", "close")),
    Request("OBV", ("close", "volume")),
]


@pytest.mark.parametrize("request_", _REQUESTS, ids=str)
def test_an_indicator_is_the_librarys_bit_for_bit(request_: Request) -> None:
    columns = [getattr(_BARS, name) for name in request_.inputs]
    expected = getattr(_LIBRARY, request_.name)(*columns, *request_.parameters)
    outputs = calculated(_BARS, request_)
    for ours, theirs in zip(outputs, expected if isinstance(expected, tuple) else (expected,), strict=True):
        assert ours.tobytes() == theirs.tobytes()
        assert not ours.flags.writeable


def test_an_equal_request_gets_the_same_arrays_again() -> None:
    cache = IndicatorCache(_BARS)
    first = cache.get(Request("MACD", ("close",), (12, 26, 9)))
    again = cache.get(Request("MACD", ("close",), (12, 26, 9)))
    assert len(first) == 3 and all(one is other for one, other in zip(first, again, strict=True))
    assert cache.get(Request("MACD", ("close",), (12, 26, 8)))[0] is not first[0]
    assert cache.held_bytes == 6 * _BARS.close.nbytes


def test_outputs_of_several_requests_stand_side_by_side() -> None:
    cache = IndicatorCache(_BARS)
    both = cache.all_of((_REQUESTS[1], _REQUESTS[0]))
    assert [id(each) for each in both] == [
        id(each) for each in (*cache.get(_REQUESTS[1]), *cache.get(_REQUESTS[0]))
    ]
    assert len(both) == 4


def test_what_was_unused_for_longest_makes_room() -> None:
    cache = IndicatorCache(_BARS, limit_bytes=3 * _BARS.close.nbytes)
    averages = [Request("SMA", ("close",), (period,)) for period in range(2, 6)]
    first, second, third = (cache.get(each)[0] for each in averages[:3])
    assert cache.get(averages[0])[0] is first
    cache.get(averages[3])
    assert cache.held_bytes == 3 * _BARS.close.nbytes
    assert cache.get(averages[0])[0] is first and cache.get(averages[2])[0] is third
    made_again = cache.get(averages[1])[0]
    assert made_again is not second and made_again.tobytes() == second.tobytes()


def test_what_is_larger_than_the_cache_is_given_but_not_kept() -> None:
    cache = IndicatorCache(_BARS, limit_bytes=100)
    assert len(cache.get(_REQUESTS[0])[0]) == len(_BARS)
    assert cache.held_bytes == 0


def test_threads_that_ask_at_once_share_one_computation() -> None:
    bars, threads = made_bars(20_000), 8
    cache, start = IndicatorCache(bars), threading.Barrier(threads)
    seen: list[int] = []

    def ask() -> None:
        start.wait()
        for period in range(2, 40):
            seen.append(id(cache.get(Request("RSI", ("close",), (period,)))[0]))

    asking = [threading.Thread(target=ask) for _ in range(threads)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert len(seen) == threads * 38 and len(set(seen)) == 38
    assert cache.held_bytes == 38 * bars.close.nbytes


def test_parameters_that_the_library_refuses_fail_every_time() -> None:
    cache = IndicatorCache(_BARS)
    for _ in range(2):
        with pytest.raises(StrategyFailed, match=r"RSI\(close, 1\) cannot be computed: .*Bad Parameter"):
            cache.get(Request("RSI", ("close",), (1,)))
    assert cache.held_bytes == 0


def test_a_failure_takes_no_room_and_is_not_in_the_way() -> None:
    cache = IndicatorCache(_BARS, limit_bytes=2 * _BARS.close.nbytes)
    with pytest.raises(StrategyFailed):
        cache.get(Request("RSI", ("close",), (1,)))
    for period in range(2, 8):
        assert len(cache.get(Request("RSI", ("close",), (period,)))[0]) == 300
    assert cache.held_bytes == 2 * _BARS.close.nbytes


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (Request("SMMA", ("close",)), "no indicator 'SMMA'. Near it: .*SMA"),
        (Request("SMA", ("price",)), "reads 'price'.*Columns: open, high, low, close, volume"),
        (Request("SMA", ("close",), (5,), Interval.M15), "A 15m bar is not made of 1h bars"),
    ],
)
def test_a_request_that_cannot_be_meant_is_told_so(wrong: Request, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        IndicatorCache(_BARS).get(wrong)


def test_the_bars_own_interval_may_be_named() -> None:
    named = calculated(_BARS, Request("SMA", ("close",), (5,), Interval.H1))
    assert np.array_equal(named[0], calculated(_BARS, Request("SMA", ("close",), (5,)))[0], equal_nan=True)


def test_an_indicator_of_a_higher_interval_is_seen_when_its_bar_has_closed() -> None:
    (average,) = calculated(_BARS, Request("SMA", ("close",), (5,), Interval.H4))
    expected = on_higher(_BARS, Interval.H4, lambda higher: talib.SMA(higher.close, 5))
    assert np.array_equal(average, expected, equal_nan=True)
    assert np.isfinite(average).sum() > 200


def test_bars_to_come_change_no_indicator_of_a_higher_interval() -> None:
    request = Request("BBANDS", ("close",), (5,), Interval.H4)
    whole = calculated(_BARS, request)
    for cut in (100, 101, 102, 103):
        for output, before in zip(whole, calculated(_BARS.rows(0, cut), request), strict=True):
            assert np.array_equal(output[:cut], before, equal_nan=True)
