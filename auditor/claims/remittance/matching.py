"""Which claim an answer is of, and which line each of its service lines is of: by documented keys, never by a guess.

A claim is found by its number (CLP01 = CLM01). Candidates whose patient or payer is known and another are
none, nor is one whose payer's name and place (primary, secondary) are others, where the payer in that place
has answered too. Of several the first that can tell does: the payer's id, the billing provider, the place of the payer
(primary, secondary), the payer's own number (CLP07, against REF*F8 of the claim that replaces it), the
frequency (CLP09), the charge of the claim. A line is found by its control number (REF*6R; the number of the
line, LX01, where the claim gave none); else by code, modifiers, date and charge; else by code, date and
charge where one line alone has them; else, for a code that the payer divided, by the code and date that
were sent. What more than one line can be, and they differ, is ambiguous.
"""

from __future__ import annotations

import duckdb

from auditor.claims import rare
from auditor.claims.canonical import TEXTS
from auditor.claims.columns import LINE_COLUMNS
from auditor.claims.history.versions import REVISING
from auditor.claims.remittance import answers
from auditor.claims.words import literal

_REVISING = ", ".join(map(literal, REVISING))
TABLES = ("bill_line", "bill_version", "remit_candidate", "remit_pair", "remit_open")
CLAIM_KEYS = ("number", "payer", "provider", "sequence", "payer_number", "frequency", "charge", "unanswered")
"""How the one claim was told among all of its number, the first that told it: `number` where it was the only one."""
LINE_KEYS = (
    "control_number",
    "line_number",
    "code_modifiers_date_charge",
    "code_date_charge",
    "submitted_code",
)
_VERSION = (
    "claim_id", "patient_id", "payer_id", "line_of_business", "source_system", "frequency_code", "original_ref",
    "payer_icn", "reversed", "version_date",
)  # fmt: skip
_FEW = ("payer_name", "payer_sequence", "line_control_no")


def lay_out_claims(con: duckdb.DuckDBPyConnection, files: str) -> None:
    """`bill_line` and `bill_version`: the lines that claims with the number of an answer have, and their versions.

    Exact repeats of a line are taken out first (fault `line_repeated`): a payment is of one of them.
    """
    keys, there = ", ".join(_VERSION), rare.present(con, "claim_parsed")
    content = ", ".join(
        TEXTS.get(c.name, c.name)
        for c in LINE_COLUMNS
        if c.carried and (not c.rare or c.name in there) and c.name != "line_control_no"
    )
    chosen = "code revenue_code mod_text date_from charge line_no fault paid billing_npi".split()
    con.execute(
        "CREATE TABLE bill_line AS SELECT *, min(rid) OVER (PARTITION BY version_keys) AS version FROM ("
        f"SELECT rowid AS rid, hash(row({keys})) AS version_keys, {', '.join(_VERSION)}, "
        f"{answers.columns(con, chosen, _FEW)}, hash(row({content})) AS content "
        f"FROM claim_parsed WHERE file_no NOT IN ({files}) AND upper(trim(claim_id)) IN "
        "(SELECT claim_id FROM remit_answer))"
    )
    con.execute(
        "CREATE TABLE bill_repeat AS SELECT rid FROM (SELECT rid, row_number() OVER (PARTITION BY version, "
        "line_no, "
        "content, line_control_no ORDER BY rid) AS turn FROM bill_line WHERE line_no IS NOT NULL AND fault "
        "IS NULL) "
        "WHERE turn > 1"
    )
    con.execute("INSERT INTO claim_parted SELECT rid, 'line_repeated' FROM bill_repeat")
    con.execute("DELETE FROM bill_line WHERE rid IN (SELECT rid FROM bill_repeat)")
    con.execute("DROP TABLE bill_repeat")
    con.execute(
        f"CREATE TABLE bill_version AS SELECT *, CASE WHEN coalesce(frequency_code, '1') NOT IN ({_REVISING}) THEN "
        # The number of the claim that another of the same number replaces is known from the one that names it.
        "(CASE WHEN min(original_ref) OVER (PARTITION BY claim_id) = max(original_ref) OVER (PARTITION BY "
        "claim_id) "
        "THEN max(original_ref) OVER (PARTITION BY claim_id) END) END AS named_icn FROM ("
        "SELECT version, any_value(upper(trim(claim_id))) AS claim_id, any_value(patient_id) AS patient_id, "
        "any_value(payer_id) AS payer_id, min(payer_name) AS payer_name, "
        "min(payer_sequence) AS payer_sequence, min(billing_npi) AS billing_npi, "
        "any_value(frequency_code) AS frequency_code, any_value(original_ref) AS original_ref, "
        "any_value(payer_icn) AS payer_icn, CAST(coalesce(sum(charge), 0) AS BIGINT) AS charge, "
        "count(paid) > 0 AS has_payments, count(line_control_no) > 0 AS has_controls FROM bill_line GROUP "
        "BY version)"
    )


_BARE = "regexp_replace(upper({0}), '[^0-9A-Z]', '', 'g')"
_PATIENT_DIFFERS = (
    # A reader's own mark of a person without a number, which has a letter, says nothing of a payer's number.
    "coalesce(NOT (regexp_full_match(v.patient_id, '[0-9a-f]{12}') AND regexp_matches(v.patient_id, '[a-f]')) "
    "AND NOT starts_with(pv, pa) AND NOT "
    "starts_with(pa, pv), "
    "false)"
)
_PAYER_DIFFERS = (
    # A name that stands for a number that the payer did not give contradicts none.
    "coalesce(a.payer_id <> coalesce(a.payer_name, '') AND ltrim(upper(a.payer_id), '0') <> "
    "ltrim(upper(v.payer_id), '0') "
    f"AND NOT coalesce({_BARE.format('a.payer_name')} = {_BARE.format('v.payer_name')}, false), false)"
)

_OTHER_PLACE = (
    "coalesce(a.payer_sequence <> v.payer_sequence AND a.payer_id = a.payer_name "
    f"AND NOT starts_with({_BARE.format('a.payer_name')}, {_BARE.format('v.payer_name')}) "
    f"AND NOT starts_with({_BARE.format('v.payer_name')}, {_BARE.format('a.payer_name')}), false)"
)
"""Another payer by name and by place in the order of payers: not sure by itself, for names are spelt in many ways."""


def find_claims(con: duckdb.DuckDBPyConnection) -> None:
    """Give each answer its claim version, or the reason why it has none, in `remit_answer` (version, how).

    `how` is one of `CLAIM_KEYS` where a version was found, else `no_claim`, `patient`, `payer`, `replaced` or
    `ambiguous`. Reversals come after the payments that they may take back.
    """
    con.execute(
        "CREATE TABLE remit_candidate AS SELECT a.answer, v.version, "
        f"{_PATIENT_DIFFERS} AS patient_differs, {_PAYER_DIFFERS} AS payer_differs, "
        f"{_OTHER_PLACE} AS other_place, "
        "coalesce(v.original_ref = a.payer_icn AND NOT a.reversed, false) AS replaces, "
        "coalesce(a.payer_id = v.payer_id, false) AS payer, coalesce(a.billing_npi = v.billing_npi, false) "
        "AS provider, "
        "coalesce(a.payer_sequence = v.payer_sequence, false) AS sequence, "
        "CASE WHEN coalesce(v.payer_icn, v.named_icn) = a.payer_icn THEN 2 "
        "WHEN coalesce(v.payer_icn, v.named_icn) IS NULL OR a.payer_icn IS NULL THEN 1 ELSE 0 END AS "
        "payer_number, "
        "coalesce(a.frequency_code = coalesce(v.frequency_code, '1'), false) AS frequency, "
        "abs(a.charge) = abs(v.charge) AS charge FROM "
        f"(SELECT *, {_BARE.format('patient_id')} AS pa FROM remit_answer) a JOIN "
        f"(SELECT *, {_BARE.format('patient_id')} AS pv FROM bill_version) v USING (claim_id)"
    )
    con.execute(
        "UPDATE remit_candidate SET payer_differs = true WHERE other_place AND version IN (SELECT version "
        "FROM remit_candidate WHERE sequence AND NOT (patient_differs OR payer_differs))"
    )
    con.execute(
        "UPDATE remit_answer AS a SET how = c.how FROM (SELECT a.answer, CASE WHEN count(c.answer) = 0 THEN "
        "'no_claim' "
        "WHEN bool_and(patient_differs) THEN 'patient' WHEN bool_and(patient_differs OR payer_differs) THEN "
        "'payer' "
        "WHEN bool_and(patient_differs OR payer_differs OR replaces) THEN 'replaced' END AS how "
        "FROM remit_answer a LEFT JOIN remit_candidate c ON c.answer = a.answer GROUP BY a.answer) c "
        "WHERE c.answer = a.answer"
    )
    con.execute("DELETE FROM remit_candidate WHERE patient_differs OR payer_differs OR replaces")
    marks = ("payer", "provider", "sequence", "payer_number", "frequency", "charge")
    _choose(con, "NOT reversed", marks)
    # What is still open goes to the one version of those left that has no answer yet.
    con.execute(
        "ALTER TABLE remit_candidate ADD COLUMN unanswered BOOLEAN; "
        "UPDATE remit_candidate SET unanswered = version NOT IN (SELECT version FROM remit_answer "
        "WHERE version IS NOT NULL)"
    )
    _choose(con, "NOT reversed", (*marks, "unanswered"))
    con.execute(
        "ALTER TABLE remit_candidate ADD COLUMN takes_back INTEGER DEFAULT 0; "
        "UPDATE remit_candidate AS c SET takes_back = t.marks FROM (SELECT r.answer, o.version, max("
        "CASE WHEN r.payer_icn = o.payer_icn THEN 1 ELSE 0 END + "
        "CASE WHEN r.charge = -o.charge AND r.paid = -o.paid THEN 1 ELSE 0 END) AS marks FROM remit_answer r "
        "JOIN remit_answer o ON o.claim_id = r.claim_id AND NOT o.reversed AND o.version IS NOT NULL WHERE "
        "r.reversed "
        "GROUP BY ALL) t WHERE t.answer = c.answer AND t.version = c.version"
    )
    _choose(con, "reversed", ("takes_back", *marks))
    con.execute("UPDATE remit_answer SET how = 'ambiguous' WHERE version IS NULL AND how IS NULL")


def _choose(con: duckdb.DuckDBPyConnection, which: str, marks: tuple[str, ...]) -> None:
    """Give the open answers for which `which` holds the candidate that comes first by `marks`, if one alone does."""
    order = ", ".join(f"{mark} DESC" for mark in marks)
    # What told it is the first mark in which the second candidate is behind.
    told = " ".join(
        f"WHEN first.{mark} IS DISTINCT FROM second.{mark} THEN '{_KEY_OF.get(mark, mark)}'" for mark in marks
    )
    con.execute(
        "UPDATE remit_answer AS a SET version = t.version, how = t.how FROM (WITH ranked AS (SELECT c.*, "
        f"row_number() OVER (PARTITION BY answer ORDER BY {order}, version) AS turn FROM remit_candidate c "
        "WHERE answer IN (SELECT answer FROM remit_answer WHERE version IS NULL AND how IS NULL AND "
        f"({which}))) "
        "SELECT first.answer, first.version, CASE WHEN second.answer IS NULL THEN 'number' "
        f"{told} END AS how FROM (SELECT * FROM ranked WHERE turn = 1) first "
        "LEFT JOIN (SELECT * FROM ranked WHERE turn = 2) second ON second.answer = first.answer) t "
        "WHERE t.answer = a.answer AND t.how IS NOT NULL"
    )


_KEY_OF = {"takes_back": "payer_number"}


def find_lines(con: duckdb.DuckDBPyConnection) -> None:
    """`remit_pair` (rid, line_rid, how): each service line of an answer that was given a claim, with its claim line.

    `remit_open` keeps those without: `ambiguous` says that more than one line may be it.
    """
    mods = "list_sort(list_filter(string_split(upper({0}), ','), lambda t: t <> ''))"
    con.execute(
        "CREATE TABLE remit_open AS SELECT r.rid, r.answer, a.version, a.standing, r.line_control_no AS "
        "control, "
        "coalesce(r.code, 'R' || r.revenue_code) AS code, "
        f"{mods.format('r.mod_text')} AS mods, split_part(r.submitted_code, ',', 1) AS sent, "
        f"{mods.format('substr(r.submitted_code, strpos(r.submitted_code || chr(44), chr(44)) + 1)')} AS "
        "sent_mods, "
        "r.date_from, abs(r.charge) AS charge, hash(row(r.paid, r.allowed, r.patient_resp, r.denied, "
        "r.adjustments, "
        "r.remark_codes)) AS outcome, false AS ambiguous FROM remit_row r JOIN remit_answer a USING (answer) "
        "WHERE r.kind = 'line' AND r.usable AND a.version IS NOT NULL"
    )
    con.execute("CREATE TABLE remit_pair (rid BIGINT, answer BIGINT, line_rid BIGINT, how VARCHAR)")
    con.execute(
        "CREATE TABLE bill_key AS SELECT rid, version, line_no, line_control_no AS control, "
        f"coalesce(code, 'R' || revenue_code) AS code, {mods.format('mod_text')} AS mods, date_from, "
        "abs(charge) AS charge, content FROM bill_line WHERE version IN (SELECT version FROM remit_answer)"
    )
    _pair(
        con,
        "control_number",
        "SELECT o.rid, o.answer, min(k.rid) AS line_rid FROM remit_open o JOIN bill_key k "
        "ON k.version = o.version AND k.control = o.control "
        # A payer that numbers lines itself may name another than it answers: then code and charge are another line's.
        "AND (coalesce(k.code IN (o.code, o.sent), false) OR coalesce(k.charge = o.charge, true) OR NOT EXISTS ("
        "SELECT 1 FROM bill_key e WHERE e.version = o.version AND e.code = o.code AND e.mods = o.mods "
        "AND e.date_from = o.date_from AND e.charge = o.charge)) "
        "GROUP BY o.rid, o.answer HAVING count(*) = 1",
    )
    _pair(
        con,
        "line_number",
        "SELECT o.rid, o.answer, min(k.rid) AS line_rid FROM remit_open o JOIN bill_key k ON k.version = "
        "o.version "
        "AND k.line_no = TRY_CAST(o.control AS INTEGER) AND k.code IN (o.code, o.sent) "
        "WHERE o.version IN (SELECT version FROM bill_version WHERE NOT has_controls) "
        "GROUP BY o.rid, o.answer HAVING count(*) = 1",
    )
    both = "r.date_from = k.date_from AND r.charge = k.charge"
    for code, sent in (("sent", "sent_mods"), ("code", "mods")):
        _pair_groups(
            con, f"r.{code} = k.code AND r.{sent} = k.mods AND {both}", (code, sent, "date_from", "charge")
        )
    for code in ("sent", "code"):
        _pair(
            con,
            "code_date_charge",
            f"SELECT rid, answer, line_rid FROM ({_open_pairs(f'r.{code} = k.code AND {both}')}) "
            "QUALIFY count(*) OVER (PARTITION BY rid) = 1 AND count(*) OVER (PARTITION BY answer, line_rid) "
            "= 1",
        )
    _pair(
        con,
        "submitted_code",
        "SELECT r.rid, r.answer, min(k.rid) AS line_rid FROM remit_open r JOIN bill_key k ON k.version = "
        "r.version "
        "AND k.code = r.sent AND k.date_from = r.date_from AND (k.mods = r.sent_mods OR r.sent_mods = []) "
        "GROUP BY r.rid, r.answer HAVING count(*) = 1",
    )
    con.execute(
        "UPDATE remit_open SET ambiguous = true WHERE rid IN (SELECT r.rid FROM remit_open r JOIN bill_key k "
        f"ON k.version = r.version AND k.code IN (r.sent, r.code) AND {both} LEFT JOIN remit_pair t "
        "ON t.answer = r.answer AND t.line_rid = k.rid WHERE t.rid IS NULL)"
    )
    con.execute("DROP TABLE bill_key")


def _pair(con: duckdb.DuckDBPyConnection, how: str, pairs: str) -> None:
    """Keep the pairs (rid, answer, line_rid) of a SELECT and take them out of `remit_open`."""
    con.execute(f"INSERT INTO remit_pair SELECT rid, answer, line_rid, '{how}' FROM ({pairs})")
    con.execute("DELETE FROM remit_open WHERE rid IN (SELECT rid FROM remit_pair)")


def _open_pairs(condition: str) -> str:
    """SQL (rid, answer, line_rid): open service lines with the lines of their claim that no line of the answer has."""
    return (
        "SELECT r.rid, r.answer, k.rid AS line_rid FROM remit_open r JOIN bill_key k "
        f"ON k.version = r.version AND {condition} LEFT JOIN remit_pair t ON t.answer = r.answer AND "
        "t.line_rid = k.rid "
        "WHERE t.rid IS NULL"
    )


def _pair_groups(con: duckdb.DuckDBPyConnection, condition: str, key: tuple[str, ...]) -> None:
    """Pair service lines and claim lines that are alike by a full key, in their order, where it does not matter how.

    It does not where one of either is left, where the claim lines are the same in all that they say, or where as many
    service lines say the same of each. Answers that stand beside each other, none of them taken back, are taken
    together when there are lines enough for all of them: the payer answered a claim in parts.
    """
    alike = f"hash(row(r.version, {', '.join(f'r.{name}' for name in key)})) AS grp"
    con.execute(
        f"CREATE TABLE remit_group AS SELECT DISTINCT r.rid, r.answer, r.outcome, {alike}, r.standing "
        f"FROM remit_open r JOIN bill_key k ON k.version = r.version AND {condition}"
    )
    con.execute(
        f"CREATE TABLE remit_line_group AS SELECT DISTINCT {alike}, k.rid AS line_rid, k.line_no, k.content "
        f"FROM remit_open r JOIN bill_key k ON k.version = r.version AND {condition}"
    )
    # A group of standing answers is one domain where its lines suffice; else each answer is one by itself.
    con.execute(
        "CREATE TABLE remit_domain AS SELECT g.rid, g.answer, g.outcome, g.grp, "
        "CASE WHEN g.standing AND s.rows <= l.lines THEN -1 ELSE g.answer END AS domain FROM remit_group g "
        "JOIN (SELECT grp, count(*) FILTER (standing) AS rows FROM remit_group GROUP BY grp) s USING (grp) "
        "JOIN (SELECT grp, count(*) FILTER (p.line_rid IS NULL) AS lines FROM remit_line_group l LEFT JOIN "
        "(SELECT DISTINCT line_rid FROM remit_pair JOIN remit_answer USING (answer) WHERE standing) p USING "
        "(line_rid) "
        "GROUP BY grp) l USING (grp)"
    )
    con.execute(
        "CREATE TABLE remit_free AS SELECT d.grp, d.domain, l.line_rid, l.line_no, l.content FROM "
        "(SELECT DISTINCT grp, domain FROM remit_domain) d JOIN remit_line_group l USING (grp) "
        "WHERE NOT EXISTS (SELECT 1 FROM remit_pair p JOIN remit_answer a USING (answer) WHERE p.line_rid = "
        "l.line_rid "
        "AND (p.answer = d.domain OR (d.domain = -1 AND a.standing)))"
    )
    _pair(
        con,
        "code_modifiers_date_charge",
        "SELECT r.rid, r.answer, l.line_rid FROM (SELECT *, row_number() OVER w AS turn, count(*) OVER v AS "
        "rows, "
        "min(outcome) OVER v = max(outcome) OVER v AS one_outcome FROM remit_domain WINDOW w AS (PARTITION "
        "BY grp, domain "
        "ORDER BY rid), v AS (PARTITION BY grp, domain)) r JOIN (SELECT *, row_number() OVER w AS turn, "
        "count(*) OVER v "
        "AS lines, min(content) OVER v = max(content) OVER v AS one_content FROM remit_free WINDOW w AS "
        "(PARTITION BY grp, domain ORDER BY line_no, line_rid), v AS (PARTITION BY grp, domain)) l "
        "USING (grp, domain, turn) WHERE (rows = 1 AND lines = 1) OR (one_content AND rows <= lines) "
        "OR (one_outcome AND rows = lines)",
    )
    for table in ("remit_group", "remit_line_group", "remit_domain", "remit_free"):
        con.execute(f"DROP TABLE {table}")
