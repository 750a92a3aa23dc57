"""vectorbt's side of the engine's benchmark (see engine_child), with its Rust engine where that is installed.

Signals are moved on by one bar and act at the open, which is our order of events. The index has no time zone:
with one, vectorbt turns it into Python objects again and again, and takes a hundred times as long. Its stops
are live from the bar after the entry's, ours from the entry's own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import vectorbt as vbt
from vectorbt._engine import is_rust_available

from benchmarks import engine_work as work
from benchmarks.engine_child import serve

ENGINE = "rust" if is_rust_available() else "numba"
CHUNK = 50  # columns at once: 100k bars of them take some hundred MB
Work = Callable[[], Any]

vbt.settings["engine"] = "auto"  # Rust wherever it has the function; it has none that shifts flags
vbt.settings.returns["year_freq"] = "365 days"


def frame_of(rows: int) -> pd.DataFrame:
    """The bars of the benchmark."""
    columns = work.columns_of(rows)
    index = pd.DatetimeIndex(columns.pop("open_time").astype("M8[ms]").astype("M8[ns]"))
    return pd.DataFrame(columns, index=index)


def portfolio(frame: pd.DataFrame, entries: Any, exits: Any, **more: Any) -> Any:
    """All equity at the next open."""
    return vbt.Portfolio.from_signals(
        frame["close"],
        entries.vbt.signals.fshift(1),
        exits.vbt.signals.fshift(1),
        price=frame["open"],
        fees=work.TAKER_FEE,
        init_cash=work.CASH,
        freq="1min",
        **more,
    )


def four_metrics(held: Any) -> dict[str, Any]:
    """The four figures, computed for every column; sums stand for many."""
    figures = (held.total_return(), held.sharpe_ratio(), held.max_drawdown(), held.trades.count())
    names = ("total_return", "sharpe", "max_drawdown", "trades")
    return {name: float(np.sum(value)) for name, value in zip(names, figures, strict=True)}


def crossing(frame: pd.DataFrame, fast: Any, slow: Any) -> Any:
    """The portfolio of average crosses, one column per pair of windows."""
    quick = vbt.MA.run(frame["close"], fast, run_unique=True)
    calm = vbt.MA.run(frame["close"], slow, run_unique=True)
    return portfolio(frame, quick.ma_crossed_above(calm), quick.ma_crossed_below(calm))


def single(rows: int) -> Work:
    """One backtest to four metrics."""
    frame = frame_of(rows)
    return lambda: four_metrics(crossing(frame, *work.SINGLE))


def everything(rows: int) -> Work:
    """The same to its whole list of statistics."""
    frame = frame_of(rows)

    def run() -> dict[str, Any]:
        told = crossing(frame, *work.SINGLE).stats()
        return {str(name): str(value) for name, value in told.items()}

    return run


def pairs(rows: int, chosen: list[list[int]]) -> Work:
    """A sweep of SMA pairs, some columns at once."""
    frame = frame_of(rows)

    def run() -> dict[str, Any]:
        trades = 0.0
        for first in range(0, len(chosen), CHUNK):
            fast, slow = (list(each) for each in zip(*chosen[first : first + CHUNK], strict=True))
            trades += four_metrics(crossing(frame, fast, slow))["trades"]
        return {"sets": len(chosen), "trades": int(trades)}

    return run


def stops(rows: int, chosen: list[list[int]]) -> Work:
    """A sweep of the strategy with two indicators and stops; both by TA-Lib, as in the text."""
    frame = frame_of(rows)
    average, strength = vbt.talib("SMA"), vbt.talib("RSI")

    def run() -> dict[str, Any]:
        trades = 0.0
        for first in range(0, len(chosen), CHUNK):
            window, period = (list(each) for each in zip(*chosen[first : first + CHUNK], strict=True))
            close = frame["close"].to_numpy()[:, None]
            averages = average.run(frame["close"], window, run_unique=True).real.to_numpy()
            strengths = strength.run(frame["close"], period, run_unique=True).real.to_numpy()
            above, below = (close > averages) & (strengths < work.STRENGTH), close < averages
            held = portfolio(
                frame,
                pd.DataFrame(began(above), index=frame.index),
                pd.DataFrame(began(below), index=frame.index),
                open=frame["open"],
                high=frame["high"],
                low=frame["low"],
                sl_stop=work.STOP_LOSS,
                tp_stop=work.TAKE_PROFIT,
                stop_entry_price="fillprice",
            )
            trades += four_metrics(held)["trades"]
        return {"sets": len(chosen), "trades": int(trades)}

    return run


def began(flags: Any) -> Any:
    """Rows at which a condition comes true."""
    first = flags.copy()
    first[1:] &= ~flags[:-1]
    return first


TASKS = {"single": single, "everything": everything, "pairs": pairs, "stops": stops}

if __name__ == "__main__":
    if len(sys.argv) > 1:  # a fresh process to its first result
        print(single(int(sys.argv[1]))())
    else:
        serve({"name": f"vectorbt ({ENGINE})", "version": vbt.__version__}, TASKS)
