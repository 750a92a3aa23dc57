"""Lists of names as text."""

from __future__ import annotations


def words(*texts: str) -> frozenset[str]:
    """The words of the texts."""
    return frozenset(" ".join(texts).split())
