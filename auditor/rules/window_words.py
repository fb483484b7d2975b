"""Windows, days and rows in force as words: from when until when, around which day, by which columns."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.rules import model as m
from auditor.rules.condition_words import Said, Speaker
from auditor.rules.field_words import (
    capital,
    column_words,
    is_plural,
    key_words,
    role_words,
    row_words,
    spoken,
    subject,
    table_words,
)
from auditor.rules.fields import ROW_NEEDED

_DAYS = {"service_day", "service_date", "date_from", "first day"}


def joined(words: Sequence[str], joint: str = "and") -> str:
    """Words in a row: 'patient, provider and setting'."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joint} {words[-1]}" if words else ""


def keys_words(names: Sequence[str]) -> str:
    """Fields by which lines stand together: 'patient, provider and setting'."""
    return joined([key_words(name) for name in names])


def day_words(field: str, role: str) -> str:
    """A date field of a line as a day: 'the first day of the Column 1 line'."""
    name = "first day" if field in _DAYS else key_words(field)
    return f"the {name} of {role_words(role)}"


def _bound(bound: m.Bound, whole_months: str) -> str:
    """One end of a span: '3 days before', '1 day after the day 12 months before', 'the first day of its month'."""
    moved, days = _moved("month", bound.months), _moved("day", bound.days)
    if whole_months:
        start = f"the {whole_months} day of " + (f"the month {moved}" if moved else "its month")
        return f"{days} {start}" if days else start
    if moved and days:
        return f"{days} the day {moved}"
    return moved or days or "the day itself"


def _moved(unit: str, number: int) -> str:
    if not number:
        return ""
    return f"{abs(number)} {unit}{'s' if abs(number) != 1 else ''} {'before' if number < 0 else 'after'}"


def span_words(span: m.Span) -> str:
    """From when until when: 'from 1 day before to 90 days after, both included'."""
    if span.calendar:
        said = f"the calendar {span.calendar} of the day itself"
        edges = m.Bound()
        if span.start == edges and span.end == edges and not span.whole_months:
            return said
        return f"{said}, and of it what lies {_from_to(span)}"
    return _from_to(span)


def _from_to(span: m.Span) -> str:
    whole = ("first", "last") if span.whole_months else ("", "")
    start = "any earlier day" if span.start is None else _bound(span.start, whole[0])
    end = "any later day" if span.end is None else _bound(span.end, whole[1])
    if start == end == "the day itself":
        return "the day itself"
    if span.end == m.Bound() and span.start is not None and span.start.months < 0:
        months = -span.start.months
        if span.whole_months and not span.start.days:
            return f"the calendar month of the day itself and the {_many(months)} before it"
        if not span.whole_months and span.start.days == 1:
            return f"the {_many(months)} that end{'s' if months == 1 else ''} with the day itself"
    return f"from {start} to {end}, both included"


def _many(months: int) -> str:
    return "month" if months == 1 else f"{months} months"


def window_words(window: m.Window, speaker: Speaker) -> Said:
    """A window as one sentence, its spans by the value of a field under it where there are several."""
    name = f"the window “{spoken(window.name)}”" if window.name else "the window"
    if window.citation:
        name += f" (by {window.citation})"
    if window.by is None:
        said = joined([span_words(span) for _, span in window.spans], "or")
        return Said(f"{name} is {said}")
    verb = "are" if is_plural(window.by) else "is"
    parts = [Said(f"where it {verb} {value}: {span_words(span)}") for value, span in window.spans]
    return Said(
        f"{name} goes by {subject(window.by)}",
        (*parts, Said("with any other value, or none, there is no window and so no match")),
    )


def within_words(within: m.Within, speaker: Speaker) -> Said:
    """That a line lies in a window around another one."""
    return Said(
        f"{capital(day_words(within.day, within.role))} lies in a window around "
        f"{day_words(within.anchor, within.of)}",
        (window_words(within.window, speaker),),
    )


def in_force_words(named: str, otherwise: str) -> str:
    """The day for which a row is asked; ``otherwise`` is the day of the match in words."""
    role, dot, _ = named.partition(".")
    if named == "pair.shared_day":
        return "the first day that the two lines share"
    return day_words("service_date", role) if dot else otherwise


def table_said(table: m.TableJoin, otherwise: str) -> Said:
    """The row of a table that a match rests on: which table, on which day, by which columns."""
    day = in_force_words(table.in_force_on, otherwise)
    needed: tuple[Said, ...] = ()
    if table.name in ROW_NEEDED:
        needed = (Said("without such a row the line is not evaluated, which is never a pass"),)
    return Said(
        f"A row of {table_words(table)}, here called {row_words(table.alias)}, is in force on {day}, and an "
        "edition of the table answers for that day",
        (*_columns(table), *needed),
    )


def lookup_said(table: m.TableJoin, otherwise: str) -> Said:
    """A row that is only read where there is one."""
    day = in_force_words(table.in_force_on, otherwise)
    lacking = "Where there is none, what it would say is not known; of several the first is read"
    if table.optional:
        lacking = (
            "Where there is none, or no edition of the table answers for that day, the rule is evaluated all the same "
            "and what the row would say is not known"
        )
    return Said(
        f"Looked up beside it: {row_words(table.alias)} of {table_words(table)} in force on {day}. {lacking}",
        _columns(table),
    )


def _columns(table: m.TableJoin) -> tuple[Said, ...]:
    return tuple(Said(f"its {column_words(column)} is {subject(ref)}") for column, ref in table.on)
