import datetime as dt

import pytest

from auditor.base.errors import UsageError
from auditor.reference import Library
from tests.reference.layouts import AOC_HEADER, COVERAGE_HEADER, PTP_ROWS, mue_text, ptp_text

OPEN = dt.date(9999, 12, 31)
Q3 = (dt.date(2024, 7, 1), dt.date(2024, 9, 30))
PTP = [
    ("45385", "45378", "", "19960101", "*", "0", "x"),
    ("45385", "45380", "", "20000101", "20101231", "0", "x"),
    ("45385", "45380", "", "20110101", "*", "1", "x"),
    ("45385", "99999", "", "20110101", "*", "1", "x"),
]


def day(text):
    return dt.date.fromisoformat(text)


def table(con, name, columns="*"):
    return con.execute(f"SELECT {columns} FROM {name} ORDER BY ALL").fetchall()


def aoc(rows):
    return "".join("\t".join(row) + "\r\n" for row in (AOC_HEADER, *rows))


def test_without_a_library_every_table_is_there_and_empty(desk):
    con, state = desk.attach(["99213"])
    names = ["ncci_ptp", "ncci_mue", "ncci_aoc", "ncci_aoc_code", "coverage", "coverage_policy", "answers"]
    assert [table(con, f"ref_{name}") for name in names] == [[]] * 7
    assert (state.tables, state.starter) == ((), False)


def test_only_rows_whose_two_codes_occur_are_taken(desk):
    desk.take(desk.write("ccipra-v302r0-f1.txt", ptp_text(PTP)))
    con, _ = desk.attach(["45385", "45380", "99213"])
    assert table(con, "ref_ncci_ptp", "* EXCLUDE (rationale)") == [
        (1, "2024Q3", "practitioner", "45385", "45380", day("2000-01-01"), day("2010-12-31"), "0"),
        (2, "2024Q3", "practitioner", "45385", "45380", day("2011-01-01"), OPEN, "1"),
    ]


def test_codes_may_come_from_another_relation(desk):
    desk.take(desk.write("ccipra-v302r0-f1.txt", ptp_text(PTP)))
    con, _ = desk.attach([])
    con.execute("CREATE TABLE mine AS SELECT unnest(['45385', '45378', NULL]) AS code")
    Library.open(desk.library).attach(con, codes_from="mine")
    assert table(con, "ref_ncci_ptp", "column_1, column_2") == [("45385", "45378")]


def test_hospital_rows_have_the_claim_lines_setting_and_row_numbers_are_unique(desk):
    desk.take(
        desk.write("ccipra-v302r0-f1.txt", ptp_text(PTP)), desk.write("ccioph-v302r0-f1.txt", ptp_text(PTP))
    )
    con, _ = desk.attach(["45385", "45380", "45378"])
    rows = table(con, "ref_ncci_ptp", "setting, row_no")
    assert {setting for setting, _ in rows} == {"practitioner", "outpatient_hospital"}
    assert len({number for _, number in rows}) == len(rows) == 6


def test_the_newest_ptp_edition_answers_from_its_first_row_to_the_end_of_its_quarter(desk):
    desk.take(desk.write("ccipra-v302r0-f1.txt", ptp_text(PTP)))
    desk.take(desk.write("ccipra-v301r0-f1.txt", ptp_text(PTP[:2])))
    con, state = desk.attach(["45385", "45380"])
    assert table(con, "ref_answers") == [
        ("ncci_ptp", "practitioner", day("1996-01-01"), day("2024-09-30"), "2024Q3")
    ]
    assert len(table(con, "ref_ncci_ptp")) == 2
    assert [used.edition for used in state.tables] == ["2024Q3"]


def test_as_of_a_day_only_what_had_been_published_answers(desk):
    desk.take(desk.write("ccipra-v301r0-f1.txt", ptp_text(PTP[:1])))
    desk.take(desk.write("ccipra-v302r0-f1.txt", ptp_text(PTP)))
    desk.take(desk.write("ccipra-v302r1-f1.txt", ptp_text(PTP[2:])), published=dt.date(2024, 8, 20))

    def seen(as_of):
        con, state = desk.attach(["45385", "45380", "45378"], as_of=as_of)
        return [used.edition for used in state.tables], len(table(con, "ref_ncci_ptp"))

    assert seen(dt.date(2024, 3, 31)) == ([], 0)
    assert seen(dt.date(2024, 4, 1)) == (["2024Q2"], 1)
    assert seen(dt.date(2024, 7, 1)) == (["2024Q3"], 3)
    assert seen(dt.date(2024, 8, 19)) == (["2024Q3"], 3)
    assert seen(dt.date(2024, 8, 20)) == (["2024Q3"], 1)
    assert seen(None) == (["2024Q3"], 1)


def test_a_late_replacement_of_an_older_quarter_does_not_hide_the_newer_quarter(desk):
    desk.take(desk.write("ccipra-v302r0-f1.txt", ptp_text(PTP)))
    desk.take(desk.write("ccipra-v301r1-f1.txt", ptp_text(PTP[:1])), published=dt.date(2024, 8, 20))
    assert [answer.edition.edition for answer in Library.open(desk.library).answers()] == ["2024Q3"]


@pytest.mark.parametrize("name", ["ncci_ptp", "ncci_ptp_practitioner"])
def test_ptp_is_carried_forward_only_by_name(desk, name):
    desk.take(desk.write("ccipra-v302r0-f1.txt", ptp_text(PTP)))
    con, state = desk.attach(["45385"], carry_forward=frozenset({name}))
    assert table(con, "ref_answers", "date_to") == [(OPEN,)]
    assert (state.tables[0].carried_forward, state.tables[0].valid_to) == (True, None)
    assert "carried forward" in state.notes[0]


def test_carrying_one_setting_leaves_the_other(desk):
    desk.take(
        desk.write("ccipra-v302r0-f1.txt", ptp_text(PTP)), desk.write("ccioph-v302r0-f1.txt", ptp_text(PTP))
    )
    con, _ = desk.attach([], carry_forward=frozenset({"ncci_ptp_hospital"}))
    assert table(con, "ref_answers", "setting, date_to") == [
        ("outpatient_hospital", OPEN),
        ("practitioner", day("2024-09-30")),
    ]


@pytest.mark.parametrize("name", ["ncci_mue", "ncci_mue_practitioner", "ncci_aoc", "coverage", "nonsense"])
def test_other_tables_are_not_carried_forward(desk, name):
    with pytest.raises(UsageError, match=f"--carry-forward {name}"):
        desk.attach([], carry_forward=frozenset({name}))


def test_mue_answers_by_quarter_each_with_its_newest_publication(desk):
    desk.take(desk.write("a_Eff_04-01-2024.csv", mue_text([("97110", 5, "3", "old")])))
    desk.take(desk.write("b_Eff_07-01-2024.csv", mue_text([("97110", 0, "2", "first")])))
    desk.take(
        desk.write("c_Eff_07-01-2024.csv", mue_text([("97110", 6, "3", "second")])),
        published=dt.date(2024, 8, 1),
    )
    con, state = desk.attach(["97110"])
    assert table(con, "ref_ncci_mue", '"value", mai, effective, deleted, rationale') == [
        (5, "3", day("2024-04-01"), day("2024-06-30"), "old"),
        (6, "3", *Q3, "second"),
    ]
    assert [answer[2:4] for answer in table(con, "ref_answers")] == [
        (day("2024-04-01"), day("2024-06-30")),
        Q3,
    ]
    assert len(state.tables) == 2
    con, _ = desk.attach(["97110"], as_of=dt.date(2024, 7, 31))
    assert table(con, "ref_ncci_mue", '"value", rationale') == [(0, "first"), (5, "old")]


def test_mue_settings_are_those_of_claim_lines(desk):
    for setting in ("practitioner", "hospital", "dme"):
        desk.take(
            desk.write(f"{setting}_Eff_07-01-2024.csv", mue_text([("97110", 6, "3", "")], setting=setting))
        )
    con, _ = desk.attach(["97110"])
    assert {row[0] for row in table(con, "ref_ncci_mue", "setting")} == {
        "practitioner",
        "outpatient_hospital",
        "dme",
    }


def test_an_add_on_edit_ends_with_the_earliest_of_its_three_deletions(desk):
    rows = [
        ("1", "11045", "2024100", "11042", "2023100", "2011001", "2024050", ""),
        ("1", "11045", "", "11043", "", "2011001", "2024050", ""),
        ("1", "11045", "2024100", "11044", "", "2011001", "", ""),
        ("1", "11045", "", "97597", "", "2011001", "", ""),
        ("2", "76937", "", "CCCCC", "", "2011001", "", ""),
    ]
    desk.take(desk.write("AOC_V2024Q2.txt", aoc(rows)))
    con, _ = desk.attach(["11045", "11042", "11043", "11044", "76937"])
    assert table(con, "ref_ncci_aoc", "addon, primary_code, deleted") == [
        ("11045", "11042", day("2023-04-10")),
        ("11045", "11043", day("2024-02-19")),
        ("11045", "11044", day("2024-04-09")),
        ("76937", "CCCCC", OPEN),
    ]
    assert table(con, "ref_answers") == [("ncci_aoc", "*", day("2011-01-01"), OPEN, "2024Q2")]


def test_a_file_without_any_deleted_add_on_edit_tells_nothing_of_earlier_quarters(desk):
    """Such a copy lacks the primaries that were acceptable once (77063 with G0202 until 2017)."""
    desk.take(desk.write("AOC_V2024Q2.txt", aoc([("1", "77063", "", "77067", "", "1996001", "", "")])))
    con, state = desk.attach(["77063", "77067"])
    assert table(con, "ref_answers") == [("ncci_aoc", "*", day("2024-04-01"), OPEN, "2024Q2")]
    assert any("no row has a deletion date" in note for used in state.tables for note in used.notes)


def test_an_add_ons_intervals_are_united_and_gaps_stay(desk):
    rows = [
        ("1", "11045", "", "11042", "", "2011001", "2011100", ""),
        ("1", "11045", "", "11043", "", "2011050", "2011120", ""),
        ("1", "11045", "", "11044", "", "2011121", "2011200", ""),
        ("1", "11045", "", "97597", "", "2012001", "2012010", ""),
        ("1", "11045", "", "97598", "", "2012005", "2012006", ""),
        ("1", "11045", "", "97602", "", "2012012", "", ""),
        ("1", "11045", "", "97605", "", "2010100", "2010001", ""),
        ("1", "11046", "", "11043", "", "2011001", "", ""),
    ]
    desk.take(desk.write("AOC_V2024Q2.txt", aoc(rows)))
    con, _ = desk.attach(["11045"])
    assert table(con, "ref_ncci_aoc_code", "addon, edit_type, effective, deleted") == [
        ("11045", "1", day("2011-01-01"), day("2011-07-19")),
        ("11045", "1", day("2012-01-01"), day("2012-01-10")),
        ("11045", "1", day("2012-01-12"), OPEN),
    ]
    assert table(con, "ref_ncci_aoc") == []


COVERED = [
    "71271,Z87.891,,1,any,*,2022-02-10,,NCD 210.14,2,Y",
    "71271,F17.210,,1,any,*,2022-02-10,,NCD 210.14,2,Y",
    "G0476,Z11.51,,1,all,*,2015-10-01,2024-12-31,NCD 210.2.1,1,N",
    "G0476,Z01.411,Z01.419,2,all,*,2015-10-01,2024-12-31,NCD 210.2.1,1,N",
    "82306,E55,E55,1,any,15102,2023-08-03,,A56798,R31,N",
]


def coverage(desk, name, rows, published="2024-01-01"):
    text = "\n".join((COVERAGE_HEADER, *rows)) + "\n"
    return desk.take(desk.write(name, text), published=day(published))[0]


def test_coverage_rows_hang_on_dense_policy_keys(desk):
    coverage(desk, "mine.csv", COVERED)
    con, _ = desk.attach(["71271", "G0476"])
    rows = "policy_key, code, dx_from, dx_to, dx_group, exhaustive, effective, deleted"
    assert table(con, "ref_coverage", rows) == [
        (1, "71271", "F17210", None, 1, True, day("2022-02-10"), OPEN),
        (1, "71271", "Z87891", None, 1, True, day("2022-02-10"), OPEN),
        (2, "G0476", "Z01411", "Z01419", 2, False, day("2015-10-01"), day("2024-12-31")),
        (2, "G0476", "Z1151", None, 1, False, day("2015-10-01"), day("2024-12-31")),
    ]
    policies = "policy_key, article, version, code, jurisdiction, requires, exhaustive, groups"
    assert table(con, "ref_coverage_policy", policies) == [
        (1, "NCD 210.14", "2", "71271", "*", "any", True, 1),
        (2, "NCD 210.2.1", "1", "G0476", "*", "all", False, 2),
    ]


def test_a_later_publication_replaces_its_articles_whole_and_keeps_the_others(desk):
    coverage(desk, "first.csv", COVERED)
    coverage(
        desk, "second.csv", ["71271,Z87.891,,1,any,*,2024-03-01,,NCD 210.14,3,Y"], published="2024-06-01"
    )
    con, _ = desk.attach(["71271", "82306"])
    assert table(con, "ref_coverage_policy", "article, version") == [("A56798", "R31"), ("NCD 210.14", "3")]
    con, _ = desk.attach(["71271", "82306"], as_of=dt.date(2024, 5, 31))
    assert table(con, "ref_coverage_policy", "article, version") == [("A56798", "R31"), ("NCD 210.14", "2")]


def test_the_register_tells_files_notes_and_what_was_accepted(desk):
    row = ("45385", "45380", "", "20240101", "20230101", "0", "x")
    path = desk.write("ccipra-v302r0-f1.txt", ptp_text([*PTP_ROWS, row]))
    edition = desk.take(path, accept=True, notes=["effective dates reconstructed"])[0].edition
    _, state = desk.attach([])
    used = state.tables[0]
    assert used.files == ({"name": path.name, "sha256": edition.files[0].sha256},)
    assert used.notes[0] == "effective dates reconstructed"
    assert "effective date is after" in used.notes[1]
    assert (used.table, used.rows, used.layout, used.published) == (
        "ncci_ptp_practitioner",
        5,
        "text",
        "2024-07-01",
    )


def test_attaching_again_replaces_what_was_there(desk):
    desk.take(desk.write("ccipra-v302r0-f1.txt", ptp_text(PTP)))
    con, _ = desk.attach(["45385", "45380", "45378"])
    Library.starter().attach(con)
    editions = con.execute("SELECT DISTINCT setting, column_1 FROM ref_ncci_ptp ORDER BY ALL").fetchall()
    assert ("outpatient_hospital", "45385") in editions
    left = [name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
    assert [name for name in left if name.startswith("_")] == []
