"""The compiled form of a ready strategy gives the signals of its text, bit for bit."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InvalidInput
from engine.market.bars import Bars, Origin
from engine.strategy.compiled.form import CompiledForm, CompiledStrategy, declared
from engine.strategy.compiled.library import compiled_form
from engine.strategy.indicators import IndicatorCache, Indicators, Request
from engine.strategy.library import catalogue
from engine.strategy.signals import FLAG_COLUMNS, LEVEL_COLUMNS, Signals
from engine.strategy.spec import Number, Parameter, StrategySpec, code_hash
from sandbox.loader import SandboxLoader
from tests.support.market import BTC, made_bars
from tests.support.recorded_market import recorded_market
from tests.support.trusted_loader import TrustedStrategy
from tests.support.walks import HOUR_MS, walks

_NAMES = catalogue.names()


@cache
def text_of(name: str) -> TrustedStrategy:
    return TrustedStrategy(catalogue.text(name))


def form_of(name: str) -> CompiledForm:
    form = compiled_form(code_hash(catalogue.text(name)))
    assert form is not None, name
    return form


def bits(signals: Signals) -> list[object]:
    """All that signals hold."""
    flags = [getattr(signals, name).tobytes() for name in FLAG_COLUMNS]
    levels = [getattr(signals, name) for name in LEVEL_COLUMNS]
    return [
        *flags,
        *(None if each is None else each.tobytes() for each in levels),
        signals.tag,
        signals.warnings,
    ]


def assert_both_forms_agree(name: str, bars: Bars, params: dict[str, Number]) -> int:
    """The same bits from both; the number of entries and exits."""
    compiled = form_of(name).signals(IndicatorCache(bars), params)
    assert bits(compiled) == bits(text_of(name).signals(bars, params)), (name, params)
    return int(compiled.long_entry.sum() + compiled.long_exit.sum())


def _value(parameter: Parameter) -> st.SearchStrategy[Number]:
    if parameter.kind == "int":
        return st.integers(int(parameter.low or 2), int(parameter.high or 300))
    return st.floats(float(parameter.low or 0.0), float(parameter.high or 100.0))


def params_of(spec: StrategySpec) -> st.SearchStrategy[dict[str, Number]]:
    """Sets inside the ranges that keep the constraints."""
    drawn = st.fixed_dictionaries({parameter.name: _value(parameter) for parameter in spec.parameters})

    def holds(params: dict[str, Number]) -> bool:
        try:
            spec.resolve(params)
        except InvalidInput:
            return False
        return True

    return drawn.filter(holds)


@pytest.mark.parametrize("name", _NAMES)
def test_both_forms_agree_on_random_walks_with_gaps_and_coarse_prices(name: str) -> None:
    @settings(max_examples=40)
    @given(walk=walks(), params=params_of(text_of(name).spec))
    def agree(walk, params) -> None:  # type: ignore[no-untyped-def]
        assert_both_forms_agree(name, walk.market().bars, params)

    agree()


@pytest.mark.parametrize("name", _NAMES)
def test_both_forms_agree_where_signals_are_many(name: str) -> None:
    rng, spec, bars = np.random.default_rng(5), text_of(name).spec, made_bars(3_000)
    acted = 0
    for _ in range(12):
        drawn = {
            each.name: each.checked(
                int(rng.integers(each.low, each.high + 1))
                if each.kind == "int"
                else rng.uniform(each.low, each.high)
            )
            for each in spec.parameters
        }
        try:
            params = spec.resolve(drawn)
        except InvalidInput:
            continue
        acted += assert_both_forms_agree(name, bars, params)
    assert acted > 100


@pytest.mark.parametrize("name", _NAMES)
def test_both_forms_agree_on_real_bars(market_files: Path, name: str) -> None:
    bars = recorded_market(market_files, "bybit_linear_BTCUSDT_1h").bars
    params = text_of(name).spec.resolve({})
    assert assert_both_forms_agree(name, bars, params) > 100


def constant_bars(rows: int, price: float = 100.0) -> Bars:
    prices = dict.fromkeys(("open", "high", "low", "close"), np.full(rows, price))
    columns = {**prices, "open_time": HOUR_MS * np.arange(rows), "volume": np.zeros(rows)}
    return Bars.checked(BTC, made_bars(2).interval, columns, Origin.FILE)


@pytest.mark.parametrize("name", _NAMES)
@pytest.mark.parametrize("price", [100.0, 0.1, 12_345.678])
def test_both_forms_agree_on_prices_that_never_move(name: str, price: float) -> None:
    assert_both_forms_agree(name, constant_bars(400, price), text_of(name).spec.resolve({}))


def stepped_bars(steps: list[int]) -> Bars:
    """Whole prices that stay for 150 bars at each step: averages and histograms are equal there, exactly."""
    price = np.repeat(np.array(steps, np.float64), 150)
    columns = dict.fromkeys(("open", "high", "low", "close"), price)
    columns |= {"open_time": HOUR_MS * np.arange(len(price)), "volume": np.zeros(len(price))}
    return Bars.checked(BTC, made_bars(2).interval, columns, Origin.FILE)


@pytest.mark.parametrize("name", ["sma_cross", "macd"])
@pytest.mark.parametrize("steps", [[64, 128, 128, 64], [128, 64, 64, 128]])
def test_both_forms_agree_where_a_cross_begins_at_exactly_zero(name: str, steps: list[int]) -> None:
    bars, params = stepped_bars(steps), text_of(name).spec.resolve({})
    assert assert_both_forms_agree(name, bars, params) > 0
    signals = form_of(name).signals(IndicatorCache(bars), params)
    assert (signals.long_entry if steps[1] > steps[0] else signals.long_exit)[150], "acts at the first step"


def test_both_forms_agree_where_the_strength_was_exactly_at_its_bound() -> None:
    bars = made_bars(2_000)
    cache = IndicatorCache(bars)
    params: dict[str, Number] = {"period": 14, "oversold": 30.0, "overbought": 70.0}
    (strength,) = cache.get(Request("RSI", ("close",), (14,)))
    met = 0
    for row in range(20, 1_999):
        now, after = float(strength[row]), float(strength[row + 1])
        if 55.0 <= now <= 90.0 and after > now:
            bounds = {"overbought": now}
        elif 10.0 <= now <= 45.0 and after < now:
            bounds = {"oversold": now}
        else:
            continue
        if row % 40 == 0:
            signals = form_of("rsi").signals(cache, params | bounds)
            assert (signals.long_exit if "overbought" in bounds else signals.long_entry)[row + 1]
            assert_both_forms_agree("rsi", bars, params | bounds)
            met += 1
    assert met > 5


@pytest.mark.parametrize("name", _NAMES)
@pytest.mark.parametrize("rows", [1, 2, 3, 14, 15, 20, 21, 33, 34, 35, 100, 101, 102])
def test_both_forms_agree_on_windows_as_short_as_the_warm_up(name: str, rows: int) -> None:
    acted = assert_both_forms_agree(name, made_bars(rows), text_of(name).spec.resolve({}))
    assert rows > 14 or not acted


@pytest.mark.parametrize("name", _NAMES)
def test_a_compiled_form_gives_what_the_text_gives_in_the_sandbox(walls: None, name: str) -> None:
    bars = made_bars(1_500)
    with SandboxLoader(zygotes=1) as loader:
        strategy = loader.load(catalogue.text(name))
        form = compiled_form(strategy.spec.code_hash)
        assert form is not None
        params = strategy.spec.resolve({})
        assert bits(strategy.signals(bars, params)) == bits(form.signals(IndicatorCache(bars), params))


@pytest.mark.parametrize("name", _NAMES)
def test_an_edited_text_has_no_compiled_form(name: str) -> None:
    assert compiled_form(code_hash(catalogue.text(name))) is not None
    assert compiled_form(code_hash(catalogue.text(name) + "\n")) is None


# -- strategies that have a compiled form only


def breakout_requests(params: dict[str, Number]) -> tuple[Request, ...]:
    return (Request("MAX", ("high",), (params["window"],)), Request("ATR", ("high", "low", "close"), (14,)))


def breakout(bars: Bars, indicators: Indicators, params: dict[str, Number]) -> Signals:
    highest, true_range = indicators
    entry = np.r_[False, bars.close[1:] > highest[:-1]]
    stop = np.maximum(params["stop"] * true_range / bars.close, 1e-6)
    none = np.zeros(len(bars), np.bool_)
    return Signals(entry, none, none, none, stop_loss=stop)


BREAKOUT = CompiledStrategy(
    declared({"window": {"default": 20, "low": 2, "high": 200}, "stop": 2.0}), breakout_requests, breakout
)


def test_a_compiled_strategy_of_ones_own_gives_signals() -> None:
    bars = made_bars(500)
    signals = BREAKOUT.signals(bars, {"window": 10})
    expected = [i > 0 and bars.close[i] > bars.high[max(0, i - 10) : i].max() and i >= 10 for i in range(500)]
    assert signals.long_entry.tolist() == expected
    assert signals.stop_loss is not None and np.isnan(signals.stop_loss[:14]).all()


def test_a_compiled_strategy_refuses_parameters_as_a_text_does() -> None:
    with pytest.raises(InvalidInput, match="window = 1 is outside its range"):
        BREAKOUT.signals(made_bars(50), {"window": 1})
    with pytest.raises(InvalidInput, match="no parameter 'period'"):
        BREAKOUT.signals(made_bars(50), {"period": 1})


def test_a_declaration_whose_defaults_break_a_constraint_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"The defaults do not fit: The constraint 'fast < slow'"):
        declared({"fast": 50, "slow": 20}, ("fast < slow",))
