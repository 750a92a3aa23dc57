"""A search and a verdict as the command line prints them."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from agent_server.search_output import print_search
from agent_server.verdict_output import print_assessment
from engine.research.findings import HeatMapPart
from engine.research.search.document import AxisPart, BestPart, CountsPart, RowPart
from tests.support.assessments import bare_assessment, rich_assessment
from tools.optimization import Optimization


def printed(show, *given: object, width: int = 100, **options: object) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    show(*given, console, **options)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("verdict", ["accept", "reject", "not enough evidence"])
def test_the_verdict_stands_first(verdict: str) -> None:
    lines = printed(print_assessment, rich_assessment(verdict=verdict))
    assert lines[0] == verdict.upper()


def test_every_reason_has_its_number_its_threshold_and_what_would_change_it() -> None:
    assessment = rich_assessment()
    lines = printed(print_assessment, assessment, width=400)
    for reason in assessment.reasons:
        (row,) = (line for line in lines if line.startswith(f"{reason.name} "))
        assert reason.outcome in row and reason.would_change in row
        assert ("-" if reason.threshold is None else f"{reason.threshold:.6g}") in row.split()
        if reason.outcome in ("against", "open"):
            assert f"{reason.name}: {reason.said}" in lines


def test_an_assessment_of_nothing_is_printed_too() -> None:
    lines = printed(print_assessment, bare_assessment(), report="a.html")
    assert "The Sharpe ratio is undefined." in lines
    assert lines[-1] == "report a.html"


@pytest.mark.parametrize("width", [40, 100])
def test_both_fit_into_narrow_terminals(width: int) -> None:
    for lines in (
        printed(print_assessment, rich_assessment(), width=width),
        printed(print_search, a_search(), width=width),
    ):
        tables = [line for line in lines if line.startswith(" ") or "  " in line]
        assert max(map(len, tables)) <= width


def a_search(**changes: object) -> Optimization:
    """Three sets of one parameter pair, the second the best."""
    sharpes = (0.5, 1.25, None)
    rows = [
        RowPart(number=i, params={"fast": 5 + i, "slow": 50}, metrics=_metrics(sharpe), error=None)
        for i, sharpe in enumerate(sharpes)
    ]
    best = BestPart(number=1, params=rows[1].params, metrics=_metrics(1.25), run_id="run_best")
    about = rich_assessment()
    fields = {
        "search_id": "srch_1",
        "strategy": about.strategy,
        "data": about.data,
        "sampler": "grid",
        "objectives": ["sharpe"],
        "seed": 0,
        "fixed": {},
        "counts": CountsPart(budget=4, asked=4, infeasible=1, duplicates=0, evaluated=3, failed=0),
        "stopped_early": False,
        "best": best,
        "axes": [
            AxisPart(name=name, low=5, high=50, step=1, log=False, choices=(), importance=0.123456)
            for name in ("fast", "slow")
        ],
        "top": [rows[1], rows[0]],
        "front": [],
        "warnings": [],
        "resources": ["search://srch_1/table"],
    }
    return Optimization.model_validate({**fields, **changes})


def _metrics(sharpe: float | None) -> dict[str, float | None]:
    return {"sharpe": sharpe, "total_return": 0.1, "max_drawdown": 0.2, "trades": 12.0}


def test_a_search_shows_its_best_sets_what_mattered_and_where_the_best_run_is() -> None:
    lines = printed(print_search, a_search())
    assert "3 sets run, 1 against a constraint; each is a trial" in lines
    head = lines.index("Best by sharpe")
    assert lines[head + 1].split() == ["fast", "slow", "sharpe", "total_return", "max_drawdown", "trades"]
    assert lines[head + 2].split()[:3] == ["6", "50", "1.25"]
    assert any(line.split() == ["fast", "5", "50", "0.1235"] for line in lines)
    assert lines[-1] == "best run run_best"


def test_the_map_leaves_out_what_no_set_fell_into() -> None:
    values = ((1.0, None, 2.0), (None, None, None))
    heat_map = HeatMapPart(x="fast", y="slow", xs=(5.0, 6.0, 7.0), ys=(50.0, 60.0), values=values)
    lines = printed(print_search, a_search(heat_map=heat_map))
    head = lines.index("sharpe by fast (across) and slow (down)")
    assert lines[head + 1].split() == ["5", "7"]
    assert lines[head + 2].split() == ["50", "1", "2"]
    assert not lines[head + 3].strip().startswith("60")


def test_a_search_without_a_best_set_says_so() -> None:
    lines = printed(print_search, a_search(best=None, top=[]))
    assert lines[-1] == "No set has a defined sharpe: there is no best one."
