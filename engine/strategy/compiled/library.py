"""The compiled forms of the ready strategies, found by the hash of their text: an edited text has none."""

from __future__ import annotations

from functools import cache

import numpy as np

from engine.market.bars import Bars
from engine.strategy.compiled.form import CompiledForm, Params
from engine.strategy.indicators import Indicators, Request
from engine.strategy.library import catalogue
from engine.strategy.signals import Flags, Signals
from engine.strategy.spec import code_hash as hash_of


def compiled_form(code_hash: str) -> CompiledForm | None:
    """The compiled form of the text with this SHA-256 (hex); None when it has none."""
    return _by_hash().get(code_hash)


@cache
def _by_hash() -> dict[str, CompiledForm]:
    return {hash_of(catalogue.text(name)): form for name, form in _FORMS.items()}


def _long_only(flags: tuple[Flags, Flags]) -> Signals:
    entry, leave = flags
    never = np.zeros(len(entry), np.bool_)
    return Signals(entry, leave, never, never)


def _sma_cross_requests(params: Params) -> tuple[Request, ...]:
    return tuple(Request("SMA", ("close",), (params[name],)) for name in ("fast", "slow"))


def _sma_cross(_bars: Bars, indicators: Indicators, _params: Params) -> Signals:
    from engine.strategy.compiled.rules import sma_cross

    fast, slow = indicators
    return _long_only(sma_cross(fast, slow))


def _rsi_requests(params: Params) -> tuple[Request, ...]:
    return (Request("RSI", ("close",), (params["period"],)),)


def _rsi(_bars: Bars, indicators: Indicators, params: Params) -> Signals:
    from engine.strategy.compiled.rules import rsi

    (strength,) = indicators
    return _long_only(rsi(strength, params["oversold"], params["overbought"]))


def _bollinger_requests(params: Params) -> tuple[Request, ...]:
    deviations = params["deviations"]
    return (Request("BBANDS", ("close",), (params["period"], deviations, deviations)),)


def _bollinger(bars: Bars, indicators: Indicators, _params: Params) -> Signals:
    from engine.strategy.compiled.rules import bollinger

    _, middle, lower = indicators
    return _long_only(bollinger(bars.close, middle, lower))


def _macd_requests(params: Params) -> tuple[Request, ...]:
    return (Request("MACD", ("close",), (params["fast"], params["slow"], params["signal"])),)


def _macd(_bars: Bars, indicators: Indicators, _params: Params) -> Signals:
    from engine.strategy.compiled.rules import macd

    _, _, histogram = indicators
    return _long_only(macd(histogram))


_FORMS = {
    "bollinger": CompiledForm(_bollinger_requests, _bollinger),
    "macd": CompiledForm(_macd_requests, _macd),
    "rsi": CompiledForm(_rsi_requests, _rsi),
    "sma_cross": CompiledForm(_sma_cross_requests, _sma_cross),
}
