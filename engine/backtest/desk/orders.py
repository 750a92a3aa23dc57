"""The order desk: send it orders, let it work through bars, and read what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.backtest.desk.layout import (
    FILL_REASONS,
    REJECTION_REASONS,
    account_row,
    market_rows,
    order_rows,
    request_row,
    stamp_rows,
    terms_row,
    tier_rows,
)
from engine.backtest.desk.records import CLOSING, EVENT, NOBODY, Floats, Rows
from engine.backtest.prepared import Prepared
from engine.strategy.orders import Fill, Intent, Rejection

_ROOM = 64


class OrderDesk:
    """One account at the exchange, under one assumption about the order of high and low inside a bar.

    Attributes:
        account: one row (`records.ACCOUNT`).
        book: the orders at work (`records.ORDER`), the first `account.working` rows, oldest first.
        equity: float64[bars], at the closes that have been reached.
        idle: nothing is held, at work or on its way, so that bars may wait to be worked through.
        quiet_until: so may the bars before this one: what is held cannot be touched in them.
    """

    def __init__(self, prepared: Prepared, *, target_first: bool = False) -> None:
        from engine.backtest.desk.advance import advance

        setup, category = prepared.setup, prepared.market.bars.instrument.category
        self._advance = advance
        self._latency = setup.execution.latency_bars
        self._world = (
            market_rows(prepared),
            stamp_rows(prepared),
            tier_rows(setup),
            terms_row(setup, category, target_first=target_first),
        )
        self.account: Rows = account_row(setup)
        self.book: Rows = order_rows(_ROOM)
        self.equity: Floats = np.empty(len(prepared))
        self._requests: Rows = order_rows(_ROOM)
        self._events: Rows = np.zeros(4 * _ROOM, EVENT)
        # Views of single fields are the quickest way to read them from Python.
        self._asked = self.account["asked"]
        self._arrived = self.account["arrived"]
        self._working = self.account["working"]
        self._side = self.account["side"]
        self._ruined = self.account["ruined"]
        self._quiet_until = self.account["quiet_until"]
        self.idle = True
        self.quiet_until = 0

    @property
    def ruined(self) -> bool:
        """Whether equity has fallen to 0 or below; nothing happens any more."""
        return bool(self._ruined[0])

    def send(self, closed: int, intent: Intent[Any]) -> None:
        """Ask for something when bar `closed` has closed; it arrives after the latency."""
        self._put(request_row(closed + 1 + self._latency, intent))

    def advance(self, until: int, events: int = 0) -> Rows:
        """Work through the bars up to and including `until`; the fills and rejections that they brought.

        Args:
            events: how many there may be; 0 for as many as one bar can bring.
        """
        asked, working = int(self._asked[0]), int(self._working[0])
        orders = working + asked - int(self._arrived[0]) + 1
        if orders > len(self.book):
            self.book = _enlarged(self.book, orders)
        room = events or 4 * orders + 8
        if room > len(self._events):
            self._events = np.zeros(2 * room, EVENT)
        count = self._advance(
            *self._world, self.account, self.book, self._requests, self._events, self.equity, until
        )
        assert count <= len(self._events), "more events than there was room for"
        self.quiet_until = int(self._quiet_until[0])
        if self._arrived[0] == self._asked[0]:
            self._arrived[0] = self._asked[0] = 0
            self.idle = not (self._side[0] or self._working[0])
        return self._events[:count]

    def at_work(self) -> list[tuple[int, float]]:
        """Number and unfilled quantity of each order at work or on its way, oldest first."""
        book = self.book[: int(self._working[0])]
        coming = self._requests[int(self._arrived[0]) : int(self._asked[0])]
        found = [(int(row["id"]), float(row["left"])) for row in book if row["kind"] != CLOSING]
        return found + [(int(row["id"]), float(row["left"])) for row in coming if row["side"]]

    def _put(self, request: tuple[float, ...]) -> None:
        at = int(self._asked[0])
        if at == len(self._requests):
            self._requests = _enlarged(self._requests, at + 1)
        self._requests[at] = request
        self._asked[0] = at + 1
        self.idle = False
        self.quiet_until = 0


def run_stream(desk: OrderDesk, stream: Sequence[Sequence[Intent[Any]]]) -> Rows:
    """Run intents, one sequence per bar, through a new desk in one call of the kernel; all events."""
    bars, orders = len(desk.equity), 0
    for closed, intents in enumerate(stream):
        for intent in intents:
            desk.send(closed, intent)
            orders += 1
    return desk.advance(bars - 1, events=4 * orders + 8 * bars).copy()


def fill_of(row: np.void, tag: str = "") -> Fill[float]:
    """The fill that a row of events tells of."""
    bar, order, side, _, reason, maker, *_ = values = row.item()
    price, quantity, fee, slipped = values[9:13]
    return Fill(
        bar,
        None if order == NOBODY else order,
        side,
        price,
        quantity,
        fee,
        slipped,
        bool(maker),
        FILL_REASONS[reason],
        tag,
    )


def rejection_of(row: np.void) -> Rejection:
    """The rejection that a row of events tells of."""
    return Rejection(int(row["bar"]), int(row["id"]), REJECTION_REASONS[int(row["reason"])])


def _enlarged(rows: Rows, count: int) -> Rows:
    larger = np.zeros(2 * count, rows.dtype)
    larger[: len(rows)] = rows
    return larger
