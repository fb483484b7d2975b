"""The blocks inside ``match``: sums, groups, sequences, windows between two lines, partners, coverage."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, cast

from auditor.rules import fields
from auditor.rules import model as m
from auditor.rules.parsing import ConditionParser
from auditor.rules.shapes import (
    choice,
    flag,
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
from auditor.rules.windows import Windows
from auditor.rules.yaml_strict import LineDict, refuse

FIRST_DAY = ("service_day", "service_date")
PERIODS = ("month", "year")
SUMMED = ("day_units", "units", "paid", "allowed", "charge", "lines", "minutes", "ndc_quantity")
MONEY = frozenset({"paid", "allowed", "charge"})


def keys_of(path: Path, block: LineDict, key: str, value: Any, known: Sequence[str] = ()) -> tuple[str, ...]:
    """Names of claim line fields by which lines stand together (``known``: further words that are allowed)."""
    names = [*(name for name in fields.LINE_FIELDS if name not in fields.WORKED_OUT), *known]
    if not isinstance(value, list) or not value:
        raise unlike(path, block, key, "a list of fields", f"write `{key}: [patient_id, ...]`")
    for name in value:
        if name not in names:
            raise refuse(
                path, line_of(block, key), f"field `{name}` is not known", "a claim line has no such field",
                nearest(str(name), names),
            )  # fmt: skip
    return tuple(value)


def date_field(path: Path, block: LineDict, key: str) -> str:
    """The name of a date of a line, ``date_from`` where none is named. Raises InputRefused."""
    name = text(path, block, key) or "date_from"
    dates = [known for known, kind in fields.LINE_FIELDS.items() if kind == "date"]
    if name not in dates:
        raise refuse(
            path, line_of(block, key), f"`{name}` is no date of a line", "a window is laid around a date",
            nearest(name, dates),
        )  # fmt: skip
    return fields.LINE_SQL.get(name, name)


def _of_anchor(path: Path, block: LineDict, windows: Windows, anchor: str) -> m.Window:
    """The window under ``window``; a small table of them is chosen by the line it is laid around, or by a row."""
    window = windows.of(block, "window")
    if window.by is not None and window.by.kind == "line" and window.by.role != anchor:
        raise unlike(
            path, block, "window", f"chosen by a field of `{anchor}` or of its row", "name one under `by`"
        )
    return window


def within_of(path: Path, block: LineDict, roles: tuple[str, ...], windows: Windows) -> m.Within:
    """``within: {visit: {of: surgery, window: ...}}`` of two lines. Raises InputRefused."""
    if len(block) != 1 or next(iter(block)) not in roles:
        raise refuse(
            path, block.line, "`within` refused", "it names one of the two lines, which lies in a window of the other",
            f"write `within: {{{roles[-1]}: {{of: {roles[0]}, window: ...}}}}`",
        )  # fmt: skip
    role = next(iter(block))
    item = section(path, block, role)
    known_keys(path, item, ("of", "window", "anchor", "day"))
    other = next(name for name in roles if name != role)
    if text(path, item, "of") not in ("", other):
        raise unlike(path, item, "of", f"the other line, `{other}`", f"write `of: {other}`")
    return m.Within(
        role,
        other,
        _of_anchor(path, item, windows, other),
        date_field(path, item, "anchor"),
        date_field(path, item, "day"),
    )


def sum_of(path: Path, block: LineDict, parser: ConditionParser, windows: Windows) -> m.Sum:
    """``sum: {of, as, over, where, running, window}``. Raises InputRefused."""
    known_keys(path, block, ["of", "as", "over", "where", "running", "window"])
    over = keys_of(path, block, "over", need(path, block, "over"), PERIODS)
    periods = [name for name in over if name in PERIODS or name in FIRST_DAY]
    if len(periods) > 1:
        raise unlike(path, block, "over", "of one period at most", f"leave out `{periods[1]}`")
    word = "day" if periods and periods[0] in FIRST_DAY else (periods or [""])[0]
    period = cast(Literal["", "day", "month", "year"], word)
    of = choice(path, block, "of", SUMMED, "day_units" if period == "day" else "units")
    if (of == "day_units") != (period == "day"):
        if period == "day":
            raise unlike(
                path,
                block,
                "of",
                "day_units for a sum of one day",
                "write `of: day_units`, or leave service_day out",
            )
        raise unlike(path, block, "of", "asked of a day", "add service_day to `over`, or write `of: units`")
    if not {"patient_id", "claim_id"} & set(over):
        raise unlike(path, block, "over", "of one patient", "add patient_id")
    running = flag(path, block, "running", False)
    if running and period == "day":
        raise unlike(
            path, block, "running", "left out of a sum of one day", "sum over month, year or all dates"
        )
    if "window" in block and not running:
        raise unlike(path, block, "window", "said of a running sum", "write `running: true` beside it")
    return m.Sum(
        of=of,
        alias=str(block["as"]),
        over=tuple(name for name in over if name not in PERIODS),
        where=own_condition(path, block, "where", parser, parser.roles.first),
        period=period,
        running=running,
        window=_own_window(path, block, parser, windows) if "window" in block else None,
    )


def _own_window(path: Path, block: LineDict, parser: ConditionParser, windows: Windows) -> m.Window:
    """The window of a running sum: of one span, or chosen by a field of the line itself."""
    window = windows.of(block, "window")
    if window.by is not None and (window.by.kind, window.by.role) != ("line", parser.roles.first):
        raise unlike(
            path, block, "window", "chosen by a field of the line", "name a field of the line under `by`"
        )
    return window


def group_of(path: Path, block: LineDict, parser: ConditionParser) -> m.Group:
    """``group: {same, order, where}``: lines alike, the first of them and its copies. Raises InputRefused."""
    known_keys(path, block, ["same", "order", "where"])
    same = keys_of(path, block, "same", need(path, block, "same"))
    if not {"patient_id", "claim_id"} & set(same):
        raise unlike(path, block, "same", "of one patient", "add patient_id")
    order = keys_of(path, block, "order", need(path, block, "order"))
    for name in order:
        if fields.LINE_FIELDS[name] in ("texts", "integers"):
            raise unlike(path, block, "order", "fields that have an order", f"leave out `{name}`")
    where = condition(block, "where", parser)
    said_of = {ref.role for ref in m.fields_read(where)}
    if len(said_of) > 1:
        raise unlike(path, block, "where", "said of one line", "compare the two lines under `when`")
    for role in said_of:
        own_condition(path, block, "where", parser, role)
    return m.Group(same, order, where)


def sequence_of(path: Path, block: LineDict, parser: ConditionParser, windows: Windows) -> m.Sequence:
    """``sequence: {same, where, window, limit, as, restart}``. Raises InputRefused."""
    known_keys(path, block, ["same", "where", "window", "limit", "as", "restart"])
    same = keys_of(path, block, "same", need(path, block, "same"))
    if "patient_id" not in same:
        raise unlike(path, block, "same", "of one patient", "add patient_id")
    window = _of_anchor(path, block, windows, parser.roles.first)
    word = choice(path, block, "restart", ["payable", "every"], "payable")
    return m.Sequence(
        same,
        own_condition(path, block, "where", parser, parser.roles.first),
        window,
        limit_of(path, block, parser, 1),
        text(path, block, "as") or "clock",
        "every" if word == "every" else "payable",
    )


def limit_of(path: Path, block: LineDict, parser: ConditionParser, default: int) -> Any:
    """A whole number, a parameter, or a field of a table row. Raises InputRefused."""
    value = block.get("limit", default)
    if isinstance(value, str) and value.startswith("$"):
        name = value[1:]
        if "." in name:
            ref = parser.field(name, line_of(block, "limit"))
            if ref.type not in {"integer", "number"} or not ref.kind.startswith("table:"):
                raise unlike(path, block, "limit", "a number of a table row", "name a column of the row")
            return ref
        parser.known_parameter(name, line_of(block, "limit"))
        for _, item in parser.parameters[name].values:
            if isinstance(item, bool) or not isinstance(item, int) or item < 0:
                raise unlike(
                    path, block, "limit", "a parameter that is a whole number", f"see `parameters: {name}`"
                )
        return m.ParameterRef(name)
    return whole(path, block, "limit", default, 0, 1_000_000)


def partner_of(
    path: Path, role: str, block: LineDict, parser: ConditionParser, windows: Windows
) -> m.Partner:
    """What stands, or should stand, beside the line: ``same`` or ``any_of``, ``where``, ``within``, ``days_before``."""
    known_keys(path, block, ["line", "same", "any_of", "where", "table", "days_before", "within"])
    sets = block.get("any_of", [block.get("same")])
    if not isinstance(sets, list) or ("any_of" in block) == ("same" in block):
        raise unlike(
            path, block, "same", "given once, or as `any_of` with several lists", "write `same: [...]`"
        )
    listed = tuple(keys_of(path, block, "any_of" if "any_of" in block else "same", keys) for keys in sets)
    for keys in listed:
        if not {"patient_id", "claim_id"} & set(keys):
            raise unlike(
                path, block, "any_of" if "any_of" in block else "same", "of one patient", "add patient_id"
            )
    if len({bool(set(FIRST_DAY) & set(keys)) for keys in listed}) > 1:
        raise unlike(path, block, "any_of", "with service_day in every list, or in none", "add service_day")
    before, before_when = block.get("days_before", 0), m.NEVER
    if isinstance(before, Mapping):
        window = maybe_section(path, block, "days_before")
        known_keys(path, window, ["days", "when"])
        before = whole(path, window, "days", 0, 0, 366)
        before_when = own_condition(path, window, "when", parser, parser.roles.first)
    elif before:
        before, before_when = whole(path, block, "days_before", 0, 0, 366), m.ALWAYS
    within = None
    if "within" in block:
        within = _beside(path, role, section(path, block, "within"), parser, windows)
        if before or any(set(FIRST_DAY) & set(keys) for keys in listed):
            raise unlike(
                path, block, "within", "left out beside a shared day", "leave out service_day and days_before"
            )
    return m.Partner(
        role=role,
        any_of=listed,
        where=own_condition(path, block, "where", parser, role),
        table=None,
        days_before=before,
        days_before_when=before_when if before else m.NEVER,
        within=within,
    )


def _beside(path: Path, role: str, item: LineDict, parser: ConditionParser, windows: Windows) -> m.Within:
    known_keys(path, item, ("window", "anchor", "day"))
    return m.Within(
        role,
        parser.roles.first,
        _of_anchor(path, item, windows, parser.roles.first),
        date_field(path, item, "anchor"),
        date_field(path, item, "day"),
    )


def coverage_of(path: Path, block: LineDict, role: str) -> m.CoverageMatch:
    """``coverage: {table, as, on, jurisdiction, dx, elsewhere}``. Raises InputRefused."""
    known_keys(path, block, ["table", "as", "on", "jurisdiction", "in_force_on", "dx", "elsewhere"])
    if text(path, block, "in_force_on") not in ("", *FIRST_DAY, *(f"{role}.{name}" for name in FIRST_DAY)):
        raise unlike(path, block, "in_force_on", "the line's first day", "write `in_force_on: service_day`")
    if block.get("table", "coverage") != "coverage":
        raise unlike(path, block, "table", "coverage", "write `table: coverage`")
    if "on" in block and dict(section(path, block, "on")) != {"code": f"{role}.code"}:
        raise unlike(path, block, "on", "the code of the line", f"write `on: {{code: {role}.code}}`")
    places = [
        own_name(path, block, "jurisdiction", name, (role,)) for name in texts(path, block, "jurisdiction")
    ]
    listed = {}
    for key, default in (("dx", "line.pointed_dx"), ("elsewhere", "line.dx")):
        listed[key] = own_name(path, block, key, text(path, block, key) or default, (role,))
        if fields.LINE_FIELDS.get(listed[key]) != "texts":
            raise unlike(path, block, key, "a field that lists diagnoses", f"write `{key}: {default}`")
    return m.CoverageMatch(
        alias=text(path, block, "as") or "policy",
        jurisdiction=keys_of(path, block, "jurisdiction", places) if places else (),
        dx=listed["dx"],
        elsewhere=listed["elsewhere"],
    )


def own_name(path: Path, block: LineDict, key: str, name: str, roles: Sequence[str]) -> str:
    """The name of a field of a line, without the role before it. Raises InputRefused for a role of no line here."""
    prefix, dot, bare = name.rpartition(".")
    known = dict.fromkeys((*roles, "line", "claim_line"))
    if dot and prefix not in known:
        near = difflib.get_close_matches(prefix, known, 1)
        raise refuse(
            path, line_of(block, key), f"`{name}` refused", f"no line here is called `{prefix}`",
            f"write `{near[0] if near else next(iter(known))}.{bare}`",
        )  # fmt: skip
    return bare


def condition(block: LineDict, key: str, parser: ConditionParser) -> m.Condition:
    """The condition under a key, one that always holds where there is none."""
    return parser.parse(block[key], line_of(block, key)) if key in block else m.ALWAYS


def own_condition(path: Path, block: LineDict, key: str, parser: ConditionParser, role: str) -> m.Condition:
    """A condition that is asked of one line before it stands beside others, so that it reads that line alone.

    Raises InputRefused for a field of another line, a table row, a sum or a clock.
    """
    found = condition(block, key, parser)
    for ref in m.fields_read(found):
        if ref.role != role or ref.kind != "line":
            raise refuse(
                path, line_of(block, key), f"`{ref}` refused under `{key}`",
                f"`{key}` is asked of each `{role}` by itself, before anything stands beside it",
                f"write a field of `{role}`, or move it to `when` of the match",
            )  # fmt: skip
    return found
