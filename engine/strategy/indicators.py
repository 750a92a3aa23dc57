"""Indicators as small requests, and a cache of them for one series of bars; the arithmetic is TA-Lib's own.

A strategy's text calls the same library as `ta`, so that a compiled form and its text see the same bits.
"""

from __future__ import annotations

import difflib
import threading
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInput, StrategyFailed
from engine.market.bars import COLUMNS, Bars
from engine.market.interval import Interval
from engine.market.resample import last_closed, resampled
from engine.strategy.spec import Number

Floats = NDArray[np.float64]
Indicators = tuple[Floats, ...]

DEFAULT_CACHE_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Request:
    """One call of a TA-Lib function; equal requests have equal values.

    Attributes:
        name: the function, e.g. "SMA".
        inputs: the columns of the bars that it reads, in its order, e.g. ("close",).
        parameters: its parameters, in its order; those left out take the library's defaults.
        interval: of the bars that it is computed on, a whole multiple of the strategy's own; None for those.
    """

    name: str
    inputs: tuple[str, ...]
    parameters: tuple[Number, ...] = ()
    interval: Interval | None = None

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, (*self.inputs, *self.parameters)))})"


def calculated(bars: Bars, request: Request) -> Indicators:
    """The outputs of `request` on `bars`, each float64[n], NaN during the warm-up; read-only.

    On a higher interval each bar has the values of the newest higher bar that had closed by its own close.

    Raises:
        InvalidInput: no such function or column, or an interval that is not made of these bars.
        StrategyFailed: parameters that the function does not take.
    """
    if request.interval not in (None, bars.interval):
        return _on_higher(bars, request, request.interval)
    _check(request)
    function = _library_function(request.name)
    inputs = (getattr(bars, name) for name in request.inputs)
    try:
        result: Any = function(*inputs, *request.parameters)
    except Exception as error:  # TA-Lib raises a bare Exception for parameters out of its range
        raise StrategyFailed(f"{request} cannot be computed: {error}.") from error
    outputs = cast(Indicators, result if isinstance(result, tuple) else (result,))
    for output in outputs:
        output.flags.writeable = False
    return outputs


def _on_higher(bars: Bars, request: Request, interval: Interval) -> Indicators:
    higher = resampled(bars, interval)
    outputs = calculated(higher, replace(request, interval=None))
    seen = last_closed(bars, higher)
    aligned = tuple(np.append(output, np.nan)[seen] for output in outputs)
    for output in aligned:
        output.flags.writeable = False
    return aligned


class IndicatorCache:
    """Indicators of one series of bars, each computed once and kept while there is room.

    Safe for several threads. What was unused for longest makes room, and is computed again when asked for.
    """

    def __init__(self, bars: Bars, limit_bytes: int = DEFAULT_CACHE_BYTES) -> None:
        """An empty cache for `bars` that keeps at most `limit_bytes` of values."""
        self._bars = bars
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._held: OrderedDict[Request, Future[Indicators]] = OrderedDict()
        self._bytes = 0

    @property
    def bars(self) -> Bars:
        """The bars that it computes on."""
        return self._bars

    @property
    def held_bytes(self) -> int:
        """Bytes of the values that are kept."""
        return self._bytes

    def get(self, request: Request) -> Indicators:
        """The outputs of `request`, each float64[n], NaN during the warm-up; read-only.

        Raises:
            InvalidInput, StrategyFailed: as `calculated` does.
        """
        with self._lock:
            found = self._held.get(request)
            future = found or Future[Indicators]()
            self._held[request] = future
            self._held.move_to_end(request)
        if found is None:
            self._fill(request, future)
        return future.result()

    def all_of(self, requests: tuple[Request, ...]) -> Indicators:
        """The outputs of all `requests`, in order, those of one request side by side."""
        return tuple(output for request in requests for output in self.get(request))

    def _fill(self, request: Request, future: Future[Indicators]) -> None:
        """Compute what others may wait for already, and make room for it."""
        try:
            outputs = calculated(self._bars, request)
        except BaseException as error:
            with self._lock:
                self._held.pop(request, None)
            future.set_exception(error)
            return
        future.set_result(outputs)
        with self._lock:
            self._bytes += _size(outputs)
            done = [each for each, future in self._held.items() if future.done()]
            for oldest in done:
                if self._bytes <= self._limit_bytes:
                    return
                self._bytes -= _size(self._held.pop(oldest).result())


def _size(outputs: Indicators) -> int:
    return sum(output.nbytes for output in outputs)


def _check(request: Request) -> None:
    for name in request.inputs:
        if name not in COLUMNS:
            raise InvalidInput(
                f"{request} reads {name!r}, which bars do not have.", f"Columns: {', '.join(COLUMNS)}."
            )


def _library_function(name: str) -> Any:
    """TA-Lib's function of that name on arrays."""
    import talib

    library: Any = talib
    known: list[str] = library.get_functions()
    if name not in known:
        near = difflib.get_close_matches(name, known, 3, 0.5)
        raise InvalidInput(f"There is no indicator {name!r}.", f"Near it: {', '.join(near) or 'none'}.")
    return getattr(library, name)
