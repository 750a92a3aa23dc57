"""The parts that strategies are put together from: each indicator's numbers, series and code.

Code is a template: `{v}` stands for the variable's name, `{period}` and the like for the parameter.
One arithmetic per indicator: TA-Lib's, wherever TA-Lib has it.
"""

from __future__ import annotations

from engine.strategy.compose.model import Line
from engine.strategy.compose.part import Part, Scale, Series, Spec
from engine.strategy.compose.parts_channels import CHANNELS
from engine.strategy.compose.parts_oscillators import OSCILLATORS
from engine.strategy.compose.parts_volume import VOLUME_AND_CANDLES

AVERAGES = ("SMA", "EMA", "WMA", "DEMA", "TEMA", "KAMA")


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


_PRICE = Part(
    "Price",
    "price",
    (),
    {
        "value": Series((), "close", "close"),
        "high": Series((), "high", "high"),
        "low": Series((), "low", "low"),
    },
    swaps={"high": "low", "low": "high"},
)

PARTS = {
    part.name: part
    for part in (
        _PRICE,
        *(_average(name, name) for name in AVERAGES),
        *OSCILLATORS,
        *CHANNELS,
        *VOLUME_AND_CANDLES,
    )
}
PRICE = Line("Price")


def part_of(line: Line) -> Part:
    """The part that a line belongs to."""
    return PARTS[line.indicator]
