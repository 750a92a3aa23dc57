"""Fixtures of the sandbox's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.loader import SandboxLoader
from sandbox.walls import missing, standing


@pytest.fixture(scope="session")
def walls() -> None:
    """Skips where this machine lacks a wall."""
    if not standing():
        pytest.skip(f"this machine lacks {missing()}")


@pytest.fixture(scope="module")
def loader(walls: None) -> Iterator[SandboxLoader]:
    """A loader whose children are locked."""
    with SandboxLoader() as made:
        yield made
