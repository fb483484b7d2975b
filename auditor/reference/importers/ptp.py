"""NCCI procedure-to-procedure edits (PTP): tab separated text or xlsx, in one file or in parts f1...fn.

The columns of Medicare's and of Medicaid's files are told in `ptp_layout`. A file's programme is what its name says,
and where that is silent what its columns show; a name that says one and columns that show the other refuse it. Text
goes through DuckDB line by line, so that a row of another shape is counted with its reason and not lost in a reader's
tolerance. Quarter and setting stand only in the names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import duckdb

from auditor.base.errors import InputRefused, InternalCheckFailed
from auditor.reference.importers import own_totals, programmes
from auditor.reference.importers.interface import (
    REJECTED_EXAMPLES,
    Basis,
    Importer,
    Job,
    Part,
    Peek,
    Programme,
    Recognised,
    Rejected,
    Staged,
    Table,
)
from auditor.reference.importers.ptp_census import take_census
from auditor.reference.importers.ptp_layout import (
    BLANK,
    FIRST_LINES,
    TOTAL,
    first_lines,
    is_data,
    is_medicaid,
    is_row,
    rows_of,
    sheets_of,
    typed_rows,
)
from auditor.reference.sheets import Workbook
from auditor.reference.text import TextFacts, clean_blocks, write_data_lines

if TYPE_CHECKING:
    from auditor.reference.intake import Batch

COLUMNS = ("column_1", "column_2", "prior_1996", "effective", "deleted", "modifier_indicator", "rationale")
ORDER = ("column_1", "column_2", "effective", "deleted NULLS LAST", "modifier_indicator", "rationale")
MAX_LINE = 100_000

_TITLE = re.compile(r"column\s*1\s*/\s*column\s*2 edits", re.IGNORECASE)
_SHEET_BLOCK = 20_000
_SEEN = 256 << 10


def _table(name: str, title: str, setting: str, basis: Basis, programme: Programme = "medicare") -> Table:
    return Table(
        name,
        title,
        "history",
        ("column_1", "column_2", "effective"),
        "ncci_ptp",
        setting,
        basis,
        "modifier_indicator = '9'",
        programme=programme,
    )


class PtpImporter(Importer):
    """Procedure-to-procedure edits of Medicare and of Medicaid."""

    title = "NCCI PTP edits"
    version = 2
    tables: ClassVar[Mapping[str, Table]] = {
        "practitioner": _table(
            "ncci_ptp_practitioner",
            "Medicare PTP edits, practitioner",
            "practitioner",
            "rebuilt file",
        ),
        "hospital": _table(
            "ncci_ptp_hospital",
            "Medicare PTP edits, outpatient hospital",
            "outpatient_hospital",
            "rebuilt file",
        ),
        **{
            f"medicaid_{name}": _table(
                f"medicaid_ptp_{name}", f"Medicaid PTP edits, {told}", setting, "published layout", "medicaid"
            )
            for name, setting, told in (
                ("practitioner", "practitioner", "practitioner"),
                ("hospital", "outpatient_hospital", "outpatient hospital"),
            )
        },
        # No rule asks for pairs of suppliers yet.
        "medicaid_dme": replace(
            _table(
                "medicaid_ptp_dme", "Medicaid PTP edits, DME supplier", "*", "published layout", "medicaid"
            ),
            rules_table="",
        ),
    }
    takes_parts = True

    def recognise(self, peek: Peek) -> Recognised | None:
        """By the title line, or by rows of two codes, a date and a modifier indicator."""
        layout = "xlsx" if peek.is_sheet else "text"
        if any(_TITLE.search(line) for line in peek.lines[:20]):
            return Recognised(layout)
        return Recognised(layout) if any(map(is_row, peek.rows)) else None

    def settle(self, batches: Sequence[Batch]) -> list[str]:
        """Where the names tell no programme, the columns do: what shows Medicaid's is put with Medicaid's."""
        programmes.settle(self, batches, _shows_medicaid)
        return []

    def stage(self, job: Job, parts: Sequence[Part]) -> Staged:
        """Lay out all parts as one table, with counts by part and the census of the whole."""
        job.con.execute(
            "CREATE OR REPLACE TEMP TABLE staged (column_1 VARCHAR, column_2 VARCHAR, prior_1996 BOOLEAN, "
            "effective DATE, deleted DATE, modifier_indicator VARCHAR, rationale VARCHAR)"
        )
        rejected: dict[str, int] = {}
        examples: list[Rejected] = []
        members: list[dict[str, object]] = []
        suspicions: list[str] = []
        totals: list[tuple[int, int]] = []
        for part in parts:
            shown = _shows_medicaid(part)
            programmes.refuse_medicaid(job.variant, part, shown)
            suspicions += programmes.suspect_medicare(job.variant, part, shown)
            text = job.work / "lines.txt"
            facts, above = _write_text(part, text, suspicions)
            read = _load(job, text, facts, part)
            for reason, count in read.reasons.items():
                rejected[reason] = rejected.get(reason, 0) + count
            examples += read.examples
            found = read.kept + sum(read.reasons.values())
            totals += [(total, found) for total in dict.fromkeys([*above, *read.totals])]
            members.append(
                {
                    "name": part.leaf.place,
                    "part": part.number,
                    "header_lines": facts.header_lines,
                    "rows": read.kept,
                    "rejected": sum(read.reasons.values()),
                }
            )
            if not read.kept:
                raise InputRefused(
                    "it holds no row of PTP edits",
                    where=part.leaf.place,
                    why="A row has two codes of five characters, two dates and a modifier indicator",
                    mend="Check that this is the data file and not its notice",
                )
            text.unlink()
        staged = take_census(job)
        whole = staged.rows + sum(rejected.values())
        staged.suspicions += suspicions
        for total, found in totals:
            staged.suspicions += own_totals.unlike([total], [found, whole])
        staged.columns, staged.order = COLUMNS, ORDER
        staged.members, staged.rejected, staged.examples = members, rejected, examples[:REJECTED_EXAMPLES]
        return staged


@dataclass
class _Read:
    """What was read of one text: rejected rows by reason, some of them, rows that stay, totals stated below them."""

    reasons: dict[str, int] = field(default_factory=dict)
    examples: list[Rejected] = field(default_factory=list)
    kept: int = 0
    totals: list[int] = field(default_factory=list)


def _shows_medicaid(part: Part) -> bool | None:
    lines = first_lines(part)
    return programmes.says_medicaid(lines) or is_medicaid(lines)


def _write_text(part: Part, target: Path, suspicions: list[str]) -> tuple[TextFacts, list[int]]:
    """Write the part's rows as clean lines; returns what was written and the totals stated above them."""
    above: list[str] = []
    if part.sheet is None:
        blocks = clean_blocks(part.leaf.path)
        facts = write_data_lines(_watched(blocks, above), target, is_data, lambda count: None)
    else:
        with Workbook(part.leaf.path, part.leaf.place) as book:
            sheets = sheets_of(book, part.sheet)
            blocks = _sheet_blocks(rows_of(book, sheets))
            facts = write_data_lines(_watched(blocks, above), target, is_data, lambda count: None)
        suspicions += own_totals.cut_sheets(part, sheets)
    return facts, own_totals.totals_above(above[: facts.header_lines])


def _watched(blocks: Iterable[bytes], seen: list[str]) -> Iterator[bytes]:
    """The blocks, the first lines of which are kept in `seen`."""
    for block in blocks:
        if len(seen) < FIRST_LINES:
            seen += block[:_SEEN].decode("utf-8", "replace").split("\n")[: FIRST_LINES - len(seen)]
        yield block


def _sheet_blocks(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Rows of sheets as blocks of tab separated lines. Breaks inside cells become blanks."""
    lines: list[str] = []
    for row in rows:
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
        f"(SELECT * FROM read_csv('{name}', hive_partitioning=false, columns={{'line': 'VARCHAR'}}, header=false, "
        f"auto_detect=false, delim=chr(31), quote='', escape='', max_line_size={MAX_LINE}))"
    )


def _load(job: Job, text: Path, facts: TextFacts, part: Part) -> _Read:
    """Append one text's rows to `staged`."""
    if not facts.lines:
        return _Read()
    with text.open(encoding="utf-8", newline="\n") as lines:
        medicaid = is_medicaid(line.rstrip("\n") for line in islice(lines, FIRST_LINES))
    _read(
        job,
        part,
        f"""CREATE OR REPLACE TEMP TABLE read AS
            WITH lines AS {_lines(text)}
            SELECT column_1, column_2, flag = '*' AS prior_1996, effective,
                   CASE WHEN deleted_text NOT IN ('*', '') THEN deleted END AS deleted, modifier_indicator,
                   rationale, reason, CASE WHEN reason IS NOT NULL THEN line END AS line
            FROM ({typed_rows(bool(medicaid))})""",
    )
    con = job.con
    count = con.execute("SELECT count(*) FROM read").fetchall()[0][0]
    if count != facts.lines:
        raise InternalCheckFailed(
            f"{facts.lines} lines were laid out but {count} read", where=part.leaf.place
        )
    read = _Read()
    for line, cells in con.execute(
        f"SELECT line, string_split(line, chr(9)) FROM read WHERE reason = '{TOTAL}'"
    ).fetchall():
        total = own_totals.total_of(cells)
        if total is not None:
            read.totals.append(total)
            con.execute(f"UPDATE read SET reason = '{BLANK}' WHERE line = $line", {"line": line})
    con.execute(f"UPDATE read SET reason = 'not a row of the published layout' WHERE reason = '{TOTAL}'")
    read.kept = con.execute(
        "INSERT INTO staged SELECT * EXCLUDE (reason, line) FROM read WHERE reason IS NULL"
    ).fetchall()[0][0]
    read.reasons = dict(
        con.execute(
            "SELECT reason, count(*) FROM read WHERE reason IS NOT NULL GROUP BY reason ORDER BY reason"
        ).fetchall()
    )
    read.reasons.pop(BLANK, None)
    read.examples = _examples(job, text, facts, part.leaf.name) if read.reasons else []
    con.execute("DROP TABLE read")
    job.advance(count)
    return read


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
            f"SELECT line, reason FROM read WHERE reason <> '{BLANK}' LIMIT {REJECTED_EXAMPLES}"
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
