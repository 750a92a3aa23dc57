"""One question where a request says nothing to trade on; an honest answer where a kind is not there yet."""

from __future__ import annotations

from engine.strategy.compose.model import Question
from engine.strategy.compose.words import Text, phrase

_OPTIONS = (
    "trend: EMA 20 crosses EMA 100, stop loss 3%",
    "breakout of the 20 bar high, exit at the 10 bar low, stop 2 ATR",
    "mean reversion: buy below the lower Bollinger band (20, 2), sell at the middle band, stop loss 3%",
    "oscillator: buy when RSI(14) drops below 30, sell when it rises above 70, stop loss 3%",
    "momentum: MACD 12 26 9 crosses its signal line, only above the 200 EMA",
)
_KINDS = {
    "grid": r"grid(?:s|ding)?(?: (?:trading|bot|strategy|levels))*",
    "DCA": r"dca(?:s|ing)?|dollar cost(?: averag(?:e|ing))?|cost averag(?:e|ing)|average down|averaging down",
    "martingale": r"(?:anti )?martingales?",
    "market making": r"market mak(?:ing|er|ers)",
    "arbitrage": r"(?:stat(?:istical)? )?arb(?:itrage)?|pairs? trad(?:ing|e)",
    "machine learning": (
        r"machine learning|neural net(?:work)?s?|deep learning|lstm|reinforcement learning"
        r"|xgboost"
    ),
}
_READY = {"grid", "DCA"}
_INSTEAD = {
    "grid": (
        "buy below the lower Bollinger band (20, 2) and sell at the middle band, stop loss 5%",
        "buy when RSI(14) drops below 30 and sell when it rises above 60, half size",
        "buy when the price is 3% below the 50 SMA and sell when it is above the 50 SMA",
    ),
    "DCA": (
        "buy on monday and sell on friday, size 20%",
        "buy when the price drops 5% in 24 hours and sell when it is above the 20 SMA, half size",
        "buy when the price is above the 200 SMA and sell when it is below",
    ),
}


def unavailable(text: Text) -> Question | None:
    """An answer for a kind of strategy that cannot be composed; None when the request asks for none."""
    for kind, pattern in _KINDS.items():
        match = text.find(phrase(pattern))
        if match is None:
            continue
        before = text.norm[: match.start()].split()[-3:]
        if {"no", "not", "without", "never"} & set(before):
            text.use(*match.span())
            continue
        if kind in _READY:
            return Question(
                f"A {kind} strategy follows its own orders, so it comes as a ready strategy "
                "of the library in a later version; the composer cannot write one. "
                "Which of these signal strategies instead?",
                _INSTEAD[kind],
            )
        return Question(
            f"The composer cannot write {kind}: it knows rules on indicators, price, volume and time. "
            "Which of these instead?",
            _OPTIONS,
        )
    return None


def question_for(text: Text) -> Question:
    """The one question: what should make it buy?"""
    empty = not any(token.word.isalnum() for token in text.tokens)
    start = "The request is empty." if empty else "The request does not say when to buy or sell."
    return Question(f"{start} What should make the strategy enter a position?", _OPTIONS)
