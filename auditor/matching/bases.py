"""The base relation of each rule, by its form: made once where rules share it, and all that it is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace

from duckdb import DuckDBPyConnection

from auditor.matching import (
    ambiguous,
    beside,
    day_sums,
    pairs,
    presence,
    products,
    relations,
    repricing,
    sequences,
    totals,
    whole_claims,
)
from auditor.matching.facts import CODE_OF, DAY_NAMES, WITHOUT_KEY, Facts, coded_columns
from auditor.matching.shared import SharedRelations
from auditor.matching.sql import alias
from auditor.pricing.lines import lines_sql, wide_sql
from auditor.rules import model as m

AHEAD = frozenset({"pair", "sum", "total", "absent", "line", "coverage", "claim", "group", "sequence"})
"""Forms whose base relation rests on lines and tables alone, so that it can be made beside other work."""


class Bases:
    """Makes the base relations of a partition's rules.

    ``rules`` are those that run, ``shared`` the relations that they have in common, ``meanwhile`` what to do rather
    than wait for one of these that another thread is making (:meth:`SharedRelations.name`).
    """

    def __init__(
        self,
        con: DuckDBPyConnection,
        rules: Sequence[m.Rule],
        facts: Facts,
        shared: SharedRelations,
        meanwhile: Callable[[], bool] | None = None,
    ) -> None:
        self.con, self.rules, self._shared, self._meanwhile = con, rules, shared, meanwhile
        self.facts = facts
        self._one_row: frozenset[ambiguous.Lookup] | None = None
        keyed = facts.prefilter and con.execute(f"{WITHOUT_KEY} LIMIT 1").fetchone() is None
        if keyed:
            self.facts = replace(facts, codes=self.relation("code_of", CODE_OF))
        self._modifier_rules = [
            rule
            for rule in rules
            if rule.match is not None
            and rule.match.form == "line"
            and relations.needs_modifiers(rule.match.when)
        ]

    def on(self, con: DuckDBPyConnection) -> Bases:
        """The same, asked through another connection, by one who does nothing else while waiting."""
        other = copy(self)
        other.con, other._meanwhile = con, None
        return other

    def relation(self, prefix: str, sql: str) -> str:
        """Make a relation once and give its name; rules with the same SQL share it."""
        return self._shared.name(self.con, prefix, self.facts.query(sql), self._meanwhile)

    def of(self, rule: m.Rule, cascades: Sequence[m.Rule], first: int) -> tuple[str, str]:
        """The base relation of a rule, and for a cascade that of its partners.

        ``cascades`` are those of the stratum, ``first`` its first candidate.
        """
        match = rule.match
        assert match is not None
        partners = ""
        if match.form == "line" and relations.reads_rows(match):
            rows, fees = self._rows(match), self.priced() if match.priced else ""
            looked_at = relations.looked_at_sql(rule, self.facts, rows, fees, *self._lines_for(match))
            base = self.relation("single", looked_at)
        elif match.form == "line":
            base = self.relation("single", relations.line_sql(rule, self.facts, *self._lines_for(match)))
        elif match.form == "pair" and in_pair_table(match):
            base = self.relation("pair", relations.pair_sql(rule, self.facts, *self.judging(match)))
        elif match.form == "pair":
            rows, fees = self._rows(match), self.priced() if match.priced else ""
            base = self.relation(
                "together", pairs.together_sql(rule, self.facts, rows, fees, self._lines_beside(match))
            )
        elif match.form == "group":
            repeated = self.relation("repeated", pairs.repeated_sql(rule)) if self.facts.prefilter else ""
            base = self.relation("copies", pairs.copies_sql(rule, self.facts, repeated))
        elif match.form == "total":
            members = self.relation("members", totals.members_sql(rule, self.facts))
            assert match.total is not None
            if match.total.window is not None:
                products.refuse_near(self.con, rule, members, match.total.window)
            base = self.relation("total", totals.total_sql(rule, self.facts, members, self._rows(match)))
        elif match.form == "sequence":
            visits = self.relation("visits", sequences.visits_sql(rule, self.facts, self._rows(match)))
            assert match.sequence is not None
            products.refuse_near(self.con, rule, visits, match.sequence.window)
            partners = self.relation("near", sequences.near_sql(rule, visits))
            base = self.relation("sequence", sequences.sequence_sql(rule, self.facts, visits, partners))
        elif match.form == "claim":
            base = self.relation("whole", whole_claims.claim_sql(rule, self.facts, self.claims()))
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
            judging = self.judging(match) if match.table is not None else ("", {})
            base = self.relation("day_sum", day_sums.sum_sql(sharing, self.facts, *judging))
        elif match.form == "coverage":
            base = self.relation("policy", relations.coverage_sql(rule, self.facts))
        else:
            partner = match.absent or match.because
            assert partner is not None
            subjects = self.relation("subject", beside.subject_sql(rule, self.facts))
            products.refuse_partners(self.con, rule, partner, subjects, self.facts, self._of_a_patient())
            partners = self.relation("beside", beside.partner_sql(rule, partner, subjects, self.facts))
            if match.form == "absent":
                base = self._alone(rule, partner, subjects, partners)
            else:
                falling = [
                    "SELECT line_id FROM conclusion",
                    f"SELECT line_id FROM candidate WHERE cand >= {first} AND concludes",
                ]
                for item in cascades:
                    assert item.match is not None
                    name = self.relation("subject", beside.subject_sql(item, self.facts))
                    falling.append(f"SELECT {alias(item.match.roles[0])}_id FROM {name}")
                fallen = self.fallen(rule, subjects, partners, falling)
                base = self._told(rule, partner, fallen)
        return base, partners if match.form in {"because", "sequence"} else ""

    def _rows(self, match: m.Match) -> str:
        """The relation of the rows of the match's table with the days for which they answer, empty without a table."""
        if match.table is None:
            return ""
        return self.relation("judging", self.facts.answering_rows(match.table.name))

    def fees(self) -> tuple[str, str]:
        """The relations of the rows of the fee schedule and of the indices of places."""
        rows = self.relation("price_row", repricing.rows_sql(self.facts))
        return rows, self.relation("price_place", repricing.places_sql(self.facts))

    def payer_fees(self) -> str:
        """The relation of the fees of payers' own tables; no name where there are none."""
        if self.con.execute("SELECT 1 FROM ref_payer_fees LIMIT 1").fetchone() is None:
            return ""
        return self.relation("payer_fee", repricing.payers_sql(self.facts))

    def priced(self) -> str:
        """The relation of the fees of the lines and of the parts of them that are due."""
        rows, places = self.fees()
        return self.relation("priced", lines_sql(self.relation("price_wide", wide_sql(rows)), places))

    def claims(self) -> str:
        """The relation of the claims as a whole."""
        return self.relation("claims", whole_claims.claims_sql(self.rules, self.facts))

    def refuse_products(self, rule: m.Rule) -> None:
        """Raises RuleNotEvaluated for a rule that would put so many lines and rows together that it would not end.

        So it does for one that looks up a row by keys that mean several.
        """
        match = rule.match
        if self._one_row is None:
            self._one_row = ambiguous.told_by_key(self.con, self.rules)
        ambiguous.refuse_ambiguous(self.con, rule, self.facts, self._one_row)
        if match is None or in_pair_table(match):
            return
        if match.form == "pair":
            products.refuse_pairs(self.con, rule, self.facts, self._of_a_patient())
        if match.table is not None and match.form in {"line", "pair", "total", "sequence", "group"}:
            products.refuse_rows(self.con, rule, self.facts)

    def _lines_for(self, match: m.Match) -> tuple[str, str]:
        """The relation of the lines among which those of a single-line rule are, and that of their kinds."""
        if not self.facts.prefilter or not relations.needs_modifiers(match.when):
            return "line", ""
        kinds = self.relation("kinds", relations.KINDS)
        return self.relation("modified", relations.modified_sql(self._modifier_rules, kinds)), kinds

    def _lines_beside(self, match: m.Match) -> str:
        """The relation of the lines among which both of two lines are."""
        if not self.facts.prefilter or not pairs.of_one_code_and_day(match):
            return "line"
        return self.relation("alike", pairs.of_one_code_and_day_sql(self.rules))

    def _of_a_patient(self) -> str:
        return self.relation("of_a_patient", products.OF_A_PATIENT)

    def judging(self, match: m.Match) -> tuple[str, Mapping[str, str]]:
        """The relation of a table's rows with the days on which they can be judged by, and its columns with keys."""
        assert match.table is not None
        codes = coded_columns(match)
        code_of = self.relation("code_of", CODE_OF) if codes else ""
        return self.relation(
            "judging", self.facts.answering_rows(match.table.name, tuple(codes), code_of)
        ), codes

    def _alone(self, rule: m.Rule, partner: m.Partner, subjects: str, partners: str) -> str:
        """The lines that lack what should stand beside them, and of which that can be told."""
        assert rule.match is not None
        role = alias(rule.match.roles[0])
        lonely = self._told(rule, partner, self.without(rule, subjects, partners))
        unknown = "FALSE"
        if len(partner.any_of) > 1:
            name = self.relation("unknown", beside.unknown_sql(rule, partner, lonely, self.facts))
            unknown = f"(s.{role}_id IN (SELECT {role}_id FROM {name}))"
        return self.relation("alone", f"SELECT s.*, {unknown} AS absent_unknown FROM {lonely} s")

    def without(self, rule: m.Rule, subjects: str, partners: str) -> str:
        """The lines beside which nothing stands by its keys."""
        assert rule.match is not None
        role = alias(rule.match.roles[0])
        return self.relation(
            "lonely", f"SELECT * FROM {subjects} WHERE {role}_id NOT IN (SELECT {role}_id FROM {partners})"
        )

    def untold_of(self, rule: m.Rule, partner: m.Partner, lonely: str) -> str:
        """The lines of which it cannot be told what stands beside them; no name where there are none to ask of."""
        if self.con.execute(f"SELECT 1 FROM {lonely} LIMIT 1").fetchone() is None:
            return ""
        stray = self.relation("stray", presence.stray_sql(self.rules))
        return self.relation("untold", presence.untold_sql(rule, partner, lonely, stray, self.facts))

    def _told(self, rule: m.Rule, partner: m.Partner, lonely: str) -> str:
        """The lines of which it can."""
        assert rule.match is not None
        untold = self.untold_of(rule, partner, lonely)
        role = alias(rule.match.roles[0])
        kept = f"SELECT * FROM {lonely} WHERE {role}_id NOT IN (SELECT {role}_id FROM {untold})"
        return self.relation("told", kept) if untold else lonely

    def fallen(self, rule: m.Rule, subjects: str, partners: str, falling: Sequence[str]) -> str:
        """The lines all of whose partners were denied or are among the lines of ``falling``."""
        assert rule.match is not None
        role = alias(rule.match.roles[0])
        return self.relation(
            "fallen",
            f"SELECT * FROM {subjects} WHERE {role}_id IN (SELECT p.{role}_id FROM {partners} p LEFT JOIN "
            f"({' UNION '.join(falling)}) f(line_id) ON f.line_id = p.partner_id "
            f"GROUP BY p.{role}_id HAVING bool_and(p.partner_denied OR f.line_id IS NOT NULL))",
        )


def in_pair_table(match: m.Match) -> bool:
    """Whether two lines meet on a shared day in a table of pairs."""
    if match.form != "pair" or match.table is None or match.within is not None:
        return False
    shared = bool(set(DAY_NAMES) & set(match.same))
    return shared and {ref.role for _, ref in match.table.on} == set(match.roles)


def parameters_read(rule: m.Rule) -> Mapping[str, m.Parameter]:
    """The parameters that choose the lines of a rule's day sum; rules that share them share the sum."""
    chosen_by = rule.match.sum.where if rule.match and rule.match.sum else m.ALWAYS
    return {name: rule.parameters[name] for name in m.parameters_of(chosen_by)}
