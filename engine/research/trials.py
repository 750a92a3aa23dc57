"""A trial as the ledger takes it: made in one place, so that every way to try something counts alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.backtest.setup import Setup
from engine.market.instrument import Instrument
from engine.market.interval import Interval
from engine.research.returns import PeriodReturns
from engine.research.setup_parts import costs_part, trading_part
from engine.store.records import JsonObject, NewTrial, ReturnsRecord


def new_trial(
    *,
    instrument: Instrument,
    interval: Interval,
    code_hash: str,
    start_ms: int,
    end_ms: int,
    params: JsonObject,
    setup: Setup,
    detail: Interval | None,
    card_hash: str,
    sharpe: float | None,
    returns: PeriodReturns,
    touches_holdout: bool = False,
) -> NewTrial:
    """The trial of these parameters on the bars of [start_ms, end_ms).

    Args:
        params: resolved.
        detail: interval of the finer bars that told the order inside a bar.
        card_hash: of the run; empty where only the trial is kept, as of a search.
        sharpe: annual.
    """
    return NewTrial(
        instrument=instrument,
        interval=interval,
        code_hash=code_hash,
        window_start_ms=start_ms,
        window_end_ms=end_ms,
        params=dict(params),
        costs=trial_costs(setup, detail),
        card_hash=card_hash,
        sharpe=sharpe,
        touches_holdout=touches_holdout,
        returns=returns_record(returns),
    )


def trial_costs(setup: Setup, detail: Interval | None) -> dict[str, Any]:
    """All settings that make a trial another one."""
    return {
        **costs_part(setup).model_dump(),
        "trading": trading_part(setup).model_dump(mode="json"),
        "detail": None if detail is None else str(detail),
    }


def returns_record(returns: PeriodReturns) -> ReturnsRecord:
    """The returns as the store keeps them."""
    return ReturnsRecord(returns.start_ms, returns.period_ms, returns.values.astype("<f4").tobytes())


def recorded_returns(record: ReturnsRecord) -> PeriodReturns:
    """The returns that the store has kept, to seven digits."""
    values = np.frombuffer(record.values, "<f4").astype(np.float64)
    return PeriodReturns(record.start_ms, record.period_ms, values)
