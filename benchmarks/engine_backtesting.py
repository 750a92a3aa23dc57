"""backtesting.py's side of the engine's benchmark: a strategy that is asked bar by bar (see engine_child)."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ["TQDM_DISABLE"] = "1"  # its progress bar

import backtesting
import pandas as pd
from backtesting import Backtest, Strategy
from talib import SMA

from benchmarks import engine_work as work
from benchmarks.engine_child import serve


class Crossing(Strategy):
    """Average crosses with half of the equity, asked at every bar."""

    def init(self) -> None:
        """Both averages."""
        fast, slow = work.SINGLE
        self.fast = self.I(SMA, self.data.Close, fast)
        self.slow = self.I(SMA, self.data.Close, slow)

    def next(self) -> None:
        """Hold while the fast average is above the slow one."""
        gap, before = self.fast[-1] - self.slow[-1], self.fast[-2] - self.slow[-2]
        if gap > 0 and before <= 0 and not self.position:
            self.buy(size=work.EVENT_SHARE)
        elif gap < 0 and before >= 0 and self.position:
            self.position.close()


def on_bar(rows: int) -> Callable[[], dict[str, Any]]:
    """One backtest, to its own statistics."""
    columns = work.columns_of(rows)
    index = pd.DatetimeIndex(columns.pop("open_time").astype("M8[ms]").astype("M8[ns]"))
    frame = pd.DataFrame({name.capitalize(): values for name, values in columns.items()}, index=index)

    def run() -> dict[str, Any]:
        bench = Backtest(
            frame, Crossing, cash=work.EVENT_CASH, commission=work.TAKER_FEE, finalize_trades=True
        )
        told = bench.run()
        return {"trades": int(told["# Trades"]), "total_return": float(told["Return [%]"]) / 100}

    return run


if __name__ == "__main__":
    serve({"name": "backtesting.py", "version": backtesting.__version__}, {"on_bar": on_bar})
