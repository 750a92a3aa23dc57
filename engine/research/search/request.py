"""What is searched, how, and what makes two searches one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from engine.backtest.setup import Setup
from engine.errors import InvalidInput
from engine.market.instrument import Instrument
from engine.market.interval import Interval
from engine.research.backtesting import BacktestRequest, Window
from engine.research.document import DataPart, VersionsPart, canonical_hash
from engine.research.search.objectives import Objective
from engine.research.search.samplers import Sampler, batch_size
from engine.research.setup_parts import costs_part, trading_part
from engine.store.records import Origin
from engine.strategy.spec import Number

MAX_TRIALS = 100_000
_MAX_SEED = 2**32 - 1


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search over the parameters of one text; the fields up to `detail` are those of a backtest.

    Attributes:
        params: parameters that keep one value; the others are searched where PARAMS gives them a range.
        objectives: what is raised; the first one decides which set is the best.
        trials: parameter sets to run at most.
        seed: 0 to 2^32 - 1.
        patience: batches without a new height of any objective after which the search ends; None for never.
        heat_map: the two parameters of the heat map; None for those that matter most.
    """

    name: str
    code: str
    strategy_id: str | None
    origin: Origin
    instrument: Instrument
    interval: Interval
    window: Window
    setup: Setup
    params: Mapping[str, object] = field(default_factory=dict[str, object])
    detail: Interval | None = None
    sampler: Sampler = "tpe"
    objectives: tuple[Objective, ...] = ("sharpe",)
    trials: int = 100
    seed: int = 0
    patience: int | None = None
    heat_map: tuple[str, str] | None = None

    def check(self) -> None:
        """Whether it can be searched at all.

        Raises:
            InvalidInput: says what is wrong and what would be right.
        """
        if self.sampler not in get_args(Sampler):
            raise InvalidInput(f"There is no sampler {self.sampler!r}.", _listed(get_args(Sampler)))
        wrong = [name for name in self.objectives if name not in get_args(Objective)]
        if wrong or not self.objectives or len(set(self.objectives)) < len(self.objectives):
            said = (
                f"There is no objective {wrong[0]!r}." if wrong else "Objectives are one or more, each once."
            )
            raise InvalidInput(said, _listed(get_args(Objective)))
        if not 1 <= self.trials <= MAX_TRIALS:
            raise InvalidInput(f"trials = {self.trials} is not possible.", f"Give 1 to {MAX_TRIALS}.")
        if not 0 <= self.seed <= _MAX_SEED:
            raise InvalidInput(f"seed = {self.seed} is not possible.", f"Give 0 to {_MAX_SEED}.")
        if self.patience is not None and self.patience < 1:
            raise InvalidInput(f"patience = {self.patience} is not possible.", "Give 1 or more, or none.")

    def run_of(self, params: Mapping[str, Number], strategy_id: str | None) -> BacktestRequest:
        """The run of one of its sets."""
        return BacktestRequest(
            name=self.name,
            code=self.code,
            strategy_id=strategy_id,
            origin=self.origin,
            instrument=self.instrument,
            interval=self.interval,
            window=self.window,
            params=params,
            setup=self.setup,
            detail=self.detail,
        )

    def described(self, data: DataPart, code_hash: str, fixed: Mapping[str, Number]) -> dict[str, Any]:
        """All that decides what the search finds, as JSON."""
        return {
            "code": code_hash,
            "data": {
                "hash": data.hash,
                "instrument": data.instrument,
                "interval": data.interval,
                "start": data.start,
                "end": data.end,
                "detail": None if data.detail is None else data.detail.hash,
            },
            "fixed": dict(fixed),
            "costs": costs_part(self.setup).model_dump(),
            "trading": trading_part(self.setup).model_dump(mode="json"),
            "sampler": self.sampler,
            "batch": batch_size(self.sampler, self.trials),
            "objectives": list(self.objectives),
            "trials": self.trials,
            "seed": self.seed,
            "patience": self.patience,
            "heat_map": self.heat_map,
            "versions": {**VersionsPart().model_dump(), "optuna": _optuna_version()},
        }


def identity_of(described: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of what `SearchRequest.described` says: searches that are alike go on as one."""
    return canonical_hash(described)


def _optuna_version() -> str:
    from importlib.metadata import version

    return version("optuna")


def _listed(names: tuple[str, ...]) -> str:
    return f"Known: {', '.join(names)}."
