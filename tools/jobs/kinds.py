"""Kinds of jobs: the tool whose work it is, and whether a process that trusts all code handed it in."""

from __future__ import annotations

_TRUSTED = " (trusted)"


def kind_of(tool: str, trust_code: bool) -> str:
    """Kind of a tool's jobs: what a process that trusts all code hands in, only such a worker does."""
    return tool + _TRUSTED if trust_code else tool


def tool_of(kind: str) -> str:
    """Name of the tool whose work a job of this kind is."""
    return kind.removesuffix(_TRUSTED)
