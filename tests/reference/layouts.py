"""Small files in the official layouts, and a library to import them into."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import openpyxl

from auditor.reference import ImportReport, Library, ReferenceState, import_files

PTP_HEADER = (
    "CPT only copyright 2023 American Medical Association.  All rights reserved.\t\t\t\t\t\t",
    "Column1/Column2 Edits\t\t\t\t\t\t",
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale",
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t",
    "\t\t\t\t*=no data\t1=allowed\t",
    "\t\t\t\t\t9=not applicable\t",
)
PTP_ROWS = (
    ("0001A", "36591", "", "20220101", "20231231", "0", "CPT Manual or CMS manual coding instruction"),
    ("0001A", "90473", "", "20220101", "20220101", "9", "CPT Manual or CMS manual coding instruction"),
    ("45385", "45378", "*", "19960101", "*", "0", "CPT Separate procedure definition"),
    ("45385", "45380", "", "20100401", "*", "1", "More extensive procedure"),
)
AOC_HEADER = (
    "AOC_Edit_Type", "Add-On_Code", "AOC_DelDT", "Primary_Code", "Primary_Code_DelDT", "AOC_Edit_EffDT",
    "AOC_Edit_DelDT", "Special_Instruction_Notes",
)  # fmt: skip
MUE_TITLES = {
    "practitioner": "Practitioner Services MUE Values",
    "hospital": "Outpatient Hospital Services MUE Values",
    "dme": "DME Supplier Services MUE Values",
}
NOTICE = "CPT codes and data only are copyright 2023 American Medical Association.\nAll rights reserved."
COVERAGE_HEADER = "code,dx_from,dx_to,group,requires,jurisdiction,effective,ended,article,version,exhaustive"


@dataclass(frozen=True)
class Desk:
    """A folder for files and a library beside it."""

    folder: Path
    library: Path

    def write(self, name: str, content: bytes | str) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    def zip(self, name: str, members: dict[str, bytes]) -> Path:
        return self.write(name, zipped(members))

    def take(self, *files: Path, **options: object) -> list[ImportReport]:
        return import_files(self.library, files, **options)  # type: ignore[arg-type]

    def rows(self, report: ImportReport, columns: str = "*", order: str = "ALL") -> list[tuple]:
        query = f"SELECT {columns} FROM read_parquet('{report.edition.rows_file}') ORDER BY {order}"
        return duckdb.execute(query).fetchall()

    def visible(self) -> list[str]:
        """All files of the library, hidden ones too."""
        return sorted(
            str(p.relative_to(self.library))
            for p in self.library.rglob("*")
            if p.is_file() or p.name[0] == "."
        )

    def attach(
        self, codes: Iterable[str], **options: object
    ) -> tuple[duckdb.DuckDBPyConnection, ReferenceState]:
        con = duckdb.connect()
        con.execute("CREATE TABLE claim_line AS SELECT unnest(?::VARCHAR[]) AS code", [list(codes)])
        return con, Library.open(self.library).attach(con, **options)  # type: ignore[arg-type]


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def ptp_text(
    rows: Iterable[Sequence[str]] = PTP_ROWS, *, header: Sequence[str] = PTP_HEADER, end: str = "\r\n"
) -> str:
    return "".join(line + end for line in (*header, *("\t".join(row) for row in rows)))


def sheet(rows: Iterable[Sequence[object]], *, first_sheet: str | None = None) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    if first_sheet is not None:
        page.append([first_sheet])
        page = book.create_sheet("data")
    for row in rows:
        page.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def mue_text(rows: Iterable[Sequence[object]], *, setting: str = "practitioner") -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([NOTICE, "", "", ""])
    writer.writerow(["HCPCS/\nCPT Code", MUE_TITLES[setting], "MUE Adjudication Indicator", "MUE Rationale"])
    writer.writerows(rows)
    return out.getvalue()


def aoc_line(
    kind: str,
    addon: str,
    addon_deleted: str,
    primary: str,
    primary_deleted: str,
    effective: str,
    deleted: str,
    note: str,
) -> str:
    """One record of the fixed-width layout."""
    fields = f"{kind}{addon}{addon_deleted:7}{primary}{primary_deleted:7}{effective}{deleted:7}"
    return f"{fields}{note:58}"
