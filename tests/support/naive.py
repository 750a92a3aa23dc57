"""The order of events and the metrics once more, slowly, in dicts and floats, from the design alone.

Nothing of the engine is imported here. None stands for "none" where the engine has NaN.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

YEAR_MS = 365 * 24 * 3600 * 1000

Rows = list[dict[str, Any]]
Columns = dict[str, list[Any]]


def run(
    bars: Rows,
    signals: Columns,
    funding: list[dict[str, Any]],
    marks: dict[int, float],
    costs: dict[str, float],
    cash: float,
) -> dict[str, Any]:
    """Walk the bars; `funding` items have time and rate, `marks` opens by time, costs bps."""
    desk: dict[str, Any] = {
        "cash": cash,
        "position": None,
        "trades": [],
        "costs": {name: bps / 10_000 for name, bps in costs.items()},
        "equity": [],
        "bars_held": 0,
        "notional": 0.0,
    }
    for number, bar in enumerate(bars):
        if number > 0:
            stamps = due(funding, bars[number - 1]["time"], bar["time"])
            signal = {name: column[number - 1] for name, column in signals.items()}
            at_the_open(desk, bar, signal, stamps, marks)
        if desk["position"] is not None:
            desk["bars_held"] += 1
            inside_the_bar(desk, bar)
        desk["equity"].append(worth(desk, bar["close"]))
        if desk["equity"][-1] <= 0:
            if desk["position"] is not None:
                leave(desk, bar, bar["close"], "ruined", taking=True)
            rest = len(bars) - number
            desk["equity"][-1:] = [desk["cash"]] * rest
            desk["ruined"] = True
            return desk
        if desk["position"] is not None:
            position = desk["position"]
            position["extremes"].append(bar["high"] if position["side"] == "long" else bar["low"])
    desk["ruined"] = False
    return desk


def due(funding: list[dict[str, Any]], after: int, until: int) -> list[dict[str, Any]]:
    """Settlements after one open and up to the next; the list is consumed from its front."""
    while funding and funding[0]["time"] <= after:
        funding.pop(0)
    found = []
    while funding and funding[0]["time"] <= until:
        found.append(funding.pop(0))
    return found


def at_the_open(
    desk: dict[str, Any], bar: dict[str, Any], signal: dict[str, Any], stamps: list[Any], marks: Any
) -> None:
    for stamp in stamps:
        if desk["position"] is not None:
            price = marks.get(stamp["time"], bar["open"])
            amount = desk["position"]["quantity"] * price * stamp["rate"]
            if desk["position"]["side"] == "short":
                amount = -amount
            desk["cash"] -= amount
            desk["position"]["funding"] += amount

    entries = [side for side in ("long", "short") if signal[side + "_entry"]]
    entry = entries[0] if len(entries) == 1 else None
    if desk["position"] is not None:
        side = desk["position"]["side"]
        if signal[side + "_exit"] and entry == side:
            leave(desk, bar, bar["open"], "re_entry", taking=True)
        elif signal[side + "_exit"]:
            leave(desk, bar, bar["open"], "signal", taking=True)
        elif entry is not None and entry != side:
            leave(desk, bar, bar["open"], "reverse", taking=True)
    if entry is not None and desk["position"] is None:
        enter(desk, bar, signal, entry)


def enter(desk: dict[str, Any], bar: dict[str, Any], signal: dict[str, Any], side: str) -> None:
    costs = desk["costs"]
    worse = 1 + costs["slippage"] if side == "long" else 1 - costs["slippage"]
    fill = bar["open"] * worse
    share = 1.0 if signal["size"] is None else signal["size"]
    quantity = share * desk["cash"] / (fill * (1 + costs["taker"]))
    if quantity <= 0:
        return
    fee = quantity * fill * costs["taker"]
    desk["cash"] -= fee
    desk["notional"] += quantity * fill
    desk["position"] = {
        "side": side,
        "bar": bar["number"],
        "fill": fill,
        "quantity": quantity,
        "stop_loss": signal["stop_loss"],
        "take_profit": signal["take_profit"],
        "trailing_stop": signal["trailing_stop"],
        "extremes": [fill],
        "fees": fee,
        "slippage": quantity * abs(fill - bar["open"]),
        "funding": 0.0,
    }


def inside_the_bar(desk: dict[str, Any], bar: dict[str, Any]) -> None:
    position = desk["position"]
    fill = position["fill"]
    if position["side"] == "long":
        stops = {}
        if position["stop_loss"] is not None:
            stops["stop_loss"] = fill * (1 - position["stop_loss"])
        if position["trailing_stop"] is not None:
            stops["trailing_stop"] = max(position["extremes"]) * (1 - position["trailing_stop"])
        stop = max(stops.values(), default=-math.inf)
        target = math.inf if position["take_profit"] is None else fill * (1 + position["take_profit"])
        stopped_at_open, stopped = bar["open"] <= stop, bar["low"] <= stop
        sold_at_open, sold = bar["open"] >= target, bar["high"] >= target
    else:
        stops = {}
        if position["stop_loss"] is not None:
            stops["stop_loss"] = fill * (1 + position["stop_loss"])
        if position["trailing_stop"] is not None:
            stops["trailing_stop"] = min(position["extremes"]) * (1 + position["trailing_stop"])
        stop = min(stops.values(), default=math.inf)
        target = -math.inf if position["take_profit"] is None else fill * (1 - position["take_profit"])
        stopped_at_open, stopped = bar["open"] >= stop, bar["high"] >= stop
        sold_at_open, sold = bar["open"] <= target, bar["low"] <= target
    which = next((name for name, level in stops.items() if level == stop), "")
    if stopped_at_open:
        leave(desk, bar, bar["open"], which, taking=True)
    elif sold_at_open:
        leave(desk, bar, bar["open"], "take_profit", taking=False)
    elif stopped:
        leave(desk, bar, stop, which, taking=True)
    elif sold:
        leave(desk, bar, target, "take_profit", taking=False)


def leave(desk: dict[str, Any], bar: dict[str, Any], price: float, why: str, taking: bool) -> None:
    position, costs = desk["position"], desk["costs"]
    quantity = position["quantity"]
    fill = price
    if taking:
        fill = price * (1 - costs["slippage"] if position["side"] == "long" else 1 + costs["slippage"])
    fee = quantity * fill * (costs["taker"] if taking else costs["maker"])
    move = fill - position["fill"] if position["side"] == "long" else position["fill"] - fill
    desk["cash"] += quantity * move - fee
    desk["notional"] += quantity * fill
    desk["position"] = None
    fees = position["fees"] + fee
    pnl = quantity * move - fees - position["funding"]
    desk["trades"].append(
        {
            "side": 1 if position["side"] == "long" else -1,
            "entry_bar": position["bar"],
            "exit_bar": bar["number"],
            "entry_price": position["fill"],
            "exit_price": fill,
            "quantity": quantity,
            "pnl": pnl,
            "net_return": pnl / (quantity * position["fill"]),
            "fees": fees,
            "slippage": position["slippage"] + quantity * abs(fill - price),
            "funding": position["funding"],
            "exit_reason": why,
        }
    )


def worth(desk: dict[str, Any], price: float) -> float:
    """Equity at `price`."""
    position = desk["position"]
    if position is None:
        return desk["cash"]
    move = price - position["fill"] if position["side"] == "long" else position["fill"] - price
    return desk["cash"] + position["quantity"] * move


def metrics(desk: dict[str, Any], start: float, interval_ms: int) -> dict[str, float | int | None]:
    """The metrics by the design's definitions."""
    equity, trades, still_open = desk["equity"], desk["trades"], desk["position"]
    count = len(equity)
    returns = [b / a - 1 if a > 0 else 0.0 for a, b in itertools.pairwise(equity)]
    mean = math.fsum(returns) / len(returns)
    per_year = YEAR_MS / interval_ms
    std = None
    if len(returns) > 1:
        std = math.sqrt(math.fsum((r - mean) ** 2 for r in returns) / (len(returns) - 1))
    falls = math.sqrt(math.fsum(r * r for r in returns if r < 0) / len(returns))

    peak, deepest, below, longest = start, 0.0, 0, 0
    for value in equity:
        peak = max(peak, value)
        fall = 1 - value / peak
        deepest = max(deepest, fall)
        below = below + 1 if fall > 1e-12 else 0
        longest = max(longest, below)
    deepest = min(1.0, deepest)

    years = count * interval_ms / YEAR_MS
    try:
        annual = -1.0 if equity[-1] <= 0 else (equity[-1] / start) ** (1 / years) - 1
    except OverflowError:
        annual = None

    ordered = sorted(returns)
    place = 0.05 * (len(returns) - 1)
    below_place = math.floor(place)
    above_place = math.ceil(place)
    quantile = ordered[below_place] + (ordered[above_place] - ordered[below_place]) * (place - below_place)
    tail = [r for r in ordered if r <= quantile]

    wins = [t["pnl"] for t in trades if t["pnl"] > 0]
    losses = [t["pnl"] for t in trades if t["pnl"] < 0]

    def total(what: str) -> float:
        return math.fsum(t[what] for t in trades) + (still_open[what] if still_open else 0.0)

    return {
        "total_return": equity[-1] / start - 1,
        "annual_return": annual,
        "annual_volatility": None if std is None else std * math.sqrt(per_year),
        "sharpe": None if std is None or std < 1e-14 else mean / std * math.sqrt(per_year),
        "sortino": None if falls < 1e-14 else mean / falls * math.sqrt(per_year),
        "calmar": None if annual is None or deepest < 1e-12 else annual / deepest,
        "max_drawdown": deepest,
        "max_drawdown_bars": longest,
        "var_95": max(0.0, -quantile),
        "cvar_95": max(0.0, -math.fsum(tail) / len(tail)),
        "trades": len(trades),
        "win_rate": len(wins) / len(trades) if trades else None,
        "profit_factor": math.fsum(wins) / -math.fsum(losses) if losses else None,
        "expectancy": math.fsum(t["net_return"] for t in trades) / len(trades) if trades else None,
        "exposure": desk["bars_held"] / count,
        "turnover": desk["notional"] / (math.fsum(max(0.0, value) for value in equity) / count),
        "fees_paid": total("fees"),
        "slippage_paid": total("slippage"),
        "funding_paid": total("funding"),
    }
