"""Synthea's CSV export: a ledger of transactions, and the tables beside it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.claims.refusals import NotClaims

pytestmark = pytest.mark.slow  # a layout of samples; each case reads files of its own

HEADER = (
    "ID,CLAIMID,CHARGEID,PATIENTID,TYPE,AMOUNT,METHOD,FROMDATE,TODATE,PLACEOFSERVICE,PROCEDURECODE,MODIFIER1,MODIFIER2,"
    "DIAGNOSISREF1,DIAGNOSISREF2,DIAGNOSISREF3,DIAGNOSISREF4,UNITS,DEPARTMENTID,NOTES,UNITAMOUNT,TRANSFEROUTID,"
    "TRANSFERTYPE,PAYMENTS,ADJUSTMENTS,TRANSFERS,OUTSTANDING,APPOINTMENTID,LINENOTE,PATIENTINSURANCEID,FEESCHEDULEID,"
    "PROVIDERID,SUPERVISINGPROVIDERID"
).split(",")
CLAIMS = (
    "Id,PATIENTID,PROVIDERID,PRIMARYPATIENTINSURANCEID,DEPARTMENTID,STATUS1,HEALTHCARECLAIMTYPEID1\n"
    "c1,p1,d,i1,1,CLOSED,1\nc2,p1,d,i2,1,BILLED,1\nc3,p1,d,0,1,CLOSED,1\n"
)
PATIENTS = "Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,GENDER,HEALTHCARE_EXPENSES\np1,1950-02-03,,x,,,F,1\n"
PAYERS = (
    "Id,NAME,STATE_HEADQUARTERED,AMOUNT_COVERED,AMOUNT_UNCOVERED,MEMBER_MONTHS\n"
    "i1,Medicaid,MD,1,1,1\ni2,A Plan,MA,1,1,1\n"
)


def row(number, kind, claim="c1", code="G0444", **more):
    values = {
        "ID": f"t{number}", "CLAIMID": claim, "CHARGEID": str(number), "PATIENTID": "p1", "TYPE": kind,
        "FROMDATE": "2024-03-05T16:17:47Z", "TODATE": "2024-03-05T16:32:47Z", "PROCEDURECODE": code, "UNITS": "1",
    }  # fmt: skip
    values |= {name.upper(): value for name, value in more.items()}
    return ",".join(str(values.get(name, "")) for name in HEADER)


def ledger(*rows):
    return "\n".join([",".join(HEADER), *rows]) + "\n"


def test_a_charge_is_a_line_and_the_rows_up_to_the_next_are_its_money(read):
    got = read(
        ledger(
            # Rows of a claim need not stand in the order of their numbers.
            row(6, "PAYMENT", method="ECHECK", payments="16.62"),
            row(1, "CHARGE", amount="77.49", transfertype="1"),
            row(2, "PAYMENT", method="COPAY", payments="60.00"),
            row(3, "PAYMENT", method="ECHECK", payments="16.62"),
            row(4, "TRANSFEROUT", transfers="0.87"),
            row(5, "CHARGE", amount="129.16", transfertype="1", code="G0438", modifier1="33"),
            row(7, "TRANSFERIN", amount="112.54", transfertype="p"),
            row(8, "PAYMENT", method="CHECK", payments="112.54"),
        )
    )
    assert got.rows(
        "SELECT line_no, code, modifiers, charge, paid, patient_resp, date_from::VARCHAR, source_pos "
        "FROM claim_line ORDER BY line_no"
    ) == [
        (1, "G0444", [], 7749, 1662, 6000, "2024-03-05", 2),
        (2, "G0438", ["33"], 12916, 1662, 11254, "2024-03-05", 6),
    ]
    assert (got.tie.rows_read, got.tie.lines_read, got.tie.paid_in) == (8, 2, 3324)
    assert any(
        "(2 CHARGE, 4 PAYMENT, 0 ADJUSTMENT, 1 TRANSFERIN, 1 TRANSFEROUT)" in note for note in got.feed.notes
    )
    assert any("payers paid $33.24 of the charges and patients $172.54" in note for note in got.feed.notes)
    assert got.feed.modifier_columns == 2


def test_codes_of_snomed_rxnorm_and_cvx_are_set_aside_with_their_dollars(read):
    rows = []
    for number, code in enumerate(["185345009", "10582", "08", "140"]):
        rows.append(row(3 * number, "CHARGE", amount="77.49", transfertype="1", code=code))
        rows.append(row(3 * number + 1, "PAYMENT", method="ECHECK", payments="10.00", code=code))
    got = read(ledger(*rows))
    assert got.rows(
        "SELECT reason_code, claim_id, line_no, charge, paid FROM set_aside ORDER BY line_no"
    ) == [("code_other_system", "c1", str(number), 7749, 1000) for number in (1, 2, 3, 4)]
    assert got.feed.notes[0].startswith("NO LINE WAS AUDITED")


def test_money_before_every_charge_and_unknown_types_are_set_aside(read):
    got = read(
        ledger(
            row(1, "PAYMENT", claim="c2", method="ECHECK", payments="5.00"),
            row(2, "CHARGE", claim="c2", amount="10.00", transfertype="1"),
            row(3, "REFUND", claim="c2", amount="4.00"),
            row(4, "", claim="c2", payments="3.00"),
        )
    )
    assert got.rows("SELECT reason_code, charge, paid FROM set_aside ORDER BY source_pos") == [
        ("transaction_without_charge", None, 500),
        ("transaction_unknown", 400, None),
        ("transaction_unknown", None, 300),
    ]
    assert got.tie.lines_audited == 1


def test_a_payment_that_is_no_number_sets_its_charge_aside(read):
    got = read(
        ledger(
            row(1, "CHARGE", amount="10.00", transfertype="1"),
            row(2, "PAYMENT", method="ECHECK", payments="4.00"),
            row(3, "PAYMENT", method="ECHECK", payments="4.O0"),
        )
    )
    assert got.aside() == [(1, "paid is not a number")]


def test_a_row_of_too_few_values_is_set_aside_and_the_rest_is_read(read):
    got = read(
        ledger(row(1, "CHARGE", amount="10.00"), "t2,c1,2", row(3, "PAYMENT", method="CASH", payments="1"))
    )
    assert [place for place, _ in got.aside()] == [2]
    assert got.column("SELECT patient_resp FROM claim_line") == [100]
    assert got.tie.rows_read == 3


def test_claims_patients_and_payers_beside_are_joined(read):
    rows = [row(n, "CHARGE", claim=f"c{n}", amount="10.00") for n in (1, 2, 3, 4)]
    got = read(PAYERS, ledger(*rows), CLAIMS, PATIENTS)
    assert got.rows(
        "SELECT claim_id, payer_id, payer_name, line_of_business, claim_type, status, birth_date::VARCHAR, sex "
        "FROM claim_line ORDER BY line_id"
    ) == [
        ("c1", "i1", "Medicaid", "medicaid", "professional", "paid", "1950-02-03", "F"),
        ("c2", "i2", "A Plan", "commercial", "professional", "pending", "1950-02-03", "F"),
        ("c3", None, None, "other", "professional", "paid", "1950-02-03", "F"),
        ("c4", None, None, "other", "professional", None, "1950-02-03", "F"),
    ]
    assert {file.part for file in got.feed.files} == {"claims", "claim headers", "patients", "payers"}


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (
            "Id,START,STOP,PATIENT,ORGANIZATION,PROVIDER,PAYER,ENCOUNTERCLASS,TOTAL_CLAIM_COST",
            "table of encounters",
        ),
        ("DATE,PATIENT,ENCOUNTER,CODE,DESCRIPTION,QUANTITY", "table of supplies"),
        ("START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION", "table of conditions"),
    ],
)
def test_other_tables_are_refused_by_name(read, header, says):
    with pytest.raises(NotClaims, match=says):
        read(header + "\n" + ",".join("x" for _ in header.split(",")) + "\n")


def test_tables_beside_claims_are_no_claims_by_themselves(read):
    with pytest.raises(InputRefused, match="none of the files holds claims"):
        read(PATIENTS)


def test_somebodys_own_table_with_the_same_words_and_more_is_not_taken_for_one_of_read(read):
    header = "patient,encounter,start,stop,code,description,claim_id,line_no,date_from,units,paid"
    got = read(header + "\nP,E,,,99213,x,C,1,2024-03-05,1,10\n")
    assert got.feed.files[0].format == "csv"


def _plain(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.slow
def test_the_sample_is_accounted_for_to_the_row_and_cent(read, shared_data):
    folder = shared_data / "claims" / "synthea_dbt"
    rows = _plain(folder / "synthea__claims_transactions.csv")
    got = read(folder / "synthea__claims_transactions.csv")
    charges = [one for one in rows if one["TYPE"] == "CHARGE"]
    by_payer = [one for one in rows if one["TYPE"] == "PAYMENT" and one["METHOD"] == "ECHECK"]
    assert (got.tie.rows_read, got.tie.lines_read) == (len(rows), len(charges)) == (5228, 1545)
    assert got.tie.charge_in == sum(round(float(one["AMOUNT"]) * 100) for one in charges)
    assert got.tie.paid_in == sum(round(float(one["PAYMENTS"]) * 100) for one in by_payer)
    assert got.tie.lines_set_aside == 1545


@pytest.mark.slow
def test_every_table_of_the_sample_is_read_beside_or_refused_by_name(read, shared_data):
    folder = shared_data / "claims" / "synthea_dbt"
    got = read(folder)
    parts = {file.name.removeprefix("synthea__").removesuffix(".csv"): file.part for file in got.feed.files}
    del parts["LICENSE"]
    assert parts["claims_transactions"] == "claims"
    assert [parts[name] for name in ("claims", "patients", "payers")] == [
        "claim headers",
        "patients",
        "payers",
    ]
    others = {name for name, part in parts.items() if part == "passed over"}
    assert len(others) == 14
    reasons = [file.why for file in got.feed.files if file.part == "passed over" and file.name != "LICENSE"]
    assert all("Synthea's table of" in reason for reason in reasons)
