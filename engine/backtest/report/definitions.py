"""Metrics as a reader meets them: label, unit and one line of definition, in the order they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.backtest.report.format import count, number, percent

Unit = Literal["gain", "share", "ratio", "count", "money"]


@dataclass(frozen=True, slots=True)
class Definition:
    """How one metric is named, shown and defined. `gain` is a signed fraction, `share` an unsigned one."""

    name: str
    label: str
    unit: Unit
    text: str

    def shown(self, value: float | None) -> str:
        """The value in its unit."""
        if self.unit == "gain":
            return percent(value, signed=True)
        if self.unit == "share":
            return percent(value)
        return count(value) if self.unit == "count" else number(value)


DEFINITIONS = (
    Definition("total_return", "Total return", "gain", "Final equity over starting cash, less one."),
    Definition("annual_return", "Annual return", "gain", "Total return compounded to 365 days."),
    Definition(
        "annual_volatility", "Annual volatility", "share", "Deviation of per-bar returns, scaled to 365 days."
    ),
    Definition(
        "sharpe", "Sharpe ratio", "ratio", "Mean over deviation of per-bar returns, rate 0, scaled to a year."
    ),
    Definition(
        "sortino", "Sortino ratio", "ratio", "As Sharpe, over the root mean square of the negative returns."
    ),
    Definition("calmar", "Calmar ratio", "ratio", "Annual return over the largest drawdown."),
    Definition("max_drawdown", "Max drawdown", "share", "Largest fall of equity from an earlier peak."),
    Definition(
        "max_drawdown_bars", "Longest drawdown", "count", "Most bars in a row with equity below its peak."
    ),
    Definition("var_95", "VaR 95%", "share", "Per-bar loss that one bar in twenty exceeds."),
    Definition("cvar_95", "CVaR 95%", "share", "Mean loss of the worst twentieth of the bars."),
    Definition("trades", "Closed trades", "count", "A position still open at the end is not counted."),
    Definition("win_rate", "Win rate", "share", "Share of closed trades with a net profit above zero."),
    Definition("profit_factor", "Profit factor", "ratio", "Sum of the net gains over sum of the net losses."),
    Definition("expectancy", "Expectancy", "gain", "Mean net return of a closed trade."),
    Definition("exposure", "Exposure", "share", "Share of bars with a position."),
    Definition("turnover", "Turnover", "ratio", "Traded notional over mean equity."),
    Definition("fees_paid", "Fees paid", "money", "Maker and taker fees, quote currency."),
    Definition(
        "slippage_paid", "Slippage paid", "money", "Worse fills than the aimed price, quote currency."
    ),
    Definition(
        "funding_paid", "Funding paid", "money", "Funding settlements, quote currency; negative: received."
    ),
)

BY_NAME = {definition.name: definition for definition in DEFINITIONS}
