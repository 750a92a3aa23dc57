"""vectorbt's order records in our terms: positions, trades with their reasons, equity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.backtest.result import ExitReason, OpenPosition, Trades
from engine.backtest.setup import Setup
from engine.backtest.vectorbt_rows import EXIT, ROWS_PER_BAR, SIDES, STOP, signal_bar, slippage_by_bar
from engine.errors import InvalidInput
from engine.market.bars import Bars
from engine.strategy.signals import Signals

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Positions as columns, in order of their entry; the exits are one less where the last one is open.

    Attributes:
        side: +1 long, -1 short.
        signal: row of the signals that opened it.
        entry_price, exit_price: fills; entry_aim, exit_aim: the same before slippage.
        stop_loss, take_profit: prices, NaN for none.
        exit_row: which of a bar's rows closed it.
    """

    side: Integers
    signal: Integers
    quantity: Floats
    entry_bar: Integers
    entry_price: Floats
    entry_aim: Floats
    entry_fee: Floats
    stop_loss: Floats
    take_profit: Floats
    exit_bar: Integers
    exit_row: Integers
    exit_price: Floats
    exit_aim: Floats
    exit_fee: Floats

    @property
    def closed(self) -> int:
        """How many are closed."""
        return len(self.exit_bar)


def positions_of(orders: NDArray[Any], bars: Bars, signals: Signals, setup: Setup) -> Positions:
    """Positions from vectorbt's order records (fields col, idx, size, price, fees).

    An exit counts as of the whole position. vectorbt covers a lost short only as far as its cash goes, but
    then the loss of the whole makes the equity negative, which `equity_of` refuses.
    """
    ordered = orders[np.argsort(orders["idx"], kind="stable")]
    entries, exits = ordered[0::2], ordered[1::2]
    side = np.array(SIDES, np.int64)[entries["col"]]
    entry_bar, exit_bar = entries["idx"] // ROWS_PER_BAR, exits["idx"] // ROWS_PER_BAR
    signal = np.asarray(signal_bar(entry_bar, setup))
    slippage = slippage_by_bar(bars, setup)
    exit_row = exits["idx"] % ROWS_PER_BAR
    exit_slippage = np.where(exit_row <= STOP, -side[: len(exits)] * slippage[exit_bar], 0.0)
    return Positions(
        side=side,
        signal=signal,
        quantity=entries["size"].copy(),
        entry_bar=entry_bar,
        entry_price=entries["price"].copy(),
        entry_aim=bars.open[entry_bar],
        entry_fee=entries["fees"].copy(),
        stop_loss=_level(entries["price"], -side, signals.stop_loss, signal),
        take_profit=_level(entries["price"], side, signals.take_profit, signal),
        exit_bar=exit_bar,
        exit_row=exit_row,
        exit_price=exits["price"].copy(),
        exit_aim=_before_slippage(exits["price"], exit_slippage, bars.open[exit_bar]),
        exit_fee=exits["fees"].copy(),
    )


def equity_of(positions: Positions, bars: Bars, cash: float) -> Floats:
    """float64[n], quote currency at each bar's close.

    Raises:
        InvalidInput: it falls to 0 or below.
    """
    n = len(bars)
    settled = cash + np.concatenate([[0.0], np.cumsum(_pnl(positions))])
    before = np.searchsorted(positions.exit_bar, np.arange(n), "right")
    equity = settled[before]
    bar = np.flatnonzero(before < len(positions.side))
    bar = bar[positions.entry_bar[before[bar]] <= bar]
    held = before[bar]
    move = bars.close[bar] - positions.entry_price[held]
    equity[bar] += positions.side[held] * positions.quantity[held] * move - positions.entry_fee[held]
    if not (equity > 0.0).all():
        first = int(np.argmax(equity <= 0.0))
        raise InvalidInput(
            f"The run is ruined at bar {first}, and vectorbt does not end a run there.",
            "Leave out engine='vectorbt', or risk less.",
        )
    return equity


def trades_of(positions: Positions, bars: Bars, signals: Signals, setup: Setup) -> Trades:
    """The closed positions."""
    count = positions.closed
    side, quantity = positions.side[:count], positions.quantity[:count]
    entry_price, pnl = positions.entry_price[:count], _pnl(positions)
    slipped = np.abs(entry_price - positions.entry_aim[:count])
    slipped += np.abs(positions.exit_price - positions.exit_aim)
    excursions = np.array([excursions_of(positions, row, bars) for row in range(count)]).reshape(-1, 2)
    return Trades(
        side=side,
        entry_bar=positions.entry_bar[:count],
        exit_bar=positions.exit_bar,
        entry_time=bars.open_time[positions.entry_bar[:count]],
        exit_time=bars.open_time[positions.exit_bar],
        entry_price=entry_price,
        exit_price=positions.exit_price,
        quantity=quantity,
        pnl=pnl,
        net_return=pnl / (quantity * entry_price),
        fees=positions.entry_fee[:count] + positions.exit_fee,
        slippage=slipped * quantity,
        funding=np.zeros(count),
        stop_loss=positions.stop_loss[:count],
        take_profit=positions.take_profit[:count],
        adverse_excursion=excursions[:, 0],
        favourable_excursion=excursions[:, 1],
        exit_reason=tuple(_reasons(positions, signals, setup).tolist()),
        tag=tuple(_tag(signals, row) for row in positions.signal[:count].tolist()),
    )


def open_position_of(positions: Positions, bars: Bars, signals: Signals) -> OpenPosition | None:
    """The position that is open at the end."""
    row = positions.closed
    if row == len(positions.side):
        return None
    side, quantity = int(positions.side[row]), float(positions.quantity[row])
    price, fee = float(positions.entry_price[row]), float(positions.entry_fee[row])
    adverse, favourable = excursions_of(positions, row, bars)
    return OpenPosition(
        side=side,
        entry_bar=int(positions.entry_bar[row]),
        entry_time=int(bars.open_time[positions.entry_bar[row]]),
        entry_price=price,
        quantity=quantity,
        unrealised_pnl=side * quantity * (float(bars.close[-1]) - price) - fee,
        tag=_tag(signals, int(positions.signal[row])),
        fees=fee,
        slippage=abs(price - float(positions.entry_aim[row])) * quantity,
        stop_loss=float(positions.stop_loss[row]),
        take_profit=float(positions.take_profit[row]),
        adverse_excursion=adverse,
        favourable_excursion=favourable,
    )


def ambiguous_bars(positions: Positions, bars: Bars) -> int:
    """Bars in which a stop was met inside the bar while the target lay within reach."""
    bar, side, target = positions.exit_bar, *_closed(positions, positions.side, positions.take_profit)
    best = np.where(side > 0, bars.high[bar], bars.low[bar])
    inside = (positions.exit_row == STOP) & (positions.exit_aim != bars.open[bar])
    return int(np.count_nonzero(inside & (side * (best - target) >= 0.0)))


def jumped_targets(positions: Positions, bars: Bars) -> int:
    """Trades that vectorbt closed in the row of stops though the open had jumped their target."""
    side, target = _closed(positions, positions.side, positions.take_profit)
    jumped = side * (bars.open[positions.exit_bar] - target) >= 0.0
    return int(np.count_nonzero((positions.exit_row == STOP) & jumped))


def excursions_of(positions: Positions, row: int, bars: Bars) -> tuple[float, float]:
    """How far the price went against the position and in its favour, fractions of the entry price.

    Of the bar of the exit only what was surely reached counts: its open and the exit price.
    """
    side, entry = int(positions.side[row]), float(positions.entry_price[row])
    last = int(positions.exit_bar[row]) if row < positions.closed else len(bars)
    held = slice(int(positions.entry_bar[row]), last)
    seen = [entry]
    if row < positions.closed:
        seen += [float(bars.open[last]), float(positions.exit_price[row])]
    rise = float(bars.high[held].max(initial=max(seen))) / entry - 1.0
    fall = 1.0 - float(bars.low[held].min(initial=min(seen))) / entry
    return (fall, rise) if side > 0 else (rise, fall)


def _reasons(positions: Positions, signals: Signals, setup: Setup) -> NDArray[Any]:
    side, target, stop_loss = _closed(positions, positions.side, positions.take_profit, positions.stop_loss)
    row = np.where(positions.exit_row == EXIT, np.asarray(signal_bar(positions.exit_bar, setup)), 0)
    wanted = signals.long_entry[row].astype(np.int64) - signals.short_entry[row]
    asked = np.where(side > 0, signals.long_exit[row], signals.short_exit[row])
    at_target = (positions.exit_row > STOP) | (side * (positions.exit_aim - target) >= 0.0)
    return np.select(
        [
            (positions.exit_row == EXIT) & asked & (wanted == side),
            (positions.exit_row == EXIT) & asked,
            positions.exit_row == EXIT,
            at_target,
            ~np.isnan(stop_loss),
        ],
        np.array(
            [
                ExitReason.RE_ENTRY,
                ExitReason.SIGNAL,
                ExitReason.REVERSE,
                ExitReason.TAKE_PROFIT,
                ExitReason.STOP_LOSS,
            ],
            dtype=object,
        ),
        ExitReason.TRAILING_STOP,
    )


def _closed(positions: Positions, *columns: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Columns cut to the closed positions."""
    return tuple(column[: positions.closed] for column in columns)


def _pnl(positions: Positions) -> Floats:
    """Net of fees; of the closed ones."""
    side, quantity, entry_price, entry_fee = _closed(
        positions, positions.side, positions.quantity, positions.entry_price, positions.entry_fee
    )
    return side * quantity * (positions.exit_price - entry_price) - entry_fee - positions.exit_fee


def _level(price: Floats, side: Integers, fractions: Floats | None, signal: Integers) -> Floats:
    if fractions is None:
        return np.full(len(price), np.nan)
    return price * (1.0 + side * fractions[signal])


def _before_slippage(price: Floats, slippage: Floats, open_: Floats) -> Floats:
    """The price aimed at; exactly the open where that is what slipped."""
    return np.where(open_ * (1.0 + slippage) == price, open_, price / (1.0 + slippage))


def _tag(signals: Signals, row: int) -> str:
    return "" if signals.tag is None else signals.tag[row]
