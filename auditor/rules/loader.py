"""From one YAML file to one :class:`~auditor.rules.model.Rule`, or a refusal that names file, line, cause and mend."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from auditor.rules import model as m
from auditor.rules.parsing import ConditionParser, RoleKinds, known_keys, need, section
from auditor.rules.yaml_strict import LineDict, read_yaml, refuse

RULE_KEYS = (
    "id catalogue_id version title status owner family class severity effective applies_to citations requires "
    "parameters let match benchmark variants bypass bypass_reason bypass_explanation unless flag concludes exposure "
    "explanation record_needed root_cause false_positives carc_analogue related changelog override tests cites"
).split()
STATUSES = ("draft", "experimental", "stable", "deprecated")


def load_rule(path: Path) -> m.Rule | m.Override:
    """Read one rule file.

    Returns a rule, or an override when the file holds an ``override`` block. Raises InputRefused (exit 3).
    """
    data = read_yaml(path)
    known_keys(path, data, RULE_KEYS)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if "override" in data:
        return _override(path, data, digest)
    return _rule(path, data, digest)


def _override(path: Path, data: LineDict, digest: str) -> m.Override:
    block = section(path, data, "override")
    known_keys(path, block, ["rules", "action", "when", "reason", "approved_by", "expires", "from"])
    if need(path, block, "action") != "suppress":
        raise refuse(
            path, block.line, "override refused", "this version knows the action `suppress`", "use `suppress`"
        )
    parser = ConditionParser(path, RoleKinds({"line": "line"}), {}, {})
    return m.Override(
        id=str(need(path, data, "id")),
        rules=tuple(need(path, block, "rules")),
        when=parser.parse(need(path, block, "when"), block.line),
        reason=str(need(path, block, "reason")),
        approved_by=str(need(path, block, "approved_by")),
        expires=block.get("expires"),
        effective_from=block.get("from"),
        title=str(data.get("title", "")),
        file=path.name,
        hash=digest,
        tests=tuple(data.get("tests") or ()),
    )


def _rule(path: Path, data: LineDict, digest: str) -> m.Rule:
    family = str(need(path, data, "family"))
    if family not in m.FAMILIES:
        raise refuse(
            path, data.key_lines["family"], f"family `{family}` is not known", "it decides the stratum",
            f"use one of {', '.join(m.FAMILIES)}",
        )  # fmt: skip
    status = str(data.get("status", "draft"))
    if status not in STATUSES:
        raise refuse(
            path,
            data.key_lines["status"],
            f"status `{status}` is not known",
            "",
            "use " + ", ".join(STATUSES),
        )
    parameters = _parameters(path, data)
    kinds = _role_kinds(path, data)
    parser = ConditionParser(path, kinds, parameters, data.get("let") or {})
    match = _match(path, data, kinds, parser) if "match" in data else None
    benchmark = _benchmark(path, data, parser) if "benchmark" in data else None
    if (match is None) == (benchmark is None):
        raise refuse(
            path, data.line, "rule refused", "it needs `match` or `benchmark`", "write one of the two"
        )
    effective = data.get("effective") or {}
    flags = data.get("flag") or [match.roles[-1] if match else "line"]
    concludes = data.get("concludes") or {}
    unless = data.get("unless") or {}
    rule = m.Rule(
        id=str(need(path, data, "id")),
        catalogue_id=str(need(path, data, "catalogue_id")),
        version=int(data.get("version", 1)),
        title=str(need(path, data, "title")),
        status=status,
        owner=str(data.get("owner", "")),
        family=family,
        class_rule=_class_rule(path, data, parser, data.get("class")),
        severity=_severity(path, data, need(path, data, "severity")),
        effective_from=effective.get("from"),
        effective_to=effective.get("to"),
        scope=_scope(path, data),
        citations=_citations(path, data),
        requires=tuple(str(item).rpartition(".")[2] for item in data.get("requires") or ()),
        parameters=parameters,
        match=match,
        benchmark=benchmark,
        variants=(),
        bypass=parser.parse(data["bypass"], data.key_lines["bypass"]) if data.get("bypass") else None,
        bypass_reason=str(data.get("bypass_reason") or ""),
        bypass_explanation=str(data.get("bypass_explanation") or ""),
        unless=unless.get("not_payable"),
        flag=str(flags[0]),
        concludes=concludes.get("not_payable"),
        exposure=_exposure(path, data),
        explanation=str(data.get("explanation") or ""),
        record_needed=tuple(data.get("record_needed") or ()),
        root_cause=str(data.get("root_cause") or ""),
        false_positives=tuple(data.get("false_positives") or ()),
        carc_analogue=str(data.get("carc_analogue") or ""),
        tests=tuple(data.get("tests") or ()),
        file=path.name,
        hash=digest,
        related=tuple(data.get("related") or ()),
    )
    if rule.benchmark is not None and rule.class_rule.base != "risk":
        raise refuse(
            path, data.key_lines["class"], "class refused", "a statistic is an indicator, never a finding of fact",
            "write `class: risk`",
        )  # fmt: skip
    rule = replace(rule, cites=_cites(path, data, rule.citations))
    variants = tuple(_variant(path, item, rule, parser) for item in data.get("variants") or ())
    return replace(rule, variants=variants)


def _variant(path: Path, data: LineDict, rule: m.Rule, parser: ConditionParser) -> m.Variant:
    known_keys(
        path,
        data,
        "id catalogue_id title when class severity exposure explanation record_needed notes cites".split(),
    )
    return m.Variant(
        id=str(need(path, data, "id")),
        catalogue_id=str(data.get("catalogue_id") or rule.catalogue_id),
        title=str(data.get("title") or rule.title),
        when=parser.parse(need(path, data, "when"), data.line),
        class_rule=_class_rule(path, data, parser, data["class"]) if "class" in data else rule.class_rule,
        severity=_severity(path, data, data["severity"]) if "severity" in data else rule.severity,
        exposure=_exposure(path, data) if "exposure" in data else rule.exposure,
        explanation=str(data.get("explanation") or rule.explanation),
        record_needed=tuple(data.get("record_needed") or rule.record_needed),
        cites=_cites(path, data, rule.citations),
    )


def _cites(path: Path, data: LineDict, citations: tuple[m.Citation, ...]) -> tuple[str, ...]:
    known = [citation.key for citation in citations]
    for key in data.get("cites") or ():
        if key not in known:
            raise refuse(
                path, data.key_lines["cites"], f"citation `{key}` is not known", "`citations:` has no such key",
                f"keys here: {', '.join(known)}",
            )  # fmt: skip
    return tuple(data.get("cites") or ())


def _severity(path: Path, data: LineDict, value: Any) -> str:
    if value not in m.SEVERITIES:
        raise refuse(
            path, data.key_lines["severity"], f"severity `{value}` is not known", "",
            "use critical, high, medium or low",
        )  # fmt: skip
    return str(value)


def _scope(path: Path, data: LineDict) -> m.Scope:
    block = data.get("applies_to") or {}
    known_keys(path, block, ["line_of_business", "claim_type", "setting", "payer_id"])
    return m.Scope(**{key: tuple(value) for key, value in block.items()})


def _class_rule(path: Path, data: LineDict, parser: ConditionParser, value: Any) -> m.ClassRule:
    line = data.key_lines.get("class", data.line)
    if isinstance(value, str):
        value = {"is": value}
    if not isinstance(value, Mapping) or value.get("is") not in m.LEVELS:
        raise refuse(
            path, line, "class refused", "it must be definite, probable or risk", "write `class: probable`"
        )
    partner = value.get("probable_if_all_fall")
    partner_when: m.Condition = m.ALWAYS
    if isinstance(partner, Mapping):
        if partner.get("when"):
            partner_when = parser.parse(partner["when"], line)
        partner = partner.get("partner")
    return m.ClassRule(
        base=value["is"],
        probable_when=tuple(parser.parse(item, line) for item in value.get("probable_when") or ()),
        partner=partner,
        partner_when=partner_when,
    )


def _exposure(path: Path, data: LineDict) -> m.Exposure:
    block = data.get("exposure") or {}
    known_keys(path, block, ["direction", "method", "basis", "lines", "at_risk"])
    method = block.get("method", "line")
    if method not in {"line", "excess_units", "none"}:
        raise refuse(
            path, data.line, f"exposure method `{method}` is not known", "", "use line, excess_units or none"
        )
    return m.Exposure(
        method=method, direction=block.get("direction", "over"), at_risk=bool(block.get("at_risk", False))
    )


def _citations(path: Path, data: LineDict) -> tuple[m.Citation, ...]:
    found = []
    for item in need(path, data, "citations"):
        known_keys(
            path, item,
            (
                "key document section revision url read_at secondary verified verified_note table locator edition "
                "quote"
            ).split(),
        )  # fmt: skip
        table = item.get("table")
        found.append(
            m.Citation(
                key=str(need(path, item, "key")),
                document=str(item.get("document") or ("" if table is None else f"reference table {table}")),
                section=str(item.get("section") or item.get("locator") or ""),
                revision=str(item.get("revision") or item.get("edition") or ""),
                url=str(item.get("url") or ""),
                verified=bool(item.get("verified", table is not None)),
                table=table,
                secondary=bool(item.get("secondary", False)),
                read_at=str(item.get("read_at") or ""),
                note=str(item.get("verified_note") or ""),
            )
        )
    if not found:
        raise refuse(
            path, data.key_lines["citations"], "no citation", "every finding cites its rule", "add one"
        )
    return tuple(found)


def _parameters(path: Path, data: LineDict) -> dict[str, m.Parameter]:
    found = {}
    for name, block in (data.get("parameters") or {}).items():
        values = []
        citation = ""
        for key, item in block.items():
            if key == "citation":
                citation = str(item)
                continue
            try:
                start = date.fromisoformat(key)
            except ValueError as error:
                raise refuse(
                    path,
                    block.key_lines[key],
                    f"`{key}` is no date",
                    "a parameter is dated",
                    "write 1996-01-01",
                ) from error
            if isinstance(item, Mapping):
                citation = str(item.get("citation") or citation)
                item = item.get("value")
            values.append((start, tuple(item) if isinstance(item, list) else item))
        found[name] = m.Parameter(name, tuple(sorted(values, key=lambda pair: pair[0])), citation)
    return found


def _role_kinds(path: Path, data: LineDict) -> RoleKinds:
    kinds = {"line": "line"}
    if "match" in data:
        match = section(path, data, "match")
        kinds = {str(role): "line" for role in match.get("lines") or ()}
        if len(kinds) == 2:
            kinds["pair"] = "pair"
        if isinstance(match.get("table"), Mapping) and match["table"].get("as"):
            kinds[match["table"]["as"]] = f"table:{match['table']['name']}"
        if isinstance(match.get("sum"), Mapping):
            kinds[match["sum"]["as"]] = "sum"
        if isinstance(match.get("coverage"), Mapping):
            kinds[match["coverage"].get("as", "policy")] = "table:coverage_policy"
        for key in ("absent", "because"):
            if isinstance(match.get(key), Mapping):
                kinds["absent"] = "absent"
                role = match[key].get("line") or (match[key].get("not_payable") or {}).get("all")
                kinds[str(role)] = "line"
    return RoleKinds(kinds)


def _table(path: Path, block: LineDict, parser: ConditionParser) -> m.TableJoin:
    known_keys(path, block, ["name", "as", "on", "in_force_on"])
    return m.TableJoin(
        name=str(need(path, block, "name")),
        alias=str(block.get("as") or block["name"]),
        on=tuple(
            (str(col), parser.field(str(ref), block.line)) for col, ref in need(path, block, "on").items()
        ),
        in_force_on=str(block.get("in_force_on") or "service_date"),
    )


def _partner(path: Path, role: str, block: LineDict, parser: ConditionParser) -> m.Partner:
    known_keys(path, block, ["line", "same", "any_of", "where", "table", "days_before", "not_payable"])
    any_of = block.get("any_of") or [need(path, block, "same")]
    before, before_when = block.get("days_before") or 0, m.ALWAYS
    if isinstance(before, Mapping):
        before_when = parser.parse(before["when"], block.line) if before.get("when") else m.ALWAYS
        before = before["days"]
    return m.Partner(
        role=role,
        any_of=tuple(tuple(keys) for keys in any_of),
        where=parser.parse(block["where"], block.line) if block.get("where") else m.ALWAYS,
        table=_table(path, block["table"], parser) if block.get("table") else None,
        days_before=int(before),
        days_before_when=before_when if before else m.NEVER,
    )


def _match(path: Path, data: LineDict, kinds: RoleKinds, parser: ConditionParser) -> m.Match:
    block = section(path, data, "match")
    known_keys(path, block, "lines same table sum absent because primary coverage when".split())
    roles = tuple(need(path, block, "lines"))
    table = _table(path, block["table"], parser) if block.get("table") else None
    when = parser.parse(block["when"], block.line) if block.get("when") else m.ALWAYS
    if block.get("sum"):
        item = block["sum"]
        known_keys(path, item, ["of", "as", "over", "where"])
        where = parser.parse(item["where"], item.line) if item.get("where") else m.ALWAYS
        day_sum = m.Sum(str(item.get("of", "day_units")), str(item["as"]), tuple(item["over"]), where)
        return m.Match("sum", roles, table=table, sum=day_sum, when=when)
    if block.get("absent"):
        partner = _partner(path, str(need(path, block["absent"], "line")), block["absent"], parser)
        return m.Match("absent", roles, table=table, absent=partner, when=when)
    if block.get("because"):
        role = str(block["because"]["not_payable"]["all"])
        partner = _partner(path, role, block.get("primary") or block["because"], parser)
        return m.Match("because", roles, table=table, because=partner, when=when)
    if block.get("coverage"):
        item = block["coverage"]
        known_keys(path, item, ["table", "as", "on", "jurisdiction", "in_force_on", "dx", "elsewhere"])
        coverage = m.CoverageMatch(
            alias=str(item.get("as", "policy")),
            jurisdiction=tuple(str(ref).rpartition(".")[2] for ref in item.get("jurisdiction") or ()),
            dx=str(item.get("dx", "line.pointed_dx")).rpartition(".")[2],
            elsewhere=str(item.get("elsewhere", "line.dx")).rpartition(".")[2],
        )
        return m.Match("coverage", roles, coverage=coverage, when=when)
    if len(roles) == 2:
        return m.Match("pair", roles, same=tuple(need(path, block, "same")), table=table, when=when)
    return m.Match("line", roles, table=table, when=when)


def _benchmark(path: Path, data: LineDict, parser: ConditionParser) -> m.Benchmark:
    block = section(path, data, "benchmark")
    test = section(path, block, "test")
    if test.get("method") != "beta_binomial":
        raise refuse(
            path,
            test.line,
            "test method is not known",
            "this version has one",
            "write `method: beta_binomial`",
        )
    return m.Benchmark(
        by=tuple(section(path, block, "group")["by"]),
        population=parser.parse(need(path, block, "population"), block.line),
        numerator=parser.parse(need(path, block, "numerator"), block.line),
        peers=tuple(section(path, block, "peers")["by"]),
        min_n=int(test.get("min_n", 30)),
        min_peers=int(test.get("min_peers", 5)),
        percentile=int(test.get("percentile", 95)),
        certainty=int(test.get("certainty", 95)),
        fdr=int(test.get("fdr", 5)),
    )
