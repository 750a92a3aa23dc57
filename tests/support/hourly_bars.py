"""Small market files for tests, made from a seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

HOUR_MS = 3_600_000
START_MS = 1_704_067_200_000  # 2024-01-01T00:00Z


def hourly_rows(bars: int = 2_000, seed: int = 1) -> list[tuple[float, ...]]:
    """Rows (timestamp, open, high, low, close, volume) of a seeded walk; a longer one begins alike."""
    steps = np.random.default_rng(seed).normal(0.0, 0.01, bars)
    wicks = np.random.default_rng(seed + 1_000_000).random((bars, 3))
    close = 100.0 * np.exp(np.cumsum(steps))
    opened = np.concatenate(([100.0], close[:-1]))
    high = np.maximum(opened, close) * (1 + wicks[:, 0] * 0.004)
    low = np.minimum(opened, close) * (1 - wicks[:, 1] * 0.004)
    volume = wicks[:, 2] * 10
    times = START_MS + HOUR_MS * np.arange(bars)
    return [tuple(row) for row in np.column_stack([times, opened, high, low, close, volume]).tolist()]


def write_csv(
    path: Path, rows: list[tuple[float, ...]], header: str = "timestamp,open,high,low,close,volume"
) -> Path:
    """A CSV of such rows."""
    lines = [header, *(f"{int(row[0])}," + ",".join(repr(value) for value in row[1:]) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
