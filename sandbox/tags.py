"""Reasons per row as a small dictionary and codes, the form in which they leave a locked child."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.strategy.signals import Signals
from sandbox.wire import clean

MAX_REASONS = 500

Codes = NDArray[np.uint16]


def fold_tags(signals: Signals) -> Signals:
    """The same signals with printable reasons, at most `MAX_REASONS` different ones.

    Later ones become empty, with a warning.
    """
    if signals.tag is None:
        return signals
    shown = {reason: clean(reason) for reason in dict.fromkeys(signals.tag)}
    reasons = list(dict.fromkeys(filter(None, shown.values())))
    kept = {"", *reasons[:MAX_REASONS]}
    tags = tuple(shown[tag] if shown[tag] in kept else "" for tag in signals.tag)
    if len(reasons) <= MAX_REASONS:
        return replace(signals, tag=tags)
    text = (
        f"tag has {len(reasons)} different reasons: the first {MAX_REASONS} are kept, the others are empty."
    )
    return replace(signals, tag=tags, warnings=(*signals.warnings, text))


def encode_tags(tags: tuple[str, ...]) -> tuple[list[str], Codes]:
    """Distinct reasons, and per row 0 for none or the reason's position counted from 1."""
    reasons = list(dict.fromkeys(filter(None, tags)))
    number = {"": 0, **{reason: place for place, reason in enumerate(reasons, 1)}}
    return reasons, np.fromiter((number[tag] for tag in tags), np.uint16, len(tags))


def decode_tags(reasons: list[str], codes: Codes) -> tuple[str, ...]:
    """The inverse.

    Raises:
        ValueError: a code beyond the reasons.
    """
    if len(codes) and int(codes.max()) > len(reasons):
        raise ValueError("a reason that does not exist")
    return tuple(np.array(["", *reasons], dtype=object)[codes].tolist())
