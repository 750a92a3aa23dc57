"""Market data files as chunks of columns: Parquet, CSV, and CSV inside gzip or zip, read as a stream.

Rows of Parquet are numbered from 0; rows of CSV by their line, so that an editor finds them.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from engine.errors import InvalidInput, NotFound
from engine.market.arrow import arrow_errors, pyarrow

BATCH_ROWS = 65_536
_CSV_BLOCK_BYTES = 4 << 20
_SNIFFED_BYTES = 1 << 16

_OHLCV = ("timestamp", "open", "high", "low", "close", "volume")
_BINANCE = (
    "close_time",
    "quote_asset_volume",
    "number_of_trades",
    "taker_buy_base_asset_volume",
    "taker_buy_quote_asset_volume",
    "ignore",
)
_LAYOUTS = {6: _OHLCV, 7: (*_OHLCV, "turnover"), 12: (*_OHLCV, *_BINANCE)}


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some consecutive rows: arrow arrays by column name, and the number of the first row."""

    first_row: int
    columns: dict[str, Any]


class Table(ABC):
    """An open file: its column names, and its rows in chunks."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self.path = path
        self.columns = columns
        if len(set(columns)) < len(columns):
            twice = sorted({name for name in columns if columns.count(name) > 1})
            raise InvalidInput(f"{path.name} names a column twice: {', '.join(twice)}.", "Rename one.")

    @property
    def is_binance(self) -> bool:
        """True for the twelve columns of Binance's archive, named or not."""
        return len(self.columns) == 12 and any(name.lower().startswith("taker_buy") for name in self.columns)

    def chunks(self, wanted: list[str]) -> Iterator[Chunk]:
        """The named columns, chunk by chunk.

        Raises:
            InvalidInput: the file is damaged, or a row has too few or too many columns.
        """
        try:
            yield from self._chunks(wanted)
        except (*arrow_errors(), EOFError, zlib.error, zipfile.BadZipFile) as error:
            raise InvalidInput(
                f"{self.path.name} cannot be read: {_brief(error)}.", "Fetch it again."
            ) from error

    @abstractmethod
    def _chunks(self, wanted: list[str]) -> Iterator[Chunk]: ...


@contextmanager
def open_table(path: Path) -> Generator[Table]:
    """The table in a file; close it by leaving the context.

    Raises:
        NotFound: there is no such file.
        InvalidInput: it is empty, damaged, or of another format than its ending says.
    """
    with ExitStack() as stack:
        try:
            name = path.name.lower()
            if name.endswith((".parquet", ".pq")):
                raw = stack.enter_context(path.open("rb"))
                table: Table = _ParquetTable(path, raw)
            else:
                table = _CsvTable(path, stack.enter_context(io.BufferedReader(_text_stream(path, stack))))
        except FileNotFoundError as error:
            raise NotFound(f"There is no file {path}.") from error
        except (*arrow_errors(), EOFError, zlib.error, zipfile.BadZipFile) as error:
            raise InvalidInput(f"{path.name} cannot be read: {_brief(error)}.", "Fetch it again.") from error
        yield table


def _text_stream(path: Path, stack: ExitStack) -> Any:
    raw = stack.enter_context(path.open("rb"))
    if path.name.lower().endswith(".gz"):
        return stack.enter_context(gzip.GzipFile(fileobj=raw))
    if path.name.lower().endswith(".zip"):
        return _only_member(path, stack.enter_context(zipfile.ZipFile(raw)), stack)
    return stack.enter_context(io.FileIO(path))


def _only_member(path: Path, archive: zipfile.ZipFile, stack: ExitStack) -> IO[bytes]:
    members = [info for info in archive.infolist() if info.filename.lower().endswith(".csv")]
    members = [info for info in members if not info.filename.startswith("__MACOSX")]
    if len(members) != 1:
        raise InvalidInput(
            f"{path.name} holds {len(members)} CSV files.",
            "Import a zip with one CSV, or unpack it and import that.",
        )
    return stack.enter_context(archive.open(members[0]))


class _ParquetTable(Table):
    def __init__(self, path: Path, raw: IO[bytes]) -> None:
        # Without pre-buffering, a row group is read as it is decoded, however large it is.
        self._file = pyarrow("parquet").ParquetFile(raw, buffer_size=1 << 20, pre_buffer=False)
        super().__init__(path, tuple(self._file.schema_arrow.names))

    def _chunks(self, wanted: list[str]) -> Iterator[Chunk]:
        row = 0
        for batch in self._file.iter_batches(BATCH_ROWS, columns=wanted, use_threads=False):
            yield Chunk(row, {name: batch.column(name) for name in wanted})
            row += batch.num_rows


class _CsvTable(Table):
    def __init__(self, path: Path, stream: io.BufferedReader) -> None:
        self._stream = stream
        line, self._delimiter = _first_line(path, stream)
        fields = [field.strip() for field in next(csv.reader([line], delimiter=self._delimiter))]
        self._header_lines = 0 if _is_number(fields[-1]) else 1
        columns = tuple(fields) if self._header_lines else _LAYOUTS.get(len(fields))
        if columns is None:
            raise InvalidInput(
                f"{path.name} has no header and {len(fields)} columns: {line[:120]}.",
                f"Write a header such as {','.join(_OHLCV)}.",
            )
        super().__init__(path, columns)

    def _chunks(self, wanted: list[str]) -> Iterator[Chunk]:
        arrow, pa = pyarrow("csv"), pyarrow()
        reader = arrow.open_csv(
            self._stream,
            read_options=arrow.ReadOptions(
                block_size=_CSV_BLOCK_BYTES,
                column_names=list(self.columns),
                skip_rows=self._header_lines,
                use_threads=False,
            ),
            parse_options=arrow.ParseOptions(delimiter=self._delimiter),
            convert_options=arrow.ConvertOptions(
                include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string())
            ),
        )
        row = 1 + self._header_lines
        for batch in reader:
            yield Chunk(row, {name: batch.column(name) for name in wanted})
            row += batch.num_rows


def _first_line(path: Path, stream: io.BufferedReader) -> tuple[str, str]:
    """The first line, and what separates its fields; a byte order mark is passed over."""
    head = stream.peek(_SNIFFED_BYTES)[:_SNIFFED_BYTES]
    if head.startswith(b"\xef\xbb\xbf"):
        head = head[3:]
    if not head.strip():
        raise InvalidInput(f"{path.name} is empty.", "It needs a header and rows.")
    try:
        line = head.splitlines()[0].decode()
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{path.name} is not UTF-8 text: {error.reason}.", "Save it as CSV in UTF-8."
        ) from error
    return line, max(",;\t", key=line.count)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _brief(error: BaseException) -> str:
    return (
        str(error).strip().splitlines()[0].rstrip(".")[:300] if str(error).strip() else type(error).__name__
    )
