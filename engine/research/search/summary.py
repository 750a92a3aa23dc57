"""From the sets that were run to the document."""

from __future__ import annotations

from engine.research.document import DataPart, RunDocument, StrategyPart
from engine.research.search.course import Course
from engine.research.search.document import AxisPart, BestPart, CountsPart, RowPart, SearchDocument
from engine.research.search.landscape import heat_map, importances, mapped_pair
from engine.research.search.objectives import best_of, front_of
from engine.research.search.request import SearchRequest
from engine.research.search.space import Axis, Space
from engine.research.setup_parts import costs_part, trading_part


def document_of(
    search_id: str,
    request: SearchRequest,
    strategy: StrategyPart,
    data: DataPart,
    space: Space,
    course: Course,
    best_run: RunDocument | None,
    notes: tuple[str, ...],
) -> SearchDocument:
    """The document of a search that has ended.

    Args:
        best_run: of the best set; None where there is none.
        notes: warnings about the data.
    """
    sets = [each.params for each in course.tried]
    firsts = [None if each is None else each[0] for each in course.values]
    importance = importances(space.axes, sets, firsts)
    pair = mapped_pair(space.axes, request.heat_map, importance)
    sharpes = [None if each.figures is None else each.figures["sharpe"] for each in course.tried]
    return SearchDocument(
        search_id=search_id,
        strategy=strategy,
        data=data,
        costs=costs_part(request.setup),
        trading=trading_part(request.setup),
        sampler=request.sampler,
        objectives=request.objectives,
        seed=request.seed,
        axes=tuple(_axis_part(axis, importance[axis.name]) for axis in space.axes),
        fixed=dict(space.fixed),
        counts=_counts(request, course),
        stopped_early=course.stopped_early,
        best=_best(course, best_run),
        front=front_of(course.values) if len(request.objectives) > 1 else (),
        rows=_rows(course),
        heat_map=None if pair is None else heat_map(pair, sets, sharpes),
        warnings=_warnings(request, space, course) + notes,
    )


def _axis_part(axis: Axis, importance: float | None) -> AxisPart:
    return AxisPart(
        name=axis.name,
        low=axis.low,
        high=axis.high,
        step=axis.step,
        log=axis.log,
        choices=axis.choices,
        importance=importance,
    )


def _counts(request: SearchRequest, course: Course) -> CountsPart:
    return CountsPart(
        budget=request.trials,
        asked=course.proposals.asked,
        infeasible=course.proposals.infeasible,
        duplicates=course.proposals.duplicates,
        evaluated=len(course.tried),
        failed=sum(each.error is not None for each in course.tried),
    )


def _rows(course: Course) -> tuple[RowPart, ...]:
    return tuple(
        RowPart(
            number=number,
            params=dict(each.params),
            metrics=None if each.figures is None else dict(each.figures),
            error=each.error,
        )
        for number, each in enumerate(course.tried)
    )


def _best(course: Course, best_run: RunDocument | None) -> BestPart | None:
    number = best_of(course.values)
    if number is None or best_run is None:
        return None
    best = course.tried[number]
    assert best.figures is not None
    return BestPart(
        number=number, params=dict(best.params), metrics=dict(best.figures), run_id=best_run.run_id
    )


def _warnings(request: SearchRequest, space: Space, course: Course) -> tuple[str, ...]:
    said: list[str] = []
    if best_of(course.values) is None:
        said.append(f"{request.objectives[0]} is undefined for every set: none is the best.")
    elif len(course.tried) > 1:
        said.append(f"The best of {len(course.tried)} tries flatters itself: assess it.")
    if space.defaulted:
        listed = ", ".join(f"{name} = {space.fixed[name]}" for name in space.defaulted)
        said.append(f"PARAMS opens no range for {listed}: not searched.")
    if course.stopped_early:
        said.append(
            f"Stopped after {len(course.tried)} of {request.trials} sets: {request.patience} batches without "
            "a new height."
        )
    elif len(course.tried) < request.trials and request.sampler != "grid":
        said.append(f"After {len(course.tried)} of {request.trials} sets no new one could be found.")
    failed = [each.error for each in course.tried if each.error is not None]
    if failed:
        said.append(f"{len(failed)} of {len(course.tried)} sets failed, the first one so: {failed[0]}")
    return tuple(said)
