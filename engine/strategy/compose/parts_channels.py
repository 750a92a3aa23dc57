"""Parts that stand around the price: bands, channels, clouds and stops."""

from __future__ import annotations

from engine.strategy.compose.part import Part, Scale, Series, Spec

_ATR = "ta.ATR(high, low, close, timeperiod={period})"
_BANDS = (
    "{v}_upper, {v}_middle, {v}_lower = ta.BBANDS(\n"
    "    close,\n"
    "    timeperiod={period},\n"
    "    nbdevup={deviations},\n"
    "    nbdevdn={deviations},\n"
    ")"
)
_KELTNER = (
    "{v}_middle = ta.EMA(close, timeperiod={period})",
    "{v}_atr = ta.ATR(high, low, close, timeperiod={atr_period})",
    "{v}_range = {multiple} * {v}_atr",
)
_TENKAN = "tenkan = midpoint(high, low, {conversion})"
_KIJUN = "kijun = midpoint(high, low, {base})"
_CLOUD = (
    _TENKAN,
    _KIJUN,
    "span_a = ((tenkan + kijun) / 2.0).shift({base})  # drawn ahead, so known long before",
    "span_b = midpoint(high, low, {span}).shift({base})",
)
_BAND_SWAPS = {"upper": "lower", "lower": "upper"}


def _bands(lines: tuple[str, ...], own: tuple[str, str]) -> dict[str, Series]:
    upper, lower = own
    return {
        "upper": Series((*lines, upper) if upper else lines, "{v}_upper", "upper {name} band"),
        "middle": Series(lines, "{v}_middle", "middle {name} band"),
        "lower": Series((*lines, lower) if lower else lines, "{v}_lower", "lower {name} band"),
    }


CHANNELS = (
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
                (
                    "{v}_range = high.rolling({period}).max() + low.rolling({period}).min()",
                    "{v}_middle = {v}_range.shift(1) / 2.0  # of the bars before",
                ),
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
    ),
    Part(
        "ATR band",
        "atr_band",
        (Spec("period", 14), Spec("multiple", 1.5, 0.1, 20.0)),
        {
            "upper": Series(
                (
                    f"{{v}} = {{multiple}} * {_ATR}",
                    "{v}_upper = (close + {v}).shift(1)",
                ),
                "{v}_upper",
                "upper {name}",
            ),
            "lower": Series(
                (
                    f"{{v}} = {{multiple}} * {_ATR}",
                    "{v}_lower = (close - {v}).shift(1)",
                ),
                "{v}_lower",
                "lower {name}",
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
)
