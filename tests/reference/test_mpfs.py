import datetime as dt
from decimal import Decimal

import duckdb
import pytest

from auditor.base.errors import InputRefused, UsageError
from auditor.reference.editions import choose
from auditor.reference.importers import IMPORTERS
from auditor.reference.importers.interface import Peek
from auditor.reference.importers.mpfs import COLUMNS
from auditor.reference.importers.mpfs_layouts import corrects, quarters_stated
from auditor.reference.store import Library
from tests.reference.layouts import sheet, zipped
from tests.reference.mpfs_samples import (
    CELLS,
    FIGURES,
    NUMBERS,
    SHEET,
    SHOWN,
    SPLIT,
    STORED,
    fixed,
    priced,
    real_rows,
    record,
    spoil,
    text,
    titled,
    two_files,
)

NAME = "PPRRVU2025_Oct.csv"


# What follows the description in lines of the published PPRRVU25_JAN.txt.
_FACTOR = f"{'':13}32.3465"
_NO_CAP = "      0.00   0.00   0.00"
PUBLISHED_RECORDS = {
    "49505": f"A   7.96   5.99NA   5.99    1.99  15.94 15.940090.09.81.1021210{_FACTOR} 090 99{_NO_CAP}",
    "91133TC": f"A   0.00  12.14    12.14NA  0.01  12.15 12.151XXX.00.00.0000000{_FACTOR} 030 99{_NO_CAP}",
    "92015": f"N+  0.38   0.17     0.15    0.02   0.57  0.559XXX.00.00.0099999{_FACTOR} 090 99{_NO_CAP}",
    "92132": f"A   0.29   0.58     0.58NA  0.02   0.89  0.891XXX.00.00.0072000{_FACTOR} 090 99      1.95   1.95   0.05",
}


def test_a_record_of_the_fixed_width_is_laid_out_as_published():
    records = {line[:7].strip(): line for line in map(record, CELLS)}
    assert {len(line) for line in records.values()} == {171}
    assert {code: records[code][57:] for code in PUBLISHED_RECORDS} == PUBLISHED_RECORDS


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (NAME, text(titled())),
        (NAME.lower(), b"\xef\xbb\xbf" + text(titled(), "\n").encode()),
        (NAME, text(titled(), "\r")),
        (NAME.replace("csv", "xlsx"), sheet(titled())),
        (NAME.replace("csv", "xlsx"), sheet(SHEET)),
        (NAME.replace("csv", "txt"), fixed()),
        ("rvu25d.zip", zipped({"PPRRVU2025_Oct.txt": fixed().encode()})),
    ],
    ids=["csv", "csv with mark", "csv of old Mac", "xlsx text", "xlsx numbers", "fixed", "fixed in a zip"],
)
def test_every_layout_gives_the_same_rows(desk, name, content):
    report = desk.take(desk.write(name, content))[0]
    got = [
        tuple("" if v is None else f"{v:.4f}" if isinstance(v, Decimal) else v for v in row)
        for row in desk.rows(report, SHOWN, "code, modifier")
    ]
    wanted = [[*row[:2], *row[3:23], "", *row[23:]] for row in CELLS]
    assert got == [
        tuple(f"{Decimal(v):.4f}" if STORED[at] in FIGURES else v for at, v in enumerate(row))
        for row in wanted
    ]
    edition = report.edition
    assert (edition.table, edition.edition, edition.rejected) == ("mpfs_rvu", "2025Q4", {})
    assert (edition.valid_from, edition.valid_to) == (dt.date(2025, 10, 1), dt.date(2025, 12, 31))
    assert desk.rows(report, "DISTINCT effective, deleted") == [(dt.date(2025, 10, 1), dt.date(2025, 12, 31))]


def test_small_figures_that_a_spreadsheet_stores_with_an_exponent_are_read(desk):
    row = [*CELLS[6][:-1], "5.0000000000000003E-2"]
    report = desk.take(desk.write(NAME, text(titled([row]))))[0]
    assert desk.rows(report, "opps_mp_amount") == [(Decimal("0.05"),)]


def test_all_formats_of_a_release_in_one_zip_are_one_edition(desk):
    members = {
        "PPRRVU2025_Oct.csv": text(titled()).encode(),
        "PPRRVU2025_Oct.txt": fixed().encode(),
        "PPRRVU2025_Oct.xlsx": sheet(SHEET),
    }
    reports = desk.take(desk.zip("rvu25d.zip", members))
    assert [r.edition.layout for r in reports] == ["csv"]
    assert len(reports[0].skipped) == 2


def test_counts_tell_modifiers_and_status(desk):
    counts = desk.take(desk.write(NAME, text(titled())))[0].edition.counts
    assert counts == {
        "rows": 7, "modifier_none": 5, "modifier_26": 1, "modifier_tc": 1, "modifier_53": 0,
        "status_a": 5, "status_j": 1, "status_n": 1,
    }  # fmt: skip


def test_the_day_of_release_is_the_publication(desk):
    edition = desk.take(desk.write(NAME, text(titled())))[0].edition
    assert (edition.published, edition.published_basis) == (dt.date(2025, 9, 11), "file")


def test_descriptions_are_kept_only_on_request(desk):
    path = desk.write(NAME, text(titled()))
    assert "description" not in desk.take(path)[0].edition.columns
    kept = desk.take(path, keep_descriptors=True, published=dt.date(2025, 9, 11))[0]
    assert kept.edition.descriptors
    assert desk.rows(kept, "description", "code")[:2] == [("Invented words",), ("Other words",)]


def test_the_two_files_of_2026_are_two_tables(desk):
    reports = desk.take(desk.zip("rvu26a.zip", two_files()))
    told = {r.edition.table: desk.rows(r, "DISTINCT pric_ind, conv_factor") for r in reports}
    assert told == {"mpfs_rvu": [("9", Decimal("33.4009"))], "mpfs_rvu_qpp": [("1", Decimal("33.5675"))]}
    assert {r.edition.edition for r in reports} == {"2026Q1"}
    assert desk.rows(reports[0], "code, endo_base, team_surg, physician_supervision")[0] == (
        "45385",
        "45378",
        "0",
        "09",
    )


def test_prefix_names_do_not_decide_which_table_a_file_of_2026_is(desk):
    content = two_files()["PPRRVU2026_Jan_QPP.csv"]
    assert desk.take(desk.write("table.csv", content))[0].edition.table == "mpfs_rvu_qpp"
    with pytest.raises(InputRefused, match="PRIC IND is that of the QPP file but its name says non-QPP"):
        desk.take(desk.write("PPRRVU2026_Jan_nonQPP.csv", content))


def test_a_file_of_2026_that_is_of_neither_table_is_refused(desk):
    title = "2026 National Physician Fee Schedule Relative Value File January Release"
    for rows, pric in ((priced(CELLS, "5", "33.4009"), True), (CELLS, False)):
        with pytest.raises(InputRefused, match="which of the tables"):
            desk.take(desk.write("table.csv", text(titled(rows, title=title, pric=pric))))


def test_a_row_of_the_other_table_is_suspicious(desk):
    title = "2026 National Physician Fee Schedule Relative Value File January Release"
    rows = [*priced([[*CELLS[0][:1], *CELLS[0][1:]] for _ in range(60)], "9", "33.4009")]
    rows = [[f"{10000 + at}", *row[1:]] for at, row in enumerate(rows)]
    rows += priced(CELLS[1:2], "1", "33.4009")
    with pytest.raises(InputRefused, match="1 rows with a PRIC IND that the non-QPP file does not have"):
        desk.take(desk.write("table.csv", text(titled(rows, title=title, pric=True))))


def test_the_fixed_width_of_2026_is_refused_but_may_lie_beside_the_csv(desk):
    files = two_files()
    files["PPRRVU2026_Jan_nonQPP.txt"] = fixed().encode()
    reports = desk.take(desk.zip("rvu26a.zip", files))
    assert {r.edition.layout for r in reports} == {"csv"}
    with pytest.raises(InputRefused, match="known until 2025 only"):
        desk.take(desk.write("PPRRVU2026_Apr_QPP.txt", fixed()))


def test_each_release_answers_until_the_next_and_at_most_to_the_years_end(desk):
    def take(month, released, **options):
        title = f"2024 National Physician Fee Schedule Relative Value File {month} Release"
        row = [*CELLS[1][:24], f"32.{len(desk.visible())}", *CELLS[1][25:]]
        path = desk.write(
            f"{month}{released[:2]}.csv", text(titled([row], title=title, released=f"RELEASED {released}"))
        )
        return desk.take(path, **options)[0].edition

    take("January", "12/20/2023")
    correction = take("January", "03/01/2024", edition="2024-03-09")
    take("April", "03/15/2024")
    take("October", "09/01/2024")
    assert correction.valid_to == dt.date(2024, 12, 31)
    answers = choose(Library.open(desk.library).editions(), as_of=None, carry_forward=frozenset())
    assert [(a.edition.edition, a.date_from, a.date_to) for a in answers] == [
        ("2024Q1", dt.date(2024, 1, 1), dt.date(2024, 3, 8)),
        ("2024-03-09", dt.date(2024, 3, 9), dt.date(2024, 3, 31)),
        ("2024Q2", dt.date(2024, 4, 1), dt.date(2024, 9, 30)),
        ("2024Q4", dt.date(2024, 10, 1), dt.date(2024, 12, 31)),
    ]


def test_a_correction_release_says_from_when_it_is_taken_to_hold(desk):
    title = "2024 National Physician Fee Schedule Relative Value File January Release"
    content = text(titled(title=title, released="RELEASED 03/01/2024")).encode()
    edition = desk.take(desk.zip("rvu24ar.zip", {"PPRRVU24_JAN.csv": content}))[0].edition
    assert (edition.edition, edition.revision, edition.published) == ("2024Q1", 1, dt.date(2024, 3, 1))
    assert any("correction release: it answers from 2024-01-01" in remark for remark in edition.remarks)


def test_two_publications_of_a_quarter_on_one_day_need_an_order(desk):
    desk.take(desk.write(NAME, text(titled())))
    again = desk.write("rvu25d-0.csv", text(titled(CELLS[1:])))
    with pytest.raises(InputRefused, match="--published"):
        desk.take(again)
    assert desk.take(again, published=dt.date(2025, 10, 20))[0].edition.published == dt.date(2025, 10, 20)


@pytest.mark.parametrize(
    ("name", "period"),
    [
        ("rvu25d-0.zip", ["2025Q4"]),
        ("rvu24ar-posted-04/01/2024.zip", ["2024Q1"]),
        ("rvu23c.zip", ["2023Q3"]),
        ("pprrvu2025_oct.csv", ["2025Q4"]),
        ("pprrvu25_jan.txt", ["2025Q1"]),
        ("pprrvu2026_apr_nonqpp.csv", ["2026Q2"]),
        ("pprrvu20_jul.csv", ["2020Q3"]),
        ("pprrvu98_jan.csv", ["1998Q1"]),
        ("pprrvu22_v1215.xlsx", []),
        ("ccipra-v302r0-f1.txt", []),
    ],
)
def test_names_of_cms_state_the_quarter(name, period):
    assert list(quarters_stated(name)) == period


def test_only_the_correction_of_a_release_is_one():
    assert corrects(["PPRRVU24_JAN.csv", "RVU24AR.zip"])
    assert not corrects(["PPRRVU24_JAN.csv", "rvu24a.zip"])


@pytest.mark.parametrize(
    ("name", "archive"),
    [("PPRRVU25_JAN.csv", None), ("PPRRVU2025_Oct.csv", "rvu25c.zip")],
)
def test_a_name_that_contradicts_content_or_archive_is_refused(desk, name, archive):
    content = text(titled()).encode()
    path = desk.zip(archive, {name: content}) if archive else desk.write(name, content)
    with pytest.raises(InputRefused, match="2025Q"):
        desk.take(path)


def test_without_title_the_quarter_stands_in_the_name_or_must_be_said(desk):
    with pytest.raises(InputRefused, match="--edition"):
        desk.take(desk.write("table.txt", fixed()))
    with pytest.raises(UsageError, match="not published for a year"):
        desk.take(desk.write("table.txt", fixed()), edition="2025")
    assert desk.take(desk.write("table.txt", fixed()), edition="2025Q3")[0].edition.edition == "2025Q3"


def test_an_unknown_column_is_refused_by_its_whole_title(desk):
    split = [dict(words) for words in SPLIT]
    split[3][22], split[4][22] = "NEW", "MARK"
    with pytest.raises(InputRefused, match=r"missing team_surg; unknown newmark\."):
        desk.take(desk.write(NAME, text(titled(split=split))))


BAD = [
    (spoil(0, "4538")[1], "code was spoilt by a spreadsheet (taken for a number)"),
    (spoil(0, "1.00E+10")[1], "code was spoilt by a spreadsheet (taken for a number)"),
    (spoil(0, "4538x")[1], "code has another shape than published"),
    (spoil(0, "")[1], "code is blank"),
    (spoil(1, "TCX")[1], "modifier has another shape than published"),
    (spoil(3, "1")[1], "status code has another shape than published"),
    (spoil(5, "4,57x")[1], "work rvu is not a number"),
    (spoil(5, "-4.57")[1], "work rvu is negative"),
    (spoil(5, "999999999999,999")[1], "work rvu is too large"),
    (spoil(14, "2")[1], "glob days has another shape than published"),
    (spoil(24, "")[1], "conv factor is blank"),
    (spoil(30, "0.00,9")[1], "opps mp amount is not a number"),
    (CELLS[1][:20], "row has fewer cells than the header"),
    ([*CELLS[1], "1"], "row has more cells than the header"),
]


def test_rows_of_another_shape_are_rejected_each_with_its_line(desk):
    path = desk.write(NAME, text(titled([CELLS[0], *(row for row, _ in BAD), CELLS[2]])))
    with pytest.raises(InputRefused, match="14 of 16 rows have another shape"):
        desk.take(path)
    edition = desk.take(path, accept=True)[0].edition
    assert edition.rows == 2
    assert [(e["line"], e["reason"]) for e in edition.rejected_examples] == [
        (line, reason) for line, (_, reason) in enumerate(BAD, start=12)
    ]


def test_a_cut_record_of_the_fixed_width_is_rejected_with_its_line(desk):
    edition = desk.take(desk.write("PPRRVU25_OCT.txt", fixed() + record(CELLS[1])[:150] + "\r\n"))[0].edition
    assert edition.rejected == {"not a record of the fixed-width layout": 1}
    assert edition.rejected_examples[0]["line"] == 15


def test_leading_zeros_are_given_back_where_that_is_certain_and_counted(desk):
    edition = desk.take(desk.write(NAME.replace("csv", "xlsx"), sheet(NUMBERS)))[0]
    assert edition.edition.census == {"leading_zeros_restored": 7}
    assert "7 rows had lost leading zeros" in edition.edition.remarks[0]
    told = desk.rows(edition, "code, glob_days, physician_supervision", "code, modifier")
    assert told[:3] == [("00100", "XXX", "09"), ("45385", "000", "09"), ("49505", "090", "09")]


@pytest.mark.parametrize(
    ("rows", "fact"),
    [
        ([*CELLS, CELLS[0]], "1 rows repeat the key"),
        (spoil(11, "13.96"), "1 rows whose non facility total is not the sum"),
        (spoil(12, "7.05"), "1 rows whose facility total is not the sum"),
        (spoil(24, "33.2875"), "2 different conversion factors"),
    ],
)
def test_a_suspicious_file_is_refused_unless_accepted(desk, rows, fact):
    path = desk.write(NAME, text(titled(rows)))
    with pytest.raises(InputRefused, match=fact):
        desk.take(path)
    assert fact in desk.take(path, accept=True)[0].edition.accepted[0]


def test_a_file_without_rows_and_one_with_an_open_quote_are_refused(desk):
    with pytest.raises(InputRefused, match="no row of Physician fee schedule"):
        desk.take(desk.write(NAME, text(titled([]))))
    with pytest.raises(InputRefused, match="not closed"):
        desk.take(desk.write(NAME, text(titled()) + '"99213,,x'))


@pytest.mark.parametrize(
    "content", [text(titled()), fixed(), text(titled(priced(CELLS, "9", "33.4"), pric=True))]
)
def test_no_other_importer_takes_its_files(content):
    peek = Peek(tuple(content.splitlines()), is_sheet=False, name="any")
    assert [i.title for i in IMPORTERS if i.recognise(peek)] == [
        "physician fee schedule relative values (PPRRVU)"
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("release", "source", "month", "count", "layout"),
    [
        ("2025D", "mpfs_2025d.parquet", "October", 19090, "csv"),
        ("2025D", "mpfs_2025d.parquet", "October", 19090, "txt"),
        ("2025D", "mpfs_2025d.parquet", "October", 19090, "xlsx"),
        ("2024C", "mpfs_2024.parquet", "July", 18664, "csv"),
        ("2022A", "mpfs_2022.parquet", "January", 17600, "csv"),
    ],
)
def test_the_real_rows_come_back_as_they_were(desk, shared_data, release, source, month, count, layout):
    rows = real_rows(shared_data, release, source)
    title = f"{release[:4]} National Physician Fee Schedule Relative Value File {month} Release"
    lines = titled(rows, title=title)
    content = {"csv": lambda: text(lines), "txt": lambda: fixed(rows), "xlsx": lambda: sheet(lines)}[layout]()
    report = desk.take(desk.write(f"PPRRVU{release[2:4]}_{month[:3]}.{layout}", content))[0]
    assert (report.edition.rows, report.edition.rejected, report.edition.census) == (count, {}, {})
    theirs = SHOWN.replace("code, modifier", "hcpcs AS code, mod AS modifier", 1).replace(
        "pric_ind", "NULL AS pric_ind"
    )
    for name in (c.name for c in COLUMNS if c.kind == "decimal"):
        theirs = theirs.replace(f" {name}", f" {name}::DECIMAL(18,6) AS {name}")
    ours = f"SELECT {SHOWN} FROM read_parquet('{report.edition.rows_file}')"
    source_rows = f"SELECT {theirs} FROM '{shared_data / 'reference' / source}' WHERE release = '{release}'"
    for query in (f"{ours} EXCEPT ALL {source_rows}", f"{source_rows} EXCEPT ALL {ours}"):
        assert duckdb.execute(f"SELECT count(*) FROM ({query})").fetchone() == (0,)
