"""The rows of an inspection that tell what rules can do with a feed: by rule, by reason, by table and by field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from auditor.profiles.feed_fields import Use
from auditor.profiles.feed_rules import Readiness
from auditor.reference.needs import spans_of
from auditor.reports.wording import family_words, table_words
from auditor.workbench.feed_inspection import Inspection
from auditor.workbench.feed_json import states
from auditor.workbench.feed_layout import Table, counted, percent, usd

IDS = 8
"""Rules that a field names."""
RULES_SAY = (
    "Told without an audit, by fields, tables, payers and settings. What stands beside a line is looked at in the "
    "audit alone, which may leave further lines not evaluated. What is not evaluated is not a pass."
)
_NO_TABLE = "No line asks a table: none has a code, a setting and a date that a table is about."
_STATE_MEANS = {
    "runs": "every line in scope can be evaluated",
    "in part": "some of the lines in scope can be evaluated",
    "not evaluated": "lines are in scope, and none can be evaluated: no pass",
    "nothing in scope": "no line of this feed is what the rule is about",
    "left out": "not run at all",
}


def rule_tables(found: Inspection) -> tuple[Table, ...]:
    """Rules counted by state, what holds them up, and each of them."""
    ordered = sorted(found.rules, key=lambda item: item.state == "nothing in scope")
    by_state = [(state, f"{number:,}", _STATE_MEANS[state]) for state, number in states(found.rules).items()]
    return (
        Table("Rules by what they can do", ("State", "Rules", "Meaning"), tuple(by_state), frozenset({1})),
        Table(
            "Why rules cannot run, or run in part",
            ("Reason", "Rules", "Which"),
            tuple(_why(found.rules)),
            frozenset({1}),
            "Every rule that has a line in scope runs on all of them."
            if any(item.state == "runs" for item in found.rules)
            else "No rule has a line in scope.",
        ),
        Table(
            "Each rule",
            ("Rule", "Title", "Family", "State", "In scope", "Evaluated", "Dollars evaluated", "Why not"),
            tuple(_rule(item) for item in ordered),
            frozenset({4, 5, 6}),
            minor=frozenset(at for at, item in enumerate(ordered) if item.state == "nothing in scope"),
        ),
    )


def _why(rules: Iterable[Readiness]) -> list[tuple[str, str, str]]:
    """Reasons, those of most rules first, with the rules that they hold up."""
    of: dict[str, list[str]] = defaultdict(list)
    for rule in rules:
        if rule.state in ("in part", "not evaluated"):
            for reason in {item.reason for item in rule.reasons} or {rule.why}:
                of[reason].append(rule.rule_id)
        elif rule.state == "left out":
            of[rule.why].append(rule.rule_id)
    ranked = sorted(of.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(reason, f"{len(ids):,}", ", ".join(sorted(ids))) for reason, ids in ranked]


def _ids(ids: Sequence[str]) -> str:
    """Ids of rules, the first few by name."""
    more = f" and {len(ids) - IDS:,} more" if len(ids) > IDS else ""
    return ", ".join(ids[:IDS]) + more


def _rule(item: Readiness) -> tuple[str, ...]:
    what = "provider" if item.unit == "providers" else "line"
    why = item.why
    if item.state in ("in part", "not evaluated") and item.reasons:
        why = "; ".join(f"{reason.reason} ({counted(reason.lines, what)})" for reason in item.reasons)
    in_scope = "not known" if item.eligible is None else counted(item.eligible, what)
    dollars = usd(item.cents_evaluated) if item.unit == "claim lines" and item.eligible else ""
    return (
        item.rule_id, item.title, family_words(item.family), item.state, in_scope, f"{item.evaluated:,}", dollars, why
    )  # fmt: skip


def asked_table(found: Inspection) -> Table:
    """The tables that the lines ask, with the quarters for which nothing answers."""
    by_table: dict[str, list[str]] = defaultdict(list)
    lacking: dict[str, list[str]] = defaultdict(list)
    lines: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    editions: dict[str, set[str]] = defaultdict(set)
    for need in found.needs:
        by_table[need.table].append(need.quarter)
        editions[need.table] |= set(need.editions)
        lines[need.table][0] += need.lines
        lines[need.table][1] += need.missing
        if need.missing:
            lacking[need.table].append(need.quarter)
    rows = [
        (
            table_words(table),
            spans_of(quarters),
            ", ".join(sorted(editions[table])),
            f"{lines[table][0]:,}",
            f"{lines[table][1]:,}",
            spans_of(lacking[table]) if lacking[table] else "",
        )
        for table, quarters in by_table.items()
    ]
    titles = (
        "Table",
        "Quarters asked",
        "Answered by",
        "Lines",
        "Lines without answer",
        "Quarters without answer",
    )
    return Table("Tables and quarters", titles, tuple(rows), frozenset({3, 4}), _NO_TABLE)


def field_tables(found: Inspection) -> tuple[Table, ...]:
    """The fields that the feed has, how they are filled and who needs them; and those that no file has."""
    coverage = found.profile.coverage
    several = len({kind for item in coverage for kind in item.by_type}) > 1
    have = [item for item in coverage if item.named or item.filled]
    rows = []
    for item in have:
        use = found.uses.get(item.field, Use())
        by_type = "; ".join(f"{kind} {percent(some, of)}" for kind, (some, of) in item.by_type.items() if of)
        note = "" if item.named else "made by the reader"
        rows.append(
            (
                item.field,
                percent(item.filled, item.lines),
                *([by_type] if several else []),
                f"{item.distinct:,}",
                f"{len(use.require):,}",
                f"{len(use.read):,}",
                note,
            )
        )
    titles = ("Field", "Filled", *(["By claim type"] if several else []), "Values", "Rules that need it",
              "Rules that read it", "Remark")  # fmt: skip
    numbers = frozenset({1, *range(3 if several else 2, len(titles) - 1)})
    lacking = [
        (item.field, item.doc, _ids(use.require), _ids(sorted({*use.read} - {*use.require})))
        for item in coverage
        if not item.named and not item.filled
        for use in (found.uses.get(item.field, Use()),)
    ]
    lacking.sort(key=lambda row: (not row[2], not row[3]))
    return (
        Table("Fields that the feed has", titles, tuple(rows), numbers, "No field."),
        Table(
            "Fields that no file has",
            ("Field", "What it is", "Rules that are not evaluated without it", "Other rules that read it"),
            tuple(lacking),
            minor=frozenset(at for at, row in enumerate(lacking) if not row[2] and not row[3]),
        ),
    )
