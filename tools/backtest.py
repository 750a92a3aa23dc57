"""Toolset `backtest`: run a strategy on recorded bars, and read the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, Field

from engine.backtest.result import Metrics, Trades
from engine.market.interval import format_instant
from engine.research.document import BandPart, DataPart, StrategyPart, VersionsPart
from engine.research.setup_parts import CostsPart, TradingPart
from tools.core import Core
from tools.parts import Code, End, Start, StrategyId, instant_or_none, interval_of, resolved
from tools.registry import ADDS, READS, Answer, Request, tool
from tools.setups import TradedSeries, detail_interval_of, setup_for

if TYPE_CHECKING:
    from engine.research.backtesting import BacktestRequest, Laboratory
    from engine.store.records import RunRecord

Detail = Literal["summary", "stats", "full"]
_SHOWN_TRADES = 50


class RunBacktest(TradedSeries):
    """What to run, on which bars, and how it trades."""

    strategy_id: StrategyId = None
    code: Code = None
    start: Start = None
    end: End = None
    params: Annotated[dict[str, float], Field(description="Parameters that differ from their defaults.")] = {}
    detail: Annotated[Detail, Field(description="How much comes back.")] = "stats"


class TradeRow(BaseModel):
    """One closed trade; amounts in quote currency, paid = positive."""

    side: Literal["long", "short"]
    entry_time: str
    exit_time: str
    entry_price: float
    exit_price: float
    quantity: float
    pnl: float
    net_return: float
    fees: float
    slippage: float
    funding: float
    exit_reason: str
    tag: str

    @classmethod
    def of(cls, trades: Trades, row: int) -> TradeRow:
        """Row `row` of the trades."""
        return cls(
            side="long" if trades.side[row] > 0 else "short",
            entry_time=format_instant(int(trades.entry_time[row])),
            exit_time=format_instant(int(trades.exit_time[row])),
            entry_price=float(trades.entry_price[row]),
            exit_price=float(trades.exit_price[row]),
            quantity=float(trades.quantity[row]),
            pnl=float(trades.pnl[row]),
            net_return=float(trades.net_return[row]),
            fees=float(trades.fees[row]),
            slippage=float(trades.slippage[row]),
            funding=float(trades.funding[row]),
            exit_reason=trades.exit_reason[row].value,
            tag=trades.tag[row],
        )


class BacktestRun(Answer):
    """A run. `summary` leaves out costs, trading, benchmark and versions; `full` adds the newest trades."""

    run_id: str
    strategy: StrategyPart
    data: DataPart
    params: dict[str, int | float]
    costs: CostsPart | None = None
    trading: TradingPart | None = None
    seed: int = 0
    metrics: Metrics
    band: BandPart | None = None
    benchmark: Metrics | None = Field(default=None, description="Buy and hold with the same costs.")
    warnings: list[str]
    versions: VersionsPart | None = None
    card_hash: str = Field(description="SHA-256 over code, data, params, costs, trading, seed and versions.")
    newest_trades: list[TradeRow] | None = None
    resources: list[str] = Field(description="Whole lists: trades and equity of this run.")


@tool("backtest", "Backtest a strategy", ADDS)
def run_backtest(core: Core, request: RunBacktest) -> BacktestRun:
    """Backtest strategy code (strategy_id or code) on bars of the local lake with fees, slippage and funding.

    Signals act at the next bar's open. The newest fifth of the data is held out and not used. Every distinct
    run counts as a trial on the asset, and a verdict is deflated by that number. Returns are fractions;
    max_drawdown is a positive fraction. Compare `metrics` with `benchmark` (buy and hold); `band` holds the
    total return under both orders of high and low inside a bar.
    """
    completed = laboratory(core).run(backtest_request(core, request))
    return shaped(core.store.runs.get(completed.document.run_id), core, request.detail)


def backtest_request(core: Core, request: RunBacktest) -> BacktestRequest:
    """The engine's request for the tool's."""
    from engine.research.backtesting import BacktestRequest, Window
    from tools.strategy import find_source

    source = find_source(core, request.strategy_id, request.code)
    interval = interval_of(request)
    instrument = resolved(core, request, interval)
    return BacktestRequest(
        name=source.name,
        code=source.code,
        strategy_id=source.saved_as,
        origin=source.origin,
        instrument=instrument,
        interval=interval,
        window=Window(instant_or_none(request.start, "start"), instant_or_none(request.end, "end")),
        params=request.params,
        setup=setup_for(core, request, instrument),
        detail=detail_interval_of(request),
    )


def laboratory(core: Core) -> Laboratory:
    """Where trials are made, from the core's parts; the sandbox warms up meanwhile."""
    core.prepare()
    from engine.research.backtesting import Laboratory

    return Laboratory(core.lake, core.store, core.loader)


def shaped(record: RunRecord, core: Core, detail: Detail) -> BacktestRun:
    """A recorded run with as much detail as asked for."""
    fields = dict(record.card)
    if detail == "summary":
        for name in ("costs", "trading", "benchmark", "versions"):
            fields[name] = None
    if detail == "full":
        fields["newest_trades"] = trade_rows(core, record.id)[-_SHOWN_TRADES:]
    fields["resources"] = [f"backtest://{record.id}/trades", f"backtest://{record.id}/equity"]
    return BacktestRun.model_validate(fields)


def trade_rows(core: Core, run_id: str) -> list[TradeRow]:
    """All closed trades of a run, oldest first."""
    from engine.research.artifacts import read_trades

    trades = read_trades(core.store.runs.artifact(run_id, "trades"))
    return [TradeRow.of(trades, i) for i in range(len(trades))]


class ListRuns(Request):
    """Which runs."""

    strategy_id: StrategyId = None
    limit: Annotated[int, Field(description="At most this many, newest first.", ge=1, le=200)] = 20


class RunSummary(BaseModel):
    """A run in a list."""

    run_id: str
    name: str
    strategy_id: str | None
    instrument: str
    interval: str
    start: str
    end: str
    total_return: float
    sharpe: float | None
    max_drawdown: float
    trades: int
    synthetic: bool
    created: str
    card_hash: str


class Runs(Answer):
    """Runs, newest first."""

    runs: list[RunSummary]


@tool("backtest", "Recorded runs", READS)
def list_runs(core: Core, request: ListRuns) -> Runs:
    """Recorded backtests, newest first, with their headline numbers; get_run has the rest."""
    records = core.store.runs.list(request.limit, strategy_id=request.strategy_id)
    return Runs(runs=[_run_summary(record) for record in records])


def _run_summary(record: RunRecord) -> RunSummary:
    data, metrics = record.card["data"], record.card["metrics"]
    return RunSummary(
        run_id=record.id,
        name=record.name,
        strategy_id=record.strategy_id,
        instrument=str(record.instrument),
        interval=str(record.interval),
        start=data["start"],
        end=data["end"],
        total_return=metrics["total_return"],
        sharpe=metrics["sharpe"],
        max_drawdown=metrics["max_drawdown"],
        trades=metrics["trades"],
        synthetic=data["synthetic"],
        created=format_instant(record.created_ms),
        card_hash=record.card_hash,
    )


class GetRun(Request):
    """Which run."""

    run_id: Annotated[str, Field(max_length=80)]
    detail: Detail = "stats"


@tool("backtest", "One recorded run", READS)
def get_run(core: Core, request: GetRun) -> BacktestRun:
    """One recorded backtest: metrics, benchmark, data, costs, card; detail=full adds the newest trades."""
    return shaped(core.store.runs.get(request.run_id), core, request.detail)


def equity_columns(core: Core, run_id: str) -> dict[str, list[float] | list[int]]:
    """Columns close_time (UTC ms), equity and benchmark (quote currency), one row per bar."""
    from engine.research.artifacts import read_equity

    curve = read_equity(core.store.runs.artifact(run_id, "equity"))
    return {
        "close_time": curve.close_time.tolist(),
        "equity": curve.equity.tolist(),
        "benchmark": curve.benchmark.tolist(),
    }
