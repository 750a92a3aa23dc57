"""What is known of an asset's trials so far, gone on with as trials come instead of counted anew."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from weakref import WeakKeyDictionary

import numpy as np

from engine.research.ledger.similarity import CORRELATION, LEAST_ACTIVE
from engine.research.returns import PeriodReturns
from engine.research.statistics.clusters import FLAT, Clusters
from engine.research.trials import recorded_returns
from engine.store.records import LedgerTrial
from engine.store.store import Store

_AT_ONCE = 512
_SAMPLED = 8  # first trials of each text, by whose returns it is compared with other texts


class RunningLedger:
    """The trials of one asset that count against a verdict, up to a place in the ledger.

    Attributes:
        last: place of the newest trial read.
        counts: how many trials each text has made.
        alike: pairs of texts that turned out to earn the same, for whoever joins their lineages to take out.
    """

    def __init__(self, holdout_from_ms: int | None) -> None:
        self.holdout_from_ms = holdout_from_ms
        self.last = 0
        self.counts: Counter[str] = Counter()
        self.alike = set[frozenset[str]]()
        self._independent = Clusters()
        self._ideas = Clusters(CORRELATION)
        self._labels: dict[str, list[int]] = defaultdict(list)
        self._holders: dict[int, set[str]] = defaultdict(set)

    @property
    def effective(self) -> int:
        """Effective number of independent trials."""
        return self._independent.count

    def of(self, code_hashes: Iterable[str]) -> int:
        """How many trials these texts have made."""
        return sum(self.counts[code_hash] for code_hash in code_hashes)

    def read(self, store: Store, base_asset: str) -> None:
        """Go on to the newest trial."""
        trials = store.trials.in_order(base_asset, self.last)
        while block := list(islice(trials, _AT_ONCE)):
            self.last = block[-1].seq
            counting = [trial for trial in block if counts(trial, self.holdout_from_ms)]
            self.counts.update(trial.code_hash for trial in counting)
            self._independent.add(returns_of(counting))
            self._compare(block)

    def _compare(self, block: list[LedgerTrial]) -> None:
        sampled = list(self._sample(block))
        labels = self._ideas.add([returns for _, returns in sampled])
        changed = set[str]()
        for (code_hash, _), label in zip(sampled, labels, strict=True):
            if label != FLAT:
                self._labels[code_hash].append(label)
                self._holders[label].add(code_hash)
                changed.add(code_hash)
        self.alike |= {frozenset((one, other)) for one in changed for other in self._earning_as(one)}

    def _sample(self, block: list[LedgerTrial]) -> Iterator[tuple[str, PeriodReturns]]:
        taken: Counter[str] = Counter()
        for trial in block:
            code_hash = trial.code_hash
            if trial.returns is None or len(self._labels[code_hash]) + taken[code_hash] >= _SAMPLED:
                continue
            returns = recorded_returns(trial.returns)
            if np.count_nonzero(returns.values) >= LEAST_ACTIVE:
                taken[code_hash] += 1
                yield code_hash, returns

    def _earning_as(self, code_hash: str) -> Iterator[str]:
        """Texts that share the clusters of at least half of the trials of whichever has fewer."""
        mine = self._labels[code_hash]
        near = {other for label in mine for other in self._holders[label]} - {code_hash}
        for other in near:
            few, many = sorted((mine, self._labels[other]), key=len)
            if 2 * sum(label in many for label in few) >= len(few):
                yield other


def counts(trial: LedgerTrial, holdout_from_ms: int | None) -> bool:
    """Whether a trial deflates: all do but openings of the holdout that stands.

    One that was made before the instant was moved back still does: moving it forgives nothing.
    """
    beyond = holdout_from_ms is None or trial.window_end_ms > holdout_from_ms
    return not (trial.touches_holdout and beyond)


def returns_of(trials: Iterable[LedgerTrial]) -> list[PeriodReturns]:
    """Returns of those trials that kept them."""
    return [recorded_returns(trial.returns) for trial in trials if trial.returns is not None]


_running: WeakKeyDictionary[Store, dict[str, RunningLedger]] = WeakKeyDictionary()
_lock = threading.RLock()


def up_to_date(store: Store, base_asset: str) -> RunningLedger:
    """The asset's running ledger, read to the newest trial."""
    holdout = store.holdouts.get(base_asset)
    instant = None if holdout is None else holdout.holdout_from_ms
    with _lock:
        ledgers = _running.setdefault(store, {})
        ledger = ledgers.get(base_asset)
        if ledger is None or ledger.holdout_from_ms != instant:
            ledger = ledgers[base_asset] = RunningLedger(instant)
        ledger.read(store, base_asset)
        return ledger
