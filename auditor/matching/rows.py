"""The rows of ``candidate``: everything that a rule's variants say of a match, as one SELECT."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Sequence

from auditor.matching.facts import Facts
from auditor.matching.relations import reads_rows
from auditor.matching.sequences import limit_of
from auditor.matching.sql import (
    Names,
    alias,
    condition,
    fields_of,
    literal,
    mentions,
    message,
    parameter_sql,
    scope_of,
    scoped_sql,
)
from auditor.matching.taken import IN_ORDER, tells_how_many
from auditor.matching.totals import share
from auditor.rules import model as m
from auditor.rules.fields import TABLE_FIELDS
from auditor.rules.match_blocks import MONEY
from auditor.rules.parsing import PLACEHOLDER, RoleKinds

EVIDENCE_LIMIT = 50
"""Partner lines shown for one finding of a day sum; further ones are counted in the explanation only."""


class CandidateRows:
    """Writes the SELECT that turns a rule's base relation into candidates."""

    def __init__(self, rule: m.Rule, facts: Facts, unjudged: bool = False, priced: str = "") -> None:
        """``priced`` is the relation of the lines' fees, where the rule asks for them."""
        assert rule.match is not None
        self._priced = priced
        self._facts = facts
        self._unjudged = unjudged and bool(rule.unjudged_explanation)
        self.rule, self.match = rule, rule.match
        self.roles = [alias(role) for role in self.match.roles]
        self.flagged = alias(rule.flag)
        self.names = Names(
            day="b.day",
            dx_ptr_known=facts.dx_ptr_known,
            roles=self.match.roles,
            flag=rule.flag,
            marked=facts.marked,
        )

    def sql(self, number: int, first: int, base: str, hit: str) -> str:
        """The SELECT; columns in the order of ``candidates.CANDIDATE_COLUMNS``.

        ``number`` is the rule's, ``first`` the number of the first candidate, ``base`` the relation of the match and
        ``hit`` the lines that it names.
        """
        rule, joins = self.rule, self._joins(hit)
        base = self._looked_up(base, hit)
        needs = "b.clock_limit" if self._counts() else "0"
        partner = next((f"b.{role}_id" for role in self.roles if role != self.flagged), "NULL::BIGINT")
        lifted = self._sql(rule.bypass) if rule.bypass else "FALSE"
        share = [_by_variant(rule.all_variants, lambda item, at=at: self._share(item)[at]) for at in (0, 1)]  # type: ignore[misc]
        corrected = ", ".join(
            _by_variant(rule.all_variants, lambda item, at=at: self._corrected(item)[at])  # type: ignore[misc]
            for at in range(5)
        )
        shown, reason = self._told()
        split = f"{self.roles[0]}.claim_id <> {self.roles[1]}.claim_id" if len(self.roles) == 2 else "FALSE"
        judged = f"""
       (SELECT b.*, {self.flagged}.line_id AS line_id, {partner} AS partner_id, {lifted} AS lifted,
               {self._variant(lifted)} AS variant, {split} AS split,
               {f"b.{alias(rule.unless)}_id + 1" if rule.unless else "0"} AS unless,
               {f"{self.flagged}.days" if self.match.sum else "1"} AS processed
          FROM {base} b {joins}
         WHERE {self._test()})"""
        return f"""
SELECT {first} - 1 + row_number() OVER (ORDER BY b.line_id, b.partner_id, b.day, b.table_row) AS cand,
       {number}, b.variant, b.line_id, b.partner_id, b.day, b.table_row, b.lifted,
       {self._levels()},
       {_by_variant(rule.all_variants, lambda item: self._demote(item.class_rule))}, b.unless,
       {bool(rule.concludes)}, {self.match.form == "because"}, b.split, {share[0]}, {share[1]}, b.processed,
       {shown}{self._set_by()}, CASE WHEN b.lifted THEN {reason} END, 0,
       {_by_variant(rule.all_variants, lambda item: self._doubt(item.class_rule))}, {needs},
       {number + 1 if self._counts() else 0}, 0, 0,
       {corrected}, NULL::VARCHAR
  FROM {self._taken(judged, joins) if self.match.one else judged} b
  {joins}
 WHERE {self._flagged_line()}
"""

    def _taken(self, judged: str, joins: str) -> str:
        """Of all partners beside a flagged line the one that is taken, and how many there are (``pair_partners``).

        First one that leaves a finding standing, then one that a permitted modifier lifts, then one that an earlier
        stratum found not payable where that makes it moot; then the more certain class; then the order of dates.
        """
        other = alias(self.match.one)
        stands = "WHEN b.lifted THEN 1"
        if self.rule.unless == self.match.one:
            stands += " WHEN b.partner_id IN (SELECT line_id FROM conclusion WHERE level = 1) THEN 2"
        order = ", ".join(
            [
                f"CASE {stands} ELSE 0 END",
                self._levels(),
                *(f"{other}.{column}" for column in IN_ORDER),
                "b.day",
                "b.table_row",
            ]
        )
        counted = ", count(DISTINCT b.partner_id) OVER (PARTITION BY b.line_id) AS pair_partners"
        return (
            f"(SELECT b.*{counted if tells_how_many(self.rule) else ''} FROM {judged} b {joins} "
            f"QUALIFY row_number() OVER (PARTITION BY b.line_id ORDER BY {order}) = 1)"
        )

    def _sql(self, part: m.Condition) -> str:
        return condition(part, self.names, self.rule.parameters)

    def _joins(self, hit: str) -> str:
        joins = [f"JOIN {hit} {role} ON {role}.line_id = b.{role}_id" for role in self.roles]
        table, coverage = self.match.table, self.match.coverage
        if table is not None:
            row = alias(table.alias)
            joins.append(f"JOIN ref_{table.name} {row} ON {row}.row_no = b.table_row")
        if coverage is not None:
            row = alias(coverage.alias)
            joins.append(f"JOIN ref_coverage_policy {row} ON {row}.row_no = b.table_row")
        for item in self.match.lookups:
            row = alias(item.alias)
            joins.append(f"LEFT JOIN ref_{item.name} {row} ON {row}.row_no = b.row_of_{item.alias}")
        if self.match.priced:
            row = alias(self.match.priced)
            joins.append(f"LEFT JOIN {self._priced} {row} ON {row}.line_id = b.{self.flagged}_id")
        return " ".join(joins)

    def _set_by(self) -> str:
        """SQL of the sentences that say which override sets each of the rule's parameters for the flagged line."""
        told = ""
        for name, parameter in self.rule.parameters.items():
            said = f" The parameter {name.replace('_', ' ')} is as override "
            first = " ".join(
                f"WHEN {scoped_sql(item, self.rule.flag, self.names)} THEN {literal(f'{said}{item.override} sets it.')}"
                for item in parameter.scoped
            )
            told += f" || CASE {first} ELSE '' END" if first else ""
        return told

    def _flagged_line(self) -> str:
        """SQL: a claim is flagged on all its lines by a variant that prices it, on its first by one that does not."""
        unpriced = [
            f"b.variant = {at}"
            for at, item in enumerate(self.rule.all_variants)
            if item.exposure.method == "none"
        ]
        if self.match.form != "claim" or not unpriced:
            return "TRUE"
        return f"({self.flagged}.is_first OR NOT ({' OR '.join(unpriced)}))"

    def _counts(self) -> bool:
        """Whether the engine counts the earlier visits that are payable."""
        sequence = self.match.sequence
        return sequence is not None and sequence.restart == "payable"

    def _looked_up(self, base: str, hit: str) -> str:
        """The base relation with the row in force of each lookup, the first of several, NULL where there is none."""
        if not self.match.lookups:
            return base
        lines = " ".join(f"JOIN {hit} {role} ON {role}.line_id = b.{role}_id" for role in self.roles)
        if self.match.table is not None:
            row = alias(self.match.table.alias)
            lines += f" JOIN ref_{self.match.table.name} {row} ON {row}.row_no = b.table_row"
        rows = []
        for item in self.match.lookups:
            on = " AND ".join(f"q.{column} = {self.names.field(ref)}" for column, ref in item.on)
            if item.optional:
                answered = self._facts.answered(item.name, f"{self.flagged}.setting", self._day_of(item))
                on = " AND ".join([on, *(f"q.{column} IS NULL" for column in item.rest), answered])
            rows.append(
                f"(SELECT min(q.row_no) FROM ref_{item.name} q WHERE {on} "
                f"AND {self._day_of(item)} BETWEEN q.effective AND q.deleted) AS row_of_{item.alias}"
            )
        return f"(SELECT b.*, {', '.join(rows)} FROM {base} b {lines})"

    def _day_of(self, table: m.TableJoin) -> str:
        role, dot, _ = table.in_force_on.partition(".")
        return f"{alias(role)}.date_from" if dot and role in self.match.roles else "b.day"

    def _test(self) -> str:
        """What the base relation left open: the scope of every line and the exact condition."""
        if self.match.form == "line" and not reads_rows(self.match):
            return "TRUE"
        answered = [
            self._facts.answered(item.name, f"{self.flagged}.setting", self._day_of(item))
            for item in self.match.lookups
            if not item.optional
        ]
        scopes = [scope_of(self.rule, role, alias(role)) for role in self.match.roles]
        return " AND ".join([*scopes, *answered, self._sql(self.match.when)])

    def _variant(self, lifted: str) -> str:
        variants = self.rule.all_variants
        last = len(variants) - 1
        if not last and not self.rule.bypass:
            return "0"
        which = " ".join(f"WHEN {self._sql(item.when)} THEN {at}" for at, item in enumerate(variants[:-1]))
        return f"CASE WHEN {lifted} THEN {last} {which} ELSE {last} END"

    def _levels(self) -> str:
        """The class of each pair or line as it stands, by its variant."""
        return _by_variant(self.rule.all_variants, lambda item: self._level(item.class_rule))

    def _level(self, rule: m.ClassRule) -> str:
        base = m.LEVELS[rule.base]
        if base != 1 or not rule.probable_when:
            return str(base)
        return f"CASE WHEN {' OR '.join(self._sql(item) for item in rule.probable_when)} THEN 2 ELSE 1 END"

    def _doubt(self, rule: m.ClassRule) -> str:
        """Why the class is lowered: the reasons of the conditions that hold."""
        told = [
            f"CASE WHEN {self._sql(item)} THEN {literal(reason)} END"
            for item, reason in zip(rule.probable_when, rule.reasons, strict=True)
            if reason
        ]
        if m.LEVELS[rule.base] != 1 or not told:
            return "NULL"
        return f"nullif(concat_ws('; ', {', '.join(told)}), '')"

    def _demote(self, rule: m.ClassRule) -> str:
        if not rule.partner:
            return "0"
        return f"CASE WHEN {self._sql(rule.partner_when)} THEN b.{alias(rule.partner)}_id + 1 ELSE 0 END"

    def _share(self, item: m.Variant) -> tuple[str, str]:
        """The part of the line's amount at stake, as numerator and denominator in whole thousandths of a unit."""
        match, flagged = self.match, self.flagged
        if item.exposure.method in {"none", "difference"}:
            return "0", "1"
        if item.exposure.method == "line":
            return "1", (f"{flagged}.days" if match.sum else "1")
        limit = self._limit(item.exposure)
        if match.total is not None:
            return share(match.total, limit)
        units, days = f"{flagged}.units", ""
        if match.sum:
            units = "b.sum_units" if mentions(match.when, "sum") else f"{flagged}.day_units"
            days = f" * {flagged}.days"
        elif "day_units" in fields_of(match.when):
            units = f"{flagged}.day_units"
        excess = f"greatest(least({units} - {limit}, {units}), 0)"
        return (
            f"CASE WHEN {units} > 0 THEN CAST({excess} * 1000 AS BIGINT) ELSE 0 END",
            f"CASE WHEN {units} > 0 THEN CAST({units} * 1000 AS BIGINT){days} ELSE 1 END",
        )

    def _corrected(self, item: m.Variant) -> tuple[str, str, str, str, str]:
        """The columns ``fix`` and following: the service that would have been paid."""
        corrected, exposure = item.exposure.corrected, item.exposure
        if corrected is None:
            return "NULL::VARCHAR", "NULL::VARCHAR", "NULL::VARCHAR", "NULL::VARCHAR", "NULL::DECIMAL(18,6)"
        code, share = "NULL::VARCHAR", "NULL"
        if corrected.code is not None:
            code = f"coalesce({self._code(corrected.code)}, '')"
        if corrected.share is not None:
            share = self._number(corrected.share)
            code = f"CASE WHEN {share} IS NULL THEN '' ELSE {code} END"
        return (
            literal(exposure.direction),
            code,
            literal(corrected.component) if corrected.component else "NULL::VARCHAR",
            literal(corrected.setting) if corrected.setting else "NULL::VARCHAR",
            f"CAST({share} AS DECIMAL(18,6))",
        )

    def _code(self, code: str | m.ParameterRef | m.FieldRef) -> str:
        if isinstance(code, m.FieldRef):
            return self.names.field(code)
        if isinstance(code, str):
            return literal(code)
        return parameter_sql(self.rule.parameters[code.name], self.names, f"{self.flagged}.code")

    def _number(self, share: m.Amount | m.FieldRef | tuple[m.FieldRef, ...]) -> str:
        if isinstance(share, tuple):
            return f"({' + '.join(f'CAST({self.names.field(ref)} AS DECIMAL(18,6))' for ref in share)})"
        if isinstance(share, m.FieldRef):
            return self.names.field(share)
        if isinstance(share, m.ParameterRef):
            return parameter_sql(self.rule.parameters[share.name], self.names)
        return literal(share)

    def _limit(self, exposure: m.Exposure) -> str:
        """What the units or cents are held against: a parameter or field of a row, else the value of the match's row.

        A limit of a sum of money is in dollars.
        """
        if exposure.limit is None:
            assert self.match.table is not None
            return f"{alias(self.match.table.alias)}.value"
        total = self.match.total
        dollars = total is not None and total.of in MONEY
        return f"({limit_of(self.rule, exposure.limit, self.names)}){' * 100' if dollars else ''}"

    def _told(self) -> tuple[str, str]:
        """The explanation, and the reason why a lifted candidate is."""
        rule, refs = self.rule, _template_fields(self.rule)
        shown = _by_variant(
            rule.all_variants, lambda item: message(item.explanation, self.names, refs, rule.parameters)
        )
        if rule.bypass_explanation:
            lifted = message(rule.bypass_explanation, self.names, refs, rule.parameters)
            shown = f"CASE WHEN b.lifted THEN {lifted} ELSE {shown} END"
        if self._unjudged:
            shown = message(rule.unjudged_explanation, self.names, refs, rule.parameters)
        if rule.bypass_reason:
            return shown, message(rule.bypass_reason, self.names, refs, rule.parameters)
        return shown, _lifted_by(self.match.roles)


def same_day_sql(base: str, flagged: str, first: int) -> str:
    """The other lines of the day of every candidate numbered ``first`` and up, at most EVIDENCE_LIMIT of them."""
    return f"""
SELECT c.cand, 'same day', o.line_id
  FROM candidate c JOIN {base} b ON b.{flagged}_id = c.line_id AND b.day = c.day
       AND b.table_row IS NOT DISTINCT FROM c.table_row
  JOIN (SELECT group_id, {flagged}_id AS line_id FROM {base}
       QUALIFY row_number() OVER (PARTITION BY group_id ORDER BY {flagged}_id) <= {EVIDENCE_LIMIT} + 1) o
       ON o.group_id = b.group_id AND o.line_id <> c.line_id
 WHERE c.cand >= {first}
QUALIFY row_number() OVER (PARTITION BY c.cand ORDER BY o.line_id) <= {EVIDENCE_LIMIT}
"""


def _by_variant(variants: Sequence[m.Variant], sql_of: Callable[[m.Variant], str]) -> str:
    """One SQL expression that gives each variant its own; variants with the same one share it.

    Planning a long expression costs more than working it out for the few rows there are.
    """
    sharing: dict[str, list[int]] = {}
    for index, item in enumerate(variants):
        sharing.setdefault(sql_of(item), []).append(index)
    commonest = max(sharing, key=lambda text: len(sharing[text]))
    cases = " ".join(
        f"WHEN {' OR '.join(f'b.variant = {index}' for index in indices)} THEN {text}"
        for text, indices in sharing.items()
        if text != commonest
    )
    return f"CASE {cases} ELSE {commonest} END" if cases else commonest


def _lifted_by(roles: Sequence[str]) -> str:
    parts = [
        f"{literal(role.replace('_', ' ').capitalize() + ' modifiers ')} || "
        f"CASE WHEN len({alias(role)}.modifiers) = 0 THEN 'none' "
        f"ELSE array_to_string({alias(role)}.modifiers, ', ') END"
        for role in roles
    ]
    return " || '; ' || ".join(parts)


def _template_fields(rule: m.Rule) -> dict[str, m.FieldRef]:
    """The fields that the templates of a rule name, resolved by the roles of its match."""
    match = rule.match
    assert match is not None
    kinds: dict[str, str] = dict.fromkeys(match.roles, "claim" if match.form == "claim" else "line")
    if len(match.roles) == 2:
        kinds["pair"] = "pair"
    if match.sum or match.total:
        kinds[(match.sum or match.total).alias] = "sum"  # type: ignore[union-attr]
    if match.sequence:
        kinds[match.sequence.alias] = "clock"
    if match.priced:
        kinds[match.priced] = "price"
    for item in match.lookups:
        kinds[item.alias] = f"table:{item.name}"
    if match.table:
        kinds[match.table.alias] = f"table:{match.table.name}"
    if match.coverage:
        kinds[match.coverage.alias] = "table:coverage_policy"
    asked = [*match.lookups, *([match.table] if match.table else [])]
    known = RoleKinds(kinds, ChainMap({item.name: dict(item.fields) for item in asked}, TABLE_FIELDS))  # type: ignore[arg-type]
    found: dict[str, m.FieldRef] = {}
    for text in [
        rule.bypass_reason,
        rule.bypass_explanation,
        rule.unjudged_explanation,
        *(item.explanation for item in rule.all_variants),
    ]:
        for name in PLACEHOLDER.findall(text):
            role, _, field = name.partition(".")
            found[name] = m.FieldRef(role, field, kinds[role], known.fields_of(role)[field])
    return found
