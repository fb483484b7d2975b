"""The funnel: each provider's rate of findings against its number of lines, between the limits of its peers."""

from __future__ import annotations

import math
from html import escape
from typing import Final

from markupsafe import Markup

from auditor.reports.charts import WIDTH, svg, text
from auditor.reports.peers import Peer, Peers
from auditor.reports.strings import Strings
from auditor.reports.wording import percent

MOST_POINTS: Final = 600
_LEFT, _RIGHT, _TOP, _FLOOR, _HEIGHT = 46.0, 12.0, 14.0, 240.0, 276.0
_STEPS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5)


def funnel(say: Strings, name: str, peers: Peers) -> Markup:
    """The chart of `peers`; all that lie outside are drawn, the others as far as there is room, largest first."""
    if not peers.providers:
        return Markup("")
    above = set(peers.above)
    inside = sorted((p for p in peers.providers if p not in above), key=lambda p: (-p.lines, p.npi))
    drawn = [*inside[: max(MOST_POINTS - len(above), 0)], *peers.above[:MOST_POINTS]]
    most, least = max(p.lines for p in peers.providers), min(p.lines for p in peers.providers)
    top = min(
        1.0, max(max(p.rate for p in drawn), max(high for _, _, high in peers.curve[-1:]), 0.001) * 1.08
    )

    def x(lines: float) -> float:
        wide = WIDTH - _LEFT - _RIGHT
        return _LEFT + (wide * math.log(lines / least) / math.log(most / least) if most > least else wide / 2)

    def y(rate: float) -> float:
        return _FLOOR - (_FLOOR - _TOP) * min(max(rate, 0.0), top) / top

    parts = [f'<line class="axis" x1="{_LEFT}" y1="{_FLOOR}" x2="{WIDTH}" y2="{_FLOOR}"/>']
    step = next((step for step in _STEPS if top / step <= 5), 0.5)
    for number in range(1, int(top / step) + 1):
        at = y(number * step)
        parts.append(f'<line class="grid" x1="{_LEFT}" y1="{at:.1f}" x2="{WIDTH}" y2="{at:.1f}"/>')
        parts.append(text(_LEFT - 6, at + 4, f"{100 * number * step:.0f}%", "small", "end"))
    for edge in (1, 2):
        points = " ".join(f"{x(size):.1f},{y((low, high)[edge - 1]):.1f}" for size, low, high in peers.curve)
        parts.append(f'<polyline class="limit" points="{points}"/>')
    share = peers.found / peers.lines
    parts.append(
        f'<line class="mean" x1="{_LEFT}" y1="{y(share):.1f}" x2="{WIDTH - _RIGHT}" y2="{y(share):.1f}"/>'
    )
    parts += [_point(say, peer, x(peer.lines), y(peer.rate), peer in above) for peer in drawn]
    for lines in sorted({least, round(math.sqrt(least * most)), most}):
        anchor = "start" if lines == least else "end" if lines == most else "middle"
        parts.append(text(x(lines), _FLOOR + 16, f"{lines:,}", "small", anchor))
    parts.append(text(WIDTH / 2, _FLOOR + 32, say("charts.funnel_across"), "small", "middle"))
    told = say("charts.funnel_told", above=len(above), providers=f"{len(peers.providers):,}")
    if len(drawn) < len(peers.providers):
        told += say("charts.funnel_drawn", drawn=len(drawn), providers=f"{len(peers.providers):,}")
    told += "".join(f" {_said(say, peer)}." for peer in peers.above[:5])
    return svg(name, say("summary.peers"), say("charts.funnel", told=told), _HEIGHT, "".join(parts))


def _point(say: Strings, peer: Peer, x: float, y: float, above: bool) -> str:
    kind, radius = ("point above", 4.5) if above else ("point", 3.0)
    hint = f"<title>{escape(_said(say, peer))}</title>"
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}">{hint}</circle>'


def _said(say: Strings, peer: Peer) -> str:
    return say(
        "charts.funnel_point", npi=peer.npi, found=f"{peer.found:,}", lines=f"{peer.lines:,}",
        rate=percent(peer.found, peer.lines),
    )  # fmt: skip
