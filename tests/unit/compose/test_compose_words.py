"""The words of a request: numbers, typos, spans, and what is left over word for word."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine.market.interval import Interval
from engine.strategy.compose.compose import compose
from engine.strategy.compose.model import Composition
from engine.strategy.compose.words import Text


def _composed(request: str, interval: Interval | None = Interval.H1) -> Composition:
    answer = compose(request, interval=interval)
    assert isinstance(answer, Composition), answer
    return answer


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("thirty", "30"),
        ("Ninety-Nine", "99"),
        ("twenty five", "25"),
        ("two hundred", "200"),
        ("a hundred", "100"),
        ("two and a half percent", "2.5 %"),
        ("half a percent", "0.5 %"),
        ("one point five", "1.5"),
        ("minus one hundred", "-100"),
        ("-80", "-80"),
        ("2,5%", "2.5 %"),
        ("9-21", "9 - 21"),
        ("20-bar", "20 bar"),
        ("RSI14", "rsi 14"),
        ("w/o", "without"),
        ("don’t", "not"),
    ],
)
def test_numbers_and_spellings_become_plain(written: str, read: str):
    assert Text(written).norm.strip() == read


@pytest.mark.parametrize(
    ("typo", "word"),
    [
        ("bolinger", "bollinger"),
        ("stochasitc", "stochastic"),
        ("movign", "moving"),
        ("crosover", "crossover"),
        ("avarage", "average"),
        ("ichimuko", "ichimoku"),
        ("belwo", "below"),
        ("shrot", "short"),
        ("shirt", "shirt"),
        ("money", "money"),
        ("grind", "grind"),
    ],
)
def test_a_slip_of_the_finger_is_mended_and_another_word_is_not(typo: str, word: str):
    assert Text(typo).norm.strip() == word


def test_what_no_rule_reads_is_kept_word_for_word():
    told = _composed("EMA 9/21 cross, but only if Jupiter's moon Io is bright; Stop 2%").understood
    assert told.stop == 0.02
    assert told.not_understood == ("Jupiter's moon Io is bright",)


@pytest.mark.parametrize(
    ("request_text", "interval", "periods"),
    [
        ("breakout of the 20 day high", Interval.H1, {480, 240}),
        ("breakout of the 20 day high", Interval.H4, {120, 60}),
        ("breakout of the 20 day high", Interval.D1, {20, 10}),
        ("breakout of the 20 day high", None, {20, 10}),
        ("breakout of the 20 bar high", Interval.M5, {20, 10}),
        ("12 hour high breakout on the 15m", Interval.H1, {48, 24}),
        ("50 day moving average", Interval.H4, {300}),
        ("3 week low, buy", Interval.D1, {21}),
    ],
)
def test_days_and_hours_become_bars_of_the_interval(request_text: str, interval: Interval, periods: set[int]):
    told = _composed(request_text, interval).understood
    assert {value for use in told.indicators for value in use.params.values()} == periods


@pytest.mark.parametrize(
    ("words", "interval"),
    [
        ("on the 4h", "4h"),
        ("hourly", "1h"),
        ("daily", "1d"),
        ("15 minute chart", "15m"),
        ("4-hour candles", "4h"),
        ("H4", "4h"),
        ("M15", "15m"),
        ("on five minutes", "5m"),
        ("half hour chart", "30m"),
        ("weekly timeframe", "1w"),
        ("1D", "1d"),
    ],
)
def test_a_timeframe_in_the_text_is_the_interval(words: str, interval: str):
    told = _composed(f"macd cross {words}", Interval.M1).understood
    assert told.interval == interval
    assert not told.not_understood


def test_the_interval_of_the_text_wins_and_the_brief_says_so():
    answer = _composed("macd cross on the 4h", Interval.M15)
    assert answer.understood.interval == "4h"
    assert "4h" in answer.brief and "15m" in answer.brief


def test_without_any_interval_there_is_none():
    assert _composed("macd cross", None).understood.interval is None


def test_an_interval_that_does_not_exist_is_named():
    answer = _composed("macd cross on the 10 minute chart", Interval.H1)
    assert answer.understood.interval == "1h"
    assert "10m" in answer.brief and answer.understood.not_understood


@pytest.mark.parametrize(
    ("words", "symbol"),
    [
        ("for SOLUSDT", "SOLUSDT"),
        ("on btc", "BTCUSDT"),
        ("trade ethereum", "ETHUSDT"),
        ("eth/usdt", "ETHUSDT"),
        ("BTC-PERP", "BTCUSDT"),
    ],
)
def test_a_symbol_in_the_text_is_understood(words: str, symbol: str):
    told = _composed(f"ema cross {words}").understood
    assert told.symbol == symbol and not told.not_understood


def test_the_callers_symbol_counts_where_the_text_names_none():
    answer = compose("ema cross", symbol="XRPUSDT")
    assert isinstance(answer, Composition) and answer.understood.symbol == "XRPUSDT"


@pytest.mark.parametrize(
    ("words", "stop", "target", "trailing"),
    [
        ("stop loss 2%", 0.02, None, None),
        ("2 % sl", 0.02, None, None),
        ("stop of two percent", 0.02, None, None),
        ("cut losses at 3%", 0.03, None, None),
        ("get out if it falls 4%", 0.04, None, None),
        ("stop 50 bps", 0.005, None, None),
        ("max loss of 1.5 percent", 0.015, None, None),
        ("tp 5%", None, 0.05, None),
        ("5% profit target", None, 0.05, None),
        ("sell at 6% profit", None, 0.06, None),
        ("book profits at 8%", None, 0.08, None),
        ("take profit 3x stop, stop 1%", 0.01, 0.03, None),
        ("1:3 risk reward, 2% stop", 0.02, 0.06, None),
        ("sl 2% with rr of 2.5", 0.02, 0.05, None),
        ("2R target, sl 1%", 0.01, 0.02, None),
        ("sl/tp 2/4", 0.02, 0.04, None),
        ("2% stop 4% target", 0.02, 0.04, None),
        ("tp 4% sl 2%", 0.02, 0.04, None),
        ("trailing stop 3%", None, None, 0.03),
        ("trail by 2.5 percent", None, None, 0.025),
        ("without stop loss", None, None, None),
        ("no stops or targets", None, None, None),
        ("no take profit, stop 2%", 0.02, None, None),
        ("no trailing stop, stop 2%", 0.02, None, None),
    ],
)
def test_stops_and_targets_are_the_asked_fractions(
    words: str, stop: float | None, target: float | None, trailing: float | None
):
    told = _composed(f"ema 9/21 cross, {words}").understood
    assert (told.stop, told.target, told.trailing) == (stop, target, trailing)
    assert not told.not_understood


@pytest.mark.parametrize(
    ("words", "direction"),
    [
        ("", "long"),
        ("only long", "long"),
        ("no shorts", "long"),
        ("don't short", "long"),
        ("without shorting", "long"),
        ("long and short", "both"),
        ("both directions", "both"),
        ("long/short", "both"),
        ("short too", "both"),
        ("and vice versa", "both"),
        ("short only", "short"),
        ("only shorts", "short"),
        ("no longs", "short"),
    ],
)
def test_the_direction_is_the_asked_one(words: str, direction: str):
    assert _composed(f"supertrend 10 3 {words}").understood.direction == direction


@pytest.mark.parametrize(
    ("words", "size"),
    [
        ("risk 50% of equity", 0.5),
        ("half size", 0.5),
        ("use 25% of my capital", 0.25),
        ("position size 20%", 0.2),
        ("with a quarter of the account", 0.25),
        ("all in", 1.0),
    ],
)
def test_the_size_is_the_asked_share(words: str, size: float):
    assert _composed(f"macd cross, {words}").understood.size == size


def test_periods_that_cannot_be_are_named_and_not_used():
    told = _composed("rsi(0) below 30").understood
    assert told.indicators[0].params["period"] == 14
    assert "0" in told.not_understood


def test_importing_the_composer_loads_neither_pandas_nor_numpy():
    code = "import sys, engine.strategy.compose.compose as c; c.compose('rsi'); print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert not {"numpy", "pandas", "talib"} & set(loaded.stdout.split())
