"""Every loop of the 837 institutional and dental goes to its field; 4010 by its own lists."""

from __future__ import annotations

from tests.claims.readers.x12.files import BILLING, DENTAL, INSTITUTIONAL, claim, read, whole

LINES = (
    "LX*1", "SV2*0305*HC:85025:59*13.39*UN*1", "DTP*472*D8*20240105",
    "LX*2", "SV2*0120**400*DA*4",
)  # fmt: skip
BILL = "CLM*H1*413.39***11:A:1*Y*C*Y*Y"


def hospital(*segments: str, clm: str = BILL, lines: tuple[str, ...] = LINES, **more: object) -> list[str]:
    return whole(claim(*segments, clm=clm, lines=lines), version=INSTITUTIONAL, **more)


def test_an_institutional_claim_has_bill_type_revenue_codes_and_stay():
    found = read(
        hospital(
            "DTP*434*RD8*20240103-20240107", "DTP*435*DT*202401031430", "DTP*096*TM*1130", "CL1*1*7*01", "HI*DR:470",
            "NM1*71*1*ATTEND*A****XX*1000000103", "NM1*72*1*OPERATE*B****XX*1000000111",
        )
    )  # fmt: skip
    first, second = found.rows
    assert {name: first[name] for name in (
        "tob", "frequency_code", "claim_type", "revenue_code", "code", "mod1", "charge", "units", "admit_date",
        "admit_hour",
        "admit_type", "admit_source", "discharge_status", "discharge_hour", "discharge_date", "drg", "attending_npi",
        "operating_npi", "date_from",
    )} == {
        "tob": "111", "frequency_code": "1", "claim_type": "institutional", "revenue_code": "0305", "code": "85025",
        "mod1": "59", "charge": "13.39", "units": "1", "admit_date": "20240103", "admit_hour": "14", "admit_type": "1",
        "admit_source": "7", "discharge_status": "01", "discharge_hour": "11", "discharge_date": "20240107",
        "drg": "470",
        "attending_npi": "1000000103", "operating_npi": "1000000111", "date_from": "20240105",
    }  # fmt: skip
    assert first.get("date_of_claim") is None
    assert (second["revenue_code"], second.get("code"), second["unit_basis"]) == ("0120", None, "DA")
    assert (second["date_from"], second["date_to"], second["date_of_claim"]) == (
        "20240103",
        "20240107",
        "true",
    )
    assert not {"pos", "rendering_npi"} & {*first, *second}


def test_a_patient_who_is_still_there_has_no_day_of_discharge():
    row = read(hospital("DTP*434*RD8*20240103-20240107", "DTP*096*TM*1130", "CL1*1*7*30")).rows[0]
    assert "discharge_date" not in row


def test_a_bill_type_that_has_its_frequency_already_is_not_given_it_twice():
    assert read(hospital(clm="CLM*H1*413.39***131:A:1*Y*C*Y*Y")).rows[0]["tob"] == "131"
    assert read(hospital(clm="CLM*H1*413.39***013:A:1*Y*C*Y*Y")).rows[0]["tob"] == "0131"
    assert read(hospital(clm="CLM*H1*413.39***13:A:7*Y*C*Y*Y")).rows[0]["tob"] == "137"


def test_the_code_lists_of_hi_go_to_their_fields():
    row = read(
        hospital(
            "HI*ABF:I10:::::::Y*ABF:E785:::::::N", "HI*ABJ:R0789", "HI*APR:R079*APR:R05", "HI*ABN:W19XXXA",
            "HI*BBR:0SRD0J9:D8:20240104*BBQ:3E0T3BZ:D8:20240105", "HI*BG:09*BG:C1", "HI*BH:11:D8:20240101*BI:70:RD8:"
            "20240103-20240105", "HI*BE:80:::4*BE:A2:::15.31", "HI*TC:A01", "HI*ZZZ:X",
        )
    )  # fmt: skip
    first = row.rows[0]
    assert [first[f"dx{n}"] for n in (1, 2, 3)] == ["E119", "I10", "E785"]
    assert first["poa"] == "-,Y,N"
    assert first["admitting_dx"] == "R0789"
    assert first["reason_dx"] == "R079,R05"
    assert first["external_dx"] == "W19XXXA"
    assert (first["px1"], first["px2"]) == ("0SRD0J9", "3E0T3BZ")
    assert first["condition_codes"] == "09,C1"
    assert first["occurrence_codes"] == "11:20240101,70:20240103-20240105"
    assert first["value_codes"] == "80:4,A2:15.31"
    assert first["dx_version"] == "10"
    assert row.names.count("qualifier_unknown") == 1


def test_diagnoses_that_are_elements_of_their_own_are_read_as_pairs_and_said():
    found = read(hospital("HI*ABF*I10*ABF:E785"))
    assert [found.rows[0].get(f"dx{n}") for n in (1, 2, 3)] == ["E119", "I10", "E785"]
    assert "code_list_shape" in found.names


def test_more_diagnoses_than_there_are_fields_are_said():
    codes = [f"ABF:A{n:02d}" for n in range(30)]
    found = read(
        hospital("HI*" + "*".join(codes[:12]), "HI*" + "*".join(codes[12:24]), "HI*" + "*".join(codes[24:]))
    )
    assert (found.rows[0]["dx1"], found.rows[0]["dx25"]) == ("E119", "A23")
    assert "too_many_codes" in found.names


def test_4010_is_read_by_its_own_lists_and_flagged():
    levels = (
        "HL*1**20*1", "PRV*BI*ZZ*282N00000X", "NM1*85*2*HOSPITAL*****24*123456789", "REF*1C*330127",
        "HL*2*1*22*0", "SBR*P*18*******MA", "NM1*IL*1*DOE*JOHN****MI*30005074A", "DMG*D8*19261111*M",
        "NM1*PR*2*MEDICARE*****PI*00435",
    )  # fmt: skip
    segments = [
        "CLM*7560*89.93***14:A:1*Y*A*Y*Y*********Y", "DTP*434*D8*19960911", "CL1*3**01", "HI*BK:3669", "HI*BF:4019",
        "HI*BJ:7231", "HI*ZZ:78650", "HI*BR:3121:D8:19960911", "NM1*71*1*JONES*JOHN****XX*1122334455", "LX*1",
        "SV2*0305*HC:85025*89.93*UN*1", "DTP*472*D8*19960911",
    ]  # fmt: skip
    found = read(whole(segments, version="004010X096A1", levels=levels))
    row = found.row
    assert (row["dx_version"], row["dx1"], row["dx2"], row["admitting_dx"]) == ("9", "3669", "4019", "7231")
    assert (row["reason_dx"], row["px1"], row["tob"]) == ("78650", "3121", "141")
    assert (row["billing_tin"], row["billing_taxonomy"]) == ("123456789", "282N00000X")
    assert found.names == ["version_4010"]


def test_a_dental_claim_has_tooth_surface_and_the_day_of_the_claim():
    segments = claim(
        "DTP*472*D8*20240611", clm="CLM*D1*300***11:B:1*Y*A*Y*Y",
        lines=(
            "LX*1", "SV3*AD:D2391*200****2*****1", "TOO*JP*14*M:O", "TOO*JP*15*D",
            "LX*2", "SV3*AD:D0120*100*21***1", "DTP*472*D8*20240612",
        ),
    )  # fmt: skip
    first, second = read(whole(segments, version=DENTAL)).rows
    assert (first["claim_type"], first["code"], first["charge"], first["units"]) == (
        "dental",
        "D2391",
        "200",
        "2",
    )
    assert (first["tooth"], first["surface"], first["dx_ptr"], first["pos"]) == ("14,15", "M,O,D", "1", "11")
    assert (first["date_from"], first["date_of_claim"]) == ("20240611", "true")
    assert (second["pos"], second["units"], second["date_from"]) == ("21", "1", "20240612")
    assert first["rendering_npi"] == "1000000004"


def test_the_service_segment_tells_the_type_where_the_version_says_another():
    found = read(whole(claim(), version=INSTITUTIONAL))
    assert (found.row["claim_type"], found.row["pos"]) == ("professional", "11")
    assert "service_segment" in found.names


def test_a_version_of_no_known_guide_is_said_and_read():
    found = read(whole(claim(), version="005010X999"))
    assert found.row["claim_type"] == "professional"
    assert "version_unknown" in found.names


def test_a_facility_code_of_the_other_kind_is_not_taken_for_a_place():
    found = read(whole(claim(clm="CLM*C1*100***11:A:1*Y*A*Y*Y")))
    assert "pos" not in found.row
    assert "facility_qualifier" in found.names


def test_an_interim_bill_keeps_its_frequency():
    row = read(hospital(clm="CLM*H1*413.39***11:A:2*Y*C*Y*Y")).rows[0]
    assert (row["tob"], row["frequency_code"]) == ("112", "2")


def test_the_taxonomy_of_the_billing_provider_may_stand_before_or_after_its_name():
    levels = (
        BILLING[0],
        *BILLING[2:],
        BILLING[1],
        "HL*2*1*22*0",
        "SBR*P*18*******MB",
        "NM1*IL*1*A*B****MI*M1",
    )
    assert read(whole(claim(), levels=levels)).row["billing_taxonomy"] == "207Q00000X"
