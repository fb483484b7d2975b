"""Every segment of an 835 goes to its field."""

from __future__ import annotations

import duckdb
import pytest

from auditor.claims.readers.interface import NotClaims
from auditor.claims.readers.x12.remittance import RemittanceReader
from tests.claims.readers.x12 import files
from tests.claims.readers.x12.remittance_files import CLP, HEAD, PATIENT, SERVICE, read, remittance, whole


def service(*segments, svc="SVC*HC:99213:25*100*80**1", clp=CLP, more=()):
    return read(whole(clp, PATIENT, *more, svc, "DTM*472*20240105", *segments))


def test_a_plain_remittance_has_its_claim_patient_payer_and_payee():
    got = read(whole())
    assert got.row == {
        "source_pos": 13, "claim_id": "C1", "line_no": "1", "source_system": "1000000004", "payer_id": "PAY1",
        "payer_name": "PAYER",
        "payer_sequence": "P", "line_of_business": "medicare", "patient_id": "M1", "claim_type": "professional",
        "billing_npi": "1000000004", "billing_tin": "990000001", "pos": "11", "frequency_code": "1",
        "payer_icn": "ICN1",
        "status": "paid", "paid_date": "20240201", "date_from": "20240105", "code": "99213", "mod1": "25",
        "units": "1",
        "charge": "100", "allowed": "100.00", "paid": "80", "patient_resp": "20.00", "adjustments": "PR-1:20",
    }  # fmt: skip
    assert got.told == []
    assert (got.staged.remittance, got.staged.format, got.staged.source_rows) == (True, "x12", 1)


def test_the_position_of_a_row_is_the_segment_of_its_svc():
    segments = whole()
    assert segments[read(segments).row["source_pos"] - 1].startswith("SVC*")


@pytest.mark.parametrize(
    ("status", "word", "sequence", "denied"),
    [
        ("1", "paid", "P", None), ("2", "paid", "S", None), ("3", "paid", "T", None), ("19", "paid", "P", None),
        ("20", "paid", "S", None), ("21", "paid", "T", None), ("4", "denied", None, "true"), ("23", "23", None, "true"),
        ("01", "paid", "P", None), ("13", "pending", None, None), ("99", "99", None, None),
    ],
)  # fmt: skip
def test_the_status_of_a_claim(status, word, sequence, denied):
    of_service = (SERVICE[0].replace("*80*", "*0*"), SERVICE[1], "CAS*PR*1*100")
    row = read(whole(CLP.replace("*1*100*80*20", f"*{status}*100*0*100"), PATIENT, *of_service)).row
    assert (row["status"], row.get("payer_sequence"), row.get("denied")) == (word, sequence, denied)


def test_a_reversal_has_its_amounts_below_zero():
    got = read(whole("CLP*C1*22*-100*-80*-20*MB*ICN1*11*1", PATIENT, "SVC*HC:99213*-100*-80**1", "DTM*472*20240105",
                     "CAS*PR*1*-20", head=("BPR*I*-80*C*CHK************20240201", *HEAD[1:])))  # fmt: skip
    assert (got.row["status"], got.row["charge"], got.row["paid"], got.row.get("denied")) == (
        "reversed",
        "-100",
        "-80",
        None,
    )
    assert got.names == []


def test_a_reversal_with_amounts_above_zero_is_no_payment():
    got = service("CAS*PR*1*20", clp=CLP.replace("*1*100", "*22*100"))
    assert got.row["status"] == "reversed above zero"
    assert got.names == ["reversal_positive"]


@pytest.mark.parametrize("status", ["4", "23", "5"])
def test_what_is_paid_is_not_denied_whatever_the_status_says(status):
    got = service("CAS*PR*1*20", clp=CLP.replace("*1*100", f"*{status}*100"))
    assert (got.row["status"], got.row["paid"], got.row.get("denied")) == ("paid", "80", None)
    assert got.names == ["denied_paid"]


def test_a_charge_below_zero_is_a_reversal_whatever_the_status_says():
    got = read(whole("CLP*C1*1*-100*-80*-20*MB*ICN1*11*1", PATIENT, "SVC*HC:99213*-100*-80**1", "DTM*472*20240105",
                     "CAS*PR*1*-20", head=("BPR*I*-80*C*CHK************20240201", *HEAD[1:])))  # fmt: skip
    assert (got.row["status"], got.row["paid"]) == ("reversed", "-80")
    assert got.names == ["reversal_unnamed"]


def test_a_patient_name_that_holds_the_separator_does_not_shift_the_number_after_it():
    got = read(whole(CLP, "NM1*QC*1*O*NE*ANN****MI*M1", "SVC*HC:99213*100*80**1", "CAS*PR*1*20"))
    assert got.row["patient_id"] == "M1"
    assert "name_shifted" in got.names


def test_a_price_told_beforehand_is_no_claim():
    got = read(whole(CLP.replace("*1*100*80", "*25*100*0"), PATIENT, "SVC*HC:99213*100*0**1", "CAS*OA*101*100",
                     head=("BPR*H*0*C*NON************20240201", *HEAD[1:])))  # fmt: skip
    assert got.rows == []
    assert [(one[1], one[3], one[5], one[6]) for one in got.aside] == [("predetermination", "C1", "100", "0")]


@pytest.mark.parametrize(
    ("filing", "business"),
    [("MA", "medicare"), ("MB", "medicare"), ("16", "medicare_advantage"), ("MC", "medicaid"), ("12", "commercial"),
     ("HM", "commercial"), ("WC", "other"), ("", None)],
)  # fmt: skip
def test_the_line_of_business(filing, business):
    assert service(clp=CLP.replace("*MB*", f"*{filing}*")).row.get("line_of_business") == business


@pytest.mark.parametrize(
    ("head", "payer"),
    [
        ("N1*PR*PAYER*XV*PAY1", "PAY1"), ("N1*PR*PAYER", "PAYER"), ("N1*PR*PAYER~\nREF*2U*87726", "87726"),
        ("N1*PR*PAYER~\nREF*EO*E1~\nREF*NF*N1", "N1"), ("N1*PR*PAYER~\nREF*EV*X", "PAYER"),
    ],
)  # fmt: skip
def test_the_payer_is_known_by_its_number_a_reference_or_its_name(head, payer):
    row = read(files.text(whole()).replace("N1*PR*PAYER*XV*PAY1", head)).row
    assert (row["payer_id"], row["payer_name"]) == (payer, "PAYER")


def test_a_payer_without_a_number_is_left_to_the_user_who_names_it():
    text = files.text(whole()).replace("N1*PR*PAYER*XV*PAY1", "N1*PR*PAYER")
    assert "payer_id" not in read(text, payer_id="MINE").row


@pytest.mark.parametrize(
    ("payee", "npi", "tin"),
    [
        ("XX*1000000004", "1000000004", "990000001"),
        ("FI*123456780", None, "990000001"),
        ("", None, "990000001"),
    ],
)
def test_the_payee(payee, npi, tin):
    row = read(files.text(whole()).replace("N1*PE*GROUP*XX*1000000004", f"N1*PE*GROUP*{payee}")).row
    assert (row.get("billing_npi"), row.get("billing_tin")) == (npi, tin)


@pytest.mark.parametrize(
    ("segments", "patient"),
    [
        (("NM1*QC*1*ONE*ANN****MI*M1", "NM1*IL*1*TWO*BEN****MI*M2"), "M1"),
        (("NM1*QC*1*ONE*ANN", "NM1*IL*1*T*B****MI*M2"), "M2"),
        (("NM1*QC*1*ONE*ANN", "NM1*74*1*ONE*ANN****C*M3"), "M3"), (("NM1*QC*1*ONE*ANN",), None),
    ],
)  # fmt: skip
def test_the_patient_is_the_one_answered_else_the_insured_else_the_corrected(segments, patient):
    got = read(whole(CLP, *segments, *SERVICE))
    assert got.row.get("patient_id") == patient
    assert ("patient_unknown" in got.names) == (patient is None)


def test_the_rendering_provider_is_the_claims_unless_the_line_names_its_own():
    npi = "NM1*82*1*DOC*DEE****XX*1000000012"
    assert service(more=(npi,)).row["rendering_npi"] == "1000000012"
    assert service("REF*HPI*1000000020", more=(npi,)).row["rendering_npi"] == "1000000020"
    assert "rendering_npi" not in service(more=("NM1*82*1*DOC*DEE****BD*123",)).row


def test_dates_of_the_line_the_claim_and_the_payment():
    assert service().row["date_from"] == "20240105"
    both = read(whole(CLP, PATIENT, "SVC*HC:99213*100*80", "DTM*150*20240105", "DTM*151*20240107")).row
    assert (both["date_from"], both["date_to"]) == ("20240105", "20240107")
    spelled = read(whole(CLP, PATIENT, "SVC*HC:99213*100*80", "DTM*472****RD8*20240105-20240107")).row
    assert (spelled["date_from"], spelled["date_to"]) == ("20240105", "20240107")
    claims = read(
        whole(CLP, PATIENT, "DTM*232*20240101", "DTM*233*20240103", "DTM*050*20240110", "SVC*HC:99213*100*80")
    ).row
    assert (claims["date_from"], claims["date_to"], claims["date_of_claim"]) == ("20240101", "20240103", True)
    assert claims["received_date"] == "20240110"
    last = read(whole(CLP, PATIENT, "DTM*233*20240103", "SVC*HC:99213*100*80")).row
    assert (last["date_from"], last.get("date_to")) == ("20240103", None)


@pytest.mark.parametrize(("day", "told"), [("20240230", ["paid_date_unreadable"]), ("", [])])
def test_the_date_of_production_stands_in_for_an_unreadable_date_of_payment(day, told):
    got = read(whole(head=(f"BPR*I*80*C*CHK************{day}", *HEAD[1:])))
    assert (got.row["paid_date"], got.names) == ("20240131", told)


def test_the_modifiers_are_read_in_their_order():
    row = service(svc="SVC*HC:99213:25:59:RT:GP:A WORD*100*80").row
    assert [row.get(f"mod{n}") for n in range(1, 5)] == ["25", "59", "RT", "GP"]


@pytest.mark.parametrize(
    ("svc", "code", "revenue", "ndc", "kind"),
    [
        ("SVC*HC:99213*100*80*0450", "99213", "0450", None, "institutional"),
        ("SVC*NU:0120*100*80", None, "0120", None, "institutional"),
        ("SVC*AD:D1110*100*80", "D1110", None, None, "dental"),
        ("SVC*N4:00002143380*100*80", None, None, "00002143380", "professional"),
        ("SVC*99213*100*80", "99213", None, None, "professional"),
    ],
)
def test_codes_by_their_qualifier(svc, code, revenue, ndc, kind):
    row = service("CAS*PR*1*20", svc=svc).row
    assert (row.get("code"), row.get("revenue_code"), row.get("ndc"), row["claim_type"]) == (
        code,
        revenue,
        ndc,
        kind,
    )


@pytest.mark.parametrize(
    ("clp", "more", "kind", "tob", "pos"),
    [
        (CLP, (), "professional", None, "11"),
        (CLP.replace("*MB*", "*MA*"), (), "institutional", "111", None),
        (CLP, ("MIA*0",), "institutional", "111", None),
        (CLP + "**470", (), "institutional", "111", None),
        (CLP.replace("*11*1", "*83*1"), (), "institutional", "831", None),
        (CLP, ("MOA***MA01",), "professional", None, "11"),
    ],
)
def test_the_type_of_a_claim_is_told_by_what_only_one_type_has(clp, more, kind, tob, pos):
    row = service("CAS*PR*1*20", clp=clp, more=more).row
    assert (row["claim_type"], row.get("tob"), row.get("pos")) == (kind, tob, pos)


def test_units_are_those_that_were_paid_and_one_where_none_is_given():
    assert [service(svc=f"SVC*HC:99213*100*80**{units}").row["units"] for units in ("3", "", "0", "1.5")] == [
        "3",
        "1",
        "0",
        "1.5",
    ]


def test_the_code_that_was_sent_is_kept_with_its_modifiers():
    assert service(svc="SVC*HC:80050*100*80**1*HC:80053:91").row["submitted_code"] == "80053,91"


def test_references_and_numbers_of_claim_and_line():
    row = service("REF*6R*LINE1", more=("REF*F8*OLD", "REF*G1*AUTH"), clp=CLP + "**470").row
    assert (row["line_control_no"], row["original_ref"], row["prior_auth"], row["drg"]) == (
        "LINE1",
        "OLD",
        "AUTH",
        "470",
    )


def test_all_six_adjustments_of_a_segment_and_those_of_further_segments_are_kept():
    six = "CAS*CO*45*1*1*97*2**16*3**50*4**204*5**253*6*2"
    row = service(six, "CAS*PR*1*7*1*2*8", "CAS*OA*23*9").row
    assert row["adjustments"] == (
        "CO-45:1:1,CO-97:2,CO-16:3,CO-50:4,CO-204:5,CO-253:6:2,PR-1:7:1,PR-2:8,OA-23:9"
    )
    assert row["patient_resp"] == "15.00"


def test_adjustments_of_the_claim_stand_on_its_lines_without_their_amounts():
    got = read(whole(CLP, "CAS*CO*253*5", PATIENT, "SVC*HC:99213*60*45", "CAS*PR*1*15", "SVC*HC:99214*40*40"))
    assert got.values("adjustments") == ["PR-1:15,CO-253", "CO-253", "CO-253:5"]
    assert got.values("patient_resp") == ["15.00", "0.00", None]
    assert got.rows[2]["paid"] == "-5.00"
    assert "code" not in got.rows[2]
    assert got.names == ["claim_adjustment_shared"]


@pytest.mark.parametrize(
    ("segments", "allowed"),
    [
        (("CAS*CO*45*15", "CAS*PR*1*5"), "85.00"), (("CAS*PI*45*15", "CAS*PR*1*5"), "85.00"),
        (("CAS*CO*45*10*1*253*2", "CAS*PR*1*8"), "90.00"), (("CAS*CO*45*15", "CAS*OA*23*5"), "85.00"),
        (("CAS*CO*45*15", "CAS*PR*1*5", "AMT*B6*84.5"), "84.5"), (("CAS*CO*45*1S",), None),
    ],
)  # fmt: skip
def test_what_is_allowed_is_said_or_the_charge_less_what_the_payer_took_off(segments, allowed):
    assert service(*segments).row.get("allowed") == allowed


@pytest.mark.parametrize(
    ("clp", "cas", "denied"),
    [
        (CLP, "CAS*CO*97*100", True), (CLP, "CAS*PR*96*100", True), (CLP, "CAS*OA*18*100", True),
        (CLP, "CAS*CO*45*60*1*16*40", True), (CLP, "CAS*CO*45*100", False), (CLP, "CAS*CO*24*100", False),
        (CLP, "CAS*PR*1*100", False), (CLP, "CAS*OA*23*100", False), (CLP, "CAS*CO*45*20*1*97*30~\nCAS*PR*2*50", False),
        (CLP.replace("*MB*", "*MA*"), "CAS*CO*97*100", False), (CLP.replace("*MB*", "*MA*"), "CAS*CO*50*100", True),
    ],
)  # fmt: skip
def test_a_line_that_is_paid_nothing_is_denied_where_a_reason_says_why(clp, cas, denied):
    text = files.text(
        whole(clp.replace("*80*20", "*0*0"), PATIENT, "SVC*HC:99213*100*0", "DTM*472*20240105", "CAS")
    )
    row = read(text.replace("CAS~", cas + "~")).row
    assert (row.get("denied") == "true", row["status"]) == (denied, "denied" if denied else "paid")
    if denied:
        assert row["allowed"] == "0.00"


def test_remark_codes_of_the_line_and_of_the_claim():
    row = service("LQ*HE*N130", "LQ*HE*N4", "LQ*RX*75", more=("MOA***MA01*N130",)).row
    assert row["remark_codes"] == "N130,N4,MA01"
    mia = "MIA*0**100**MA02***************MA03*MA04*MA05*MA06"
    assert service(more=(mia,)).row["remark_codes"] == "MA02,MA03,MA04,MA05,MA06"


def test_a_payment_of_a_whole_claim_is_a_row_without_a_code():
    got = read(whole(CLP, "CAS*PR*1*20", PATIENT, "DTM*232*20240105"))
    assert (got.row["line_no"], got.row["charge"], got.row["paid"], got.row["patient_resp"]) == (
        "0",
        "100",
        "80",
        "20",
    )
    assert "code" not in got.row
    assert got.names == ["claim_without_lines"]


def test_adjustments_of_the_provider_are_counted_and_left_out():
    head = ("BPR*I*70.5*C*CHK************20240201", *HEAD[1:])
    got = read(whole(CLP, PATIENT, *SERVICE, "PLB*1000000004*20241231*WO:1*12*L6:2*-2.5", head=head))
    assert len(got.rows) == 1
    assert got.names == ["plb"]
    assert any("2 provider adjustments (PLB) of $9.50" in note for note in got.staged.notes)


def test_a_remittance_with_nothing_but_provider_adjustments_is_no_claims():
    with pytest.raises(NotClaims, match=r"1 provider adjustments of \$5\.00 in all"):
        read(whole("PLB*1000000004*20241231*WO:1*5"))


def test_the_claims_of_a_transaction_with_lx_groups_and_provider_summaries_are_all_read():
    got = read(whole(CLP, PATIENT, *SERVICE, "LX*2", "TS3*1000000004*11*20241231*1*100", "TS2*1",
                     CLP.replace("C1", "C2"), PATIENT, *SERVICE))  # fmt: skip
    assert got.values("claim_id") == ["C1", "C2"]
    assert got.staged.source_rows == 2


def test_several_transactions_have_their_own_payer_and_date():
    second = tuple(part.replace("PAY1", "PAY2").replace("20240201", "20240301") for part in HEAD)
    group = files.group(
        remittance(CLP, PATIENT, *SERVICE),
        remittance(CLP, PATIENT, *SERVICE, head=second, control="0002"),
        code="HP",
    )
    got = read(files.interchange(group))
    assert [(row["payer_id"], row["paid_date"]) for row in got.rows] == [
        ("PAY1", "20240201"),
        ("PAY2", "20240301"),
    ]


def test_only_the_remittances_of_a_file_with_claims_are_read():
    both = files.interchange(
        files.group(files.transaction(files.claim())),
        files.group(remittance(CLP, PATIENT, *SERVICE), code="HP"),
    )
    assert read(both).values("claim_id") == ["C1"]


def test_a_file_without_remittances_is_another_readers(tmp_path):
    for content in (files.text(files.whole(files.claim())), "claim_id,code\nC1,99213\n"):
        source = files.source_of(content, tmp_path)
        assert RemittanceReader().recognises(duckdb.connect(), source) is None


def test_the_version_4010_is_read_and_noted():
    got = read(whole(version="004010X091A1"))
    assert (got.row["code"], got.names) == ("99213", ["version_4010"])
