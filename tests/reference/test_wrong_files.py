"""What an unlucky user gives, and what would go wrong without a word."""

import datetime as dt
import io
import shutil

import duckdb
import openpyxl
import pytest

from auditor.base.errors import InputRefused, UsageError
from auditor.reference import Library
from auditor.reference.text import breaks_off
from tests.reference.layouts import AOC_HEADER, PTP_ROWS, mue_text, ptp_text, sheet

MUE = [(f"9{n:04d}", 1 + n % 3, "2 Date of Service Edit: Policy", "Nature of Service") for n in range(60)]
NAME = "MCR_MUE_PractitionerServices_Eff_07-01-2024.csv"


def test_the_same_file_under_another_quarter_is_refused(desk):
    path = desk.write(NAME, mue_text(MUE))
    desk.take(path)
    with pytest.raises(InputRefused, match="its rows are all those of the edition 2024Q3"):
        desk.take(desk.write(NAME.replace("07-01", "10-01"), mue_text(MUE)))
    with pytest.raises(InputRefused, match="its rows are all those of the edition 2024Q3"):
        desk.take(path, edition="2023Q1")
    assert desk.take(path, notes=["imported again"])[0].edition.edition == "2024Q3"


def test_a_setting_that_contradicts_the_name_is_refused(desk):
    with pytest.raises(InputRefused, match="--setting says hospital"):
        desk.take(desk.write("ccipra-v302r0-f1.txt", ptp_text()), setting="hospital")


def test_a_workbook_with_two_sheets_of_values_is_refused(desk):
    book = sheet(
        [
            (
                "HCPCS/CPT Code",
                "Practitioner Services MUE Values",
                "MUE Adjudication Indicator",
                "MUE Rationale",
            ),
            *MUE[:9],
        ]
    )

    opened = openpyxl.load_workbook(io.BytesIO(book))
    opened.copy_worksheet(opened.worksheets[0])
    out = io.BytesIO()
    opened.save(out)
    with pytest.raises(InputRefused, match="several of its sheets"):
        desk.take(desk.write(NAME.replace("csv", "xlsx"), out.getvalue()))
    assert desk.take(desk.write(NAME.replace("csv", "xlsx"), book))[0].edition.rows == 9


def test_an_impossible_add_on_date_rejects_its_row(desk):
    rows = [
        ("1", "11045", "", "11042", "", "2011001", "", ""),
        ("1", "11046", "", "11043", "", "9999999", "", ""),
    ]
    text = "".join("\t".join(row) + "\r\n" for row in (AOC_HEADER, *rows))
    edition = desk.take(desk.write("AOC_V2024Q2-MCR.txt", text))[0].edition
    assert (edition.rows, edition.rejected) == (1, {"effective is not a date": 1})


def test_a_file_cut_in_its_last_line_is_refused(desk):
    whole = mue_text(MUE)
    cut = whole[: whole.rindex(",Nature")]
    with pytest.raises(InputRefused, match="breaks off"):
        desk.take(desk.write(NAME, cut))
    assert desk.take(desk.write(NAME, whole.rstrip("\r\n")))[0].edition.rows == 60


@pytest.mark.parametrize("text", ["a\nb\nc", "a,b\nc", "", "x\ty\n" * 30, "x\ty\n" * 30 + "x\ty"])
def test_short_and_whole_files_do_not_break_off(tmp_path, text):
    path = tmp_path / "file"
    path.write_text(text)
    assert not breaks_off(path)


@pytest.mark.parametrize("day", [dt.date(1950, 1, 1), dt.date(9999, 12, 31)])
def test_a_day_of_publication_that_cannot_be_is_a_usage_error(desk, day):
    with pytest.raises(UsageError, match="not a day on which"):
        desk.take(desk.write(NAME, mue_text(MUE)), published=day)


def test_the_files_of_a_coming_quarter_were_published_by_today(desk):
    edition = desk.take(desk.write(NAME, mue_text(MUE)), edition="2199Q4")[0].edition
    assert edition.published == dt.datetime.fromisoformat(edition.imported_at).date()


def test_folders_named_like_columns_change_no_row(desk, tmp_path):
    desk.take(desk.write("ccipra-v302r0-f1.txt", ptp_text()))
    place = tmp_path / "column_1=00000" / "modifier_indicator=9"
    shutil.copytree(desk.library, place)
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE claim_line AS SELECT unnest(['45385', '45378', '45380', '0001A', '36591']) AS code"
    )
    Library.open(place).attach(con)
    found = con.execute(
        "SELECT column_1, column_2, modifier_indicator FROM ref_ncci_ptp ORDER BY ALL"
    ).fetchall()
    assert found == sorted((row[0], row[1], row[5]) for row in PTP_ROWS if row[1] != "90473")


def test_an_edition_whose_rows_are_gone_is_not_already_there(desk):
    path = desk.write("ccipra-v302r0-f1.txt", ptp_text())
    desk.take(path)[0].edition.parts[0].path.unlink()
    with pytest.raises(InputRefused, match=r"cannot be read\. Remove this edition"):
        desk.take(path)
