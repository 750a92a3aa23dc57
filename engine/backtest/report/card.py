"""The run document, read once into typed fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from engine.backtest.result import Simulation
from engine.errors import InvalidInput
from engine.market.bars import Bars

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a run was made of: strategy, data and settings, from its document.

    Attributes:
        costs: maker_fee_bps, taker_fee_bps, slippage, funding, cash.
        trading: execution, filters, margin, sizing, drawdown_scaling.
    """

    run_id: str
    name: str
    strategy_id: str
    code_hash: str
    hypothesis: str
    instrument: str
    interval: str
    source: str
    start: str
    end: str
    bars: int
    data_hash: str
    synthetic: bool
    holdout_from: str
    includes_holdout: bool
    params: Document
    costs: Document
    trading: Document
    warnings: tuple[str, ...]
    versions: Document


@dataclass(frozen=True, slots=True)
class RunCard(Recipe):
    """What the report says about a run, from its document. Figures are None where undefined.

    Attributes:
        metrics, benchmark: `engine.backtest.result.Metrics` by name.
    """

    metrics: Document
    benchmark: Document
    card_hash: str


def read_recipe(document: Document) -> Recipe:
    """What the document says of strategy, data and settings.

    Raises:
        InvalidInput: a part is missing or has another shape; the text names it.
    """
    return Recipe(**_recipe(document))


def read_card(document: Document) -> RunCard:
    """The typed form of a run document.

    Raises:
        InvalidInput: a part is missing or has another shape; the text names it.
    """
    return RunCard(
        **_recipe(document),
        metrics=_part(document, "metrics"),
        benchmark=_part(document, "benchmark"),
        card_hash=_text(document, "card_hash"),
    )


def _recipe(document: Document) -> dict[str, Any]:
    strategy, data = _part(document, "strategy"), _part(document, "data")
    return {
        "run_id": _text(document, "run_id"),
        "name": _text(strategy, "name") or "Unnamed strategy",
        "strategy_id": _text(strategy, "id"),
        "code_hash": _text(strategy, "code_hash"),
        "hypothesis": _text(strategy, "hypothesis"),
        "instrument": _text(data, "instrument"),
        "interval": _text(data, "interval"),
        "source": _text(data, "source"),
        "start": _text(data, "start"),
        "end": _text(data, "end"),
        "bars": int(data.get("bars") or 0),
        "data_hash": _text(data, "hash"),
        "synthetic": bool(data.get("synthetic")),
        "holdout_from": _text(data, "holdout_from"),
        "includes_holdout": bool(data.get("includes_holdout")),
        "params": _part(document, "params"),
        "costs": _part(document, "costs"),
        "trading": _part(document, "trading") if "trading" in document else {},
        "warnings": tuple(str(warning) for warning in document.get("warnings") or ()),
        "versions": _part(document, "versions") if "versions" in document else {},
    }


def check_lengths(bars: Bars, simulation: Simulation) -> None:
    """Bars and both equity curves are of one length, and there is a bar.

    Raises:
        InvalidInput: they are not.
    """
    n = len(bars)
    if n == 0:
        raise InvalidInput("There are no bars to report on.", "Give the bars that the run used.")
    for name, curve in (("equity", simulation.equity), ("benchmark_equity", simulation.benchmark_equity)):
        if len(curve) != n:
            text = f"There are {n} bars, but {name} has {len(curve)} values."
            raise InvalidInput(text, "Give the bars that the run used.")


def _part(document: Document, name: str) -> Document:
    part = document.get(name)
    if not isinstance(part, Mapping):
        raise InvalidInput(
            f"The run document has no object {name!r}.", "Give the document of a finished run."
        )
    return cast(Document, part)


def _text(document: Document, name: str) -> str:
    value = document.get(name)
    return "" if value is None else str(value)
