"""A strategy loader for tests of what stands above it: runs the tests' own texts in this process."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import talib

from engine.errors import StrategyFailed
from engine.market.bars import Bars
from engine.strategy.port import Finding, Probe, Screening, Strategy, Validation
from engine.strategy.signals import Signals, signals_from_frame
from engine.strategy.spec import Number, StrategySpec, code_hash, parameters_from_literal


class TrustedStrategy:
    """A text that was executed here."""

    def __init__(self, code: str) -> None:
        self._module: dict = {"np": np, "pd": pd, "math": math, "ta": talib}
        exec(code, self._module)
        parameters = parameters_from_literal(self._module.get("PARAMS", {}))
        constraints = tuple(self._module.get("CONSTRAINTS", ()))
        self.spec = StrategySpec(self._module.get("__doc__") or "", parameters, constraints, code_hash(code))
        self.closed = False
        self._frame: tuple[Bars, pd.DataFrame] | None = None

    def signals(self, bars: Bars, params: Mapping[str, Number]) -> Signals:
        if self._frame is None or self._frame[0] is not bars:
            self._frame = (bars, bars.frame())
        frame = self._frame[1]
        return signals_from_frame(self._module["generate_signals"](frame.copy(), dict(params)), frame.index)

    def signals_many(
        self, bars: Bars, sets: Iterable[Mapping[str, Number]], *, tags: bool = True
    ) -> Iterator[Signals | StrategyFailed]:
        return (self.signals(bars, params) for params in sets)

    def signals_on(
        self, series: Iterable[Bars], params: Mapping[str, Number]
    ) -> Iterator[Signals | StrategyFailed]:
        return (self.signals(bars, params) for bars in series)

    def screen(
        self, bars: Bars, params: Mapping[str, Number], probes: Sequence[Probe], seconds: float
    ) -> Screening:
        return Screening(0)

    def locate(self, bars: Bars, params: Mapping[str, Number], probe: Probe) -> Finding | None:
        return None

    def close(self) -> None:
        self.closed, self._frame = True, None


class TrustedLoader:
    """Keeps what it loaded, so that a test can see that everything was closed."""

    def __init__(self) -> None:
        self.loaded: list[TrustedStrategy] = []

    def validate(self, code: str) -> Validation:
        return Validation("accepted", TrustedStrategy(code).spec)

    def load(self, code: str) -> Strategy:
        strategy = TrustedStrategy(code)
        self.loaded.append(strategy)
        return strategy
