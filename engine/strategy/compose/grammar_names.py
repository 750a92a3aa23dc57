"""Patterns of indicators, their series, prices, numbers and joins."""

from __future__ import annotations

from engine.strategy.compose.grammar import Pattern
from engine.strategy.compose.timeframe import UNIT
from engine.strategy.compose.words import NUMBER

_MA_KIND = {
    "EMA": r"exponential moving averages?|exponential averages?|exponential ma|ema",
    "SMA": r"simple moving averages?|simple averages?|simple ma|sma",
    "WMA": r"(?:linear(?:ly)? )?weighted moving averages?|wma",
    "DEMA": r"dema|double exponential moving average",
    "TEMA": r"tema|triple exponential moving average",
    "KAMA": r"kama|(?:kaufman(?: s)? )?adaptive moving average",
    "MA": (
        r"moving averages?(?: lines?)?|(?<!volume )ma|dma|averages?(?: (?:price|line|lines"
        r"|close))?|mean(?: price)?|mov average"
    ),
}
_NAMES = {
    "Stochastic RSI": r"(?:stochastic rsi|stochrsi|srsi)(?: oscillator)?",
    "RSI": r"rsi|relative strength(?: index)?",
    "Stochastic": r"(?:slow |fast |full )?stochastics?(?: oscillator)?",
    "CCI": r"cci|commodity channel(?: index)?",
    "Williams %R": r"williams(?: (?:pr|% r|r|percent r))?(?: oscillator| indicator)?|willr|wpr|pr",
    "MFI": r"mfi|money flow(?: index)?",
    "Z-score": r"z ?score|zscore|z score|standard score",
    "ROC": r"roc|rate of change|rocp|(?:price )?returns?(?! to)|performance",
    "Aroon": r"aroon(?: oscillator| indicator)?",
    "ADX": r"adx|average directional(?: movement)?(?: index)?|directional movement index|dmi|di(?= cross)",
    "MACD": r"macd",
    "Bollinger": r"bollinger(?: s)?(?: bands?)?",
    "Keltner": r"keltner(?: s)?(?: channels?| bands?)?",
    "Donchian": (
        r"donchian(?: s)?(?: channels?| bands?)?|price channels?|turtles?(?: traders?| trading"
        r"| system| rules?)*"
    ),
    "Supertrend": r"supertrend|super trend",
    "Ichimoku": r"ichimoku(?: kinko hyo)?(?: (?:kumo|cloud))?|kumo(?: cloud)?|cloud",
    "VWAP": r"vwap|volume weighted average(?: price)?",
    "OBV": r"obv|on balance volume",
    "Parabolic SAR": r"parabolic sar|psar|sar|parabolic(?: stop and reverse)?",
    "Momentum": r"momentum",
    "Breakout": r"(?:range |channel |price )?break ?outs?|channel breakouts?",
    "ATR": r"atr|average true range",
}
_OUTPUTS = {
    "upper": (
        r"(?:upper|top|high)(?: (?P<name>bollinger|keltner|donchian))?(?: s)? (?:bands?|channel"
        r"|line|edge|side|boundary)|upper|top of (?:the )?(?:band|channel)|upper band"
    ),
    "lower": (
        r"(?:lower|bottom|low)(?: (?P<name>bollinger|keltner|donchian))?(?: s)? (?:bands?"
        r"|channel|line|edge|side|boundary)|lower(?! (?:than|low|lows|high|highs|volume"
        r"|volatility|timeframe|close|closes|prices?))|bottom of (?:the )?(?:band|channel)"
    ),
    "middle": (
        r"(?:middle|mid|center|centre|central|basis)(?: (?P<name>bollinger|keltner|donchian))?"
        r"(?: s)? (?:bands?|line|channel)|midline|basis|middle"
    ),
    "signal": r"signal lines?|its signal|the signal",
    "histogram": r"histogram|hist",
    "k": r"pk|k line|k",
    "d": r"pd|d line|d",
    "plus": r"plusdi|plus di|di plus|di \+",
    "minus": r"minusdi|minus di|di minus|di -",
    "tenkan": r"tenkan(?: sen)?|conversion line",
    "kijun": r"kijun(?: sen)?|base line",
    "zero": r"(?:the )?(?:zero|0) (?:line|level)|zero",
}

NAMES: tuple[Pattern, ...] = (
    *(("name", name, pattern) for name, pattern in (*_NAMES.items(), *_MA_KIND.items())),
    *(("output", output, pattern) for output, pattern in _OUTPUTS.items()),
    ("price", "low", r"(?:the )?(?:low|wick) (?:of (?:the )?)?(?:candle|bar|price)"),
    ("price", "high", r"(?:the )?high (?:of (?:the )?)?(?:candle|bar|price)"),
    (
        "price",
        "value",
        r"prices?(?: action)?|close|closing price|last price|market price|market|candles?(?! \d)|quote"
        r"|spot price|body",
    ),
    ("number", "", rf"(?P<n>{NUMBER})(?: (?P<unit>{UNIT}|%))?(?: (?P<times>x|times))?"),
    ("join", "and", r"and|\+|also|then|vs|versus|against"),
    ("join", "with", r"with|as well as|together with|combined with|plus"),
    ("join", "or", r"or(?: (?:if|when|else))?|either"),
    ("join", ",", r"[,;/:&-]|but|where"),
    ("join", ".", r"[.!?]"),
    ("not", "", r"not|no longer|isnt|without"),
)
