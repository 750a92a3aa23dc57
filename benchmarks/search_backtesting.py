"""The peer's side of the search's benchmark: optuna that asks backtesting.py (see engine_child)."""

from __future__ import annotations

import os
import time
from typing import Any

os.environ["TQDM_DISABLE"] = "1"  # its progress bar

import backtesting
import optuna
from backtesting import Backtest, Strategy
from optuna.distributions import IntDistribution
from talib import SMA

from benchmarks import search_work as work
from benchmarks.engine_child import serve
from benchmarks.engine_single import Work
from engine.strategy.spec import parameters_from_literal


class Crossing(Strategy):
    """The rule of the composed text: from the cross above to the cross below."""

    sma_fast, sma_slow = 20, 100

    def init(self) -> None:
        """Both averages."""
        self.fast = self.I(SMA, self.data.Close, self.sma_fast)
        self.slow = self.I(SMA, self.data.Close, self.sma_slow)

    def next(self) -> None:
        """Buy and close at crosses."""
        gap, before = self.fast[-1] - self.slow[-1], self.fast[-2] - self.slow[-2]
        if gap > 0 and before <= 0 and not self.position:
            self.buy()
        elif gap < 0 and before >= 0 and self.position:
            self.position.close()


def searching(rows: int, trials: int) -> Work:
    """A study of so many runs, with the ranges that the text declares; sets that break a constraint fail."""
    bars = work.bars_of(work.FIVE_MINUTES, rows)
    frame = bars.frame().tz_localize(None).rename(columns=str.capitalize)
    frame.iloc[:, :4] /= 1_000  # the peer buys whole units
    names: dict[str, Any] = {}
    exec(work.text(), {"np": None, "pd": None, "ta": None}, names)
    ranges = {
        each.name: IntDistribution(int(each.low or 1), int(each.high or 1))
        for each in parameters_from_literal(names["PARAMS"])
    }
    bench = Backtest(frame, Crossing, cash=1e9, commission=work.TAKER_BPS / 1e4, finalize_trades=True)

    def run() -> dict[str, Any]:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        study = optuna.create_study(
            direction="maximize", sampler=optuna.samplers.RandomSampler(seed=work.SEED)
        )
        bench.run()
        done, began = 0, time.perf_counter()
        while done < trials:
            trial = study.ask(ranges)
            if trial.params["sma_fast"] >= trial.params["sma_slow"]:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
                continue
            study.tell(trial, float(bench.run(**trial.params)["Sharpe Ratio"]))
            done += 1
        return {"seconds": time.perf_counter() - began, "trials": trials}

    return run


if __name__ == "__main__":
    about = {"name": "backtesting.py", "version": f"{backtesting.__version__} by optuna {optuna.__version__}"}
    serve(about, {"search": searching})
