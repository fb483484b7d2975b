"""NPPES, its report of deactivated NPIs, and the order and referring list."""

import datetime as dt

import pytest

from auditor.base.errors import InputRefused
from tests.reference.kinds import csv_text, kinds_of
from tests.reference.layouts import sheet


def day(text):
    return dt.date.fromisoformat(text)


NPPES = [
    "NPI", "Entity Type Code", "Replacement NPI", "Provider Organization Name (Legal Business Name)",
    "Provider Last Name (Legal Name)", "Provider Business Practice Location Address State Name",
    "Provider Enumeration Date", "Last Update Date", "NPI Deactivation Reason Code", "NPI Deactivation Date",
    "NPI Reactivation Date",
    *(f"{title}_{n}" for n in range(1, 16)
      for title in ("Healthcare Provider Taxonomy Code", "Provider License Number",
                    "Healthcare Provider Primary Taxonomy Switch")),
    "Certification Date",
]  # fmt: skip


def provider(npi, kind="1", state="NY", begins="05/23/2005", updated="07/08/2007", off="", on="", codes=("207Q00000X",),
             primary=1):  # fmt: skip
    taxonomies = []
    for n in range(1, 16):
        code = codes[n - 1] if n <= len(codes) else ""
        taxonomies += [code, "L", ("Y" if n == primary else "N") if code else ""]
    return [npi, kind, "", "", "INVENTED", state, begins, updated, "", off, on, *taxonomies, "01/01/2024"]


PROVIDERS = [
    provider("1000000020", "2", codes=("261QR1300X", "207Q00000X"), primary=2),
    provider("1000000012", off="01/02/2020", on="03/04/2021", updated="05/12/2024"),
    ["1000000038", *[""] * 6, "06/30/2019", "", "06/30/2019", *[""] * 47],
    provider("1000000046", codes=("208600000X", "207Q00000X"), primary=0),
]
FULL = "npidata_pfile_20050523-20240512.csv"


def quoted(*rows):
    return "".join(",".join(f'"{cell}"' for cell in row) + "\r\n" for row in rows)


def test_of_the_registry_only_what_rules_need_is_kept(desk):
    report = desk.take(desk.write(FULL, quoted(NPPES, *PROVIDERS)))[0]
    picked = "npi, entity_type, enumerated_on, deactivated_on, reactivated_on, taxonomy, state"
    assert desk.rows(report, picked) == [
        ("1000000012", "1", day("2005-05-23"), day("2020-01-02"), day("2021-03-04"), "207Q00000X", "NY"),
        ("1000000020", "2", day("2005-05-23"), None, None, "207Q00000X", "NY"),
        ("1000000038", None, None, day("2019-06-30"), None, None, None),
        ("1000000046", "1", day("2005-05-23"), None, None, "208600000X", "NY"),
    ]
    edition = report.edition
    assert edition.columns == tuple(picked.split(", "))
    assert (edition.valid_from, edition.valid_to, edition.published) == (
        day("1900-01-01"), day("2024-05-12"), day("2024-05-12"),
    )  # fmt: skip
    assert edition.counts == {"rows": 4, "individuals": 2, "organisations": 1, "deactivated": 1}
    assert "INVENTED" not in repr(desk.rows(report))


def test_the_files_beside_it_are_left_alone(desk):
    given = {
        "npidata_pfile_20050523-20240512_fileheader.csv": quoted(NPPES).encode(),
        FULL: quoted(NPPES, *PROVIDERS).encode(),
        "endpoint_pfile_20050523-20240512.csv": b'"NPI","Endpoint Type"\r\n"1000000012","DIRECT"\r\n',
    }
    reports = desk.take(desk.zip("NPPES_Data_Dissemination_May_2024.zip", given))
    assert [report.edition.table for report in reports] == ["nppes"]
    assert len(reports[0].skipped) == 2


def test_letters_of_another_encoding_do_no_harm(desk):
    content = quoted(NPPES, *PROVIDERS).replace("INVENTED", "PE\xd1A").encode("latin-1")
    assert desk.take(desk.write(FULL, content))[0].edition.rows == 4


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (provider("3000000012"), "npi has another shape than published"),
        (provider(""), "npi has another shape than published"),
        (provider("1000000053", "3"), "entity type is neither 1 nor 2"),
        (provider("1000000053", begins="2005-05-23"), "a date is not a date"),
        (provider("1000000053", off="13/01/2020"), "a date is not a date"),
        (provider("1000000053", begins=""), "neither enumerated nor deactivated"),
    ],
)
def test_a_row_of_another_shape_is_rejected(desk, bad, reason):
    edition = desk.take(desk.write(FULL, quoted(NPPES, *PROVIDERS, bad)))[0].edition
    assert (edition.rows, edition.rejected) == (4, {reason: 1})


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([NPPES, *PROVIDERS, PROVIDERS[0]], "repeat the NPI"),
        ([NPPES, provider("1000000012"), provider("1000000020")], "weekly"),
        ([NPPES, provider("x")], "holds no row"),
        ([NPPES, *PROVIDERS, PROVIDERS[0][:20]], "fewer cells"),
        ([NPPES[:5] + NPPES[6:], PROVIDERS[0][:5] + PROVIDERS[0][6:]], "missing Provider Business Practice"),
        ([[*NPPES, "NPI"], [*PROVIDERS[0], "1"]], "twice"),
    ],
)
def test_a_registry_that_is_broken_or_no_full_file_is_refused(desk, rows, match):
    with pytest.raises(InputRefused, match=match):
        desk.take(desk.write(FULL, quoted(*rows)))


OFF = ["NPI", "NPPES Deactivation Date"]
OFF_ROWS = [["1000000020", "06/30/2019"], ["1000000012", "05/13/2024"]]
AS_OF = ["NPPES Deactivated Records as of May 13 2024"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("NPPES Deactivated NPI Report 20240513.xlsx", sheet([AS_OF, OFF, *OFF_ROWS])),
        ("report.xlsx", sheet([AS_OF, OFF, *([npi, dt.date(int(d[6:]), int(d[:2]), int(d[3:5]))]
                                              for npi, d in OFF_ROWS)])),
        ("report.csv", csv_text(AS_OF, OFF, *OFF_ROWS)),
        ("report.csv", csv_text(OFF, *OFF_ROWS)),
    ],
)  # fmt: skip
def test_an_npi_is_inactive_from_its_deactivation_on(desk, name, content):
    report = desk.take(desk.write(name, content))[0]
    assert desk.rows(report, "npi, deactivated_on, effective, deleted") == [
        ("1000000012", day("2024-05-13"), day("2024-05-13"), None),
        ("1000000020", day("2019-06-30"), day("2019-06-30"), None),
    ]
    edition = report.edition
    assert (edition.table, edition.valid_from, edition.valid_to, edition.published) == (
        "npi_deactivated", day("1900-01-01"), day("2024-05-13"), day("2024-05-13"),
    )  # fmt: skip


def test_a_faulty_row_of_the_report_is_rejected(desk):
    edition = desk.take(
        desk.write("r.csv", csv_text(OFF, *OFF_ROWS, ["12", "06/30/2019"], ["1000000046", ""]))
    )[0].edition
    assert edition.rejected == {"npi has another shape than published": 1, "effective is blank": 1}


ORDER = "NPI,LAST_NAME,FIRST_NAME,PARTB,DME,HHA,PMD,HOSPICE".split(",")
ORDER_ROWS = [
    ["1000000020", "A", "B", "Y", "N", "Y", "N", "N"],
    ["1000000012", "A, JR", "B", "N", "Y", "N", "Y", "Y"],
]


def test_who_may_order_is_told_by_kind_and_for_a_month(desk):
    report = desk.take(desk.write("OrderReferring_2024-05-14.csv", csv_text(ORDER, *ORDER_ROWS)))[0]
    assert desk.rows(report, "npi, part_b, dme, hha, pmd, hospice") == [
        ("1000000012", False, True, False, True, True),
        ("1000000020", True, False, True, False, False),
    ]
    edition = report.edition
    assert (edition.edition, edition.valid_from, edition.valid_to) == (
        "2024-05-14", day("2024-05-14"), day("2024-06-13"),
    )  # fmt: skip
    assert edition.counts == {"rows": 2, "part_b": 1, "dme": 1, "hha": 1, "pmd": 1, "hospice": 1}


def test_an_order_list_of_before_hospice_was_on_it_has_none(desk):
    rows = [row[:7] for row in [ORDER, *ORDER_ROWS]]
    report = desk.take(desk.write("OrderReferring_20230514.csv", csv_text(*rows)))[0]
    assert desk.rows(report, "hospice") == [(None,), (None,)]


def test_an_order_list_without_a_day_needs_it_said(desk):
    path = desk.write("order.csv", csv_text(ORDER, *ORDER_ROWS))
    with pytest.raises(InputRefused, match="--edition"):
        desk.take(path)
    assert desk.take(path, edition="2024-05-14")[0].edition.edition == "2024-05-14"


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([[*ORDER, "STATE"], [*ORDER_ROWS[0], "NY"]], "unknown state"),
        ([ORDER, ORDER_ROWS[0], ORDER_ROWS[0]], "repeat the key"),
        ([ORDER, ["1000000012", "A", "B", "?", "Y", "N", "N", "N"]], "holds no row"),
    ],
)
def test_other_order_lists_are_refused(desk, rows, match):
    with pytest.raises(InputRefused, match=match):
        desk.take(desk.write("OrderReferring_2024-05-14.csv", csv_text(*rows)))


@pytest.mark.parametrize(
    ("content", "title"),
    [
        (quoted(NPPES, *PROVIDERS), "NPPES full file of NPIs"),
        (csv_text(AS_OF, OFF, *OFF_ROWS), "NPPES deactivated NPIs"),
        (csv_text(ORDER, *ORDER_ROWS), "Medicare order and referring list (PECOS)"),
    ],
)
def test_a_file_is_known_by_one_importer_only(content, title):
    assert kinds_of(content) == [title]
