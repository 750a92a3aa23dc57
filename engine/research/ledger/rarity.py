"""How much a feature tells about an idea: little, where many ready and composed strategies have it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from engine.errors import EdgewrightError
from engine.research.ledger.fingerprint import features

# one or two of each kind of idea; what the composer writes for them is the frame that its texts share
_IDEAS = (
    "golden cross of SMA 50 and 200",
    "EMA 12 and 26 crossover, long and short",
    "price above the 100 EMA, with a 5% stop loss",
    "RSI(14) below 30, exit above 70",
    "RSI crosses above 50, ADX above 20",
    "MACD line crosses its signal line",
    "MACD histogram turns positive, take profit 4%",
    "close below the lower Bollinger band, exit at the middle",
    "Bollinger squeeze breakout with volume",
    "breakout of the 20 bar high, exit at the 10 bar low",
    "Donchian 55 breakout with an ATR stop of 2",
    "Keltner channel breakout, trailing stop 3 ATR",
    "stochastic crosses up below 20",
    "CCI below -100, exit above 100",
    "Williams %R oversold",
    "MFI below 20 and rising",
    "momentum: buy when the last 20 bars gained, sell when they lost",
    "rate of change above 5%",
    "ADX trend: plus DI above minus DI",
    "supertrend 10, 3",
    "parabolic SAR flips",
    "ichimoku cloud breakout",
    "aroon up crosses aroon down",
    "z-score of the close below -2, exit at 0",
    "buy 5% below the 20 bar average",
    "volume spike twice its average on a green candle",
    "OBV above its 20 bar average",
    "VWAP reversion",
    "low volatility: ATR below its average, then a new high",
    "buy on Monday, sell on Friday",
    "long between 8 and 16 UTC",
    "three red candles in a row, then buy",
)


@cache
def _counts() -> tuple[int, Counter[str]]:
    found = [features(text) for text in _background()]
    return len(found), Counter(feature for text in found for feature in text)


def _background() -> Iterator[str]:
    from engine.strategy.compose.compose import compose
    from engine.strategy.compose.model import Composition
    from engine.strategy.library.catalogue import names, text

    for name in names():
        yield text(name)
    for idea in _IDEAS:
        try:
            composed = compose(idea)
        except EdgewrightError:
            continue
        if isinstance(composed, Composition):
            yield composed.code


def weight(found: Iterable[str]) -> float:
    """Sum of the inverse document frequencies of features (Sparck Jones, 1972), in nats."""
    return sum(map(_weight, found))


@lru_cache(50_000)
def _weight(feature: str) -> float:
    texts, counts = _counts()
    return math.log((texts + 1.0) / (counts[feature] + 0.5))
