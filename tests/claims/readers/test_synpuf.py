"""DE-SynPUF: lines side by side in a claim's row, codes with one payment, persons in a file a year."""

from __future__ import annotations

import pytest

from auditor.base.errors import InputRefused

CARRIER = (
    "DESYNPUF_ID", "CLM_ID", "CLM_FROM_DT", "CLM_THRU_DT", "ICD9_DGNS_CD_1", "ICD9_DGNS_CD_2",
    *(f"{name}_{n}" for name in ("PRF_PHYSN_NPI", "TAX_NUM", "HCPCS_CD", "LINE_NCH_PMT_AMT", "LINE_BENE_PTB_DDCTBL_AMT",
                                 "LINE_BENE_PRMRY_PYR_PD_AMT", "LINE_COINSRNC_AMT", "LINE_ALOWD_CHRG_AMT",
                                 "LINE_PRCSG_IND_CD", "LINE_ICD9_DGNS_CD") for n in (1, 2, 3)),
)  # fmt: skip
OUTPATIENT = (
    "DESYNPUF_ID", "CLM_ID", "SEGMENT", "CLM_FROM_DT", "CLM_THRU_DT", "PRVDR_NUM", "CLM_PMT_AMT", "AT_PHYSN_NPI",
    "OP_PHYSN_NPI", "ICD9_DGNS_CD_1", "ADMTNG_ICD9_DGNS_CD", "HCPCS_CD_1", "HCPCS_CD_2", "HCPCS_CD_3",
)  # fmt: skip
CLAIM = {"DESYNPUF_ID": "00A", "CLM_ID": "11", "CLM_FROM_DT": "20080229", "CLM_THRU_DT": "20080301"}


def csv(columns: tuple[str, ...], *rows: dict[str, str]) -> str:
    lines = [",".join(f'"{name}"' for name in columns)]
    for row in rows:
        unknown = set(row) - set(columns)
        assert not unknown, unknown
        lines.append(",".join(row.get(name, "0" if "_AMT_" in name else "") for name in columns))
    return "\n".join(lines) + "\n"


def line(n: int, code: str, paid: str = "80", allowed: str = "100", **more: str) -> dict[str, str]:
    return {f"HCPCS_CD_{n}": code, f"LINE_NCH_PMT_AMT_{n}": paid, f"LINE_ALOWD_CHRG_AMT_{n}": allowed,
            f"LINE_PRCSG_IND_CD_{n}": "A", f"PRF_PHYSN_NPI_{n}": "8914837640", f"TAX_NUM_{n}": "953768367",
            **{f"{name}_{n}": value for name, value in more.items()}}  # fmt: skip


def test_every_line_of_a_carrier_claim_is_a_line(read):
    row = {**CLAIM, "ICD9_DGNS_CD_1": "36632", "ICD9_DGNS_CD_2": "V1588",
           **line(1, "66984", LINE_COINSRNC_AMT="15", LINE_BENE_PTB_DDCTBL_AMT="5", LINE_ICD9_DGNS_CD="V1588"),
           **line(3, "99213", "7.50", "10.00")}  # fmt: skip
    got = read(csv(CARRIER, row))
    assert got.feed.files[0].format == "desynpuf"
    assert (got.feed.files[0].rows, got.feed.files[0].lines) == (1, 2)
    assert got.rows(
        "SELECT claim_id, line_no, patient_id, claim_type, code, modifiers, mods_truncated, units, pos, charge, "
        "allowed, paid, patient_resp, rendering_npi, billing_tin, denied, icd9, dx, dx_version, date_from::VARCHAR, "
        "date_to::VARCHAR, source_pos, line_of_business::VARCHAR FROM claim_line ORDER BY line_no"
    ) == [
        ("11", 1, "00A", "professional", "66984", [], True, None, None, None, 10000, 8000, 2000, "8914837640",
         "953768367", False, ["36632", "V1588"], [], "9", "2008-02-29", "2008-03-01", 1, "medicare"),
        ("11", 3, "00A", "professional", "99213", [], True, None, None, None, 1000, 750, 0, "8914837640",
         "953768367", False, ["36632", "V1588"], [], "9", "2008-02-29", "2008-03-01", 1, "medicare"),
    ]  # fmt: skip
    assert got.feed.modifier_columns == 0
    assert not {"units", "charge", "pos", "mod1"} & got.feed.fields


def test_a_line_without_a_code_and_a_claim_without_lines_keep_their_dollars(read):
    no_code = {**CLAIM, **line(1, "", "12.34"), **line(2, "99213")}
    got = read(
        csv(CARRIER, no_code, {**CLAIM, "CLM_ID": "12"}, {**CLAIM, "CLM_ID": "13", "LINE_NCH_PMT_AMT_2": "x"})
    )
    assert got.rows("SELECT source_pos, reason_code, claim_id, line_no, paid FROM set_aside ORDER BY 1") == [
        (1, "code_missing", "11", "1", 1234),
        (2, "lines_missing", "12", None, None),
        (3, "code_missing", "13", "2", None),
    ]
    assert got.tie.paid_in == 1234 + 8000
    assert (got.tie.lines_read, got.feed.files[0].rows) == (4, 3)


def test_lines_that_medicare_did_not_pay_are_denied(read):
    row = {**CLAIM, **line(1, "99213"), **line(2, "99214", LINE_PRCSG_IND_CD="N"),
           **line(3, "99215", "0", "0", LINE_PRCSG_IND_CD="S")}  # fmt: skip
    got = read(csv(CARRIER, row))
    assert got.column("SELECT denied FROM claim_line ORDER BY line_no") == [False, True, True]
    assert got.rows("SELECT name, left(says, 2) FROM claim_diagnostic") == [("denied_paid", "1 ")]


def test_one_payment_of_many_codes_counts_once(read):
    claim = {**CLAIM, "SEGMENT": "1.0", "CLM_PMT_AMT": "100.0", "AT_PHYSN_NPI": "2462820318"}
    got = read(
        csv(
            OUTPATIENT,
            {**claim, "HCPCS_CD_1": "99282", "HCPCS_CD_3": "73000"},
            {**claim, "CLM_ID": "12", "CLM_PMT_AMT": "-40.0", "HCPCS_CD_2": "80048"},
            {**claim, "CLM_ID": "13", "CLM_PMT_AMT": "30.0"},
        )
    )
    assert got.rows(
        "SELECT claim_id, line_no, claim_type, code, paid, attending_npi FROM claim_line ORDER BY 1, 2"
    ) == [
        ("11", 1, "institutional", "99282", 5000, "2462820318"),
        ("11", 3, "institutional", "73000", 5000, "2462820318"),
        ("12", 2, "institutional", "80048", -4000, "2462820318"),
    ]
    assert got.rows("SELECT source_pos, reason_code, claim_id, paid FROM set_aside") == [
        (3, "lines_missing", "13", 3000)
    ]
    assert got.tie.paid_in == 10000 - 4000 + 3000


def test_a_claim_that_goes_on_in_a_second_record_is_one_claim_with_one_payment(read):
    claim = {**CLAIM, "CLM_PMT_AMT": "90", "HCPCS_CD_1": "99282"}
    got = read(csv(OUTPATIENT, {**claim, "SEGMENT": "1"}, {**claim, "SEGMENT": "2", "HCPCS_CD_1": "73000"}))
    assert got.rows("SELECT line_no, code, paid FROM claim_line ORDER BY 1") == [
        (1, "99282", 4500),
        (46, "73000", 4500),
    ]
    assert got.tie.claims == 1 and got.tie.paid_in == 9000


def test_persons_of_several_years_are_known_by_their_claims(read):
    header = "BENE_YEAR,DESYNPUF_ID,BENE_BIRTH_DT,BENE_DEATH_DT,BENE_SEX_IDENT_CD\n"
    got = read(
        csv(CARRIER, {**CLAIM, **line(1, "99213")}),
        header + "2008.0,00A,1939-12-01,,1\n",
        header + "2009.0,00A,1939-12-01,2009-05-01,1\n2009.0,00B,1950-01-01,,2\n",
    )
    assert got.rows("SELECT birth_date::VARCHAR, sex, death_date::VARCHAR FROM claim_line") == [
        ("1939-12-01", "M", "2009-05-01")
    ]


def test_drug_events_and_persons_alone_are_no_claims(read):
    with pytest.raises(InputRefused, match="drug events"):
        read("DESYNPUF_ID,PDE_ID,SRVC_DT\n1,2,3\n")
    with pytest.raises(InputRefused, match="holds patients"):
        read("DESYNPUF_ID,BENE_BIRTH_DT\n1,2\n")
    with pytest.raises(InputRefused, match="no column CLM_FROM_DT"):
        read("DESYNPUF_ID,CLM_ID,CLM_THRU_DT,HCPCS_CD_1,LINE_NCH_PMT_AMT_1\n1,2,3,4,5\n")
