"""The stairs of the house: who may import whom, and what must not be loaded early."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = {
    "agent_server": 9,
    "tools": 8,
    "sandbox": 7,
    "prompts": 7,
    "engine.research": 5,
    "engine.backtest": 4,
    "engine.strategy": 3,
    "engine.market": 2,
    "engine.store": 1,
}
# What the store may know of the engine besides errors and ambient: the value types that it keeps.
BESIDE = {
    ("engine.store", "engine.strategy.spec"),
    ("engine.store", "engine.market.instrument"),
    ("engine.store", "engine.market.interval"),
}
HEAVY = (
    "pandas",
    "numba",
    "vectorbt",
    "sqlalchemy",
    "alembic",
    "pybit",
    "langgraph",
    "openai",
    "redis",
    "rich",
)


def floor(module: str) -> int:
    """The floor of a module; modules directly in the engine are its ground."""
    for package, height in FLOORS.items():
        if module == package or module.startswith(f"{package}."):
            return height
    return 0


def imports(path: Path) -> set[str]:
    """Absolute names of what a file imports from this project."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return {
        name
        for name in found
        if name.split(".")[0] in ("engine", "tools", "sandbox", "prompts", "agent_server")
    }


def files() -> list[Path]:
    return sorted(
        path
        for package in ("agent_server", "tools", "sandbox", "prompts", "engine")
        for path in (ROOT / package).rglob("*.py")
    )


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_what_stands_on_its_floor_or_below(path: Path) -> None:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    own = next(
        (package for package in FLOORS if module == package or module.startswith(f"{package}.")), "engine"
    )
    for imported in imports(path):
        if (own, imported) in BESIDE:
            continue
        assert floor(imported) <= floor(module), f"{module} imports {imported}, which stands above it"


@pytest.mark.parametrize(
    "path", sorted((ROOT / "engine" / "research").rglob("*.py")), ids=lambda path: path.stem
)
def test_what_measures_knows_nothing_of_who_judges_by_it(path: Path) -> None:
    research = ROOT / "engine" / "research"
    part = path.relative_to(research).parts[0]
    judging = {"assessment", "assessment_report", "bundle"}
    if part not in judging:
        above = {
            name for name in imports(path) for top in judging if name.startswith(f"engine.research.{top}.")
        }
        assert not above
    if part == "statistics":
        known = {"statistics", "returns", "findings"}
        inside = {name.split(".")[2] for name in imports(path) if name.startswith("engine.research.")}
        assert inside <= known


def test_sandbox_and_prompts_do_not_know_each_other() -> None:
    for path in (ROOT / "sandbox").rglob("*.py"):
        assert not any(name.startswith("prompts") for name in imports(path))


@pytest.mark.parametrize("module", ["agent_server.cli", "agent_server.mcp_server", "edgewright"])
def test_an_interface_starts_without_loading_anything_heavy(module: str) -> None:
    code = f"import sys, {module}; print(' '.join(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_public_file_is_short_and_every_name_in_it_loads() -> None:
    import edgewright

    assert len((ROOT / "edgewright.py").read_text(encoding="utf-8").splitlines()) < 80
    for name in edgewright.__all__:
        assert getattr(edgewright, name) is not None
    with pytest.raises(AttributeError, match="edgewright has no 'nothing'"):
        edgewright.nothing  # noqa: B018 - reading it is the test
