"""What codes mean: shown only from a library whose owner kept the AMA's texts."""

import gzip
import json
import zipfile
from base64 import b64decode
from re import findall

import pytest
from openpyxl import load_workbook

from auditor.pipeline import AuditOptions, run_audit
from tests.reference.layouts import Desk, ptp_text
from tests.reference.mpfs_samples import text, titled

PAIR = ("49505", "45385", "", "19960101", "*", "0", "More extensive procedure")
HEADER = (
    "claim_id,line_no,patient_id,claim_type,rendering_npi,pos,date_from,code,mod1,units,paid,line_of_business"
)
CLAIMS = [
    f"A,{n},P,professional,1000000004,11,2025-10-10,{c},,1,10.00,medicare"
    for n, c in ((1, "49505"), (2, "45385"))
]


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "files").mkdir()
    desk = Desk(tmp_path / "files", tmp_path / "library")
    desk.take(desk.write("ccipra-v313r0-f1.txt", ptp_text([PAIR])))
    return desk


def audited(desk, out, **options):
    desk.take(desk.write("PPRRVU2025_Oct.csv", text(titled())), **options)
    claims = desk.write("claims.csv", "\n".join([HEADER, *CLAIMS]) + "\n")
    return run_audit([claims], out, AuditOptions(library=desk.library, rules=("ptp",), workers=1)).run


def words_in(folder):
    """All that can be read in the files of a folder, unpacked."""
    found = b""
    for path in folder.rglob("*"):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                found += b"".join(book.read(name) for name in book.namelist())
        elif path.is_file():
            found += path.read_bytes()
        if path.suffix == ".html":
            packed = findall(r"H4sI[A-Za-z0-9+/=]+", path.read_text(encoding="utf-8"))
            found += b"".join(gzip.decompress(b64decode(part)) for part in packed)
    return found


@pytest.mark.slow
def test_they_are_dropped_at_the_door(desk, tmp_path):
    run = audited(desk, tmp_path / "out")
    assert run["descriptors"] == {}
    assert run["counts"]["findings"]["fail"]
    assert b"Other words" not in words_in(desk.library) + words_in(tmp_path / "out")


@pytest.mark.slow
def test_kept_ones_are_shown_with_whose_they_are(desk, tmp_path):
    run = audited(desk, tmp_path / "out", keep_descriptors=True)
    assert run["descriptors"] == {"45385": "Other words", "49505": "More words"}
    assert any("American Medical Association" in banner for banner in run["banners"])
    assert "mpfs_rvu" in {table["table"] for table in run["tables"]}
    sheet = load_workbook(tmp_path / "out" / "audit.xlsx")["Evidence lines"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][-1] == "Description"
    assert {(row[7], row[-1]) for row in rows[1:3]} == {("45385", "Other words"), ("49505", "More words")}
    assert b"Other words" in words_in(tmp_path / "out")
    assert json.loads((tmp_path / "out" / "run.json").read_text())["run_id"]


@pytest.mark.slow
def test_keeping_them_is_another_run(desk, tmp_path):
    with_texts = audited(desk, tmp_path / "one", keep_descriptors=True)
    bare = Desk(desk.folder, tmp_path / "bare")
    bare.take(desk.folder / "ccipra-v313r0-f1.txt")
    assert audited(bare, tmp_path / "two")["run_id"] != with_texts["run_id"]
