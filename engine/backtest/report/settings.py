"""How a run traded, in words, from the parts `costs` and `trading` of its document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.backtest.report.format import percent, plural

Part = Mapping[str, Any]

_SLIPPAGES = {
    "fixed": "{bps:g} bps",
    "half_spread": "half of a spread of {spread_bps:g} bps",
    "volatility": "{share:g} of the last bar's range",
    "impact": "{coefficient:g} x square-root impact",
}
_SIZINGS = {
    "fraction": "{fraction:g} of equity",
    "notional": "{amount:g} of quote currency",
    "quantity": "{quantity:g} of base currency",
    "volatility": "for an annual volatility of {annual_volatility:g} over {window:g} bars",
    "risk": "for {fraction:g} of equity at risk",
    "kelly": "{share:g} of Kelly's fraction up to {cap:g}",
}
_DEFAULT_SIZING = {"kind": "fraction", "fraction": 1.0}


def slippage_in_words(costs: Part) -> str:
    """The model of slippage with its number."""
    slippage = costs["slippage"]
    return _SLIPPAGES[slippage["model"]].format_map(slippage)


def trading_in_words(trading: Part) -> str:
    """Everything that is not as in a plain run; empty where nothing is."""
    said: list[str] = []
    margin, sizing, scaling = (trading.get(name) for name in ("margin", "sizing", "drawdown_scaling"))
    if margin:
        said.append(f"{margin['leverage']:g}x leverage")
    if sizing and sizing != _DEFAULT_SIZING:
        said.append(f"size {_SIZINGS[sizing['kind']].format_map(sizing)}")
    if scaling:
        said.append(f"size shrinks to {scaling['floor']:g} at a drawdown of {percent(scaling['limit'])}")
    execution: Part = trading.get("execution") or {}
    if execution.get("latency_bars"):
        said.append(f"latency {plural(execution['latency_bars'], 'bar')}")
    if execution.get("participation"):
        said.append(f"at most {percent(execution['participation'])} of a bar's volume")
    if trading.get("filters"):
        said.append("order filters")
    return ", ".join(said)
