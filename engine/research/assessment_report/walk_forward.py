"""Walk-forward: each fold as a strip of training and test time, with what the test came to."""

from __future__ import annotations

from engine.backtest.report.chart import Canvas, calendar_axis, label, picture
from engine.backtest.report.format import number, percent, plural
from engine.backtest.report.html import Child, Markup, el, join
from engine.backtest.report.scale import Scale
from engine.backtest.report.section import section
from engine.backtest.report.table import table
from engine.market.interval import parse_instant
from engine.research.assessment_report.words import likelihood, params_in_words
from engine.research.findings import FoldPart, WalkForwardPart

_TOP, _BOTTOM = 24, 26
_MOST_HEIGHT, _LEAST_ROW, _ROW = 560, 5, 24
_LEAST_LABELLED = 13


def walk_forward_section(parts: tuple[WalkForwardPart, ...]) -> Markup:
    """The strips and the folds of each kind of walk-forward."""
    if not parts:
        said = "There was nothing to choose between, or too little time to walk forward through."
        return section("walk", "Walk-forward", said)
    several = len(parts) > 1
    said = " ".join(walk_in_words(part) for part in parts)
    content = [block for i, part in enumerate(parts) for block in _part(i, part, several)]
    return section("walk", "Walk-forward", said, *content)


def walk_in_words(part: WalkForwardPart) -> str:
    """How the parameters chosen on the past did on what came after."""
    rate = "" if part.efficiency is None else f" (efficiency {percent(part.efficiency)})"
    return (
        f"{part.kind.capitalize()}: chosen anew before each of {plural(len(part.folds), 'test')} from "
        f"{plural(part.sets, 'parameter set')}, the strategy returned "
        f"{percent(part.total_return, signed=True)} in all tests together{rate}, with a Sharpe ratio of "
        f"{number(part.sharpe)}{_above_zero(part)}; {percent(part.share_positive, 0)} of the tests gained."
    )


def _above_zero(part: WalkForwardPart) -> str:
    if part.probability is None:
        return ""
    return f", above zero with a probability of {likelihood(part.probability)}"


def strip_canvases(folds: int) -> tuple[Canvas, Canvas]:
    """Canvases for so many folds; rows get thinner where there are many."""
    height = _TOP + round(folds * max(_LEAST_ROW, min(_ROW, _MOST_HEIGHT / max(folds, 1))))
    return (
        Canvas("wide", 880, height + _BOTTOM, left=34, right=730, top=_TOP, bottom=height),
        Canvas("narrow", 400, height + _BOTTOM, left=24, right=336, top=_TOP, bottom=height),
    )


def strip_plot(canvas: Canvas, folds: tuple[FoldPart, ...]) -> Markup:
    """One row per fold: training in grey, the test coloured by its gain, return and Sharpe ratio beside."""
    start = min(parse_instant(fold.train_start) for fold in folds)
    end = max(parse_instant(fold.test_end) for fold in folds)
    across = Scale(start, max(end, start + 1), canvas.left, canvas.right)
    step = (canvas.bottom - canvas.top) / len(folds)
    rows = [_strip(canvas, across, canvas.top + i * step, step, i + 1, fold) for i, fold in enumerate(folds)]
    heads = _heads(canvas) if step >= _LEAST_LABELLED else None
    return join(calendar_axis(canvas, across), heads, *rows)


def _part(place: int, part: WalkForwardPart, several: bool) -> list[Markup | None]:
    if not part.folds:
        return []
    subject, title = f"walk{place}", f"{part.kind.capitalize()} walk-forward"
    said = walk_in_words(part)
    pictures = [
        picture(canvas, subject, title, said, strip_plot(canvas, part.folds))
        for canvas in strip_canvases(len(part.folds))
    ]
    return [
        el("h3", title, class_="part") if several else None,
        el("figure", *pictures),
        _note(part),
        _folds(title, part.folds),
    ]


def _note(part: WalkForwardPart) -> Markup:
    text = (
        "Grey: trained on; blue: tested with a gain; rust: with a loss. "
        f"{plural(part.purged_periods, 'period')} purged before each test, {part.embargo_periods:,} left out "
        "after it."
    )
    return el("p", text, class_="note")


def _heads(canvas: Canvas) -> Markup:
    y = canvas.top - 9
    if canvas.narrow:
        return label(canvas.width - 2, y, "return", "tick", "end")
    return join(
        label(canvas.right + 76, y, "test return", "tick", "end"),
        label(canvas.width - 2, y, "Sharpe", "tick", "end"),
    )


def _strip(canvas: Canvas, across: Scale, y: float, step: float, number_of: int, fold: FoldPart) -> Markup:
    thick = max(step - 7, step * 0.7)
    top, middle = y + (step - thick) / 2, y + step / 2 + 4
    kind = "test won" if fold.return_test >= 0 else "test lost"
    train = _band(across, "train", fold.train_start, fold.train_end, top, thick)
    test = _band(across, kind, fold.test_start, fold.test_end, top, thick)
    if step < _LEAST_LABELLED:
        return join(train, test)
    gain = percent(fold.return_test, signed=True)
    if canvas.narrow:
        beside = label(canvas.width - 2, middle, gain, "", "end")
    else:
        beside = join(
            label(canvas.right + 76, middle, gain, "", "end"),
            label(canvas.width - 2, middle, number(fold.sharpe_test), "", "end"),
        )
    return join(label(canvas.left - 8, middle, str(number_of), "tick", "end"), train, test, beside)


def _band(across: Scale, kind: str, start: str, end: str, top: float, thick: float) -> Markup:
    left, right = across.at(parse_instant(start)), across.at(parse_instant(end))
    return el("rect", class_=kind, x=left, y=top, width=max(right - left, 0.6), height=thick)


def _folds(title: str, folds: tuple[FoldPart, ...]) -> Markup:
    rows: list[tuple[Child, ...]] = [
        (
            str(i),
            f"{fold.train_start[:10]} to {fold.train_end[:10]}",
            f"{fold.test_start[:10]} to {fold.test_end[:10]}",
            params_in_words(fold.params),
            number(fold.sharpe_train),
            number(fold.sharpe_test),
            percent(fold.return_test, signed=True),
        )
        for i, fold in enumerate(folds, 1)
    ]
    heads = ("Fold", "Trained on", "Tested on", "Chosen", "Sharpe, training", "Sharpe, test", "Return, test")
    return table(f"{title}: the folds", heads, rows, frozenset({4, 5, 6}), "folds")
