import csv
import datetime as dt
import io
from decimal import Decimal

import duckdb
import pytest

from auditor.base.errors import InputRefused
from auditor.reference.importers import IMPORTERS
from auditor.reference.importers.interface import Peek
from auditor.reference.importers.mpfs_layouts import years_stated
from tests.reference.layouts import sheet, zipped

NAME = "GPCI2025.csv"
PLACE = ("Medicare Administrative Contractor (MAC)", "State", "Locality Number", "Locality Name")
FLOOR, PE, MP = "2025 PW GPCI (with 1.0 Floor)", "2025 PE GPCI", "2025 MP GPCI"
ROWS = [
    ("02102", "AK", "01", "ALASKA*", "1.500", "1.081", "0.592"),
    ("10112", "AL", "00", "ALABAMA", "1.000", "0.869", "0.575"),
    ("01112", "CA", "54", "BAKERSFIELD", "1.017", "1.093", "0.662"),
    ("01312", "NV", "00", "NEVADA**", "1.000", "1.000", "0.844"),
]
FOOTNOTES = [
    ("MAC Assignments as of November 22, 2023",),
    (),
    ("*Work GPCI reflects a 1.5 floor in Alaska established by the MIPPA.",),
    ("**PE GPCI reflects a 1.0 floor for frontier states.",),
]
WORTH = [
    ("01112", "CA", "54", "BAKERSFIELD", Decimal("1.017"), True, Decimal("1.093"), Decimal("0.662"), None),
    ("01312", "NV", "00", "NEVADA**", Decimal(1), True, Decimal(1), Decimal("0.844"), None),
    ("02102", "AK", "01", "ALASKA*", Decimal("1.5"), True, Decimal("1.081"), Decimal("0.592"), None),
    ("10112", "AL", "00", "ALABAMA", Decimal(1), True, Decimal("0.869"), Decimal("0.575"), None),
]
SHOWN = "* EXCLUDE (effective, deleted)"


def titled(rows=ROWS, *, indices=(FLOOR, PE, MP), year="2025", notes=FOOTNOTES):
    heading = (
        f"ADDENDUM E. FINAL CY {year} GEOGRAPHIC PRACTICE COST INDICES (GPCIs) BY STATE AND MEDICARE LOCALITY"
    )
    lines = [(heading,), (), (*PLACE, *indices), *rows, *notes]
    return [(*line, *[""] * (4 + len(indices) - len(line))) for line in lines]


def text(lines):
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue()


def fixed(rows=ROWS):
    """The fixed-width text: records of 150 characters below a header with cut titles."""
    records = [
        f"{m}{'':11}{s}{'':6}{loc}   {n:91}{w:>6}{'':6}{p:>6}{'':6}{mp:>6}" for m, s, loc, n, w, p, mp in rows
    ]
    return "\r\n".join(
        [
            titled()[0][0],
            "",
            f"Medicare Admi State  Locality{'':38}Locality Name{'':39}2025 PW GPCI2025 PE GPCI2025 MP GPCI",
            *records,
            "",
            "*Work GPCI reflects a 1.5 floor in Alaska.",
        ]
    )


NUMBERS = [
    *titled()[:3],
    *((int(m), s, int(loc), n, float(w), float(p), float(mp)) for m, s, loc, n, w, p, mp in ROWS),
]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (NAME, text(titled())),
        ("table.csv", b"\xef\xbb\xbf" + text(titled()).replace("\r\n", "\n").encode()),
        ("GPCI2025.xlsx", sheet(titled())),
        ("GPCI2025.xlsx", sheet(NUMBERS)),
        ("rvu25a.zip", zipped({NAME: text(titled()).encode(), "GPCI2025.txt": fixed().encode()})),
    ],
    ids=["csv", "csv with mark", "xlsx text", "xlsx numbers", "zip"],
)
def test_every_layout_gives_the_same_rows(desk, name, content):
    report = desk.take(desk.write(name, content))[0]
    assert desk.rows(report, SHOWN, "mac") == WORTH
    edition = report.edition
    assert (edition.table, edition.edition, edition.rejected) == ("mpfs_gpci", "2025", {})
    assert desk.rows(report, "DISTINCT effective, deleted") == [(dt.date(2025, 1, 1), dt.date(2025, 12, 31))]
    assert (edition.valid_from, edition.valid_to) == (dt.date(2025, 1, 1), dt.date(2025, 12, 31))


def test_the_fixed_width_gives_the_same_rows_and_no_word_on_the_floor(desk):
    report = desk.take(desk.write("table.txt", fixed()))[0]
    assert desk.rows(report, SHOWN, "mac") == [(*row[:5], None, *row[6:]) for row in WORTH]
    assert (report.edition.layout, report.edition.edition) == ("fixed", "2025")
    assert report.edition.counts == {"rows": 4, "states": 4, "contractors": 4, "footnotes": 1}


def test_footnotes_below_the_data_are_counted_and_not_rejected(desk):
    edition = desk.take(desk.write(NAME, text(titled())))[0].edition
    assert edition.counts == {"rows": 4, "states": 4, "contractors": 4, "footnotes": 3}
    assert (edition.rejected, edition.rejected_examples, edition.members[0]["rejected"]) == ({}, (), 0)


def test_leading_zeros_that_a_spreadsheet_took_are_given_back_and_counted(desk):
    edition = desk.take(desk.write("GPCI2025.xlsx", sheet(NUMBERS)))[0].edition
    assert edition.census == {"leading_zeros_restored": 4}
    assert "4 rows had lost leading zeros" in edition.remarks[0]


BOTH = ("2026 PW GPCI (without 1.0 Floor)", "2026 PW GPCI (with 1.0 Floor)", "2026 PE GPCI", "2026 MP GPCI")


@pytest.mark.parametrize(
    ("indices", "values", "told"),
    [
        (BOTH, ("0.98", "1.000", "0.9", "0.6"), (Decimal(1), True, Decimal("0.98"))),
        (BOTH[:1] + BOTH[2:], ("0.98", "0.9", "0.6"), (Decimal("0.98"), False, Decimal("0.98"))),
        (("2026 PW GPCI (with 1.0 Floor)***", *BOTH[2:]), ("1.000", "0.9", "0.6"), (Decimal(1), True, None)),
        (("2026 Work GPCI", *BOTH[2:]), ("0.98", "0.9", "0.6"), (Decimal("0.98"), None, None)),
    ],
    ids=["both", "without", "with and stars", "not told"],
)
def test_whether_the_work_index_has_the_floor_is_recorded(desk, indices, values, told):
    lines = titled([("10112", "AL", "00", "ALABAMA", *values)], indices=indices, year="2026")
    report = desk.take(desk.write("GPCI2026.csv", text(lines)))[0]
    assert desk.rows(report, "gpci_work, work_floor, gpci_work_without_floor") == [told]


def test_a_file_without_work_index_is_refused(desk):
    with pytest.raises(InputRefused, match="no work index"):
        desk.take(desk.write(NAME, text(titled([], indices=(PE, MP)))))


def test_an_index_below_the_promised_floor_is_suspicious(desk):
    path = desk.write(NAME, text(titled([("10112", "AL", "00", "ALABAMA", "0.950", "0.869", "0.575")])))
    with pytest.raises(InputRefused, match="1 localities whose work index is below the floor"):
        desk.take(path)


@pytest.mark.parametrize(
    ("name", "lines", "told"),
    [
        ("GPCI2024.csv", titled(), "its content is of 2025 but its name says 2024"),
        (NAME, titled(indices=(FLOOR, "2024 PE GPCI", MP)), "different years: 2024 2025"),
        (NAME, titled(year="2026"), "different years: 2025 2026"),
    ],
)
def test_years_that_contradict_each_other_are_refused(desk, name, lines, told):
    with pytest.raises(InputRefused, match=told):
        desk.take(desk.write(name, text(lines)))


def test_the_file_of_a_later_release_is_the_newer_publication(desk):
    def take(archive):
        return desk.take(desk.zip(archive, {NAME: text(titled()).encode(), "about.txt": archive.encode()}))[
            0
        ].edition

    found = [take(f"rvu25{letter}.zip") for letter in ("a", "ar", "b", "d")]
    assert {edition.edition for edition in found} == {"2025"}
    assert [(e.published, e.revision) for e in found] == [
        (dt.date(2025, 1, 1), None),
        (dt.date(2025, 1, 1), 1),
        (dt.date(2025, 4, 1), None),
        (dt.date(2025, 10, 1), None),
    ]
    assert "it came with the release of 2025Q2" in " ".join(found[2].remarks)


@pytest.mark.parametrize(
    ("name", "years"),
    [
        ("gpci2025.csv", ["2025"]),
        ("anes2024.xlsx", ["2024"]),
        ("anes25d.txt", ["2025"]),
        ("rvu25d.zip", ["2025"]),
        ("addendum e.csv", []),
    ],
)
def test_names_of_cms_state_the_year(name, years):
    assert list(years_stated(name)) == years


def test_an_unknown_column_is_refused(desk):
    lines = titled([], indices=(FLOOR, PE, MP, "2025 GAF"))
    with pytest.raises(InputRefused, match=r"unknown gaf\."):
        desk.take(desk.write(NAME, text(lines)))


BAD = [
    (("1011", "ALA", "00", "ALABAMA", "1.000", "0.869", "0.575"), "state has another shape than published"),
    (("X0112", "AL", "00", "ALABAMA", "1.000", "0.869", "0.575"), "mac has another shape than published"),
    (("112", "AL", "00", "ALABAMA", "1.000", "0.869", "0.575"), "mac was spoilt by a spreadsheet (taken for a number)"),
    (("10112", "AL", "0A", "ALABAMA", "1.000", "0.869", "0.575"), "locality has another shape than published"),
    (("10112", "AL", "00", "", "1.000", "0.869", "0.575"), "locality name is blank"),
    (("10112", "AL", "00", "ALABAMA", "", "0.869", "0.575"), "gpci work is blank"),
    (("10112", "AL", "00", "ALABAMA", "1.000", "0.869x", "0.575"), "gpci pe is not a number"),
    (("10112", "AL", "00", "ALABAMA", "1.000", "0.869", "0.000"), "gpci mp is no index (above 0, below 10)"),
    (("10112", "", "", "", "", "", ""), "state is blank"),
    (("10112", "AL", "00", "HAWAII", " GUAM", "1.000", "0.869", "0.575"), "row has more cells than the header"),
]  # fmt: skip


def test_rows_of_another_shape_are_rejected_each_with_its_line(desk):
    path = desk.write(NAME, text(titled([*(row for row, _ in BAD), *ROWS], notes=())))
    edition = desk.take(path, accept=True)[0].edition
    assert edition.rows == 4
    assert [(e["line"], e["reason"]) for e in edition.rejected_examples] == [
        (line, reason) for line, (_, reason) in enumerate(BAD, start=4)
    ]


def test_a_cut_record_of_the_fixed_width_is_rejected_and_no_footnote(desk):
    cut = fixed() + "\r\n10112           AL      00   ALABAMA"
    edition = desk.take(desk.write(NAME.replace("csv", "txt"), cut))[0].edition
    assert edition.rejected == {"not a record of the fixed-width layout": 1}
    assert edition.counts["footnotes"] == 1


def test_a_locality_twice_is_suspicious_but_its_number_may_repeat(desk):
    path = desk.write(NAME, text(titled([*ROWS, ROWS[0]])))
    with pytest.raises(InputRefused, match="1 rows repeat the key"):
        desk.take(path)


def test_a_file_without_rows_is_refused(desk):
    with pytest.raises(InputRefused, match="no row of Geographic practice cost indices"):
        desk.take(desk.write(NAME, text(titled([]))))


@pytest.mark.parametrize("content", [text(titled()), fixed(), text(titled([], indices=BOTH, year="2026"))])
def test_no_other_importer_takes_its_files(content):
    peek = Peek(tuple(content.splitlines()), is_sheet=False, name="any")
    found = [importer.title for importer in IMPORTERS if importer.recognise(peek)]
    assert found == ["geographic practice cost indices (GPCI)"]


@pytest.mark.slow
@pytest.mark.parametrize("year", ["2024", "2025"])
@pytest.mark.parametrize("layout", ["csv", "txt", "xlsx"])
def test_the_real_rows_come_back_as_they_were(desk, shared_data, year, layout):
    source = f"'{shared_data / 'reference' / f'gpci_{year}.parquet'}'"
    figures = ", ".join(f"printf('%.3f', gpci_{name})" for name in ("work", "pe", "mp"))
    rows = duckdb.execute(f"SELECT mac, state, locality, locality_name, {figures} FROM {source}").fetchall()
    indices = [title.replace("2025", year) for title in (FLOOR, PE, MP)]
    lines = titled(rows, indices=indices, year=year)
    write = {
        "csv": lambda: text(lines),
        "xlsx": lambda: sheet(lines),
        "txt": lambda: fixed(rows).replace("2025", year),
    }
    report = desk.take(desk.write(f"table.{layout}", write[layout]()))[0]
    assert (report.edition.rows, report.edition.edition, report.edition.rejected) == (109, year, {})
    columns = "mac, state, locality, locality_name, " + ", ".join(
        f"gpci_{name}::DECIMAL(18,6)" for name in ("work", "pe", "mp")
    )
    ours, theirs = f"SELECT {columns} FROM '{report.edition.rows_file}'", f"SELECT {columns} FROM {source}"
    for query in (f"{ours} EXCEPT ALL {theirs}", f"{theirs} EXCEPT ALL {ours}"):
        assert duckdb.execute(f"SELECT count(*) FROM ({query})").fetchone() == (0,)
