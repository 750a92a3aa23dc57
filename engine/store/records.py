"""What the store takes and gives: plain frozen records. Times are UTC ms; JSON is plain dicts and lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.market.instrument import Instrument
from engine.market.interval import Interval
from engine.strategy.spec import StrategySpec

JsonObject = Mapping[str, Any]
Origin = Literal["user", "composer", "library", "writer"]
HoldoutSetter = Literal["first trial", "person"]
HoldoutEventKind = Literal["fixed", "moved", "opened"]
LineageReason = Literal["first", "ancestry", "code", "returns"]
SearchState = Literal["running", "done"]
JobStatus = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyRecord:
    """One version of a strategy; a version never changes.

    Attributes:
        version: 1, 2, ... within the name.
        origin: who wrote the text; composer and library are our own.
        brief: the request that it answers, where there was one.
        parent_id: the version that it was made from.
    """

    id: str
    name: str
    version: int
    code: str
    origin: Origin
    brief: str | None
    spec: StrategySpec
    parent_id: str | None
    created_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A finished run, about to be recorded.

    Attributes:
        id: from `Store.new_run_id`, so that the document can name it.
        strategy_id: None when the code was not saved.
        name: the strategy's name.
        card: the whole run document.
        code: kept so that the run can be made again.
        include_holdout: the run was allowed past the asset's holdout instant.
    """

    id: str
    strategy_id: str | None
    name: str
    instrument: Instrument
    interval: Interval
    code_hash: str
    data_hash: str
    card_hash: str
    card: JsonObject
    code: str
    include_holdout: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord(NewRun):
    """A recorded run."""

    created_ms: int


@dataclass(frozen=True, slots=True)
class Artifact:
    """A table or file that belongs to a run, e.g. its trades."""

    media_type: str
    blob: bytes


@dataclass(frozen=True, slots=True)
class ReturnsRecord:
    """Returns of a trial by consecutive periods, as plain bytes: the store does no arithmetic.

    Attributes:
        start_ms: start of the first period, UTC ms.
        period_ms: length of a period.
        values: little-endian float32, fractions. Its seven digits are more than any statistic of returns
            can tell apart, and a ledger of thousands of trials is half as large.
    """

    start_ms: int
    period_ms: int
    values: bytes

    def __len__(self) -> int:
        return len(self.values) // 4


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTrial:
    """A trial, about to be recorded. Its identity: code, data window, params and costs.

    Attributes:
        window_start_ms, window_end_ms: the window asked for, end exclusive.
        sharpe: annual Sharpe ratio; None when undefined.
        touches_holdout: the window reaches past the asset's holdout instant.
        returns: what it earned by period; None on the oldest trials.
    """

    instrument: Instrument
    interval: Interval
    code_hash: str
    window_start_ms: int
    window_end_ms: int
    params: JsonObject
    costs: JsonObject
    card_hash: str
    sharpe: float | None
    touches_holdout: bool = False
    returns: ReturnsRecord | None = None

    @property
    def base_asset(self) -> str:
        """The asset whose ledger this trial stands in."""
        return self.instrument.base_asset


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRecord(NewTrial):
    """A recorded trial.

    Attributes:
        trial_hash: SHA-256 (hex) of the identity; the ledger holds each once.
        params_hash: SHA-256 (hex) of the parameters.
        run_id: the run that made it first, where there was one.
        seq: its place in the ledger, ascending as trials came.
    """

    id: str
    seq: int
    trial_hash: str
    params_hash: str
    run_id: str | None
    created_ms: int


@dataclass(frozen=True, slots=True)
class LedgerTrial:
    """A trial as the counting reads it: thousands at a time, without its documents."""

    seq: int
    code_hash: str
    window_end_ms: int
    touches_holdout: bool
    returns: ReturnsRecord | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageMember:
    """A text's place in a lineage, for good; the lineage may still be merged into an older one.

    Attributes:
        why: how it came there; `first` began the lineage.
        like_code_hash: the text that it was found to be like, where there was one.
        features: what the text computes, by which further texts are compared with it.
    """

    code_hash: str
    lineage_id: str
    why: LineageReason
    like_code_hash: str | None
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldoutRecord:
    """Where an asset's holdout begins, and who said so."""

    base_asset: str
    holdout_from_ms: int
    fixed_ms: int
    reason: str
    by: HoldoutSetter


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldoutEvent:
    """One entry of an asset's holdout history.

    Attributes:
        holdout_from_ms: the instant that stood after the event.
        detail: what else belongs to it, e.g. the run that opened the holdout.
    """

    base_asset: str
    kind: HoldoutEventKind
    holdout_from_ms: int
    reason: str
    detail: JsonObject
    created_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldoutRead:
    """What a market tool has shown of an asset's holdout, all reads of one series by one tool together.

    Attributes:
        series: instrument, kind where it is not bars, and interval.
        reader: the tool.
        holdout_from_ms: the instant that stood (or was proposed) when it was read.
        start_ms, end_ms: what was read past it, UTC ms, from the earliest to the latest.
        first_ms, last_ms: when.
    """

    base_asset: str
    series: str
    reader: str
    holdout_from_ms: int
    start_ms: int
    end_ms: int
    reads: int
    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A job as it stands.

    Attributes:
        lease_epoch: number of claims so far; a worker writes only while its own is the last.
        lease_until_ms: until when the worker's claim holds; None when nobody works on it.
        progress: 0 to 1.
        attempts: how often a worker began it.
    """

    id: str
    kind: str
    request: JsonObject
    status: JobStatus
    lease_epoch: int
    lease_until_ms: int | None
    worker: str | None
    progress: float
    progress_text: str
    result: JsonObject | None
    error: JsonObject | None
    attempts: int
    cancel_requested: bool
    created_ms: int
    updated_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedJob:
    """A worker's claim on a job: the right to write its outcome while `lease_epoch` is the last one.

    Attributes:
        cancel_requested: somebody asked for it to stop; answer with `jobs.stop`.
    """

    id: str
    kind: str
    request: JsonObject
    lease_epoch: int
    lease_until_ms: int
    worker: str
    attempts: int
    cancel_requested: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRecord:
    """A search over the parameters of one text.

    Attributes:
        identity: SHA-256 (hex) of all that decides its results; there is one search of each.
        document: what it found; None while it runs.
    """

    id: str
    identity: str
    strategy_id: str | None
    request: JsonObject
    seed: int
    state: SearchState
    document: JsonObject | None
    created_ms: int
    updated_ms: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What one parameter set of a search gave.

    Attributes:
        number: its place in the search, from 0.
        trial_hash: of its trial in the ledger; None where it failed, and so made none.
        metrics: by name; None where it failed.
        error: why it failed.
    """

    number: int
    params: JsonObject
    trial_hash: str | None
    metrics: JsonObject | None
    error: str | None
