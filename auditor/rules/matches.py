"""The ``match`` block of a rule file: which lines stand together, and with which table row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from auditor.rules import fields, shapes
from auditor.rules import model as m
from auditor.rules.match_blocks import (
    FIRST_DAY,
    condition,
    coverage_of,
    group_of,
    keys_of,
    partner_of,
    sequence_of,
    sum_of,
    within_of,
)
from auditor.rules.parsing import ConditionParser, RoleKinds
from auditor.rules.shapes import known_keys, line_of, nearest, need, section, sections, text, texts, unlike
from auditor.rules.windows import Windows
from auditor.rules.yaml_strict import LineDict, refuse

__all__ = ["FORMS", "MATCH_KEYS", "keys_of", "match_of", "role_kinds", "table_name"]

SHARED = "pair.shared_day"
"""Two lines meet on the first day that they share; a line with partners, or alone, is asked for by its first day."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
FORMS = ("group", "sum", "absent", "because", "sequence", "coverage")
MATCH_KEYS = (
    "lines claims same within one table lookup priced group sum absent because primary sequence coverage when"
).split()
PRICED_FORMS = ("line", "pair", "absent")


def role_kinds(
    path: Path, data: LineDict, tables: Mapping[str, Mapping[str, str]] = fields.TABLE_FIELDS
) -> RoleKinds:
    """What each role of a rule is, read before its conditions. Raises InputRefused for a malformed block."""
    if "match" not in data:
        return RoleKinds({"line": "line"}, tables)
    match = section(path, data, "match")
    roles = _roles(path, match)
    kinds = dict.fromkeys(roles, "claim" if "claims" in match else "line")

    for name in roles:
        _check_name(path, name, line_of(match, "claims" if "claims" in match else "lines"))

    def add(name: str, kind: str, line: int) -> None:
        _check_name(path, name, line)
        if name in kinds:
            raise refuse(
                path,
                line,
                f"`{name}` stands for two things",
                "every role has a name of its own",
                "rename one of them",
            )
        kinds[name] = kind

    if len(roles) == 2:
        add("pair", "pair", line_of(match, "lines"))
    rows = [section(path, match, "table")] if "table" in match else []
    for block in [*rows, *sections(path, match, "lookup")]:
        name = table_name(path, block, tables)
        add(text(path, block, "as") or name, f"table:{name}", line_of(block))
    if "priced" in match:
        block = section(path, match, "priced")
        known_keys(path, block, ["as"])
        add(text(path, block, "as") or "price", "price", line_of(match, "priced"))
    if "sum" in match:
        block = section(path, match, "sum")
        add(str(need(path, block, "as")), "sum", line_of(block, "as"))
    if "sequence" in match:
        block = section(path, match, "sequence")
        add(text(path, block, "as") or "clock", "clock", line_of(block, "as"))
    if "coverage" in match:
        block = section(path, match, "coverage")
        add(text(path, block, "as") or "policy", "table:coverage_policy", line_of(block))
    for form in ("absent", "because"):
        if form in match:
            kinds["absent"] = "absent"
            add(_partner_role(path, section(path, match, form), form), "line", line_of(match, form))
    return RoleKinds(kinds, tables)


def _check_chosen(path: Path, block: LineDict, within: m.Within | None, rows: Sequence[m.TableJoin]) -> None:
    """The row that chooses the window of two lines is one of the line around which the window is laid."""
    by = within.window.by if within is not None else None
    for row in rows:
        if within is None or by is None or by.role != row.alias:
            continue
        if {ref.role for _, ref in row.on} | {row.in_force_on.partition(".")[0]} != {within.of}:
            raise unlike(
                path, block, "within", f"chosen by a row of `{within.of}` alone, in force on its first day",
                f"write `in_force_on: {within.of}.service_date`, and under `on` fields of `{within.of}` only",
            )  # fmt: skip


def _check_name(path: Path, name: str, line: int) -> None:
    if not _NAME.fullmatch(name):
        raise refuse(
            path, line, f"`{name}` cannot be the name of a role",
            "a name has small letters, digits and underscores, begins with a letter, and is no longer than 40",
            "write a name such as `line`, `earlier_visit`",
        )  # fmt: skip


def _roles(path: Path, match: LineDict) -> tuple[str, ...]:
    if "claims" in match:
        roles = texts(path, match, "claims")
        if len(roles) != 1 or "lines" in match:
            raise unlike(path, match, "claims", "one name, without `lines`", "write `claims: [stay]`")
        return roles
    roles = texts(path, match, "lines")
    if not roles or len(roles) > 2 or len(set(roles)) != len(roles):
        raise unlike(path, match, "lines", "a list of one or two names of lines", "write `lines: [line]`")
    return roles


def _partner_role(path: Path, block: LineDict, form: str) -> str:
    if form == "absent":
        return str(need(path, block, "line"))
    return str(need(path, section(path, block, "not_payable"), "all"))


def table_name(
    path: Path, block: LineDict, tables: Mapping[str, Mapping[str, str]] = fields.TABLE_FIELDS
) -> str:
    """The name of a reference table that the language knows. Raises InputRefused with the nearest."""
    name = str(need(path, block, "name"))
    if name not in tables:
        raise refuse(
            path, line_of(block, "name"), f"table `{name}` is not known", "no such table is loaded",
            nearest(name, tables),
        )  # fmt: skip
    return name


def match_of(path: Path, data: LineDict, parser: ConditionParser, windows: Windows, flag: str) -> m.Match:
    """The ``match`` block as the model has it; ``flag`` is the line flagged. Raises InputRefused."""
    block = section(path, data, "match")
    known_keys(path, block, MATCH_KEYS)
    forms = [form for form in FORMS if form in block]
    if len(forms) > 1:
        raise unlike(path, block, forms[1], f"left out beside `{forms[0]}`", "write one rule for each")
    form, roles = (forms[0] if forms else ""), _roles(path, block)
    if "claims" in block and form:
        raise unlike(path, block, form, "left out beside `claims`", "write a rule about lines")
    when = condition(block, "when", parser)
    if len(roles) == 2:
        found = _two(path, block, parser, windows, roles, form, flag)
    elif {"same", "within", "one"} & set(block):
        key = next(key for key in ("same", "within", "one") if key in block)
        raise unlike(path, block, key, "said of two lines", "name two lines, or leave it out")
    else:
        found = _one(path, block, parser, windows, roles, form)
    days = _days(found, flag)
    table = _table(path, section(path, block, "table"), parser, days, roles) if "table" in block else None
    if table is not None and found.form in {"group", "coverage", "claim"}:
        raise unlike(
            path,
            block,
            "table",
            f"left out of this form ({found.form})",
            "ask for the row with `lookup: [...]`",
        )
    limit = found.sequence.limit if found.sequence is not None else 0
    if isinstance(limit, m.FieldRef) and (table is None or limit.role != table.alias):
        raise unlike(
            path,
            block,
            "sequence",
            "limited by a field of the match's own `table`",
            "ask for it with `table`",
        )
    own_row = table.alias if table is not None else ""
    lookups = tuple(
        _table(path, item, parser, days, roles, own_row, ["optional"])
        for item in sections(path, block, "lookup")
    )
    _check_chosen(path, block, found.within, [*lookups, *([table] if table is not None else [])])
    beside = found.absent or found.because
    for ref in m.fields_read(when):
        if beside is not None and ref.role == beside.role:
            raise refuse(
                path, line_of(block, "when"), f"`{ref}` refused under `when`", "there may be none of it, or several",
                f"say under `where` which lines count as `{beside.role}`",
            )  # fmt: skip
    one = _one_of_many(path, block, found, flag)
    return replace(
        found, table=table, lookups=lookups, when=when, one=one, priced=_priced(path, block, found, parser)
    )


def _priced(path: Path, block: LineDict, match: m.Match, parser: ConditionParser) -> str:
    """The name under which the fee of the flagged line is asked for; empty where it is not."""
    if "priced" not in block:
        return ""
    if match.form not in PRICED_FORMS:
        raise unlike(
            path,
            block,
            "priced",
            f"left out of this form ({match.form})",
            "ask it in a rule of one line or two",
        )
    return next(role for role, kind in parser.roles.kinds.items() if kind == "price")


def _one_of_many(path: Path, block: LineDict, match: m.Match, flag: str) -> str:
    """``one: ROLE``: the line of two that is not flagged, of which one is taken. Raises InputRefused."""
    if "one" not in block:
        return ""
    if match.form != "pair":
        raise unlike(
            path, block, "one", f"left out of this form ({match.form})", "a copy has one original anyway"
        )
    other = next(role for role in match.roles if role != flag)
    if text(path, block, "one") != other:
        raise unlike(path, block, "one", f"the line that is not flagged, `{other}`", f"write `one: {other}`")
    return other


def _days(match: m.Match, flag: str) -> tuple[str, ...]:
    """The days for which a row may be asked, the one that is meant where none is named first."""
    own = [f"{role}.service_date" for role in match.roles]
    if len(match.roles) == 2:
        if match.form == "pair" and match.within is None and set(FIRST_DAY) & set(match.same):
            return (SHARED,)
        first = match.within.of if match.within is not None else flag
        return (f"{first}.service_date", *own)
    return (*FIRST_DAY, *(f"{match.roles[0]}.{name}" for name in FIRST_DAY))


def _two(
    path: Path,
    block: LineDict,
    parser: ConditionParser,
    windows: Windows,
    roles: tuple[str, ...],
    form: str,
    flag: str,
) -> m.Match:
    if form == "group":
        for key in ("same", "within"):
            if key in block:
                raise unlike(path, block, key, "left out beside `group`", "the group has `same` of its own")
        if flag != roles[1]:
            raise unlike(
                path, block, "lines", "the original first and its copy second", f"write `flag: [{roles[1]}]`"
            )
        return m.Match("group", roles, group=group_of(path, section(path, block, "group"), parser))
    if form:
        raise unlike(path, block, "lines", "one line here", f"two lines stand without `{form}`")
    same = keys_of(path, block, "same", need(path, block, "same"))
    within = within_of(path, section(path, block, "within"), roles, windows) if "within" in block else None
    shared = bool(set(FIRST_DAY) & set(same))
    if not {"patient_id", "claim_id"} & set(same):
        raise refuse(
            path, line_of(block, "same"), "lines of different patients would stand together",
            "of a million lines that is a million millions of pairs, and a case is one patient's",
            "add patient_id or claim_id to `same`",
        )  # fmt: skip
    if within is not None and shared:
        raise unlike(path, block, "within", "left out beside a shared day", "leave service_day out of `same`")
    if within is None and not shared and "claim_id" not in same:
        raise refuse(
            path, line_of(block, "same"), "lines of any two dates would stand together",
            "nothing says how far apart they may lie, so every pair of a patient's lines would be compared",
            "add service_day or claim_id to `same`, or say `within: {...}`",
        )  # fmt: skip
    return m.Match("pair", roles, same=same, within=within)


def _one(
    path: Path,
    block: LineDict,
    parser: ConditionParser,
    windows: Windows,
    roles: tuple[str, ...],
    form: str,
) -> m.Match:
    if "claims" in block:
        return m.Match("claim", roles)
    if form == "sum":
        total = sum_of(path, section(path, block, "sum"), parser, windows)
        if total.period == "day":
            return m.Match("sum", roles, sum=total)
        return m.Match("total", roles, total=total)
    if form == "group":
        raise unlike(path, block, "group", "of an original and its copy", "write `lines: [original, copy]`")
    if form in {"absent", "because"}:
        item = section(path, block, form)
        role = _partner_role(path, item, form)
        if form == "because":
            known_keys(path, item, ["not_payable"])
            known_keys(path, section(path, item, "not_payable"), ["all"])
            item = section(path, block, "primary")
        partner = partner_of(path, role, item, parser, windows)
        if form == "because" and partner.within is not None:
            raise unlike(path, item, "within", "left out here", "what a line hangs on is of its day")
        if "table" in item:
            rows = section(path, item, "table")
            table = _table(path, rows, parser, FIRST_DAY, (*roles, role), further=("where",))
            partner = replace(partner, table=table, row_where=_row_where(path, rows, table, parser))
        if form == "absent":
            return m.Match("absent", roles, absent=partner)
        return m.Match("because", roles, because=partner)
    if form == "sequence":
        item = section(path, block, "sequence")
        return m.Match("sequence", roles, sequence=sequence_of(path, item, parser, windows))
    if form == "coverage":
        item = section(path, block, "coverage")
        return m.Match("coverage", roles, coverage=coverage_of(path, item, roles[0]))
    return m.Match("line", roles)


def _asked(
    path: Path, on: LineDict, column: str, parser: ConditionParser, roles: Sequence[str], besides: str
) -> m.FieldRef:
    """The field that a column must equal: one that lines have, or, for a lookup, one of the match's own row."""
    ref = parser.field(text(path, on, column), line_of(on, column))
    stored = ref.role in roles and ref.name not in fields.WORKED_OUT
    if not stored and not (besides and ref.role == besides):
        raise refuse(
            path, line_of(on, column), f"`{ref}` refused under `on`", "a row is found by what stands in the claims",
            "write a field of a line" + (f" or of `{besides}`" if besides else ""),
        )  # fmt: skip
    return ref


def _row_where(path: Path, block: LineDict, table: m.TableJoin, parser: ConditionParser) -> m.Condition:
    """``where`` of a partner's table: which of its rows count. It reads the row alone. Raises InputRefused."""
    kinds = RoleKinds({table.alias: f"table:{table.name}"}, parser.roles.tables)
    return condition(block, "where", ConditionParser(path, kinds, {}, {}))


def _table(
    path: Path,
    block: LineDict,
    parser: ConditionParser,
    days: Sequence[str],
    roles: Sequence[str],
    besides: str = "",
    further: Sequence[str] = (),
) -> m.TableJoin:
    """The row of a table; ``besides``: the row that a lookup may also be asked by, ``further``: keys beyond these."""
    known_keys(path, block, ["name", "as", "on", "in_force_on", *further])
    tables = parser.roles.tables
    name, on = table_name(path, block, tables), section(path, block, "on")
    for column in on:
        if column not in tables[name] or column in fields.SAID_ONLY:
            raise refuse(
                path, line_of(on, column), f"column `{column}` is not known", f"{name} has no such column",
                nearest(column, tables[name]),
            )  # fmt: skip
    if not on:
        raise unlike(path, block, "on", "what a row must equal", "write `on: {column: role.field}`")
    named = text(path, block, "in_force_on") or days[0]
    if named not in days:
        raise unlike(
            path, block, "in_force_on", "the day of the match, or the first day of one of its lines",
            f"write `in_force_on: {days[0]}`",
        )  # fmt: skip
    return m.TableJoin(
        name=name,
        alias=text(path, block, "as") or name,
        on=tuple((column, _asked(path, on, column, parser, roles, besides)) for column in on),
        in_force_on=named,
        fields=tuple(tables[name].items()),
        key=getattr(tables[name], "key", None) or fields.TABLE_KEYS[name],
        title=getattr(tables[name], "title", "") or fields.TABLE_NAMES[name],
        optional=shapes.flag(path, block, "optional", False),
    )
