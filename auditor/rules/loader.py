"""From one YAML file to one :class:`~auditor.rules.model.Rule`, or a refusal that names file, line, cause and mend."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from auditor.rules import fields
from auditor.rules import model as m
from auditor.rules.benchmarks import benchmark_of
from auditor.rules.citations import check_located, citations_of, cited
from auditor.rules.closed_values import check_id, days_in_force, scope_of
from auditor.rules.corrected import code_map_of, corrected_of, only_above_of
from auditor.rules.match_blocks import limit_of, own_name
from auditor.rules.matches import keys_of, match_of, role_kinds
from auditor.rules.optional import check_optional, check_optional_rows
from auditor.rules.overrides import override_of
from auditor.rules.pack_tables import KnownTables
from auditor.rules.parsing import PLACEHOLDER, SHOWN_PARAMETER, ConditionParser, parameter_lines
from auditor.rules.retirement import retired_of
from auditor.rules.shapes import (
    choice,
    flag,
    known_keys,
    line_of,
    maybe_section,
    nearest,
    need,
    needed_text,
    section,
    sections,
    text,
    texts,
    unlike,
    whole,
)
from auditor.rules.windows import Windows
from auditor.rules.yaml_strict import MAX_BYTES, LineDict, parse_yaml, read_bytes, refuse

RULE_KEYS = (
    "id catalogue_id version title status owner family class severity effective applies_to citations requires optional "
    "parameters windows let match benchmark variants bypass bypass_reason bypass_explanation unjudged_explanation "
    "unless flag concludes exposure explanation record_needed root_cause false_positives carc_analogue related "
    "changelog override tests cites retired"
).split()
STATUSES = ("draft", "experimental", "stable", "deprecated")

_parsed = lru_cache(maxsize=1024)(parse_yaml)
"""A process that reads rules again, as the workbench does, takes apart each file once. Nothing changes what it gave."""


def load_rule(
    path: Path, tables: Mapping[str, Mapping[str, str]] = fields.TABLE_FIELDS
) -> m.Rule | m.Override:
    """Read one rule file; ``tables``: the fields of every table that it may name.

    Returns a rule, or an override when the file holds an ``override`` block. Raises InputRefused (exit 3).
    """
    return loaded_of(path, read_bytes(path, MAX_BYTES), tables)


def loaded_of(
    path: Path, content: bytes, tables: Mapping[str, Mapping[str, str]] = fields.TABLE_FIELDS
) -> m.Rule | m.Override:
    """As :func:`load_rule`, of what the file ``path`` was read to hold."""
    return (
        _made_once(path, content, tables) if isinstance(tables, KnownTables) else _made(path, content, tables)
    )


def _made(path: Path, content: bytes, tables: Mapping[str, Mapping[str, str]]) -> m.Rule | m.Override:
    """A rule or an override of what its file holds."""
    data = _parsed(path, content)
    known_keys(path, data, RULE_KEYS)
    check_id(path, data)
    digest = hashlib.sha256(content).hexdigest()
    if "override" in data:
        return override_of(path, data, digest)
    return rule_of(path, data, digest, tables)


_made_once = lru_cache(maxsize=1024)(_made)
"""As with `_parsed`: a pack that is read again gives the rules that it gave before, which nothing changes."""


def rule_of(path: Path, data: LineDict, digest: str, tables: Mapping[str, Mapping[str, str]]) -> m.Rule:
    """A rule of what its file holds. Raises InputRefused (exit 3)."""
    family = choice(path, data, "family", m.FAMILIES)
    citations = citations_of(path, data, tables)
    parameters = _parameters(path, data, citations)
    kinds = role_kinds(path, data, tables)
    parser = ConditionParser(path, kinds, parameters, maybe_section(path, data, "let"), parameter_lines(data))
    cited_keys = tuple(item.key for item in citations)
    windows = Windows(path, maybe_section(path, data, "windows"), parser, cited_keys)
    roles = tuple(role for role, kind in kinds.kinds.items() if kind in {"line", "claim"})[:2]
    if "pair" not in kinds.kinds:
        roles = roles[:1]
    flags = texts(path, data, "flag") or (roles[-1],)
    if len(flags) > 1:
        raise unlike(
            path, data, "flag", "one line", f"write `flag: [{flags[0]}]`; the other one is shown with it"
        )
    flagged = _role(path, data, "flag", flags[0], roles)
    match = match_of(path, data, parser, windows, flagged) if "match" in data else None
    benchmark = benchmark_of(path, data, parser) if "benchmark" in data else None
    if (match is None) == (benchmark is None):
        raise refuse(
            path, data.line, "rule refused", "it needs `match` or `benchmark`", "write one of the two"
        )
    check_located(path, data, parser)
    effective = maybe_section(path, data, "effective")
    known_keys(path, effective, ["from", "to", "applies_by"])
    if effective.get("applies_by", "service_date") != "service_date":
        raise unlike(
            path,
            effective,
            "applies_by",
            "service_date in this version",
            "leave it out, or write service_date",
        )
    first, last = days_in_force(path, data)
    rule = m.Rule(
        id=needed_text(path, data, "id"),
        catalogue_id=needed_text(path, data, "catalogue_id"),
        version=whole(path, data, "version", 1, 1, 1_000_000),
        title=needed_text(path, data, "title"),
        status=choice(path, data, "status", STATUSES, "draft"),
        owner=text(path, data, "owner"),
        family=family,
        class_rule=_class_rule(path, data, parser, roles, match.one if match is not None else ""),
        severity=choice(path, data, "severity", m.SEVERITIES),
        effective_from=first,
        effective_to=last,
        scope=scope_of(path, data),
        citations=citations,
        requires=_fields(path, data, "requires", roles),
        parameters=parameters,
        match=match,
        benchmark=benchmark,
        variants=(),
        bypass=parser.parse(data["bypass"], line_of(data, "bypass"))
        if data.get("bypass") is not None
        else None,
        bypass_reason=_template(path, data, "bypass_reason", match, parser),
        bypass_explanation=_template(path, data, "bypass_explanation", match, parser),
        unjudged_explanation=_template(path, data, "unjudged_explanation", match, parser),
        unless=_not_payable(path, data, "unless", roles),
        flag=flagged,
        concludes=_not_payable(path, data, "concludes", roles),
        exposure=_exposure(path, data, flagged, match, parser),
        explanation=_template(path, data, "explanation", match, parser),
        record_needed=texts(path, data, "record_needed"),
        root_cause=text(path, data, "root_cause"),
        false_positives=texts(path, data, "false_positives"),
        carc_analogue=text(path, data, "carc_analogue"),
        tests=tuple(sections(path, data, "tests")),
        file=path.name,
        hash=digest,
        related=tuple(sections(path, data, "related")),
        cites=cited(path, data, citations),
        windows=windows.all(),
        changelog=tuple(sections(path, data, "changelog")),
        retired=retired_of(path, data),
        optional=_fields(path, data, "optional", roles),
    )
    check_optional(path, data, rule)
    if rule.benchmark is not None and rule.class_rule.base != "risk":
        raise refuse(
            path, line_of(data, "class"), "class refused", "a statistic is an indicator, never a finding of fact",
            "write `class: risk`",
        )  # fmt: skip
    variants = tuple(_variant(path, item, rule, parser) for item in sections(path, data, "variants"))
    rule = replace(rule, variants=variants)
    check_optional_rows(path, data, rule)
    return rule


def _variant(path: Path, data: LineDict, rule: m.Rule, parser: ConditionParser) -> m.Variant:
    known_keys(
        path,
        data,
        "id catalogue_id title when class severity exposure explanation record_needed notes cites".split(),
    )
    check_id(path, data)
    roles, one = (rule.match.roles, rule.match.one) if rule.match else (("line",), "")
    return m.Variant(
        id=needed_text(path, data, "id"),
        catalogue_id=text(path, data, "catalogue_id") or rule.catalogue_id,
        title=text(path, data, "title") or rule.title,
        when=parser.parse(need(path, data, "when"), line_of(data, "when")),
        class_rule=_lowered_alike(_class_rule(path, data, parser, roles, one), rule.class_rule)
        if "class" in data
        else rule.class_rule,
        severity=choice(path, data, "severity", m.SEVERITIES, rule.severity),
        exposure=_exposure(path, data, rule.flag, rule.match, parser)
        if "exposure" in data
        else rule.exposure,
        explanation=_template(path, data, "explanation", rule.match, parser) or rule.explanation,
        record_needed=texts(path, data, "record_needed") or rule.record_needed,
        cites=cited(path, data, rule.citations),
    )


def _lowered_alike(own: m.ClassRule, base: m.ClassRule) -> m.ClassRule:
    """A variant's class, with the rule's partner where it names none: all findings of a line are asked for partners."""
    if own.partner:
        return own
    return replace(
        own, partner=base.partner, partner_when=base.partner_when, partner_reason=base.partner_reason
    )


def _role(path: Path, data: LineDict, key: str, role: Any, roles: tuple[str, ...]) -> str:
    """One of the lines of the match. Raises InputRefused."""
    if role not in roles:
        raise refuse(
            path, line_of(data, key), f"`{role}` is no line of the match", f"`{key}` names one of its lines",
            f"lines here: {', '.join(roles)}",
        )  # fmt: skip
    return str(role)


def _not_payable(path: Path, data: LineDict, key: str, roles: tuple[str, ...]) -> str | None:
    if data.get(key) is None:
        return None
    block = section(path, data, key)
    known_keys(path, block, ["not_payable"])
    return _role(path, data, key, need(path, block, "not_payable"), roles)


def _fields(path: Path, data: LineDict, key: str, roles: tuple[str, ...]) -> tuple[str, ...]:
    names = [own_name(path, data, key, name, ("claim_line", *roles)) for name in texts(path, data, key)]
    return keys_of(path, data, key, names) if names else ()


def _template(path: Path, data: LineDict, key: str, match: m.Match | None, parser: ConditionParser) -> str:
    """An explanation, every field it names being one of the match's own lines, pair, sum or table row."""
    template = text(path, data, key)
    if match is None:
        return template
    beside = match.absent or match.because
    for name in SHOWN_PARAMETER.findall(template):
        if name not in parser.parameters:
            raise refuse(
                path, line_of(data, key), f"`{{${name}}}` is not known", "`parameters` has none of that name",
                nearest(name, list(parser.parameters)),
            )  # fmt: skip
    for name in PLACEHOLDER.findall(template):
        role, _, told = name.partition(".")
        if role == "pair" and told in fields.SAID_OF_PAIR and not match.one:
            raise refuse(
                path, line_of(data, key), f"`{{{name}}}` refused", "only `one` of `match` tells how many there are",
                "say `one: ROLE` under `match`, or leave the number out",
            )  # fmt: skip
        if role == "absent" or (beside is not None and role == beside.role):
            raise refuse(
                path, line_of(data, key), f"`{{{name}}}` refused", "there may be none of it, or several",
                "name a field of the flagged line or of its table row",
            )  # fmt: skip
        parser.field(name, line_of(data, key))
    return template


def _class_rule(
    path: Path, data: LineDict, parser: ConditionParser, roles: tuple[str, ...], one: str
) -> m.ClassRule:
    value = need(path, data, "class")
    block = data if isinstance(value, str) else section(path, data, "class")
    if block is data:
        return m.ClassRule(base=_base(path, data, "class"))
    known_keys(path, block, ["is", "probable_when", "probable_if_all_fall"])
    lowered = block.get("probable_when") or []
    if not isinstance(lowered, list):
        raise unlike(path, block, "probable_when", "a list of conditions", "write `probable_when: [...]`")
    partner = block.get("probable_if_all_fall")
    partner_when: m.Condition = m.ALWAYS
    partner_reason = ""
    if isinstance(partner, Mapping):
        fall = section(path, block, "probable_if_all_fall")
        known_keys(path, fall, ["partner", "when", "reason"])
        if "when" in fall:
            partner_when = parser.parse(fall["when"], line_of(fall, "when"))
        partner, partner_reason = need(path, fall, "partner"), text(path, fall, "reason")
    if one and partner == one:
        raise unlike(
            path, block, "probable_if_all_fall", f"left out where one `{one}` is taken",
            f"all of them are not asked then: leave out `one: {one}`, or this",
        )  # fmt: skip
    at = line_of(block, "probable_when")
    return m.ClassRule(
        base=_base(path, block, "is"),
        probable_when=tuple(parser.parse(_without_reason(item), at) for item in lowered),
        reasons=tuple(text(path, item, "reason") if isinstance(item, Mapping) else "" for item in lowered),
        partner=_role(path, block, "probable_if_all_fall", partner, roles) if partner is not None else None,
        partner_when=partner_when,
        partner_reason=partner_reason,
    )


def _without_reason(item: Any) -> Any:
    """A condition that lowers the class, without the sentence that says why."""
    if not isinstance(item, LineDict):
        return item
    bare = LineDict((key, value) for key, value in item.items() if key != "reason")
    bare.line, bare.key_lines = item.line, item.key_lines
    return bare


def _base(path: Path, data: LineDict, key: str) -> m.RuleClass:
    word = choice(path, data, key, m.LEVELS)
    return next(level for level in m.LEVELS if level == word)


def _exposure(
    path: Path, data: LineDict, flagged: str, match: m.Match | None, parser: ConditionParser
) -> m.Exposure:
    block = maybe_section(path, data, "exposure")
    known_keys(
        path, block, ["direction", "method", "basis", "lines", "at_risk", "limit", "corrected", "only_above"]
    )
    method = choice(path, block, "method", ["line", "excess_units", "difference", "none"], "line")
    limit = None
    if method == "excess_units":
        limit = _limit(path, block, match, parser)
    elif "limit" in block:
        raise unlike(path, block, "limit", "said of excess_units", "write `method: excess_units`")
    direction = choice(path, block, "direction", ["over", "under", "neutral"], "over")
    if method != "difference" and "corrected" in block:
        raise unlike(path, block, "corrected", "said of difference", "write `method: difference`")
    if block.get("basis", "paid") != "paid":
        raise unlike(
            path,
            block,
            "basis",
            "paid in this version",
            "write `basis: paid`; the finding says where paid is missing",
        )
    if "lines" in block and texts(path, block, "lines") != (flagged,):
        raise unlike(path, block, "lines", "the flagged line", f"write `lines: [{flagged}]`")
    corrected = corrected_of(path, block, match, parser, direction) if method == "difference" else None
    return m.Exposure(
        method=method,  # type: ignore[arg-type]
        direction=direction,  # type: ignore[arg-type]
        at_risk=flag(path, block, "at_risk", False),
        limit=limit,
        corrected=corrected,
        only_above=only_above_of(path, block, match, corrected),
    )


def _limit(
    path: Path, block: LineDict, match: m.Match | None, parser: ConditionParser
) -> m.ParameterRef | m.FieldRef | None:
    """What the units of ``excess_units`` are held against, None for the ``value`` of the match's own row."""
    if match is not None and match.form == "claim":
        raise unlike(
            path, block, "method", "`line` or `none` for a claim", "a claim has no units: say them of a line"
        )
    table = match.table if match is not None else None
    if "limit" in block:
        found = limit_of(path, block, parser, 0)
        if isinstance(found, int):
            raise unlike(
                path, block, "limit", "a parameter or a field of a row", "a limit is dated and cited: name it"
            )
        return found  # type: ignore[no-any-return]
    if table is None or "value" not in parser.roles.tables[table.name]:
        raise unlike(
            path,
            block,
            "method",
            "given a limit: no row of the match has a `value`",
            "write `limit: $parameter`",
        )
    return None


def _parameters(path: Path, data: LineDict, citations: tuple[m.Citation, ...]) -> dict[str, m.Parameter]:
    found = {}
    known = [item.key for item in citations]
    block = maybe_section(path, data, "parameters")
    for name in block:
        periods = section(path, block, name)
        values: list[tuple[date, Any]] = []
        citation = text(path, periods, "citation")
        for key, item in periods.items():
            if key == "citation":
                continue
            try:
                start = date.fromisoformat(key)
            except ValueError as error:
                raise refuse(
                    path,
                    line_of(periods, key),
                    f"`{key}` is no date",
                    "a parameter is dated",
                    "write 1996-01-01",
                ) from error
            cited = citation
            if isinstance(item, Mapping):
                period = section(path, periods, key)
                known_keys(path, period, ["value", "citation"])
                cited = text(path, period, "citation") or citation
                item = need(path, period, "value")
            if cited not in known:
                raise refuse(
                    path, line_of(periods, key), f"parameter `{name}` cites `{cited}`",
                    "`citations:` has no such key", nearest(cited, known),
                )  # fmt: skip
            citation = cited
            if isinstance(item, Mapping):
                item = code_map_of(path, item, name)
            values.append((start, tuple(item) if isinstance(item, list) else item))
        if not values:
            raise unlike(
                path, block, name, "values by the date from which each is in force", "write 1996-01-01: {...}"
            )
        found[name] = m.Parameter(name, tuple(sorted(values, key=lambda pair: pair[0])), citation)
    return found
