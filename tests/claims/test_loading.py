"""Several files at once: what each is, which are passed over, what stands beside claims."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.claims import open_connection, read_claims, reconcile
from auditor.claims.refusals import NotClaims

HEAD = "claim_id,line_no,patient_id,date_from,code,units,paid\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "feed"
    path.mkdir()
    (path / "a.csv").write_text(HEAD + "A,1,P,2024-07-01,99213,1,10\n")
    (path / "b.csv").write_text(HEAD + "B,1,P,2024-07-02,99213,1,20\n")
    return path


def read(tmp_path, *paths):
    con = open_connection("1GB", 1, tmp_path / "spill")
    return con, read_claims(con, list(paths))


def test_a_folder_is_read_whole_and_what_is_no_claims_is_passed_over_by_name(folder, tmp_path):
    (folder / "LICENSE").write_text("Permission is hereby granted\nto anyone\n")
    (folder / "report.pdf").write_bytes(b"%PDF-1.7 ...")
    con, feed = read(tmp_path, folder)
    parts = [(file.name, file.part, file.lines) for file in feed.files]
    assert sorted(parts) == [
        ("LICENSE", "passed over", 0), ("a.csv", "claims", 1), ("b.csv", "claims", 1), ("report.pdf", "passed over", 0),
    ]  # fmt: skip
    assert any(note.startswith("LICENSE: not read") for note in feed.notes)
    assert reconcile(con, feed).lines_audited == 2


def test_a_file_named_by_itself_that_is_no_claims_is_refused(tmp_path):
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7 ...")
    with pytest.raises(NotClaims, match="PDF"):
        read(tmp_path, tmp_path / "report.pdf")


def test_a_folder_of_nothing_but_other_files_is_refused_and_says_what_they_are(tmp_path):
    folder = tmp_path / "feed"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(b"%PDF-1.7 ...")
    (folder / "b.xml").write_text("<?xml version='1.0'?><a/>")
    with pytest.raises(InputRefused, match=r"none of the files holds claims.*PDF.*XML"):
        read(tmp_path, folder)


def test_a_damaged_file_in_a_folder_is_never_passed_over(folder, tmp_path):
    (folder / "c.csv.gz").write_bytes(gzip.compress((HEAD * 100).encode())[:-20])
    with pytest.raises(InputRefused, match="cut short"):
        read(tmp_path, folder)


def test_the_same_content_changes_nothing_however_it_is_packed(folder, tmp_path):
    alone, _ = read(tmp_path, folder)
    (folder / "again.csv.gz").write_bytes(gzip.compress((folder / "a.csv").read_bytes()))
    with zipfile.ZipFile(folder / "once more.zip", "w") as archive:
        archive.write(folder / "b.csv", "x.csv")
    con, feed = read(tmp_path, folder)
    asked = "SELECT claim_id, line_no, paid FROM claim_line ORDER BY ALL"
    assert con.execute(asked).fetchall() == alone.execute(asked).fetchall()
    assert sum("not read again" in note for note in feed.notes) == 2
    assert reconcile(con, feed).paid_in == 3000


def test_text_of_windows_is_the_same_content_only_as_it_was_given(folder, tmp_path):
    (folder / "c.csv").write_bytes((HEAD + "C,1,P\xe9,2024-07-02,99213,1,20\n").encode("cp1252"))
    _, feed = read(tmp_path, folder)
    assert [file.lines for file in feed.files] == [1, 1, 1]


def test_files_of_one_name_in_several_folders_are_told_apart(folder, tmp_path):
    for name, row in (("2023", "C,1,P,2023-07-01,99213,1,1"), ("2024", "D,1,P,2024-07-03,never,1,never")):
        (folder / name).mkdir()
        (folder / name / "a.csv").write_text(HEAD + row + "\n")
    con, feed = read(tmp_path, folder)
    # By name the folders come first, and the first keeps the bare name.
    assert [file.name for file in feed.files] == ["a.csv", "2024/a.csv", "feed/a.csv", "b.csv"]
    assert con.execute("SELECT source_file FROM set_aside").fetchall() == [("2024/a.csv",)]


def test_members_of_one_name_in_an_archive_are_told_apart(tmp_path):
    with zipfile.ZipFile(tmp_path / "feed.zip", "w") as archive:
        for place in ("x", "y", "z"):
            archive.writestr(f"{place}/a.csv", HEAD + f"{place},1,P,2024-07-01,99213,1,10\n")
    _, feed = read(tmp_path, tmp_path / "feed.zip")
    assert len({file.name for file in feed.files}) == 3
