"""The Parquet files of an output folder, rewritten for a profile: with pseudonyms, or without rows.

Every column of every file stands in `POLICIES` with how it is treated; a column that does not is left out, so that a
new one is not given away before somebody has thought about it (a test holds the list to the columns there are).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from duckdb import DuckDBPyConnection

from auditor.base import marks
from auditor.base.errors import InternalCheckFailed
from auditor.base.pseudonyms import Pseudonyms
from auditor.findings.store import ROW_GROUP
from auditor.reports.free_text import FreeText

KEEP: Final = "keep"
CODES: Final = "codes"
_BATCH: Final = 20_000
FINDINGS: Final = "findings.parquet"


def _policy(kept: str, **treated: str) -> dict[str, str]:
    return {**dict.fromkeys(kept.split(), KEEP), **treated}


_FINDING: Final = _policy(
    "rule_id rule_version rule_hash catalogue_id split_claim family verdict class severity direction line_of_business "
    "payer_id line_no service_date code units charge allowed paid exposure exposure_as_processed exposure_allowed "
    "exposure_counted exposure_basis record_needed root_cause suppressed_by at_risk title "
    "review_priority corrected",
    finding_id="finding", patient_id=marks.PATIENT, billing_npi=marks.PROVIDER, rendering_npi=marks.PROVIDER,
    claim_id=marks.CLAIM, payer_icn=marks.CLAIM, modifiers=CODES, explanation="told", reason="told",
    premises="premises", evidence="evidence", reference_rows="reference_rows", citations="citations",
)  # fmt: skip
POLICIES: Final[Mapping[str, Mapping[str, str]]] = {
    FINDINGS: _FINDING,
    "set_aside.parquet": _policy(
        "source_pos reason_code charge paid", source_file=marks.FILE, claim_id=marks.CLAIM, line_no="line",
        reason="free",
    ),
    "superseded.parquet": _policy(
        "line_no source_pos paid", source_file=marks.FILE, claim_id=marks.CLAIM, by_claim_id=marks.CLAIM, reason="free",
    ),
    "data_quality.parquet": _policy(
        "check says source_pos line_no date_from code units charge allowed paid", source_file=marks.FILE,
        claim_id=marks.CLAIM,
    ),
    "diagnostics.parquet": _policy(
        "name severity source_pos byte_offset", source_file=marks.FILE, claim_id=marks.CLAIM, says="free",
    ),
    "unmatched.parquet": _policy(
        "side source_pos", source_file=marks.FILE, claim_id=marks.CLAIM, why="free",
    ),
    "claim_lines.parquet": _policy(
        "payer_id line_no claim_type setting admit_date discharge_date received_date paid_date dx date_from date_to "
        "dx_ptr units charge allowed paid",
        **dict.fromkeys(("claim_id", "payer_icn", "original_ref"), marks.CLAIM), patient_id=marks.PATIENT,
        **dict.fromkeys(("billing_npi", "rendering_npi", "facility_npi"), marks.PROVIDER), prior_auth=marks.NUMBER,
        **dict.fromkeys(
            ("tob", "frequency_code", "drg", "discharge_status", "pos", "code", "revenue_code"), marks.WORD
        ), modifiers=CODES,
    ),
    "providers.parquet": _policy("lines claims patients paid", npi=marks.PROVIDER, specialty=marks.WORD),
}  # fmt: skip
_ORDER: Final = {
    FINDINGS: "rule_id, service_date, claim_id, line_no, finding_id",
    "claim_lines.parquet": "payer_id, patient_id, claim_id, payer_icn, line_no, row_at",
    "providers.parquet": "npi, specialty",
}


class Rewriting:
    """Rewrites the files of one folder under one set of pseudonyms."""

    def __init__(self, con: DuckDBPyConnection, pseudonyms: Pseudonyms, text: FreeText) -> None:
        self._con, self._pseudonyms, self._text = con, pseudonyms, text
        con.execute("CREATE OR REPLACE TEMP TABLE stands_for (kind VARCHAR, plain VARCHAR, shown VARCHAR)")
        self._shown: Mapping[str, Callable[[str], str]] = {
            marks.FILE: text.file,
            marks.PROVIDER: text.provider,
            "finding": lambda value: pseudonyms.hexadecimal("finding", value),
            "free": text.cleaned,
            "told": text.told,
            "premise": self._premise,
            marks.WORD: text.code,
            "named": text.unnumbered,
            "line": lambda value: value if value.isdigit() and len(value) < LINE_DIGITS else "",
        }

    def rewrite(self, path: Path) -> None:
        """Put the file at `path` under pseudonyms; one that is not there stays away."""
        if not path.is_file():
            return
        treated, source = POLICIES[path.name], _source(path)
        names = [name for name, *_ in self._con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
        kept = [name for name in names if name in treated]
        shown, joins = [], []
        for place, name in enumerate(kept):
            how = treated[name]
            changes = self._learn(how, name, source)
            if how == CODES:
                shown.append(f'{_codes(f"s.{name}")} AS "{name}"')
            elif how == KEEP or (how in _RARELY and not changes):
                shown.append(f's."{name}"')
            elif how in _NESTED:
                joins.append(f"LEFT JOIN ({_NESTED[how]}) a{place} ON a{place}.at_row = s.row_at")
                shown.append(f'coalesce(a{place}.listed, s."{name}"[:0]) AS "{name}"')
            else:
                joins.append(
                    f"LEFT JOIN stands_for a{place} ON a{place}.kind = '{how}' AND a{place}.plain = s.\"{name}\""
                )
                shown.append(f"nullif(a{place}.shown, '') AS \"{name}\"")
        beside = path.with_name(f".{path.name}")
        listed = ", ".join(shown)
        self._con.execute(
            f"COPY (WITH source AS MATERIALIZED (SELECT file_row_number AS row_at, * FROM {source}) "
            f"SELECT {listed} FROM source s {' '.join(joins)} "
            f"ORDER BY {_ORDER.get(path.name, 'row_at')}) TO {_quoted(beside)} (FORMAT parquet, COMPRESSION zstd, "
            f"ROW_GROUP_SIZE {ROW_GROUP})"
        )
        self._same_rows(source, beside)
        beside.replace(path)

    def close(self) -> None:
        """Drop what stands for what."""
        self._con.execute("DROP TABLE stands_for")

    def _same_rows(self, source: str, beside: Path) -> None:
        counted = [
            self._con.execute(f"SELECT count(*) FROM {one}").fetchall()[0][0]
            for one in (source, f"read_parquet({_quoted(beside)}, hive_partitioning = false)")
        ]
        if counted[0] != counted[1]:
            raise InternalCheckFailed(
                f"{counted[0]:,} rows became {counted[1]:,} under the profile",
                where=beside.name.lstrip("."),
                why="rows must neither be lost nor told twice",
                mend="this is a fault of the program; please report it",
            )

    def _learn(self, how: str, name: str, source: str) -> bool:
        """Find what stands for the values of a column; whether one stands for another than itself."""
        if how in (KEEP, CODES):
            return False
        kind, values = {
            "premises": ("premise", f'unnest("{name}")'),
            "evidence": (marks.CLAIM, f'unnest("{name}").claim_id'),
            "reference_rows": ("named", f'unnest("{name}")."key"'),
            "citations": ("named", f'unnest("{name}").section'),
        }.get(how, (how, f'"{name}"'))
        cursor, changes = self._con.cursor(), False
        cursor.execute(
            f"SELECT DISTINCT plain FROM (SELECT {values} AS plain FROM {source}) WHERE plain IS NOT NULL"
        )
        for plain in _batches(cursor):
            changes |= self._add(kind, plain)
        cursor.close()
        return changes

    def _add(self, kind: str, values: list[str]) -> bool:
        known = dict(
            self._con.execute(
                "SELECT s.plain, s.shown FROM stands_for s JOIN (SELECT unnest(?) AS plain) v USING (plain) "
                "WHERE s.kind = ?",
                [values, kind],
            ).fetchall()
        )
        fresh = [value for value in values if value not in known]
        change = self._shown.get(kind)
        made = self._pseudonyms.of_all(kind, fresh) if change is None else {one: change(one) for one in fresh}
        if made:
            self._con.execute(
                "INSERT INTO stands_for SELECT ?, unnest(?), unnest(?)",
                [kind, list(made), list(made.values())],
            )
        return any(plain != shown for plain, shown in {**known, **made}.items())

    def _premise(self, value: str) -> str:
        """`finding 0123...` with the finding's pseudonym; a line that is named has its mark; the rest are numbers."""
        head, _, rest = value.partition(" ")
        if head == "finding":
            return f"finding {self._pseudonyms.hexadecimal('finding', rest)}"
        return self._text.told(value)


LINE_DIGITS: Final = 7
"""A line number of more digits is none: the text that stood in its place."""


def only_known(folder: Path) -> None:
    """Remove every Parquet file from `folder` that no policy is known for: nobody has said what it may hold."""
    for path in folder.glob("*.parquet"):
        if path.name not in POLICIES:
            path.unlink()


def emptied(con: DuckDBPyConnection, folder: Path) -> None:
    """Leave every file of rows in `folder` with its columns and no row; one that no policy is known for goes."""
    only_known(folder)
    for name in POLICIES:
        path = folder / name
        if path.is_file():
            beside = path.with_name(f".{name}")
            con.execute(
                f"COPY (SELECT * FROM read_parquet({_quoted(path)}, hive_partitioning = false) WHERE FALSE) "
                f"TO {_quoted(beside)} (FORMAT parquet, COMPRESSION zstd)"
            )
            beside.replace(path)


def _codes(column: str) -> str:
    """SQL of a list of modifiers: one that is none is withheld."""
    return (
        f"list_transform({column}, lambda x: CASE WHEN regexp_full_match(x, '{marks.MODIFIER_FORM}') THEN x "
        f"ELSE '{marks.WITHHELD}' END)"
    )


_PREMISES: Final = """SELECT row_at AS at_row, list(shown ORDER BY place) AS listed FROM (
    SELECT row_at, unnest(premises) AS premise, generate_subscripts(premises, 1) AS place FROM source)
    JOIN stands_for ON kind = 'premise' AND plain = premise GROUP BY row_at"""
_EVIDENCE: Final = f"""SELECT row_at AS at_row, list(struct_pack("role" := e.role, claim_id := shown,
        line_no := e.line_no, service_date := e.service_date, code := e.code,
        modifiers := {_codes("e.modifiers")}, units := e.units,
        paid := e.paid, charge := e.charge, allowed := e.allowed) ORDER BY place) AS listed FROM (
    SELECT row_at, unnest(evidence) AS e, generate_subscripts(evidence, 1) AS place FROM source)
    LEFT JOIN stands_for ON kind = '{marks.CLAIM}' AND stands_for.plain = e.claim_id GROUP BY row_at"""


_REFERENCE_ROWS: Final = """SELECT row_at AS at_row, list(struct_pack("table" := r."table", edition := r.edition,
        "key" := shown, effective := r.effective, deleted := r.deleted) ORDER BY place) AS listed FROM (
    SELECT row_at, unnest(reference_rows) AS r, generate_subscripts(reference_rows, 1) AS place FROM source)
    LEFT JOIN stands_for ON kind = 'named' AND plain = r."key" GROUP BY row_at"""
_CITATIONS: Final = """SELECT row_at AS at_row, list(struct_pack(document := c.document, section := shown,
        revision := c.revision, url := c.url, verified := c.verified) ORDER BY place) AS listed FROM (
    SELECT row_at, unnest(citations) AS c, generate_subscripts(citations, 1) AS place FROM source)
    LEFT JOIN stands_for ON kind = 'named' AND plain = c.section GROUP BY row_at"""
_NESTED: Final[Mapping[str, str]] = {
    "premises": _PREMISES, "evidence": _EVIDENCE, "reference_rows": _REFERENCE_ROWS, "citations": _CITATIONS,
}  # fmt: skip
_RARELY: Final = frozenset({"reference_rows", "citations"})
"""Lists that name somebody only where a table of the user's own does: else they are not taken apart."""


def _batches(cursor: DuckDBPyConnection) -> Iterator[list[str]]:
    while rows := cursor.fetchmany(_BATCH):
        yield [value for (value,) in rows]


def _source(path: Path) -> str:
    return f"read_parquet({_quoted(path)}, hive_partitioning = false, file_row_number = true)"


def _quoted(path: Path) -> str:
    return "'" + path.as_posix().replace("'", "''") + "'"
