"""Several markets on one account: bars and signals in; trades, equity, contributions and warnings out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.backtest.notices import RUINED, data_notices, signal_notices
from engine.backtest.portfolio.allocation import Rebalancing, weights_of
from engine.backtest.portfolio.positions import accounts_of, contributions_of, measure_whole
from engine.backtest.portfolio.result import PortfolioSimulation
from engine.backtest.portfolio.setup import PortfolioSetup
from engine.backtest.portfolio.tape import acting_signals, tape_of, with_signals
from engine.backtest.result import Band
from engine.errors import InvalidInput
from engine.market.bars import Bars, MarketData
from engine.market.instrument import Instrument
from engine.strategy.signals import Signals

if TYPE_CHECKING:
    from engine.backtest.portfolio.forms import Tape, Walked

Floats = NDArray[np.float64]


def simulate_portfolio(
    markets: Sequence[Bars | MarketData],
    signals: Mapping[Instrument, Signals],
    setup: PortfolioSetup | None = None,
) -> PortfolioSimulation:
    """Run the signals of several markets on one account. docs/engine.md has the order of events.

    Args:
        markets: of one interval; their order is the order of entries. Gaps and different spans are fine:
            where a market has no bar, nothing happens in it, and its position is valued at its last close.
        signals: for each market's instrument one row per bar of its own.
        setup: costs, start equity, allocation, rebalancing.

    Raises:
        InvalidInput: no markets, one twice, different intervals, signals of other markets, of another length
            or type, less than two bars altogether, or prices so extreme that equity overflows.
    """
    setup = setup or PortfolioSetup()
    data = [MarketData(market) if isinstance(market, Bars) else market for market in markets]
    _check_markets(data, signals)
    series = [market.bars for market in data]
    costs = [setup.costs_of(bars.instrument) for bars in series]
    given = [signals[bars.instrument] for bars in series]
    acting = [acting_signals(part, bars) for part, bars in zip(given, series, strict=True)]
    tape = tape_of(data, costs, acting)
    if len(tape.grid) < 2:
        raise InvalidInput("A portfolio needs at least 2 bars.", "Choose a longer window.")
    weights = weights_of(setup.allocation, series, tape.grid)
    cash, plan = setup.cash, setup.rebalancing
    walked = _walk(tape, weights, cash, plan)
    other = _walk(tape, weights, cash, plan, stop_first=False) if walked.ambiguous else walked
    holding = _walk(with_signals(tape, _holding(series, weights, tape)), weights, cash, None)
    notices = [
        f"{market.bars.instrument}: {text}"
        for market, part, cost in zip(data, given, costs, strict=True)
        for text in (*data_notices(market, cost), *signal_notices(part, market.bars.instrument.category))
    ]
    accounts = accounts_of(walked, tape, series, [part.tag for part in acting])
    kept = accounts_of(holding, tape, series, [None] * len(series))
    return PortfolioSimulation(
        instruments=tuple(bars.instrument for bars in series),
        interval=series[0].interval,
        cash=cash,
        open_time=tape.grid,
        equity=walked.equity,
        trades=accounts.trades,
        traded=tuple(series[int(market)].instrument for market in accounts.market),
        open_positions=accounts.open_positions,
        contributions=contributions_of(walked, accounts, series),
        pnl=walked.pnl,
        weights=_shares(walked.value, walked.equity),
        market_correlation=_correlation(_common_returns(series)),
        contribution_correlation=_correlation(_earnings(walked.pnl, walked.equity)),
        metrics=measure_whole(cash, walked, accounts, series),
        benchmark=measure_whole(cash, holding, kept, series),
        benchmark_equity=holding.equity,
        ruined=walked.ruined,
        band=_band(cash, walked, other),
        warnings=(*notices, *_own_notices(series, walked)),
    )


def _check_markets(markets: Sequence[MarketData], signals: Mapping[Instrument, Signals]) -> None:
    instruments = [market.bars.instrument for market in markets]
    if not markets:
        raise InvalidInput("There are no markets.", "Give the bars of one market or more.")
    if len(set(instruments)) < len(instruments):
        raise InvalidInput("A market is there twice.", "Give each instrument once.")
    if set(instruments) != set(signals):
        named, there = (", ".join(map(str, sorted(some))) for some in (signals, instruments))
        raise InvalidInput(
            f"The signals are of {named or 'nothing'}, the markets {there}.", "Give signals for each market."
        )
    interval = markets[0].bars.interval
    for market in markets:
        bars = market.bars
        if bars.interval is not interval:
            raise InvalidInput(
                f"{instruments[0]} has bars of {interval}, {bars.instrument} of {bars.interval}.",
                "Give bars of one interval.",
            )
        if not len(bars):
            raise InvalidInput(f"{bars.instrument} has no bars.", "Leave it out, or choose a longer window.")
        for name, part in (("Funding rates", market.funding), ("Mark prices", market.mark)):
            if part is not None and part.instrument != bars.instrument:
                raise InvalidInput(
                    f"{name} are of {part.instrument}, the bars of {bars.instrument}.",
                    "Give the series of one instrument.",
                )


def _walk(
    tape: Tape, weights: Floats, cash: float, plan: Rebalancing | None, *, stop_first: bool = True
) -> Walked:
    from engine.backtest.portfolio.kernel import walk

    place = np.arange(len(tape.grid))
    due = (place > 0) & (place % plan.every_bars == 0) if plan else np.zeros(len(place), np.bool_)
    walked = walk(tape, weights, due, plan.band if plan else 0.0, cash, stop_first)
    if not np.isfinite(walked.equity[-1]):
        raise InvalidInput(
            "Equity overflows on these prices.", "Check the bars: prices lie too far apart to be real."
        )
    return walked


def _holding(series: Sequence[Bars], weights: Floats, tape: Tape) -> list[Signals]:
    """Signals that buy each market at its first bar with a weight."""
    signals: list[Signals] = []
    for market, bars in enumerate(series):
        weighted = weights[np.searchsorted(tape.grid, bars.open_time), market] > 0.0
        never = np.zeros(len(bars), np.bool_)
        once = never.copy()
        once[np.flatnonzero(weighted)[:1]] = True
        signals.append(Signals(once, never, never, never))
    return signals


def _shares(value: Floats, equity: Floats) -> NDArray[np.float32]:
    shares = np.divide(value, equity, out=np.zeros_like(value), where=equity > 0.0)
    return shares.astype(np.float32)


def _common_returns(series: Sequence[Bars]) -> Floats:
    """float64[markets, k - 1]: returns between the closes of the k bars that all markets have."""
    common = series[0].open_time
    for bars in series[1:]:
        common = np.intersect1d(common, bars.open_time, assume_unique=True)
    closes = np.stack([bars.close[np.searchsorted(bars.open_time, common)] for bars in series])
    return closes[:, 1:] / closes[:, :-1] - 1.0


def _earnings(pnl: Floats, equity: Floats) -> Floats:
    """float64[markets, n - 1]: what each market added, as a share of the equity before (0 without equity)."""
    gained = np.diff(pnl, axis=1)
    return np.divide(gained, equity[:-1], out=np.zeros_like(gained), where=equity[:-1] > 0.0)


def _correlation(rows: Floats) -> Floats:
    """Correlation of the rows; NaN where it is undefined."""
    if rows.shape[1] < 2:
        return np.full((len(rows), len(rows)), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.atleast_2d(np.corrcoef(rows))


def _band(cash: float, walked: Walked, other: Walked) -> Band:
    returns = sorted(float(run.equity[-1]) / cash - 1.0 for run in (walked, other))
    return Band(returns[0], returns[1], walked.ambiguous, other.equity)


def _own_notices(series: Sequence[Bars], walked: Walked) -> Iterator[str]:
    quotes = sorted({bars.instrument.quote_asset for bars in series})
    if len(quotes) > 1:
        named = ", ".join(quote or "unknown" for quote in quotes)
        yield f"The markets are quoted in {named}: their prices are added up as if they were one currency."
    if walked.cut:
        yield f"{walked.cut} entries found less free cash than they ask for, and are smaller or absent."
    if walked.ruined:
        yield RUINED
