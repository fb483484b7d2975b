"""Which lines stand together, form by form, as sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from auditor.rules import model as m
from auditor.rules.condition_words import Said, Speaker, parameter_words
from auditor.rules.field_words import capital, claim_words, key_words, role_words, subject
from auditor.rules.window_words import (
    day_words,
    joined,
    keys_words,
    lookup_said,
    table_said,
    window_words,
    within_words,
)

_DAY_KEYS: Final = frozenset({"service_day", "service_date"})
SUMMED: Final[Mapping[str, str]] = {
    "day_units": "the units of one day (for each day of a longer line: its units over its days, rounded) of",
    "units": "the units of",
    "paid": "the amounts paid on",
    "allowed": "the amounts allowed on",
    "charge": "the amounts charged on",
    "lines": "one each for",
    "minutes": "the minutes of",
    "ndc_quantity": "the quantities (in the drug's own unit) of",
}
"""What is added up, by ``of`` of a sum; the lines follow."""
PERIODS: Final[Mapping[str, str]] = {
    "day": "for each day of service",
    "month": "for each calendar month, by the first day of each line",
    "year": "for each calendar year, by the first day of each line",
    "": "over all dates at hand",
}
"""For how long lines are added up, by the period of a sum."""
_COUNTS: Final = (
    "A line counts when the payer did not deny it, when it is of the lines of business, claim types, settings and "
    "payers of this rule (on any date), and when its keys{and_what} are known"
)


def match_words(match: m.Match, flag: str, speaker: Speaker) -> tuple[Said, ...]:
    """The sentences of a match: lines, keys, window, row in force; not its conditions. KeyError for an unknown form."""
    said = FORM_WORDS[match.form](match, speaker)
    lookups = [lookup_said(table, _day_of(match)) for table in match.lookups]
    day = (
        _day_of(match) if match.form in {"sum", "pair", "claim"} else day_words("date_from", match.roles[-1])
    )
    if match.form == "pair" and not _DAY_KEYS & set(match.same):
        day = day_words("date_from", flag)
    taken = (Said(one_words(match.one, flag)),) if match.one else ()
    priced = (Said(PRICED_WORDS),) if match.priced else ()
    return (*said, *lookups, *taken, *priced, Said(f"Values by date are those in force on {day}"))


PRICED_WORDS: Final = (
    "The fee of the flagged line, and which part of it is due beside the day's other lines of its physician (or group "
    "and specialty), are those of the physician fee schedule; of a line without a fee they are empty"
)


def one_words(one: str, flag: str) -> str:
    """Which of several lines beside a flagged one is taken."""
    return (
        f"Where several lines are {role_words(one)} beside {role_words(flag)}, all conditions met, one is taken, and "
        "there is one possible finding: first one that leaves the finding standing, then one that makes it of the more "
        "certain class, then the earliest by first day, claim number and line number"
    )


def _day_of(match: m.Match) -> str:
    """The day of a match in words: what a parameter's value and a row in force are asked for."""
    if match.form == "sum" and match.sum is not None:
        return f"the day of the sum “{match.sum.alias}”"
    if match.form == "pair" and match.same and _DAY_KEYS & set(match.same):
        return "the first day that the two lines share"
    if match.form == "claim":
        return f"the first day of {claim_words(match.roles[0])}"
    return day_words("date_from", match.roles[-1])


def _row(match: m.Match) -> tuple[Said, ...]:
    return (table_said(match.table, _day_of(match)),) if match.table is not None else ()


def _alone(match: m.Match, _: Speaker) -> tuple[Said, ...]:
    return (
        Said(
            f"Each line that the payer did not deny is looked at by itself, as {role_words(match.roles[0])}"
        ),
        *_row(match),
    )


def _where(part: m.Condition, speaker: Speaker) -> tuple[Said, ...]:
    return () if part == m.ALWAYS else speaker.conditions(part)


def _pair(match: m.Match, speaker: Speaker) -> tuple[Said, ...]:
    first, second = (role_words(role) for role in match.roles)
    keys = [key for key in match.same if key not in _DAY_KEYS]
    said = [
        Said(
            f"Two different lines of one payer and line of business, neither denied, stand together: {first} "
            f"and {second}"
        ),
        Said(f"The two have the same {keys_words(keys)}, all of them known"),
    ]
    if len(keys) < len(match.same):
        said.append(
            Said("They share a day of service; the first one that they share is the day of the match")
        )
    if match.within is not None:
        said.append(within_words(match.within, speaker))
    elif len(keys) == len(match.same):
        said.append(Said("They may be of any two dates"))
    return (*said, *_row(match))


def ordered_words(group: m.Group) -> str:
    """By what the lines of a group are put in order."""
    return joined([key_words(name) for name in group.order] + ["claim number", "line number"])


def _group(match: m.Match, speaker: Speaker) -> tuple[Said, ...]:
    group = match.group
    assert group is not None
    first, copy = (role_words(role) for role in match.roles)
    keys = keys_words([key for key in group.same if key != "patient_id"])
    order = ordered_words(group)
    said = [
        Said(f"Lines of one payer, line of business and patient stand together that have the same {keys}, all of them "
             "known; modifiers are compared in any order"),
        Said(f"They are put in order by {order}, what is not known last: the first is {first}, each later one {copy} "
             "and one possible finding"),
    ]  # fmt: skip
    if group.where != m.ALWAYS:
        said.insert(1, Said("A line takes part when it is in scope and", speaker.conditions(group.where)))
    return (*said, *_row(match))


def _sum(match: m.Match, speaker: Speaker) -> tuple[Said, ...]:
    total = match.total if match.form == "total" else match.sum
    assert total is not None
    keys = [key for key in total.over if key not in {*_DAY_KEYS, "month", "year"}]
    what = SUMMED[total.of]
    said = [
        Said(f"{capital(what)} lines with the same {keys_words(keys)} are added up {PERIODS[total.period]}; "
             f"the sum is called “{total.alias}”"),
        Said(_COUNTS.format(and_what=", and its units or amount,"), _where(total.where, speaker)),
    ]  # fmt: skip
    if total.running:
        said.append(Said("The sum runs in the order of first day, claim and line: each line sees the total up to and "
                         "with itself, and the total before it"))  # fmt: skip
    if total.window is not None:
        said.append(Said(f"Of the earlier lines only those count whose first day lies in a window around "
                         f"{day_words('date_from', match.roles[0])}",
                         (window_words(total.window, speaker),)))  # fmt: skip
    said.append(Said(f"Every line of the sum is, as {role_words(match.roles[0])}, one possible finding"))
    return (*said, *_row(match))


def _partner(match: m.Match, partner: m.Partner, speaker: Speaker) -> tuple[Said, ...]:
    """What makes a line stand beside another one."""
    line = role_words(match.roles[0])
    sets = [keys_words([key for key in keys if key not in _DAY_KEYS]) for keys in partner.any_of]
    said = [Said(f"it has the same {joined(sets, 'or else the same')} as {line}")]
    if any(_DAY_KEYS & set(keys) for keys in partner.any_of):
        said.append(Said(f"it shares a day of service with {line}"))
        if partner.days_before:
            near = f"or it is of one of the {partner.days_before} days before"
            when = partner.days_before_when
            said.append(Said(near if when == m.ALWAYS else f"{near}, where",
                             () if when == m.ALWAYS else speaker.conditions(when)))  # fmt: skip
    elif partner.within is None:
        said.append(Said("it may be of any date"))
    if partner.within is not None:
        said.append(within_words(partner.within, speaker))
    if partner.where != m.ALWAYS:
        said += speaker.conditions(partner.where)
    if partner.table is not None:
        said.append(table_said(partner.table, "the later of the first days of the two lines"))
        if partner.row_where != m.ALWAYS:
            said.append(Said("Of its rows those count for which", speaker.conditions(partner.row_where)))
    return tuple(said)


_DOUBT: Final = (
    "Where something that the keys do not reach may stand there (a row set aside, a line without its provider, a line "
    "of the same patient number under another payer), the line is not evaluated, and says why"
)


def _absent(match: m.Match, speaker: Speaker) -> tuple[Said, ...]:
    partner = match.absent
    assert partner is not None
    line, other = role_words(match.roles[0]), role_words(partner.role)
    return (
        Said(f"{capital(line)} stands without {other}: none is found (a denied one counts as found) such that",
             _partner(match, partner, speaker)),
        *_row(match),
        Said(_DOUBT),
    )  # fmt: skip


def _because(match: m.Match, speaker: Speaker) -> tuple[Said, ...]:
    partner = match.because
    assert partner is not None
    line, other = role_words(match.roles[0]), role_words(partner.role)
    return (
        Said(f"{capital(line)} hangs on {other}. A line is one when", _partner(match, partner, speaker)),
        Said("There is at least one, and every one of them has fallen: another rule found it not payable, or the payer "
             "denied it"),
        *_row(match),
        Said(_DOUBT),
    )  # fmt: skip


def _sequence(match: m.Match, speaker: Speaker) -> tuple[Said, ...]:
    item = match.sequence
    assert item is not None
    line = role_words(match.roles[0])
    limit = item.limit
    allowed = (
        parameter_words(limit)
        if isinstance(limit, m.ParameterRef)
        else subject(limit)
        if isinstance(limit, m.FieldRef)
        else str(limit)
    )
    counted = {
        "payable": "Only earlier ones that are payable count: one that falls under this rule, or was found not payable "
        "by an earlier one, does not start the period again",
        "every": "Every earlier one counts, payable or not",
    }[item.restart]
    return (
        Said(f"Services with the same {keys_words(item.same)} follow each other in the order of first day, claim and "
             f"line; the count is called “{item.alias}”"),
        Said(_COUNTS.format(and_what=""), _where(item.where, speaker)),
        Said(f"{capital(line)} falls when as many earlier services as are allowed ({allowed}) lie in a window "
             "around its first day", (window_words(item.window, speaker),)),
        Said(counted),
        *_row(match),
    )  # fmt: skip


def _coverage(match: m.Match, _: Speaker) -> tuple[Said, ...]:
    item = match.coverage
    assert item is not None
    line = role_words(match.roles[0])
    places = joined([key_words(name) for name in item.jurisdiction], "or")
    where = f" and for its {places}, or for all places" if places else ", for all places"
    return (
        Said(f"A coverage policy, here called the row “{item.alias}”, is in force for the code of {line}{where}, on "
             "the first day of the line"),
        Said(f"None of the {key_words(item.dx)} meets a policy in force: one covered diagnosis meets a policy that "
             "asks for any, one of each group a policy that asks for all"),
        Said(f"Where the claims do not say which diagnosis a line points to, the {key_words(item.elsewhere)} are "
             "asked; they also tell whether another diagnosis of the claim is covered"),
        Said("Without a policy, or without any diagnosis, the line is not evaluated, which is never a pass"),
    )  # fmt: skip


def _claim(match: m.Match, _: Speaker) -> tuple[Said, ...]:
    claim = claim_words(match.roles[0])
    return (
        Said(f"Each claim with at least one line that the payer did not deny is looked at as a whole, as {claim}; its "
             "amounts are those of these lines together"),
        *_row(match),
    )  # fmt: skip


FORM_WORDS: Final[Mapping[str, Callable[[m.Match, Speaker], tuple[Said, ...]]]] = {
    "line": _alone,
    "pair": _pair,
    "group": _group,
    "sum": _sum,
    "total": _sum,
    "absent": _absent,
    "because": _because,
    "sequence": _sequence,
    "coverage": _coverage,
    "claim": _claim,
}
"""The words of every form; a test holds this to ``model.Form``."""
