"""Import of files: every layout that users have, and every way in which a file can be wrong."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.errors import Conflict, EdgewrightError, InvalidInput, NotFound
from engine.market.bars import Bars, Origin
from engine.market.coverage import SeriesKind
from engine.market.instrument import Category, Instrument
from engine.market.interval import Interval
from engine.market.lake import Lake, columns_of
from engine.market.sources import tables
from engine.market.sources.files import ImportProgress, import_path
from tests.support.market import BTC, HOUR_MS, START_MS, made_bars, made_funding, same_bars

BARS = made_bars(50)
HEADER = "timestamp,open,high,low,close,volume"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def line(row: int, stamp: object = None, bars: Bars = BARS) -> str:
    values = (getattr(bars, name)[row] for name in ("open", "high", "low", "close", "volume"))
    shown = int(bars.open_time[row]) if stamp is None else stamp
    return ",".join([str(shown), *(repr(float(value)) for value in values)])


def csv_text(stamp: Callable[[int], object] = int, header: str = HEADER, end: str = "") -> str:
    rows = [line(row, stamp(int(BARS.open_time[row]))) + end for row in range(len(BARS))]
    return "\n".join([header, *rows] if header else rows) + "\n"


def iso(form: str) -> Callable[[int], str]:
    return lambda ms: datetime.fromtimestamp(ms / 1000, UTC).strftime(form)


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = content.encode() if isinstance(content, str) else content
    if path.name.endswith(".gz"):
        raw = gzip.compress(raw)
    if path.name.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(path.with_suffix(".csv").name, raw)
    else:
        path.write_bytes(raw)
    return path


def parquet(path: Path, changes: dict[str, Any] | None = None, **options: Any) -> Path:
    columns = {("timestamp" if k == "open_time" else k): v for k, v in columns_of(BARS).items()}
    pq.write_table(pa.table({**columns, **(changes or {})}), path, **options)
    return path


def files_of(lake: Lake) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in lake.root.rglob("*") if path.is_file()}


BINANCE_END = ",1704070799999,1.5,7,0.5,0.25,0"
LAYOUTS: dict[str, tuple[str, str]] = {
    "milliseconds": ("BTCUSDT_1h.csv", csv_text()),
    "seconds": ("BTCUSDT_1h.csv", csv_text(lambda ms: ms // 1000)),
    "seconds as floats": ("BTCUSDT_1h.csv", csv_text(lambda ms: f"{ms // 1000}.0")),
    "microseconds": ("BTCUSDT_1h.csv", csv_text(lambda ms: ms * 1000)),
    "nanoseconds": ("BTCUSDT_1h.csv", csv_text(lambda ms: ms * 1_000_000)),
    "iso": ("BTCUSDT_1h.csv", csv_text(iso("%Y-%m-%dT%H:%M:%SZ"), "date,Open,HIGH,low,close,Volume")),
    "iso without zone": (
        "BTCUSDT_1h.csv",
        csv_text(iso("%Y-%m-%d %H:%M:%S"), HEADER.replace("timestamp", "time")),
    ),
    "iso with offset": (
        "BTCUSDT_1h.csv",
        csv_text(lambda ms: iso("%Y-%m-%dT%H:%M:%S")(ms + 2 * HOUR_MS) + "+02:00"),
    ),
    "iso with utc": ("BTCUSDT_1h.csv", csv_text(iso("%Y-%m-%d %H:%M:%S UTC"))),
    "semicolons and a byte order mark": ("BTCUSDT_1h.csv", "\ufeff" + csv_text().replace(",", ";")),
    "tabs, blanks and line ends of Windows": (
        "BTCUSDT_1h.csv",
        csv_text().replace(",", "\t ").replace("\n", "\r\n"),
    ),
    "zipped": ("BTCUSDT-1h-2024-01.zip", csv_text(header="open_time,open,high,low,close,volume")),
    "gzipped": ("BTCUSDT_1h.csv.gz", csv_text()),
    "start_at in seconds": (
        "BTCUSDT_1h.csv",
        csv_text(lambda ms: ms // 1000, HEADER.replace("timestamp", "start_at")),
    ),
    "six bare columns": ("BTCUSDT_1h.csv", csv_text(header="")),
    "api rows with turnover": ("BTCUSDT_1h.csv", csv_text(header="", end=",123.4")),
    "api names": (
        "BTCUSDT_1h.csv",
        csv_text(header="startTime,openPrice,highPrice,lowPrice,closePrice,volume"),
    ),
    "bybit archive, clock at UTC+3": (
        "BTCUSDT_60_2024-01-01_2024-01-31.csv.gz",
        csv_text(lambda ms: iso("%Y.%m.%d %H:%M")(ms + 3 * HOUR_MS), HEADER.replace("timestamp", "start_at")),
    ),
    "bybit archive, no header": (
        "BTCUSDT_60_2024-01-01_2024-01-31.csv.gz",
        csv_text(lambda ms: iso("%Y.%m.%d %H:%M")(ms + 3 * HOUR_MS), ""),
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_csv_layout_gives_the_same_bars(lake: Lake, tmp_path: Path, layout: str) -> None:
    name, content = LAYOUTS[layout]
    report = import_path(lake, write(tmp_path / name, content))
    assert same_bars(lake.bars(BTC, Interval.H1), BARS)
    (one,) = report.series
    assert (one.instrument, one.interval, one.added, one.gaps) == (BTC, Interval.H1, 50, ())
    assert (one.start_ms, one.end_ms) == (BARS.start_ms, BARS.end_ms)


@pytest.mark.parametrize(
    "header",
    [
        "",
        f"open_time,{HEADER[10:]},close_time,quote_volume,count,"
        "taker_buy_volume,taker_buy_quote_volume,ignore",
    ],
)
@pytest.mark.parametrize("per_ms", [1, 1000])
def test_binance_rows_are_of_binance_unless_said_otherwise(
    lake: Lake, tmp_path: Path, header: str, per_ms: int
) -> None:
    content = csv_text(lambda ms: ms * per_ms, header, BINANCE_END)
    report = import_path(lake, write(tmp_path / "BTCUSDT-1h-2024-01.zip", content))
    assert str(report.series[0].instrument) == "binance:linear:BTCUSDT"
    assert "category linear" in report.notes[0]
    below = tmp_path / "data/spot/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-2024-01.csv"
    assert str(import_path(lake, write(below, content)).series[0].instrument) == "binance:spot:BTCUSDT"
    same = import_path(lake, below, venue="bybit", category=Category.LINEAR)
    assert same.series[0].instrument == BTC
    assert same.notes == ()


def test_binance_mark_prices_are_known_by_their_folder(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "futures/um/monthly/markPriceKlines/BTCUSDT/1h/BTCUSDT-1h-2024-01.csv"
    (one,) = import_path(lake, write(path, csv_text(header="", end=BINANCE_END))).series
    assert (str(one.instrument), one.kind) == ("binance:linear:BTCUSDT", SeriesKind.MARK)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bybit_linear_BTCUSDT_1h_mark.parquet", "bybit:linear:BTCUSDT mark"),
        ("bybit_linear_BTCUSDT_1h_index.parquet", "bybit:linear:BTCUSDT index"),
        ("bybit_spot_BTCUSDT_1h_20240101.parquet", "bybit:spot:BTCUSDT bars"),
        ("binance_usdm_ETHUSDT_1h.parquet", "binance:linear:ETHUSDT bars"),
        ("okx-SOLUSDC-1H.pq", "okx:linear:SOLUSDC bars"),
        ("1000pepeusdt.parquet", "bybit:linear:1000PEPEUSDT bars"),
    ],
)
def test_a_name_says_what_is_in_the_file(lake: Lake, tmp_path: Path, name: str, expected: str) -> None:
    (one,) = import_path(lake, parquet(tmp_path / name)).series
    assert f"{one.instrument} {one.kind}" == expected
    assert one.interval is Interval.H1


def test_arguments_stand_above_the_name(lake: Lake, tmp_path: Path) -> None:
    path = parquet(tmp_path / "bybit_linear_BTCUSDT_1h.parquet")
    report = import_path(
        lake, path, symbol="ethusdt", venue="kraken", category=Category.SPOT, kind=SeriesKind.INDEX
    )
    assert (str(report.series[0].instrument), report.series[0].kind) == (
        "kraken:spot:ETHUSDT",
        SeriesKind.INDEX,
    )


def test_parquet_times_may_be_timestamps_dates_or_an_index(lake: Lake, tmp_path: Path) -> None:
    stamps = pa.array(BARS.open_time).cast(pa.timestamp("ms"))
    frame = BARS.frame()
    frame.index.name = None
    frame.to_parquet(tmp_path / "c_BTCUSDT.parquet")
    for name, changes in (
        ("a", {"timestamp": stamps}),
        ("b", {"timestamp": stamps.cast(pa.timestamp("ns", "UTC"))}),
    ):
        parquet(tmp_path / f"{name}_BTCUSDT.parquet", changes)
    for name in "abc":
        import_path(lake, tmp_path / f"{name}_BTCUSDT.parquet")
    assert same_bars(lake.bars(BTC, Interval.H1), BARS)


def test_marks_need_no_volume_and_have_none(lake: Lake, tmp_path: Path) -> None:
    columns = {name: values for name, values in columns_of(BARS).items() if name != "volume"}
    pq.write_table(pa.table(columns), tmp_path / "BTCUSDT_1h_mark.parquet")
    import_path(lake, tmp_path / "BTCUSDT_1h_mark.parquet")
    import_path(lake, parquet(tmp_path / "BTCUSDT_mark.parquet"))
    assert not lake.bars(BTC, Interval.H1, kind=SeriesKind.MARK).volume.any()


def test_files_of_the_synthetic_venue_stay_synthetic(lake: Lake, tmp_path: Path) -> None:
    (one,) = import_path(lake, parquet(tmp_path / "synthetic_linear_BTCUSDT_1h.parquet")).series
    assert lake.bars(one.instrument, Interval.H1).origin is Origin.SYNTHETIC


def test_a_file_is_read_in_parts(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BATCH_ROWS", 7)
    monkeypatch.setattr(tables, "_CSV_BLOCK_BYTES", 300)
    told: list[ImportProgress] = []
    import_path(lake, parquet(tmp_path / "BTCUSDT_1h.parquet", row_group_size=11), progress=told.append)
    import_path(lake, write(tmp_path / "ETHUSDT_1h.csv", csv_text()))
    assert len(told) > 5
    assert (told[-1].rows, told[-1].number, told[-1].files) == (50, 1, 1)
    assert same_bars(lake.bars(BTC, Interval.H1), BARS)
    assert same_bars(lake.bars(Instrument("bybit", Category.LINEAR, "ETHUSDT"), Interval.H1), BARS)


def test_the_same_file_again_changes_no_byte(lake: Lake, tmp_path: Path) -> None:
    path = parquet(tmp_path / "BTCUSDT_1h.parquet")
    import_path(lake, path)
    before = files_of(lake)
    (one,) = import_path(lake, path).series
    assert (one.added, one.known, one.total) == (0, 50, 50)
    assert files_of(lake) == before


def replaced(at: int, text: str) -> str:
    lines = csv_text().splitlines()
    lines[at] = text
    return "\n".join(lines) + "\n"


WRONG: dict[str, tuple[str, str, str]] = {
    "no volume": (
        "BTCUSDT.csv",
        "timestamp,open,high,low,close\n1,2,3,4,5\n",
        "no column volume; it has timestamp, open",
    ),
    "no time": ("BTCUSDT.csv", "open,high,low,close,volume\n1,2,3,4,5\n", "no column timestamp"),
    "no rows": ("BTCUSDT.csv", HEADER + "\n", "holds no rows"),
    "empty": ("BTCUSDT.csv", "", "is empty"),
    "unsorted": ("BTCUSDT.csv", replaced(4, line(1)), "Row 5 .*unsorted"),
    "repeated": ("BTCUSDT.csv", replaced(4, line(2)), "Row 5 repeats 2024-01-01T02:00:00Z"),
    "no number": (
        "BTCUSDT.csv",
        replaced(4, line(3).rsplit(",", 1)[0] + ",many"),
        "Row 5 has 'many' in column volume",
    ),
    "an empty field": (
        "BTCUSDT.csv",
        replaced(4, line(3).rsplit(",", 1)[0] + ","),
        "Row 5 has '' in column volume",
    ),
    "a date nobody reads": (
        "BTCUSDT.csv",
        csv_text(iso("%d/%m/%Y %H:%M")),
        "Row 2 has '01/01/2024 00:00' in column",
    ),
    "a compact date": ("BTCUSDT.csv", csv_text(iso("%Y%m%d")), "Row 2 has 20240101 in column timestamp"),
    "dotted times": ("BTCUSDT.csv", csv_text(iso("%Y.%m.%d %H:%M")), "whose time zone nobody can tell"),
    "impossible prices": (
        "BTCUSDT.csv",
        replaced(4, line(3, bars=made_bars(9)).replace(",", ",9", 1)),
        "Row 5 .*high below",
    ),
    "too few fields": ("BTCUSDT.csv", replaced(4, "1,2"), "Expected 6 columns, got 2"),
    "four bare columns": ("BTCUSDT.csv", "1704067200000,1,2,3\n", "no header and 4 columns"),
    "no symbol": ("data.csv", csv_text(), "Nothing names its symbol"),
    "an odd spacing": (
        "BTCUSDT.csv",
        csv_text(lambda ms: START_MS + (ms - START_MS) // HOUR_MS * 420_000),
        "420 s apart",
    ),
    "a wrong interval in the name": ("BTCUSDT_15m.csv", csv_text(), "No two rows are 15m apart; most are 1h"),
    "a month": (
        "BTCUSDT-1M-2024.csv",
        csv_text(lambda ms: START_MS + (ms - START_MS) // HOUR_MS * 86_400_000 * 31),
        "2.6784e",
    ),
    "one row": ("BTCUSDT.csv", f"{HEADER}\n{line(0)}\n", "One row does not tell"),
    "a column twice": (
        "BTCUSDT.csv",
        csv_text(header="timestamp,open,high,low,close,close"),
        "column twice: close",
    ),
    "not text": ("BTCUSDT.csv", "Zeit;Größe\n".encode("latin-1"), "not UTF-8"),
    "not a zip": ("BTCUSDT_1h.parquet", "not parquet", "cannot be read"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_with_its_place_and_nothing_is_stored(
    lake: Lake, tmp_path: Path, case: str
) -> None:
    name, content, says = WRONG[case]
    with pytest.raises(InvalidInput, match=says) as caught:
        import_path(lake, write(tmp_path / name, content))
    assert name in str(caught.value)
    assert caught.value.hint
    assert lake.coverage() == ()


def test_a_late_mistake_leaves_the_lake_as_it_was(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.append(BARS.rows(0, 10))
    before = files_of(lake)
    monkeypatch.setattr(tables, "_CSV_BLOCK_BYTES", 300)
    with pytest.raises(InvalidInput, match="Row 50 "):
        import_path(lake, write(tmp_path / "BTCUSDT_1h.csv", replaced(49, line(3))))
    with pytest.raises(Conflict, match="2024-01-01T05:00:00Z differs"):
        import_path(lake, write(tmp_path / "BTCUSDT_1h.csv", replaced(6, line(5).rsplit(",", 1)[0] + ",1")))
    assert files_of(lake) == before


@pytest.mark.parametrize(("row", "says"), [(6, "Row 7 repeats"), (2, "Row 7 .* comes after")])
def test_order_is_checked_from_part_to_part(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: int, says: str
) -> None:
    monkeypatch.setattr(tables, "BATCH_ROWS", 7)
    rows = [*range(7), row, *range(8, 14)]
    columns = {name: column[rows] for name, column in columns_of(BARS).items()}
    pq.write_table(pa.table(columns), tmp_path / "BTCUSDT_1h.parquet")
    with pytest.raises(InvalidInput, match=says):
        import_path(lake, tmp_path / "BTCUSDT_1h.parquet")
    assert lake.coverage() == ()


def test_damaged_archives_are_named(lake: Lake, tmp_path: Path) -> None:
    whole = write(tmp_path / "BTCUSDT_1h.csv.gz", csv_text() * 50).read_bytes()
    (tmp_path / "BTCUSDT_1h.csv.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "BTCUSDT_1h.zip").write_bytes(b"PK not really")
    with zipfile.ZipFile(tmp_path / "BTCUSDT_2h.zip", "w") as archive:
        archive.writestr("a.csv", "1")
        archive.writestr("b.csv", "2")
    for name, says in (
        ("BTCUSDT_1h.csv.gz", "cannot be read"),
        ("BTCUSDT_1h.zip", "cannot be read"),
        ("BTCUSDT_2h.zip", "2 CSV"),
    ):
        with pytest.raises(InvalidInput, match=says):
            import_path(lake, tmp_path / name)
    assert lake.coverage() == ()


def test_a_missing_file_and_one_of_another_kind_are_named(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no file .*gone.csv"):
        import_path(lake, tmp_path / "gone.csv")
    with pytest.raises(InvalidInput, match=r"notes.md is no market data"):
        import_path(lake, write(tmp_path / "notes.md", "hello"))


class TestFunding:
    def rows(self, *symbols: str) -> str:
        rates = made_funding(30)
        lines = ["timestamp,symbol,venue,funding_rate"]
        for at in range(30):
            lines += [f"{rates.time[at]},{symbol},bybit_linear,{rates.rate[at]!r}" for symbol in symbols]
        return "\n".join(lines).replace("np.float64(", "").replace(")", "") + "\n"

    def test_several_symbols_in_one_file(self, lake: Lake, tmp_path: Path) -> None:
        path = write(tmp_path / "bybit_linear_funding.csv", self.rows("BTCUSDT", "WIFUSDT"))
        report = import_path(lake, path)
        assert [(str(one.instrument), one.kind, one.interval, one.added) for one in report.series] == [
            ("bybit:linear:BTCUSDT", SeriesKind.FUNDING, None, 30),
            ("bybit:linear:WIFUSDT", SeriesKind.FUNDING, None, 30),
        ]
        held = lake.funding(BTC)
        assert held is not None
        assert held.rate.tolist() == made_funding(30).rate.tolist()

    def test_a_given_symbol_picks_one(self, lake: Lake, tmp_path: Path) -> None:
        path = write(tmp_path / "funding.csv", self.rows("BTCUSDT", "WIFUSDT"))
        assert len(import_path(lake, path, symbol="WIFUSDT").series) == 1
        with pytest.raises(InvalidInput, match="no rows of ETHUSDT"):
            import_path(lake, path, symbol="ETHUSDT")

    def test_without_a_symbol_column_the_name_says_it(self, lake: Lake, tmp_path: Path) -> None:
        rates = made_funding(3)
        rows = "".join(f"{stamp},0.0001\n" for stamp in rates.time.tolist())
        import_path(lake, write(tmp_path / "BTCUSDT_funding.csv", "timestamp,funding_rate\n" + rows))
        assert lake.coverage()[0].instrument == BTC
        with pytest.raises(InvalidInput, match="Nothing names its symbol"):
            import_path(lake, write(tmp_path / "funding.csv", "timestamp,funding_rate\n" + rows))

    def test_disorder_is_named_by_its_row(self, lake: Lake, tmp_path: Path) -> None:
        lines = self.rows("BTCUSDT", "WIFUSDT").splitlines()
        for change, says in ((lines[1], "Row 10 .*BTCUSDT"), (lines[7], "Row 10 repeats the settlement")):
            wrong = [*lines[:9], change, *lines[9:]]
            with pytest.raises(InvalidInput, match=says):
                import_path(lake, write(tmp_path / "funding.csv", "\n".join(wrong)))
        assert lake.coverage() == ()

    def test_a_conflict_in_one_symbol_stores_none(self, lake: Lake, tmp_path: Path) -> None:
        lake.append(
            made_funding(3, instrument=Instrument("bybit", Category.LINEAR, "WIFUSDT"), every_ms=HOUR_MS * 16)
        )
        with pytest.raises(Conflict):
            import_path(lake, write(tmp_path / "funding.csv", self.rows("BTCUSDT", "WIFUSDT")))
        assert len(lake.coverage()) == 1


def test_a_folder_goes_on_past_bad_files_and_reports_them(lake: Lake, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    write(folder / "a_BTCUSDT_1h.csv", csv_text())
    write(folder / "b_BTCUSDT_1h.csv", replaced(4, line(1)))
    write(folder / "deep/c_ETHUSDT_1h.csv", csv_text())
    write(folder / "README.md", "words")
    write(folder / "trades.csv", "id,price,qty\n1,2,3\n")
    write(folder / "BTCUSDT_quotes.csv", "timestamp,bid_open,ask_open\n1,2,3\n")
    write(folder / ".hidden.csv", "x")
    told: list[ImportProgress] = []
    report = import_path(lake, folder, progress=told.append)
    assert [str(one.instrument) for one in report.series] == ["bybit:linear:BTCUSDT", "bybit:linear:ETHUSDT"]
    assert [name for name, _ in report.failed] == ["b_BTCUSDT_1h.csv"]
    assert [name for name, _ in report.skipped] == ["BTCUSDT_quotes.csv", "README.md", "trades.csv"]
    assert {one.files for one in told} == {6}


def test_a_folder_adds_up_the_files_of_a_series_and_leaves_out_the_lake(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lines = csv_text().splitlines()
    write(tmp_path / "BTCUSDT-1h-2024-01.csv", "\n".join(lines[:31]))
    write(tmp_path / "BTCUSDT-1h-2024-02.csv", "\n".join([lines[0], *lines[21:]]))
    report = import_path(lake, tmp_path)
    (one,) = report.series
    assert (one.added, one.known, one.total) == (50, 10, 50)
    assert report.failed == report.skipped == ()
    assert import_path(lake, tmp_path).skipped == ()


def test_an_interrupted_folder_is_further_along_and_goes_on(lake: Lake, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT"):
        write(folder / f"{symbol}_1h.csv", csv_text())

    def interrupt(told: ImportProgress) -> None:
        if told.number == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_path(lake, folder, progress=interrupt)
    assert [one.instrument.symbol for one in lake.coverage()] == ["BTCUSDT"]
    assert [one.added for one in import_path(lake, folder).series] == [0, 50, 50]


def test_every_refusal_is_one_of_ours(lake: Lake, tmp_path: Path) -> None:
    """Bytes cut or flipped anywhere in a Parquet file never end in a traceback."""
    whole = parquet(tmp_path / "BTCUSDT_1h.parquet", use_dictionary=False).read_bytes()
    path = tmp_path / "BTCUSDT_2h.parquet"
    for at in range(0, len(whole), max(1, len(whole) // 60)):
        for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]):
            path.write_bytes(damaged)
            try:
                import_path(lake, path, interval=Interval.H1)
            except EdgewrightError as error:
                assert path.name in str(error) or isinstance(error, Conflict)


def test_the_shared_folder_lives_side_by_side(lake: Lake, market_files: Path) -> None:
    report = import_path(lake, market_files)
    assert report.failed == ()
    assert [name for name, _ in report.skipped] == [
        "PROVENANCE.md",
        "bybit_linear_BTCUSDT_1m_20221213_quotes.parquet",
    ]
    by_name = {(str(one.instrument), one.kind, one.interval): one for one in report.series}
    hourly = by_name["bybit:linear:BTCUSDT", SeriesKind.BARS, Interval.H1]
    assert (hourly.added, hourly.gaps) == (19261, ())
    outages = by_name["binance:spot:BTCUSDT", SeriesKind.BARS, Interval.H4].gaps
    assert (len(outages), sum(gap.missing for gap in outages)) == (8, 16)
    assert by_name["bybit:linear:WIFUSDT", SeriesKind.FUNDING, None].added == 3442
    data = lake.market_data(BTC, Interval.H1)
    assert data.funding is not None
    assert data.mark is not None
    assert (len(data.funding), len(data.mark)) == (2406, 2350)
    before = files_of(lake)
    assert sum(one.added for one in import_path(lake, market_files).series) == 0
    assert files_of(lake) == before
