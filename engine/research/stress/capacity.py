"""How much capital a strategy bears: where the square-root law of impact has halved its Sharpe ratio.

The run's slippage gives way to `SquareRootImpact` (with its own coefficient, if the run had that model); fees
stay. Order filters and risk tiers are left out: they limit the size of an order, and so would hide its
impact.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from engine.backtest.checks import checked
from engine.backtest.margin import Margin
from engine.backtest.prepared import prepare, run
from engine.backtest.setup import Setup
from engine.backtest.sizing import FixedNotional, FixedQuantity, Sizing
from engine.backtest.slippage import SquareRootImpact
from engine.cancellation import Cancellation
from engine.research.findings import CapacityPart, CapacityPoint
from engine.research.subject import Subject

_TINY = 1.0  # quote currency: next to no impact
_TRIED = tuple(10.0**exponent for exponent in range(4, 11))
_PRECISION = 1.01

_SharpeAt = Callable[[float], float | None]


def capacity(subject: Subject, *, cancellation: Cancellation | None = None) -> CapacityPart:
    """The capital at which the annual Sharpe ratio is half of what next to no capital would have.

    Start equities from 10^4 to 10^10 are tried, then the decade in which it first halves is narrowed down to
    1%. Entries of a fixed amount or quantity grow with the capital, since capital alone would not
    change them. No capital where the ratio is not above 0 to begin with, or never halves.

    Raises:
        Cancelled: as asked.
    """

    def sharpe_at(capital: float) -> float | None:
        if cancellation is not None:
            cancellation.check()
        return _sharpe(subject, capital)

    base = sharpe_at(_TINY)
    if base is None or base <= 0.0:
        shown = "undefined" if base is None else f"{base:.2f}"
        return CapacityPart(
            points=(CapacityPoint(capital=_TINY, sharpe=base),),
            capital=None,
            said=f"With next to no capital its Sharpe ratio is {shown}: there is nothing to lose to impact.",
        )
    points = tuple(CapacityPoint(capital=capital, sharpe=sharpe_at(capital)) for capital in _TRIED)
    found = _halved(points, base / 2.0, sharpe_at)
    return CapacityPart(points=points, capital=found, said=_said(subject.setup.sizing, base, found))


def _halved(points: tuple[CapacityPoint, ...], half: float, sharpe_at: _SharpeAt) -> float | None:
    """The first capital with at most `half`, between two of the points by bisection of its logarithm."""
    enough = _TINY
    for point in points:
        if not _is_above(point.sharpe, half):
            return _narrowed(enough, point.capital, half, sharpe_at)
        enough = point.capital
    return None


def _narrowed(enough: float, too_much: float, half: float, sharpe_at: _SharpeAt) -> float:
    while too_much > enough * _PRECISION:
        middle = math.sqrt(enough * too_much)
        if _is_above(sharpe_at(middle), half):
            enough = middle
        else:
            too_much = middle
    return too_much


def _is_above(sharpe: float | None, half: float) -> bool:
    return sharpe is not None and sharpe > half


def _sharpe(subject: Subject, capital: float) -> float | None:
    prepared = prepare(subject.market, _setup_at(subject.setup, capital), detail=subject.detail)
    sharpe = run(prepared, checked(subject.signals, len(prepared)), recorded=False).summary.sharpe
    return None if math.isnan(sharpe) else sharpe


def _setup_at(setup: Setup, capital: float) -> Setup:
    slippage = setup.costs.slippage
    impact = slippage if isinstance(slippage, SquareRootImpact) else SquareRootImpact()
    return replace(
        setup,
        cash=capital,
        costs=replace(setup.costs, slippage=impact),
        filters=None,
        margin=None if setup.margin is None else Margin(setup.leverage),
        sizing=_scaled(setup.sizing, capital / setup.cash),
    )


def _scaled(sizing: Sizing, factor: float) -> Sizing:
    match sizing:
        case FixedNotional():
            return FixedNotional(sizing.amount * factor)
        case FixedQuantity():
            return FixedQuantity(sizing.quantity * factor)
        case _:
            return sizing


def _said(sizing: Sizing, base: float, found: float | None) -> str:
    fixed = isinstance(sizing, FixedNotional | FixedQuantity)
    how = " (its entries of fixed size grow with the capital here)" if fixed else ""
    if found is None:
        most = _rounded(_TRIED[-1])
        return f"Up to {most} of capital, impact does not halve its Sharpe ratio of {base:.2f}{how}."
    return f"Impact halves its Sharpe ratio of {base:.2f} at a capital of about {_rounded(found)}{how}."


def _rounded(capital: float) -> str:
    """Three digits, as people read money: 8,430,000."""
    return f"{float(f'{capital:.3g}'):,.0f}"
