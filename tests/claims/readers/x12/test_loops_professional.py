"""Every loop of the 837 professional goes to its field."""

from __future__ import annotations

from tests.claims.readers.x12.files import BILLING, LINE, SUBSCRIBER, claim, read, transaction, whole


def test_a_plain_claim_has_its_claim_patient_payer_and_provider():
    row = read(whole(claim())).row
    assert row == {
        "source_pos": 18, "claim_id": "C1", "source_system": "1000000004", "payer_id": "PAY1", "payer_name": "PAYER",
        "line_of_business": "medicare", "payer_sequence": "P", "patient_id": "M1", "birth_date": "19500102", "sex": "F",
        "billing_npi": "1000000004", "billing_tin": "990000001", "billing_taxonomy": "207Q00000X",
        "frequency_code": "1", "dx_version": "10", "dx1": "E119", "line_no": "1", "claim_type": "professional",
        "code": "99213", "units": "1", "unit_basis": "UN", "charge": "100", "dx_ptr": "1", "pos": "11",
        "date_from": "20240105", "rendering_npi": "1000000004", "rendering_taxonomy": "207Q00000X",
        "service_state": "MD", "service_zip": "21202",
    }  # fmt: skip


def test_the_position_of_a_row_is_the_segment_of_its_lx():
    segments = whole(claim())
    assert segments[read(segments).row["source_pos"] - 1] == "LX*1"


def test_the_modifiers_are_read_in_their_order():
    row = read(whole(claim(lines=("LX*1", "SV1*HC:99213:25:59:RT:GP:A WORD*100*UN*1***1", LINE[2])))).row
    assert [row.get(f"mod{n}") for n in range(1, 5)] == ["25", "59", "RT", "GP"]


def test_minutes_keep_their_basis():
    row = read(whole(claim(lines=("LX*1", "SV1*HC:00840:AA*100*MJ*75***1", LINE[2])))).row
    assert (row["units"], row["unit_basis"]) == ("75", "MJ")


def test_pointers_are_positions_with_colons_whatever_the_separator():
    segments = whole(claim("HI*ABF:I10*ABF:M545", lines=("LX*1", "SV1*HC:99213*100*UN*1***1:3:2", LINE[2])))
    row = read(segments).row
    assert (row["dx1"], row["dx2"], row["dx3"], row["dx_ptr"]) == ("E119", "I10", "M545", "1:3:2")


def test_the_place_of_the_line_overrides_that_of_the_claim():
    row = read(whole(claim(lines=("LX*1", "SV1*HC:99213*100*UN*1*22**1", LINE[2])))).row
    assert row["pos"] == "22"


def test_a_span_of_days_has_both_ends():
    row = read(whole(claim(lines=(*LINE[:2], "DTP*472*RD8*20240105-20240109")))).row
    assert (row["date_from"], row["date_to"]) == ("20240105", "20240109")


def test_a_day_with_its_time_is_that_day():
    row = read(whole(claim(lines=(*LINE[:2], "DTP*472*DT*202401051430")))).row
    assert row["date_from"] == "20240105"


def test_the_rendering_provider_of_the_line_overrides_that_of_the_claim():
    segments = claim(
        "NM1*82*1*TWO*B****XX*2000000002", "PRV*PE*PXC*111N00000X",
        lines=(*LINE, "NM1*82*1*THREE*C****XX*3000000003", "PRV*PE*PXC*208000000X",
               "LX*2", "SV1*HC:99214*50*UN*1***1", LINE[2]),
        clm="CLM*C1*150***11:B:1*Y*A*Y*Y",
    )  # fmt: skip
    found = read(whole(segments))
    assert found.values("rendering_npi") == ["3000000003", "2000000002"]
    assert found.values("rendering_taxonomy") == ["208000000X", "111N00000X"]
    assert "rendering_is_billing" not in found.names


def test_without_a_rendering_provider_it_is_the_billing_provider_and_said():
    found = read(whole(claim()))
    assert found.row["rendering_npi"] == "1000000004"
    assert found.names == ["rendering_is_billing"]


def test_the_other_providers_go_to_their_fields():
    row = read(
        whole(
            claim(
                "NM1*DN*1*A****XX", "NM1*DN*1*A*****XX*1000000012", "NM1*P3*1*B*****XX*1000000020",
                "NM1*DQ*1*C*****XX*1000000038", "NM1*77*2*PLACE*****XX*1000000046", "N3*2 ROAD",
                "N4*RICHMOND*VA*232191234",
                lines=(*LINE, "NM1*DK*1*D*****XX*1000000053"),
            )
        )
    ).row  # fmt: skip
    assert row["referring_npi"] == "1000000012"
    assert row["supervising_npi"] == "1000000038"
    assert row["facility_npi"] == "1000000046"
    assert row["ordering_npi"] == "1000000053"
    assert (row["service_state"], row["service_zip"]) == ("VA", "23219")


def test_a_service_location_of_the_line_overrides_that_of_the_claim():
    row = read(
        whole(
            claim(
                "NM1*77*2*PLACE*****XX*1000000046", "N4*RICHMOND*VA*23219",
                lines=(*LINE, "NM1*77*2*OTHER*****XX*1000000061", "N4*DOVER*DE*19901"),
            )
        )
    ).row  # fmt: skip
    assert (row["facility_npi"], row["service_state"], row["service_zip"]) == ("1000000061", "DE", "19901")


def test_an_employer_number_of_a_provider_is_no_npi():
    levels = ("HL*1**20*1", "NM1*85*1*OLD*****24*123456789", *SUBSCRIBER)
    row = read(whole(claim("NM1*82*1*X*****34*987654321"), levels=levels)).row
    assert row["billing_tin"] == "123456789"
    assert "billing_npi" not in row and "rendering_npi" not in row
    assert row["source_system"] == "123456789"


def test_references_of_claim_and_line():
    row = read(
        whole(
            claim(
                "REF*F8*ICN77", "REF*G1*AUTH1", "REF*X4*11D0000001", clm="CLM*C1*100***11:B:7*Y*A*Y*Y",
                lines=(*LINE, "REF*6R*L-1", "REF*G1*AUTH2", "REF*X4*22D0000002"),
            )
        )
    ).row  # fmt: skip
    assert (row["original_ref"], row["frequency_code"]) == ("ICN77", "7")
    assert (row["prior_auth"], row["clia"], row["line_control_no"]) == ("AUTH2", "22D0000002", "L-1")


def test_related_causes_are_a_list_without_the_state():
    row = read(whole(claim(clm="CLM*C1*100***11:B:1*Y*A*Y*Y**AA:OA::CA"))).row
    assert row["related_causes"] == "AA,OA"


def test_the_authorisation_of_another_payer_is_not_this_payers():
    row = read(whole(claim("REF*G1*MINE", lines=(*LINE, "REF*G1*THEIRS**2U:PAY9")))).row
    assert row["prior_auth"] == "MINE"


def test_a_drug_has_its_code_quantity_and_unit():
    row = read(whole(claim(lines=(*LINE, "LIN**N4*00002751001", "CTP****2.5*ML")))).row
    assert (row["ndc"], row["ndc_quantity"], row["ndc_unit"]) == ("00002751001", "2.5", "ML")


def test_admission_and_discharge_of_a_professional_claim_are_days():
    row = read(whole(claim("DTP*435*D8*20240101", "DTP*096*D8*20240107"))).row
    assert (row["admit_date"], row["discharge_date"]) == ("20240101", "20240107")


def test_the_answers_of_another_payer_stand_at_their_lines():
    lines = (
        *LINE, "SVD*PAY2*60.50*HC:99213**1", "CAS*CO*45*12.50**253*1.25*1", "CAS*PR*2*25.75", "DTP*573*D8*20240201",
        "LX*2", "SV1*HC:99214*50*UN*1***1", LINE[2],
    )  # fmt: skip
    found = read(
        whole(
            claim(
                "SBR*P*18*******CI", "CAS*PR*1*10", "AMT*D*60.50", "OI***Y***Y", "NM1*IL*1*ONE*ANN****MI*OTHER1",
                "NM1*PR*2*FIRST*****PI*PAY2", "REF*F8*THEIRICN", "DTP*573*D8*20240201",
                "NM1*82*1*NOBODY*****XX*9999999995",
                clm="CLM*C1*150***11:B:1*Y*A*Y*Y", lines=lines,
            )
        )
    )  # fmt: skip
    assert found.values("other_payer_id") == ["PAY2", "PAY2"]
    assert found.values("other_payer_paid") == ["60.50", None]
    assert found.values("other_adjustments") == ["CO-45:12.50,CO-253:1.25:1,PR-2:25.75,PR-1", "PR-1"]
    assert found.values("date_from") == ["20240105", "20240105"]
    # What is another payer's is not taken for the claim's own.
    assert found.values("original_ref") == [None, None]
    assert found.values("payer_id") == ["PAY1", "PAY1"]
    assert found.values("patient_id") == ["M1", "M1"]
    assert found.values("rendering_npi") == ["1000000004", "1000000004"]


def test_two_other_payers_are_added_up_and_the_primary_is_named():
    found = read(
        whole(
            claim(
                "SBR*S*18*******CI", "NM1*PR*2*SECOND*****PI*PAY3", "SBR*P*18*******MB", "NM1*PR*2*FIRST*****PI*PAY2",
                lines=(*LINE, "SVD*PAY2*60.5*HC:99213**1", "SVD*PAY3*.25*HC:99213**1"),
            )
        )
    )  # fmt: skip
    assert found.row["other_payer_id"] == "PAY2"
    assert found.row["other_payer_paid"] == "60.75"


def test_amounts_of_another_payer_at_the_claim_are_the_lines_where_it_is_the_only_one():
    row = read(
        whole(claim("SBR*P*18*******CI", "CAS*CO*45*12.50", "AMT*D*60.50", "NM1*PR*2*FIRST*****PI*PAY2"))
    ).row
    assert (row["other_payer_paid"], row["other_adjustments"]) == ("60.50", "CO-45:12.50")


def test_amounts_of_another_payer_at_the_claim_are_not_multiplied_over_its_lines():
    lines = (*LINE, "LX*2", "SV1*HC:99214*50*UN*1***1", LINE[2])
    found = read(
        whole(
            claim(
                "SBR*P*18*******CI", "CAS*CO*45*12.50", "AMT*D*60.50", clm="CLM*C1*150***11:B:1*Y*A*Y*Y", lines=lines
            )
        )
    )  # fmt: skip
    assert found.values("other_payer_paid") == [None, None]
    assert found.values("other_adjustments") == ["CO-45", "CO-45"]
    assert "other_payer_of_claim" in found.names


def test_durable_equipment_is_told_by_its_segments_or_its_contractor():
    by_segment = claim(lines=("LX*1", "SV1*HC:E0570:RR*25*UN*1***1", "SV5*HC:E0570*DA*30*25*150*4", LINE[2]))
    by_form = claim(lines=(*LINE, "LQ*UT*484.3"))
    assert read(whole(by_segment)).row["claim_type"] == "dme"
    assert read(whole(by_segment)).row["charge"] == "25"
    assert read(whole(by_form)).row["claim_type"] == "dme"
    contractor = (*SUBSCRIBER[:-1], "NM1*PR*2*JURISDICTION*****PI*16013")
    assert read(whole(claim(), levels=(*BILLING, *contractor))).row["claim_type"] == "dme"
    assert read(whole(claim())).row["claim_type"] == "professional"


def test_sv5_alone_is_the_line():
    row = read(whole(claim(lines=("LX*1", "SV5*HC:E0570*DA*30*25*150*4", LINE[2])))).row
    assert (row["code"], row["charge"], row["claim_type"]) == ("E0570", "150", "dme")


def test_the_address_and_numbers_of_a_pay_to_provider_are_not_the_billing_providers():
    pay_to = (
        "NM1*87*2",
        "N3*9 ROAD",
        "N4*AUSTIN*TX*73301",
        "REF*EI*111111111",
        "NM1*PE*2*PLAN*****XX*1000000079",
    )
    row = read(whole(claim(), levels=(*BILLING, *pay_to, *SUBSCRIBER))).row
    assert (row["service_state"], row["billing_tin"], row["billing_npi"]) == ("MD", "990000001", "1000000004")


def test_filing_indicators_are_lines_of_business():
    expected = {
        "MA": "medicare", "MB": "medicare", "16": "medicare_advantage", "MC": "medicaid", "CI": "commercial",
        "BL": "commercial", "HM": "commercial", "12": "commercial", "13": "commercial", "14": "commercial",
        "15": "commercial", "CH": "other", "VA": "other", "WC": "other", "ZZ": "other", "": None,
    }  # fmt: skip
    levels = [
        part
        for code in expected
        for part in (
            "HL*2*1*22*0",
            f"SBR*P*18*******{code}",
            *SUBSCRIBER[2:],
            claim(clm=f"CLM*{code}*100***11:B:1"),
        )
    ]
    found = read(whole(*levels, levels=BILLING))
    assert found.values("line_of_business") == list(expected.values())


def test_the_same_claim_in_another_envelope_gives_the_same_row():
    first = read(whole(claim())).row
    other = transaction(claim(), control="7777")
    envelope = [
        "ISA*00*          *00*          *ZZ*HOUSE          *ZZ*ELSEWHERE      *240301*0900*^*00501*000000099*0*P*:",
        "GS*HC*HOUSE*ELSEWHERE*20240301*0900*55*X*005010X222A1", *other, "GE*1*55", "IEA*1*000000099",
    ]  # fmt: skip
    assert read(envelope).row == first
