"""Parts on volume, volatility and single candles."""

from __future__ import annotations

from engine.strategy.compose.part import Part, Scale, Series, Spec

_ATR = "ta.ATR(high, low, close, timeperiod={period})"
_VWAP = (
    "typical = (high + low + close) / 3.0",
    "{v} = ta.SUM(typical * volume, timeperiod={period})",
    "{v} = {v} / ta.SUM(volume, timeperiod={period})",
)

VOLUME_AND_CANDLES = (
    Part(
        "VWAP",
        "vwap",
        (Spec("period", 24),),
        {
            "value": Series(_VWAP),
            "distance": Series(
                (*_VWAP, "{v}_distance = close / {v} - 1.0"), "{v}_distance", "distance from {name}"
            ),
        },
        Scale(-1.0, 1.0, 0.0, -0.03, 0.03),
    ),
    Part(
        "OBV",
        "obv",
        (Spec("period", 20),),
        {
            "value": Series(("{v} = ta.OBV(close, volume)",)),
            "average": Series(
                ("{v} = ta.OBV(close, volume)", "{v}_average = ta.SMA({v}, timeperiod={period})"),
                "{v}_average",
                "average {name}",
            ),
        },
    ),
    Part(
        "Volume average",
        "volume",
        (Spec("period", 20),),
        {
            "value": Series(
                ("relative_{v} = volume / ta.SMA(volume, timeperiod={period})",),
                "relative_{v}",
                "relative volume",
            )
        },
        Scale(0.0, 100.0, 1.0, 1.0, 1.0),
        steady=frozenset({"value"}),
    ),
    Part(
        "ATR",
        "atr",
        (Spec("period", 14), Spec("average", 100)),
        {
            "value": Series(
                (
                    f"{{v}}_fraction = {_ATR} / close",
                    "relative_{v} = {v}_fraction / ta.SMA({v}_fraction, timeperiod={average})",
                ),
                "relative_{v}",
                "relative ATR",
            )
        },
        Scale(0.0, 100.0, 1.0, 1.0, 1.0),
        steady=frozenset({"value"}),
    ),
    Part(
        "Candles",
        "candles",
        (Spec("count", 3, 1, 50),),
        {
            "up": Series(
                ('{v}_up = (close > df["open"]).astype(float).rolling({count}).min()',),
                "{v}_up",
                "run of rising candles",
            ),
            "down": Series(
                ('{v}_down = (close < df["open"]).astype(float).rolling({count}).min()',),
                "{v}_down",
                "run of falling candles",
            ),
        },
        swaps={"up": "down", "down": "up"},
        steady=frozenset({"up", "down"}),
    ),
)
