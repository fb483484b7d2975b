"""Ten exports of practice systems, each odd in its own way: read right, or refused with what mends it."""

import datetime
from decimal import Decimal

import pytest

from auditor.base.errors import InputRefused
from auditor.claims.mapping.column_map import ColumnMap, Split, Written
from auditor.claims.mapping.map_file import read_column_map

LINE = (
    "SELECT claim_id, line_no, patient_id, date_from::VARCHAR, code, modifiers, units, charge, paid, dx "
    "FROM claim_line ORDER BY line_id"
)
FIRST: tuple[object, ...] = (
    "C1",
    1,
    "P1",
    "2024-01-13",
    "99213",
    ["25"],
    Decimal("1.000"),
    12050,
    8025,
    ["E119"],
)
SECOND: tuple[object, ...] = (
    "C1",
    2,
    "P1",
    "2024-01-13",
    "82040",
    [],
    Decimal("2.000"),
    2000,
    1000,
    ["E119"],
)
PLAIN = "claim_id,line_no,patient_id,dos,cpt,mod1,units,billed,paid,dx1\n"
ROWS = "C1,1,P1,2024-01-13,99213,25,1,120.50,80.25,E11.9\nC1,2,P1,2024-01-13,82040,,2,20.00,10.00,E11.9\n"


def test_titles_above_the_header_are_no_claims(read):
    got = read(f"Riverside Practice\nCharges of January\n\n{PLAIN}{ROWS}")
    assert got.rows(LINE) == [FIRST, SECOND]
    assert got.column("SELECT source_pos FROM claim_line ORDER BY 1") == [1, 2]
    assert got.aside() == []


def test_titles_with_quotes_and_commas_do_not_move_the_rows(read):
    got = read(f'"Riverside, ""the"" Practice",,\nFilter: all\n{PLAIN}{ROWS}')
    assert got.rows(LINE) == [FIRST, SECOND]


def test_totals_and_remarks_at_the_end_are_set_aside_and_counted_once(read):
    got = read(f"{PLAIN}{ROWS}Total,,,,,,3,140.50,90.25,\nPrinted by the system,,,,,,,,,\n")
    assert got.rows(LINE) == [FIRST, SECOND]
    assert got.rows("SELECT source_pos, reason_code FROM set_aside ORDER BY 1") == [
        (3, "totals_row"),
        (4, "report_remark"),
    ]
    assert (got.tie.paid_in, got.tie.paid_set_aside, got.tie.rows_read) == (9025, 0, 4)


def test_a_footer_of_fewer_cells_is_set_aside(read):
    got = read(f"{PLAIN}{ROWS}\n2 records found\n")
    assert got.rows(LINE) == [FIRST, SECOND]
    assert [place for place, _ in got.aside()] == [3]


def test_a_header_of_two_rows_is_read_as_one(read):
    upper, lower = (
        "Claim,Line,Patient,Service,Proc,Modifier,,Billed,Plan,Diagnosis",
        "ID,No,ID,Date,Code,1,Units,Charges,Paid,",
    )
    got = read(f"{upper}\n{lower}\n{ROWS}")
    assert got.rows(LINE) == [FIRST, SECOND]


def test_semicolons_and_decimal_commas_are_refused_with_what_to_write(read):
    text = PLAIN.replace(",", ";") + "C1;1;P1;13.01.2024;99213;25;1;120,50;80,25;E11.9\n"
    with pytest.raises(InputRefused, match=r'charge is written with a decimal comma.*decimal: ","'):
        read(text)
    euro = Written(("billed",), decimal=",")
    got = read(
        text,
        column_map=ColumnMap(
            {
                "charge": euro,
                "paid": Written(("paid",), decimal=","),
                "date_from": Written(("dos",), date_format="DD.MM.YYYY"),
            }
        ),
    )
    assert got.rows(LINE) == [FIRST]


def test_codes_with_their_descriptions_are_refused_with_what_to_write(read):
    rows = "".join(
        f"C{n},1,P1,2024-01-13,{code} - SOME WORDS,,1,120.50,80.25,E11.9\n"
        for n, code in enumerate(("99213", "J1100", "0001T"))
    )
    with pytest.raises(InputRefused, match=r'descriptions in one cell.*separator: " - ", part: 1'):
        read(PLAIN + rows)
    got = read(PLAIN + rows, column_map=ColumnMap({"code": Written(("cpt",), split=Split(" - ", 1))}))
    assert got.column("SELECT code FROM claim_line ORDER BY line_id") == ["99213", "J1100", "0001T"]


def test_several_modifiers_and_diagnoses_in_a_cell_are_taken_apart(read):
    header = PLAIN.replace("mod1", "Modifiers").replace("dx1", "Diagnoses")
    got = read(header + 'C1,1,P1,2024-01-13,99213,"25, 59",1,120.50,80.25,E11.9; I10\n')
    assert got.rows("SELECT modifiers, dx FROM claim_line") == [(["25", "59"], ["E119", "I10"])]
    assert not got.column("SELECT mods_truncated FROM claim_line")[0]


def test_names_of_a_practice_system_in_utf_16_with_quoted_numbers(read):
    text = (
        "claim_id\tline_no\tmember_id\tSERVICE_FROM\tPROC_CODE\tqty\tBILLED_CHARGES\tPLAN_PAID\tsubscriber_dob\n"
        '"00123"\t1\t"0077"\t01/13/2024\t="99213"\t1\t"$1,120.50"\t(80.25)\t02/03/1950\n'
    )
    got = read(b"\xff\xfe" + text.encode("utf-16-le"))
    assert got.rows("SELECT claim_id, patient_id, code, charge, paid, birth_date FROM claim_line") == [
        ("00123", "0077", "99213", 112050, -8025, None)
    ]
    assert "subscriber_dob" in got.feed.unmapped_columns


def test_day_numbers_of_a_spreadsheet_are_refused_with_what_to_write(read):
    rows = "".join(f"C{n},1,P1,4530{n},99213,,1,120.50,80.25,E11.9\n" for n in range(4))
    with pytest.raises(InputRefused, match=r"day numbers.*date_format: excel"):
        read(PLAIN + rows)
    got = read(PLAIN + rows, column_map=ColumnMap({"date_from": Written(("dos",), date_format="excel")}))
    assert got.column("SELECT min(date_from) FROM claim_line") == [datetime.date(2024, 1, 9)]


def test_a_claim_line_is_no_footer_whatever_its_first_cell_says(read):
    got = read(PLAIN + "TOTAL-1,1,P1,2024-01-13,99213,,1,1,1,\nReport 7,1,P1,2024-01-13,99213,,1,1,1,\n")
    assert got.column("SELECT claim_id FROM claim_line ORDER BY line_id") == ["TOTAL-1", "Report 7"]


def test_every_row_is_accounted_for_in_a_file_of_all_oddities_at_once(read, tmp_path):
    said = tmp_path / "map.yaml"
    said.write_text(
        "feed: {line_of_business: medicaid, payer_id: STATE}\n"
        "fields:\n"
        "  claim_id: Visit\n  line_no: {constant: position}\n  patient_id: Chart\n"
        "  date_from: {column: [DOS, Day], date_format: DD.MM.YYYY}\n"
        '  code: {column: Proc, split: {separator: " - ", part: 1}}\n'
        '  units: {column: Qty, decimal: ","}\n  charge: {column: Fee, decimal: ","}\n'
        "  claim_type: {constant: professional}\n",
        encoding="utf-8",
    )
    got = read(
        "Report\n\nVisit;Chart;Day;Proc;Qty;Fee\n"
        "V1;77;13.01.2024;99213 - WORDS;1,0;1.120,50\n"
        "V1;77;13.01.2024;82040 - WORDS;2,0;12,00\n"
        "V2;78;01/13/2024;99213 - WORDS;1,0;12,00\n"
        "V3;79;13.01.2024;99213 - WORDS;1,0;12.00\n"
        "Total;;;;5,0;1.156,50\n",
        column_map=read_column_map(said),
    )
    assert got.rows(
        "SELECT claim_id, line_no, date_from::VARCHAR, code, units, charge, line_of_business, payer_id FROM claim_line "
        "ORDER BY line_id"
    ) == [
        ("V1", 1, "2024-01-13", "99213", Decimal("1.000"), 112050, "medicaid", "STATE"),
        ("V1", 2, "2024-01-13", "82040", Decimal("2.000"), 1200, "medicaid", "STATE"),
    ]
    assert got.rows("SELECT source_pos, reason_code FROM set_aside ORDER BY 1") == [
        (3, "date_from_invalid"),
        (4, "charge_invalid"),
        (5, "totals_row"),
    ]
