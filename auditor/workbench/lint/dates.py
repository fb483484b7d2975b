"""R3: dates that contradict each other, and parameters without a value when they are asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from auditor.engine.plain_windows import laid
from auditor.rules import model as m
from auditor.workbench.lint.messages import Found, Register
from auditor.workbench.lint.subject import Subject

register = Register()


def _day(subject: Subject, *keys: str) -> date | None:
    value = subject.under(*keys)
    return value if isinstance(value, date) else None


@register.check(
    "R301",
    "ends-before-it-begins",
    "error",
    "the file would never be in force",
    "correct one of the two dates",
)
def ends_before_it_begins(subject: Subject) -> Iterator[Found]:
    """Effective dates, or those of an override, the wrong way round."""
    for block, first, last in (("effective", "from", "to"), ("override", "from", "expires")):
        start, end = _day(subject, block, first), _day(subject, block, last)
        if start is not None and end is not None and end < start:
            yield Found((block, last), f"`{block}` ends on {end} and begins on {start}", value=True)


def _periods(subject: Subject) -> Iterator[tuple[str, list[tuple[str, date]]]]:
    block = subject.under("parameters")
    for name, periods in block.items() if isinstance(block, dict) else ():
        starts = []
        for key in periods if isinstance(periods, dict) else ():
            try:
                starts.append((key, date.fromisoformat(key)))
            except ValueError:
                continue
        if starts:
            yield name, starts


@register.check(
    "R302", "dates-out-of-order", "warning", "a reader takes the last one for the newest",
    "put the dates in ascending order",
)  # fmt: skip
def dates_out_of_order(subject: Subject) -> Iterator[Found]:
    """Dates of a parameter that do not ascend in the file."""
    for name, starts in _periods(subject):
        for (_, before), (key, start) in pairwise(starts):
            if start < before:
                yield Found(("parameters", name, key), f"{start} stands after {before}")


@register.check(
    "R303", "no-value-at-first", "warning",
    "before a parameter's first date nothing is in its list, so what rests on it never holds",
    "add the earlier value, begin the rule later, or show in a case before that date that this is meant",
)  # fmt: skip
def no_value_at_first(subject: Subject) -> Iterator[Found]:
    """A parameter whose first value comes later than the rule itself."""
    begins = _day(subject, "effective", "from")
    days = [
        line.get("date_from")
        for _, case in subject.mappings("tests")
        for line in _mappings(case.get("lines"))
    ]
    for name, starts in _periods(subject):
        first = min(start for _, start in starts)
        key = next(key for key, start in starts if start == first)
        if begins is not None and first > begins:
            shown = any(isinstance(day, date) and begins <= day < first for day in days)
            if not shown:
                yield Found(
                    ("parameters", name, key),
                    f"`${name}` has no value from {begins}, when the rule begins, until {first}",
                )


def _mappings(value: object) -> list[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


@register.check(
    "R304", "value-never-in-force", "warning", "the value lies outside the rule's effective dates",
    "remove it, or correct the dates of the rule",
)  # fmt: skip
def value_never_in_force(subject: Subject) -> Iterator[Found]:
    """A value of a parameter that is over before the rule begins, or begins after it ends."""
    begins, ends = _day(subject, "effective", "from"), _day(subject, "effective", "to")
    for name, listed in _periods(subject):
        starts = sorted(listed, key=lambda pair: pair[1])
        for at, (key, start) in enumerate(starts):
            until = starts[at + 1][1] if at + 1 < len(starts) else None
            if begins is not None and until is not None and until <= begins:
                yield Found(
                    ("parameters", name, key),
                    f"the value of `${name}` from {start} is replaced on {until}, before the rule begins on {begins}",
                )
            if ends is not None and start > ends:
                yield Found(
                    ("parameters", name, key),
                    f"the value of `${name}` from {start} begins after the rule ended on {ends}",
                )


@register.check(
    "R305", "no-value-for-earlier-lines", "warning",
    "a line beside the flagged one is chosen by the value of its own day, and before the first value by none",
    "begin the value where the window does; if earlier lines are not to count, ask service_date under `where`",
)  # fmt: skip
def no_value_for_earlier_lines(subject: Subject) -> Iterator[Found]:
    """A parameter that chooses the lines beside the flagged one, and has no value on the first days they may be of."""
    rule, begins = subject.rule, _day(subject, "effective", "from")
    if rule is None or rule.match is None:
        return
    firsts = {name: (min(starts, key=lambda pair: pair[1])) for name, starts in _periods(subject)}
    for where, spans in _looking_back(rule.match):
        if {"date_from", "service_date", "service_day"} & {ref.name for ref in m.fields_read(where)}:
            continue
        for name in sorted(m.parameters_of(where) & firsts.keys()):
            key, first = firsts[name]
            asked = [laid(span, begins or first)[0] for span in spans]
            earliest = date.min if None in asked else min(day for day in asked if day is not None)
            if earliest < first:
                since = f"from {earliest}" if earliest > date.min else "of any day"
                yield Found(
                    ("parameters", name, key),
                    f"lines {since} may stand in the window, and `${name}` chooses none of before {first}",
                )


def _looking_back(match: m.Match) -> Iterator[tuple[m.Condition, list[m.Span]]]:
    """The conditions on lines beside the flagged one, with the spans in which these lie."""
    if match.sequence is not None:
        yield match.sequence.where, [span for _, span in match.sequence.window.spans]
    if match.total is not None and match.total.window is not None:
        yield match.total.where, [span for _, span in match.total.window.spans]
    elif match.total is not None and match.total.period in {"month", "year"}:
        yield match.total.where, [m.Span(calendar="year" if match.total.period == "year" else "month")]
    for partner in (match.absent, match.because):
        if partner is not None and partner.within is not None:
            yield partner.where, [span for _, span in partner.within.window.spans]
