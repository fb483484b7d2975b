import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused, UsageError
from auditor.base.progress import RecordingProgress
from auditor.claims import ReadOptions, open_connection, read_claims, words
from auditor.claims.columns import LINE_COLUMNS, RARE_COLUMNS

WIDE = (
    "claim_id,line_no,payer_id,line_of_business,patient_id,birth_date,sex,claim_type,billing_npi,billing_tin,"
    "rendering_npi,rendering_specialty,facility_npi,pos,tob,frequency_code,original_ref,payer_icn,status,date_from,"
    "date_to,code,revenue_code,mod1,mod2,mod3,mod4,units,charge,allowed,paid,dx1,dx2,dx3,dx_ptr,paid_date,"
    "received_date,service_state,drg,admit_date,discharge_date,plan_id,prior_auth,discharge_status,px1,px2\n"
)


def test_every_field_lands_in_its_column(read):
    got = read(
        WIDE
        + "C1,1,PAYER,Medicare,P1,1950-02-03,female,P,1234567893,99,1987654328,08,,11,,1,,ICN1,paid,2024-07-01,,"
        "99213,,25,lt,,,1,100.50,80,64.25,E11.9,i10,,1:2,2024-08-01,2024-07-05,TX,,,,GOLD,A-77,1,,0dtj4zz\n"
    )
    names = [d[0] for d in got.con.execute("SELECT * FROM claim_line").description]
    assert sorted(names) == sorted(column.name for column in LINE_COLUMNS)
    row = dict(zip(names, got.rows("SELECT * FROM claim_line")[0], strict=True))
    assert row == {
        "line_id": 0, "state": "audited", "part": 0, "patient_key": 0, "provider_key": 0, "claim_key": 0,
        "code_key": 0,
        "claim_id": "C1", "line_no": 1, "payer_id": "PAYER", "line_of_business": "medicare", "patient_id": "P1",
        "birth_date": datetime.date(1950, 2, 3), "sex": "F", "claim_type": "professional",
        "setting": "practitioner", "provider_id": "1987654328", "billing_npi": "1234567893", "billing_tin": "99",
        "rendering_npi": "1987654328", "rendering_specialty": "08", "facility_npi": None, "pos": "11", "tob": None,
        "frequency_code": "1", "original_ref": None, "payer_icn": "ICN1", "status": "paid", "processing_ind": None,
        "date_from": datetime.date(2024, 7, 1), "date_to": datetime.date(2024, 7, 1), "code": "99213",
        "revenue_code": None, "modifiers": ["25", "LT"], "mods_truncated": False, "units": Decimal("1.000"),
        "charge": 10050, "allowed": 8000, "paid": 6425, "denied": False, "dx": ["E119", "I10"], "dx_ptr": [1, 2],
        "paid_date": datetime.date(2024, 8, 1), "received_date": datetime.date(2024, 7, 5), "service_state": "TX",
        "service_zip": None, "locality": None, "mac": None, "drg": None, "admit_date": None,
        "discharge_date": None, "plan_id": "GOLD", "prior_auth": "A-77", "discharge_status": "01",
        "procedures": ["0DTJ4ZZ"], "pointed_dx": ["E119", "I10"], "days": 1, "is_span": False,
        "given_patient_id": None, "version_note": None, "other_version": None, "other_version_date": None,
        "paid_allocated": False, "source_file": "file0.csv", "source_pos": 1,
        **{column.name: [] if column.sql_type == "VARCHAR[]" else None for column in RARE_COLUMNS},
    }  # fmt: skip


def test_column_types_are_those_documented(read, table):
    got = read(table("C,1,P,2024-07-01,99213,1,1,1"))
    kinds = {row[0]: row[1] for row in got.rows("DESCRIBE claim_line")}
    assert kinds == {column.name: column.sql_type for column in LINE_COLUMNS}


def test_fields_of_the_feed_are_those_with_a_column(read, table):
    feed = read(table("C,1,P,2024-07-01,99213,1,1,1,25", more="mod1")).feed
    assert {"modifiers", "mod1", "code"} <= feed.fields
    assert not {"rendering_npi", "dx", "allowed", "denied", "pointed_dx", "provider_id"} & feed.fields
    assert feed.modifier_columns == 1
    assert feed.line_of_business_defaulted


@pytest.mark.slow
def test_few_modifier_columns_mark_every_line_as_truncated(read, table):
    assert read(table("C,1,P,2024-07-01,99213,1,1,1,25", more="mod1")).column(
        "SELECT mods_truncated FROM claim_line"
    ) == [True]
    combined = read(table("C,1,P,2024-07-01,99213,1,1,1,25", more="modifiers"))
    assert combined.column("SELECT mods_truncated FROM claim_line") == [False]


def test_payment_method_says_when_no_payment_is_given(read):
    got = read("claim_id,line_no,patient_id,date_from,code,units,charge\nC,1,P,2024-07-01,99213,1,5\n")
    assert got.feed.payment_method == "none"
    assert got.rows("SELECT charge, paid FROM claim_line") == [(500, None)]


def test_default_line_of_business_and_payer_fill_blanks_only(read, table):
    text = table(
        "C,1,P,2024-07-01,99213,1,1,1,,", "D,1,P,2024-07-01,99213,1,1,1,Medicaid,X", more="lob,payer_id"
    )
    got = read(text, line_of_business="commercial", payer_id="ACME")
    assert got.rows("SELECT line_of_business, payer_id FROM claim_line ORDER BY line_id") == [
        ("commercial", "ACME"),
        ("medicaid", "X"),
    ]
    assert got.feed.line_of_business_defaulted


def test_an_unknown_line_of_business_becomes_other_and_is_noted(read, table):
    got = read(table("C,1,P,2024-07-01,99213,1,1,1,Zed", more="lob"))
    assert got.column("SELECT line_of_business FROM claim_line") == ["other"]
    assert any("taken as other" in note for note in got.feed.notes)


def test_obvious_words_for_a_line_of_business_are_taken(read, table):
    words = {
        "Medicare Part B": "medicare", "MEDICARE_FFS": "medicare", "medicare-ffs": "medicare", "Part A": "medicare",
        "MA": "medicare_advantage", "Medicare Advantage": "medicare_advantage", "Part C": "medicare_advantage",
        "Medicaid MCO": "medicaid", "Medi-Cal": "medicaid", "Commercial_PPO": "commercial", "Tricare": "other",
    }  # fmt: skip
    rows = [f"C{at},1,P,2024-07-01,99213,1,1,1,{word}" for at, word in enumerate(words)]
    got = read(table(*rows, more="lob"))
    assert got.column("SELECT line_of_business FROM claim_line ORDER BY line_id") == list(words.values())


def test_the_page_on_claims_files_lists_every_word_that_is_taken():
    page = (Path(__file__).parents[2] / "docs" / "claims_file.md").read_text(encoding="utf-8")
    for word, listed in words.LOB_WORDS.items():
        assert f"| `{word}` | {listed} |" in page


def test_several_files_are_numbered_on_and_keep_their_places(read, table):
    got = read(
        table("A,1,P,2024-07-01,99213,1,1,1", "A,2,P,2024-07-01,99214,1,1,1"),
        "line_no,claim_id,member_id,dos,cpt,qty,plan_paid\n1,B,Q,7/2/2024,99215,2,$3.50\n",
    )
    assert got.rows(
        "SELECT line_id, claim_id, source_file, source_pos, paid FROM claim_line ORDER BY line_id"
    ) == [
        (0, "A", "file0.csv", 1, 100),
        (1, "A", "file0.csv", 2, 100),
        (2, "B", "file1.csv", 1, 350),
    ]
    assert [file.rows for file in got.feed.files] == [2, 1]


def test_a_file_given_twice_counts_once_and_is_noted(read, table):
    text = table("A,1,P,2024-07-01,99213,1,1,1")
    got = read(text, text)
    assert got.tie.rows_read == 1
    assert len(got.feed.files) == 1
    assert any("not read again" in note for note in got.feed.notes)


def test_reading_again_in_the_same_connection_starts_afresh(tmp_path, table):
    path = tmp_path / "a.csv"
    path.write_text(table("A,1,P,2024-07-01,99213,1,1,1"))
    con = open_connection("1GB", 1, tmp_path / "spill")
    read_claims(con, [path])
    read_claims(con, [path])
    assert con.execute("SELECT count(*) FROM claim_line").fetchone() == (1,)


def test_only_the_documented_tables_remain(read, table):
    got = read(table("A,1,P,2024-07-01,99213,1,1,1"))
    names = set(got.column("SELECT table_name FROM information_schema.tables"))
    side = {
        "line_withheld",
        "line_reversed",
        "claim_shared",
        "claim_remark",
        "claim_code",
        "claim_npi",
        "claim_patient",
    }
    told = {
        "set_aside",
        "superseded",
        "claim_intake",
        "claim_diagnostic",
        "claim_joined",
        "remittance_unmatched",
    }
    assert names == {"claim_row", "claim_column", "claim_line", "claim", "claim_dx"} | told | side


def test_parts_follow_patients_and_default_to_one(read, table):
    rows = [f"C{n},1,P{n % 7},2024-07-01,99213,1,1,1" for n in range(50)]
    assert read(table(*rows)).feed.partitions == 1
    got = read(table(*rows), partitions=3)
    assert got.feed.partitions == 3
    assert set(got.column("SELECT DISTINCT part FROM claim_line")) <= {0, 1, 2}
    assert got.column(
        "SELECT max(n) FROM (SELECT count(DISTINCT part) AS n FROM claim_line GROUP BY patient_id)"
    ) == [1]


def test_keys_are_dense_and_by_first_appearance(read, table):
    got = read(
        table("B,1,Z,2024-07-01,99213,1,1,1", "A,1,Y,2024-07-01,99213,1,1,1", "B,2,Z,2024-07-01,99213,1,1,1")
    )
    assert got.rows("SELECT patient_key, claim_key FROM claim_line ORDER BY line_id") == [
        (0, 0),
        (1, 1),
        (0, 0),
    ]


def test_progress_counts_the_rows(tmp_path, table):
    path = tmp_path / "a.csv"
    path.write_text(table("A,1,P,2024-07-01,99213,1,1,1", "A,2,P,2024-07-01,99213,1,1,1"))
    progress = RecordingProgress()
    read_claims(open_connection("1GB", 1, tmp_path / "spill"), [path], ReadOptions(), progress)
    assert [(stage["name"], stage["rows"]) for stage in progress.records] == [
        ("read claims", 2),
        ("lay out claims", 2),
    ]


def test_nothing_stays_in_the_temporary_folder(tmp_path, table):
    path = tmp_path / "a.csv"
    path.write_bytes(table("A,1,P,2024-07-01,99213,1,1,1").encode("utf-16"))
    read_claims(open_connection("1GB", 1, tmp_path / "spill"), [path])
    assert list((tmp_path / "spill").iterdir()) == []


@pytest.mark.parametrize(
    "options",
    [
        {"line_of_business": "martian"},
        {"partitions": 0},
        {"format": "clay"},
        {"column_map": {"moon": "code"}},
    ],
)
def test_senseless_options_are_usage_errors(read, table, options):
    with pytest.raises(UsageError):
        read(table("A,1,P,2024-07-01,99213,1,1,1"), **options)


def test_no_file_at_all_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError):
        read_claims(open_connection("1GB", 1, tmp_path), [])


def test_a_header_without_lines_is_refused_unless_another_file_has_some(read, table):
    with pytest.raises(InputRefused, match="no claim lines"):
        read(table())
    got = read(table(), table("A,1,P,2024-07-01,99213,1,1,1"))
    assert got.tie.rows_read == 1


def test_tuva_sample_loses_nothing(read, shared_data: Path):
    import csv

    path = shared_data / "claims/tuva_seed/medical_claim_seed.csv"
    got = read(path)
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert got.feed.files[0].format == "tuva"
    assert got.tie.rows_read == len(rows) == 2075
    assert got.tie.paid_in == sum(round(Decimal(row["paid_amount"] or 0) * 100) for row in rows)
    assert got.tie.charge_in == sum(round(Decimal(row["charge_amount"] or 0) * 100) for row in rows)
    no_code = sum(1 for row in rows if not row["hcpcs_code"] and not row["revenue_center_code"])
    assert got.tie.lines_set_aside == no_code
    assert set(got.column("SELECT reason_code FROM set_aside")) == {"code_missing"}
    by_place = dict(enumerate(rows, start=1))
    for pos, claim, mods, dx, day in got.rows(
        "SELECT source_pos, claim_id, modifiers, dx, date_from::VARCHAR FROM claim_line"
    ):
        row = by_place[pos]
        assert claim == row["claim_id"]
        assert mods == [row[f"hcpcs_modifier_{n}"] for n in range(1, 6) if row[f"hcpcs_modifier_{n}"]]
        assert dx == [row[f"diagnosis_code_{n}"] for n in range(1, 26) if row[f"diagnosis_code_{n}"]]
        assert day == (row["claim_line_start_date"] or row["claim_start_date"])
    assert got.column("SELECT count(*) FROM claim_line WHERE tob = '13I' AND frequency_code = 'I'") == [8]


def test_a_file_name_with_signs_of_a_pattern(read, table, tmp_path):
    path = tmp_path / "claims [2024]*'s.csv"
    path.write_text(table("A,1,P,2024-07-01,99213,1,1,1"))
    assert read(path).column("SELECT source_file FROM claim_line") == ["claims [2024]*'s.csv"]


def test_it_is_said_first_when_nothing_or_little_of_a_file_can_be_audited(read, table):
    rows = [f"C{n},1,P,2024-07-01,99213,1,10,8O.00" for n in range(3)]
    nothing = read(table(*rows))
    assert nothing.feed.notes[0] == (
        "NO LINE WAS AUDITED: of 3 rows, 3 are set aside; the most frequent reason is: paid is not a number. "
        "This is no clean result"
    )
    little = read(table(*rows, "D,1,P,2024-07-01,99213,1,10,8"))
    assert little.feed.notes[0].startswith("MORE THAN HALF of the 4 rows are set aside")


def test_reasons_that_name_other_rows_are_one_reason_when_the_most_frequent_is_told(read, table):
    used = [f"{claim},1,P,2024-07-01,99213,1,10,{paid}" for claim in "ABC" for paid in (8, 9)]
    unread = [f"{claim},1,P,2024-07-01,99213,1,10,8O.00" for claim in "DE"]
    assert read(table(*used, *unread)).feed.notes[0].endswith(" used by an earlier row")
