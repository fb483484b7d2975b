import datetime as dt
import textwrap

import duckdb
import pytest

from auditor.base.errors import InputRefused
from tests.reference.kinds import csv_text, kinds_of, tab_text
from tests.reference.layouts import sheet

NAME = "HCPC2025_OCT_ANWEB.txt"
# Title and width of every field of the record layout, in its order.
WIDTHS = {
    "HCPC": 5, "SEQNUM": 5, "RECID": 1, "LONG DESCRIPTION": 80, "SHORT DESCRIPTION": 28, "PRICE1": 2, "PRICE2": 2,
    "PRICE3": 2, "PRICE4": 2, "MULT_PI": 1, "CIM1": 6, "CIM2": 6, "CIM3": 6, "MCM1": 8, "MCM2": 8, "MCM3": 8,
    "STATUTE": 10, "LABCERT1": 3, "LABCERT2": 3, "LABCERT3": 3, "LABCERT4": 3, "LABCERT5": 3, "LABCERT6": 3,
    "LABCERT7": 3, "LABCERT8": 3, "XREF1": 5, "XREF2": 5, "XREF3": 5, "XREF4": 5, "XREF5": 5, "COV": 1, "ASC_GRP": 2,
    "ASC_DT": 8, "OPPS": 3, "OPPS_PI": 1, "OPPS_DT": 8, "PROCNOTE": 4, "BETOS": 3, "": 1, "TOS1": 1, "TOS2": 1,
    "TOS3": 1, "TOS4": 1, "TOS5": 1, "ANEST_BU": 3, "ADD DT": 8, "ACT EFF DT": 8, "TERM DT": 8, "ACTION CD": 1,
}  # fmt: skip
TITLES = [title for title in WIDTHS if title]
LONG = "A plain wooden test crutch, adjustable, with a rubber tip, for tests that need more than one line of text"
CRUTCH = {
    "HCPC": "E9991", "SEQNUM": "00100", "RECID": "3", "LONG DESCRIPTION": LONG, "SHORT DESCRIPTION": "Test crutch",
    "PRICE1": "32", "PRICE2": "46", "MULT_PI": "A", "CIM1": "60-9", "MCM3": "2130.1", "STATUTE": "1861s8",
    "LABCERT8": "610", "XREF5": "E0110", "COV": "D", "ASC_GRP": "YY", "ASC_DT": "20080101", "OPPS": "099",
    "OPPS_PI": "7", "OPPS_DT": "20090101", "PROCNOTE": "0017", "BETOS": "D1E", "TOS1": "P", "TOS5": "R",
    "ANEST_BU": "004", "ADD DT": "20040101", "ACT EFF DT": "20250101", "TERM DT": "20241231", "ACTION CD": "D",
}  # fmt: skip
DRUG = {
    "HCPC": "J9990", "SEQNUM": "00100", "RECID": "3", "LONG DESCRIPTION": "Injection, testin, 1 mg",
    "SHORT DESCRIPTION": "Testin 1mg", "PRICE1": "51", "MULT_PI": "9", "COV": "C", "TOS1": "1",
    "ADD DT": "20251001", "ACT EFF DT": "20251001", "ACTION CD": "A",
}  # fmt: skip
MODIFIER = {
    "HCPC": "   Z9", "SEQNUM": "00100", "RECID": "7", "LONG DESCRIPTION": "Service of a test",
    "SHORT DESCRIPTION": "Test", "COV": "C", "ADD DT": "20020701", "ACT EFF DT": "20020701", "ACTION CD": "N",
}  # fmt: skip
ROWS = [MODIFIER, CRUTCH, DRUG]
EXPECTED = [
    ("code", "E9991", LONG, "D", "D1E", "P", "R", 4, dt.date(2004, 1, 1), dt.date(2024, 12, 31)),
    ("code", "J9990", "Injection, testin, 1 mg", "C", None, "1", None, None, dt.date(2025, 10, 1), None),
    ("modifier", "Z9", "Service of a test", "C", None, None, None, None, dt.date(2002, 7, 1), None),
]
PICKED = "kind, code, description, coverage, betos, tos_1, tos_5, anesthesia_base_units, effective, deleted"
NOTICE = ["These are codes of the United States."]


def record(row):
    """A row as lines of the record layout, long descriptions on further lines, cut at the last filled field."""
    first, *others = textwrap.wrap(
        row["LONG DESCRIPTION"], 80, break_on_hyphens=False, break_long_words=False
    ) or [""]
    rows = [{**row, "LONG DESCRIPTION": first}]
    further = {"3": "4", "7": "8"}.get(row["RECID"], "4")
    for number, piece in enumerate(others, start=2):
        rows.append(
            {
                "HCPC": row["HCPC"],
                "SEQNUM": f"{number:03d}00",
                "RECID": further,
                "LONG DESCRIPTION": piece,
            }
        )
    return "".join(
        "".join(f"{one.get(title, ''):{width}}" for title, width in WIDTHS.items()).rstrip() + "\r\n"
        for one in rows
    )


def fixed(rows):
    return "".join(map(record, rows))


def cells(rows):
    return [[row.get(title, "") for title in TITLES] for row in rows]


def table(rows):
    return csv_text(TITLES, *cells(rows))


PIECES = [
    MODIFIER,
    {**CRUTCH, "LONG DESCRIPTION": LONG.split(" for ")[0]},
    {"HCPC": "E9991", "RECID": "4", "LONG DESCRIPTION": "for " + LONG.split(" for ")[1]},
    DRUG,
]


def test_the_layout_has_293_filled_characters():
    assert sum(WIDTHS.values()) == 293
    assert [len(line) for line in record(CRUTCH).split("\r\n")] == [293, 11 + 26, 0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (NAME, fixed(ROWS)),
        (NAME.upper(), fixed(ROWS).replace("\r\n", "\n") + "\n"),
        (NAME, fixed(ROWS).replace("\r\n", " " * 27 + "\r\n") + "\x1a"),
        ("HCPC2025_OCT_ANWEB.csv", table(ROWS)),
        ("HCPC2025_OCT_ANWEB.csv", table(PIECES)),
        ("HCPC2025_OCT_ANWEB.csv", csv_text(NOTICE, [], TITLES, *cells(ROWS))),
        ("HCPC2025_OCT_ANWEB_export.txt", tab_text(TITLES, *cells(ROWS))),
        ("HCPC2025_OCT_ANWEB.xlsx", sheet([*[NOTICE] * 10, TITLES, *cells(ROWS)])),
        (
            "HCPC2025_OCT_ANWEB.xlsx",
            sheet([TITLES, *([int(c) if c.isdigit() else c for c in row] for row in cells(ROWS))]),
        ),
    ],
    ids=["fixed", "fixed, lf", "fixed, full width", "csv", "csv, pieces", "csv, notice", "tab", "xlsx", "numbers"],
)  # fmt: skip
def test_every_layout_gives_the_same_rows(desk, name, content):
    report = desk.take(desk.write(name, content))[0]
    assert desk.rows(report, PICKED) == EXPECTED
    edition = report.edition
    assert (edition.table, edition.edition, edition.rejected) == ("hcpcs_level2", "2025Q4", {})
    assert edition.counts == {
        "rows": 3, "ended": 1, "codes": 2, "modifiers": 1, "codes_without_text": 0, "coverage_C": 2, "coverage_D": 1,
        "coverage_I": 0, "coverage_M": 0, "coverage_S": 0,
    }  # fmt: skip


def test_every_field_of_the_text_has_its_place(desk):
    report = desk.take(desk.write(NAME, fixed([CRUTCH])))[0]
    query = f"SELECT * FROM '{report.edition.rows_file}'"
    found = duckdb.execute(query)
    row = dict(zip([column[0] for column in found.description], found.fetchall()[0], strict=True))
    assert {name: value for name, value in row.items() if value is not None} == {
        "kind": "code", "code": "E9991", "sequence": "00100", "record_id": "3", "description": LONG,
        "short_description": "Test crutch", "price_1": "32", "price_2": "46", "multiple_pricing": "A", "cim_1": "60-9",
        "mcm_3": "2130.1", "statute": "1861s8", "lab_certification_8": "610", "cross_reference_5": "E0110",
        "coverage": "D", "asc_group": "YY", "asc_date": dt.date(2008, 1, 1), "opps_group": "099",
        "opps_indicator": "7", "opps_date": dt.date(2009, 1, 1), "processing_note": "0017", "betos": "D1E",
        "tos_1": "P", "tos_5": "R", "anesthesia_base_units": 4, "effective": dt.date(2004, 1, 1),
        "action_effective": dt.date(2025, 1, 1), "deleted": dt.date(2024, 12, 31), "action": "D",
    }  # fmt: skip


def test_a_long_description_goes_on_over_several_lines_of_a_modifier_too(desk):
    long = {**MODIFIER, "LONG DESCRIPTION": " ".join(f"word{n}" for n in range(60))}
    report = desk.take(desk.write(NAME, fixed([long, DRUG])))[0]
    assert desk.rows(report, "description")[1:] == [(long["LONG DESCRIPTION"],)]


def test_a_piece_without_its_beginning_is_rejected(desk):
    orphan = {"HCPC": "E9992", "SEQNUM": "00200", "RECID": "4", "LONG DESCRIPTION": "and the rest"}
    edition = desk.take(desk.write(NAME, fixed([*ROWS, orphan])))[0].edition
    reason = "it goes on with a description, but the line above is another code's"
    assert (edition.rows, edition.rejected_examples) == (3, ({"file": NAME, "line": 5, "reason": reason},))


@pytest.mark.parametrize("line", ["J99", "End of file", "J9990" + " " * 300, "x" * 500])
def test_a_line_of_another_shape_in_the_text_is_rejected(desk, line):
    edition = desk.take(desk.write(NAME, fixed(ROWS) + line + "\r\n"))[0].edition
    assert (edition.rows, sum(edition.rejected.values())) == (3, 1)
    assert edition.rejected_examples[0]["line"] == 5


@pytest.mark.parametrize("code", ["D9991", "99999", "9999T"])
def test_codes_of_the_dentists_and_of_the_ama_lose_their_text(desk, code):
    report = desk.take(desk.write(NAME, fixed([*ROWS, {**DRUG, "HCPC": code}])), keep_descriptors=True)[0]
    query = f"SELECT description, short_description FROM '{report.edition.rows_file}' WHERE code = '{code}'"
    assert duckdb.execute(query).fetchall() == [(None, None)]
    assert report.edition.counts["codes_without_text"] == 1
    assert not report.edition.descriptors


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"HCPC": "J999"}, "code has another shape than published"),
        ({"HCPC": "9.9E5"}, "code has another shape than published"),
        ({"HCPC": "   J9"}, "the code's length does not go with its record id"),
        ({"RECID": "5"}, "record id has another shape than published"),
        ({"ADD DT": "20251301"}, "effective is not a date"),
        ({"ADD DT": "00000000"}, "effective is blank"),
        ({"TERM DT": "SOON"}, "deleted is not a date"),
        ({"ANEST_BU": "4.5"}, "anesthesia base units is not a whole number"),
    ],
)
def test_a_row_of_another_shape_is_rejected_with_its_line(desk, change, reason):
    edition = desk.take(desk.write(NAME, fixed([MODIFIER, DRUG, {**DRUG, **change}])))[0].edition
    assert (edition.rows, edition.rejected) == (2, {reason: 1})
    assert edition.rejected_examples == ({"file": NAME, "line": 3, "reason": reason},)


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({}, "repeat the key"),
        ({"HCPC": "J9991", "TERM DT": "20240101"}, "end before they begin"),
        ({"HCPC": "J9991", "ADD DT": "20260101"}, "begin after the release's quarter"),
    ],
)
def test_a_suspicious_table_is_refused_unless_accepted(desk, change, fact):
    path = desk.write(NAME, fixed([*ROWS, {**DRUG, **change}]))
    with pytest.raises(InputRefused, match=fact):
        desk.take(path)
    assert fact in desk.take(path, accept=True)[0].edition.accepted[0]


def test_a_code_and_a_modifier_are_no_rivals(desk):
    both = [{**DRUG, "HCPC": code, "RECID": kind} for code, kind in (("   Z8", "7"), ("Z8000", "3"))]
    assert desk.take(desk.write(NAME, fixed(both)))[0].edition.accepted == ()


@pytest.mark.parametrize(
    ("rows", "first"), [(ROWS, dt.date(2024, 12, 31)), (ROWS[::2], dt.date(2025, 10, 1))]
)
def test_a_release_answers_from_the_first_end_that_it_tells_to_the_end_of_its_quarter(desk, rows, first):
    edition = desk.take(desk.write(NAME, fixed(rows)))[0].edition
    assert (edition.valid_from, edition.valid_to) == (first, dt.date(2025, 12, 31))


def test_a_release_without_a_code_of_its_quarter_is_told(desk):
    remarks = desk.take(desk.write(NAME, fixed(ROWS[:2])))[0].edition.remarks
    assert "newest code was added on 2004-01-01" in remarks[0]


@pytest.mark.parametrize(
    ("name", "quarter", "published"),
    [
        ("HCPC2026_JAN_ANWEB_12082025.txt", "2026Q1", dt.date(2025, 12, 8)),
        ("HCPC2026_JAN_ANWEB_01122026.txt", "2026Q1", dt.date(2026, 1, 12)),
        ("HCPC2026_JUL_ANWEB_v2.txt", "2026Q3", dt.date(2026, 7, 1)),
        ("HCPC2020_APRIL_ANWEB_w_disclaimer_v5.txt", "2020Q2", dt.date(2020, 4, 1)),
        ("codes 2024q3.txt", "2024Q3", dt.date(2024, 7, 1)),
    ],
)
def test_names_tell_the_quarter_and_the_day_of_a_re_issue(desk, name, quarter, published):
    edition = desk.take(desk.write(name, fixed([MODIFIER])))[0].edition
    assert (edition.edition, edition.published) == (quarter, published)


def test_names_that_contradict_each_other_or_say_nothing_are_refused(desk):
    with pytest.raises(InputRefused, match="2025Q4, 2026Q1"):
        desk.take(desk.zip("january-2026-alpha-numeric-hcpcs-file.zip", {NAME: fixed(ROWS).encode()}))
    silent = desk.write("anweb.txt", fixed(ROWS))
    with pytest.raises(InputRefused, match="--edition"):
        desk.take(silent)
    assert desk.take(silent, edition="2025Q4")[0].edition.edition == "2025Q4"


NOC_ROWS = [
    ["E9991", "A thing of the house that has no code of its own and whose name does not fit into one", "19940101", ""],
    ["E9991", "line", "", ""],
    ["J9990", "Drug, otherwise", "20040101", "20201231"],
]  # fmt: skip
NOC_TITLES = ["HCPCS", "LONG DESCRIPTION", "ADD DATE", "TERM DATE"]


def test_an_official_zip_gives_codes_and_those_not_otherwise_classified(desk):
    path = desk.zip(
        "october-2025-alpha-numeric-hcpcs-file.zip",
        {
            "HCPC2025_OCT_ANWEB.txt": fixed(ROWS).encode(),
            "HCPC2025_OCT_ANWEB.xlsx": sheet([TITLES, *cells(ROWS)]),
            "HCPC2025_recordlayout.txt": b"HCPCS Contractor Record\r\nCode 5 1 5\r\n",
            "proc_notes_OCT2025.txt": b"0017 A note on processing\r\n",
            "NOC codes_OCT2025.xlsx": sheet([["NOC list"], [*NOC_TITLES, "Remark"], *NOC_ROWS]),
        },
    )
    codes, noc = desk.take(path)
    assert (codes.edition.table, codes.edition.layout, codes.edition.rows) == ("hcpcs_level2", "fixed", 3)
    assert (noc.edition.table, noc.edition.edition, noc.edition.rejected) == ("hcpcs_noc", "2025Q4", {})
    assert len(codes.skipped) == 3
    assert desk.rows(noc) == [
        ("E9991", f"{NOC_ROWS[0][1]} line", dt.date(1994, 1, 1), None),
        ("J9990", "Drug, otherwise", dt.date(2004, 1, 1), dt.date(2020, 12, 31)),
    ]


@pytest.mark.parametrize("content", [fixed(ROWS), table(ROWS), csv_text(NOC_TITLES, *NOC_ROWS)])
def test_a_file_is_known_by_one_importer_only(content):
    assert kinds_of(content) == ["HCPCS Level II"]


def test_a_layout_with_an_unknown_column_is_refused(desk):
    with pytest.raises(InputRefused, match="unknown newfield"):
        desk.take(desk.write(NAME, csv_text([*TITLES, "NEW FIELD"], [*cells([DRUG])[0], "x"])))


def test_a_layout_without_a_needed_column_is_refused(desk):
    with pytest.raises(InputRefused, match="missing effective"):
        desk.take(desk.write(NAME, csv_text([t for t in TITLES if t != "ADD DT"], cells([DRUG])[0])))


def test_a_table_without_a_row_is_refused(desk):
    with pytest.raises(InputRefused, match="holds no row"):
        desk.take(desk.write(NAME, table([])))


def test_a_cut_table_with_an_open_quote_is_refused(desk):
    with pytest.raises(InputRefused, match="not closed"):
        desk.take(desk.write("HCPC2025_OCT_ANWEB.csv", table(ROWS) + '"E9999'))


# ---- the real rows -------------------------------------------------------------------------------


def spread(row, name, title, many, text, sep):
    for number, value in enumerate(filter(None, (text or "").split(sep)), start=1):
        assert number <= many
        row[f"{title}{number}"] = value


@pytest.fixture(scope="module")
def real(shared_data):
    """The codes of July 2024 as rows under the official titles."""
    found = duckdb.execute(f"SELECT * FROM '{shared_data / 'reference' / 'hcpcs_level2_2024q3.parquet'}'")
    names = [column[0] for column in found.description]
    rows = []
    for values in found.fetchall():
        code = {name: value or "" for name, value in zip(names, values, strict=True)}
        day = {name: code[f"date_{name}"].replace("-", "") for name in ("term", "added", "asc", "action")}
        row = {
            "HCPC": code["hcpcs_code"], "SEQNUM": "00100", "RECID": "3", "LONG DESCRIPTION": code["long_description"],
            "SHORT DESCRIPTION": code["short_description"], "MULT_PI": code["multi"], "STATUTE": code["statute"],
            "COV": code["cov"], "ASC_GRP": code["asc_grp"], "ASC_DT": day["asc"], "PROCNOTE": code["proc"],
            "BETOS": code["betos"], "ANEST_BU": code["anes"], "ADD DT": day["added"], "ACT EFF DT": day["action"],
            "TERM DT": day["term"], "ACTION CD": code["action"],
        }  # fmt: skip
        for name, title, many, sep in (
            ("price", "PRICE", 4, ":"), ("cim", "CIM", 3, ", "), ("mcm", "MCM", 3, ", "), ("lab", "LABCERT", 8, ", "),
            ("xref", "XREF", 5, ", "), ("tos", "TOS", 5, ":"),
        ):  # fmt: skip
            spread(row, name, title, many, code[name], sep)
        rows.append(row)
    return rows


@pytest.mark.slow
@pytest.mark.parametrize("write", [fixed, table])
def test_the_real_codes_come_back_as_they_were(desk, shared_data, real, write):
    report = desk.take(desk.write("HCPC2024_JUL_ANWEB.txt", write(real)))[0]
    edition = report.edition
    assert (edition.rows, edition.rejected, edition.accepted) == (8033, {}, ())
    assert (edition.counts["codes"], edition.counts["ended"]) == (8033, 1058)
    assert (edition.valid_from, edition.valid_to) == (dt.date(2014, 6, 30), dt.date(2024, 9, 30))
    # The text breaks lines between words: how many blanks stood there is lost.
    plain = r"trim(regexp_replace({}, '\s+', ' ', 'g'))" if write is fixed else "{}"

    def listed(name, many, sep):
        return f"nullif(concat_ws('{sep}', {', '.join(f'{name}_{n}' for n in range(1, many + 1))}), '')"

    ours = f"""
        SELECT code, {listed("price", 4, ":")}, multiple_pricing, coverage, betos, {listed("tos", 5, ":")}, action,
               {listed("cim", 3, ", ")}, {listed("mcm", 3, ", ")}, statute, {listed("lab_certification", 8, ", ")},
               {listed("cross_reference", 5, ", ")}, asc_group, processing_note, anesthesia_base_units::VARCHAR,
               deleted::VARCHAR, effective::VARCHAR, asc_date::VARCHAR, action_effective::VARCHAR,
               {plain.format("description")}, short_description
        FROM '{edition.rows_file}'"""
    theirs = f"""
        SELECT * EXCLUDE (long_description, short_description), {plain.format("long_description")}, short_description
        FROM '{shared_data / "reference" / "hcpcs_level2_2024q3.parquet"}'"""
    both = f"(({ours}) EXCEPT ALL ({theirs})) UNION ALL (({theirs}) EXCEPT ALL ({ours}))"
    assert duckdb.execute(both).fetchall() == []


@pytest.mark.slow
def test_the_real_codes_not_otherwise_classified_come_back(desk, shared_data):
    source = shared_data / "reference" / "hcpcs_level2_noc_2024q3.parquet"
    rows = duckdb.execute(f"SELECT * FROM '{source}'").fetchall()
    written = [[(cell or "").replace("-", "") if at > 1 else cell for at, cell in enumerate(r)] for r in rows]
    report = desk.take(desk.write("NOC codes_JUL2024.csv", csv_text(NOC_TITLES, *written)))[0]
    assert (report.edition.rows, report.edition.rejected) == (159, {})
    first = {r[0]: (r[2], r[3]) for r in reversed(rows)}
    assert {r[0]: r[1:] for r in desk.rows(report, "code, effective::VARCHAR, deleted::VARCHAR")} == first
    texts = {code: " ".join(r[1] for r in rows if r[0] == code) for code in first}
    assert dict(desk.rows(report, "code, description")) == texts
