"""What every candidate query is told of the run, and the shapes that queries have in common."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from auditor.matching.lines import narrowed
from auditor.matching.pushed import fails_without_row, pushed, pushed_beyond
from auditor.matching.sql import Names, alias, condition, key_column, literal
from auditor.rules import model as m
from auditor.rules.fields import ANSWERING_TABLE, LINE_FIELDS


@dataclass(frozen=True)
class Facts:
    """What a query must know of the run: whether the feed has diagnosis pointers, and what each table answers for.

    ``answers`` rows are (table, setting or ``*``, first day, last day). Without ``prefilter`` nothing is asked of lines
    before they are put together but what makes them stand together: slow, and for proving that it changes nothing.
    ``bounded`` says that ``claim_reach`` tells from when until when the claims at hand reach (see ``matching.reach``);
    without it they are taken for all there are, of all dates, as the lines of a rule's own cases are. ``codes`` names
    the relation of the lines' codes (see :data:`CODE_OF`), where it is made. ``marked``: what names a claim, patient or
    provider stands in sentences within marks (``base.marks``), for a profile to replace. ``columns`` are those of
    ``line``, where it is read in place (see ``matching.lines``).
    """

    dx_ptr_known: bool
    answers: tuple[tuple[str, str, date, date], ...]
    prefilter: bool = True
    bounded: bool = False
    codes: str = ""
    marked: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)

    def query(self, sql: str) -> str:
        """A query of ``line``, such that it is planned with the columns that it reads."""
        return narrowed(sql, self.columns)

    def may_be(
        self,
        rule: m.Rule,
        part: m.Condition,
        role: str,
        kind: str = "line",
        priced: str = "",
        only: Collection[str] = ("",),
    ) -> str:
        """SQL: the line (the claim, the row, by ``kind``) in ``role`` may stand in a match for which ``part`` holds.

        ``priced`` names the line's fee where it stands beside the line already, ``only`` the fields that may be read.
        """
        if not self.prefilter:
            return "TRUE"
        return condition(pushed(part, role, rule.parameters, kind, priced, only), self._names(), {})

    def may_stand(self, rule: m.Rule, role: str, priced: str = "") -> str:
        """SQL: :meth:`may_be` and :meth:`listed` of the match's condition, the code asked by the latter alone.

        A code that is asked as text of each line, before its key is, takes half of the query's time.
        """
        match = rule.match
        assert match is not None
        by_code = pushed(match.when, role, rule.parameters, only=("code",))
        if not self.prefilter or by_code == m.ALWAYS or not fails_without_row(by_code):
            return self.may_be(rule, match.when, role, priced=priced) + self.listed(rule, role)
        beyond = pushed_beyond(match.when, role, rule.parameters, ("code",), priced)
        return condition(beyond, self._names(), {}) + self.listed(rule, role)

    def listed(self, rule: m.Rule, role: str, part: m.Condition | None = None) -> str:
        """SQL (``AND ...``): ``part``, else the match's condition, may hold for the code of the line in ``role``.

        So may what it asks of tables of which a row must stand there: the match's own, and those looked up under a
        condition that is false where there is no row. Rows of any day do; which is in force is asked afterwards. Codes
        are asked once each and not line by line.
        """
        match = rule.match
        if match is None or not self.prefilter:
            return ""
        line = alias(role)
        by_code = []
        asked = pushed(match.when if part is None else part, role, rule.parameters, only=("code",))
        if asked != m.ALWAYS and fails_without_row(asked):
            by_code.append(condition(asked, self._names(), {}))
        told = ""
        for item in (
            (*match.lookups, *([match.table] if match.table is not None else [])) if part is None else ()
        ):
            asked = pushed(match.when, item.alias, rule.parameters, f"table:{item.name}")
            if asked == m.ALWAYS or (item is not match.table and not fails_without_row(asked)):
                continue
            row = alias(item.alias)
            for column, ref in item.on:
                if (ref.role, ref.kind) == (role, "line") and ref.name in TELLING:
                    of_row = condition(asked, self._names(), {})
                    rows = f"SELECT {row}.{column} FROM ref_{item.name} {row} WHERE {of_row}"
                    test = f"{line}.{ref.name} IN ({rows})"
                    if ref.name == "code":
                        by_code.append(test)
                    else:
                        told += f" AND {test}"
        if by_code and self.codes:
            told += f" AND {line}.code_key IN (SELECT code_key FROM {self.codes} {line} WHERE {' AND '.join(by_code)})"
        elif by_code:
            told += f" AND {' AND '.join(by_code)}"
        return told

    def _names(self) -> Names:
        return Names(day="DATE '0001-01-01'", dx_ptr_known=self.dx_ptr_known)

    def last_answer(self, table: str) -> date:
        """The earliest of the days on which a setting's publications cease to answer."""
        ends = [last for name, _, _, last in self.answers if name == ANSWERING_TABLE.get(table, table)]
        return min(ends, default=date.max)

    def answers_at_all(self, table: str) -> bool:
        """Whether a publication of the table answers for any day."""
        return any(name == ANSWERING_TABLE.get(table, table) for name, *_ in self.answers)

    def answering_rows(self, table: str, codes: Collection[str] = (), code_of: str = "") -> str:
        """SQL of the rows of a table with the days on which they are in force and a publication answers.

        Columns ``judged_from`` and ``judged_to``; a row stands once for each span of answers it reaches into. For each
        column in ``codes`` a column ``<name>_key`` holds the ``code_key`` of the lines, by the relation ``code_of``
        (setting, code, code_key); rows with a code that no line has are left out.
        """
        spans = [
            f"({literal(place)}, {literal(first)}, {literal(last)})"
            for name, place, first, last in self.answers
            if name == ANSWERING_TABLE.get(table, table)
        ]
        keys = "".join(f", k_{column}.code_key AS {column}_key" for column in codes)
        coded = "".join(
            f" JOIN {code_of} k_{column} ON k_{column}.setting = r.setting AND k_{column}.code = r.{column}"
            for column in codes
        )
        if not spans:
            dates = "effective AS judged_from, deleted AS judged_to"
            return f"SELECT r.*, {dates}{keys} FROM ref_{table} r{coded} WHERE FALSE"
        places = {place for name, place, _, _ in self.answers if name == ANSWERING_TABLE.get(table, table)}
        placed = "TRUE" if places == {"*"} else "q.place IN ('*', r.setting)"
        return (
            f"SELECT r.*, greatest(r.effective, q.first) AS judged_from, least(r.deleted, q.last) AS judged_to{keys} "
            f"FROM ref_{table} r JOIN (VALUES {', '.join(spans)}) q(place, first, last) "
            f"ON {placed} AND r.effective <= q.last AND r.deleted >= q.first{coded}"
        )

    def answered(self, table: str, setting: str, day: str) -> str:
        """SQL: whether a publication of the table answers for the day (never NULL)."""
        tests = [
            f"{day} BETWEEN {literal(first)} AND {literal(last)}"
            + ("" if place == "*" else f" AND coalesce({setting} = {literal(place)}, FALSE)")
            for name, place, first, last in self.answers
            if name == ANSWERING_TABLE.get(table, table)
        ]
        return "(" + (" OR ".join(f"({test})" for test in tests) or "FALSE") + ")"


TELLING = frozenset(
    {"code", "rendering_npi", "billing_npi", "referring_npi", "ordering_npi", "ndc", "revenue_code"}
)
"""Fields of a line that have many values, of which a table's rows name few."""

CODE_OF = "SELECT DISTINCT setting, code, code_key FROM line WHERE code_key IS NOT NULL"
"""The codes of the lines with their keys."""
WITHOUT_KEY = "SELECT 1 FROM line WHERE code IS NOT NULL AND code_key IS NULL"
"""Lines whose code has no key: where there are any, codes are not asked by their keys."""


def coded_columns(match: m.Match) -> Mapping[str, str]:
    """The columns of the match's table that equal the code of a line, with the line's role, when ``code_key`` will do.

    It will where the table asks for the setting and for codes and nothing else, and all lines are of one setting: then
    one whole number stands for setting and code, and neither is compared as text. Empty otherwise.
    """
    if match.table is None:
        return {}
    setting = [ref for column, ref in match.table.on if column == "setting" and ref.name == "setting"]
    codes = {column: ref.role for column, ref in match.table.on if column != "setting" and ref.name == "code"}
    if len(setting) + len(codes) != len(match.table.on) or not setting:
        return {}
    if set(codes.values()) != set(match.roles) or (len(match.roles) > 1 and "setting" not in match.same):
        return {}
    return codes


DAY_NAMES = ("service_day", "service_date")
"""Grouping names that mean the day of service and are no column of a line."""


def key_sql(name: str) -> str:
    """SQL of the value that lines alike in a field share: its key, or a list in one order."""
    if LINE_FIELDS[name] in ("texts", "integers"):
        return f"list_sort({name})"
    if name in DAY_NAMES:
        return "date_from"
    return key_column(name)


def keys_of(same: Sequence[str]) -> list[str]:
    """The key columns that stand for grouping fields; the day of service is none of them."""
    return [key_column(name) for name in same if name not in {"service_day", "service_date"}]


def days_of(source: str) -> str:
    """One row a line and day of ``source``: single-day lines as they are, spans opened."""
    return (
        f"SELECT * EXCLUDE (date_to), date_from AS day FROM {source} WHERE NOT is_span UNION ALL "
        f"SELECT * EXCLUDE (date_to), unnest(generate_series(date_from, date_to, INTERVAL 1 DAY))::DATE AS day "
        f"FROM {source} WHERE is_span"
    )
