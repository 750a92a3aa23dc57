"""A market and a setup as the kernels read them: checked and laid out once, for one run or for a thousand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from engine.backtest.setup import Setup
from engine.backtest.sizing import (
    CappedKelly,
    FixedNotional,
    FixedQuantity,
    FractionOfEquity,
    RiskPerTrade,
    VolatilityTarget,
)
from engine.backtest.slippage import FixedSlippage, HalfSpread, SquareRootImpact, VolatilityShare
from engine.errors import InvalidInput
from engine.market.bars import Bars, MarketData
from engine.market.detail import detail_of
from engine.market.marks import MarkPrices, mark_prices
from engine.strategy.signals import Signals

if TYPE_CHECKING:
    from engine.backtest.kernel.forms import Columns, Outcome, Summary, Terms

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_BPS = 10_000.0
_NO_FLOATS: Floats = np.empty(0, np.float64)
_NO_INTEGERS: Integers = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A market ready for runs under one setup; safe to share between threads, since nothing changes it.

    Attributes:
        columns: the arrays of the market. terms: the setup as one numpy record, for kernels.
        marks: the prices that decide liquidation; None without a margin.
        detailed: bars with complete finer bars.
    """

    market: MarketData
    setup: Setup
    columns: Columns
    terms: Terms
    marks: MarkPrices | None
    detailed: int

    def __len__(self) -> int:
        return len(self.market.bars)

    @property
    def unmarked(self) -> int:
        """Bars that have no mark price of their own under a margin; their own prices stand in."""
        return 0 if self.marks is None else self.marks.uncovered


class Banded(NamedTuple):
    """A run in numbers, and the lower and the higher total return of the two assumptions."""

    summary: Summary
    total_return_low: float
    total_return_high: float


def prepare(market: Bars | MarketData, setup: Setup, *, detail: Bars | None = None) -> Prepared:
    """Check a market and lay it out for the kernels.

    Args:
        market: bars, or bars with the funding and mark prices of a perpetual.
        detail: finer bars of the same instrument, which tell the order of high and low inside a bar.

    Raises:
        InvalidInput: fewer than two bars; funding, mark prices or detail of another instrument; detail that
            is not finer, or whose bars do not divide these.
    """
    from engine.backtest.kernel.forms import Columns

    data = MarketData(market) if isinstance(market, Bars) else market
    _check(data)
    bars = data.bars
    marks = None if setup.margin is None else mark_prices(bars, data.mark)
    stamp_bar, stamp_rate, stamp_price = _settlements(data, setup)
    first, finer = _detail_rows(bars, detail)
    tiers = () if setup.margin is None else setup.margin.tiers
    columns = Columns(
        open=bars.open,
        high=bars.high,
        low=bars.low,
        close=bars.close,
        volume=bars.volume,
        mark_open=_NO_FLOATS if marks is None else marks.open,
        mark_high=_NO_FLOATS if marks is None else marks.high,
        mark_low=_NO_FLOATS if marks is None else marks.low,
        stamp_bar=stamp_bar,
        stamp_rate=stamp_rate,
        stamp_price=stamp_price,
        volatility_share=_volatility_share(bars, setup),
        detail_first=first,
        detail_open=_NO_FLOATS if finer is None else finer.open,
        detail_high=_NO_FLOATS if finer is None else finer.high,
        detail_low=_NO_FLOATS if finer is None else finer.low,
        tiers=np.array(
            [(tier.limit, tier.maintenance_rate, tier.deduction) for tier in tiers], np.float64
        ).reshape(-1, 3),
    )
    marked = marks is not None and marks.uncovered < len(bars)
    detail_bars = 0 if finer is None else bars.interval.milliseconds // finer.interval.milliseconds
    terms = terms_of(setup, bars, marked=marked, detail_bars=detail_bars)
    detailed = int(np.count_nonzero(first >= 0))
    return Prepared(data, setup, Columns(*map(_read_only, columns)), terms, marks, detailed)


def run(prepared: Prepared, signals: Signals, *, recorded: bool, target_first: bool = False) -> Outcome:
    """One walk of checked signals (see `engine.backtest.checks.checked`) over a prepared market.

    Args:
        recorded: whether equity and ledger are kept; the summary has the same bits either way.
        target_first: the other assumption about the path inside a bar.

    Raises:
        InvalidInput: prices so extreme that equity overflows.
    """
    from engine.backtest.kernel.walk import walk

    terms = _with_target_first(prepared.terms) if target_first else prepared.terms
    outcome = walk(
        prepared.columns,
        terms,
        signals.long_entry,
        signals.long_exit,
        signals.short_entry,
        signals.short_exit,
        _NO_FLOATS if signals.stop_loss is None else signals.stop_loss,
        _NO_FLOATS if signals.take_profit is None else signals.take_profit,
        _NO_FLOATS if signals.trailing_stop is None else signals.trailing_stop,
        _NO_FLOATS if signals.size is None else signals.size,
        recorded,
    )
    if not math.isfinite(outcome.summary.total_return):
        raise InvalidInput(
            "Equity overflows on these prices.", "Check the bars: prices lie too far apart to be real."
        )
    return outcome


def summarise(prepared: Prepared, signals: Signals) -> Banded:
    """What checked signals earn, without equity and ledger; the same bits as those of a full simulation."""
    return banded(prepared, signals, run(prepared, signals, recorded=False).summary)


def banded(prepared: Prepared, signals: Signals, summary: Summary) -> Banded:
    """The summary of a walk of these signals, with the returns under both assumptions."""
    low = high = summary.total_return
    if summary.ambiguous_bars:
        other = run(prepared, signals, recorded=False, target_first=True).summary.total_return
        low, high = min(low, other), max(high, other)
    return Banded(summary, low, high)


def terms_of(setup: Setup, bars: Bars, *, marked: bool = False, detail_bars: int = 0) -> Terms:
    """The setup as the kernel's numbers."""
    costs, filters, scaling = setup.costs, setup.filters, setup.drawdown_scaling
    spread, range_share, impact = _slippage(setup)
    sizing, base = _sizing(setup)
    kelly = setup.sizing if isinstance(setup.sizing, CappedKelly) else CappedKelly()
    share = setup.execution.participation
    return _record(
        cash=float(setup.cash),
        bars_per_year=bars.interval.bars_per_year,
        shorts=bars.instrument.category.is_derivative,
        maker=costs.maker_fee_bps / _BPS,
        taker=costs.taker_fee_bps / _BPS,
        spread=spread,
        range_share=range_share,
        impact=impact,
        tick=filters.tick if filters else 0.0,
        lot=filters.lot if filters else 0.0,
        min_quantity=filters.min_quantity if filters else 0.0,
        min_notional=filters.min_notional if filters else 0.0,
        max_quantity=filters.max_market_quantity if filters else math.inf,
        participation=math.inf if share is None else share,
        latency=setup.execution.latency_bars,
        leverage=setup.leverage,
        max_notional=math.inf if setup.margin is None else setup.margin.max_notional,
        marked=marked,
        sizing=sizing,
        base=base,
        kelly_cap=kelly.cap,
        kelly_share=kelly.share,
        kelly_warmup=kelly.warmup,
        drawdown_limit=scaling.limit if scaling else math.inf,
        drawdown_floor=scaling.floor if scaling else 0.0,
        detail_bars=detail_bars,
        target_first=False,
    )


def _record(**numbers: float) -> Terms:
    from engine.backtest.kernel.forms import TERMS

    record: Any = np.zeros(1, TERMS)[0]
    for name, number in numbers.items():
        record[name] = number
    return cast("Terms", record)


def _with_target_first(terms: Terms) -> Terms:
    record: Any = terms
    other = record.copy()
    other["target_first"] = True
    return cast("Terms", other)


def _check(data: MarketData) -> None:
    bars = data.bars
    if len(bars) < 2:
        raise InvalidInput(
            f"A simulation needs at least 2 bars, these are {len(bars)}.",
            "A signal acts at the next bar's open: choose a longer window.",
        )
    for name, part in (("Funding rates", data.funding), ("Mark prices", data.mark)):
        if part is not None and part.instrument != bars.instrument:
            raise InvalidInput(
                f"{name} are of {part.instrument}, the bars of {bars.instrument}.",
                "Give the series of one instrument.",
            )


def _slippage(setup: Setup) -> tuple[float, float, float]:
    """Fixed fraction, share of the last range, coefficient of impact."""
    model = setup.costs.slippage
    match model:
        case FixedSlippage() | HalfSpread():
            return model.fraction, 0.0, 0.0
        case VolatilityShare():
            return 0.0, model.share, 0.0
        case SquareRootImpact():
            return 0.0, 0.0, model.coefficient


def _sizing(setup: Setup) -> tuple[int, float]:
    from engine.backtest.kernel.forms import FRACTION, KELLY, NOTIONAL, QUANTITY, RISK

    model = setup.sizing
    match model:
        case FractionOfEquity():
            return FRACTION, model.fraction
        case FixedNotional():
            return NOTIONAL, model.amount
        case FixedQuantity():
            return QUANTITY, model.quantity
        case VolatilityTarget():
            return FRACTION, math.nan
        case RiskPerTrade():
            return RISK, model.fraction
        case CappedKelly():
            return KELLY, model.start


def _volatility_share(bars: Bars, setup: Setup) -> Floats:
    """annual_volatility / (deviation of the last `window` returns x root of the year's bars), NaN without."""
    model = setup.sizing
    if not isinstance(model, VolatilityTarget):
        return _NO_FLOATS
    from engine.backtest.kernel.volatility import rolling_deviation

    annual = rolling_deviation(bars.close, model.window) * math.sqrt(bars.interval.bars_per_year)
    return np.divide(model.annual_volatility, annual, out=np.full(len(bars), np.nan), where=annual > 0.0)


def _settlements(data: MarketData, setup: Setup) -> tuple[Integers, Floats, Floats]:
    """Bar at whose open each funding stamp is settled, its rate, and the price of the notional.

    A stamp inside a bar is settled at the next open. The price is the mark's open at the stamp, else the
    open of the bar at which it is settled.
    """
    used = data.used()
    funding, mark = used.funding, used.mark
    if funding is None or not setup.costs.funding or not data.bars.instrument.category.is_derivative:
        return _NO_INTEGERS, _NO_FLOATS, _NO_FLOATS
    bar = np.searchsorted(data.bars.open_time, funding.time, "left")
    price = data.bars.open[bar]
    if mark is not None and len(mark):
        price[np.searchsorted(funding.time, mark.open_time)] = mark.open
    return bar, funding.rate, price


def _detail_rows(bars: Bars, detail: Bars | None) -> tuple[Integers, Bars | None]:
    """First finer bar of each bar that has detail; else -1."""
    if detail is None:
        return _NO_INTEGERS, None
    inside = detail_of(bars, detail)
    return np.where(inside.present, inside.first, -1), detail


def _read_only(column: NDArray[Any]) -> NDArray[Any]:
    view = np.ascontiguousarray(column).view()
    view.flags.writeable = False
    return view
