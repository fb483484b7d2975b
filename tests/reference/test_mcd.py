"""Files of the Medicare Coverage Database: recognised, read row by row, dated. Downloads: test_mcd_downloads.py."""

import datetime as dt

import pytest

from auditor.base.errors import InputRefused
from auditor.reference import Library
from auditor.reference.importers import IMPORTERS
from auditor.reference.importers.mcd import IMPORTER
from tests.reference.mcd_samples import (
    CHANGED,
    LCD,
    TABLES,
    TITLES,
    article,
    code,
    contractor,
    day,
    lcd,
    ncd,
    one,
    peek,
    text,
)


def test_the_sample_titles_cover_every_stored_file():
    assert set(TITLES) == set(TABLES)


@pytest.mark.parametrize("name", TITLES)
def test_a_file_is_known_by_its_titles_and_by_no_other_importer(name):
    known = [(type(importer).__name__, importer.recognise(peek(text(name)))) for importer in IMPORTERS]
    assert [(who, found.variant) for who, found in known if found] == [("McdImporter", name)]


@pytest.mark.parametrize(
    "titles",
    [
        "article_id,article_version,code_table_row,hcpc_code_id,hcpc_code_version,brand_name,eff_date,last_updated",
        "state_id,region_id",
        "article_type_id,description,last_updated",
        "contractor_id,contractor_type_id,contractor_version,region_id,last_updated",
        "lcd_id,lcd_version,state_id,region_id,last_updated",
        "period_id,begin_date,dis_end_date",
        "NCD_id,NCD_vrsn_num,bnft_ctgry_cd,creatd_tmstmp,last_updt_tmstmp",
        "33312,37,2,A person,letters/a.pdf,20480,1,2020-01-01 00:00:00",
        "",
    ],
)
def test_other_files_of_the_archives_are_not_taken_for_stored_ones(titles):
    assert IMPORTER.recognise(peek(f"{titles}\r\n1,2,3,4,5,6,7,8\r\n".encode())) is None


@pytest.mark.parametrize(
    ("cells", "effective", "deleted"),
    [
        ({}, "2024-01-01", None),
        ({"rev_eff_date": ""}, "2015-10-01", None),
        ({"rev_eff_date": "1900-01-01 00:00:00"}, "2015-10-01", None),
        ({"rev_end_date": "2024-06-30 00:00:00"}, "2024-01-01", "2024-06-30"),
        ({"rev_end_date": "1900-01-01 00:00:00"}, "2024-01-01", None),
        ({"rev_end_date": "9999-12-31 00:00:00"}, "2024-01-01", None),
        ({"ent_det_end_date": "2024-05-31", "rev_end_date": "2024-06-30"}, "2024-01-01", "2024-05-31"),
        ({"date_retired": "2024-07-02 10:28:38.47"}, "2024-01-01", "2024-07-02"),
        (
            {"date_retired": "2024-05-02 10:28:38", "ent_det_end_date": "2024-06-30 00:00:00", "status": "R"},
            "2024-01-01",
            "2024-06-30",
        ),
        ({"status": "R"}, "2024-01-01", "2025-06-20"),
    ],
)
def test_an_lcd_is_in_force_between_its_own_dates(desk, cells, effective, deleted):
    report = one(desk, "lcd", lcd(**cells))
    assert desk.rows(report, "effective, deleted") == [(day(effective), day(deleted))]
    assert report.edition.valid_from == day(effective)


@pytest.mark.parametrize(
    ("cells", "effective", "deleted"),
    [
        ({}, "2024-01-01", None),
        ({"article_eff_date": ""}, "2023-12-01", None),
        (
            {"article_end_date": "2024-05-31", "article_rev_end_date": "2024-06-30"},
            "2024-01-01",
            "2024-05-31",
        ),
        ({"article_rev_end_date": "2024-04-30 00:00:00.000"}, "2024-01-01", "2024-04-30"),
        ({"date_retired": "2024-07-02"}, "2024-01-01", "2024-07-02"),
    ],
)
def test_an_article_is_in_force_between_its_own_dates(desk, cells, effective, deleted):
    report = one(desk, "article", article(**cells))
    assert desk.rows(report, "effective, deleted") == [(day(effective), day(deleted))]


def test_a_termination_before_the_effective_day_is_that_of_the_version_before(desk):
    rows = [
        ncd(NCD_trmntn_dt="2021-01-01 00:00:00", NCD_mnl_sect_title="Made up - RETIRED"),
        ncd(NCD_id="21", NCD_trmntn_dt="2024-03-31 00:00:00"),
        ncd(NCD_id="22"),
    ]
    report = one(desk, "ncd_trkg", *rows)
    assert report.edition.table == "mcd_ncd"
    assert desk.rows(report, "ncd_id, deleted") == [("20", None), ("21", dt.date(2024, 3, 31)), ("22", None)]
    counts = report.edition.counts
    assert (counts["terminated"], counts["retired_titles"], counts["termination_before_effective"]) == (
        1,
        1,
        1,
    )
    assert len(report.edition.remarks) == 2


def test_a_contractor_serves_a_state_between_its_own_dates(desk):
    triple = {"contractor_id": "139", "contractor_type_id": "10", "contractor_version": "2", "state_id": "2"}
    rows = [
        {**triple, "active_date": "1900-01-01 00:00:00", "term_date": "2009-07-31 00:00:00"},
        {**triple, "active_date": "2012-10-22 00:00:00"},
    ]
    report = one(desk, "contractor_jurisdiction", *rows)
    assert desk.rows(report, "effective, deleted", "active_date") == [
        (None, dt.date(2009, 7, 31)),
        (dt.date(2012, 10, 22), None),
    ]
    assert report.edition.remarks == ()
    assert report.edition.valid_from == dt.date(1900, 1, 1)


def test_proposed_documents_are_left_out_and_counted(desk):
    rows = [
        lcd(),
        lcd(lcd_id="1", status="P"),
        lcd(lcd_id="2", display_id="DL2"),
        lcd(lcd_id="3", status="R"),
    ]
    report = one(desk, "lcd", *rows)
    assert desk.rows(report, "lcd_id, display_id, status") == [("3", "L3", "R"), ("33312", "L33312", "A")]
    assert report.edition.counts == {
        "rows": 2, "active": 1, "retired": 1, "never_in_force": 0, "proposed_left_out": 2,
    }  # fmt: skip
    assert "2 proposed documents were left out" in report.edition.remarks[0]


def test_a_base_table_of_nothing_but_proposals_or_nothing_is_refused(desk):
    for rows in ([], [lcd(status="P")]):
        with pytest.raises(InputRefused, match="no row of Medicare Coverage Database, local coverage"):
            one(desk, "lcd", *rows)


def test_a_crosswalk_of_rejected_rows_only_is_refused(desk):
    with pytest.raises(InputRefused, match="1 of 1 rows have another shape"):
        one(desk, "lcd_x_hcpc_code", code("lcd", hcpc_code_id="100"))


def test_persons_addresses_and_texts_are_nowhere_in_the_library(desk):
    secret = "Nobody-In-Particular"
    held = {
        "address1": secret,
        "city": secret,
        "phone": secret,
        "email": secret,
        "cmd_name": secret,
        "url": secret,
    }
    report = one(desk, "contractor", contractor(**held))
    assert desk.rows(report, "contractor_bus_name, contractor_number") == [("A company", "01111")]
    one(desk, "lcd", lcd(indication=secret, bibliography=secret))
    kept = b"".join(path.read_bytes() for path in desk.library.rglob("*") if path.is_file())
    assert secret.encode() not in kept
    columns = [name for r in Library.open(desk.library).editions() for name in r.columns]
    assert not {"address1", "cmd_name", "email", "indication", "bibliography"} & set(columns)


@pytest.mark.parametrize("keep", [False, True])
def test_descriptors_are_dropped_unless_the_user_keeps_them(desk, keep):
    report = one(
        desk, "article_x_hcpc_code",
        code("article", hcpc_code_id="00100", long_description="an invented service", short_description="inv serv"),
        keep_descriptors=keep,
    )  # fmt: skip
    assert ("description" in report.edition.columns) is keep
    if keep:
        assert desk.rows(report, "hcpc_code_id, description") == [("00100", "an invented service")]


def test_diagnoses_lose_their_point_and_their_texts(desk):
    rows = [
        {"article_id": "1", "article_version": "2", "icd10_code_id": icd, "icd10_covered_group": group, "range": place,
         "description": "an invented disease", "asterisk": "N", "sort_order": "1"}
        for icd, group, place in
        (("M23.200", "1", "B"), ("M23.201", "1", "E"), ("C4A.0", "2", "N"), ("XX000", "3", "N"))
    ]  # fmt: skip
    report = one(desk, "article_x_icd10_covered", *rows)
    assert desk.rows(report, "icd10_code_id, icd10_covered_group", "2, 1") == [
        ("M23200", 1), ("M23201", 1), ("C4A0", 2), ("XX000", 3),
    ]  # fmt: skip
    assert report.edition.counts == {"rows": 4, "in_ranges": 2, "no_code": 1}
    assert "description" not in report.edition.columns


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
def test_paragraphs_keep_their_breaks_html_and_quotes_in_any_encoding(desk, encoding):
    paragraph = '<p>Group 1 <b>and</b> group 2\n"both" \N{EN DASH} or,\nelse none</p>'
    row = {"article_id": "1", "article_version": "2", "icd10_covered_group": "1", "paragraph": paragraph}
    other = {**row, "icd10_covered_group": "2", "paragraph": "x" * 200_000}
    name = "article_x_icd10_covered_group"
    report = desk.take(desk.write("groups.csv", text(name, row, other, encoding=encoding)))[0]
    assert desk.rows(report, "paragraph", "icd10_covered_group") == [(paragraph,), ("x" * 200_000,)]
    assert report.edition.counts == {"rows": 2, "with_paragraph": 2}


def test_links_that_lead_nowhere_are_null(desk):
    row = {"lcd_id": "1", "lcd_version": "2", "related_num": "1", "last_updated": CHANGED}
    report = one(desk, "lcd_related_ncd_documents", {**row, "r_ncd_id": "0", "r_ncd_version": "1"})
    assert desk.rows(report, "r_ncd_id") == [(None,)]
    assert report.edition.counts == {"rows": 1, "to_ncds": 0}
    rows = [{**row, "r_article_id": "5"}, {**row, "related_num": "2", "r_lcd_id": "7"}]
    report = one(desk, "lcd_related_documents", *rows)
    assert desk.rows(report, "r_article_id, r_lcd_id") == [("5", None), (None, "7")]
    assert report.edition.counts == {"rows": 2, "to_articles": 1, "to_lcds": 1}


@pytest.mark.parametrize(
    ("name", "row", "reason"),
    [
        ("lcd_x_hcpc_code", code("lcd", hcpc_code_id="100"), "hcpc code id has another shape than published"),
        (
            "lcd_x_hcpc_code",
            code("lcd", hcpc_code_id="1E+10"),
            "hcpc code id has another shape than published",
        ),
        ("lcd_x_hcpc_code", code("lcd", lcd_id=""), "lcd id is blank"),
        ("lcd_x_hcpc_code", code("lcd", lcd_version="3.7"), "lcd version is not a whole number"),
        ("lcd", lcd(rev_eff_date="2024-02-30 00:00:00"), "rev eff date is not a date"),
        ("lcd", lcd(rev_eff_date="01/01/2024"), "rev eff date has another shape than published"),
        ("lcd", lcd(status=""), "status is blank"),
        (
            "contractor",
            contractor(contractor_number="1111"),
            "contractor number has another shape than published",
        ),
    ],
)
def test_a_row_of_another_shape_is_rejected_with_its_line(desk, name, row, reason):
    sound = {"lcd": lcd, "contractor": contractor}.get(name, lambda: code("lcd"))()
    edition = one(desk, name, sound, row).edition
    assert edition.rejected == {reason: 1}
    assert edition.rejected_examples == ({"file": f"{name}.csv", "line": 3, "reason": reason},)


@pytest.mark.parametrize("tail", ["1,AK", "1,AK,Alaska,more"])
def test_a_row_with_other_cells_than_titles_is_rejected(desk, tail):
    content = text("state_lookup", {"state_id": "2", "state_abbrev": "AL", "description": "Alabama"})
    edition = desk.take(desk.write("s.csv", content + f"{tail}\r\n".encode()))[0].edition
    assert edition.rejected == {"not as many cells as titles": 1}


def test_an_unknown_column_or_a_missing_one_refuses_the_file(desk):
    for titles, told in (
        ([*LCD, "new_one"], "unknown newone"),
        (LCD[:5] + LCD[6:], "missing ent_det_end_date"),
    ):
        with pytest.raises(InputRefused, match=told):
            desk.take(desk.write("lcd.csv", text("lcd", titles=titles)))


def test_a_cut_file_is_refused(desk):
    content = text("article_x_hcpc_code_group", {"article_id": "1", "paragraph": "a\nb, c"})
    with pytest.raises(InputRefused, match="record that begins on line 2"):
        desk.take(desk.write("cut.csv", content[:-10]))


@pytest.mark.parametrize(
    ("rows", "fact"),
    [
        ([lcd(), lcd(title="Other")], "1 rows repeat the key of another row"),
        ([lcd(status="X")], "1 documents have a status other than"),
        ([lcd(last_updated="2205-01-01 00:00:00")], "1 rows were changed after today"),
        ([lcd(status="R", last_updated="")], "1 retired documents have neither an end"),
    ],
)
def test_a_suspicious_base_table_is_refused_unless_accepted(desk, rows, fact):
    with pytest.raises(InputRefused, match=fact):
        one(desk, "lcd", *rows)
    assert fact in one(desk, "lcd", *rows, accept=True).edition.accepted[0]


def test_a_day_to_come_is_not_the_day_of_publication(desk):
    rows = [lcd(), lcd(lcd_id="1", last_updated="2205-01-01 00:00:00")]
    assert one(desk, "lcd", *rows, accept=True).edition.edition == "2025-06-20"


def test_a_crosswalk_that_says_a_thing_twice_is_only_remarked(desk):
    edition = one(desk, "lcd_x_hcpc_code", code("lcd"), code("lcd")).edition
    assert (edition.rows, edition.census) == (2, {"rows_twice": 1})
    assert edition.remarks == ("1 rows repeat the key of another row",)


def test_a_document_that_ends_before_it_takes_effect_and_a_current_download_are_remarked(desk):
    edition = one(desk, "lcd", lcd(rev_end_date="2023-01-01")).edition
    assert "1 documents end before they take effect: they are never in force" in edition.remarks
    assert any("no retired document is in it" in remark for remark in edition.remarks)
