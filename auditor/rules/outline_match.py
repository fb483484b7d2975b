"""The boxes of a match: which lines stand together, how they are counted, which rows they are held against."""

from __future__ import annotations

from auditor.rules import model as m
from auditor.rules.field_words import capital, role_words, row_words, subject, table_words
from auditor.rules.match_words import PERIODS, SUMMED, ordered_words
from auditor.rules.outline_step import UNDER, Step, Teller, window_lines
from auditor.rules.window_words import day_words, in_force_words, joined, keys_words

_DAYS = frozenset({"service_day", "service_date"})


def match_steps(match: m.Match, teller: Teller) -> list[Step]:
    """The boxes between the lines and the conditions; a row that decides the window stands before it."""
    chosen = _choosing(match)
    first = [_looked_up(table, chosen) for table in match.lookups if table.alias == chosen]
    last = [_looked_up(table, "") for table in match.lookups if table.alias != chosen]
    text = _standing(match, teller)
    keys = [Step("keys", _title(match), tuple(text))] if text else []
    return [*first, *keys, *_rows(match, chosen, teller), *last]


def _title(match: m.Match) -> str:
    total = match.sum or match.total
    if total is not None:
        return f"Added up {PERIODS[total.period]}"
    return _TITLES.get(match.form, "Standing together")


_TITLES = {
    "group": "Alike in all of these",
    "sequence": "In the order of first day, claim and line",
    "absent": "None stands beside it",
    "because": "All that stand beside it have fallen",
}


def _standing(match: m.Match, teller: Teller) -> list[str]:
    total = match.sum or match.total
    if total is not None:
        return _added(match, total, teller)
    if match.group is not None:
        group = match.group
        return [
            f"same {keys_words(group.same)}",
            f"in order by {ordered_words(group)}; the first is kept, each later one may be a finding",
            *teller.conditions(group.where, under="only lines for which"),
        ]
    if match.sequence is not None:
        return _counted(match, match.sequence, teller)
    beside = match.absent or match.because
    if beside is not None:
        return [*_beside(match, beside, teller), _FALLEN if match.because else _FOUND]
    text = _same([match.same])
    if match.within is not None:
        text += _within(match.within)
    if match.priced:
        text.append("with its fee and the part of it that is due beside the day's other lines")
    if match.one:
        text.append(f"of several that are {role_words(match.one)} one is taken: one that leaves the finding standing "
                    "and makes it most certain, else the earliest")  # fmt: skip
    return text


_FOUND = "a line that the payer denied counts as standing there"
_FALLEN = "at least one stands there, and each was found not payable by another rule or denied by the payer"


def _same(sets: list[tuple[str, ...]] | tuple[tuple[str, ...], ...]) -> list[str]:
    named = [keys_words([key for key in keys if key not in _DAYS]) for keys in sets]
    text = [f"same {joined(named, 'or else same')}"] if any(named) else []
    return [*text, "on a shared day of service"] if any(_DAYS & set(keys) for keys in sets) else text


def _within(within: m.Within) -> list[str]:
    lies = day_words(within.day, within.role)
    return window_lines(within.window, f"{lies}, seen from {day_words(within.anchor, within.of)}")


def _added(match: m.Match, total: m.Sum, teller: Teller) -> list[str]:
    keys = [key for key in total.over if key not in {*_DAYS, "month", "year"}]
    text = [
        f"{SUMMED[total.of]} lines with the same {keys_words(keys)}, called the sum “{total.alias}”",
        *teller.conditions(total.where, under="of lines for which"),
    ]
    if total.running:
        text.append("in the order of first day, claim and line, up to and with each line")
    if total.window is not None:
        around = f"earlier lines by their first day, seen from {day_words('date_from', match.roles[0])}"
        text += window_lines(total.window, around)
    return text


def _counted(match: m.Match, item: m.Sequence, teller: Teller) -> list[str]:
    which = "that are payable " if item.restart == "payable" else ""
    names = [item.limit.name] if isinstance(item.limit, m.ParameterRef) else []
    return [
        f"services with the same {keys_words(item.same)}",
        *teller.conditions(item.where, under="of lines for which"),
        f"allowed: {teller.amount(item.limit)}; {role_words(match.roles[0])} falls when as many earlier ones {which}"
        "lie in the window",
        *(f"{UNDER}{text}" for text in teller.values(*names)),
        *window_lines(item.window, f"window around {day_words('date_from', match.roles[0])}"),
    ]


def _beside(match: m.Match, partner: m.Partner, teller: Teller) -> list[str]:
    text = _same(partner.any_of)
    if partner.days_before:
        near = f"or of one of the {partner.days_before} days before"
        when = partner.days_before_when
        text += teller.conditions(when, under=f"{near}, where") if when != m.ALWAYS else [near]
    if partner.within is not None:
        text += _within(partner.within)
    elif not any(_DAYS & set(keys) for keys in partner.any_of):
        text.append("of any date")
    return [*text, *teller.conditions(partner.where, under=f"{role_words(partner.role)} is one for which")]


def _rows(match: m.Match, chosen: str, teller: Teller) -> list[Step]:
    steps = []
    if match.table is not None:
        table = match.table
        day = in_force_words(table.in_force_on, "the day of the match")
        said = [f"{row_words(table.alias)}: the one in force on {day}"]
        said += [_CHOOSES.format(field=_chooser(match))] if table.alias == chosen else []
        steps.append(Step("table", capital(table_words(table, named=False)), tuple(said)))
    beside = match.absent or match.because
    if beside is not None and beside.table is not None:
        listed = f"its rows say which lines count as {role_words(beside.role)}"
        rows = teller.conditions(beside.row_where, under="of its rows those for which")
        steps.append(Step("table", capital(table_words(beside.table, named=False)), (listed, *rows)))
    if match.coverage is not None:
        steps.append(
            Step("table", "Coverage table", ("a policy for the code", "met by none of its diagnoses"))
        )
    return steps


_CHOOSES = "{field} decides the window"


def _looked_up(table: m.TableJoin, chosen: str) -> Step:
    named = row_words(table.alias)
    said = (
        f"{named} decides the window: without a row nothing matches"
        if table.alias == chosen
        else f"{named} is read where there is one"
    )
    return Step("table", capital(table_words(table, named=False)), (said,))


def _windows(match: m.Match) -> list[m.Window]:
    beside = match.absent or match.because
    within = match.within or (beside.within if beside is not None else None)
    total = match.sum or match.total
    found = [
        within.window if within is not None else None,
        total.window if total is not None else None,
        match.sequence.window if match.sequence is not None else None,
    ]
    return [window for window in found if window is not None]


def _choosing(match: m.Match) -> str:
    """The alias of the row whose field chooses a window's span; empty where none does."""
    named = [w.by.role for w in _windows(match) if w.by is not None and w.by.kind.startswith("table")]
    return named[0] if named else ""


def _chooser(match: m.Match) -> str:
    return next(subject(window.by) for window in _windows(match) if window.by is not None)
