"""Several markets on one account once more, slowly, in dicts and loops, from docs/engine.md alone.

Nothing of the engine is imported here. None stands for "none" where the engine has NaN. A position is the
list of its fills: (quantity, price, fee), with a negative quantity for what reduced it.
"""

from __future__ import annotations

import itertools
import math
import statistics
from typing import Any

Market = dict[str, Any]
TINY = 1e-9


def run(markets: list[Market], plan: dict[str, Any], cash: float, stop_first: bool = True) -> dict[str, Any]:
    """Walk the time line.

    A market has bars (dicts with time, open, high, low, close), signals (a dict per bar), stamps (dicts with
    time, rate, mark), maker, taker, and slippage (one fraction per bar). The plan has weight (a function that
    yields each market's weight from the bars seen so far), every (None for never) and band.
    """
    for market in markets:
        market |= {"seen": [], "held": None, "closed": [], "funding": 0.0, "ready": list(market["stamps"])}
    state: dict[str, Any] = {"markets": markets, "cash": cash, "stop_first": stop_first}
    state |= {
        "equity": [],
        "trades": [],
        "cut": 0,
        "ambiguous": 0,
        "ruined": False,
        "bars_held": 0,
        "pnl": [],
    }
    state["rebalanced"] = [0] * len(markets)
    times = sorted({bar["time"] for market in markets for bar in market["bars"]})
    for number, time in enumerate(times):
        weights = plan["weight"](markets)
        live = []
        for market in markets:
            place = len(market["seen"])
            if place < len(market["bars"]) and market["bars"][place]["time"] == time:
                market["now"] = market["bars"][place]
                market["price"] = market["now"]["open"]
                live.append(market)
        one_open(state, live, weights, plan, number)
        state["bars_held"] += any(market["held"] for market in markets)
        for market in live:
            inside(state, market)
            market["price"] = market["now"]["close"]
            market["seen"].append(market["now"])
        if worth(state) <= 0:
            state["ruined"] = True
            for market in markets:
                if market["held"]:
                    shut(state, market, market["price"], "ruined")
            rest = len(times) - number
            state["equity"] += [worth(state)] * rest
            state["pnl"] += [[earned(market) for market in markets]] * rest
            break
        for market in live:
            if market["held"]:
                market["held"]["extremes"].append(market["now"])
        state["equity"].append(worth(state))
        state["pnl"].append([earned(market) for market in markets])
    return state


def one_open(state: Any, live: list[Market], weights: list[float], plan: Any, number: int) -> None:
    markets = state["markets"]
    for market in live:
        if not market["seen"]:
            while market["ready"] and market["ready"][0]["time"] <= market["now"]["time"]:
                market["ready"].pop(0)
            continue
        while market["ready"] and market["ready"][0]["time"] <= market["now"]["time"]:
            stamp = market["ready"].pop(0)
            if market["held"]:
                price = market["now"]["open"] if stamp["mark"] is None else stamp["mark"]
                paid = market["held"]["sign"] * amount(market["held"]) * price * stamp["rate"]
                market["funding"] += paid
                market["held"]["funding"] += paid
        signal, entry = last_signal(market)
        if market["held"]:
            side = market["held"]["side"]
            if signal[side + "_exit"]:
                shut(state, market, market["price"], "re_entry" if entry == side else "signal")
            elif entry and entry != side:
                shut(state, market, market["price"], "reverse")

    equity = worth(state)
    free = equity - sum(value(market) for market in markets)
    for market in live:
        if not market["seen"] or market["held"]:
            continue
        signal, entry = last_signal(market)
        weight = weights[markets.index(market)]
        size = 1.0 if signal["size"] is None else signal["size"]
        if entry is None or weight * size * equity <= 0:
            continue
        spend = min(weight * size * equity, free if free > TINY * equity else 0.0)
        if spend < weight * size * equity * (1 - TINY):
            state["cut"] += 1
        if spend > 0:
            begin(market, signal, entry, size, spend)
            free -= spend

    if plan["every"] and number and number % plan["every"] == 0:
        put_right(state, live, weights, plan["band"])


def last_signal(market: Market) -> tuple[dict[str, Any], str | None]:
    signal = market["signals"][len(market["seen"]) - 1]
    entries = [side for side in ("long", "short") if signal[side + "_entry"]]
    return signal, entries[0] if len(entries) == 1 else None


def slipped(market: Market, price: float, buying: bool) -> float:
    # At the end of a run that is ruined the last bar is already among those seen.
    place = market["bars"].index(market["now"])
    return price * (1 + market["slippage"][place] if buying else 1 - market["slippage"][place])


def begin(market: Market, signal: dict[str, Any], side: str, size: float, spend: float) -> None:
    fill = slipped(market, market["price"], side == "long")
    sign = 1 if side == "long" else -1
    quantity = spend / (fill * (1 + market["taker"]))
    market["held"] = {
        "side": side,
        "sign": sign,
        "size": size,
        "bar": len(market["seen"]),
        "fills": [(quantity, fill, quantity * fill * market["taker"])],
        "slippage": quantity * abs(fill - market["price"]),
        "funding": 0.0,
        "stop": None if signal["stop_loss"] is None else fill * (1 - sign * signal["stop_loss"]),
        "target": None if signal["take_profit"] is None else fill * (1 + sign * signal["take_profit"]),
        "trail": signal["trailing_stop"],
        "extremes": [{"high": fill, "low": fill}],
    }


def put_right(state: Any, live: list[Market], weights: list[float], band: float) -> None:
    equity = worth(state)
    away = {}
    for place, market in enumerate(state["markets"]):
        if market in live and market["held"] and weights[place] > 0 and equity > 0:
            distance = value(market) - weights[place] * market["held"]["size"] * equity
            if abs(distance) > max(band, TINY) * equity:
                away[place] = distance
    for place, distance in away.items():
        market = state["markets"][place]
        if distance > 0:
            fill = slipped(market, market["price"], market["held"]["side"] == "short")
            add_fill(market, -distance / market["price"], fill, market["taker"])
            state["rebalanced"][place] += 1
    free = worth(state) - sum(value(market) for market in state["markets"])
    for place, distance in away.items():
        market = state["markets"][place]
        if distance < 0 and free > TINY * equity:
            fill = slipped(market, market["price"], market["held"]["side"] == "long")
            quantity = min(-distance / market["price"], free / (fill * (1 + market["taker"])))
            add_fill(market, quantity, fill, market["taker"])
            free -= quantity * fill * (1 + market["taker"])
            state["rebalanced"][place] += 1


def add_fill(market: Market, quantity: float, fill: float, rate: float) -> None:
    market["held"]["fills"].append((quantity, fill, abs(quantity) * fill * rate))
    market["held"]["slippage"] += abs(quantity) * abs(fill - market["price"])


def inside(state: Any, market: Market) -> None:
    held, bar = market["held"], market["now"]
    if not held:
        return
    long = held["side"] == "long"
    stops = {}
    if held["stop"] is not None:
        stops["stop_loss"] = held["stop"]
    if held["trail"] is not None:
        if long:
            stops["trailing_stop"] = max(seen["high"] for seen in held["extremes"]) * (1 - held["trail"])
        else:
            stops["trailing_stop"] = min(seen["low"] for seen in held["extremes"]) * (1 + held["trail"])
    tighter = max if long else min
    stop = tighter(stops.values()) if stops else None
    why = next((name for name, level in stops.items() if level == stop), "")
    target = held["target"]

    def beyond_stop(price: float) -> bool:
        return stop is not None and (price <= stop if long else price >= stop)

    def beyond_target(price: float) -> bool:
        return target is not None and (price >= target if long else price <= target)

    if beyond_stop(bar["open"]):
        shut(state, market, bar["open"], why)
    elif beyond_target(bar["open"]):
        shut(state, market, bar["open"], "take_profit")
    else:
        bad, good = (bar["low"], bar["high"]) if long else (bar["high"], bar["low"])
        state["ambiguous"] += beyond_stop(bad) and beyond_target(good)
        for which in ("stop", "target") if state["stop_first"] else ("target", "stop"):
            if which == "stop" and beyond_stop(bad):
                shut(state, market, stop, why)
                return
            if which == "target" and beyond_target(good):
                shut(state, market, target, "take_profit")
                return


def shut(state: Any, market: Market, price: float, why: str) -> None:
    held = market["held"]
    quantity, aimed = amount(held), price
    if why == "take_profit":
        fill, rate = price, market["maker"]
    else:
        fill, rate = slipped(market, price, held["side"] == "short"), market["taker"]
    held["fills"].append((-quantity, fill, quantity * fill * rate))
    held["slippage"] += quantity * abs(fill - aimed)
    into = [(q, p) for q, p, _ in held["fills"] if q > 0]
    out = [(-q, p) for q, p, _ in held["fills"] if q < 0]
    bought, sold = (math.fsum(q * p for q, p in side) for side in (into, out))
    fees = math.fsum(fee for _, _, fee in held["fills"])
    total = math.fsum(q for q, _ in into)
    trade = {
        "market": state["markets"].index(market),
        "side": held["sign"],
        "entry_bar": held["bar"],
        "exit_bar": market["bars"].index(market["now"]),
        "entry_price": bought / total,
        "exit_price": sold / math.fsum(q for q, _ in out),
        "quantity": total,
        "fees": fees,
        "slippage": held["slippage"],
        "funding": held["funding"],
        "pnl": held["sign"] * (sold - bought) - fees - held["funding"],
        "exit_reason": why,
    }
    state["trades"].append(trade)
    market["closed"].append(held)
    market["held"] = None


def amount(held: dict[str, Any]) -> float:
    return math.fsum(quantity for quantity, _, _ in held["fills"])


def value(market: Market) -> float:
    return amount(market["held"]) * market["price"] if market["held"] else 0.0


def earned(market: Market) -> float:
    """What a market has brought, from its fills alone; what is held counts at its price."""
    total = -market["funding"]
    for held in [*market["closed"], *([market["held"]] if market["held"] else [])]:
        for quantity, price, fee in held["fills"]:
            total -= held["sign"] * quantity * price + fee
    if market["held"]:
        total += market["held"]["sign"] * value(market)
    return total


def worth(state: dict[str, Any]) -> float:
    return state["cash"] + math.fsum(earned(market) for market in state["markets"])


def equal_weight(markets: list[Market]) -> list[float]:
    return [1 / len(markets)] * len(markets)


def fixed(weights: list[float]) -> Any:
    return lambda markets: weights


def inverse_volatility(window: int) -> Any:
    """A function that yields the weights from the bars seen so far."""

    def weight(markets: list[Market]) -> list[float]:
        calm = []
        for market in markets:
            closes = [bar["close"] for bar in market["seen"]][-window - 1 :]
            returns = [b / a - 1 for a, b in itertools.pairwise(closes)]
            spread = statistics.stdev(returns) if len(returns) == window else 0.0
            calm.append(1 / spread if spread > 0 else 0.0)
        return [share / sum(calm) if sum(calm) > 0 else 0.0 for share in calm]

    return weight
