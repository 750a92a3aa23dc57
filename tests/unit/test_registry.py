"""The registry of tools: arguments are checked once, for every interface."""

from __future__ import annotations

import pytest

from engine.errors import InvalidInput, NotFound
from tools.backtest import RunBacktest
from tools.catalogue import REGISTRY
from tools.registry import checked


def test_every_tool_of_this_version_is_there_once_and_described() -> None:
    assert [tool.name for tool in REGISTRY] == [
        "get_capabilities",
        "get_job",
        "cancel_job",
        "get_klines",
        "get_data_coverage",
        "get_strategy_contract",
        "list_strategies",
        "get_strategy",
        "save_strategy",
        "validate_strategy",
        "run_backtest",
        "run_optimization",
        "assess_robustness",
        "list_runs",
        "get_run",
        "compare_runs",
        "generate_strategy",
    ]
    for tool in REGISTRY:
        assert len(tool.description) > 60
        assert tool.title
        assert tool.answer.model_json_schema(mode="serialization")["properties"]["schema"]["default"] == 1


def test_an_unknown_argument_is_refused_with_the_nearest_known_name() -> None:
    with pytest.raises(InvalidInput) as refused:
        checked(RunBacktest, "run_backtest", {"symbol": "BTCUSDT", "intervall": "1h", "interval": "1h"})
    assert "unknown argument 'intervall' (did you mean 'interval'?)" in refused.value.message
    assert "strategy_id" in refused.value.hint


def test_every_wrong_argument_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        checked(RunBacktest, "run_backtest", {"interval": "1h", "cash": -1, "detail": "everything"})
    for part in (
        "'symbol' is missing",
        "'cash': input should be greater than 0",
        "'detail': input should be",
    ):
        assert part in refused.value.message


def test_an_object_that_a_client_sent_as_json_text_is_opened() -> None:
    request = checked(
        RunBacktest, "run_backtest", {"symbol": "BTCUSDT", "interval": "1h", "params": '{"fast": 10}'}
    )
    assert request.params == {"fast": 10}


def test_text_that_is_no_json_object_is_refused_not_guessed() -> None:
    with pytest.raises(InvalidInput, match="'params': input should be a valid dictionary"):
        checked(RunBacktest, "run_backtest", {"symbol": "B", "interval": "1h", "params": "fast=10"})


def test_an_unknown_tool_names_the_nearest() -> None:
    with pytest.raises(NotFound, match="Tools: run_backtest"):
        REGISTRY.get("run_backtests")


def test_read_only_leaves_out_every_tool_that_writes() -> None:
    names = {tool.name for tool in REGISTRY.selected((), read_only=True)}
    assert names.isdisjoint({"save_strategy", "run_backtest", "generate_strategy"})
    assert names.isdisjoint({"run_optimization", "assess_robustness", "cancel_job"})
    assert {"get_klines", "validate_strategy", "list_runs"} <= names


def test_only_the_named_toolsets_are_served() -> None:
    assert {tool.toolset for tool in REGISTRY.selected(("market",), read_only=False)} == {"market"}
    with pytest.raises(NotFound, match="Toolsets: system"):
        REGISTRY.selected(("markets",), read_only=False)


@pytest.mark.parametrize("tool", list(REGISTRY), ids=lambda tool: tool.name)
def test_the_committed_schema_of_every_answer_is_the_one_in_the_code(tool) -> None:
    from pathlib import Path

    from tools.schemas import schemas, text_of

    committed = Path(__file__).resolve().parents[2] / "docs" / "schemas" / f"{tool.name}.json"
    assert committed.read_text(encoding="utf-8") == text_of(schemas()[tool.name]), "run `make schemas`"
