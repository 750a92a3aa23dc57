"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes depends on the machine; no test here is about time.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

SHARED = Path(os.environ.get("EDGEWRIGHT_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def _folder(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"no folder {name} beside the project (EDGEWRIGHT_SHARED names its parent)")
    return folder


@pytest.fixture(scope="session")
def market_files() -> Path:
    """The folder of real bars and funding; the test is skipped where it is absent."""
    return _folder("data")


@pytest.fixture(scope="session")
def recorded_messages() -> Path:
    """The folder of recorded exchange messages; the test is skipped where it is absent."""
    return _folder("fixtures")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of hostile and benign strategies; the test is skipped where it is absent."""
    return _folder("corpus")


@pytest.fixture(scope="session")
def walls() -> None:
    """Skips where this machine lacks a wall of the sandbox."""
    from sandbox.walls import missing, standing

    if not standing():
        pytest.skip(f"this machine lacks {missing()}")
