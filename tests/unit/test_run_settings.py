"""The settings of a run: in its document, in its hash, in the ledger of trials, and in running it again."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ambient import Ambient
from engine.backtest.costs import Costs
from engine.backtest.execution import Execution
from engine.backtest.margin import Margin
from engine.backtest.setup import Setup
from engine.backtest.sizing import (
    CappedKelly,
    DrawdownScaling,
    FixedNotional,
    FixedQuantity,
    FractionOfEquity,
    RiskPerTrade,
    VolatilityTarget,
)
from engine.backtest.slippage import FixedSlippage, HalfSpread, SquareRootImpact, VolatilityShare
from engine.errors import InvalidInput, NotFound
from engine.market.bars import COLUMNS, Bars
from engine.market.coverage import SeriesKind
from engine.market.filters import Filters
from engine.market.interval import Interval
from engine.market.lake import Lake
from engine.market.risk_tiers import tiers_of
from engine.research.backtesting import BacktestRequest, Laboratory, Window
from engine.research.document import RunDocument
from engine.research.reproduction import reproduce, rerun
from engine.research.setup_parts import CostsPart, TradingPart, costs_part, setup_of, trading_part
from engine.store.store import Store
from tests.support.market import BTC, made_bars
from tests.support.trusted_loader import TrustedLoader

CROSS = '''"""Trends persist."""


def generate_signals(df, params):
    up = df["close"] > df["close"].rolling(20).mean()
    return pd.DataFrame(
        {"long_entry": up, "long_exit": ~up, "stop_loss": 0.002, "take_profit": 0.002}, index=df.index
    )
'''
COSTS = Costs(2.0, 5.5)
PLAIN = Setup(COSTS)
TIERS = tiers_of(((100_000.0, 0.005, 100.0), (math.inf, 0.01, 50.0)))
EVERYTHING = Setup(
    Costs(1.8, 4.0, SquareRootImpact(0.5)),
    5_000.0,
    Execution(2, 0.25),
    Filters(0.1, 0.001, 0.001, 5.0, 1190.0),
    Margin(10.0, TIERS),
    RiskPerTrade(0.02),
    DrawdownScaling(0.3, 0.1),
)
OTHERS = [
    replace(EVERYTHING, costs=Costs(1.8, 4.0, VolatilityShare(0.5))),
    replace(EVERYTHING, costs=Costs(1.8, 4.0, SquareRootImpact(0.6))),
    replace(EVERYTHING, costs=Costs(1.8, 4.0, HalfSpread(0.5))),
    replace(EVERYTHING, execution=Execution(1, 0.25)),
    replace(EVERYTHING, execution=Execution(2, 0.5)),
    replace(EVERYTHING, execution=Execution(2)),
    replace(EVERYTHING, filters=None),
    replace(EVERYTHING, filters=Filters(0.1, 0.001, 0.001, 5.0, 1190.0, 500.0)),
    replace(EVERYTHING, margin=Margin(5.0, TIERS)),
    replace(EVERYTHING, margin=Margin(10.0)),
    replace(EVERYTHING, margin=None),
    replace(EVERYTHING, sizing=FractionOfEquity(0.02)),
    replace(EVERYTHING, sizing=RiskPerTrade(0.03)),
    replace(EVERYTHING, drawdown_scaling=DrawdownScaling(0.3)),
    replace(EVERYTHING, drawdown_scaling=None),
]
QUARTERS = made_bars(6_000, interval=Interval.M15)


def hours_of(quarters: Bars) -> Bars:
    """The hourly bars that these quarters of an hour make up."""
    table = {name: getattr(quarters, name).reshape(-1, 4) for name in ("open_time", *COLUMNS)}
    columns = {
        "open_time": table["open_time"][:, 0],
        "open": table["open"][:, 0],
        "high": table["high"].max(axis=1),
        "low": table["low"].min(axis=1),
        "close": table["close"][:, -1],
        "volume": table["volume"].sum(axis=1),
    }
    return Bars.checked(quarters.instrument, Interval.H1, columns, quarters.origin)


HOURS = hours_of(QUARTERS)
AMOUNTS = st.floats(0.001, 0.9)
SLIPPAGES = st.one_of(
    *(AMOUNTS.map(model) for model in (FixedSlippage, HalfSpread, VolatilityShare, SquareRootImpact))
)
SIZINGS = st.one_of(
    *(AMOUNTS.map(kind) for kind in (FractionOfEquity, FixedNotional, FixedQuantity, RiskPerTrade)),
    st.builds(VolatilityTarget, AMOUNTS, st.integers(2, 500)),
    st.builds(CappedKelly, AMOUNTS, AMOUNTS, st.integers(1, 50), AMOUNTS),
)
SETUPS = st.builds(
    Setup,
    st.builds(Costs, AMOUNTS, AMOUNTS, SLIPPAGES, st.booleans()),
    st.floats(1.0, 1e9),
    st.builds(Execution, st.integers(0, 9), st.none() | AMOUNTS),
    st.none() | st.builds(Filters, AMOUNTS, AMOUNTS, max_quantity=AMOUNTS),
    st.none() | st.builds(Margin, st.floats(1.0, 50.0), st.sampled_from([TIERS, Margin(1.0).tiers])),
    SIZINGS,
    st.none() | st.builds(DrawdownScaling, AMOUNTS, AMOUNTS),
)


@pytest.fixture
def laboratory(tmp_path: Path) -> Laboratory:
    counter = itertools.count(1_700_000_000_000)
    lake = Lake(tmp_path / "lake")
    for series in QUARTERS, HOURS:
        lake.append(series)
    ambient = Ambient(now_ms=lambda: next(counter))
    return Laboratory(lake, Store.open(f"sqlite:///{tmp_path / 'store.db'}", ambient), TrustedLoader())


def request(setup: Setup = PLAIN, detail: Interval | None = None) -> BacktestRequest:
    return BacktestRequest("cross", CROSS, None, "user", BTC, Interval.H1, Window(), {}, setup, detail)


def ran(laboratory: Laboratory, setup: Setup = PLAIN, detail: Interval | None = None) -> RunDocument:
    return laboratory.run(request(setup, detail)).document


@given(SETUPS)
def test_settings_come_back_from_json_as_they_were(setup: Setup) -> None:
    texts = costs_part(setup).model_dump_json(), trading_part(setup).model_dump_json()
    costs, trading = CostsPart.model_validate_json(texts[0]), TradingPart.model_validate_json(texts[1])
    assert setup_of(costs, trading) == setup
    assert "Infinity" not in "".join(texts)


def test_a_plain_run_says_that_nothing_of_it_was_used(laboratory: Laboratory) -> None:
    document = ran(laboratory)
    assert document.trading == TradingPart()
    assert document.trading.model_dump(mode="json") == {
        "execution": {"latency_bars": 0, "participation": None},
        "filters": None,
        "margin": None,
        "sizing": {"kind": "fraction", "fraction": 1.0},
        "drawdown_scaling": None,
    }


def test_the_document_says_everything_that_decided(laboratory: Laboratory) -> None:
    document = ran(laboratory, EVERYTHING)
    assert document.costs.slippage.model_dump() == {"model": "impact", "coefficient": 0.5}
    shown = document.model_dump(mode="json")["trading"]
    assert shown["execution"] == {"latency_bars": 2, "participation": 0.25}
    assert shown["filters"]["tick"] == 0.1 and shown["filters"]["max_market_quantity"] is None
    assert shown["margin"]["leverage"] == 10.0
    assert [tier["limit"] for tier in shown["margin"]["tiers"]] == [100_000.0, None]
    assert shown["sizing"] == {"kind": "risk", "fraction": 0.02}
    assert shown["drawdown_scaling"] == {"limit": 0.3, "floor": 0.1}


def test_every_setting_is_in_the_card_and_makes_another_trial(laboratory: Laboratory) -> None:
    setups = [Setup(COSTS), EVERYTHING, *OTHERS]
    hashes = {ran(laboratory, setup).card_hash for setup in setups}
    assert len(hashes) == len(setups)
    assert laboratory.store.trials.count("BTC") == len(setups)
    ran(laboratory, EVERYTHING)
    assert laboratory.store.trials.count("BTC") == len(setups)


@pytest.mark.parametrize("setup", [EVERYTHING, *OTHERS])
def test_a_run_with_any_settings_is_reproduced_to_the_same_bits(laboratory: Laboratory, setup: Setup) -> None:
    document = ran(laboratory, setup)
    assert reproduce(laboratory, document.run_id).differences == ()
    assert rerun(laboratory, document.run_id).document == document


def test_settings_decide_the_numbers(laboratory: Laboratory) -> None:
    returns = {ran(laboratory, setup).metrics.total_return for setup in (Setup(COSTS), EVERYTHING, *OTHERS)}
    assert len(returns) > len(OTHERS) // 2


def test_the_band_stands_beside_the_metrics_and_holds_the_result(laboratory: Laboratory) -> None:
    document = ran(laboratory)
    assert document.band is not None
    assert document.band.ambiguous_bars > 0
    low, high = document.band.total_return_low, document.band.total_return_high
    assert document.metrics.total_return in (low, high) and low < high


def test_finer_bars_are_named_in_the_card_and_found_again(laboratory: Laboratory) -> None:
    plain, fine = ran(laboratory), ran(laboratory, detail=Interval.M15)
    assert fine.data.detail is not None
    assert (fine.data.detail.interval, fine.data.detail.bars) == ("15m", 4 * fine.data.bars)
    assert fine.card_hash != plain.card_hash
    assert laboratory.store.trials.count("BTC") == 2
    assert reproduce(laboratory, fine.run_id).differences == ()


def test_finer_bars_that_are_not_the_same_any_more_are_named(laboratory: Laboratory, tmp_path: Path) -> None:
    run_id = ran(laboratory, detail=Interval.M15).run_id
    other = Lake(tmp_path / "other")
    other.append(HOURS)
    other.append(made_bars(6_000, interval=Interval.M15, seed=2))
    answer = reproduce(replace(laboratory, lake=other), run_id)
    assert "the detail: the finer bars are not the same" in answer.differences


def test_detail_that_is_no_finer_is_refused(laboratory: Laboratory) -> None:
    with pytest.raises(InvalidInput, match="as the bars are"):
        ran(laboratory, detail=Interval.H1)


def test_detail_that_the_lake_lacks_is_named(laboratory: Laboratory) -> None:
    with pytest.raises(NotFound, match="no bybit:linear:BTCUSDT 5m"):
        ran(laboratory, detail=Interval.M5)


def test_all_mark_prices_are_kept_with_a_run_that_they_could_liquidate(laboratory: Laboratory) -> None:
    laboratory.lake.append(HOURS, SeriesKind.MARK)
    levered, plain = Setup(COSTS, margin=Margin(5.0, TIERS)), ran(laboratory)
    assert plain.data.mark is None
    document = ran(laboratory, levered)
    assert document.data.mark is not None
    assert (document.data.mark.interval, document.data.mark.bars) == ("1h", document.data.bars)
    assert document.data.hash == plain.data.hash
    laboratory.lake.append(QUARTERS, SeriesKind.MARK)
    assert reproduce(laboratory, document.run_id).differences == ()
    assert rerun(laboratory, document.run_id).document == document


def test_mark_prices_make_another_card_where_they_decide(laboratory: Laboratory) -> None:
    levered = Setup(COSTS, margin=Margin(5.0, TIERS))
    without = ran(laboratory, levered)
    laboratory.lake.append(HOURS, SeriesKind.MARK)
    assert ran(laboratory, levered).card_hash != without.card_hash
    assert reproduce(laboratory, without.run_id).differences == ()


def test_leverage_without_a_table_of_tiers_says_so(laboratory: Laboratory) -> None:
    said = "There are no risk tiers of bybit:linear:BTCUSDT: maintenance margin is 0.5% at every size."
    assert said in ran(laboratory, Setup(COSTS, margin=Margin(3.0))).warnings
    assert said not in ran(laboratory, Setup(COSTS, margin=Margin(3.0, TIERS))).warnings


def test_a_card_of_the_first_form_still_loads(laboratory: Laboratory) -> None:
    card = json.loads(ran(laboratory).model_dump_json(by_alias=True))
    del card["trading"], card["band"], card["data"]["detail"], card["costs"]["slippage"]
    card["costs"]["slippage_bps"] = 3.0
    document = RunDocument.model_validate(card)
    assert setup_of(document.costs, document.trading) == Setup(Costs(2.0, 5.5, FixedSlippage(3.0)))
    assert document.band is None


def test_a_card_with_both_forms_of_slippage_or_an_unknown_model_is_refused(laboratory: Laboratory) -> None:
    costs = ran(laboratory).costs.model_dump()
    with pytest.raises(ValueError, match="slippage_bps"):
        CostsPart.model_validate({**costs, "slippage_bps": 3.0})
    with pytest.raises(ValueError, match="sideways"):
        CostsPart.model_validate({**costs, "slippage": {"model": "sideways"}})
