"""Parts that move between bounds or around a centre."""

from __future__ import annotations

from engine.strategy.compose.part import Part, Scale, Series, Spec


def _call(target: str, function: str, inputs: str, *arguments: str) -> str:
    """A call with one argument per line."""
    rows = [inputs, *(f"{argument}" for argument in arguments)]
    return f"{target} = ta.{function}(\n" + "".join(f"    {row},\n" for row in rows) + ")"


# A call of its own for each series: %D's period is no parameter of a strategy that reads only %K.
_STOCH_BARS = ("fastk_period={period}", "slowk_period={smooth}")
_STOCH_K = _call("{v}_k, _", "STOCH", "high, low, close", *_STOCH_BARS)
_STOCH_D = _call("_, {v}_d", "STOCH", "high, low, close", *_STOCH_BARS, "slowd_period={d}")
_STOCH_BOTH = (_STOCH_D.replace("_, ", "{v}_k, ", 1),)
_RSI_BARS = ("timeperiod={period}", "fastk_period={stochastic}")
_STOCH_RSI_K = _call("{v}_k, _", "STOCHRSI", "close", *_RSI_BARS)
_STOCH_RSI_D = _call("_, {v}_d", "STOCHRSI", "close", *_RSI_BARS, "fastd_period={d}")
_STOCH_RSI_BOTH = (_STOCH_RSI_D.replace("_, ", "{v}_k, ", 1),)
_MACD_BARS = ("fastperiod={fast}", "slowperiod={slow}")
_MACD_LINE = _call("{v}_line, _, _", "MACD", "close", *_MACD_BARS)
_MACD_HISTOGRAM = _call("_, _, {v}_histogram", "MACD", "close", *_MACD_BARS, "signalperiod={signal}")
_MACD_ALL = (_MACD_HISTOGRAM.replace("_, _, ", "{v}_line, {v}_signal, ", 1),)
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
            "value": Series((_STOCH_RSI_K,), "{v}_k", "{name} %K", _STOCH_RSI_BOTH),
            "d": Series((_STOCH_RSI_D,), "{v}_d", "{name} %D", _STOCH_RSI_BOTH),
        },
        _OSCILLATOR,
    ),
    Part(
        "Stochastic",
        "stochastic",
        (Spec("period", 14), Spec("smooth", 3, 1), Spec("d", 3, 1)),
        {
            "value": Series((_STOCH_K,), "{v}_k", "{name} %K", _STOCH_BOTH),
            "d": Series((_STOCH_D,), "{v}_d", "{name} %D", _STOCH_BOTH),
        },
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
                    "{v}_mean = ta.SMA(close, timeperiod={period})",
                    "{v} = (close - {v}_mean) / ta.STDDEV(close, timeperiod={period}, nbdev=1.0)",
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
            "value": Series((_MACD_LINE,), "{v}_line", "{name} line", _MACD_ALL),
            "signal": Series(_MACD_ALL, "{v}_signal", "{name} signal line"),
            "histogram": Series((_MACD_HISTOGRAM,), "{v}_histogram", "{name} histogram", _MACD_ALL),
        },
        Scale(-1e6, 1e6, 0.0, 0.0, 0.0),
        ordered=("fast", "slow"),
    ),
)
