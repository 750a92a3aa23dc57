"""How far the price went against a position and in its favour."""

from __future__ import annotations

from engine.backtest.kernel.forms import Floats, Integers
from engine.compiled import kernel

_FLOATS = "Array(float64, 1, 'C', readonly=True)"
_INTEGERS = "Array(int64, 1, 'C', readonly=True)"


@kernel(f"({', '.join([_FLOATS] * 3 + [_INTEGERS] * 2 + [_FLOATS] * 2)}, float64[::1], float64[::1])")
def reach(
    open_: Floats,
    high: Floats,
    low: Floats,
    entry_bar: Integers,
    exit_bar: Integers,
    entry_price: Floats,
    exit_price: Floats,
    highest: Floats,
    lowest: Floats,
) -> None:
    """Fill in the highest and lowest price of each position, its entry price included.

    Bars before the exit's count whole. Of the exit's own bar only what was surely reached does: its open and
    the exit price.
    """
    for row in range(entry_bar.size):
        last = exit_bar[row]
        top = max(entry_price[row], exit_price[row], open_[last])
        bottom = min(entry_price[row], exit_price[row], open_[last])
        for bar in range(entry_bar[row], last):
            top = high[bar] if high[bar] > top else top
            bottom = low[bar] if low[bar] < bottom else bottom
        highest[row] = top
        lowest[row] = bottom
