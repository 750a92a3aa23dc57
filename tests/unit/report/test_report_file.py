"""A report as a file: its ending says what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_server.reports import report_kind, write_picture, write_report
from engine.ambient import Ambient
from engine.backtest.costs import Costs
from engine.backtest.setup import Setup
from engine.errors import InvalidInput
from engine.market.instrument import parse_instrument
from engine.market.interval import Interval
from engine.market.lake import Lake
from engine.research.backtesting import BacktestRequest, CompletedRun, Laboratory, Window
from engine.store.store import Store
from tests.support.trusted_loader import TrustedLoader
from tests.unit.report.builders import walk
from tools.core import Core
from tools.settings import Settings

CROSS = '''"""Trends persist."""
PARAMS = {}


def generate_signals(df, params):
    up = df["close"] > df["close"].rolling(20).mean()
    return pd.DataFrame({"long_entry": up, "long_exit": ~up}, index=df.index)
'''


@pytest.fixture(scope="module")
def completed(tmp_path_factory: pytest.TempPathFactory) -> CompletedRun:
    folder = tmp_path_factory.mktemp("laboratory")
    lake = Lake(folder / "lake")
    lake.append(walk(1_000))
    store = Store.open(f"sqlite:///{folder / 'store.db'}", Ambient())
    request = BacktestRequest(
        name="cross",
        code=CROSS,
        strategy_id=None,
        origin="user",
        instrument=parse_instrument("bybit:linear:BTCUSDT"),
        interval=Interval.H1,
        window=Window(),
        params={},
        setup=Setup(Costs(2.0, 5.5)),
    )
    return Laboratory(lake, store, TrustedLoader()).run(request)


@pytest.fixture
def core(tmp_path: Path) -> Core:
    return Core(Settings(home=tmp_path))


@pytest.mark.parametrize("name", ["run.html", "RUN.HTML"])
def test_html_is_the_page(core: Core, completed: CompletedRun, tmp_path: Path, name: str) -> None:
    path = write_report(core, completed, tmp_path / name)
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_png_is_the_sheet(core: Core, completed: CompletedRun, tmp_path: Path) -> None:
    path = write_report(core, completed, tmp_path / "new" / "run.png")
    assert path.read_bytes().startswith(b"\x89PNG")


def test_without_a_name_the_page_lies_in_the_reports_folder(core: Core, completed: CompletedRun) -> None:
    path = write_report(core, completed, None)
    assert path == core.settings.reports_root / f"{completed.document.run_id}.html"
    assert path.is_file()


@pytest.mark.parametrize("name", ["run.pdf", "run", "run.html.txt", ".png"])
def test_another_ending_is_refused_with_both_that_are_right(
    core: Core, completed: CompletedRun, tmp_path: Path, name: str
) -> None:
    with pytest.raises(InvalidInput, match=r"\.html for a page, in \.png for a picture"):
        write_report(core, completed, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_the_kind_is_known_before_anything_runs() -> None:
    assert (report_kind(Path("a.html")), report_kind(Path("a.PNG"))) == ("page", "sheet")


def test_a_folder_in_the_way_is_said(core: Core, completed: CompletedRun, tmp_path: Path) -> None:
    (tmp_path / "run.png").mkdir()
    with pytest.raises(InvalidInput, match="cannot be written"):
        write_report(core, completed, tmp_path / "run.png")


def test_the_overview_is_written_as_svg(completed: CompletedRun, tmp_path: Path) -> None:
    assert write_picture(completed, tmp_path / "run.svg").read_text(encoding="utf-8").startswith("<svg")
