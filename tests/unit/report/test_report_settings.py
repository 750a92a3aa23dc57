"""How a run traded, in words."""

from __future__ import annotations

import pytest

from engine.backtest.costs import Costs
from engine.backtest.execution import Execution
from engine.backtest.margin import Margin
from engine.backtest.report.settings import slippage_in_words, trading_in_words
from engine.backtest.setup import Setup
from engine.backtest.sizing import (
    CappedKelly,
    DrawdownScaling,
    FixedNotional,
    FixedQuantity,
    FractionOfEquity,
    RiskPerTrade,
    Sizing,
    VolatilityTarget,
)
from engine.backtest.slippage import FixedSlippage, HalfSpread, Slippage, SquareRootImpact, VolatilityShare
from engine.market.filters import Filters
from engine.research.setup_parts import costs_part, trading_part

COSTS = Costs(2.0, 5.5)


def words(**changes: object) -> str:
    return trading_in_words(trading_part(Setup(COSTS, **changes)).model_dump(mode="json"))


def test_a_plain_run_has_nothing_to_say() -> None:
    assert words() == trading_in_words({}) == ""


@pytest.mark.parametrize(
    ("slippage", "said"),
    [
        (FixedSlippage(1.5), "1.5 bps"),
        (HalfSpread(2.0), "half of a spread of 2 bps"),
        (VolatilityShare(0.1), "0.1 of the last bar's range"),
        (SquareRootImpact(), "1 x square-root impact"),
    ],
)
def test_every_model_of_slippage_has_words(slippage: Slippage, said: str) -> None:
    costs = costs_part(Setup(Costs(2.0, 5.5, slippage))).model_dump(mode="json")
    assert slippage_in_words(costs) == said


@pytest.mark.parametrize(
    ("sizing", "said"),
    [
        (FractionOfEquity(0.5), "size 0.5 of equity"),
        (FixedNotional(1000.0), "size 1000 of quote currency"),
        (FixedQuantity(0.1), "size 0.1 of base currency"),
        (VolatilityTarget(0.2), "size for an annual volatility of 0.2 over 100 bars"),
        (RiskPerTrade(0.01), "size for 0.01 of equity at risk"),
        (CappedKelly(), "size 0.5 of Kelly's fraction up to 1"),
    ],
)
def test_every_sizing_has_words(sizing: Sizing, said: str) -> None:
    assert words(sizing=sizing) == said


def test_what_is_not_as_in_a_plain_run_is_said_in_one_line() -> None:
    said = words(
        execution=Execution(2, 0.25),
        filters=Filters(0.1),
        margin=Margin(10.0),
        drawdown_scaling=DrawdownScaling(0.2, 0.1),
    )
    assert said == (
        "10x leverage, size shrinks to 0.1 at a drawdown of 20.0%, latency 2 bars, "
        "at most 25.0% of a bar's volume, order filters"
    )
