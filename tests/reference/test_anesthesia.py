import csv
import datetime as dt
import io
from decimal import Decimal

import pytest

from auditor.base.errors import InputRefused
from auditor.reference.importers import IMPORTERS
from auditor.reference.importers.interface import Peek
from tests.reference.layouts import sheet, zipped

NAME = "ANES2025.csv"
HEADER = ("Contractor", "Locality", "Locality Name", "National Anes CF of 20.3178")
ROWS = [
    ("10112", "00", "ALABAMA", "19.31"),
    ("02102", "01", "ALASKA*", "27.86"),
    ("01182", "18", "LOS ANGELES-LONG BEACH-ANAHEIM (LOS ANGELES/ORANGE CNTY)", "21.22"),
]
NOTE = ("*Work GPCI reflects a 1.5 floor in Alaska established by the MIPPA.", "", "", "")
NATIONAL = Decimal("20.3178")
WORTH = [
    ("01182", "18", ROWS[2][2], Decimal("21.22"), None, NATIONAL, None),
    ("02102", "01", "ALASKA*", Decimal("27.86"), None, NATIONAL, None),
    ("10112", "00", "ALABAMA", Decimal("19.31"), None, NATIONAL, None),
]
HEADER_2026 = (
    "Contractor", "Locality", "Locality Name",
    "Qualifying APM National Anes CF (with 2.5% statutory increase) of 20.599835",
    "Non-Qualifying APM National Anes CF (with 2.5% Statutory increase)  of 20.49754",
)  # fmt: skip
SHOWN = "* EXCLUDE (effective, deleted)"


def text(rows, header=HEADER):
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue()


def fixed(rows=ROWS):
    """The fixed-width text of 77 characters: no header, cents, names cut at 40 characters and without stars."""
    return "".join(
        f"{mac}{'':7}{locality}{'':4}{name.strip('*')[:40]:55}{cf.replace('.', '')}\r\n"
        for mac, locality, name, cf in rows
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (NAME, text([*ROWS, NOTE])),
        (NAME, b"\xef\xbb\xbf" + text([*ROWS, NOTE]).replace("\r\n", "\n").encode()),
        ("ANES2025.xlsx", sheet([HEADER, *ROWS, NOTE])),
        (
            "ANES2025.xlsx",
            sheet([HEADER, *((int(m), int(loc), n, float(cf)) for m, loc, n, cf in ROWS), NOTE]),
        ),
        ("rvu25d.zip", zipped({"ANES.csv": text([*ROWS, NOTE]).encode(), "ANES.txt": fixed().encode()})),
    ],
    ids=["csv", "csv with mark", "xlsx text", "xlsx numbers", "zip"],
)
def test_every_layout_gives_the_same_rows(desk, name, content):
    report = desk.take(desk.write(name, content))[0]
    assert desk.rows(report, SHOWN, "mac") == WORTH
    edition = report.edition
    assert (edition.table, edition.edition, edition.rejected) == ("mpfs_anesthesia_cf", "2025", {})
    assert edition.counts == {"rows": 3, "contractors": 3, "footnotes": 1}
    assert desk.rows(report, "DISTINCT effective, deleted") == [(dt.date(2025, 1, 1), dt.date(2025, 12, 31))]
    assert (edition.valid_from, edition.valid_to) == (dt.date(2025, 1, 1), dt.date(2025, 12, 31))


def test_a_record_of_the_fixed_width_is_77_characters():
    assert {len(line) for line in fixed().splitlines()} == {77}


def test_the_cents_of_the_fixed_width_are_dollars(desk):
    content = fixed() + NOTE[0] + "\r\n"
    report = desk.take(desk.write("ANES2025.txt", content))[0]
    assert desk.rows(report, "mac, locality, locality_name, conversion_factor, national_factor", "mac") == [
        ("01182", "18", "LOS ANGELES-LONG BEACH-ANAHEIM (LOS ANGE", Decimal("21.22"), None),
        ("02102", "01", "ALASKA", Decimal("27.86"), None),
        ("10112", "00", "ALABAMA", Decimal("19.31"), None),
    ]
    assert report.edition.counts["footnotes"] == 1


def test_the_two_factors_of_2026_are_told_apart_by_their_titles(desk):
    rows = [("10112 ", "00 ", "ALABAMA", "19.63", "19.53"), ("02102 ", "01 ", "ALASKA* ", "28.00", "27.95")]
    exchanged = [(*row[:3], row[4], row[3]) for row in rows]
    for name, header, body in (
        ("ANES2026.csv", HEADER_2026, rows),
        ("ANES26.csv", (*HEADER_2026[:3], *HEADER_2026[:2:-1]), exchanged),
    ):
        report = desk.take(desk.write(name, text(body, header)), published=dt.date(2025, len(name), 1))[0]
        assert desk.rows(report, SHOWN, "mac DESC") == [
            ("10112", "00", "ALABAMA", *map(Decimal, ("19.53", "19.63", "20.49754", "20.599835"))),
            ("02102", "01", "ALASKA*", *map(Decimal, ("27.95", "28", "20.49754", "20.599835"))),
        ]


def test_factors_that_are_the_wrong_way_round_are_suspicious(desk):
    path = desk.write("ANES2026.csv", text([("10112", "00", "ALABAMA", "19.53", "19.63")], HEADER_2026))
    with pytest.raises(InputRefused, match="columns exchanged"):
        desk.take(path)


def test_the_year_stands_in_the_name_or_must_be_said(desk):
    path = desk.write("table.csv", text(ROWS))
    with pytest.raises(InputRefused, match="--edition"):
        desk.take(path)
    assert desk.take(path, edition="2024")[0].edition.valid_to == dt.date(2024, 12, 31)
    with pytest.raises(InputRefused, match="different periods: 2024, 2025"):
        desk.take(desk.zip("rvu24d.zip", {NAME: text(ROWS).encode()}))


def test_a_correction_may_hold_from_a_day_on(desk):
    archive = desk.zip("rvu24ar.zip", {"ANES2024.csv": text(ROWS).encode()})
    edition = desk.take(archive, edition="2024-03-09")[0].edition
    assert (edition.edition, edition.valid_from, edition.valid_to, edition.revision) == (
        "2024-03-09",
        dt.date(2024, 3, 9),
        dt.date(2024, 12, 31),
        1,
    )


def test_the_fixed_width_of_2026_is_refused(desk):
    with pytest.raises(InputRefused, match="known until 2025 only"):
        desk.take(desk.write("ANES2026.txt", fixed()))


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ((*HEADER, "Remark"), "unknown remark"),
        ((*HEADER[:3], HEADER[3], "National Anes CF of 21.1"), "unknown conversionfactor"),
        ((*HEADER[:3], HEADER_2026[3]), "no table known here"),
    ],
    ids=["further column", "two factors of one kind", "only the factor of advanced payment models"],
)
def test_other_columns_are_refused(desk, header, told):
    with pytest.raises(InputRefused, match=told):
        desk.take(desk.write(NAME, text(ROWS, header)))


BAD = [
    (("1011X", "00", "ALABAMA", "19.31"), "mac has another shape than published"),
    (("101", "00", "ALABAMA", "19.31"), "mac was spoilt by a spreadsheet (taken for a number)"),
    (("10112", "0A", "ALABAMA", "19.31"), "locality has another shape than published"),
    (("10112", "00", "", "19.31"), "locality name is blank"),
    (("10112", "00", "ALABAMA", ""), "conversion factor is blank"),
    (("10112", "00", "ALABAMA", "n/a"), "conversion factor is not a number"),
    (("10112", "00", "ALABAMA", "1931"), "conversion factor is no amount in dollars (1 to 200)"),
    (("10112", "00", "ALABAMA", "-19.31"), "conversion factor is no amount in dollars (1 to 200)"),
    (("10112", "00", "ALABAMA"), "row has fewer cells than the header"),
]


def test_rows_of_another_shape_are_rejected_each_with_its_line(desk):
    path = desk.write(NAME, text([*(row for row, _ in BAD), *ROWS]))
    edition = desk.take(path, accept=True)[0].edition
    assert edition.rows == 3
    assert [(e["line"], e["reason"]) for e in edition.rejected_examples] == [
        (line, reason) for line, (_, reason) in enumerate(BAD, start=2)
    ]


def test_a_locality_twice_is_suspicious(desk):
    with pytest.raises(InputRefused, match="1 rows repeat the key"):
        desk.take(desk.write(NAME, text([*ROWS, ROWS[0]])))


def test_a_file_without_rows_is_refused(desk):
    with pytest.raises(InputRefused, match="no row of Anesthesia conversion factors"):
        desk.take(desk.write(NAME, text([NOTE])))


@pytest.mark.parametrize("content", [text(ROWS), fixed(), text([], HEADER_2026)])
def test_no_other_importer_takes_its_files(content):
    peek = Peek(tuple(content.splitlines()), is_sheet=False, name="any")
    found = [importer.title for importer in IMPORTERS if importer.recognise(peek)]
    assert found == ["anesthesia conversion factors (ANES)"]
