"""Order filters and risk tiers: read from Bybit's rows, kept in the lake, read back."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from engine.errors import Conflict
from engine.market.filters import Filters
from engine.market.instrument import Category, Instrument
from engine.market.lake import Lake
from engine.market.risk_tiers import RiskTier
from engine.market.sources.bybit_instruments import filters_of, risk_tiers_of
from engine.market.trading_rules import TradingRules
from tests.support.market import BTC, START_MS

LINEAR = {
    "priceFilter": {"minPrice": "0.10", "maxPrice": "1999999.80", "tickSize": "0.10"},
    "lotSizeFilter": {
        "maxOrderQty": "1190.000",
        "minOrderQty": "0.001",
        "qtyStep": "0.001",
        "maxMktOrderQty": "500.000",
        "minNotionalValue": "5",
    },
}


def tier(limit: str, maintenance: str, initial: str, leverage: str, deduction: str = "") -> dict[str, Any]:
    return {
        "riskLimitValue": limit,
        "maintenanceMargin": maintenance,
        "initialMargin": initial,
        "maxLeverage": leverage,
        "mmDeduction": deduction,
    }


def recorded(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))


def test_a_linear_contract_has_all_filters() -> None:
    assert filters_of(LINEAR, Category.LINEAR) == Filters(0.1, 0.001, 0.001, 5.0, 1190.0, 500.0)


def test_an_older_row_without_a_market_maximum_has_the_one_for_all_orders() -> None:
    lot = {"maxOrderQty": "100", "minOrderQty": "1", "qtyStep": "1", "maxMktOrderQty": ""}
    filters = filters_of({"priceFilter": {"tickSize": "0.5"}, "lotSizeFilter": lot}, Category.LINEAR)
    assert (filters.max_quantity, filters.max_market_quantity, filters.min_notional) == (100.0, 100.0, 0.0)


def test_a_spot_pair_has_a_smallest_value_but_no_smallest_quantity() -> None:
    lot = {
        "basePrecision": "0.000001",
        "minOrderQty": "0.000011",
        "minOrderAmt": "5",
        "maxLimitOrderQty": "83",
        "maxMarketOrderQty": "41.5",
    }
    filters = filters_of({"priceFilter": {"tickSize": "0.1"}, "lotSizeFilter": lot}, Category.SPOT)
    assert filters == Filters(0.1, 0.000001, 0.0, 5.0, 83.0, 41.5)


def test_an_inverse_contract_counts_in_usd_so_its_smallest_order_is_a_value() -> None:
    lot = {"maxOrderQty": "25000000", "minOrderQty": "1", "qtyStep": "1"}
    filters = filters_of({"priceFilter": {"tickSize": "0.50"}, "lotSizeFilter": lot}, Category.INVERSE)
    assert filters == Filters(tick=0.5, min_notional=1.0)


def test_what_a_row_does_not_say_is_no_filter() -> None:
    assert filters_of({}, Category.LINEAR) == Filters()


def test_deductions_are_worked_out_as_the_exchange_writes_them() -> None:
    rows = [
        tier("2000000", "0.005", "0.01", "100.00"),
        tier("2600000", "0.0056", "0.0111", "90.00", "1200"),
        tier("3200000", "0.0063", "0.0125", "80.00", "3020"),
    ]
    tiers = risk_tiers_of(rows[::-1])
    assert tiers[0] == RiskTier(2_000_000.0, 0.005, 0.0, 100.0)
    for worked_out, row in zip(tiers[1:], rows[1:], strict=True):
        assert worked_out.deduction == pytest.approx(float(row["mmDeduction"]))


def test_rates_in_percent_and_as_fractions_give_the_same_tiers() -> None:
    percent = [tier("100000", "0.5", "1", "100"), tier("200000", "1.0", "2", "50")]
    fractions = [tier("100000", "0.005", "0.01", "100"), tier("200000", "0.01", "0.02", "50")]
    assert risk_tiers_of(percent) == risk_tiers_of(fractions)
    deepest = risk_tiers_of([tier("1200000000", "0.6", "1", "1.00")])
    assert deepest[0].maintenance_rate == 0.6


def test_a_row_whose_margin_and_leverage_do_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        risk_tiers_of([tier("100000", "0.5", "1", "10")])


def test_recorded_risk_limits_keep_the_margin_continuous(recorded_messages: Path) -> None:
    rows = recorded(recorded_messages, "hirokisan/v5-market-get-risk-limit.json")["list"]
    tiers = risk_tiers_of(rows)
    assert (len(tiers), tiers[0].maintenance_rate, tiers[0].max_leverage) == (35, 0.005, 100.0)
    for lower, upper in pairwise(tiers):
        below = lower.limit * lower.maintenance_rate - lower.deduction
        assert below == pytest.approx(lower.limit * upper.maintenance_rate - upper.deduction)
        assert upper.limit > lower.limit and upper.max_leverage < lower.max_leverage


def test_recorded_instruments_are_read_whole(recorded_messages: Path) -> None:
    linear = recorded(recorded_messages, "docs_examples/market__instrument__1_rest.json")["result"]["list"][0]
    assert filters_of(linear, Category.LINEAR) == Filters(0.1, 0.001, 0.001, 5.0, 1190.0, 500.0)
    spot = recorded(recorded_messages, "docs_examples/market__instrument__4_rest.json")["result"]["list"][0]
    assert filters_of(spot, Category.SPOT) == Filters(0.1, 0.000001, 0.0, 5.0, 83.0, 41.5)
    for name, part, category in (
        ("spot", "Spot", Category.SPOT),
        ("inverse", "LinearInverse", Category.LINEAR),
    ):
        rows = recorded(recorded_messages, f"hirokisan/v5-market-get-instruments-info-{name}.json")
        for row in rows[part]["list"]:
            filters = filters_of(row, category)
            assert filters.tick > 0 and filters.lot > 0, row["symbol"]


RULES = TradingRules(BTC, Filters(0.1, 0.001), (RiskTier(2e6, 0.005, 0.0, 100.0),), START_MS, "an.exchange")


def test_rules_come_back_from_the_lake_as_they_were(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.keep_rules(RULES)
    assert lake.rules(BTC) == RULES
    assert lake.rules(Instrument("bybit", Category.SPOT, "BTCUSDT")) is None
    assert list(lake.keys()) == []


def test_rules_kept_by_many_at_once_are_whole(tmp_path: Path) -> None:
    many = [TradingRules(BTC, Filters(tick=i + 1.0), RULES.tiers * (i + 1), i, "x") for i in range(8)]
    threads = [Thread(target=Lake(tmp_path).keep_rules, args=(rules,)) for rules in many]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Lake(tmp_path).rules(BTC) in many


@pytest.mark.parametrize("text", ["{", "{}", '{"schema": 2}', '{"schema": 1, "filters": {"tick": -1}}'])
def test_a_damaged_file_of_rules_is_named(tmp_path: Path, text: str) -> None:
    lake = Lake(tmp_path)
    lake.keep_rules(RULES)
    (tmp_path / "bybit/linear/BTCUSDT/rules.json").write_text(text, encoding="utf-8")
    with pytest.raises(Conflict, match=r"rules\.json"):
        lake.rules(BTC)
