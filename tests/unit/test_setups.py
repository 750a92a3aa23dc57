"""From a request's arguments to the engine's setup."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.backtest.costs import Costs
from engine.backtest.execution import Execution
from engine.backtest.margin import ONE_TIER, Margin
from engine.backtest.setup import Setup
from engine.backtest.sizing import DrawdownScaling, RiskPerTrade
from engine.backtest.slippage import FixedSlippage, VolatilityShare
from engine.errors import InvalidInput
from engine.market.filters import Filters
from engine.market.instrument import Category, Instrument
from engine.market.interval import Interval
from engine.market.risk_tiers import tiers_of
from engine.market.trading_rules import TradingRules
from tests.support.market import BTC, START_MS
from tools.backtest import RunBacktest
from tools.core import Core
from tools.registry import checked
from tools.settings import Settings
from tools.setups import detail_interval_of, setup_for

SPOT = Instrument("bybit", Category.SPOT, "BTCUSDT")
TIERS = tiers_of(((2e6, 0.005, 50.0), (4e6, 0.01, 25.0)))
RULES = TradingRules(BTC, Filters(0.1, 0.001), TIERS, START_MS, "an.exchange")


@pytest.fixture
def core(tmp_path: Path) -> Core:
    return Core(Settings(home=tmp_path))


def setup(core: Core, instrument: Instrument = BTC, **arguments: object) -> Setup:
    return setup_for(core, request(**arguments), instrument)


def request(**arguments: object) -> RunBacktest:
    return checked(RunBacktest, "run_backtest", {"symbol": "BTCUSDT", "interval": "1h", **arguments})


def test_without_arguments_it_is_the_default_of_the_category(core: Core) -> None:
    assert setup(core) == Setup.defaults(Category.LINEAR)
    assert setup(core, SPOT) == Setup.defaults(Category.SPOT)


def test_a_fee_level_sets_both_fees_and_a_fee_of_its_own_wins(core: Core) -> None:
    assert setup(core, fee_level="vip2").costs == Costs(1.6, 3.75)
    assert setup(core, SPOT, fee_level="vip2").costs == Costs(6.5, 7.75)
    assert setup(core, fee_level="vip2", taker_fee_bps=9).costs == Costs(1.6, 9.0)


def test_slippage_is_a_number_or_a_model(core: Core) -> None:
    assert setup(core, slippage_bps=3).costs.slippage == FixedSlippage(3.0)
    model = {"model": "volatility", "share": 0.1}
    assert setup(core, slippage=model).costs.slippage == VolatilityShare(0.1)
    with pytest.raises(InvalidInput, match="the same thing twice"):
        setup(core, slippage=model, slippage_bps=3)


def test_all_arguments_reach_the_setup(core: Core) -> None:
    core.lake.keep_rules(RULES)
    made = setup(
        core,
        cash=500,
        latency_bars=2,
        participation=0.1,
        leverage=5,
        sizing={"kind": "risk", "fraction": 0.02},
        drawdown_scaling={"limit": 0.3, "floor": 0.1},
        use_filters=True,
    )
    assert made == Setup(
        Costs(2.0, 5.5),
        500.0,
        Execution(2, 0.1),
        RULES.filters,
        Margin(5.0, TIERS),
        RiskPerTrade(0.02),
        DrawdownScaling(0.3, 0.1),
    )
    assert detail_interval_of(request(detail_interval="5m")) is Interval.M5
    assert detail_interval_of(request()) is None


def test_objects_that_a_client_sent_as_json_text_are_opened() -> None:
    sent = request(sizing='{"kind": "notional", "amount": 100}', slippage='{"model": "fixed", "bps": 2}')
    assert sent == request(sizing={"kind": "notional", "amount": 100}, slippage={"model": "fixed", "bps": 2})


def test_filters_that_were_never_fetched_are_asked_for(core: Core) -> None:
    with pytest.raises(InvalidInput, match="no order filters of bybit:linear:BTCUSDT") as refused:
        setup(core, use_filters=True)
    assert "data sync" in refused.value.hint


def test_leverage_without_a_table_counts_half_a_percent_everywhere(core: Core) -> None:
    assert setup(core, leverage=5).margin == Margin(5.0, ONE_TIER)


def test_leverage_that_no_tier_allows_is_refused(core: Core) -> None:
    core.lake.keep_rules(RULES)
    with pytest.raises(InvalidInput, match="above the first tier's 50"):
        setup(core, leverage=60)


def test_leverage_on_spot_is_refused(core: Core) -> None:
    with pytest.raises(InvalidInput, match="is spot, which has no leverage"):
        setup(core, SPOT, leverage=2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"fee_level": "vip7"}, "no fee level 'vip7'"),
        ({"slippage": {"model": "fixed", "bps": -1}}, "bps = -1"),
        ({"slippage": {"model": "guess"}}, "'slippage': input tag 'guess'"),
        ({"slippage": {"model": "fixed", "spread": 1, "bps": 1}}, "slippage.fixed.spread"),
        ({"sizing": {"fraction": 1}}, "'sizing': unable to extract tag"),
        ({"sizing": {"kind": "notional"}}, "'sizing.notional.amount' is missing"),
        ({"sizing": {"kind": "risk", "fraction": 3}}, "fraction = 3"),
        ({"latency_bars": -1}, "latency_bars"),
        ({"participation": 1.5}, "participation = 1.5"),
        ({"leverage": 0.5}, "leverage = 0.5"),
        ({"drawdown_scaling": {"limit": 2}}, "limit = 2"),
    ],
)
def test_a_value_that_cannot_be_is_named(core: Core, arguments: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidInput, match=said.replace(".", r"\.")):
        setup(core, **arguments)
