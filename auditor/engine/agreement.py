"""Every audit checks its engine: cases evaluated a second time, naively, and compared (ENGINE.md).

All cases up to a number; else that many chosen by hash of the patient, half of them cases without any candidate. A case
with very many possible findings is left out, and counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from duckdb import DuckDBPyConnection

from auditor.base.codes import NPI_ENDS
from auditor.base.errors import InternalCheckFailed
from auditor.engine.plain import Answer, Outcome
from auditor.engine.plain_fields import columns_for
from auditor.engine.plain_tables import Reach
from auditor.engine.second_opinion import Pending, SecondOpinion, TableRows, Task
from auditor.matching.columns import columns_matched, columns_read, line_columns
from auditor.matching.facts import Facts
from auditor.matching.sql import fields_of, literal
from auditor.rules import model as m
from auditor.rules.fields import LINE_FIELDS
from auditor.rules.reading import (
    RVU_TABLES,
    codes_priced,
    columns_by_code,
    columns_by_npi,
    tables_joined,
    tables_priced,
)

ALWAYS = frozenset(
    {
        "line_id",
        "date_from",
        "denied",
        "claim_type",
        "setting",
        "claim_key",
        "patient_key",
        "patient_id",
        "state",
        "code",
        "revenue_code",
        "provider_id",
        "pointed_dx",
        "units",
    }
    | {"paid", "allowed", "charge", "payer_id", "line_of_business"}
)
MOST_CANDIDATES = 20_000
"""Possible findings beyond which a case is not evaluated a second time."""
_VERDICTS = {1: "fail", 2: "bypassed", 3: "suppressed", 4: "moot"}
Key = tuple[str, str, int, int | None, Any, int | None, str, int, tuple[str, int, int] | None]


@dataclass(frozen=True)
class Agreement:
    """How many cases were evaluated twice, how many of them differed, and how many were too large for it."""

    checked: int
    disagreements: int
    too_large: int = 0


def check(
    con: DuckDBPyConnection,
    rules: Sequence[m.Rule],
    overrides: Sequence[m.Override],
    skipped: frozenset[int],
    facts: Facts,
    sample: int,
) -> Agreement:
    """Evaluate up to ``sample`` cases of the partition again, in this process, and compare.

    Raises InternalCheckFailed (exit 4) on the first difference, naming rule and claim line.
    """
    draw(con)
    with SecondOpinion(0) as second:
        return begin(con, rules, overrides, skipped, facts, sample, second).finish()


def draw(con: DuckDBPyConnection) -> None:
    """Give every case of the partition its lot, and find the patients that stand under two payers.

    Makes ``case_lot`` and ``case_double`` for :func:`begin`; needs the lines alone, so it can go on beside matching.
    """
    con.execute(
        # A person whom a crosswalk joins across payers stands there once for each.
        "CREATE OR REPLACE TABLE case_lot AS SELECT patient_key, "
        "min(hash(coalesce(payer_id, '') || '|' || patient_id)) AS lot "
        "FROM claim_patient WHERE patient_key IN (SELECT patient_key FROM line) GROUP BY patient_key"
    )
    # Few patients stand under two payers, so their lines are looked for by key and not by name.
    con.execute(
        "CREATE OR REPLACE TABLE case_double AS SELECT patient_key, patient_id FROM claim_patient "
        "WHERE patient_id IN (SELECT patient_id FROM claim_patient GROUP BY 1 HAVING count(*) > 1)"
    )


def begin(
    con: DuckDBPyConnection,
    rules: Sequence[m.Rule],
    overrides: Sequence[m.Override],
    skipped: frozenset[int],
    facts: Facts,
    sample: int,
    second: SecondOpinion,
) -> Comparison:
    """Choose the cases, give them to the second evaluator, and keep what the engine said of them.

    :func:`draw` must have been called for the partition.
    """
    too_large = _too_large(con)
    patients = _choose(con, sample + len(too_large))
    patients = [patient for patient in patients if patient not in too_large][:sample]
    con.execute(
        "CREATE OR REPLACE TEMP TABLE checked_case AS SELECT unnest(?::INTEGER[]) AS patient_key", [patients]
    )
    used = tuple(rule for number, rule in enumerate(rules) if number not in skipped)
    bare = tuple(_bare(rule) for rule in used)
    fields = _fields(used, overrides)
    lines = _lines(con, fields)
    others = _others(con, fields)
    tables = _tables(con, used, fields)
    reach = _reach(con) if facts.bounded else ()
    shares = [list(lines)[part :: second.parts] for part in range(second.parts)]
    tasks = [
        Task(
            rules=bare,
            overrides=tuple(overrides),
            tables=tables,
            answers=tuple(Answer(*answer) for answer in facts.answers),
            dx_ptr_known=facts.dx_ptr_known,
            fields=fields,
            lines={patient: lines[patient] for patient in share},
            others={patient: others[patient] for patient in share if patient in others},
            reach=reach,
        )
        for share in shares
        if share
    ]
    pending = second.ask(tasks)
    engine = _by_engine(con, rules)
    for patient in _quarantined(con):
        lines.pop(patient, None)
    for made in ("checked_case", "case_lot", "case_double", "checked_line", "checked_candidate"):
        con.execute(f"DROP TABLE IF EXISTS {made}")
    return Comparison(pending, engine, fields, lines, len(too_large))


class Comparison:
    """The two evaluators' answers on the chosen cases, the second's perhaps still on its way."""

    def __init__(
        self,
        pending: Pending,
        engine: dict[int, set[Key]],
        fields: tuple[str, ...],
        lines: Mapping[int, Sequence[tuple[Any, ...]]],
        too_large: int,
    ) -> None:
        self._too_large = too_large
        self._pending, self._engine, self._fields, self._lines = pending, engine, fields, lines

    def finish(self) -> Agreement:
        """Wait for the second evaluator and compare. Raises InternalCheckFailed (exit 4) on a difference."""
        outcomes = self._pending.outcomes()
        for patient, rows in self._lines.items():
            plain = {_key(outcome) for outcome in outcomes[patient]}
            engine = self._engine.get(patient, set())
            if plain != engine:
                _refuse(plain, engine, [dict(zip(self._fields, row, strict=True)) for row in rows])
        return Agreement(len(self._lines), 0, self._too_large)


def _bare(rule: m.Rule) -> m.Rule:
    """The rule without what it says and is tried by, which no verdict hangs on and which is most of what it takes."""
    return replace(rule, citations=(), explanation="", false_positives=(), tests=(), related=(), changelog=())


def _too_large(con: DuckDBPyConnection) -> frozenset[int]:
    """The patients with more possible findings than are compared."""
    total = con.execute("SELECT count(*) FROM candidate").fetchone()
    if total is None or total[0] <= MOST_CANDIDATES:
        return frozenset()
    rows = con.execute(
        "SELECT l.patient_key FROM (SELECT line_id, count(*) AS number FROM candidate GROUP BY 1) c "
        "JOIN line l USING (line_id) GROUP BY 1 HAVING sum(c.number) > ?",
        [MOST_CANDIDATES],
    ).fetchall()
    return frozenset(row[0] for row in rows)


def _choose(con: DuckDBPyConnection, sample: int) -> list[int]:
    """Patients in the order of a hash of their number in the run, half of them without a candidate."""
    rows = con.execute(
        """
WITH touched AS (SELECT DISTINCT l.patient_key FROM candidate c JOIN line l ON l.line_id = c.line_id),
drawn AS (SELECT c.patient_key, t.patient_key IS NOT NULL AS touched, c.lot
            FROM case_lot c LEFT JOIN touched t USING (patient_key))
SELECT patient_key, touched, row_number() OVER (PARTITION BY touched ORDER BY lot, patient_key) AS place
  FROM drawn QUALIFY place <= ? ORDER BY 3, 1""",
        [sample],
    ).fetchall()
    with_candidate = [row[0] for row in rows if row[1]]
    without = [row[0] for row in rows if not row[1]]
    half = sample // 2
    first = with_candidate[: max(half, sample - len(without))]
    return first + without[: sample - len(first)]


def _fields(rules: Sequence[m.Rule], overrides: Sequence[m.Override]) -> tuple[str, ...]:
    """The columns of a claim line that these rules and overrides read."""
    names: set[str] = set(ALWAYS)
    for rule in rules:
        names |= columns_read(rule) | columns_matched(rule) | columns_for(rule)
    for override in overrides:
        names |= line_columns(fields_of(override.when))
    return tuple(sorted(names - {"day_units"}))


def _lines(con: DuckDBPyConnection, fields: tuple[str, ...]) -> dict[int, list[tuple[Any, ...]]]:
    """The audited lines of the chosen patients, from the canonical table; columns are ``fields``."""
    rows = con.execute(
        f"SELECT {_listed(fields)} FROM claim_line WHERE state = 'audited' "
        "AND patient_key IN (FROM checked_case) ORDER BY line_id"
    ).fetchall()
    cases: dict[int, list[tuple[Any, ...]]] = {}
    place = fields.index("patient_key")
    for row in rows:
        cases.setdefault(row[place], []).append(row)
    return cases


def _listed(fields: tuple[str, ...], table: str = "") -> str:
    lists = {name for name in fields if LINE_FIELDS.get(name) in ("texts", "integers")}
    return ", ".join(
        f"coalesce({table}{name}, []) AS {name}" if name in lists else f"{table}{name} AS {name}"
        for name in fields
    )


def _others(con: DuckDBPyConnection, fields: tuple[str, ...]) -> dict[int, list[tuple[Any, ...]]]:
    """Rows set aside and lines under another payer that may be of the chosen patients, by patient.

    Leaves ``case_other`` (patient_key, code) for the reference rows that they need.
    """
    listed = _listed(fields, "o.")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE case_name AS SELECT DISTINCT patient_key, patient_id, claim_id FROM line "
        "WHERE patient_key IN (FROM checked_case)"
    )
    named = "(SELECT DISTINCT patient_key, patient_id FROM case_name)"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE case_other AS SELECT k.patient_key AS of_case, {listed} FROM line o "
        "JOIN case_double d ON d.patient_key = o.patient_key "
        f"JOIN {named} k ON k.patient_id = d.patient_id AND k.patient_key <> o.patient_key "
        f"UNION ALL SELECT k.patient_key, {listed} FROM line_withheld o JOIN {named} k ON k.patient_id = o.patient_id "
        f"UNION ALL SELECT k.patient_key, {listed} FROM line_withheld o JOIN case_name k ON k.claim_id = o.claim_id "
        "AND o.patient_id IS NULL"
    )
    con.execute("DROP TABLE case_name")
    others: dict[int, list[tuple[Any, ...]]] = {}
    for patient, *row in con.execute("SELECT * FROM case_other").fetchall():
        others.setdefault(patient, []).append(tuple(row))
    return others


_ASKED_BY_CODE: Mapping[str, frozenset[str]] = {
    "ncci_ptp": frozenset({"column_1", "column_2"}),
    "ncci_mue": frozenset({"code"}),
    "ncci_aoc": frozenset({"addon", "primary_code"}),
    "ncci_aoc_code": frozenset({"addon"}),
}


def _tables(
    con: DuckDBPyConnection, rules: Sequence[m.Rule], fields: tuple[str, ...]
) -> dict[str, TableRows]:
    """The reference rows of the codes that the chosen patients have; of other tables those that the rules can meet."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE case_code AS SELECT DISTINCT patient_key, code FROM line "
        "WHERE code IS NOT NULL AND patient_key IN (FROM checked_case) "
        "UNION SELECT of_case, code FROM case_other WHERE code IS NOT NULL"
    )
    con.execute("CREATE OR REPLACE TEMP TABLE checked_code AS SELECT DISTINCT code FROM case_code")
    npis = [name for name in fields if name.endswith(NPI_ENDS)]
    found_npis = " UNION ".join(
        f"SELECT {name} AS npi FROM {rows}"
        for name in npis
        for rows in ("line WHERE patient_key IN (FROM checked_case)", "case_other")
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE checked_npi AS {found_npis or 'SELECT NULL::VARCHAR AS npi'}")
    both = "SELECT a.code, b.code FROM case_code a JOIN case_code b USING (patient_key)"
    wanted = {
        "ncci_ptp": f"(column_1, column_2) IN ({both})",
        "ncci_mue": "code IN (FROM checked_code)",
        "ncci_aoc": "addon IN (FROM checked_code) AND primary_code IN (FROM checked_code)",
        "ncci_aoc_code": "addon IN (FROM checked_code)",
        "coverage_policy": "code IN (FROM checked_code)",
        "coverage": "code IN (FROM checked_code)",
    }
    coded, named, joined = columns_by_code(rules, priced=False), columns_by_npi(rules), tables_joined(rules)
    for name, columns_asked in _ASKED_BY_CODE.items():
        if name in joined and not columns_asked <= coded.get(name, frozenset()):
            del wanted[name]  # some rule asks it otherwise
    for name in sorted(joined - set(wanted)):
        tests = [f'"{column}" IN (FROM checked_code)' for column in sorted(coded.get(name, ()))]
        tests += [f'"{column}" IN (FROM checked_npi)' for column in sorted(named.get(name, ()))]
        wanted[name] = " AND ".join(tests) or "TRUE"
    for name in sorted(tables_priced(rules)):
        wanted[name] = _rows_priced(rules, wanted.get(name, "FALSE"), name)
    rows = {}
    for name, test in wanted.items():
        cursor = con.execute(f"SELECT * FROM ref_{name} WHERE {test} ORDER BY row_no")
        columns = tuple(item[0] for item in cursor.description or ())
        # Equal values as one object: most repeat, and a pickle holds an object once.
        once: dict[tuple[type, Any], Any] = {}
        found = [
            tuple([once.setdefault((value.__class__, value), value) for value in row])
            for row in cursor.fetchall()
        ]
        rows[name] = TableRows(columns, found)
    con.execute("DROP TABLE checked_code")
    con.execute("DROP TABLE checked_npi")
    con.execute("DROP TABLE case_code")
    con.execute("DROP TABLE case_other")
    return rows


def _rows_priced(rules: Sequence[m.Rule], asked: str, name: str) -> str:
    """Which rows of a table of fees are needed, beside those ``asked`` for otherwise."""
    others = codes_priced(rules)
    if name not in RVU_TABLES or others is None:
        return "TRUE"
    listed = ", ".join(literal(code) for code in sorted(others))
    codes = f"(SELECT code FROM checked_code UNION SELECT unnest([{listed}]::VARCHAR[]))"
    bases = f"(SELECT endo_base FROM ref_mpfs_rvu WHERE code IN {codes} AND endo_base IS NOT NULL)"
    return f"({asked} OR code IN {codes} OR code IN {bases})"


def _reach(con: DuckDBPyConnection) -> tuple[Reach, ...]:
    """How far the claims at hand reach, of the payers and lines of business of the chosen patients."""
    rows = con.execute(
        "SELECT w.payer_id, w.line_of_business::VARCHAR, w.first_day, w.last_day FROM claim_reach w JOIN "
        "(SELECT DISTINCT payer_id, line_of_business FROM line WHERE patient_key IN (FROM checked_case)) l "
        "ON l.payer_id IS NOT DISTINCT FROM w.payer_id "
        "AND l.line_of_business IS NOT DISTINCT FROM w.line_of_business"
    ).fetchall()
    return tuple(Reach(*row) for row in rows)


def _by_engine(con: DuckDBPyConnection, rules: Sequence[m.Rule]) -> dict[int, set[Key]]:
    names = {
        (number, index): (rule.id, variant.id)
        for number, rule in enumerate(rules)
        for index, variant in enumerate(rule.all_variants)
    }
    found: dict[int, set[Key]] = {}
    # In two steps: joined in one, DuckDB 2.0.0 may end with an internal error (its issue 24807).
    con.execute(
        "CREATE OR REPLACE TEMP TABLE checked_line AS SELECT line_id, patient_key FROM line "
        "WHERE patient_key IN (FROM checked_case)"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE checked_candidate AS SELECT l.patient_key, c.cand, c.rule_no, c.variant, "
        "c.line_id, c.partner_id, c.day, c.table_row, c.level, c.price_basis, c.share_num, c.share_den "
        "FROM candidate c JOIN checked_line l USING (line_id)"
    )
    for patient, rule_no, variant, line, partner, day, row, verdict, level, *amount in con.execute(
        """SELECT c.patient_key, c.rule_no, c.variant, c.line_id, c.partner_id, c.day, c.table_row, v.verdict,
                  CASE WHEN v.verdict = 1 THEN v.level ELSE c.level END, c.price_basis, c.share_num, c.share_den
             FROM checked_candidate c JOIN verdict v USING (cand) WHERE v.verdict IN (1, 2, 3, 4)"""
    ).fetchall():
        rule_id, variant_id = names[rule_no, variant]
        priced = (amount[0], amount[1], amount[2]) if amount[0] is not None else None
        key = (rule_id, variant_id, line, partner, day, row, _VERDICTS[verdict], level, priced)
        found.setdefault(patient, set()).add(key)
    return found


def _quarantined(con: DuckDBPyConnection) -> list[int]:
    """Patients with a case that the engine could not reason over: set aside and said, so not compared.

    A pair that the search itself found it cannot judge carries its reason and is never lifted.
    """
    rows = con.execute(
        "SELECT DISTINCT l.patient_key FROM verdict v JOIN candidate c USING (cand) "
        "JOIN line l ON l.line_id = c.line_id WHERE v.verdict = 5 AND (c.lifted OR c.lifted_reason IS NULL)"
    ).fetchall()
    return [row[0] for row in rows]


def _key(outcome: Outcome) -> Key:
    return (
        outcome.rule_id,
        outcome.variant,
        outcome.line_id,
        outcome.partner,
        outcome.day,
        outcome.row,
        outcome.verdict,
        outcome.level,
        (outcome.amount.basis, outcome.amount.num, outcome.amount.den) if outcome.amount else None,
    )


def _refuse(plain: set[Key], engine: set[Key], lines: Sequence[Mapping[str, Any]]) -> None:
    only_plain, only_engine = sorted(plain - engine, key=str), sorted(engine - plain, key=str)
    rule, variant, line_id, *_rest = (only_plain or only_engine)[0]
    line = next(line for line in lines if line["line_id"] == line_id)
    said = "only by the plain evaluator" if only_plain else "only by the engine"
    detail = (only_plain or only_engine)[0]
    priced = f", amount {detail[8][0]} {detail[8][1]}/{detail[8][2]} of the line" if detail[8] else ""
    raise InternalCheckFailed(
        f"the two evaluators differ on rule {rule} ({variant})",
        where=f"claim line {line['line_no']} of the claim at input line_id {line_id}",
        why=f"the finding ({detail[6]}, level {detail[7]}, reference row {detail[5]}{priced}) was reached {said}; "
        f"{len(only_plain)} and {len(only_engine)} outcomes of this case stand on one side only",
        mend="the audit is not to be relied on; report this with the rule id and the edition of its table",
    )
