"""From the rules of one stratum to rows of ``candidate``, ``evidence`` and ``hop``.

A candidate is one possible finding: what claims and tables alone can tell about it, with named columns for the engine.

``candidate`` columns: cand (unique over the run), rule_no, variant (index into ``Rule.all_variants``), line_id (the
flagged line), partner_id (the other line of a pair, NULL otherwise), day, table_row, lifted (a permitted modifier
stands there), level (1 definite, 2 probable, 3 risk), demote (partner whose fall lowers the class, 0 none), unless
(line whose earlier fall makes it moot, 0 none), concludes, cascade, split, share_num / share_den (the part of the
line's amount at stake), processed_den (the line's days, for what a payer's system would take back), explanation,
lifted_reason, override_no, doubt (why a record is needed, in words).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from copy import copy
from functools import partial

from duckdb import DuckDBPyConnection

from auditor.base.beside import Beside
from auditor.matching import beside, day_sums, presence, relations
from auditor.matching.columns import columns_read
from auditor.matching.facts import CODE_OF, Facts, coded_columns
from auditor.matching.rows import CandidateRows, same_day_sql
from auditor.matching.shared import SharedRelations
from auditor.matching.sql import Names, alias, condition, literal
from auditor.rules import model as m

UNSURE: Mapping[relations.Unsure, str] = {
    "publication": "no publication answers for the service date, though the last one has the pair in force",
    "provider": "the provider of a line is missing, so that same provider cannot be told",
}
"""Why a pair cannot be judged."""

CANDIDATE_COLUMNS = """
    cand BIGINT, rule_no INTEGER, variant INTEGER, line_id BIGINT, partner_id BIGINT, day DATE, table_row BIGINT,
    lifted BOOLEAN, level INTEGER, demote BIGINT, unless BIGINT, concludes BOOLEAN, cascade BOOLEAN, split BOOLEAN,
    share_num BIGINT, share_den BIGINT, processed_den BIGINT, explanation VARCHAR, lifted_reason VARCHAR,
    override_no INTEGER, doubt VARCHAR
"""


def create_tables(con: DuckDBPyConnection) -> None:
    """Make the empty tables a partition is matched into."""
    con.execute(f"CREATE OR REPLACE TABLE candidate ({CANDIDATE_COLUMNS})")
    con.execute("CREATE OR REPLACE TABLE evidence (cand BIGINT, role VARCHAR, line_id BIGINT)")
    con.execute("CREATE OR REPLACE TABLE hop (cand BIGINT, line_id BIGINT)")
    con.execute("CREATE OR REPLACE TABLE conclusion (line_id BIGINT, level INTEGER, cand BIGINT)")


class Matcher:
    """Matches the rules of a partition, stratum by stratum.

    ``line`` (the audited lines of the partition), ``ref_*`` and the tables of :func:`create_tables` must stand in the
    connection. ``first_cand`` is the first candidate number to give; numbers go on over partitions.
    """

    def __init__(
        self,
        con: DuckDBPyConnection,
        rules: Sequence[m.Rule],
        overrides: Sequence[m.Override],
        *,
        facts: Facts,
        skipped: frozenset[int] = frozenset(),
        first_cand: int = 1,
    ) -> None:
        self.con = con
        self.rules = [rule for number, rule in enumerate(rules) if number not in skipped]
        self.numbers = {rule.id: number for number, rule in enumerate(rules)}
        self.overrides = overrides
        self.facts = facts
        self.next_cand = first_cand
        self._shared = SharedRelations()
        self._ahead: list[Future[None]] = []
        self._modifier_rules = [
            rule
            for rule in self.rules
            if rule.match is not None and relations.needs_modifiers(rule.match.when)
        ]

    def close(self) -> None:
        """Drop the shared relations of the partition."""
        for work in self._ahead:
            work.result()
        self._ahead.clear()
        self._shared.drop(self.con)

    def make_ahead(self, worker: Beside) -> None:
        """Have the base relations that rest on lines and tables alone made beside what :meth:`match` does first.

        Pairs, which most of the rest waits for, are left to :meth:`match`, and so is what hangs on its conclusions.
        """
        for rule in self.rules:
            if rule.match is not None and rule.match.form in {"sum", "absent", "line", "coverage"}:
                self._ahead.append(worker.submit(partial(self._make_base, rule)))

    def _make_base(self, rule: m.Rule, con: DuckDBPyConnection) -> None:
        worker = copy(self)
        worker.con = con
        worker._base(rule, (), 0)

    def unsure(self) -> int:
        """Candidates of pairs that cannot be judged, straight to ``verdict`` as not evaluated; returns how many.

        A pair that a permitted modifier would lift in any case is left out.
        """
        before = self.next_cand
        row = self.con.execute("SELECT max(date_to), count(*) - count(provider_key) FROM line").fetchone()
        last_day, without_provider = row or (None, 0)
        for rule in self.rules:
            if rule.match is None:
                continue
            if rule.match.form in {"absent", "because"}:
                self._untold(rule)
            if rule.match.form != "pair" or rule.concludes is None:
                continue
            assert rule.match.table is not None
            late = last_day is not None and last_day > self.facts.last_answer(rule.match.table.name)
            needed = {"publication": late, "provider": without_provider > 0}
            for kind, reason in UNSURE.items():
                if not needed[kind]:
                    continue
                first = self.next_cand
                table = rule.match.table
                rows, codes = (
                    (f"ref_{table.name}", {}) if kind == "publication" else self._judging(rule.match)
                )
                base = self._relation("unsure", relations.pair_sql(rule, self.facts, rows, codes, kind))
                self._insert(rule, base, self._hit([(rule, base)]), unjudged=True)
                lifted = f"SELECT cand FROM candidate WHERE cand >= {first} AND lifted"
                self.con.execute(f"DELETE FROM evidence WHERE cand IN ({lifted})")
                self.con.execute(f"DELETE FROM candidate WHERE cand >= {first} AND lifted")
                self._not_evaluated(first, literal(reason))
        return self.next_cand - before

    def _untold(self, rule: m.Rule) -> None:
        """The lines for which an ``absent`` or ``because`` rule cannot tell what stands beside them."""
        assert rule.match is not None
        role = alias(rule.match.roles[0])
        partner = rule.match.absent or rule.match.because
        assert partner is not None
        subjects = self._relation("subject", beside.subject_sql(rule, self.facts))
        partners = self._relation("beside", beside.partner_sql(rule, partner, subjects, self.facts))
        lonely = (
            self._without(rule, subjects, partners)
            if rule.match.form == "absent"
            else self._fallen(rule, subjects, partners, ["SELECT line_id FROM conclusion"])
        )
        untold = self._untold_of(rule, partner, lonely)
        if not untold:
            return
        base = self._relation(
            "unjudged",
            f"SELECT s.*, FALSE AS absent_unknown FROM {lonely} s WHERE {role}_id IN (SELECT {role}_id FROM {untold})",
        )
        first = self.next_cand
        self._insert(rule, base, self._hit([(rule, base)]), unjudged=True)
        why = " ".join(f"WHEN {at} THEN {literal(text)}" for at, text in enumerate(presence.REASONS))
        self._not_evaluated(
            first,
            f"(SELECT CASE u.why {why} END FROM {untold} u WHERE u.{role}_id = candidate.line_id)",
        )

    def _not_evaluated(self, first: int, reason: str) -> None:
        """Give the candidates numbered ``first`` and up their verdict; ``reason`` is SQL."""
        self.con.execute(f"UPDATE candidate SET lifted_reason = {reason} WHERE cand >= {first}")
        self.con.execute(
            "UPDATE candidate SET explanation = 'Not evaluated, ' || lifted_reason || '. ' || explanation "
            f"WHERE cand >= {first}"
        )
        self.con.execute(f"INSERT INTO verdict SELECT cand, 5, level FROM candidate WHERE cand >= {first}")

    def match(self, stratum: int) -> int:
        """Fill the tables with the candidates of a stratum; returns how many.

        Cascades come last: what the other rules of the stratum may bring down, they may hang on.
        """
        before = self.next_cand
        rules = [rule for rule in self.rules if rule.stratum == stratum and rule.match is not None]
        cascades = [rule for rule in rules if rule.match is not None and rule.match.form == "because"]
        for group in ([rule for rule in rules if rule not in cascades], cascades):
            if not group:
                continue
            bases = [(rule, *self._base(rule, cascades, before)) for rule in group]
            hit = self._hit([(rule, base) for rule, base, _ in bases])
            for rule, base, partners in bases:
                self._insert(rule, base, hit)
                if partners:
                    self._hops(rule, partners)
        self._apply_overrides(before)
        return self.next_cand - before

    def _hit(self, bases: Sequence[tuple[m.Rule, str]]) -> str:
        """The lines that some base relation names, with the columns that these rules read and no others."""
        touched = " UNION ".join(
            f"SELECT {alias(role)}_id FROM {base}"
            for rule, base in bases
            if rule.match
            for role in rule.match.roles
        )
        columns = ", ".join(sorted(frozenset().union(*(columns_read(rule) for rule, _ in bases))))
        return self._relation("hit", f"SELECT {columns} FROM line WHERE line_id IN ({touched})")

    def _relation(self, prefix: str, sql: str) -> str:
        """Make a relation once and give its name; rules with the same SQL share it."""
        return self._shared.name(self.con, prefix, sql)

    def _judging(self, match: m.Match) -> tuple[str, Mapping[str, str]]:
        """The relation of a table's rows with the days on which they can be judged by, and its columns with keys."""
        assert match.table is not None
        codes = coded_columns(match)
        code_of = self._relation("code_of", CODE_OF) if codes else ""
        return self._relation(
            "judging", self.facts.answering_rows(match.table.name, tuple(codes), code_of)
        ), codes

    def _base(self, rule: m.Rule, cascades: Sequence[m.Rule], first: int) -> tuple[str, str]:
        """The base relation of a rule, and for a cascade that of its partners.

        ``cascades`` are those of the stratum, ``first`` its first candidate.
        """
        match = rule.match
        assert match is not None
        partners = ""
        if match.form == "line":
            source = "line"
            if relations.needs_modifiers(match.when):
                source = self._relation("modified", relations.modified_sql(self._modifier_rules))
            base = self._relation("single", relations.line_sql(rule, self.facts, source))
        elif match.form == "pair":
            base = self._relation("pair", relations.pair_sql(rule, self.facts, *self._judging(match)))
        elif match.form == "sum":
            sharing = [
                item
                for item in self.rules
                if item.stratum == rule.stratum
                and item.match is not None
                and item.match.form == "sum"
                and (item.match.sum, item.match.table, item.scope) == (match.sum, match.table, rule.scope)
                and parameters_read(item) == parameters_read(rule)
            ]
            base = self._relation("day_sum", day_sums.sum_sql(sharing, self.facts, *self._judging(match)))
        elif match.form == "coverage":
            base = self._relation("policy", relations.coverage_sql(rule, self.facts))
        else:
            partner = match.absent or match.because
            assert partner is not None
            subjects = self._relation("subject", beside.subject_sql(rule, self.facts))
            partners = self._relation("beside", beside.partner_sql(rule, partner, subjects, self.facts))
            if match.form == "absent":
                base = self._alone(rule, partner, subjects, partners)
            else:
                falling = [
                    "SELECT line_id FROM conclusion",
                    f"SELECT line_id FROM candidate WHERE cand >= {first} AND concludes",
                ]
                for item in cascades:
                    assert item.match is not None
                    name = self._relation("subject", beside.subject_sql(item, self.facts))
                    falling.append(f"SELECT {alias(item.match.roles[0])}_id FROM {name}")
                fallen = self._fallen(rule, subjects, partners, falling)
                base = self._told(rule, partner, fallen)
        return base, partners if match.form == "because" else ""

    def _hops(self, rule: m.Rule, partners: str) -> None:
        """The primaries that a cascade's candidates hang on, for the engine and as evidence."""
        match = rule.match
        assert match is not None
        role = alias(match.roles[0])
        self.con.execute(
            f"INSERT INTO hop SELECT DISTINCT c.cand, p.partner_id FROM candidate c JOIN {partners} p "
            f"ON p.{role}_id = c.line_id WHERE c.rule_no = {self.numbers[rule.id]}"
        )
        self.con.execute(
            "INSERT INTO evidence SELECT h.cand, 'primary', h.line_id FROM hop h JOIN candidate c USING (cand) "
            f"WHERE c.rule_no = {self.numbers[rule.id]}"
        )

    def _alone(self, rule: m.Rule, partner: m.Partner, subjects: str, partners: str) -> str:
        """The lines that lack what should stand beside them, and of which that can be told."""
        assert rule.match is not None
        role = alias(rule.match.roles[0])
        lonely = self._told(rule, partner, self._without(rule, subjects, partners))
        unknown = "FALSE"
        if len(partner.any_of) > 1:
            name = self._relation("unknown", beside.unknown_sql(rule, partner, lonely, self.facts))
            unknown = f"(s.{role}_id IN (SELECT {role}_id FROM {name}))"
        return self._relation("alone", f"SELECT s.*, {unknown} AS absent_unknown FROM {lonely} s")

    def _without(self, rule: m.Rule, subjects: str, partners: str) -> str:
        """The lines beside which nothing stands by its keys."""
        assert rule.match is not None
        role = alias(rule.match.roles[0])
        return self._relation(
            "lonely", f"SELECT * FROM {subjects} WHERE {role}_id NOT IN (SELECT {role}_id FROM {partners})"
        )

    def _untold_of(self, rule: m.Rule, partner: m.Partner, lonely: str) -> str:
        """The lines of which it cannot be told what stands beside them; no name where there are none to ask of."""
        if self.con.execute(f"SELECT 1 FROM {lonely} LIMIT 1").fetchone() is None:
            return ""
        stray = self._relation("stray", presence.stray_sql(self.rules))
        return self._relation("untold", presence.untold_sql(rule, partner, lonely, stray, self.facts))

    def _told(self, rule: m.Rule, partner: m.Partner, lonely: str) -> str:
        """The lines of which it can."""
        assert rule.match is not None
        untold = self._untold_of(rule, partner, lonely)
        role = alias(rule.match.roles[0])
        kept = f"SELECT * FROM {lonely} WHERE {role}_id NOT IN (SELECT {role}_id FROM {untold})"
        return self._relation("told", kept) if untold else lonely

    def _fallen(self, rule: m.Rule, subjects: str, partners: str, falling: Sequence[str]) -> str:
        """The lines all of whose partners were denied or are among the lines of ``falling``."""
        assert rule.match is not None
        role = alias(rule.match.roles[0])
        return self._relation(
            "fallen",
            f"SELECT * FROM {subjects} WHERE {role}_id IN (SELECT p.{role}_id FROM {partners} p LEFT JOIN "
            f"({' UNION '.join(falling)}) f(line_id) ON f.line_id = p.partner_id "
            f"GROUP BY p.{role}_id HAVING bool_and(p.partner_denied OR f.line_id IS NOT NULL))",
        )

    def _insert(self, rule: m.Rule, base: str, hit: str, unjudged: bool = False) -> None:
        """Append the candidates of a rule, and the lines that each of them shows."""
        match, first = rule.match, self.next_cand
        assert match is not None
        if self.con.execute(f"SELECT 1 FROM {base} LIMIT 1").fetchone() is None:
            return  # planning the rule's query costs more than a small audit does
        rows = CandidateRows(rule, self.facts.dx_ptr_known, unjudged)
        self.con.execute(f"INSERT INTO candidate {rows.sql(self.numbers[rule.id], first, base, hit)}")
        counted = self.con.execute(f"SELECT count(*) FROM candidate WHERE cand >= {first}").fetchone()
        self.next_cand += counted[0] if counted else 0
        shown = {rule.flag: "line_id"} | {role: "partner_id" for role in match.roles if role != rule.flag}
        for role, column in shown.items():
            self.con.execute(
                f"INSERT INTO evidence SELECT cand, {literal(role)}, {column} FROM candidate WHERE cand >= {first}"
            )
        if match.form == "sum":
            self.con.execute(f"INSERT INTO evidence {same_day_sql(base, alias(rule.flag), first)}")

    def _apply_overrides(self, first: int) -> None:
        for number, override in enumerate(self.overrides, start=1):
            wanted = [
                str(self.numbers[rule.id])
                for rule in self.rules
                if rule.family in override.rules or rule.id in override.rules
            ]
            variants = [
                f"(c.rule_no = {self.numbers[rule.id]} AND c.variant = {index})"
                for rule in self.rules
                for index, item in enumerate(rule.all_variants)
                if item.id in override.rules and item.id != rule.id
            ]
            tests = ([f"c.rule_no IN ({', '.join(wanted)})"] if wanted else []) + variants
            if not tests:
                continue
            names = Names(day="r_line.date_from", dx_ptr_known=self.facts.dx_ptr_known)
            when = condition(override.when, names, {})
            if override.expires:
                when += f" AND r_line.date_from <= {literal(override.expires)}"
            if override.effective_from:
                when += f" AND r_line.date_from >= {literal(override.effective_from)}"
            self.con.execute(
                f"UPDATE candidate c SET override_no = {number} FROM line r_line WHERE r_line.line_id = c.line_id "
                f"AND c.cand >= {first} AND c.override_no = 0 AND ({' OR '.join(tests)}) AND {when}"
            )


def parameters_read(rule: m.Rule) -> Mapping[str, m.Parameter]:
    """The parameters that choose the lines of a rule's day sum; rules that share them share the sum."""
    chosen_by = rule.match.sum.where if rule.match and rule.match.sum else m.ALWAYS
    return {name: rule.parameters[name] for name in m.parameters_of(chosen_by)}
