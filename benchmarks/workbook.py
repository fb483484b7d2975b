"""How long, and in how much memory, the workbook of many findings is written.

The findings are those of a finished audit, repeated with ids and claims of their own until there are as many as asked
for. A process of its own builds the document and writes the workbook; its own peak of resident memory is read from the
operating system. Nothing is checked against run.json, whose figures are of fewer findings.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from auditor.findings.store import ROW_GROUP


def repeated(run: Path, wanted: int, folder: Path) -> None:
    """Write findings.parquet of `wanted` rows, run.json without figures, and the other files of `run`."""
    source = run / "findings.parquet"
    with duckdb.connect() as con:
        found = con.execute("SELECT count(*) FROM read_parquet(?)", [str(source)]).fetchall()[0][0]
        con.execute(
            f"""COPY (SELECT * EXCLUDE (n, place) REPLACE (
                    left(md5(finding_id || n), 16) AS finding_id, claim_id || '-' || n AS claim_id,
                    list_transform(evidence, lambda e:
                        struct_update(e, claim_id := e.claim_id || '-' || n)) AS evidence)
                FROM (SELECT f.*, r.n, row_number() OVER (ORDER BY r.n, f.finding_id) AS place
                    FROM read_parquet('{source}') f, range({-(-wanted // found)}) r(n))
                WHERE place <= {wanted} ORDER BY place)
            TO '{folder / "findings.parquet"}' (FORMAT parquet, ROW_GROUP_SIZE {ROW_GROUP})"""
        )
    told = json.loads((run / "run.json").read_text(encoding="utf-8"))
    told["dollars"] = {}
    told["counts"].pop("findings", None)
    (folder / "run.json").write_text(json.dumps(told), encoding="utf-8")
    for name in ("set_aside.parquet", "superseded.parquet", "unmatched.parquet"):
        if (run / name).is_file():
            (folder / name).write_bytes((run / name).read_bytes())


def write(folder: Path) -> None:
    """Build the document, write the workbook, the others and read them back; print what it took as JSON."""
    from auditor.base.resources import resource_dir
    from auditor.reports import build_document, write_html, write_xlsx
    from auditor.reports.as_json import write_json
    from auditor.reports.markdown import write_markdown
    from auditor.reports.reading_back import read_back

    told = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    began = time.perf_counter()
    document = build_document(told, folder / "findings.parquet", folder / "set_aside.parquet")
    built = time.perf_counter()
    write_xlsx(document, folder / "audit.xlsx")
    written, worked, peak = time.perf_counter(), time.process_time(), peak_kb()
    write_html(document, folder / "audit.html", resource_dir("templates"))
    write_markdown(document, folder / "audit.md")
    write_json(document, folder / "audit.json")
    reading = time.perf_counter()
    read_back(document, folder)
    print(
        json.dumps({
            "findings": len(document.findings),
            "evidence_lines": document.findings.evidence_lines,
            "document_seconds": round(built - began, 1),
            "workbook_seconds": round(written - built, 1),
            "processor_seconds": round(worked, 1),
            "peak_mb": round(peak / 1024),
            "others_seconds": round(reading - written, 1),
            "read_back_seconds": round(time.perf_counter() - reading, 1),
            "peak_of_all_mb": round(peak_kb() / 1024),
            "file_mb": round((folder / "audit.xlsx").stat().st_size / 1e6, 1),
        })
    )  # fmt: skip


def peak_kb() -> int:
    """The peak of this process's resident memory, in KiB.

    Linux tells it in /proc; what getrusage tells there is, right after a start, that of the process which started it.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        return int(status.read_text().split("VmHWM:")[1].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)


def main() -> None:
    """Measure once and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, help="output folder of an audit with findings")
    parser.add_argument("--findings", type=int, default=200_000)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write:
        write(given.write)
        return
    with tempfile.TemporaryDirectory() as folder:
        repeated(given.run, given.findings, Path(folder))
        subprocess.run([sys.executable, __file__, "--write", folder], check=True)


if __name__ == "__main__":
    main()
