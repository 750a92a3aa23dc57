"""Fixtures of the sandbox's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.loader import SandboxLoader


@pytest.fixture(scope="module")
def loader(walls: None) -> Iterator[SandboxLoader]:
    """A loader whose children are locked."""
    with SandboxLoader() as made:
        yield made
