"""The HTML file around a report: its own style and script, and a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib

from engine.backtest.report.html import Markup, el, join


def html_page(title: str, content: Markup, style: str, script: str = "") -> str:
    """A whole page that loads nothing.

    Args:
        style, script: the page's own; the only raw texts in it. Their hashes stand in the policy.
    """
    scripts = f"script-src '{_fingerprint(script)}'; " if script else ""
    policy = (
        f"default-src 'none'; style-src '{_fingerprint(style)}'; {scripts}base-uri 'none'; form-action 'none'"
    )
    head = join(
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="referrer", content="no-referrer"),
        el("title", title),
    )
    ending = f"<script>{script}</script>" if script else ""
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<style>{style}</style></head>\n'
        f"<body>{content}{ending}</body></html>\n"
    )


def _fingerprint(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
