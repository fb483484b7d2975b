"""NCCI procedure-to-procedure edits (PTP): tab separated text or xlsx, in one file or in parts f1...fn.

Seven columns: Column 1, Column 2, flag of edits older than 1996, effective date, deletion date (`*` none),
modifier indicator, rationale; older releases lack the last. Text goes through DuckDB line by line, so that a
row of another shape is counted with its reason and not lost in a reader's tolerance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import duckdb

from auditor.base.errors import InputRefused, InternalCheckFailed
from auditor.reference.importers.interface import (
    REJECTED_EXAMPLES,
    Basis,
    Importer,
    Job,
    Part,
    Peek,
    Recognised,
    Rejected,
    Staged,
    Table,
)
from auditor.reference.importers.ptp_census import take_census
from auditor.reference.sheets import Workbook
from auditor.reference.text import TextFacts, clean_blocks, write_data_lines

COLUMNS = ("column_1", "column_2", "prior_1996", "effective", "deleted", "modifier_indicator", "rationale")
ORDER = ("column_1", "column_2", "effective", "deleted NULLS LAST", "modifier_indicator", "rationale")
MAX_LINE = 100_000

_DATA = re.compile(rb"\s*[0-9A-Z]{5}\s*\t\s*[0-9A-Z]{5}\s*\t")
_DATED = re.compile(rb"[^\t]*\t[^\t]*\t[^\t]*\t\s*(?:\d{8}|\d{4}-\d\d-\d\d)\s*\t")
_ROW = re.compile(r"[0-9A-Z]{5}\t[0-9A-Z]{5}\t\*?\t(?:\d{8}|\d{4}-\d\d-\d\d)\t[^\t]*\t[019]")
_TITLE = re.compile(r"column\s*1\s*/\s*column\s*2 edits", re.IGNORECASE)
_SHEET_BLOCK = 20_000

_DATE = """CASE WHEN length({0}) = 8 THEN try_strptime({0}, '%Y%m%d')
                WHEN length({0}) = 10 THEN try_strptime({0}, '%Y-%m-%d') END::DATE"""
_CELLS = """
    SELECT line, len(c) AS cells, trim(c[1]) AS column_1, trim(c[2]) AS column_2, trim(c[3]) AS flag,
           trim(c[4]) AS effective_text, trim(c[5]) AS deleted_text, trim(c[6]) AS modifier_indicator,
           coalesce(trim(c[7]), '') AS rationale, trim(array_to_string(c[8:], '')) AS beyond
    FROM (SELECT line, string_split(line, chr(9)) AS c FROM lines WHERE line IS NOT NULL)"""
_TYPED = f"""
    SELECT line, column_1, column_2, flag, modifier_indicator, rationale, cells, beyond, effective_text,
           deleted_text,
           {_DATE.format("effective_text")} AS effective,
           {_DATE.format("deleted_text")} AS deleted
    FROM ({_CELLS})"""
_BLANK = "blank"
_REASON = f"""
    CASE WHEN column_1 = '' AND coalesce(column_2, '') = '' AND coalesce(effective_text, '') = ''
              THEN '{_BLANK}'
         WHEN cells < 6 OR beyond <> '' THEN 'not six or seven columns'
         WHEN NOT regexp_full_match(column_1, '[0-9A-Z]{{5}}') THEN 'Column 1 is not five characters'
         WHEN NOT regexp_full_match(column_2, '[0-9A-Z]{{5}}') THEN 'Column 2 is not five characters'
         WHEN effective IS NULL OR year(effective) NOT BETWEEN 1980 AND 2100
              THEN 'effective date is not a date'
         WHEN deleted_text NOT IN ('*', '') AND (deleted IS NULL OR year(deleted) < 1980)
              THEN 'deletion date is neither a date nor *'
         WHEN modifier_indicator NOT IN ('0', '1', '9') THEN 'modifier indicator is not 0, 1 or 9'
         WHEN flag NOT IN ('', '*') THEN 'the flag of edits prior to 1996 is neither blank nor *' END"""


def _table(name: str, title: str, rules_table: str, setting: str, basis: Basis) -> Table:
    return Table(
        name,
        title,
        "history",
        ("column_1", "column_2", "effective"),
        rules_table,
        setting,
        basis,
        "modifier_indicator = '9'",
    )


class PtpImporter(Importer):
    """Procedure-to-procedure edits of Medicare and of Medicaid."""

    title = "NCCI PTP edits"
    version = 2
    tables: ClassVar[Mapping[str, Table]] = {
        "practitioner": _table(
            "ncci_ptp_practitioner",
            "Medicare PTP edits, practitioner",
            "ncci_ptp",
            "practitioner",
            "rebuilt file",
        ),
        "hospital": _table(
            "ncci_ptp_hospital",
            "Medicare PTP edits, outpatient hospital",
            "ncci_ptp",
            "outpatient_hospital",
            "rebuilt file",
        ),
        **{
            f"medicaid_{setting}": _table(
                f"medicaid_ptp_{setting}", f"Medicaid PTP edits, {told}", "", "*", "published layout"
            )
            for setting, told in (
                ("practitioner", "practitioner"),
                ("hospital", "outpatient hospital"),
                ("dme", "DME supplier"),
            )
        },
    }
    takes_parts = True

    def recognise(self, peek: Peek) -> Recognised | None:
        """By the title line, or by rows of two codes, a date and a modifier indicator."""
        layout = "xlsx" if peek.is_sheet else "text"
        if any(_TITLE.search(line) for line in peek.lines[:20]):
            return Recognised(layout)
        for cells in peek.rows:
            if len(cells) in (6, 7) and _ROW.fullmatch("\t".join(cells[:6])):
                return Recognised(layout)
        return None

    def stage(self, job: Job, parts: Sequence[Part]) -> Staged:
        """Lay out all parts as one table, with counts by part and the census of the whole."""
        job.con.execute(
            "CREATE OR REPLACE TEMP TABLE staged (column_1 VARCHAR, column_2 VARCHAR, prior_1996 BOOLEAN, "
            "effective DATE, deleted DATE, modifier_indicator VARCHAR, rationale VARCHAR)"
        )
        rejected: dict[str, int] = {}
        examples: list[Rejected] = []
        members: list[dict[str, object]] = []
        for part in parts:
            text = job.work / "lines.txt"
            facts = _write_text(part, text, job)
            reasons, rows, kept = _load(job, text, facts, part)
            for reason, count in reasons.items():
                rejected[reason] = rejected.get(reason, 0) + count
            examples += rows
            members.append(
                {
                    "name": part.leaf.place,
                    "part": part.number,
                    "header_lines": facts.header_lines,
                    "rows": kept,
                    "rejected": sum(reasons.values()),
                }
            )
            if not kept:
                raise InputRefused(
                    "it holds no row of PTP edits",
                    where=part.leaf.place,
                    why="A row has two codes of five characters, two dates and a modifier indicator",
                    mend="Check that this is the data file and not its notice",
                )
            text.unlink()
        staged = take_census(job)
        staged.columns, staged.order = COLUMNS, ORDER
        staged.members, staged.rejected, staged.examples = members, rejected, examples[:REJECTED_EXAMPLES]
        return staged


def _is_data(line: bytes) -> bool:
    """True from the first line that is a row, or would be one but for a fault that must be counted."""
    return _DATA.match(line) is not None or _DATED.match(line) is not None


def _write_text(part: Part, target: Path, job: Job) -> TextFacts:
    if part.sheet is None:
        return write_data_lines(clean_blocks(part.leaf.path), target, _is_data, lambda count: None)
    with Workbook(part.leaf.path, part.leaf.place) as book:
        return write_data_lines(_sheet_blocks(book, part.sheet), target, _is_data, lambda count: None)


def _sheet_blocks(book: Workbook, sheet: str) -> Iterator[bytes]:
    """A sheet as blocks of tab separated lines. Breaks inside cells become blanks."""
    lines: list[str] = []
    for row in book.rows(sheet):
        line = "\t".join(row)
        lines.append(line.replace("\n", " ").replace("\r", " "))
        if len(lines) == _SHEET_BLOCK:
            yield ("\n".join(lines) + "\n").encode("utf-8")
            lines.clear()
    if lines:
        yield ("\n".join(lines) + "\n").encode("utf-8")


def _lines(text: Path) -> str:
    """The lines of a clean text as a one-column relation: its delimiter cannot occur, quotes mean nothing."""
    name = str(text).replace("'", "''")
    return (
        f"(SELECT * FROM read_csv('{name}', columns={{'line': 'VARCHAR'}}, header=false, auto_detect=false, "
        f"delim=chr(31), quote='', escape='', max_line_size={MAX_LINE}))"
    )


def _load(job: Job, text: Path, facts: TextFacts, part: Part) -> tuple[dict[str, int], list[Rejected], int]:
    """Append one text's rows to `staged`; returns rejected rows by reason, some of them, and how many stay."""
    if not facts.lines:
        return {}, [], 0
    _read(
        job,
        part,
        f"""CREATE OR REPLACE TEMP TABLE read AS
            WITH lines AS {_lines(text)}
            SELECT column_1, column_2, flag = '*' AS prior_1996, effective,
                   CASE WHEN deleted_text NOT IN ('*', '') THEN deleted END AS deleted, modifier_indicator,
                   rationale, reason, CASE WHEN reason IS NOT NULL THEN line END AS line
            FROM (SELECT *, {_REASON} AS reason FROM ({_TYPED}))""",
    )
    read = job.con.execute("SELECT count(*) FROM read").fetchall()[0][0]
    if read != facts.lines:
        raise InternalCheckFailed(f"{facts.lines} lines were laid out but {read} read", where=part.leaf.place)
    kept = job.con.execute(
        "INSERT INTO staged SELECT * EXCLUDE (reason, line) FROM read WHERE reason IS NULL"
    ).fetchall()[0][0]
    reasons = dict(
        job.con.execute(
            "SELECT reason, count(*) FROM read WHERE reason IS NOT NULL GROUP BY reason ORDER BY reason"
        ).fetchall()
    )
    reasons.pop(_BLANK, None)
    examples = _examples(job, text, facts, part.leaf.name) if reasons else []
    job.con.execute("DROP TABLE read")
    job.advance(read)
    return reasons, examples, kept


def _read(job: Job, part: Part, query: str) -> None:
    try:
        job.con.execute(query)
    except duckdb.InvalidInputException as error:
        raise InputRefused(
            f"it has a line of more than {MAX_LINE:,} characters",
            where=part.leaf.place,
            mend="Check that it is the data file, whole and unedited",
        ) from error


def _examples(job: Job, text: Path, facts: TextFacts, name: str) -> list[Rejected]:
    """Line numbers of some rejected rows: their texts are looked up in the file."""
    wanted = dict(
        job.con.execute(
            f"SELECT line, reason FROM read WHERE reason <> '{_BLANK}' LIMIT {REJECTED_EXAMPLES}"
        ).fetchall()
    )
    examples: list[Rejected] = []
    with text.open(encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, start=facts.header_lines + 1):
            reason = wanted.get(line.rstrip("\n"))
            if reason is not None:
                examples.append(Rejected(name, number, reason))
                if len(examples) == REJECTED_EXAMPLES:
                    break
    return examples


IMPORTER = PtpImporter()
