"""Colours and type of the report. One accent; rust for what was lost; everything else is ink on paper."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path


def _steps(name: str, *colours: str) -> dict[str, str]:
    return {f"{name}{i}": colour for i, colour in enumerate(colours, 1)}


LIGHT = {
    "paper": "#fdfcf9",
    "ink": "#1c1d1f",
    "muted": "#5c6066",
    "hair": "#e3e0d8",
    "range": "#d5d2ca",
    "close": "#6a6d72",
    "own": "#1f4f8f",
    "fell": "#a6441d",
    "wash": "#f1d9cd",
    "band": "#cfdded",
    "alarm": "#a6281d",
    "on-alarm": "#ffffff",
    "shade": "#f4f2ec",
    **_steps("up", "#edf2f8", "#d9e5f1", "#bcd2e8", "#9bbcdc", "#7aa5cf"),
    **_steps("down", "#faf0ea", "#f5e0d5", "#eec8b5", "#e6ae93", "#dc9473"),
}
DARK = {
    "paper": "#15171a",
    "ink": "#e8e6e1",
    "muted": "#a3a7ad",
    "hair": "#2b2f34",
    "range": "#3a3f45",
    "close": "#989ca2",
    "own": "#82b1ea",
    "fell": "#e8956d",
    "wash": "#3d2a22",
    "band": "#263a52",
    "alarm": "#c4382b",
    "on-alarm": "#ffffff",
    "shade": "#1c1f23",
    **_steps("up", "#1a222c", "#1d2b3c", "#20374f", "#244565", "#29557f"),
    **_steps("down", "#292019", "#38271f", "#4b2f23", "#623a29", "#7b472f"),
}


FONTS = {
    "serif": 'Charter,"Bitstream Charter","Iowan Old Style","Source Serif 4",Cambria,Georgia,'
    '"Liberation Serif",serif',
    "sans": 'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,sans-serif',
}


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


def _sheet(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8").replace("\n", "")


_FIGURE, _PICTURE = _sheet("figure.css"), _sheet("picture.css")
_TINTS = [name for name in LIGHT if name[-1].isdigit()]
STYLE = (
    f":root{{color-scheme:light dark;{_variables(LIGHT | FONTS)}}}"
    f"@media screen and (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}"
    f"{_FIGURE}{_sheet('page.css')}"
    + "".join(f".months .{name}{{background:var(--{name})}}" for name in _TINTS)
)


def picture_style(fonts: Mapping[str, str]) -> str:
    """The style of a picture that stands alone, in the light palette and without variables, which not every
    renderer of SVG knows.

    Args:
        fonts: families for `serif` and `sans`.
    """
    tints = "".join(f".cell.{name}{{fill:var(--{name})}}" for name in _TINTS)
    values = {**LIGHT, **fonts}
    return re.sub(r"var\(--([a-z0-9-]+)\)", lambda name: values[name[1]], _FIGURE + _PICTURE + tints)
