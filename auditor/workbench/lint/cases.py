"""R5: the cases inside a rule file: enough of them, on both sides of every date, and holding."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from auditor.rules import model as m
from auditor.workbench.lint.messages import Found, Keys, Register
from auditor.workbench.lint.subject import Subject

register = Register()
_DAY_FIELDS = frozenset({"service_date", "service_day", "date_from", "shared_day"})
_ONE = timedelta(1)


def _about(subject: Subject) -> frozenset[str]:
    """The ids whose findings a file's cases are about."""
    if subject.rule is not None:
        return frozenset(variant.id for variant in subject.rule.all_variants)
    if subject.override is not None:
        named = [rule for name in subject.override.rules for rule in subject.around.rules_named(name)]
        return frozenset(variant.id for rule in named for variant in rule.all_variants)
    return frozenset(str(item.get("id")) for _, item in [((), subject.data), *subject.mappings("variants")])


def _read(subject: Subject) -> bool:
    """Whether there is anything to count: a file that could be read, and an override that loads."""
    return subject.source.data is not None and (subject.override is not None or not subject.is_override)


def _met(subject: Subject, case: Mapping[str, Any]) -> bool:
    """Whether a case expects what the file is for: a finding, or of an override a finding that it changed."""
    about, override = _about(subject), subject.override
    for item in _items(case, "expect"):
        if str(item.get("rule")) not in about:
            continue
        verdict = item.get("verdict", "fail")
        if override is None and verdict == "fail":
            return True
        if (override is not None and override.action != "suppress") or verdict == "suppressed":
            return True
    return False


@register.check(
    "R501", "few-cases-that-flag", "error", "a rule is believed for its cases",
    "add cases until two at least show what is found, each for another reason",
)  # fmt: skip
def few_cases_that_flag(subject: Subject) -> Iterator[Found]:
    """Fewer than two cases that expect a finding."""
    if not _read(subject):
        return
    number = sum(_met(subject, case) for _, case in subject.mappings("tests"))
    least = 2 if subject.override is None else 1
    if number < least:
        what = "expects a finding" if subject.override is None else "shows what the override changes"
        yield Found(("tests",), f"{_cases(number)} {what}; {least} at least must")


@register.check(
    "R502", "few-cases-that-do-not", "error", "what a rule leaves alone is half of what it says",
    "add cases that come close and are no finding",
)  # fmt: skip
def few_cases_that_do_not(subject: Subject) -> Iterator[Found]:
    """Fewer than two cases that expect no finding."""
    if not _read(subject):
        return
    override = subject.override
    if override is not None and override.action != "suppress":
        return  # both sides expect findings there, and only their figures differ
    number = sum(not _met(subject, case) for _, case in subject.mappings("tests"))
    least = 2 if override is None else 1
    if number < least:
        what = "expects no finding" if override is None else "shows what the override leaves alone"
        yield Found(("tests",), f"{_cases(number)} {what}; {least} at least must")


def _cases(number: int) -> str:
    return {0: "no case", 1: "one case"}.get(number, f"{number} cases")


@register.check(
    "R503", "untested-date", "warning", "a rule that is off by one day is wrong for every claim of that day",
    "add a case on the day, and one on the day before (after the last day: on it, and on the day after)",
)  # fmt: skip
def untested_date(subject: Subject) -> Iterator[Found]:
    """A date on which the rule changes, without a case on each side of it."""
    if subject.rule is None and subject.override is None:
        return
    days = _days(subject)
    yearly = any("providers" in case for _, case in subject.mappings("tests"))
    told: set[date] = set()
    for keys, first, what in _boundaries(subject):
        if first in told:
            continue
        told.add(first)
        if yearly:
            missing = [
                side
                for side, there in (
                    ("before", any(day < first for day in days)),
                    ("from it on", any(day >= first for day in days)),
                )
                if not there
            ]
            if missing and not any(day.year == first.year for day in days):
                yield Found(
                    keys,
                    f"no case stands {' or '.join(missing)}, where {what}",
                    mend="add a year on each side",
                )
            continue
        missing_days = [day for day in (first - _ONE, first) if day not in days]
        if missing_days:
            yield Found(keys, f"no case is dated {' or '.join(map(str, missing_days))}, where {what}")


def _days(subject: Subject) -> set[date]:
    """Every day on which a case has a line; a year of a benchmark's case is its first of July."""
    found: set[date] = set()
    for _, case in subject.mappings("tests"):
        for line in _items(case, "lines"):
            found |= {line[name] for name in ("date_from", "date_to") if isinstance(line.get(name), date)}
        for item in _items(case, "providers"):
            year = item.get("year")
            if isinstance(year, int) and date.min.year <= year <= date.max.year:
                found.add(date(year, 7, 1))
    return found


def _items(case: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The mappings of a list in a case; what is no mapping is passed over."""
    value = case.get(key)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _boundaries(subject: Subject) -> Iterator[tuple[Keys, date, str]]:
    """(place, the first day on which it is otherwise, what changes)."""
    for block, first, last in (("effective", "from", "to"), ("override", "from", "expires")):
        start, end = subject.under(block, first), subject.under(block, last)
        if isinstance(start, date):
            yield (block, first), start, f"the {_noun(block)} begins on {start}"
        if isinstance(end, date) and end < date.max:
            yield (block, last), end + _ONE, f"the {_noun(block)} ends with {end}"
    rule = subject.rule
    if rule is None:
        return
    for name, parameter in rule.parameters.items():
        for start, _ in parameter.values:
            begins = rule.effective_from is not None and start <= rule.effective_from
            if not begins and not (rule.effective_to and start > rule.effective_to):
                yield ("parameters", name, start.isoformat()), start, f"`${name}` changes on {start}"


def _noun(block: str) -> str:
    return "rule" if block == "effective" else "override"


@register.check(
    "R504", "case-name", "warning", "the names of the cases are what a reviewer reads first",
    "say in one sentence what stands on the claim and what follows",
)  # fmt: skip
def case_name(subject: Subject) -> Iterator[Found]:
    """A name that is no sentence, or stands twice."""
    seen: set[str] = set()
    for keys, case in subject.mappings("tests"):
        name = case.get("name")
        if not isinstance(name, str):
            continue
        if len(re.findall(r"\S+", name)) < 4 or re.match(r"[a-z]", name):
            what = "begins with a small letter" if re.match(r"[a-z]", name) else "is no sentence"
            yield Found((*keys, "name"), f"the case's name {what}", value=True)
        elif name.lower() in seen:
            yield Found((*keys, "name"), "two cases have this name", value=True)
        seen.add(name.lower())


@register.check(
    "R505", "case-fails", "error", "the rule does not do what its own case says",
    "correct the rule, or the case where it is the case that is wrong",
)  # fmt: skip
def case_fails(subject: Subject) -> Iterator[Found]:
    """A case that does not hold, where lint was asked to run the cases."""
    item: m.Rule | m.Override | None = subject.rule or subject.override
    if item is None or subject.source.path.resolve() not in subject.around.run_cases:
        return
    from auditor.workbench.inline_tests import run_tests  # brings the engine with it

    for at, result in enumerate(run_tests(item, subject.around.rule_set())):
        if result.problem:
            yield Found(("tests", at, "name"), f"the case does not hold: {result.problem}", value=True)
