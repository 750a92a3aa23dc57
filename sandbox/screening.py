"""Many probes in one child: quick, and only a hint, since a child that holds all bars proves nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from engine.market.bars import COLUMNS
from engine.market.futures import altered_columns
from engine.strategy.comparison import first_difference
from engine.strategy.port import Probe, Screening
from sandbox.log import Log
from sandbox.program import RunFailed

if TYPE_CHECKING:
    import pandas as pd

    from engine.strategy.spec import Number
    from sandbox.program import Program


def screened(
    program: Program,
    frame: pd.DataFrame,
    params: Mapping[str, Number],
    probes: Sequence[Probe],
    seconds: float,
) -> Screening:
    """Which of the probes change a row before their cut, until `seconds` have passed.

    Raises:
        RunFailed: the run on all bars failed; a probe's run that fails is no suspect.
    """
    until = time.monotonic() + seconds
    log = Log(0)
    whole = program.ready(log).signals(frame.copy(), params)
    suspects: list[tuple[int, int]] = []
    asked = 0
    for place, probe in enumerate(probes):
        if time.monotonic() > until:
            break
        asked += 1
        try:
            answer = program.ready(log).signals(probed_frame(frame, probe), params)
        except RunFailed:
            continue
        difference = first_difference(whole, answer, probe.cut)
        if difference is not None:
            suspects.append((place, difference.row))
    return Screening(asked, tuple(suspects))


def probed_frame(frame: pd.DataFrame, probe: Probe) -> pd.DataFrame:
    """A fresh frame as `probe` has it: cut off, or with another future."""
    if probe.future is None:
        return frame.iloc[: probe.cut].copy()
    columns = {name: frame[name].to_numpy() for name in COLUMNS}
    other = frame.copy()
    for name, values in altered_columns(columns, probe.cut, probe.future).items():
        other[name] = values
    return other
