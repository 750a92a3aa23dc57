"""The ledger and the holdouts as the command line answers them; no tool opens or moves a holdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from engine.backtest.result import Metrics
from engine.market.interval import format_instant, parse_instant
from engine.research.document import DataPart, StrategyPart
from engine.research.findings import LedgerRow
from tools.backtest import laboratory
from tools.core import Core
from tools.registry import Answer

if TYPE_CHECKING:
    from engine.store.records import HoldoutEvent


class HoldoutHistory(BaseModel):
    """One entry of a holdout's history."""

    at: str
    kind: str = Field(description="fixed, moved or opened")
    holdout_from: str = Field(description="The instant after it.")
    reason: str
    run_id: str | None = Field(description="The run that an opening made.")


class Holdout(BaseModel):
    """Where an asset's data are held out from, and who has seen what of them."""

    base_asset: str
    holdout_from: str = Field(description="From here on the data are held out, ISO 8601 UTC.")
    by: str = Field(description="first trial, person, or proposed before the first trial")
    reason: str
    openings: int = Field(description="How often it was opened.")
    allowance: int
    left: int
    history: list[HoldoutHistory]
    read_past: list[str] = Field(description="What market tools have shown of it, newest first.")


class Holdouts(Answer):
    """Holdouts by asset."""

    holdouts: list[Holdout]


class OpenedPart(BaseModel):
    """A run on one side of the holdout's instant."""

    run_id: str
    data: DataPart
    metrics: Metrics
    benchmark: Metrics = Field(description="Buy and hold with the same costs.")


class HoldoutOpening(Answer):
    """What the held-out part says beside the research part."""

    strategy: StrategyPart
    params: dict[str, int | float]
    research: OpenedPart
    held_out: OpenedPart
    warnings: list[str]
    left: int = Field(description="Openings that the asset has left.")


class LineageSummary(BaseModel):
    """One idea with its copies."""

    lineage: str
    members: list[str] = Field(description="Names of the strategies in it.")
    texts: int = Field(description="Different texts in it.")
    trials: int = Field(description="Distinct trials on the asset's research part.")


class Ledger(Answer):
    """What was tried on an asset."""

    base_asset: str
    trials: int = Field(description="Distinct trials on the asset's research part.")
    effective: int = Field(description="Independent ones among them: what deflates every verdict on it.")
    lineages: list[LineageSummary]
    newest: list[LedgerRow]


class Ledgers(Answer):
    """What was tried, by asset."""

    ledgers: list[Ledger]


def show_holdouts(core: Core, asset: str | None) -> Holdouts:
    """All holdouts, or that of one asset, also where it would be fixed.

    Raises:
        NotFound: nothing is known of the asset.
    """
    if asset is not None:
        return Holdouts(holdouts=[_holdout(core, asset.strip().upper())])
    return Holdouts(holdouts=[_holdout(core, known.base_asset) for known in core.store.holdouts.list()])


def set_holdout(core: Core, asset: str, at: str, reason: str) -> Holdouts:
    """Move a holdout for a person.

    Raises:
        InvalidInput: not an instant, or no reason.
        NotFound: nothing is known of the asset.
    """
    from engine.research.holdout import move_holdout

    name = asset.strip().upper()
    move_holdout(core.lake, core.store, name, parse_instant(at, "the instant"), reason)
    return show_holdouts(core, name)


def open_holdout(core: Core, run_id: str) -> HoldoutOpening:
    """Run a recorded run's strategy and settings on the data held out from it; once per lineage.

    Raises:
        NotFound, InvalidInput, LimitExceeded: as `engine.research.opening`.
    """
    from engine.research.opening import open_holdout

    opened = open_holdout(laboratory(core), run_id, allowance=core.settings.holdout_allowance)
    research, held_out = opened.research, opened.held_out.document
    return HoldoutOpening(
        strategy=held_out.strategy,
        params=held_out.params,
        research=OpenedPart.model_validate(research, from_attributes=True),
        held_out=OpenedPart.model_validate(held_out, from_attributes=True),
        warnings=list(held_out.warnings),
        left=opened.left,
    )


def show_ledger(core: Core, asset: str | None, lineage: str | None, limit: int) -> Ledgers:
    """What was tried on an asset, or on all; with the newest trials, of one lineage if named.

    Raises:
        NotFound: nothing was tried on the asset, or there is no such lineage.
    """
    from engine.errors import NotFound

    tried = core.store.trials.assets()
    wanted = tried if asset is None else (asset.strip().upper(),)
    if asset is not None and wanted[0] not in tried:
        raise NotFound(f"Nothing was tried on {wanted[0]}.", f"Assets: {', '.join(tried) or 'none yet'}.")
    return Ledgers(ledgers=[_ledger(core, name, lineage, limit) for name in wanted])


def _ledger(core: Core, asset: str, lineage: str | None, limit: int) -> Ledger:
    from engine.research.ledger.counting import by_lineage, names, settled
    from engine.research.ledger.reading import recent

    running = settled(core.store, asset)
    lineages = [
        LineageSummary(
            lineage=name, members=list(names(core.store, texts)), texts=len(texts), trials=running.of(texts)
        )
        for name, texts in by_lineage(core.store, running.counts)
        if lineage in (None, name)
    ]
    return Ledger(
        base_asset=asset,
        trials=running.counts.total(),
        effective=running.effective,
        lineages=sorted(lineages, key=lambda entry: -entry.trials),
        newest=list(recent(core.store, base_asset=asset, lineage=lineage, limit=limit)),
    )


def _holdout(core: Core, asset: str) -> Holdout:
    from engine.research.holdout import proposed
    from engine.research.ledger.counting import said_of_reads
    from engine.research.ledger.openings import openings

    standing, opened = core.store.holdouts.get(asset), len(openings(core.store, asset))
    at_ms = proposed(core.lake, asset) if standing is None else standing.holdout_from_ms
    allowance = core.settings.holdout_allowance
    return Holdout(
        base_asset=asset,
        holdout_from=format_instant(at_ms),
        by="proposed" if standing is None else standing.by,
        reason="" if standing is None else standing.reason,
        openings=opened,
        allowance=allowance,
        left=max(0, allowance - opened),
        history=[_history(event) for event in core.store.holdouts.events(asset)],
        read_past=list(said_of_reads(core.store, asset)),
    )


def _history(event: HoldoutEvent) -> HoldoutHistory:
    run_id = event.detail.get("run_id")
    return HoldoutHistory(
        at=format_instant(event.created_ms),
        kind=event.kind,
        holdout_from=format_instant(event.holdout_from_ms),
        reason=event.reason,
        run_id=None if run_id is None else str(run_id),
    )
