"""Import of market data files into the lake: one file, or a whole folder, streamed within a fixed memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import EdgewrightError, InvalidInput, NotFound
from engine.market.coverage import SeriesKind, SeriesReport
from engine.market.instrument import Category
from engine.market.interval import Interval
from engine.market.lake import Lake
from engine.market.sources.bar_files import import_bars
from engine.market.sources.columns import RATE_NAMES, Columns
from engine.market.sources.funding_files import import_funding
from engine.market.sources.names import Named, ending_of, named_by
from engine.market.sources.tables import Table, open_table


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is: file `number` of `files`, and rows of it read so far."""

    file: str
    number: int
    files: int
    rows: int


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did.

    Attributes:
        series: one entry per series, rows of several files added up.
        skipped: (file, reason) of files that are no market data we store.
        failed: (file, message) of files that are wrong; nothing of these was stored.
        notes: what was assumed because neither arguments nor names said it.
    """

    series: tuple[SeriesReport, ...]
    skipped: tuple[tuple[str, str], ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


class NotMarketData(InvalidInput):
    """The file holds nothing that the lake stores: skipped in a folder, an error by itself."""


def import_path(
    lake: Lake,
    path: Path,
    *,
    symbol: str | None = None,
    interval: Interval | None = None,
    venue: str | None = None,
    category: Category | None = None,
    kind: SeriesKind | None = None,
    progress: Callable[[ImportProgress], None] | None = None,
) -> ImportReport:
    """Import a Parquet, CSV, csv.gz or zip file, or every such file below a folder.

    What the arguments leave open is taken from the file's name, then from its content; venue and category
    fall back to bybit and linear. A file is stored whole or not at all, so a folder can be imported again
    after an interruption: what is there already counts as known.

    Raises:
        NotFound: there is no such file.
        InvalidInput: a single file is wrong; the text says where, and what would be right. In a folder the
            file is reported in `failed`.
        Conflict: as `Lake.append`.
    """
    given = Named(venue, category, None if symbol is None else symbol.strip().upper(), interval, kind)
    if path.is_dir():
        return _import_folder(lake, path, given, progress)
    return _import_file(lake, path, given, _counter(progress, str(path), 1, 1))


def _import_folder(
    lake: Lake, folder: Path, given: Named, progress: Callable[[ImportProgress], None] | None
) -> ImportReport:
    files = list(_files_below(folder, lake.root))
    total = ImportReport(())
    for number, path in enumerate(files, 1):
        name = str(path.relative_to(folder))
        try:
            one = _import_file(lake, path, given, _counter(progress, name, number, len(files)))
        except NotMarketData as reason:
            total = replace(total, skipped=(*total.skipped, (name, str(reason))))
        except EdgewrightError as error:
            total = replace(total, failed=(*total.failed, (name, str(error))))
        else:
            notes = tuple(f"{name}: {note}" for note in one.notes)
            total = replace(total, series=_merged(total.series, one.series), notes=(*total.notes, *notes))
    return total


def _files_below(folder: Path, lake_root: Path) -> Iterator[Path]:
    """Files in order of their names, without hidden ones and without the lake itself."""
    lake_root = lake_root.resolve()
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and not path.resolve().is_relative_to(lake_root):
            yield path


def _import_file(lake: Lake, path: Path, given: Named, count: Callable[[int], None]) -> ImportReport:
    if not path.is_file():
        raise NotFound(f"There is no file {path}.")
    if ending_of(path) is None:
        raise NotMarketData(f"{path.name} is no market data.", "Parquet, CSV, csv.gz and zip files are.")
    named = _overlaid(named_by(path), given)
    with open_table(path) as table:
        columns = Columns(table.columns)
        kind = _kind_of(path, columns, named)
        try:
            if kind is SeriesKind.FUNDING:
                return ImportReport(import_funding(lake, table, columns, named, given, count))
            named, notes = _placed(replace(named, kind=kind), table)
            return ImportReport((import_bars(lake, table, columns, named, count),), notes=notes)
        except InvalidInput as error:
            raise _located(error, path) from error


def _overlaid(name: Named, given: Named) -> Named:
    """What was given, and for the rest what the name says."""
    return Named(
        given.venue or name.venue,
        given.category or name.category,
        given.symbol or name.symbol,
        given.interval or name.interval,
        given.kind or name.kind,
        name.clock_ahead_ms,
    )


def _kind_of(path: Path, columns: Columns, named: Named) -> SeriesKind:
    if columns.one_of(RATE_NAMES) is not None and not columns.prices_found:
        return SeriesKind.FUNDING
    if named.kind is SeriesKind.QUOTES or columns.one_of(("bid_open", "bid_price", "bid")) is not None:
        raise NotMarketData(f"{path.name} holds quotes.", "Bars, mark, index and funding are stored.")
    if not columns.prices_found:
        raise NotMarketData(
            f"{path.name} has columns {', '.join(columns.found) or 'none'}.",
            "Bars need timestamp, open, high, low, close, volume; funding timestamp, funding_rate.",
        )
    if named.kind is SeriesKind.FUNDING:
        raise InvalidInput(f"{path.name} holds prices, not funding.", "Funding has a column funding_rate.")
    return named.kind or SeriesKind.BARS


def _placed(named: Named, table: Table) -> tuple[Named, tuple[str, ...]]:
    """The names with venue and category filled in, and what was assumed for that."""
    venue = named.venue or ("binance" if table.is_binance else "bybit")
    category = named.category or Category.LINEAR
    assumed = [
        text
        for text, known in ((f"venue {venue}", named.venue), (f"category {category}", named.category))
        if known is None
    ]
    notes = (f"Nothing names its {' or '.join(assumed)}: assumed.",) if assumed else ()
    return replace(named, venue=venue, category=category), notes


def _located(error: InvalidInput, path: Path) -> InvalidInput:
    text = error.message if path.name in error.message else f"{path.name}: {error.message}"
    return type(error)(text, error.hint)


def _merged(so_far: tuple[SeriesReport, ...], new: tuple[SeriesReport, ...]) -> tuple[SeriesReport, ...]:
    by_name = {(one.instrument, one.kind, one.interval): one for one in so_far}
    for one in new:
        name = (one.instrument, one.kind, one.interval)
        before = by_name.get(name)
        if before is not None:
            one = replace(one, added=before.added + one.added, known=before.known + one.known)
        by_name[name] = one
    return tuple(by_name.values())


def _counter(
    progress: Callable[[ImportProgress], None] | None, name: str, number: int, files: int
) -> Callable[[int], None]:
    def count(rows: int) -> None:
        if progress is not None:
            progress(ImportProgress(name, number, files, rows))

    return count
