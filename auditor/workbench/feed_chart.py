"""The chart of dollars by month: where its columns and lines stand. The page's template draws it, as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from auditor.base.money import format_usd
from auditor.claims.profile.model import Month
from auditor.workbench.feed_layout import counted

WIDTH: Final = 960
HEIGHT: Final = 250
_TOP, _FLOOR, _LEFT = 16, 214, 84
_LABEL_WIDTH = 62
_STEPS = (1, 2, 5, 10)
AMOUNTS: Final = (("paid", "Paid"), ("allowed", "Allowed"), ("charge", "Charged"))


@dataclass(frozen=True)
class Column:
    """One month: its place and size, its label (empty where there is no room for one), and its figures in words."""

    x: str
    y: str
    width: str
    height: str
    middle: str
    label: str
    hint: str


@dataclass(frozen=True)
class Tick:
    """A line across the chart at an amount."""

    y: str
    figure: str


@dataclass(frozen=True)
class Chart:
    """``what`` is drawn: paid, else allowed, else charged dollars. A sum below zero has no column."""

    what: str
    said: str
    columns: tuple[Column, ...]
    ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = _FLOOR
    left: int = _LEFT


def chart_of(months: Sequence[Month]) -> Chart | None:
    """The chart of these months, or years; None where there is none, or no dollar in any."""
    for name, what in AMOUNTS:
        values = [getattr(month.amounts, name) or 0 for month in months]
        if any(value > 0 for value in values):
            return _drawn(what, months, values)
    return None


def _drawn(what: str, months: Sequence[Month], values: Sequence[int]) -> Chart:
    ticks = _ticks(max(values))
    whole = ticks[-1]
    slot = (WIDTH - _LEFT) / len(months)
    wide = min(36.0, slot * 0.72)
    every = max(1, -(-len(months) * _LABEL_WIDTH // (WIDTH - _LEFT)))
    columns = []
    for place, (month, value) in enumerate(zip(months, values, strict=True)):
        tall = (_FLOOR - _TOP) * max(value, 0) / whole
        if value > 0:
            tall = max(tall, 1.0)
        middle = _LEFT + slot * (place + 0.5)
        columns.append(
            Column(
                f"{middle - wide / 2:.1f}",
                f"{_FLOOR - tall:.1f}",
                f"{wide:.1f}",
                f"{tall:.1f}",
                f"{middle:.1f}",
                month.month if place % every == 0 else "",
                f"{month.month}: {format_usd(value)} on {counted(month.amounts.lines, 'line')}",
            )
        )
    said = (
        f"{what} dollars of the audited lines, from {months[0].month} to {months[-1].month}; the most is "
        f"{format_usd(max(values))}. The table below has every figure."
    )
    lines = tuple(Tick(f"{_FLOOR - (_FLOOR - _TOP) * tick / whole:.1f}", _short(tick)) for tick in ticks)
    return Chart(what, said, tuple(columns), lines)


def _ticks(most: int) -> list[int]:
    """Round amounts in cents, from the first above zero to the first that is not below ``most``: two to five."""
    power = 100
    while power * 40 < most:
        power *= 10
    step = next(power * by for by in (*_STEPS, 20) if power * by * 4 >= most)
    return [step * count for count in range(1, -(-most // step) + 1)]


def _short(cents: int) -> str:
    """A round amount in few characters: $500, $20K, $1.5M."""
    dollars = cents // 100
    for size, letter in ((10**9, "B"), (10**6, "M"), (10**3, "K")):
        if dollars >= size:
            whole, rest = divmod(dollars * 10 // size, 10)
            return f"${whole:,}.{rest}{letter}" if rest else f"${whole:,}{letter}"
    return f"${dollars:,}"
