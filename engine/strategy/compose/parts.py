"""The parts that strategies are put together from: each indicator's numbers, series and code.

Code is a template: `{v}` stands for the variable's name, `{period}` and the like for the parameter.
One arithmetic per indicator: TA-Lib's, wherever TA-Lib has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.strategy.compose.model import Line, Number


@dataclass(frozen=True, slots=True)
class Spec:
    """A number of an indicator and the range in which it makes sense."""

    name: str
    default: Number
    lowest: Number = 2
    highest: Number = 10_000

    @property
    def whole(self) -> bool:
        """Whether it counts bars."""
        return isinstance(self.default, int)


@dataclass(frozen=True, slots=True)
class Series:
    """One series: the lines that compute it and the expression that names it."""

    lines: tuple[str, ...]
    expression: str = "{v}"
    words: str = "{name}"


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a bounded or centred indicator lives; levels are mirrored about the centre."""

    low: float
    high: float
    centre: float
    oversold: float
    overbought: float


@dataclass(frozen=True, slots=True)
class Part:
    """One indicator.

    Attributes:
        name: as people call it; prefix: as its variables and parameters are called.
        swaps: for the mirror image of a condition, which series stands for which.
        steady: series whose conditions read the same for shorts (volume, strength, volatility).
        ordered: names of two numbers of which the first is the smaller.
    """

    name: str
    prefix: str
    specs: tuple[Spec, ...]
    series: dict[str, Series]
    scale: Scale | None = None
    swaps: dict[str, str] = field(default_factory=dict[str, str])
    steady: frozenset[str] = frozenset()
    ordered: tuple[str, str] | None = None
    helper: str = ""

    def line(self, output: str = "value", *numbers: Number | None) -> Line:
        """A series of this part; numbers that are missing take their defaults."""
        given = (*numbers, *(None,) * len(self.specs))
        filled = tuple(
            spec.default if value is None else value for spec, value in zip(self.specs, given, strict=False)
        )
        return Line(self.name, output, filled)


def _average(name: str, function: str) -> Part:
    line = f"{{v}} = ta.{function}(close, timeperiod={{period}})"
    return Part(
        name,
        function.lower(),
        (Spec("period", 50),),
        {
            "value": Series((line,)),
            "distance": Series(
                (line, "{v}_distance = close / {v} - 1.0"), "{v}_distance", "distance from {name}"
            ),
        },
        Scale(-1.0, 1.0, 0.0, -0.03, 0.03),
    )


_ATR = "ta.ATR(high, low, close, timeperiod={period})"
_BANDS = (
    "{v}_upper, {v}_middle, {v}_lower = ta.BBANDS(\n"
    "    close, timeperiod={period}, nbdevup={deviations}, nbdevdn={deviations}\n"
    ")"
)
_MACD = (
    "{v}_line, {v}_signal, {v}_histogram = ta.MACD(\n"
    "    close, fastperiod={fast}, slowperiod={slow}, signalperiod={signal}\n"
    ")"
)
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
_KELTNER = (
    "{v}_middle = ta.EMA(close, timeperiod={period})",
    "{v}_range = {multiple} * ta.ATR(high, low, close, timeperiod={atr_period})",
)
_TENKAN = "tenkan = midpoint(high, low, {conversion})"
_KIJUN = "kijun = midpoint(high, low, {base})"
_CLOUD = (
    _TENKAN,
    _KIJUN,
    "span_a = ((tenkan + kijun) / 2.0).shift({base})  # drawn ahead, so known long before",
    "span_b = midpoint(high, low, {span}).shift({base})",
)
_VWAP = (
    "typical = (high + low + close) / 3.0",
    "{v} = ta.SUM(typical * volume, timeperiod={period}) / ta.SUM(volume, timeperiod={period})",
)
_OSCILLATOR = Scale(0.0, 100.0, 50.0, 20.0, 80.0)
_BAND_SWAPS = {"upper": "lower", "lower": "upper"}


def _bands(lines: tuple[str, ...], own: tuple[str, str]) -> dict[str, Series]:
    upper, lower = own
    return {
        "upper": Series((*lines, upper) if upper else lines, "{v}_upper", "upper {name} band"),
        "middle": Series(lines, "{v}_middle", "middle {name} band"),
        "lower": Series((*lines, lower) if lower else lines, "{v}_lower", "lower {name} band"),
    }


_ALL = (
    Part(
        "Price",
        "price",
        (),
        {
            "value": Series((), "close", "close"),
            "high": Series((), "high", "high"),
            "low": Series((), "low", "low"),
        },
        swaps={"high": "low", "low": "high"},
    ),
    _average("SMA", "SMA"),
    _average("EMA", "EMA"),
    _average("WMA", "WMA"),
    _average("DEMA", "DEMA"),
    _average("TEMA", "TEMA"),
    _average("KAMA", "KAMA"),
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
    Part(
        "Bollinger",
        "bollinger",
        (Spec("period", 20), Spec("deviations", 2.0, 0.1, 10.0)),
        _bands((_BANDS,), ("", "")),
        swaps=_BAND_SWAPS,
    ),
    Part(
        "Bollinger squeeze",
        "bollinger",
        (Spec("period", 20), Spec("deviations", 2.0, 0.1, 10.0), Spec("lookback", 100)),
        {
            "value": Series(
                (
                    _BANDS,
                    "{v}_width = ({v}_upper - {v}_lower) / {v}_middle",
                    "{v}_relative_width = {v}_width / ta.SMA({v}_width, timeperiod={lookback})",
                    "{v}_tightest = {v}_relative_width.rolling({period}).min()  # of the last bars",
                ),
                "{v}_tightest",
                "relative Bollinger width",
            )
        },
        Scale(0.0, 10.0, 1.0, 0.7, 1.3),
        steady=frozenset({"value"}),
    ),
    Part(
        "Keltner",
        "keltner",
        (Spec("period", 20), Spec("multiple", 2.0, 0.1, 20.0), Spec("atr_period", 10)),
        _bands(_KELTNER, ("{v}_upper = {v}_middle + {v}_range", "{v}_lower = {v}_middle - {v}_range")),
        swaps=_BAND_SWAPS,
    ),
    Part(
        "Donchian",
        "donchian",
        (Spec("period", 20, 1),),
        {
            "upper": Series(
                ("{v}_high = high.rolling({period}).max().shift(1)  # of the bars before",),
                "{v}_high",
                "highest high",
            ),
            "lower": Series(
                ("{v}_low = low.rolling({period}).min().shift(1)  # of the bars before",),
                "{v}_low",
                "lowest low",
            ),
            "middle": Series(
                ("{v}_middle = (high.rolling({period}).max() + low.rolling({period}).min()).shift(1) / 2.0",),
                "{v}_middle",
                "middle of the channel",
            ),
        },
        swaps=_BAND_SWAPS,
    ),
    Part(
        "Supertrend",
        "supertrend",
        (Spec("period", 10), Spec("multiple", 3.0, 0.1, 20.0)),
        {
            "value": Series(
                ("{v} = supertrend_direction(high, low, close, {period}, {multiple})",),
                words="{name} direction",
            )
        },
        Scale(-1.0, 1.0, 0.0, 0.0, 0.0),
        helper="supertrend_direction",
    ),
    Part(
        "Ichimoku",
        "ichimoku",
        (Spec("conversion", 9), Spec("base", 26), Spec("span", 52)),
        {
            "upper": Series((*_CLOUD, "cloud_top = np.maximum(span_a, span_b)"), "cloud_top", "cloud's top"),
            "lower": Series(
                (*_CLOUD, "cloud_bottom = np.minimum(span_a, span_b)"), "cloud_bottom", "cloud's bottom"
            ),
            "tenkan": Series((_TENKAN,), "tenkan", "conversion line"),
            "kijun": Series((_KIJUN,), "kijun", "base line"),
        },
        swaps=_BAND_SWAPS,
        ordered=("conversion", "base"),
        helper="midpoint",
    ),
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
        "ATR band",
        "atr_band",
        (Spec("period", 14), Spec("multiple", 1.5, 0.1, 20.0)),
        {
            "upper": Series(
                (f"{{v}}_upper = (close + {{multiple}} * {_ATR}).shift(1)",), "{v}_upper", "upper {name}"
            ),
            "lower": Series(
                (f"{{v}}_lower = (close - {{multiple}} * {_ATR}).shift(1)",), "{v}_lower", "lower {name}"
            ),
        },
        swaps=_BAND_SWAPS,
    ),
    Part(
        "Parabolic SAR",
        "sar",
        (Spec("step", 0.02, 0.001, 1.0), Spec("limit", 0.2, 0.01, 1.0)),
        {"value": Series(("{v} = ta.SAR(high, low, acceleration={step}, maximum={limit})",))},
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

PARTS = {part.name: part for part in _ALL}
AVERAGES = ("SMA", "EMA", "WMA", "DEMA", "TEMA", "KAMA")
PRICE = Line("Price")


def part_of(line: Line) -> Part:
    """The part that a line belongs to."""
    return PARTS[line.indicator]
