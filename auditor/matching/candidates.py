"""From the rules of one stratum to rows of ``candidate``, ``evidence`` and ``hop``.

A candidate is one possible finding: what claims and tables alone can tell about it, with named columns for the engine.

``candidate`` columns: cand (unique over the run), rule_no, variant (index into ``Rule.all_variants``), line_id (the
flagged line), partner_id (the other line of a pair, NULL otherwise), day, table_row, lifted (a permitted modifier
stands there), level (1 definite, 2 probable, 3 risk), demote (partner whose fall lowers the class, 0 none), unless
(line whose earlier fall makes it moot, 0 none), concludes, cascade, split, share_num / share_den (the part of the
line's amount at stake), processed_den (the line's days, for what a payer's system would take back), explanation,
lifted_reason, override_no, doubt (why a record is needed, in words), needs and sequence (of a visit: how many earlier
ones in its window must be payable for it to fall, and the number of the sequence that counts them; 0 for others),
lowered_to (the class that an override lowers its fail to, 0 none), lowered_by (which one), fix (of an exposure by
difference: over or under, NULL for others) with fix_code, fix_component, fix_setting and fix_share (the service that
would have been paid, see ``pricing.differences``), price_basis (repriced, estimated, not_priced).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from duckdb import DuckDBPyConnection

from auditor.base.beside import Beside
from auditor.matching import beside, presence, products, relations, repricing, totals
from auditor.matching.bases import AHEAD, Bases, in_pair_table
from auditor.matching.columns import columns_read
from auditor.matching.concerned import concerned
from auditor.matching.evaluating import evaluating
from auditor.matching.facts import Facts
from auditor.matching.lines import columns_in_place
from auditor.matching.overridden import apply_overrides
from auditor.matching.rows import EVIDENCE_LIMIT, CandidateRows, same_day_sql
from auditor.matching.shared import SharedRelations
from auditor.matching.sql import alias, literal
from auditor.matching.whole_claims import priced, rest_sql
from auditor.rules import model as m
from auditor.rules.reading import is_priced

LARGE_BASE = 100_000
"""Rows of a base relation above which its rule reads the lines themselves, and not the copy of those that are named."""

UNSURE: Mapping[relations.Unsure, str] = {
    "publication": "no publication answers for the service date, though the last one has the pair in force",
    "provider": "the provider of a line is missing, so that same provider cannot be told",
}
"""Why a pair cannot be judged."""

CANDIDATE_COLUMNS = """
    cand BIGINT, rule_no INTEGER, variant INTEGER, line_id BIGINT, partner_id BIGINT, day DATE, table_row BIGINT,
    lifted BOOLEAN, level INTEGER, demote BIGINT, unless BIGINT, concludes BOOLEAN, cascade BOOLEAN, split BOOLEAN,
    share_num BIGINT, share_den BIGINT, processed_den BIGINT, explanation VARCHAR, lifted_reason VARCHAR,
    override_no INTEGER, doubt VARCHAR, needs BIGINT, sequence INTEGER, lowered_to INTEGER,
    lowered_by INTEGER, fix VARCHAR, fix_code VARCHAR, fix_component VARCHAR, fix_setting VARCHAR,
    fix_share DECIMAL(18,6), price_basis VARCHAR
"""


def create_tables(con: DuckDBPyConnection) -> None:
    """Make the empty tables a partition is matched into."""
    con.execute(f"CREATE OR REPLACE TABLE candidate ({CANDIDATE_COLUMNS})")
    con.execute("CREATE OR REPLACE TABLE unpriced AS FROM candidate")
    con.execute("CREATE OR REPLACE TABLE evidence (cand BIGINT, role VARCHAR, line_id BIGINT)")
    con.execute("CREATE OR REPLACE TABLE hop (cand BIGINT, line_id BIGINT)")
    con.execute("CREATE OR REPLACE TABLE conclusion (line_id BIGINT, level INTEGER, cand BIGINT)")


class Matcher:
    """Matches the rules of a partition, stratum by stratum.

    ``line`` (the audited lines of the partition), ``ref_*`` and the tables of :func:`create_tables` must stand in the
    connection. ``first_cand`` is the first candidate number to give; numbers go on over partitions. Rules that no line
    can be a case of are left out, but for ``all_rules``.
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
        all_rules: bool = False,
    ) -> None:
        self.con = con
        runs = [rule for number, rule in enumerate(rules) if number not in skipped]
        self.rules = runs if all_rules else concerned(con, runs, facts)
        self.numbers = {rule.id: number for number, rule in enumerate(rules)}
        self.overrides = overrides
        self.facts = replace(facts, columns=columns_in_place(con))
        self.next_cand = first_cand
        self._shared = SharedRelations()
        self._ahead: list[Future[Any]] = []
        self._to_make: deque[m.Rule] = deque()
        self._bases = Bases(
            con, self.rules, self.facts, self._shared, lambda: self._make(con, self._to_make.popleft)
        )

    def close(self) -> None:
        """Drop the shared relations of the partition."""
        for work in self._ahead:
            work.result()
        self._ahead.clear()
        self._shared.drop(self.con)

    def refuse_products(self) -> None:
        """Raises RuleNotEvaluated for a rule that would compare too many lines with each other to come to an end."""
        for rule in self.rules:
            with evaluating(rule):
                self._bases.refuse_products(rule)

    def make_ahead(self, worker: Beside) -> None:
        """Have the base relations that rest on lines and tables alone made beside what :meth:`match` does.

        What hangs on its conclusions is left to :meth:`match`, which begins with the first stratum: the worker begins
        with the last, so that they meet, and before these with those that read the fees, which it has just made. Where
        :meth:`match` would have to wait for a relation that the worker is making, it makes the next one itself.
        """
        made = [rule for rule in self.rules if rule.match is not None and rule.match.form in AHEAD]
        self._to_make.extend(sorted(made, key=_is_with_fees))
        self._ahead += [worker.submit(self._make_last) for _ in range(len(self._to_make))]

    def _make_last(self, con: DuckDBPyConnection) -> None:
        self._make(con, self._to_make.pop)

    def _make(self, con: DuckDBPyConnection, take: Callable[[], m.Rule]) -> bool:
        """Make one of the base relations that are wanted ahead; says whether there was one."""
        try:
            rule = take()
        except IndexError:
            return False
        self._of(self._bases.on(con), rule, (), 0)
        return True

    def price_ahead(self, worker: Beside) -> None:
        """Have the fees of the lines, which take longest of all, made beside what comes before :meth:`make_ahead`."""
        asking = next((rule for rule in self.rules if _is_with_fees(rule)), None)
        if asking is not None:
            self._ahead.append(worker.submit(partial(self._price_for, asking)))

    def _price_for(self, rule: m.Rule, con: DuckDBPyConnection) -> None:
        with evaluating(rule):
            self._bases.on(con).priced()

    def unsure(self) -> int:
        """Candidates of pairs that cannot be judged, straight to ``verdict`` as not evaluated; returns how many.

        A pair that a permitted modifier would lift in any case is left out.
        """
        before = self.next_cand
        if any(repricing.asks_above(rule) for rule in self.rules):
            self._without_fee()
        row = self.con.execute("SELECT max(date_to), count(*) - count(provider_key) FROM line").fetchone()
        last_day, without_provider = row or (None, 0)
        for rule in self.rules:
            if rule.match is not None:
                with evaluating(rule):
                    if rule.match.form in {"absent", "because"}:
                        self._untold(rule)
                    self._unsure_pairs(rule, rule.match, last_day, without_provider)
        return self.next_cand - before

    def _unsure_pairs(
        self, rule: m.Rule, match: m.Match, last_day: date | None, without_provider: int
    ) -> None:
        """The pairs of a rule that no publication answers for, or whose provider is not known."""
        table = match.table
        if not in_pair_table(match) or rule.concludes is None or table is None:
            return
        late = last_day is not None and last_day > self.facts.last_answer(table.name)
        needed = {"publication": late, "provider": without_provider > 0}
        for kind, reason in UNSURE.items():
            if not needed[kind]:
                continue
            first = self.next_cand
            rows, codes = (f"ref_{table.name}", {}) if kind == "publication" else self._bases.judging(match)
            base = self._bases.relation("unsure", relations.pair_sql(rule, self.facts, rows, codes, kind))
            self._insert(rule, base, self._hit([(rule, base)]), unjudged=True)
            lifted = f"SELECT cand FROM candidate WHERE cand >= {first} AND lifted"
            self.con.execute(f"DELETE FROM evidence WHERE cand IN ({lifted})")
            self.con.execute(f"DELETE FROM candidate WHERE cand >= {first} AND lifted")
            self._not_evaluated(first, literal(reason))

    def _untold(self, rule: m.Rule) -> None:
        """The lines for which an ``absent`` or ``because`` rule cannot tell what stands beside them."""
        assert rule.match is not None
        role = alias(rule.match.roles[0])
        partner = rule.match.absent or rule.match.because
        assert partner is not None
        subjects = self._bases.relation("subject", beside.subject_sql(rule, self.facts))
        partners = self._bases.relation("beside", beside.partner_sql(rule, partner, subjects, self.facts))
        lonely = (
            self._bases.without(rule, subjects, partners)
            if rule.match.form == "absent"
            else self._bases.fallen(rule, subjects, partners, ["SELECT line_id FROM conclusion"])
        )
        untold = self._bases.untold_of(rule, partner, lonely)
        if not untold:
            return
        base = self._bases.relation(
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
        self.con.execute(
            f"UPDATE candidate SET lifted_reason = {reason}, lifted = FALSE WHERE cand >= {first}"
        )
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
            bases = [(rule, *self._of(self._bases, rule, cascades, before)) for rule in group]
            lines = [item for item in bases if item[0].match is not None and item[0].match.form != "claim"]
            large = {base for _, base, _ in lines if self._is_large(base)}
            few = [(rule, base) for rule, base, _ in lines if base not in large]
            hit = self._hit(few) if few else ""
            for rule, base, partners in bases:
                assert rule.match is not None
                with evaluating(rule):
                    source = "line" if base in large else hit
                    self._insert(rule, base, self._bases.claims() if rule.match.form == "claim" else source)
                    if partners:
                        self._hops(rule, partners)
            self._reprice(group)
        apply_overrides(self.con, self.rules, self.numbers, self.overrides, self.facts, before)
        return self.next_cand - before

    def _reprice(self, rules: Sequence[m.Rule]) -> None:
        """Put an amount on the candidates of rules whose exposure is a difference, and say how it was found."""
        numbers = [self.numbers[rule.id] for rule in rules if is_priced(rule)]
        if not numbers:
            return
        which = f"rule_no IN ({', '.join(map(str, numbers))}) AND fix IS NOT NULL AND price_basis IS NULL"
        if self.con.execute(f"SELECT 1 FROM candidate WHERE {which} LIMIT 1").fetchone() is None:
            return
        rows, places = self._bases.fees()
        self.con.execute(repricing.reprice_sql(which, rows, places, self._bases.payer_fees()))
        alike = repricing.not_above_sql(rules, self.numbers)
        if alike:
            self.con.execute(
                f"INSERT INTO unpriced FROM candidate WHERE {alike} AND NOT lifted AND price_basis <> 'repriced'"
            )
            self.con.execute(f"DELETE FROM candidate WHERE {alike}")

    def _without_fee(self) -> None:
        """The candidates whose amount is a condition and cannot be told, as not evaluated."""
        why = literal(repricing.NO_FEE)
        self.con.execute(
            f"INSERT INTO candidate SELECT * REPLACE (NULL AS price_basis, {why} AS lifted_reason, "
            f"'Not evaluated, ' || {why} || '. ' || explanation AS explanation) FROM unpriced"
        )
        self.con.execute("INSERT INTO verdict SELECT cand, 5, level FROM unpriced")
        self.con.execute("DELETE FROM evidence WHERE cand NOT IN (SELECT cand FROM candidate)")

    def _of(self, bases: Bases, rule: m.Rule, cascades: Sequence[m.Rule], first: int) -> tuple[str, str]:
        try:
            with evaluating(rule):
                return bases.of(rule, cascades, first)
        except BaseException:
            self._to_make.clear()  # the audit ends, or begins again without the rule
            raise

    def _is_large(self, base: str) -> bool:
        """Whether a base relation names so many lines that a copy of them for all rules costs more than it saves."""
        row = self.con.execute(f"SELECT count(*) FROM {base}").fetchone()
        return row is not None and row[0] > LARGE_BASE

    def _hit(self, bases: Sequence[tuple[m.Rule, str]]) -> str:
        """The lines that some base relation names, with the columns that these rules read and no others."""
        touched = " UNION ".join(
            f"SELECT {alias(role)}_id FROM {base}"
            for rule, base in bases
            if rule.match
            for role in rule.match.roles
        )
        columns = ", ".join(sorted(frozenset().union(*(columns_read(rule) for rule, _ in bases))))
        return self._bases.relation("hit", f"SELECT {columns} FROM line WHERE line_id IN ({touched})")

    def _hops(self, rule: m.Rule, partners: str) -> None:
        """The primaries that a cascade's candidates hang on, for the engine and as evidence."""
        match = rule.match
        assert match is not None
        if match.form == "sequence":
            self._earlier(rule, partners)
            return
        role = alias(match.roles[0])
        self.con.execute(
            f"INSERT INTO hop SELECT DISTINCT c.cand, p.partner_id FROM candidate c JOIN {partners} p "
            f"ON p.{role}_id = c.line_id WHERE c.rule_no = {self.numbers[rule.id]}"
        )
        self.con.execute(
            "INSERT INTO evidence SELECT h.cand, 'primary', h.line_id FROM hop h JOIN candidate c USING (cand) "
            f"WHERE c.rule_no = {self.numbers[rule.id]}"
        )

    def _earlier(self, rule: m.Rule, near: str) -> None:
        """The earlier visits in the window of a sequence's candidates, for the engine and as evidence."""
        found = (
            f"SELECT c.cand, n.earlier_id, n.earlier_place FROM candidate c JOIN {near} n ON n.line_id = c.line_id "
            "AND n.table_row IS NOT DISTINCT FROM c.table_row "
            f"WHERE c.rule_no = {self.numbers[rule.id]}"
        )
        hops = f"SELECT cand, earlier_id FROM ({found} AND c.needs > 0)"
        products.refuse_hops(self.con, rule, hops)
        self.con.execute(f"INSERT INTO hop {hops}")
        self.con.execute(
            f"INSERT INTO evidence SELECT cand, 'earlier', earlier_id FROM ({found}) "
            f"QUALIFY row_number() OVER (PARTITION BY cand ORDER BY earlier_place DESC) <= {EVIDENCE_LIMIT}"
        )

    def _insert(self, rule: m.Rule, base: str, hit: str, unjudged: bool = False) -> None:
        """Append the candidates of a rule, and the lines that each of them shows."""
        match, first = rule.match, self.next_cand
        assert match is not None
        if self.con.execute(f"SELECT 1 FROM {base} LIMIT 1").fetchone() is None:
            return  # planning the rule's query costs more than a small audit does
        rows = CandidateRows(rule, self.facts, unjudged, self._bases.priced() if match.priced else "")
        query = rows.sql(self.numbers[rule.id], first, base, hit)
        self.con.execute(f"INSERT INTO candidate {self.facts.query(query)}")
        counted = self.con.execute(f"SELECT count(*) FROM candidate WHERE cand >= {first}").fetchone()
        self.next_cand += counted[0] if counted else 0
        shown = {rule.flag: "line_id"} | {role: "partner_id" for role in match.roles if role != rule.flag}
        for role, column in shown.items():
            self.con.execute(
                f"INSERT INTO evidence SELECT cand, {literal(role)}, {column} FROM candidate WHERE cand >= {first}"
            )
        if match.form == "sum":
            self.con.execute(f"INSERT INTO evidence {same_day_sql(base, alias(rule.flag), first)}")
        if match.form == "claim" and not priced(rule):
            self.con.execute(f"INSERT INTO evidence {rest_sql(first, EVIDENCE_LIMIT)}")
        if match.total is not None:
            members = self._bases.relation("members", totals.members_sql(rule, self.facts))
            shown_too = totals.beside_sql(match.total, base, members, alias(rule.flag), first, EVIDENCE_LIMIT)
            self.con.execute(f"INSERT INTO evidence {shown_too}")


def _is_with_fees(rule: m.Rule) -> bool:
    """Whether the base relation of a rule is made with the fees of the lines."""
    match = rule.match
    return match is not None and bool(match.priced) and match.form in {"line", "pair"}
