"""The brief: what a composed strategy does, in plain words, and its short name."""

from __future__ import annotations

import re

from engine.market.interval import Interval
from engine.strategy.compose.describe import condition_words, rule_words, window_words
from engine.strategy.compose.model import AtrMultiple, Line, Plan, Risk, Side, StopMultiple, Understood
from engine.strategy.compose.parts import part_of
from engine.strategy.compose.plays import mirrored


def brief_of(
    plan: Plan,
    understood: Understood,
    named: Interval | None,
    asked: Interval | None,
    unknown: tuple[str, ...],
) -> str:
    """Sentences on entries, exits, filters, risk, assumptions, and what was not understood."""
    article = "An" if understood.family == "oscillator" else "A"
    sentences = [f"{article} {understood.family.replace('_', ' ')} strategy, {_direction(plan)}."]
    for name, side in (("long", plan.long), ("short", plan.short)):
        if side is not None:
            sentences += _side(name, side, plan)
    sentences += _filters(plan)
    sentences += _risk(plan.risk)
    sentences += _interval(understood, named, asked, unknown)
    if plan.assumptions:
        sentences.append(f"Assumed: {'; '.join(plan.assumptions)}.")
    if understood.not_understood:
        quoted = "; ".join(f"«{phrase}»" for phrase in understood.not_understood)
        sentences.append(f"Not understood, so not in the code: {quoted}.")
    sentences.append("Composed by rules from parts; no language model wrote this.")
    return " ".join(sentences)


def slug_of(plan: Plan, understood: Understood) -> str:
    """A short name such as `trend_ema_9_21`; letters, digits and underscores."""
    side = plan.long or plan.short
    words: list[str] = [understood.family]
    if side is not None and side.entry.conditions:
        condition = side.entry.conditions[0]
        lines = [line for line in (condition.left, condition.right) if isinstance(line, Line)]
        lines = [line for line in lines if line.indicator != "Price"]
        words += [part_of(line).prefix for line in lines[:1]]
        numbers = dict.fromkeys(number for line in lines for number in line.numbers)
        words += [f"{number:g}" for number in list(numbers)[:3]]
    if plan.direction != "long":
        words.append(plan.direction)
    return re.sub(r"[^a-z0-9]+", "_", " ".join(words).lower()).strip("_")[:60]


def _direction(plan: Plan) -> str:
    return {"long": "long only", "short": "short only", "both": "long and short"}[plan.direction]


def _side(name: str, side: Side, plan: Plan) -> list[str]:
    if plan.hold_window is not None:
        leave = window_words(plan.exit_window) if plan.exit_window is not None else ""
        until = f"closes at the first bar {leave}" if leave else "closes when that ends"
        extra = f", or when {rule_words(side.exit)}" if side.exit.conditions else ""
        return [f"Opens {name} at the first bar {window_words(plan.hold_window)} and {until}{extra}."]
    sentences = [f"Opens {name} when {rule_words(side.entry)}."]
    if side.exit.conditions:
        sentences.append(f"Closes {name} when {rule_words(side.exit)}.")
    else:
        sentences.append(f"No signal closes {name}: stops, targets or time do.")
    if plan.exit_window is not None:
        sentences.append(f"It also closes at the first bar {window_words(plan.exit_window)}.")
    return sentences


def _filters(plan: Plan) -> list[str]:
    times = " and ".join(window_words(window) for window in plan.windows)
    longs, shorts = (_conditions(side) for side in (plan.long, plan.short))
    image = plan.long is not None and tuple(mirrored(f) for f in plan.long.filters)
    sentences = [f"Entries only {times}."] if times else []
    if longs == shorts:
        return [*sentences, f"Entries only when {longs}."] if longs else sentences
    if plan.long is not None and plan.short is not None and plan.short.filters == image and longs:
        return [*sentences, f"Longs only when {longs}; shorts only when {shorts}, the mirror image."]
    if plan.long is None or plan.short is None:
        return [*sentences, f"Entries only when {longs or shorts}."] if longs or shorts else sentences
    sentences += [f"Longs only when {longs}."] if longs else []
    return sentences + ([f"Shorts only when {shorts}."] if shorts else [])


def _conditions(side: Side | None) -> str:
    return " and ".join(condition_words(condition) for condition in side.filters) if side else ""


def _risk(risk: Risk) -> list[str]:
    texts = [
        f"{name} {_distance(value)}"
        for name, value in (
            ("stop loss", risk.stop),
            ("take profit", risk.target),
            ("trailing stop", risk.trailing),
        )
        if value is not None
    ]
    if risk.size is not None:
        texts.append(f"{100 * risk.size:g}% of the equity per position")
    if risk.risk_per_trade is not None:
        texts.append(f"size such that a stop costs {100 * risk.risk_per_trade:g}% of the equity")
    if risk.max_bars is not None:
        texts.append(f"out after {risk.max_bars} bars at the latest")
    return [f"Risk: {', '.join(texts)}."] if texts else ["Risk: no stop, no target."]


def _distance(value: float | AtrMultiple | StopMultiple) -> str:
    if isinstance(value, AtrMultiple):
        return f"{value.multiple:g} times the ATR({value.period})"
    if isinstance(value, StopMultiple):
        return f"{value.ratio:g} times the stop"
    return f"{100 * value:g}%"


def _interval(
    understood: Understood, named: Interval | None, asked: Interval | None, unknown: tuple[str, ...]
) -> list[str]:
    sentences: list[str] = []
    if named is not None and asked is not None and named != asked:
        sentences.append(f"The request names {named} bars, the call {asked}: periods are meant for {named}.")
    if understood.interval is None:
        sentences.append(
            "No interval was named: periods count bars, and a day without an interval is one bar."
        )
    if unknown:
        sentences.append(f"There is no interval {', '.join(unknown)}.")
    return sentences
