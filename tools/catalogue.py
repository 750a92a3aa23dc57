"""All tools of this product, in the order in which clients see them."""

from __future__ import annotations

from tools.agent import generate_strategy
from tools.assessment import assess_robustness
from tools.backtest import get_run, list_runs, run_backtest
from tools.comparison import compare_runs
from tools.market import get_data_coverage, get_klines
from tools.optimization import run_optimization
from tools.registry import collect
from tools.strategy import (
    get_strategy,
    get_strategy_contract,
    list_strategies,
    save_strategy,
    validate_strategy,
)
from tools.system import cancel_job, get_capabilities, get_job

REGISTRY = collect(
    get_capabilities,
    get_job,
    cancel_job,
    get_klines,
    get_data_coverage,
    get_strategy_contract,
    list_strategies,
    get_strategy,
    save_strategy,
    validate_strategy,
    run_backtest,
    run_optimization,
    assess_robustness,
    list_runs,
    get_run,
    compare_runs,
    generate_strategy,
)
