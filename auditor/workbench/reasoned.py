"""Why a finding was made: its lines, its row, each condition of its rule with its values, premises, money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from auditor.base.errors import InputRefused, UsageError
from auditor.base.money import format_usd
from auditor.engine.plain_conditions import FLAGGED, parameter_of, reader
from auditor.engine.plain_conditions import holds as test_of
from auditor.reports.wording import class_words, spoken, table_words, verdict_words
from auditor.rules import model as m
from auditor.rules.condition_words import Speaker
from auditor.rules.field_words import literal_words
from auditor.rules.pack_history import registered_rule
from auditor.rules.pack_tables import known_tables
from auditor.rules.packs import RuleSet
from auditor.workbench.finding_facts import (
    Known,
    Tables,
    add_row_values,
    claim_lines,
    find,
    findings,
    known_of,
    read_run,
)
from auditor.workbench.run_overrides import with_overrides_of

UNKNOWN: Final = object()
"""A value that the run did not keep."""
_SAID: Final = {True: "true", False: "false", None: "not kept"}
_AMOUNTS: Final = (
    "charge", "allowed", "paid", "exposure", "exposure_as_processed", "exposure_allowed", "exposure_counted",
    "corrected",
)  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """A condition, whether it holds (None: not known), the values it was asked of, and its parts."""

    said: str
    holds: bool | None
    values: str = ""
    parts: tuple[Judged, ...] = ()


def explain_finding(
    pack: RuleSet, folder: Path, finding_id: str, claims: Sequence[Path] = (), *, full: bool = False
) -> str:
    """The chain of reasoning of one finding as text.

    Where the rule file is gone or has another hash than the rule that ran, the text that the run kept of it is read in
    its place; a run without it tells the words that it kept, and evaluates no condition. The overrides are those of
    the run, never those at hand. ``claims`` are the files of the run, to know all fields of the lines.
    Raises InputRefused and UsageError.
    """
    run, finding = read_run(folder), find(folder, finding_id)
    tables = known_tables({spec.name: spec for spec in pack.tables})
    rule, remark = _rule_of(pack, run, finding, tables)
    if rule is not None:
        rule, of_overrides = with_overrides_of(run, rule, pack.overrides, tables)
        remark = f"{remark} {of_overrides}".rstrip()
    titles = {spec.name: spec.title for spec in pack.tables}
    lines = [*_head(finding), *_lines(finding), *_rows(finding, titles), "", "The rule", f"  {remark}"]
    if rule is None:
        lines += _kept(run, finding)
    else:
        whole, pointers = claim_lines(run, claims, finding) if claims else ([], None)
        known = known_of(rule, finding, whole, tables)
        known.dx_ptr_known = pointers
        known.roles[FLAGGED] = known.roles[rule.flag]
        add_row_values(rule, finding, known, run, pack.tables)
        lines += list(_conditions(rule, finding, known, Speaker(full), given=bool(claims)))
    lines += [*_premises(folder, finding), *_money(finding)]
    return "\n".join(lines) + "\n"


def judge(part: m.Condition, known: Known, parameters: Mapping[str, m.Parameter], speaker: Speaker) -> Judged:
    """A condition evaluated on what is known, each comparison with its values; what is not known decides nothing."""
    if isinstance(part, m.Not):
        inner = judge(part.part, known, parameters, speaker)
        holds = None if inner.holds is None else not inner.holds
        return Judged("not so", holds, parts=(inner,))
    if isinstance(part, m.All | m.AnyOf):
        parts = tuple(judge(item, known, parameters, speaker) for item in part.parts)
        wanted = isinstance(part, m.AnyOf)
        told = [item.holds for item in parts]
        holds = wanted if wanted in told else None if None in told else not wanted
        return Judged("at least one of" if wanted else "all of", holds, parts=parts)
    said = speaker.test(part)
    left = _read(part.field, known)
    try:
        if left is UNKNOWN or known.day is None:
            raise KeyError(str(part.field))
        is_so = test_of(part, parameters, known.dx_ptr_known is True)(known.roles, known.day, known.values)
    except KeyError:  # a field that the run did not keep
        return Judged(said, None, "" if left is UNKNOWN else _shown(part.field, left))
    values = _shown(part.field, left)
    if isinstance(part.value, m.FieldRef):
        values += f"; against {_shown(part.field, _read(part.value, known))}"
    elif isinstance(part.value, m.ParameterRef):
        value_of = parameter_of(parameters[part.value.name], part.field, known.dx_ptr_known is True)
        with suppress(KeyError):  # what scopes an override was not asked for
            values += f"; against {_shown(part.field, value_of(known.roles, known.day))}"
    return Judged(said, is_so, values)


def _read(ref: m.FieldRef, known: Known) -> Any:
    if ref.name == "dx_ptr_known":
        return UNKNOWN if known.dx_ptr_known is None else known.dx_ptr_known
    try:
        return reader(ref, False)(known.roles, known.values)
    except KeyError:
        return UNKNOWN


def _shown(ref: m.FieldRef, value: Any) -> str:
    if value is None:
        return "not given"
    if isinstance(value, list | tuple):
        shown = [literal_words(ref, item) for item in value]
        more = f" and {len(shown) - 12} more" if len(shown) > 13 else ""
        return ", ".join(shown[:12] if more else shown) + more or "none"
    return literal_words(ref, value)


def _rule_of(
    pack: RuleSet, run: Mapping[str, Any], finding: Mapping[str, Any], tables: Tables
) -> tuple[m.Rule | None, str]:
    """The rule as it ran, as far as it can still be had, and a sentence that says where it is from."""
    name, digest = finding["rule_id"], finding["rule_hash"]
    at_hand = pack.explaining(name)
    if at_hand is not None and at_hand.hash == digest:
        return (
            at_hand,
            f"{at_hand.id} version {at_hand.version}: the rule file is the one that ran (same hash).",
        )
    said = f"{name} is no rule of the packs at hand any more."
    if at_hand is not None:
        said = (
            f"{at_hand.id} has changed since: version {finding['rule_version']} ran, with another hash; version "
            f"{at_hand.version} is at hand."
        )
    try:
        kept = registered_rule(run, name, digest, tables)
    except (InputRefused, UsageError):  # an older run, or one whose rule this version cannot read
        return None, f"{said} Its conditions cannot be evaluated; below stands what the run kept."
    return kept, f"{said} Below stands the rule as it ran, from the text that the run kept (same hash)."


def _entry(run: Mapping[str, Any], digest: str) -> Mapping[str, Any]:
    found = (item for item in run.get("rules") or () if isinstance(item, dict) and item.get("hash") == digest)
    return next(found, {})


def _kept(run: Mapping[str, Any], finding: Mapping[str, Any]) -> list[str]:
    """The words of the rule as they stood when it ran."""
    entry = _entry(run, finding["rule_hash"])
    if not entry.get("logic"):
        return [
            "  The run kept no words of its logic (made by an older version); the sentence above is what it said."
        ]
    lines = [f"  {entry.get('id')}: {entry.get('title')}"]
    for heading, *said in entry["logic"]:
        lines += [f"  {heading}", *(line for item in said for line in _plain(item, 2))]
    return lines


def _plain(item: Any, depth: int) -> Iterator[str]:
    text, parts = (item[0], item[1:]) if isinstance(item, list) and item else (item, [])
    yield f"{'  ' * depth}- {text}"
    for part in parts:
        yield from _plain(part, depth + 1)


def _head(finding: Mapping[str, Any]) -> list[str]:
    return [
        f"Finding {finding['finding_id']}: {finding['rule_id']}, {finding['title']}",
        f"  Verdict: {verdict_words(finding['verdict'])}; class: {class_words(finding['class'])}",
        *([f"  Suppressed by {finding['suppressed_by']}"] if finding.get("suppressed_by") else []),
        *([f"  Reason: {finding['reason']}"] if finding.get("reason") else []),
        "",
        f"  {finding['explanation']}",
        "",
    ]


def _lines(finding: Mapping[str, Any]) -> list[str]:
    out = ["The lines"]
    for entry in finding.get("evidence") or ():
        flagged = (entry["claim_id"], entry["line_no"]) == (finding["claim_id"], finding["line_no"])
        mods = " ".join(entry["modifiers"] or ()) or "no modifier"
        out.append(
            f"  {spoken(entry['role'])}: claim {entry['claim_id']} line {entry['line_no']}, {entry['service_date']}, "
            f"{entry['code']}, {mods}, {_number(entry['units'])} units, paid {format_usd(entry['paid']) or 'not given'}"
            + (" (flagged)" if flagged else "")
        )
    return out if len(out) > 1 else [*out, "  none: it is a finding on a provider"]


def _rows(finding: Mapping[str, Any], titles: Mapping[str, str]) -> list[str]:
    out = ["", "The table row in force"]
    for row in finding.get("reference_rows") or ():
        out.append(
            f"  {table_words(row['table'], titles)}, edition {row['edition']}: {row['key']}, in force from "
            f"{row['effective']} to {row['deleted'] or 'no end'}"
        )
    return out if len(out) > 2 else [*out, "  none: it rests on no row of a table"]


def _conditions(
    rule: m.Rule, finding: Mapping[str, Any], known: Known, speaker: Speaker, *, given: bool
) -> Iterator[str]:
    seen: list[bool] = []

    def told(heading: str, part: m.Condition) -> Iterator[str]:
        judged = judge(part, known, rule.parameters, speaker)
        seen.append(judged.holds is None)
        parts = judged.parts if isinstance(part, m.All) and part.parts else (judged,)
        yield f"  {heading}: {_SAID[judged.holds]}"
        for item in parts:
            yield from _tree(item, 2)

    if rule.match is None:
        yield "  It compares a provider with its peers; the sentence above holds the figures."
        return
    if rule.match.when != m.ALWAYS:
        yield from told("What must hold, all of it", rule.match.when)
    if rule.bypass is not None:
        yield from told("What lifts it", rule.bypass)
    lifted = finding["verdict"] == "bypassed"  # then no variant is asked
    for item in () if lifted else rule.variants:
        yield from told(f"{item.id}, {item.title}", item.when)
        if item.id == finding["rule_id"]:
            break
    chosen = next((item for item in rule.all_variants if item.id == finding["rule_id"]), rule.base_variant)
    for at, part in enumerate(chosen.class_rule.probable_when):
        reason = chosen.class_rule.reasons[at] if at < len(chosen.class_rule.reasons) else ""
        yield from told(f"Lowered to record needed{', because ' + reason if reason else ''}", part)
    if chosen.class_rule.partner is not None:
        yield f"  Lowered where every {spoken(chosen.class_rule.partner)} line has itself fallen: see what it rests on"
    if any(seen):
        read = "  What is marked [not kept] read a field that a run does not keep with its findings"
        yield read + (
            ", and that its lines in the claims do not tell either: the sentence above holds the values"
            if given
            else "; the claims, given again with --claims, may show it"
        )


def _tree(item: Judged, depth: int) -> Iterator[str]:
    values = f" ({item.values})" if item.values else ""
    yield f"{'  ' * depth}[{_SAID[item.holds]}] {item.said}{values}"
    for part in item.parts:
        yield from _tree(part, depth + 1)


def _premises(folder: Path, finding: Mapping[str, Any]) -> list[str]:
    out = ["", "What it rests on"]
    premises = [str(item) for item in finding.get("premises") or ()]
    ids = [item.removeprefix("finding ") for item in premises]
    named = {row["finding_id"]: row for row in findings(folder, ids)} if ids else {}
    for item, name in zip(premises, ids, strict=True):
        row = named.get(name)
        if row is None:
            out.append(f"  {item}")
            continue
        place = f"claim {row['claim_id']} line {row['line_no']}" if row["claim_id"] else "a provider"
        out.append(f"  finding {name}: {row['rule_id']} on {place}, {verdict_words(row['verdict'])}")
    return out if len(out) > 2 else [*out, "  its lines and its row alone"]


def _money(finding: Mapping[str, Any]) -> list[str]:
    shown = [
        f"{spoken(name)} {format_usd(finding[name])}" for name in _AMOUNTS if finding.get(name) is not None
    ]
    word = finding.get("exposure_basis")
    basis = f", by what was {word}" if word else ""
    basis = {
        "estimated": ", estimated",
        "repriced": ", repriced by the fee schedule",
        "not_priced": ", not priced",
    }.get(word or "", basis)
    risk = "; at risk only, counted in no total" if finding.get("at_risk") else ""
    return ["", "The money", f"  {', '.join(shown) or 'no amount'}{basis}{risk}"]


def _number(value: Decimal | None) -> str:
    if value is None:
        return "unknown"
    return format(value.normalize(), "f")
