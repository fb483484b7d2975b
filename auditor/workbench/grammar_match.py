"""The shapes of ``match`` and ``windows``: which lines stand together, within what time, with which row of a table."""

from __future__ import annotations

from typing import Final

from auditor.rules import fields
from auditor.rules.match_blocks import PERIODS, SUMMED
from auditor.workbench.shape import Shape, condition, either, flag, items, mapping, named, text, texts, whole

ID_PATTERN: Final = r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)+-[0-9]{3}$"
"""<FAMILY>-<TOPIC>-<NNN>; a topic may have several parts."""
ROLE_PATTERN: Final = r"^[a-z][a-z0-9_]*$"

_DATES = [name for name, kind in fields.LINE_FIELDS.items() if kind == "date"]


def keys_shape(about: str, *further: str) -> Shape:
    """A list of fields of a claim line, and of `further` words."""
    return Shape(
        "list",
        about,
        inner=text(words=[*fields.LINE_FIELDS, *further]),
        example="[patient_id, provider_id, service_day]",
    )


SPAN_KEYS: Final = {
    "days": Shape(
        "list",
        "First and last day around the anchor, both inclusive; days before are negative, null is open.",
        inner=either("", whole(), Shape("any", words=("null",))),
        example="[-30, 0]",
    ),
    "months": Shape(
        "list",
        "First and last month around the anchor; a day that the month has not becomes its last. Days are added after.",
        inner=either("", whole(), Shape("any", words=("null",))),
        example="[-36, 0]",
    ),
    "whole_months": flag(
        "The window starts on the first of its first month and ends on the last of its last one."
    ),
    "calendar": text("The calendar month or year of the anchor itself.", ("month", "year")),
}
_SPAN = mapping("A window of time around a date.", SPAN_KEYS, example="{days: [-30, 0]}")
_WINDOW = either("A window: the name of one under `windows:`, or the window itself.", text(), _SPAN)
_WITHIN_ONE = {
    "window": _WINDOW,
    "anchor": text("The date around which the window is laid (default date_from).", _DATES),
    "day": text("The date that must lie in the window (default date_from).", _DATES),
}
_LIMIT = either("A whole number, $parameter, or $row.field.", whole("", 0, 1_000_000), text(pattern=r"^\$"))

TABLE: Final = mapping(
    "A row of a dated reference table, in force on a day.",
    {
        "name": text(
            "The table: " + ", ".join(fields.TABLE_FIELDS) + ", or one of the pack's own under `tables/`."
        ),
        "as": text("What the row is called in this rule, as in {edit.edition}.", pattern=ROLE_PATTERN),
        "on": named(
            "Which column of the table equals which field.",
            text("role.field"),
            example="{column_1: column_1.code, column_2: column_2.code}",
        ),
        "in_force_on": text(
            "The day for which the row is asked; left out, it is the day of the match.",
            example="line.service_date",
        ),
    },
    ["name", "on"],
    example="{name: ncci_mue, as: mue, on: {setting: line.setting, code: line.code}}",
)

_LOOKUP = mapping(
    "A row that is read where there is one.",
    {
        **TABLE.keys,
        "optional": flag(
            "The rule is evaluated without the table, too. The row may only be asked under `variants` and "
            "`probable_when`, so that without it nothing is more certain."
        ),
    },
    ["name", "on"],
    example="{name: mpfs_rvu, as: fee, on: {code: line.code}, optional: true}",
)

_SAME = keys_shape(
    "Fields in which the lines agree, patient_id or claim_id among them; service_day makes them share a day."
)
_PARTNER_TABLE = mapping(
    "A table that lists what stands beside the line.",
    {**TABLE.keys, "where": condition("Which of its rows list partners; it reads the row alone.")},
    ["name", "on"],
    example='{name: mpfs_rvu, as: fee, on: {code: major.code}, where: {fee.glob_days: "090"}}',
)
_PARTNER = {
    "same": _SAME,
    "any_of": items(
        "Several lists of fields: a line that agrees by any of them stands beside.", keys_shape("Fields.")
    ),
    "where": condition("Which lines count as standing beside."),
    "table": _PARTNER_TABLE,
    "days_before": either(
        "A line so many days earlier still stands beside.",
        whole("", 0, 366),
        mapping(
            "",
            {"days": whole("", 0, 366), "when": condition("For which lines the earlier days count.")},
            ["days"],
        ),
    ),
    "within": mapping("The line stands in a window around the flagged one.", _WITHIN_ONE, ["window"]),
}

MATCH: Final = mapping(
    "Which lines stand together, and with which table row. Exactly one form follows from the keys.",
    {
        "lines": Shape(
            "list",
            "Names for one line or two: [line], [column_1, column_2], [original, copy].",
            inner=text(pattern=ROLE_PATTERN),
            least=1,
            most=2,
            example="[line]",
        ),
        "claims": Shape(
            "list",
            "A name for a whole claim or stay, in place of `lines`.",
            inner=text(pattern=ROLE_PATTERN),
            least=1,
            most=1,
            example="[stay]",
        ),
        "same": _SAME,
        "within": named(
            "One of the two lines lies in a window around the other.",
            mapping("", {"of": text("The other line.")} | _WITHIN_ONE, ["window"]),
            ROLE_PATTERN,
            example="{visit: {of: surgery, window: global_period}}",
        ),
        "one": text(
            "Of two lines, the one that is not flagged: of all that may stand there beside a flagged line one is "
            "taken, so that the line gives one finding.",
            pattern=ROLE_PATTERN,
            example="stay",
        ),
        "table": TABLE,
        "lookup": items(
            "Rows that are read where there is one and decide nothing by themselves; else their fields are empty.",
            _LOOKUP,
        ),
        "priced": mapping(
            "The fee of the flagged line by the fee schedule, and the part of it that is due beside the day's others.",
            {"as": text("What it is called; price where left out.", pattern=ROLE_PATTERN)},
            example="{as: price}",
        ),
        "group": mapping(
            "Lines alike (duplicates): the first is the original, each later one a copy.",
            {
                "same": keys_shape("Fields in which the lines are alike."),
                "order": keys_shape("Fields that put them in order."),
                "where": condition("Which lines are looked at."),
            },
            ["same", "order"],
            example="{same: [patient_id, code, service_date], order: [paid_date]}",
        ),
        "sum": mapping(
            "A sum over a group of lines.",
            {
                "of": text("What is summed; day_units opens lines that span several days.", SUMMED),
                "as": text(
                    "What the sum is called: as.units, as.amount, as.lines, as.date ...", pattern=ROLE_PATTERN
                ),
                "over": keys_shape(
                    "What the group is: fields, and at most one period (service_day, month, year).", *PERIODS
                ),
                "where": condition("Which lines count."),
                "running": flag("In the order of dates, up to and including each line."),
                "window": _WINDOW.said("Of a running sum: only lines in this window."),
            },
            ["as", "over"],
            example="{of: units, as: year, over: [patient_id, code, year]}",
        ),
        "absent": mapping(
            "No such line stands beside.",
            {"line": text("What the missing line is called.", pattern=ROLE_PATTERN)} | _PARTNER,
            ["line"],
            example="{line: primary, same: [patient_id, provider_id, service_day]}",
        ),
        "because": mapping(
            "Every line that it hangs on has fallen.",
            {
                "not_payable": mapping(
                    "What must have fallen.",
                    {"all": text("What these lines are called.", pattern=ROLE_PATTERN)},
                    ["all"],
                )
            },
            ["not_payable"],
            example="{not_payable: {all: primary}}",
        ),
        "primary": mapping(
            "Beside `because`: the lines that this one hangs on.", {"line": text()} | _PARTNER
        ),
        "sequence": mapping(
            "Visits in the order of their dates: so many in a window, no more.",
            {
                "same": keys_shape("Fields in which the visits agree; patient_id among them."),
                "where": condition("Which lines are visits."),
                "window": _WINDOW.said(
                    "Which earlier visits are near: a window around the visit's first day."
                ),
                "limit": _LIMIT.said("How many near visits it takes for this one to fall (default 1)."),
                "as": text("What the clock is called: clock.earlier, clock.last ...", pattern=ROLE_PATTERN),
                "restart": text(
                    "payable: a visit that falls does not count for the next; every: it does.",
                    ("payable", "every"),
                ),
            },
            ["same", "window"],
            example="{same: [patient_id], where: {line.code: G0439}, window: {months: [-11, 0]}}",
        ),
        "coverage": mapping(
            "No diagnosis of the line meets its coverage policy.",
            {
                "table": text("The coverage table.", ("coverage",)),
                "as": text("What the policy is called.", pattern=ROLE_PATTERN),
                "on": named("The code of the line.", text()),
                "jurisdiction": texts("Fields that say where the line is, the most exact first."),
                "in_force_on": text("The line's first day."),
                "dx": text("The diagnoses that must meet the policy.", example="line.pointed_dx"),
                "elsewhere": text("Diagnoses that would meet it if they were pointed to.", example="line.dx"),
            },
            ["jurisdiction"],
        ),
        "when": condition("What must hold of the lines, the row, the sum."),
    },
    example='{lines: [line], when: {line.modifiers: {contains: "GZ"}}}',
)

WINDOWS: Final = named(
    "Windows of time by name.",
    either(
        "",
        mapping(
            "",
            SPAN_KEYS | {"citation": text("The key of the citation that says so.")},
            ["citation"],
        ),
        mapping(
            "A window for each value of a field.",
            {
                "by": text("The field: of the line, or of a row."),
                "values": named("A window for each value; one not listed has none.", _SPAN),
                "citation": text("The key of the citation that says so."),
            },
            ["by", "values", "citation"],
        ),
    ),
    ROLE_PATTERN,
)
