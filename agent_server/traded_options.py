"""The options that say which bars are traded and how, written once for every command that takes them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import Annotated, Any, get_type_hints

import typer

from agent_server.model_options import SIZING_FORMS, SLIPPAGE_FORMS, sizing_option, slippage_option
from engine.errors import InvalidInput

Symbol = Annotated[str, typer.Option("--symbol", help="BTCUSDT, or venue:category:symbol.")]
Interval = Annotated[str, typer.Option("--interval", help="1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 1w")]
Venue = Annotated[str | None, typer.Option("--venue", help="Needed when several venues match.")]
Category = Annotated[str | None, typer.Option("--category", help="spot, linear or inverse.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingOptions:
    """Which of several markets, which part of its bars, and how it is traded."""

    venue: Venue = None
    category: Category = None
    start: Annotated[str | None, typer.Option(help="First bar, ISO date, UTC, inclusive.")] = None
    end: Annotated[str | None, typer.Option(help="End, ISO date, UTC, exclusive.")] = None
    param: Annotated[list[str] | None, typer.Option(help="name=value; may be repeated.")] = None
    fee_level: Annotated[str, typer.Option(help="Bybit's fee level: vip0 to vip5, supreme.")] = "vip0"
    taker_fee_bps: Annotated[float | None, typer.Option(help="Instead of the level's.")] = None
    maker_fee_bps: Annotated[float | None, typer.Option(help="Instead of the level's.")] = None
    slippage_bps: Annotated[float | None, typer.Option(help="How much worse a taker fill is; 1.")] = None
    slippage_model: Annotated[
        str | None, typer.Option(help=f"Instead of --slippage-bps: {SLIPPAGE_FORMS}.")
    ] = None
    no_funding: Annotated[bool, typer.Option("--no-funding", help="Charge no funding.")] = False
    cash: Annotated[float, typer.Option(help="Start equity, quote currency.")] = 10_000.0
    sizing: Annotated[str | None, typer.Option(help=f"How large entries are: {SIZING_FORMS}.")] = None
    drawdown_limit: Annotated[
        float | None, typer.Option(help="Drawdown at which entries have shrunk to nothing.")
    ] = None
    leverage: Annotated[float | None, typer.Option(help="Isolated margin with this leverage.")] = None
    latency_bars: Annotated[int, typer.Option(help="Opens that an order misses on its way.")] = 0
    participation: Annotated[
        float | None, typer.Option(help="Largest share of a bar's volume that fills take.")
    ] = None
    filters: Annotated[
        bool, typer.Option("--filters", help="Round to the exchange's tick, lot and minimums.")
    ] = False
    detail_interval: Annotated[
        str | None, typer.Option(help="Finer bars that tell the order inside a bar.")
    ] = None

    def arguments(self) -> dict[str, object]:
        """The same as arguments of a tool.

        Raises:
            InvalidInput: a --param, --slippage-model or --sizing that is none.
        """
        return {
            "venue": self.venue,
            "category": self.category,
            "start": self.start,
            "end": self.end,
            "params": parameters(self.param or []),
            "fee_level": self.fee_level,
            "maker_fee_bps": self.maker_fee_bps,
            "taker_fee_bps": self.taker_fee_bps,
            "slippage_bps": self.slippage_bps,
            "slippage": slippage_option("--slippage-model", self.slippage_model),
            "funding": not self.no_funding,
            "cash": self.cash,
            "sizing": sizing_option("--sizing", self.sizing),
            "drawdown_scaling": None if self.drawdown_limit is None else {"limit": self.drawdown_limit},
            "leverage": self.leverage,
            "latency_bars": self.latency_bars,
            "participation": self.participation,
            "use_filters": self.filters,
            "detail_interval": self.detail_interval,
        }


def with_trading_options(command: Callable[..., None]) -> Callable[..., None]:
    """The command with every option of `TradingOptions` where it has its parameter `trading`."""
    hints, options = get_type_hints(command, include_extras=True), _options()
    shown: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        typed = parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
        shown += options if name == "trading" else [typed]
    names = [option.name for option in options]

    @functools.wraps(command)
    def filled(**given: Any) -> None:
        trading = TradingOptions(**{name: given.pop(name) for name in names})
        command(**given, trading=trading)

    described: Any = filled
    described.__signature__ = inspect.Signature(shown)
    described.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
    del described.__wrapped__  # typer would read the options from there
    return filled


def _options() -> list[inspect.Parameter]:
    hints = get_type_hints(TradingOptions, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(TradingOptions)
    ]


def parameters(given: list[str]) -> dict[str, float]:
    """`name=value` pairs as numbers.

    Raises:
        InvalidInput: one that is none.
    """
    values: dict[str, float] = {}
    for pair in given:
        name, sign, text = pair.partition("=")
        try:
            values[name.strip()] = float(text)
        except ValueError:
            sign = ""
        if not sign or not name.strip():
            raise InvalidInput(f"--param {pair!r} is not name=number.", "Write --param fast=20.")
    return values
