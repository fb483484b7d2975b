import datetime as dt
import json
import os
import shutil
import threading
from pathlib import Path

import duckdb
import pytest

from auditor.base.errors import InputRefused
from auditor.base.progress import RecordingProgress
from auditor.reference import Library, default_library, importing, manifest
from auditor.reference.parts import sha256_of
from tests.reference.layouts import PTP_ROWS, mue_text, ptp_text

NAME = "ccipra-v302r0-f1.txt"
MUE = "MCR_MUE_PractitionerServices_Eff_07-01-2024.csv"


def test_an_edition_has_rows_and_a_manifest_and_nothing_else_stays(desk):
    edition = desk.take(desk.write(NAME, ptp_text()))[0].edition
    folder = f"ncci_ptp_practitioner/{edition.edition_id}"
    assert desk.visible() == [f"{folder}/manifest.json", f"{folder}/rows.parquet"]


def test_the_manifest_comes_back_as_it_was_written(desk):
    rows = [*PTP_ROWS, ("4538", "45378", "", "19960101", "*", "0", "x")]
    made = desk.take(desk.write(NAME, ptp_text(rows)), notes=["effective dates reconstructed"])[0].edition
    assert Library.open(desk.library).editions() == [made]
    assert made.files[0].sha256 == sha256_of(desk.folder / NAME)


def test_a_missing_library_is_empty(tmp_path):
    assert Library.open(tmp_path / "none").editions() == []


def test_the_same_files_again_change_nothing(desk):
    path = desk.write(NAME, ptp_text())
    first, again = desk.take(path)[0], desk.take(path)[0]
    assert (first.already, again.already) == (False, True)
    assert again.edition == first.edition


def test_a_replacement_is_a_second_publication_of_the_quarter(desk):
    desk.take(desk.write(NAME, ptp_text()))
    desk.take(desk.write("ccipra-v302r1-f1.txt", ptp_text(PTP_ROWS[:3])), published=dt.date(2024, 8, 15))
    editions = Library.open(desk.library).editions()
    assert [(e.edition, e.revision, e.published) for e in editions] == [
        ("2024Q3", 0, dt.date(2024, 7, 1)),
        ("2024Q3", 1, dt.date(2024, 8, 15)),
    ]


def test_publication_is_what_the_user_says_else_the_quarter_else_today(desk):
    said = desk.take(desk.write(NAME, ptp_text()), published=dt.date(2024, 6, 3))[0].edition
    quarter = desk.take(desk.write(MUE, mue_text([("99213", 2, "", "")])))[0].edition
    replaced = desk.take(desk.write("ccioph-v302r2-f1.txt", ptp_text()))[0].edition
    assert (said.published, said.published_basis) == (dt.date(2024, 6, 3), "given")
    assert (quarter.published, quarter.published_basis) == (dt.date(2024, 7, 1), "period")
    assert replaced.published_basis == "import"
    assert replaced.published == dt.datetime.fromisoformat(replaced.imported_at).date()
    assert "publication is not known" in replaced.remarks[0]


def test_rows_are_sorted_for_the_join(desk):
    report = desk.take(desk.write(NAME, ptp_text(list(reversed(PTP_ROWS)))))[0]
    stored = duckdb.execute(f"SELECT column_1, column_2 FROM '{report.edition.rows_file}'").fetchall()
    assert stored == sorted(stored)


def test_two_imports_at_once_do_not_harm_each_other(desk):
    paths = [desk.write(NAME, ptp_text()), desk.write("ccioph-v302r0-f1.txt", ptp_text())]
    failures: list[BaseException] = []

    def take(files: list[Path]) -> None:
        try:
            desk.take(*files)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=take, args=(files,)) for files in (paths, paths[:1], paths[1:], paths)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [e.table for e in Library.open(desk.library).editions()] == [
        "ncci_ptp_hospital",
        "ncci_ptp_practitioner",
    ]
    assert len(desk.visible()) == 4


def test_a_full_disk_leaves_nothing(desk, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(manifest, "write", full)
    with pytest.raises(InputRefused, match="No space left"):
        desk.take(desk.write(NAME, ptp_text()))
    assert desk.visible() == []


def test_an_interrupted_import_leaves_nothing(desk, monkeypatch):
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(importing, "_put_in_place", stop)
    with pytest.raises(KeyboardInterrupt):
        desk.take(desk.write(NAME, ptp_text()))
    assert desk.visible() == []


def test_what_a_killed_import_left_is_not_seen_and_is_swept_later(desk):
    left = desk.library / ".importing-dead"
    (left / "edition-0").mkdir(parents=True)
    desk.take(desk.write(NAME, ptp_text()))
    assert left.is_dir()
    assert len(Library.open(desk.library).editions()) == 1
    os.utime(left, (0, 0))
    desk.take(desk.write(MUE, mue_text([("99213", 2, "", "")])))
    assert not left.exists()


@pytest.mark.parametrize("damage", ["{", "[]", '{"manifest": 1}'])
def test_a_damaged_manifest_is_refused(desk, damage):
    edition = desk.take(desk.write(NAME, ptp_text()))[0].edition
    (edition.rows_file.parent / "manifest.json").write_text(damage)
    with pytest.raises(InputRefused, match="manifest is missing or damaged"):
        Library.open(desk.library)


def test_a_manifest_of_a_later_program_is_refused(desk):
    edition = desk.take(desk.write(NAME, ptp_text()))[0].edition
    path = edition.rows_file.parent / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "manifest": 3}))
    with pytest.raises(InputRefused, match="form 3"):
        Library.open(desk.library)


def test_rows_that_changed_after_the_import_are_refused(desk):
    one = desk.take(desk.write(NAME, ptp_text()))[0].edition
    two = desk.take(desk.write("ccioph-v302r0-f1.txt", ptp_text(PTP_ROWS[:2])))[0].edition
    shutil.copy(two.rows_file, one.rows_file)
    with pytest.raises(InputRefused, match="not those that were imported"):
        desk.attach(["45385"])


def test_a_library_that_is_a_file_is_refused(desk):
    with pytest.raises(InputRefused, match="not a folder"):
        Library.open(desk.write("library.txt", "x"))


def test_stages_are_told(desk):
    progress = RecordingProgress()
    desk.take(desk.write(NAME, ptp_text()), progress=progress)
    assert [(stage["name"], stage["rows"]) for stage in progress.records] == [
        ("unpack", 1),
        ("read ncci_ptp_practitioner 2024Q3", 4),
        ("write ncci_ptp_practitioner", 4),
    ]


def test_the_users_library_is_where_the_environment_says(tmp_path):
    assert default_library({"AUDITOR_LIBRARY": str(tmp_path)}) == tmp_path
    assert default_library({}).parts[-2:] == ("auditor", "library")


@pytest.mark.parametrize(
    "damage",
    [
        {"edition": None},
        {"layout": 7},
        {"notes": [1]},
        {"counts": {"rows": "many"}},
        {"files": []},
        {"edition_id": "../../elsewhere"},
        {"revision": "x"},
        {"published": "2024-02-30"},
        {"parts": [{"file": "rows.parquet"}]},
    ],
)
def test_a_manifest_edited_by_hand_is_refused(desk, damage):
    edition = desk.take(desk.write(NAME, ptp_text()))[0].edition
    path = edition.parts[0].path.with_name("manifest.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | damage))
    with pytest.raises(InputRefused, match="manifest is missing or damaged"):
        Library.open(desk.library)
