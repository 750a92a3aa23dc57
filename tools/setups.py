"""How a request wants to trade: the arguments that several tools share, and the engine's setup for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from engine.errors import InvalidInput
from engine.market.instrument import Instrument
from engine.market.interval import Interval, parse_interval
from engine.research.model_parts import FixedSlippagePart, SlippagePart, TaggedSizing, TaggedSlippage
from engine.research.setup_parts import DrawdownPart
from tools.parts import Series

if TYPE_CHECKING:
    from engine.backtest.margin import Margin
    from engine.backtest.setup import Setup
    from engine.market.filters import Filters
    from tools.core import Core


class TradedSeries(Series):
    """A series of bars, and how it is traded."""

    fee_level: Annotated[str, Field(description="Bybit's fee level: vip0 to vip5, supreme.")] = "vip0"
    maker_fee_bps: Annotated[float | None, Field(description="Instead of the level's, 2 (spot 10).")] = None
    taker_fee_bps: Annotated[float | None, Field(description="Instead of the level's, 5.5 (spot 10).")] = None
    slippage_bps: Annotated[float | None, Field(description="How much worse a taker fill is; 1.")] = None
    slippage: Annotated[
        TaggedSlippage | None, Field(description="A model of slippage instead of slippage_bps.")
    ] = None
    funding: Annotated[bool, Field(description="Charge funding where there is data for it.")] = True
    cash: Annotated[float, Field(description="Start equity in quote currency.", gt=0, le=1e12)] = 10_000.0
    latency_bars: Annotated[int, Field(description="Opens that an order misses on its way.", ge=0)] = 0
    participation: Annotated[
        float | None, Field(description="Largest share of a bar's volume that fills take.")
    ] = None
    leverage: Annotated[float | None, Field(description="Isolated margin; null for none.")] = None
    sizing: Annotated[
        TaggedSizing | None, Field(description="What a signal's size multiplies; null is all equity.")
    ] = None
    drawdown_scaling: Annotated[DrawdownPart | None, Field(description="Smaller entries in a drawdown.")] = (
        None
    )
    use_filters: Annotated[bool, Field(description="Round to the exchange's tick, lot, minimums.")] = False
    detail_interval: Annotated[
        str | None, Field(description="Finer bars that tell the order inside a bar.", max_length=8)
    ] = None


def setup_for(core: Core, request: TradedSeries, instrument: Instrument) -> Setup:
    """The engine's setup for these arguments.

    Raises:
        InvalidInput: a number out of range, both kinds of slippage, no such fee level, filters that were
            never fetched, leverage on spot.
    """
    from engine.backtest.costs import Costs
    from engine.backtest.execution import Execution
    from engine.backtest.fees import fee_schedule
    from engine.backtest.setup import Setup
    from engine.backtest.sizing import DrawdownScaling, FractionOfEquity
    from engine.research.model_parts import sizing_of, slippage_of

    rates, scaling = fee_schedule(instrument.category, request.fee_level), request.drawdown_scaling
    maker, taker = request.maker_fee_bps, request.taker_fee_bps
    costs = Costs(
        rates.maker_bps if maker is None else maker,
        rates.taker_bps if taker is None else taker,
        slippage_of(_slippage(request)),
        request.funding,
    )
    return Setup(
        costs,
        request.cash,
        Execution(request.latency_bars, request.participation),
        _filters(core, instrument) if request.use_filters else None,
        None if request.leverage is None else _margin(core, instrument, request.leverage),
        FractionOfEquity() if request.sizing is None else sizing_of(request.sizing),
        None if scaling is None else DrawdownScaling(scaling.limit, scaling.floor),
    )


def detail_interval_of(request: TradedSeries) -> Interval | None:
    """The interval of the finer bars, if any are wanted."""
    return None if request.detail_interval is None else parse_interval(request.detail_interval)


def _slippage(request: TradedSeries) -> SlippagePart:
    bps, model = request.slippage_bps, request.slippage
    if bps is not None and model is not None:
        raise InvalidInput("slippage and slippage_bps say the same thing twice.", "Give one of them.")
    if model is not None:
        return model
    return FixedSlippagePart(bps=1.0 if bps is None else bps)


def _filters(core: Core, instrument: Instrument) -> Filters:
    rules = core.lake.rules(instrument)
    if rules is None:
        raise InvalidInput(
            f"The lake has no order filters of {instrument}.",
            "`edgewright data sync SYMBOL INTERVAL --start DATE` fetches Bybit's; or leave filters out.",
        )
    return rules.filters


def _margin(core: Core, instrument: Instrument, leverage: float) -> Margin:
    """Margin with the tiers of the lake, where they were ever fetched."""
    from engine.backtest.margin import ONE_TIER, Margin

    if not instrument.category.is_derivative:
        raise InvalidInput(f"{instrument} is spot, which has no leverage.", "Leave leverage out.")
    rules = core.lake.rules(instrument)
    return Margin(leverage, rules.tiers if rules is not None and rules.tiers else ONE_TIER)
