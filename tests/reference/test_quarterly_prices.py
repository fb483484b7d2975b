"""Price lists of a quarter: OPPS Addendum B, laboratory fees, drug limits and their NDCs, equipment."""

import datetime as dt
from decimal import Decimal

import pytest

from auditor.base.errors import InputRefused
from auditor.reference.importers.stated_days import days_stated, quarters_begun
from tests.reference.kinds import csv_text, kinds_of, tab_text
from tests.reference.layouts import sheet

D = Decimal
OPPS = [
    "HCPCS Code", "Short Descriptor", "SI", "APC", "Relative Weight", "Payment Rate", "National Unadjusted Copayment",
    "Minimum Unadjusted Copayment", "IRA Coinsurance Percentage", "Adjusted Beneficiary Copayment",
    "Drug and Device Pass-Through Expiration during Calendar Year", "Note: Actual copayments would be lower",
    "* Indicates a Change",
]  # fmt: skip
CLFS = "YEAR,HCPCS,MOD,EFF_DATE,INDICATOR,RATE,SHORTDESC,LONGDESC,EXTENDEDLONGDESC".split(",")
ASP = [
    "HCPCS Code", "Short Description", "HCPCS Code Dosage", "Payment Limit", "Co-insurance Percentage", "Vaccine AWP%",
    "Vaccine Limit", "Blood AWP%", "Blood limit", "Clotting Factor", "Notes",
]  # fmt: skip
NDC = [
    "_2024_CODE", "Short Description", "LABELER NAME", "NDC2", "Drug Name", "HCPCS dosage", "PKG SIZE", "PKG QTY",
    "BILLUNITS", "BILLUNITSPKG",
]  # fmt: skip
DME = "HCPCS,Mod,Mod2,JURIS,CATG,Ceiling,Floor,AL (NR),AL (R),PA (NR),PA (R),Description".split(",")
NOTICE = ["CPT codes are copyright of the American Medical Association."]

KINDS = {
    "opps_addendum_b": (
        "January 2024 Addendum B",
        [["Addendum B.-Final OPPS Payment by HCPCS Code for January 2024"], NOTICE, [], OPPS],
        [
            ["45385", "words", "T", "5312", "13.9", "$1,211.50", "", "$242.30", "", "", "", "", ""],
            ["J1100", "words", "N", "", "", "", "", "", "20%", "$1.00", "", "", "*"],
            ["A9500", "words", "N", "", ".", " ", "", "", "", "", "2024", "", ""],
        ],
        "code, status_indicator, apc, relative_weight, payment_rate, national_copayment, minimum_copayment, "
        "pass_through_ends",
        [
            ("45385", "T", "5312", D("13.9"), D("1211.50"), None, D("242.30"), None),
            ("A9500", "N", None, None, None, None, None, "2024"),
            ("J1100", "N", None, None, None, None, None, None),
        ],
    ),
    "clfs": (
        "PUF_CLFS_CY2024_Q1V1",
        [["2024 Clinical Diagnostic Laboratory Fee Schedule"], NOTICE, [], CLFS],
        [
            ["2024", "85025", "", "20240101", "N", "7.77", "words", "words", "words, more"],
            ["2024", "85025", "QW", "20240101", "N", "7.77", "words", "words", "words"],
            ["2024", "0001U", "", "20240215", "N", "720.00", "words", "words", "words"],
        ],
        "code, modifier, indicator, rate, effective",
        [
            ("0001U", None, "N", D("720"), dt.date(2024, 2, 15)),
            ("85025", "QW", "N", D("7.77"), dt.date(2024, 1, 1)),
            ("85025", None, "N", D("7.77"), dt.date(2024, 1, 1)),
        ],
    ),
    "asp_price": (
        "January 2024 ASP Pricing File 122023",
        [["Payment Allowance Limits for Medicare Part B Drugs"],
         ["Effective January 1, 2024 through March 31, 2024"], ["Note 1: of March 2026"], ASP],
        [
            ["90371", "words", "1 ML", "138.873", "", "", "", "", "", "", ""],
            ["J3301", "words", "10 MG", "1.291", "0.17", "", "", "", "", "", ""],
            ["J3304", "words", "1 MG", "16.989", "20.5%", "95%", "1.5", "95%", "2.5", "Y", "words"],
            ["J7318", "words", "1 MG", "", "20%", "", "", "", "", "", ""],
        ],
        "code, dosage, payment_limit, coinsurance_percent, vaccine_limit, blood_limit, clotting_factor, notes",
        [
            ("90371", "1 ML", D("138.873"), None, None, None, None, None),
            ("J3301", "10 MG", D("1.291"), D("17"), None, None, None, None),
            ("J3304", "1 MG", D("16.989"), D("20.5"), D("1.5"), D("2.5"), "Y", "words"),
            ("J7318", "1 MG", None, D("20"), None, None, None, None),
        ],
    ),
    "asp_ndc_crosswalk": (
        "January 2024 ASP NDC-HCPCS Crosswalk 122023",
        [["January 2024 ASP NDC-HCPCS Crosswalk"], NOTICE, NDC],
        [
            ["J3301", "words", "Maker", "00003-0293-28", "Kenalog", "10 MG", "10", "1", "4", "40"],
            ["J3301", "words", "Maker", "00003-0293-05", "Kenalog", "10 MG", "1", "1", "4", "4"],
            ["J3301", "words", "Maker", "00003-0293-05", "Kenalog", "10 MG", "1", "1", "4", "4"],
        ],
        "code, ndc, labeler, drug_name, dosage, package_size, package_quantity, billing_units, "
        "billing_units_per_package",
        [
            ("J3301", "00003029305", "Maker", "Kenalog", "10 MG", D(1), D(1), D(4), D(4)),
            ("J3301", "00003029328", "Maker", "Kenalog", "10 MG", D(10), D(1), D(4), D(40)),
        ],
    ),
    "dmepos_fee": (
        "DMEPOS_JAN_2024",
        [["Durable Medical Equipment"], ["January 2024 Fee Schedule"], DME],
        [
            ["E0601", "RR", "", "D", "CR", "0.00", "0.00", "45.00", "80.00", "50.04", "91.18", "words"],
            ["E0601", "RR", "KE", "D", "CR", "", "", "45.00", "80.00", "50.04", "91.18", "words"],
            ["L1930", "", "", "D", "PO", "275.00", "206.25", "1", "2", "3", "4", "words"],
        ],
        "code, modifier, modifier_2, jurisdiction, category, ceiling, floor",
        [
            ("E0601", "RR", "KE", "D", "CR", None, None),
            ("E0601", "RR", None, "D", "CR", D(0), D(0)),
            ("L1930", None, None, "D", "PO", D("275"), D("206.25")),
        ],
    ),
}  # fmt: skip
TITLES = {
    "opps_addendum_b": "OPPS Addendum B",
    "clfs": "Clinical laboratory fee schedule",
    "asp_price": "Medicare Part B drug payment limits (ASP)",
    "asp_ndc_crosswalk": "ASP NDC-HCPCS crosswalk",
    "dmepos_fee": "DMEPOS fee schedule",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layout", ["csv", "xlsx", "txt"])
def test_every_layout_gives_the_same_rows(desk, kind, layout):
    name, above, rows, picked, expected = KINDS[kind]
    write = {"csv": csv_text, "txt": tab_text, "xlsx": lambda *rows: sheet(rows)}[layout]
    report = desk.take(desk.write(f"{name}.{layout}", write(*above, *rows)))[0]
    assert desk.rows(report, picked) == expected
    edition = report.edition
    assert (edition.table, edition.edition, edition.rejected, edition.accepted) == (kind, "2024Q1", {}, ())
    assert (edition.valid_from, edition.valid_to) == (dt.date(2024, 1, 1), dt.date(2024, 3, 31))
    assert "description" not in edition.columns


@pytest.mark.parametrize("kind", KINDS)
def test_descriptors_are_kept_on_request_only(desk, kind):
    name, above, rows, _, _ = KINDS[kind]
    report = desk.take(desk.write(f"{name}.csv", csv_text(*above, *rows)), keep_descriptors=True)[0]
    assert desk.rows(report, "DISTINCT description") == [("words",)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_known_by_one_importer_only(kind):
    _, above, rows, _, _ = KINDS[kind]
    assert kinds_of(csv_text(*above, *rows)) == [TITLES[kind]]


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_and_missing_titles_refuse_it(desk, kind):
    name, above, rows, _, _ = KINDS[kind]
    more = [*above[:-1], [*above[-1], "Surprise"]]
    with pytest.raises(InputRefused, match="unknown surprise"):
        desk.take(desk.write(f"{name}.csv", csv_text(*more, *([*row, "1"] for row in rows))))
    with pytest.raises(InputRefused, match="no table known"):
        desk.take(
            desk.write(f"{name}.csv", csv_text(*([*row[:-1], "Words"] for row in [above[-1][:3]]), *rows))
        )


@pytest.mark.parametrize("kind", ["opps_addendum_b", "clfs", "asp_price", "dmepos_fee"])
def test_a_code_twice_is_suspicious_and_a_code_that_is_none_is_rejected(desk, kind):
    name, above, rows, _, _ = KINDS[kind]
    with pytest.raises(InputRefused, match="repeat the key"):
        desk.take(desk.write(f"{name}.csv", csv_text(*above, *rows, rows[0])))
    place = above[-1].index("HCPCS") if "HCPCS" in above[-1] else 0
    bad = [*rows[0][:place], "4538", *rows[0][place + 1 :]]
    edition = desk.take(desk.write(f"{name}.csv", csv_text(*above, *rows, bad)))[0].edition
    assert (edition.rows, edition.rejected) == (len(rows), {"code has another shape than published": 1})


@pytest.mark.parametrize(
    ("kind", "above", "name", "quarter"),
    [
        ("asp_price", [["Effective July 1, 2026 through September 30, 2026"]], "x.csv", "2026Q3"),
        ("asp_price", [["Effective 04/01/2024 - 06/30/2024"]], "x.csv", "2024Q2"),
        ("asp_price", [["Payment limits"]], "october-2025-asp-pricing-file.csv", "2025Q4"),
        ("opps_addendum_b", [["Addendum B, calendar year 2024"]], "2024_april_web_addendum_b.csv", "2024Q2"),
        ("opps_addendum_b", [["July 2026"]], "addendum_b.csv", "2026Q3"),
        ("clfs", [["2026 fees"]], "PUF_CLFS_CY2026_Q2V1.csv", "2026Q2"),
        ("dmepos_fee", [["January 2025 Fee Schedule"]], "DMEPOS_JAN.csv", "2025Q1"),
    ],
)
def test_lines_above_or_name_tell_the_quarter(desk, kind, above, name, quarter):
    _, titles, rows, _, _ = KINDS[kind]
    edition = desk.take(desk.write(name, csv_text(*above, titles[-1], *rows)))[0].edition
    assert edition.edition == quarter


def test_a_list_of_no_quarter_needs_it_said(desk):
    _, above, rows, _, _ = KINDS["clfs"]
    path = desk.write("fees.csv", csv_text(above[-1], *rows))
    with pytest.raises(InputRefused, match="--edition"):
        desk.take(path)
    assert desk.take(path, edition="2024Q1")[0].edition.edition == "2024Q1"


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("asp_ndc_crosswalk", "January 2024 AWP NDC-HCPCS Crosswalk"),
        ("asp_ndc_crosswalk", "January 2024 OPPS NDC-HCPCS Crosswalk"),
        ("asp_price", "Drugs Not Payable Payment Limit File"),
        ("dmepos_fee", "Parenteral and Enteral Nutrition (PEN) January 2024 Fee Schedule"),
    ],
)
def test_other_lists_with_like_titles_are_left_alone(desk, kind, line):
    name, above, rows, _, _ = KINDS[kind]
    other = csv_text([line], above[-1], *rows)
    assert kinds_of(other) == []
    both = {f"{name}.csv": csv_text(*above, *rows).encode(), f"other {name}.csv": other.encode()}
    reports = desk.take(desk.zip("january-2024.zip", both))
    assert ([report.edition.table for report in reports], len(reports[0].skipped)) == ([kind], 1)


@pytest.mark.parametrize("title", ["NDC", "2025_CODE", "HCPCS Level II Code defer to DCDRG"])
def test_titles_of_the_crosswalk_that_change_are_known(desk, title):
    name, above, rows, _, _ = KINDS["asp_ndc_crosswalk"]
    titles = [title if cell == ("NDC2" if title == "NDC" else "_2024_CODE") else cell for cell in NDC]
    assert desk.take(desk.write(f"{name}.csv", csv_text(above[0], titles, *rows)))[0].edition.rows == 2


def test_apcs_that_lost_their_zeros_get_them_back_on_record(desk):
    name, above, rows, _, _ = KINDS["opps_addendum_b"]
    old = [*rows[0][:3], 12, *rows[0][4:]]
    report = desk.take(desk.write(f"{name}.xlsx", sheet([*above, old])))[0]
    assert desk.rows(report, "apc") == [("0012",)]
    assert report.edition.remarks == ("1 APCs had lost a leading zero, which was put back",)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("OrderReferring_2024-05-14.csv", ["2024-05-14"]),
        ("report 20240513", ["2024-05-13"]),
        ("as of May 13, 2024", ["2024-05-13"]),
        ("as of Sep 14 2026", ["2026-09-14"]),
        ("list-7/1/2026", ["2026-07-01"]),
        ("2024-02-30 and 20241399", []),
        ("120240513", []),
    ],
)
def test_days_that_a_text_states(text, days):
    assert [day.isoformat() for day in days_stated(text)] == days


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("april-2024-asp", ["2024Q2"]),
        ("2024 January Addendum", ["2024Q1"]),
        ("July2026_Addendum_B", ["2026Q3"]),
        ("May 2024", []),
        ("January 15, 2024", []),
        ("catalapril 2024", []),
    ],
)
def test_quarters_that_a_text_begins(text, found):
    assert list(quarters_begun(text)) == found
