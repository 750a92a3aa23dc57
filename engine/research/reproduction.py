"""Run a recorded backtest again and say whether the same numbers come out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.market.interval import parse_instant
from engine.research.artifacts import run_artifacts
from engine.research.backtesting import CompletedRun, Laboratory
from engine.research.document import BandPart, RunDocument, data_part, document_of
from engine.research.reopening import reopened, warm_up_of


@dataclass(frozen=True, slots=True)
class Reproduction:
    """Answer of `reproduce`: `identical`, or `different` with what differs, each as a sentence."""

    run_id: str
    verdict: Literal["identical", "different"]
    differences: tuple[str, ...]
    card_hash: str


def rerun(laboratory: Laboratory, run_id: str) -> CompletedRun:
    """Run again from the recorded code, window, parameters and settings; nothing new is put on record.

    Raises:
        NotFound: no such run, or its bars are no longer in the lake.
    """
    record = laboratory.store.runs.get(run_id)
    then = RunDocument.model_validate(record.card)
    with reopened(laboratory, then) as subject:
        market, setup, simulation = subject.market, subject.setup, subject.simulation
        held_from = parse_instant(then.data.holdout_from)
        warm_up = warm_up_of(laboratory.lake, then, market.bars)
        data = data_part(market, setup, subject.detail, held_from, warm_up)
        document = document_of(
            run_id, then.strategy, data, dict(then.params), setup, simulation, then.warnings
        )
        return CompletedRun(document, record.code, market, simulation)


def reproduce(laboratory: Laboratory, run_id: str) -> Reproduction:
    """Run again, and compare code, data, versions, metrics and trades with what is on record.

    Raises:
        NotFound: no such run, or its bars are no longer in the lake.
    """
    runs = laboratory.store.runs
    then = RunDocument.model_validate(runs.get(run_id).card)
    again = rerun(laboratory, run_id)
    now, differences = again.document, list[str]()
    if now.versions.engine != then.versions.engine:
        differences.append(f"engine version {then.versions.engine} then, {now.versions.engine} now")
    if now.data.hash != then.data.hash:
        differences.append(f"the data: hash {then.data.hash[:12]} then, {now.data.hash[:12]} now")
    if now.data.mark != then.data.mark:
        differences.append("the mark prices are not the same")
    if now.data.detail != then.data.detail:
        differences.append("the detail: the finer bars are not the same")
    if then.band is not None and now.band is not None and now.band != then.band:
        differences.append(f"the band: {_words(then.band)} then, {_words(now.band)} now")
    figures = now.metrics.as_dict()
    for name, was in then.metrics.as_dict().items():
        if figures[name] != was:
            differences.append(f"{name}: {was} then, {figures[name]} now")
    for name, artifact in run_artifacts(again.market, again.simulation).items():
        if runs.artifact(run_id, name) != artifact:
            differences.append(f"{name}: the rows are not the same")
    if now.card_hash != then.card_hash:
        differences.append(f"the card: hash {then.card_hash[:12]} then, {now.card_hash[:12]} now")
    verdict = "different" if differences else "identical"
    return Reproduction(run_id, verdict, tuple(differences), now.card_hash)


def _words(band: BandPart) -> str:
    return f"{band.total_return_low} to {band.total_return_high} in {band.ambiguous_bars} bars"
