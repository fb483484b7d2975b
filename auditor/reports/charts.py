"""Charts as inline SVG: no script, no style attributes (the page's policy forbids them), every bar with its figure.

Colours come from classes that the page's stylesheet defines, so that charts follow its light and dark theme. Each
chart names itself (`<title>`, `<desc>`) for those who do not see it. Amounts of different classes are drawn apart
and never stacked, since they must not be added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from markupsafe import Markup

from auditor.base.money import format_usd
from auditor.reports.strings import Strings
from auditor.reports.wording import share

WIDTH = 640
_ROW = 38
_TRACK = 500


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it stands for, how long it is, the figure printed beside it, its class of colour."""

    label: str
    value: Decimal | int
    figure: str
    kind: str


def pareto(
    say: Strings, name: str, title: str, bars: Sequence[tuple[str, Decimal]], kind: str, *, most: int = 10
) -> Markup:
    """Dollars by rule, largest first, each with the share that it and those above it make of the whole."""
    ranked = [bar for bar in sorted(bars, key=lambda bar: (-bar[1], bar[0])) if bar[1] > 0]
    whole = sum((value for _, value in ranked), Decimal(0))
    shown, rest = ranked[:most], ranked[most:]
    made: list[Bar] = []
    running = Decimal(0)
    for label, value in shown:
        running += value
        made.append(
            Bar(
                label,
                value,
                say("charts.so_far", dollars=format_usd(value), share=_percent(running, whole, say)),
                kind,
            )
        )
    if rest:
        left = sum((value for _, value in rest), Decimal(0))
        made.append(
            Bar(
                say("charts.further", rules=len(rest)),
                left,
                say("charts.further_so_far", dollars=format_usd(left)),
                "rest",
            )
        )
    few = min(3, len(ranked))
    share_of_few = _percent(sum((value for _, value in ranked[:few]), Decimal(0)), whole, say)
    told = say("charts.pareto_told", first=few, all=len(ranked), share=share_of_few) if few else ""
    return rows(name, title, say("charts.pareto", whole=format_usd(whole), told=told).rstrip(), made)


def waterfall(
    say: Strings, name: str, charge: Decimal | None, paid: Decimal | None, definite: Decimal, probable: Decimal,
    at_risk: Decimal,
) -> Markup:  # fmt: skip
    """From billed to paid to what is in question, whose two parts are parts of what was paid and do not overlap.

    What is at risk is drawn from the left, apart from the stairs, for it may overlap the others.
    """
    bars: list[Bar] = []
    if charge is not None:
        bars.append(Bar(say("charts.billed"), charge, format_usd(charge), "rest"))
    if charge is not None and paid is not None and charge > paid:
        bars.append(Bar(say("charts.not_paid"), charge - paid, format_usd(charge - paid), "void"))
    if paid is not None:
        bars.append(Bar(say("charts.paid"), paid, format_usd(paid), "ink"))
    for key, value, kind in (
        ("definite", definite, "definite"),
        ("probable", probable, "probable"),
        ("at_risk", at_risk, "risk"),
    ):
        of = say("charts.of_paid", share=_percent(value, paid, say)) if paid else ""
        bars.append(
            Bar(say(f"charts.{key}"), value, say("charts.figure", dollars=format_usd(value), share=of), kind)
        )
    told = " ".join(say("charts.told", label=bar.label, figure=bar.figure) for bar in bars)
    return rows(name, say("summary.waterfall"), say("charts.waterfall", told=told), bars, stairs=True)


def coverage(say: Strings, name: str, entries: Sequence[tuple[str, int, int]], *, most: int = 14) -> Markup:
    """(rule, evaluated, in scope) as a filled share of a full bar; the least covered rules first."""

    def gap(entry: tuple[str, int, int]) -> tuple[float, str]:
        return (entry[1] / entry[2] if entry[2] else 2.0, entry[0])

    ranked = sorted(entries, key=gap)
    parts: list[str] = []
    for place, (label, evaluated, eligible) in enumerate(ranked[:most]):
        top = place * _ROW
        filled = _TRACK * evaluated / eligible if eligible else 0
        figure = share(evaluated, eligible) if eligible else say("charts.no_line")
        parts.append(
            text(0, top + 12, _cut(label, 58), "label", whole=label)
            + text(WIDTH, top + 12, figure, "figure", "end")
        )
        parts.append(rect(0, top + 18, WIDTH, 10, "bar missing"))
        parts.append(rect(0, top + 18, filled * WIDTH / _TRACK, 10, "bar evaluated"))
    said = say("charts.coverage")
    if len(ranked) > most:
        said += say("charts.least_covered", most=most, all=len(ranked))
    return svg(name, say("summary.coverage"), said, len(ranked[:most]) * _ROW, "".join(parts))


def months(say: Strings, name: str, entries: Sequence[tuple[str, int, int]]) -> Markup:
    """(month, claims-evident findings, findings that need a record) as pairs of columns."""
    height, floor = 190, 158
    top = max((max(definite, probable) for _, definite, probable in entries), default=0)
    slot = WIDTH / max(len(entries), 1)
    column = min(26.0, slot * 0.38)
    every = max(1, -(-len(entries) * 58 // WIDTH))
    parts = [f'<line class="axis" x1="0" y1="{floor}" x2="{WIDTH}" y2="{floor}"/>']
    for place, (label, definite, probable) in enumerate(entries):
        middle = slot * (place + 0.5)
        for offset, value, kind in ((-column, definite, "definite"), (0.0, probable, "probable")):
            hint = say(
                "charts.column", month=label, findings=f"{value:,}", **{"class": say(f"summary.key_{kind}")}
            )
            tall = (floor - 22) * value / top if top else 0
            x = middle + offset
            parts.append(rect(x + 1, floor - tall, column - 2, tall, f"bar {kind}", hint))
            if value and column >= 14:
                parts.append(text(x + column / 2, floor - tall - 5, f"{value:,}", "small", "middle"))
        if place % every == 0:
            parts.append(text(middle, floor + 18, label, "small", "middle"))
    told = " ".join(
        say("charts.month", month=label, definite=f"{definite:,}", probable=f"{probable:,}")
        for label, definite, probable in entries[-24:]
    )
    said = say("charts.months", told=told).rstrip()
    return svg(name, say("summary.months"), said, height, "".join(parts))


def rows(name: str, title: str, said: str, bars: Sequence[Bar], *, stairs: bool = False) -> Markup:
    """Horizontal bars, label above and figure at the right; with `stairs` each hangs where the one above ends."""
    longest = max((Decimal(bar.value) for bar in bars), default=Decimal(0))
    parts: list[str] = []
    edge = 0.0
    for place, bar in enumerate(bars):
        top = place * _ROW
        wide = float(Decimal(bar.value) / longest) * WIDTH if longest else 0.0
        if bar.value:
            wide = max(wide, 2.0)
        start = _stair(bar.kind, edge, wide) if stairs else 0.0
        if stairs and bar.kind in ("ink", "definite", "probable"):
            edge = wide if bar.kind == "ink" else start
        parts.append(text(0, top + 12, _cut(bar.label, 62), "label", whole=bar.label))
        parts.append(text(WIDTH, top + 12, bar.figure, "figure", "end"))
        parts.append(rect(start, top + 18, wide, 10, f"bar {bar.kind}"))
    return svg(name, title, said, max(len(bars), 1) * _ROW, "".join(parts))


def spark(value: Decimal, longest: Decimal, kind: str) -> Markup:
    """A small bar for a table cell; decoration only, the figure stands beside it."""
    wide = max(float(value / longest) * 100, 1.0) if longest and value else 0.0
    return Markup(
        f'<svg class="spark" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f"{rect(0, 0, wide, 6, f'bar {kind}')}</svg>"
    )


def _stair(kind: str, edge: float, wide: float) -> float:
    """Where a bar of the waterfall begins: what is not paid hangs on the right, what is in question on paid."""
    if kind == "void":
        return WIDTH - wide
    return max(edge - wide, 0.0) if kind in ("definite", "probable") else 0.0


def _percent(part: Decimal, whole: Decimal | None, say: Strings) -> str:
    if not whole:
        return say("charts.no_share")
    percent = 100 * part / whole
    return say("charts.under_tenth") if 0 < percent < Decimal("0.1") else f"{percent:.1f}%"


def _cut(label: str, most: int) -> str:
    return label if len(label) <= most else label[: most - 1].rstrip() + "…"


def text(x: float, y: float, content: str, kind: str, anchor: str = "start", *, whole: str = "") -> str:
    """A text of a chart; `whole` is what it stands for in full where it was cut."""
    hint = f"<title>{escape(whole)}</title>" if whole and whole != content else ""
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{hint}{escape(content)}</text>'
    )


def rect(x: float, y: float, wide: float, tall: float, kind: str, hint: str = "") -> str:
    """A bar."""
    title = f"<title>{escape(hint)}</title>" if hint else ""
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}">{title}</rect>'
    )


def svg(name: str, title: str, said: str, height: float, body: str) -> Markup:
    """A chart that names itself to those who do not see it."""
    return Markup(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-labelledby="{name}-t {name}-d">'
        f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(said)}</desc>{body}</svg>'
    )
