"""Bring a series of the lake up to date from an exchange, page by page, asking only for what is missing.

Every page is in the lake before the next is asked for, so an interrupted sync is only further along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from engine.errors import InvalidInput, NotFound
from engine.market.bars import Bars, FundingRates
from engine.market.coverage import Coverage, SeriesKind, SeriesReport, report_of
from engine.market.instrument import Instrument
from engine.market.interval import Interval, format_instant
from engine.market.lake import Lake
from engine.market.lake_series import SeriesKey
from engine.market.trading_rules import TradingRules

MARK_INTERVAL = Interval.H1
_PAGE_BARS = 1000
_FUNDING_WINDOW_MS = 200 * 8 * 3_600_000


class MarketSource(Protocol):
    """What a sync asks of an exchange; times are UTC ms, windows [start, end)."""

    def server_time_ms(self) -> int:
        """The exchange's clock."""
        ...

    def pays_funding(self, instrument: Instrument) -> bool:
        """Whether it is a perpetual; raises NotFound when the exchange does not list it."""
        ...

    def first_bar_ms(self, instrument: Instrument, kind: SeriesKind, end_ms: int) -> int | None:
        """A time at or shortly before the first bar there is; None when there is none."""
        ...

    def bars(
        self, instrument: Instrument, interval: Interval, kind: SeriesKind, start_ms: int, end_ms: int
    ) -> Bars | None:
        """The closed bars of a window of at most 1000."""
        ...

    def funding(self, instrument: Instrument, start_ms: int, end_ms: int) -> FundingRates | None:
        """All settlements of a window."""
        ...

    def rules(self, instrument: Instrument) -> TradingRules:
        """What it accepts of orders today, and its risk tiers."""
        ...


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """How far the sync of one series is: milliseconds of its time axis done, of those that were missing."""

    series: str
    done_ms: int
    total_ms: int
    added: int


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did: the bars, for a perpetual its mark prices and funding, and the rules it keeps now."""

    series: tuple[SeriesReport, ...]
    rules: TradingRules


def sync(
    lake: Lake,
    source: MarketSource,
    instrument: Instrument,
    interval: Interval,
    *,
    start_ms: int,
    end_ms: int | None = None,
    progress: Callable[[SyncProgress], None] | None = None,
) -> SyncReport:
    """Fetch closed bars in [start_ms, end_ms) that the lake lacks; end_ms None means now.

    For a perpetual, hourly mark prices and funding over the same span come along. Bars missing in the middle
    are asked for again, in case they were never fetched. At the end come order filters and risk tiers as they
    are today, in place of those kept before.

    Raises:
        InvalidInput: the span is empty.
        NotFound: the exchange lists no such symbol, or has no bar of it in the span.
        ProviderUnavailable: the exchange does not answer; what had come is in the lake.
        Conflict: the exchange's bars differ from the lake's (from a file, say); see `Lake.append`.
    """
    perpetual = source.pays_funding(instrument)
    now_ms = source.server_time_ms()
    end_ms = now_ms if end_ms is None else min(end_ms, now_ms)
    if start_ms >= end_ms:
        raise InvalidInput(
            f"From {format_instant(start_ms)} to {format_instant(end_ms)} there is nothing to fetch.",
            "The start lies before the end, and in the past.",
        )
    job = _Job(lake, source, instrument, start_ms, end_ms, progress)
    reports = [job.bars(SeriesKind.BARS, interval)]
    if reports[0] is None:
        raise NotFound(
            f"The exchange has no closed {interval} bar of {instrument} "
            f"between {format_instant(start_ms)} and {format_instant(end_ms)}.",
            "Ask for a later span.",
        )
    if perpetual:
        reports += [job.bars(SeriesKind.MARK, MARK_INTERVAL), job.funding(reports[0].start_ms)]
    rules = source.rules(instrument)
    lake.keep_rules(rules)
    return SyncReport(tuple(report for report in reports if report is not None), rules)


@dataclass(frozen=True, slots=True)
class _Job:
    lake: Lake
    source: MarketSource
    instrument: Instrument
    start_ms: int
    end_ms: int
    progress: Callable[[SyncProgress], None] | None

    def bars(self, kind: SeriesKind, interval: Interval) -> SeriesReport | None:
        """Fetch what is missing of a price series; None when there is nothing at all."""
        key = SeriesKey(self.instrument, kind, interval)
        step, before = interval.milliseconds, self.lake.series_coverage(key)
        missing = missing_ranges(before, self._first_open(key, before), self.end_ms, step)
        added = known = 0
        for start, end in pages(missing, _PAGE_BARS * step):
            page = self.source.bars(self.instrument, interval, kind, start, end)
            if page is not None:
                outcome = self.lake.append(page, kind)
                added, known = added + outcome.added, known + outcome.known
            self._tell(key, missing, end, added)
        after = self.lake.series_coverage(key)
        return None if after is None else report_of(after, added, known)

    def funding(self, first_ms: int) -> SeriesReport | None:
        """Fetch missing settlements from `first_ms` on; None when there is none at all."""
        key = SeriesKey(self.instrument, SeriesKind.FUNDING, None)
        windows = list(
            funding_windows(self.lake.series_coverage(key), max(self.start_ms, first_ms), self.end_ms)
        )
        added = known = done = 0
        total = sum(end - start for start, end in windows)
        for start, end in windows:
            page = self.source.funding(self.instrument, start, end)
            if page is not None:
                outcome = self.lake.append(page)
                added, known = added + outcome.added, known + outcome.known
            done += end - start
            if self.progress is not None:
                self.progress(SyncProgress(str(key), done, total, added))
        after = self.lake.series_coverage(key)
        return None if after is None else report_of(after, added, known)

    def _first_open(self, key: SeriesKey, before: Coverage | None) -> int:
        """The first open time worth asking for: on the grid, and not before the exchange has any bar."""
        step = key.step_ms
        start = -((key.anchor_ms - self.start_ms) // step) * step + key.anchor_ms
        if before is not None and before.start_ms <= start:
            return start
        first = self.source.first_bar_ms(self.instrument, key.kind, self.end_ms)
        if first is None:
            return self.end_ms
        return max(start, (first - key.anchor_ms) // step * step + key.anchor_ms)

    def _tell(self, key: SeriesKey, missing: list[tuple[int, int]], done_until: int, added: int) -> None:
        if self.progress is not None:
            total = sum(end - start for start, end in missing)
            done = sum(max(0, min(end, done_until) - start) for start, end in missing)
            self.progress(SyncProgress(str(key), done, total, added))


def missing_ranges(
    coverage: Coverage | None, start_ms: int, end_ms: int, step_ms: int
) -> list[tuple[int, int]]:
    """Spans [start, end) of open times that the lake lacks, ascending."""
    if coverage is None:
        return [(start_ms, end_ms)] if start_ms < end_ms else []
    holes = [(gap.start_ms, gap.start_ms + gap.missing * step_ms) for gap in coverage.gaps]
    spans = [(start_ms, coverage.start_ms), *holes, (coverage.end_ms, end_ms)]
    cut = [(max(start, start_ms), min(end, end_ms)) for start, end in spans]
    return [(start, end) for start, end in cut if start < end]


def pages(missing: list[tuple[int, int]], page_ms: int) -> Iterator[tuple[int, int]]:
    """Windows of at most `page_ms` that cover the missing spans; small ones nearby share a window."""
    waiting = list(reversed(missing))
    while waiting:
        start, end = waiting.pop()
        limit = start + page_ms
        if end > limit:
            waiting.append((limit, end))
            end = limit
        while waiting and waiting[-1][0] < limit and end < limit:
            next_start, next_end = waiting.pop()
            end = min(next_end, limit)
            if next_end > limit:
                waiting.append((max(limit, next_start), next_end))
        yield start, end


def funding_windows(coverage: Coverage | None, start_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """Windows that grow outwards from what is known, so that an interruption never leaves a hole inside."""
    if coverage is None:
        known_from = known_until = start_ms
    else:
        known_from, known_until = coverage.start_ms, coverage.end_ms
    while known_from > start_ms:
        earlier = max(start_ms, known_from - _FUNDING_WINDOW_MS)
        yield earlier, known_from
        known_from = earlier
    while known_until < end_ms:
        later = min(end_ms, known_until + _FUNDING_WINDOW_MS)
        yield known_until, later
        known_until = later
