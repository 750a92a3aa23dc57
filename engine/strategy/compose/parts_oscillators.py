"""Parts that move between bounds or around a centre."""

from __future__ import annotations

from engine.strategy.compose.part import Part, Scale, Series, Spec

_STOCH = (
    "{v}_k, {v}_d = ta.STOCH(\n"
    "    high, low, close, fastk_period={period}, slowk_period={smooth}, slowd_period={d}\n"
    ")"
)
_STOCH_RSI = (
    "{v}_k, {v}_d = ta.STOCHRSI(\n"
    "    close, timeperiod={period}, fastk_period={stochastic}, fastd_period={d}\n"
    ")"
)
_MACD = (
    "{v}_line, {v}_signal, {v}_histogram = ta.MACD(\n"
    "    close, fastperiod={fast}, slowperiod={slow}, signalperiod={signal}\n"
    ")"
)
_OSCILLATOR = Scale(0.0, 100.0, 50.0, 20.0, 80.0)

OSCILLATORS = (
    Part(
        "RSI",
        "rsi",
        (Spec("period", 14),),
        {"value": Series(("{v} = ta.RSI(close, timeperiod={period})",))},
        Scale(0.0, 100.0, 50.0, 30.0, 70.0),
    ),
    Part(
        "Stochastic RSI",
        "stoch_rsi",
        (Spec("period", 14), Spec("stochastic", 14), Spec("d", 3, 1)),
        {
            "value": Series((_STOCH_RSI,), "{v}_k", "{name} %K"),
            "d": Series((_STOCH_RSI,), "{v}_d", "{name} %D"),
        },
        _OSCILLATOR,
    ),
    Part(
        "Stochastic",
        "stochastic",
        (Spec("period", 14), Spec("smooth", 3, 1), Spec("d", 3, 1)),
        {"value": Series((_STOCH,), "{v}_k", "{name} %K"), "d": Series((_STOCH,), "{v}_d", "{name} %D")},
        _OSCILLATOR,
    ),
    Part(
        "CCI",
        "cci",
        (Spec("period", 20),),
        {"value": Series(("{v} = ta.CCI(high, low, close, timeperiod={period})",))},
        Scale(-1000.0, 1000.0, 0.0, -100.0, 100.0),
    ),
    Part(
        "Williams %R",
        "williams",
        (Spec("period", 14),),
        {"value": Series(("{v} = ta.WILLR(high, low, close, timeperiod={period})",))},
        Scale(-100.0, 0.0, -50.0, -80.0, -20.0),
    ),
    Part(
        "MFI",
        "mfi",
        (Spec("period", 14),),
        {"value": Series(("{v} = ta.MFI(high, low, close, volume, timeperiod={period})",))},
        _OSCILLATOR,
    ),
    Part(
        "Z-score",
        "zscore",
        (Spec("period", 50),),
        {
            "value": Series(
                (
                    "{v} = (close - ta.SMA(close, timeperiod={period})) / "
                    "ta.STDDEV(close, timeperiod={period}, nbdev=1.0)",
                )
            )
        },
        Scale(-10.0, 10.0, 0.0, -2.0, 2.0),
    ),
    Part(
        "ROC",
        "roc",
        (Spec("period", 20, 1),),
        {"value": Series(("{v} = ta.ROCP(close, timeperiod={period})",))},
        Scale(-1.0, 1.0, 0.0, -0.05, 0.05),
    ),
    Part(
        "Aroon",
        "aroon",
        (Spec("period", 25),),
        {"value": Series(("{v} = ta.AROONOSC(high, low, timeperiod={period})",), words="{name} oscillator")},
        Scale(-100.0, 100.0, 0.0, -50.0, 50.0),
    ),
    Part(
        "ADX",
        "adx",
        (Spec("period", 14),),
        {
            "value": Series(("{v} = ta.ADX(high, low, close, timeperiod={period})",)),
            "plus": Series(
                ("{v}_plus = ta.PLUS_DI(high, low, close, timeperiod={period})",), "{v}_plus", "+DI"
            ),
            "minus": Series(
                ("{v}_minus = ta.MINUS_DI(high, low, close, timeperiod={period})",), "{v}_minus", "-DI"
            ),
        },
        Scale(0.0, 100.0, 50.0, 20.0, 25.0),
        swaps={"plus": "minus", "minus": "plus"},
        steady=frozenset({"value"}),
    ),
    Part(
        "MACD",
        "macd",
        (Spec("fast", 12), Spec("slow", 26), Spec("signal", 9, 1)),
        {
            "value": Series((_MACD,), "{v}_line", "{name} line"),
            "signal": Series((_MACD,), "{v}_signal", "{name} signal line"),
            "histogram": Series((_MACD,), "{v}_histogram", "{name} histogram"),
        },
        Scale(-1e6, 1e6, 0.0, 0.0, 0.0),
        ordered=("fast", "slow"),
    ),
)
