"""The ``match`` block of a rule file: which lines stand together, and with which table row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from auditor.rules import fields
from auditor.rules import model as m
from auditor.rules.parsing import ConditionParser, RoleKinds
from auditor.rules.shapes import (
    known_keys,
    line_of,
    maybe_section,
    nearest,
    need,
    section,
    text,
    texts,
    unlike,
    whole,
)
from auditor.rules.yaml_strict import LineDict, refuse

_FIRST_DAY = ("service_day", "service_date")
_SHARED = ("pair.shared_day",)
"""Two lines meet on the first day that they share; a line with partners, or alone, is asked for by its first day."""
_FORMS = ("sum", "absent", "because", "coverage")


def role_kinds(path: Path, data: LineDict) -> RoleKinds:
    """What each role of a rule is, read before its conditions. Raises InputRefused for a malformed block."""
    if "match" not in data:
        return RoleKinds({"line": "line"})
    match = section(path, data, "match")
    roles = texts(path, match, "lines")
    if not roles or len(roles) > 2 or len(set(roles)) != len(roles):
        raise unlike(path, match, "lines", "a list of one or two names of lines", "write `lines: [line]`")
    kinds = dict.fromkeys(roles, "line")
    if len(roles) == 2:
        kinds["pair"] = "pair"
    if "table" in match:
        table = section(path, match, "table")
        if text(path, table, "as"):
            kinds[table["as"]] = f"table:{table_name(path, table)}"
    if "sum" in match:
        kinds[str(need(path, section(path, match, "sum"), "as"))] = "sum"
    if "coverage" in match:
        kinds[text(path, section(path, match, "coverage"), "as") or "policy"] = "table:coverage_policy"
    for form in ("absent", "because"):
        if form in match:
            kinds["absent"] = "absent"
            kinds[_partner_role(path, section(path, match, form), form)] = "line"
    return RoleKinds(kinds)


def _partner_role(path: Path, block: LineDict, form: str) -> str:
    if form == "absent":
        return str(need(path, block, "line"))
    return str(need(path, section(path, block, "not_payable"), "all"))


def table_name(path: Path, block: LineDict) -> str:
    """The name of a reference table that the language knows. Raises InputRefused with the nearest."""
    name = str(need(path, block, "name"))
    if name not in fields.TABLE_FIELDS:
        raise refuse(
            path, line_of(block, "name"), f"table `{name}` is not known", "no such table is loaded",
            nearest(name, fields.TABLE_FIELDS),
        )  # fmt: skip
    return name


def match_of(path: Path, data: LineDict, parser: ConditionParser) -> m.Match:
    """The ``match`` block as the model has it. Raises InputRefused."""
    block = section(path, data, "match")
    known_keys(path, block, "lines same table sum absent because primary coverage when".split())
    forms = [form for form in _FORMS if form in block]
    if len(forms) > 1:
        raise unlike(path, block, forms[1], f"left out beside `{forms[0]}`", "write one rule for each")
    roles = texts(path, block, "lines")
    if len(roles) == 2 and (forms or "table" not in block):
        raise unlike(path, block, "lines", "one line here", "two lines stand with `same` and `table` alone")
    days = (
        (*_FIRST_DAY, *(f"{role}.{name}" for role in roles for name in _FIRST_DAY))
        if len(roles) == 1
        else _SHARED
    )
    table = _table(path, section(path, block, "table"), parser, days) if "table" in block else None
    when = parser.parse(block["when"], line_of(block, "when")) if "when" in block else m.ALWAYS
    form = forms[0] if forms else ""
    if form == "sum":
        if table is None:
            raise unlike(path, block, "sum", "asked of a table row", "write `table: {...}` beside it")
        return m.Match(
            "sum", roles, table=table, sum=_sum(path, section(path, block, "sum"), parser), when=when
        )
    if form == "absent":
        item = section(path, block, "absent")
        partner = _partner(path, _partner_role(path, item, form), item, parser)
        return m.Match("absent", roles, table=table, absent=partner, when=when)
    if form == "because":
        item = section(path, block, "because")
        known_keys(path, item, ["not_payable"])
        role = _partner_role(path, item, form)
        return m.Match(
            "because",
            roles,
            table=table,
            because=_partner(path, role, section(path, block, "primary"), parser),
            when=when,
        )
    if form == "coverage":
        return m.Match(
            "coverage", roles, coverage=_coverage(path, section(path, block, "coverage"), roles[0]), when=when
        )
    if len(roles) == 2:
        return m.Match(
            "pair",
            roles,
            same=keys_of(path, block, "same", need(path, block, "same")),
            table=table,
            when=when,
        )
    return m.Match("line", roles, table=table, when=when)


def keys_of(path: Path, block: LineDict, key: str, value: Any, known: Sequence[str] = ()) -> tuple[str, ...]:
    """Names of claim line fields by which lines stand together (``known``: further words that are allowed)."""
    names = [*fields.LINE_FIELDS, *known]
    if not isinstance(value, list) or not value:
        raise unlike(path, block, key, "a list of fields", f"write `{key}: [patient_id, ...]`")
    for name in value:
        if name not in names:
            raise refuse(
                path, line_of(block, key), f"field `{name}` is not known", "a claim line has no such field",
                nearest(str(name), names),
            )  # fmt: skip
    return tuple(value)


def _in_force_on(path: Path, block: LineDict, days: Sequence[str]) -> str:
    """The day for which a row is asked: it follows from the form of the match, so only its own name is taken."""
    named = text(path, block, "in_force_on") or days[0]
    if named not in days:
        raise unlike(
            path,
            block,
            "in_force_on",
            "the day on which the lines of the match meet",
            f"write `in_force_on: {days[0]}`",
        )
    return named


def _table(path: Path, block: LineDict, parser: ConditionParser, days: Sequence[str]) -> m.TableJoin:
    known_keys(path, block, ["name", "as", "on", "in_force_on"])
    name, on = table_name(path, block), section(path, block, "on")
    for column in on:
        if column not in fields.TABLE_FIELDS[name] or column in fields.SAID_ONLY:
            raise refuse(
                path, line_of(on, column), f"column `{column}` is not known", f"{name} has no such column",
                nearest(column, fields.TABLE_FIELDS[name]),
            )  # fmt: skip
    return m.TableJoin(
        name=name,
        alias=text(path, block, "as") or name,
        on=tuple((column, parser.field(text(path, on, column), line_of(on, column))) for column in on),
        in_force_on=_in_force_on(path, block, days),
    )


def _sum(path: Path, block: LineDict, parser: ConditionParser) -> m.Sum:
    known_keys(path, block, ["of", "as", "over", "where"])
    if block.get("of", "day_units") != "day_units":
        raise unlike(path, block, "of", "day_units in this version", "write `of: day_units`")
    where = parser.parse(block["where"], line_of(block, "where")) if "where" in block else m.ALWAYS
    over = keys_of(path, block, "over", need(path, block, "over"))
    return m.Sum("day_units", str(block["as"]), over, where)


def _partner(path: Path, role: str, block: LineDict, parser: ConditionParser) -> m.Partner:
    known_keys(path, block, ["line", "same", "any_of", "where", "table", "days_before"])
    sets = block.get("any_of", [block.get("same")])
    if not isinstance(sets, list) or ("any_of" in block) == ("same" in block):
        raise unlike(
            path, block, "same", "given once, or as `any_of` with several lists", "write `same: [...]`"
        )
    before, before_when = block.get("days_before", 0), m.NEVER
    if isinstance(before, Mapping):
        window = maybe_section(path, block, "days_before")
        known_keys(path, window, ["days", "when"])
        before = whole(path, window, "days", 0, 0, 366)
        before_when = parser.parse(window["when"], line_of(window, "when")) if "when" in window else m.ALWAYS
    elif before:
        before, before_when = whole(path, block, "days_before", 0, 0, 366), m.ALWAYS
    return m.Partner(
        role=role,
        any_of=tuple(keys_of(path, block, "any_of" if "any_of" in block else "same", keys) for keys in sets),
        where=parser.parse(block["where"], line_of(block, "where")) if "where" in block else m.ALWAYS,
        table=_table(path, section(path, block, "table"), parser, _FIRST_DAY) if "table" in block else None,
        days_before=before,
        days_before_when=before_when if before else m.NEVER,
    )


def _coverage(path: Path, block: LineDict, role: str) -> m.CoverageMatch:
    known_keys(path, block, ["table", "as", "on", "jurisdiction", "in_force_on", "dx", "elsewhere"])
    _in_force_on(path, block, _FIRST_DAY)
    if block.get("table", "coverage") != "coverage":
        raise unlike(path, block, "table", "coverage", "write `table: coverage`")
    if "on" in block and dict(section(path, block, "on")) != {"code": f"{role}.code"}:
        raise unlike(path, block, "on", "the code of the line", f"write `on: {{code: {role}.code}}`")
    places = [name.rpartition(".")[2] for name in texts(path, block, "jurisdiction")]
    listed = {}
    for key, default in (("dx", "line.pointed_dx"), ("elsewhere", "line.dx")):
        listed[key] = (text(path, block, key) or default).rpartition(".")[2]
        if fields.LINE_FIELDS.get(listed[key]) != "texts":
            raise unlike(path, block, key, "a field that lists diagnoses", f"write `{key}: {default}`")
    return m.CoverageMatch(
        alias=text(path, block, "as") or "policy",
        jurisdiction=keys_of(path, block, "jurisdiction", places) if places else (),
        dx=listed["dx"],
        elsewhere=listed["elsewhere"],
    )
