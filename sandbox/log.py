"""What a strategy prints: kept up to a cap, and not even formatted beyond it."""

from __future__ import annotations

_MAX_PART = 2_000


class Log:
    """A capped log."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[str] = []
        self._size = 0

    def show(self, *values: object, sep: object = " ", end: object = "\n", **_ignored: object) -> None:
        """The builtin `print`."""
        if self._size >= self._limit:
            return
        texts = [str(value)[:_MAX_PART] for value in values[:100]]
        line = (sep if isinstance(sep, str) else " ").join(texts) + (end if isinstance(end, str) else "\n")
        line = line[: self._limit - self._size]
        self._parts.append(line)
        self._size += len(line)

    def text(self) -> str:
        """All of it."""
        return "".join(self._parts)
