"""Toolset `system`: what this server can do."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from engine.market.instrument import Category
from engine.market.interval import Interval
from engine.strategy.spec import CONTRACT
from engine.version import ENGINE_VERSION
from tools.core import Core
from tools.registry import READS, Answer, Request, tool


class GetCapabilities(Request):
    """No arguments."""


class WallStatus(BaseModel):
    """One wall of the sandbox on this machine."""

    name: str
    present: bool
    detail: str


class ProofStatus(BaseModel):
    """What hostile strategies, run on this machine, have shown about the sandbox."""

    state: Literal["proved", "unproved", "broken"] = Field(
        description="unproved: each run still verifies the walls; broken: foreign code is refused."
    )
    detail: str


class Capabilities(Answer):
    """What this server can do here."""

    engine_version: str
    strategy_contract: int
    intervals: list[str]
    categories: list[str]
    writer: str = Field(description="What generate_strategy writes with.")
    sandbox: list[WallStatus]
    sandbox_proof: ProofStatus
    sandbox_complete: bool = Field(
        description="All needed walls stand and no proof saw them leak: any code may run."
    )
    read_only: bool
    trading: str = Field(description="What orders are possible.")
    notes: list[str]


@tool("system", "Capabilities", READS)
def get_capabilities(core: Core, request: GetCapabilities) -> Capabilities:
    """What this server offers on this machine: intervals, sandbox walls, the writer of strategies, limits.

    Call it once at the start. Next: get_data_coverage for the data, get_strategy_contract before you write.
    """
    from sandbox.walls import standing, walls

    proof = core.proofs.standing()
    return Capabilities(
        engine_version=ENGINE_VERSION,
        strategy_contract=CONTRACT,
        intervals=list(Interval),
        categories=list(Category),
        writer=core.writer.described,
        sandbox=[WallStatus(name=w.name, present=w.present, detail=w.detail) for w in walls()],
        sandbox_proof=ProofStatus(state=proof.state.value, detail=proof.detail),
        sandbox_complete=standing() and not proof.breach,
        read_only=core.settings.read_only,
        trading="none: this version researches, it places no orders",
        notes=[
            "The newest fifth of each asset's data is held out: backtests do not reach it.",
            "Every backtest counts as a trial on its asset.",
        ],
    )
