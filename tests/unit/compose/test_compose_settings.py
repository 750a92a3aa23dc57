"""Settings that are named one by one are read like those in brackets."""

from __future__ import annotations

import pytest

from engine.market.interval import Interval
from engine.strategy.compose.compose import compose
from engine.strategy.compose.model import Composition
from engine.strategy.compose.settings import positional


@pytest.mark.parametrize(
    ("request_", "name", "params"),
    [
        ("macd fast 10 slow 30 signal 7", "MACD", {"fast": 10, "slow": 30, "signal": 7}),
        ("MACD with fast period 10, slow period 30 and signal 7 crossover", "MACD", {"fast": 10, "slow": 30}),
        ("MACD (fast=10, slow=30, signal=7)", "MACD", {"fast": 10, "slow": 30, "signal": 7}),
        ("supertrend with atr period 12 and multiplier 2.5", "Supertrend", {"period": 12, "multiple": 2.5}),
        ("use supertrend, period 12, multiplier 2.5", "Supertrend", {"period": 12, "multiple": 2.5}),
        ("keltner channel breakout length 25 multiplier 1.5", "Keltner", {"period": 25, "multiple": 1.5}),
        ("keltner breakout ema 20 atr 14 multiplier 2.5", "Keltner", {"multiple": 2.5, "atr_period": 14}),
        ("bollinger bands period 25 std 1.8 mean reversion", "Bollinger", {"period": 25, "deviations": 1.8}),
        ("stochastic k 10 d 4 smooth 2", "Stochastic", {"period": 10, "smooth": 2, "d": 4}),
        ("donchian channel entry 40 exit 15", "Donchian", {"entry": 40, "exit": 15}),
        ("moving average crossover, fast = 15, slow = 45", "SMA", {"fast": 15, "slow": 45}),
        ("EMA crossover fast 12 slow 60", "EMA", {"fast": 12, "slow": 60}),
        ("RSI mean reversion, oversold 28, overbought 65", "RSI", {"oversold": 28, "overbought": 65}),
        ("rsi strategy, oversold level 25, overbought level 80", "RSI", {"oversold": 25, "overbought": 80}),
        ("RSI(10). Oversold: 20. Overbought: 85.", "RSI", {"period": 10, "oversold": 20, "overbought": 85}),
    ],
)
def test_a_named_setting_reaches_its_parameter(request_: str, name: str, params: dict[str, float]) -> None:
    answer = compose(request_, interval=Interval.H1)
    assert isinstance(answer, Composition)
    (use,) = [use for use in answer.understood.indicators if use.name == name]
    assert {key: use.params[key] for key in params} == params
    assert answer.understood.not_understood == ()


@pytest.mark.parametrize(
    "request_",
    [
        "buy when ema 12 crosses above ema 26, stop 2%",
        "rsi period 14 under 30",
        "donchian breakout of 20 bars, exit at the 15 bar low",
        "macd signal cross",
        "bollinger 20, exit at the middle band",
        "sma 50 with a short stop of 2%",
        "",
    ],
)
def test_what_names_no_settings_stays_as_it_is(request_: str) -> None:
    assert positional(request_) == request_
