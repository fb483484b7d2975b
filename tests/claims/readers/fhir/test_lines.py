"""What stands in a line, as the text that the canonical step is given."""

import pytest

NUCC = "http://nucc.org/provider-taxonomy"
SPECIALTY = "https://bluebutton.cms.gov/resources/variables/prvdr_spclty"
VARIABLES = "https://bluebutton.cms.gov/resources/variables/"
NPI = "http://hl7.org/fhir/sid/us-npi"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
EX_TYPE = "http://hl7.org/fhir/ex-claimtype"
PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem/"


def member(make, sequence, npi, role="rendering", **more):
    return {
        "sequence": sequence,
        "provider": {"identifier": {"system": NPI, "value": npi}},
        "role": make.concept((CARIN + "C4BBClaimCareTeamRole", role)),
        **more,
    }


def test_the_plain_fields_of_an_r4_line(fhir, make):
    item = make.item(
        7,
        "99214",
        modifier=[make.concept((CPT, "25")), make.concept((HCPCS, "GT"))],
        quantity={"value": 2, "unit": "UN"},
        servicedPeriod={"start": "2024-03-05", "end": "2024-03-06"},
        servicedDate=None,
        locationCodeableConcept=make.concept(("https://www.cms.gov/Place_of_Service_Code_Set", "11")),
        diagnosisSequence=[1],
    )
    got = fhir(make.eob(item, provider={"identifier": {"system": NPI, "value": "1942945159"}}))
    assert got.line(
        "claim_id line_no patient_id payer_id claim_type code modifiers units unit_basis date_from date_to pos dx1 "
        "dx_ptr billing_npi charge paid"
    ) == ("C1", "7", "p1", "payer1", "professional", "99214", "25,GT", "2", "UN", "2024-03-05", "2024-03-06", "11",
          "I10", "1", "1942945159", "100.5", "80.25")  # fmt: skip
    assert got.staged.modifier_columns == 4


def test_stu3_blue_button_is_read_by_its_own_names(fhir, make):
    variable = "https://bluebutton.cms.gov/resources/variables/"
    category = "https://bluebutton.cms.gov/resources/codesystem/adjudication"

    def amount(name, value):
        return {
            "category": make.concept((category, variable + name)),
            "amount": {"value": value, "system": "urn:iso:std:iso:4217", "code": "USD"},
        }

    eob = {
        "resourceType": "ExplanationOfBenefit",
        "id": "carrier-1",
        "identifier": [{"system": variable + "clm_id", "value": "1"},
                       {"system": "https://bluebutton.cms.gov/resources/identifier/claim-group", "value": "9"}],
        "status": "active",
        "type": make.concept((variable + "nch_clm_type_cd", "71")),
        "patient": {"reference": "Patient/-199"},
        "billablePeriod": {"start": "2019-10-27", "end": "2019-10-27"},
        "careTeam": [
            {"sequence": 2, "provider": {"identifier": {"system": NPI, "value": "1942945159"}},
             "role": make.concept(("http://hl7.org/fhir/claimcareteamrole", "primary")),
             "qualification": make.concept((SPECIALTY, "41"))},
            {"sequence": 3, "provider": {"identifier": {"system": "http://terminology.hl7.org/CodeSystem/v2-0203",
                                                        "value": "204299999"}},
             "role": make.concept(("http://hl7.org/fhir/claimcareteamrole", "other"))},
        ],
        "diagnosis": [
            {"sequence": 1, "diagnosisCodeableConcept": make.concept(("http://hl7.org/fhir/sid/icd-10", "H5555"))},
            {"sequence": 5, "diagnosisCodeableConcept": make.concept(("http://hl7.org/fhir/sid/icd-10", "H1234"))},
        ],
        "insurance": {"coverage": {"reference": "Coverage/part-b-1"}},
        "item": [{
            "sequence": 6, "careTeamLinkId": [2, 3], "diagnosisLinkId": [5],
            "service": make.concept(("https://bluebutton.cms.gov/resources/codesystem/hcpcs", "92012")),
            "modifier": [make.concept(("https://bluebutton.cms.gov/resources/codesystem/hcpcs", "LT"))],
            "servicedPeriod": {"start": "2019-10-27", "end": "2019-10-27"},
            "locationCodeableConcept": make.concept((variable + "line_place_of_srvc_cd", "11")) | {
                "extension": [{"url": variable + "prvdr_state_cd", "valueCoding": {"code": "22"}},
                              {"url": variable + "carr_line_prcng_lclty_cd", "valueCoding": {"code": "15"}}]},
            "quantity": {"value": 1.0},
            "adjudication": [amount("line_nch_pmt_amt", 37.5), amount("line_prvdr_pmt_amt", 37.5),
                             amount("line_bene_pmt_amt", 0), amount("line_sbmtd_chrg_amt", 75),
                             amount("line_alowd_chrg_amt", 47.84),
                             {"category": make.concept((category, variable + "line_prcsg_ind_cd")),
                              "reason": make.concept((variable + "line_prcsg_ind_cd", "A"))}],
        }],
    }  # fmt: skip
    got = fhir(eob)
    assert got.line(
        "claim_id payer_icn line_no patient_id code modifiers rendering_npi rendering_specialty billing_tin pos "
        "locality service_state dx_ptr charge allowed paid processing_ind status"
    ) == ("1", "carrier-1", "6", "-199", "92012", "LT", "1942945159", "41", "204299999", "11", "15", "MA", "2", "75",
          "47.84", "37.5", "A", None)  # fmt: skip


@pytest.mark.parametrize(
    ("codings", "kind"),
    [
        (
            [(VARIABLES + "nch_clm_type_cd", "40"), ("http://hl7.org/fhir/ex-claimtype", "professional")],
            "institutional",
        ),
        ([(VARIABLES + "nch_clm_type_cd", "82")], "dme"),
        ([("https://bluebutton.cms.gov/fhir/CodeSystem/CLM-TYPE-CD", "72")], "professional"),
        ([("https://bluebutton.cms.gov/fhir/CodeSystem/EOB-TYPE", "HHA")], "institutional"),
        ([("http://terminology.hl7.org/CodeSystem/claim-type", "oral")], "dental"),
        ([("http://terminology.hl7.org/CodeSystem/claim-type", "vision")], "professional"),
    ],
)
def test_cmss_own_claim_type_comes_before_the_general_one(fhir, make, codings, kind):
    code = "D0120" if kind == "dental" else "99213"
    got = fhir(make.eob(make.item(1, code), type=make.concept(*codings)))
    assert got.line("claim_type") == (kind,)


def test_a_line_without_dates_has_the_claims_and_says_so(fhir, make):
    got = fhir(make.eob(make.item(servicedDate=None), make.item(2)))
    assert got.lines("date_from date_to date_of_claim") == [
        ("2024-03-01", "2024-03-09", True),
        ("2024-03-05", "2024-03-05", False),
    ]


def test_a_time_beside_the_day_is_dropped_and_a_month_alone_is_no_date(audited, make):
    items = [make.item(1, servicedDate="2024-03-05T23:30:00-05:00"), make.item(2, servicedDate="2024-03")]
    got = audited(make.eob(*items))
    assert got.column("SELECT date_from::VARCHAR FROM claim_line") == ["2024-03-05"]
    assert got.aside() == [(1, "date_from is not a date")]


def test_several_modifiers_under_one_system_are_several_and_one_under_two_systems_is_one(fhir, make):
    bfd = make.concept((HCPCS, "A2"), (HCPCS, "59"), (HCPCS, "A5"))
    same = make.concept((HCPCS, "RT"), (CPT, "RT"))
    got = fhir(make.eob(make.item(modifier=[bfd, same])))
    assert got.line("modifiers") == ("A2,59,A5,RT",)


def test_missing_and_repeated_sequences_lose_no_line(fhir, make):
    got = fhir(make.eob(make.item(1), make.item(1, "99214"), make.item(None, "99215")))
    assert got.lines("line_no code") == [("1", "99213"), ("2", "99214"), ("3", "99215")]
    assert got.noticed() == [("sequence_unusable", "note")]


def test_lines_that_the_payer_added_are_lines(fhir, make):
    added = make.item(None, "99215", itemSequence=[1])
    got = fhir(make.eob(make.item(4), addItem=[added]))
    assert got.lines("line_no code") == [("4", "99213"), ("5", "99215")]


def test_details_that_are_billed_in_place_of_their_item_are_lines(fhir, make):
    detail = [make.item(1, "80048"), make.item(2, "80053")]
    group = make.item(1, productOrService=None, adjudication=None, detail=detail, servicedDate="2024-03-07")
    got = fhir(make.eob(group))
    assert got.lines("line_no code paid") == [("1", "80048", "80.25"), ("2", "80053", "80.25")]


def test_a_drug_beside_the_procedure_is_its_ndc(fhir, make):
    ndc = "http://hl7.org/fhir/sid/ndc"
    in_detail = make.item(
        1,
        "J2270",
        detail=[
            {"productOrService": make.concept((ndc, "00409189001")), "quantity": {"value": 10, "unit": "ML"}}
        ],
    )
    in_extension = make.item(2, "J2270", extension=[{"url": ndc, "valueCoding": {"code": "49035044700"}}])
    got = fhir(make.eob(in_detail, in_extension))
    assert got.lines("code ndc ndc_quantity ndc_unit") == [
        ("J2270", "00409189001", "10", "ML"),
        ("J2270", "49035044700", None, None),
    ]


def test_a_code_of_snomed_is_no_code_and_is_told(fhir, make):
    got = fhir(make.eob(make.item(productOrService=make.concept(("http://snomed.info/sct", "185345009")))))
    assert got.line("code revenue_code") == (None, None)
    assert any("another system than HCPCS have no code: sct 1" in note for note in got.staged.notes)


def test_diagnoses_stand_by_sequence_principal_first_and_pointers_follow(fhir, make):
    def dx(sequence, code, kind=None, **more):
        typed = {"type": [make.concept((CARIN + "C4BBClaimDiagnosisType", kind))]} if kind else {}
        return {
            "sequence": sequence,
            "diagnosisCodeableConcept": make.concept((ICD10, code)),
            **typed,
            **more,
        }

    poa = {"onAdmission": make.concept(("https://www.cms.gov/poa", "Y"))}
    eob = make.eob(
        make.item(diagnosisSequence=[4, 2, 9]),
        diagnosis=[
            dx(4, "E11.9"),
            dx(2, "I10", "principal"),
            dx(1, "R07.9", "admitting"),
            dx(3, "V43.52XA", "externalcauseofinjury"),
            dx(5, "Z99.89", "patientreasonforvisit"),
            dx(6, "I10", "other", **poa),
        ],
    )
    got = fhir(eob)
    assert got.line("dx1 dx2 dx3 dx_ptr admitting_dx external_dx reason_dx poa dx_version") == (
        "I10", "E11.9", None, "2:1", "R07.9", "V4352XA", "Z9989", "Y,-", "10",
    )  # fmt: skip
    assert got.noticed() == [("pointers_unresolved", "warning")]


def test_icd9_is_kept_apart(fhir, make):
    code = make.concept(("http://hl7.org/fhir/sid/icd-9-cm", "V10.1"))
    eob = make.eob(diagnosis=[{"sequence": 1, "diagnosisCodeableConcept": code}])
    assert fhir(eob).line("dx1 dx_version") == ("V10.1", "9")


def test_a_line_takes_the_rendering_provider_that_it_names(fhir, make):
    team = [
        member(make, 1, "1942945159", qualification=make.concept((SPECIALTY, "11"), (NUCC, "207R00000X"))),
        member(make, 2, "1952378861"),
        member(make, 3, "1548226988", "referring"),
    ]
    eob = make.eob(
        make.item(1, careTeamSequence=[1]), make.item(2, careTeamSequence=[2, 3]), make.item(3), careTeam=team
    )
    got = fhir(eob)
    assert got.lines("rendering_npi rendering_specialty rendering_taxonomy referring_npi") == [
        ("1942945159", "11", "207R00000X", "1548226988"),
        ("1952378861", None, None, "1548226988"),
        (None, None, None, "1548226988"),
    ]
    assert got.noticed() == [("rendering_unclear", "warning")]


def test_one_rendering_provider_is_that_of_lines_that_name_none(fhir, make):
    got = fhir(make.eob(careTeam=[member(make, 1, "1942945159", "performing")]))
    assert got.line("rendering_npi") == ("1942945159",)


def test_blue_buttons_primary_attends_in_an_institution(fhir, make):
    eob = make.eob(
        make.item(revenue=make.concept(("https://www.nubc.org/CodeSystem/RevenueCodes", "0450"))),
        type=make.concept((VARIABLES + "nch_clm_type_cd", "40")),
        careTeam=[member(make, 1, "1942945159", "primary"), member(make, 2, "1952378861", "assist")],
    )
    assert fhir(eob).line("attending_npi operating_npi rendering_npi") == ("1942945159", "1952378861", None)


@pytest.mark.parametrize(
    "more",
    [
        {"supportingInfo": [("typeofbill", "https://www.nubc.org/CodeSystem/TypeOfBill", "0131")]},
        {"supportingInfo": [("typeofbill", VARIABLES + "clm_freq_cd", "1")],
         "facility": {"extension": [{"url": VARIABLES + "clm_fac_type_cd", "valueCoding": {"code": "1"}}]},
         "extension": [{"url": VARIABLES + "clm_srvc_clsfctn_type_cd", "valueCoding": {"code": "3"}}]},
        {"supportingInfo": [("typeofbill", "https://bluebutton.cms.gov/fhir/CodeSystem/" + name, code) for name, code in
                            (("CLM-BILL-FAC-TYPE-CD", "1"), ("CLM-BILL-CLSFCTN-CD", "3"), ("CLM-BILL-FREQ-CD", "1"))]},
    ],
    ids=["nubc", "blue button", "bfd"],
)  # fmt: skip
def test_the_bill_type_is_read_whole_or_put_together(fhir, make, more):
    infos = [
        {
            "category": make.concept((CARIN + "C4BBSupportingInfoType", kind)),
            "code": make.concept((system, code)),
        }
        for kind, system, code in more["supportingInfo"]
    ]
    institutional = make.concept(("http://terminology.hl7.org/CodeSystem/claim-type", "institutional"))
    got = fhir(make.eob(type=institutional, **{**more, "supportingInfo": infos}))
    [(tob, frequency)] = got.lines("tob frequency_code")
    assert (str(tob).removeprefix("0"), frequency or str(tob)[-1]) == ("131", "1")


def test_the_stay_and_the_dates_beside_it(fhir, make):
    def info(kind, **more):
        return {"category": make.concept((CARIN + "C4BBSupportingInfoType", kind)), **more}

    eob = make.eob(
        type=make.concept((VARIABLES + "nch_clm_type_cd", "60")),
        supportingInfo=[
            info("admissionperiod", timingPeriod={"start": "2024-03-01", "end": "2024-03-09"}),
            info("clmrecvddate", timingDate="2024-04-02"),
            info("discharge-status", code=make.concept(("x", "01"))),
            info("admtype", code=make.concept(("x", "3"))),
            info("pointoforigin", code=make.concept(("x", "2"))),
            info("drg", code=make.concept(("x", "470"))),
        ],
        procedure=[
            {
                "sequence": 2,
                "procedureCodeableConcept": make.concept(
                    ("http://www.cms.gov/Medicare/Coding/ICD10", "01NB0ZZ")
                ),
            },
            {
                "sequence": 1,
                "procedureCodeableConcept": make.concept(
                    ("http://www.cms.gov/Medicare/Coding/ICD10", "0SG30AJ")
                ),
            },
        ],
        payment={"date": "2024-05-01"},
        preAuthRef=["A77"],
    )
    assert fhir(eob).line(
        "admit_date discharge_date received_date paid_date discharge_status admit_type admit_source drg px1 "
        "px2 prior_auth"
    ) == (
        "2024-03-01",
        "2024-03-09",
        "2024-04-02",
        "2024-05-01",
        "01",
        "3",
        "2",
        "470",
        "0SG30AJ",
        "01NB0ZZ",
        "A77",
    )


def test_the_weekly_processing_date_is_no_date_of_receipt(fhir, make):
    category = make.concept(
        (CARIN + "C4BBSupportingInfoType", "clmrecvddate"),
        ("https://bluebutton.cms.gov/resources/codesystem/information", VARIABLES + "nch_wkly_proc_dt"),
    )
    got = fhir(make.eob(supportingInfo=[{"category": category, "timingDate": "2024-04-02"}]))
    assert got.line("received_date") == (None,)


@pytest.mark.parametrize(
    ("patient", "contained", "found"),
    [
        ({"reference": "Patient/123"}, [], "123"),
        ({"reference": "https://payer.example/fhir/Patient/123/_history/4"}, [], "123"),
        ({"reference": "urn:uuid:0b-1"}, [], "0b-1"),
        (
            {"reference": "#p"},
            [{"resourceType": "Patient", "id": "p", "identifier": [{"value": "M1"}]}],
            "M1",
        ),
        ({"reference": "#p"}, [], "p"),
        ({"identifier": {"value": "M2"}}, [], "M2"),
    ],
)
def test_the_patient_is_told_by_reference_or_identifier(fhir, make, patient, contained, found):
    assert fhir(make.eob(patient=patient, contained=contained)).line("patient_id") == (found,)


def test_tooth_and_surface_of_a_dental_line(fhir, make):
    item = make.item(
        1,
        "D2391",
        bodySite=make.concept(("x", "14")),
        subSite=[make.concept(("y", "M")), make.concept(("y", "O"))],
    )
    got = fhir(
        make.eob(item, type=make.concept(("http://terminology.hl7.org/CodeSystem/claim-type", "oral")))
    )
    assert got.line("claim_type tooth surface") == ("dental", "14", "M,O")


def test_minutes_are_no_units(audited, make):
    got = audited(make.eob(make.item(1, "00100", quantity={"value": 45, "unit": "MJ"})))
    assert got.rows("SELECT units, minutes FROM claim_line") == [(None, 45)]


def test_lines_without_modifiers_have_none_and_a_long_feed_without_any_has_dropped_them(fhir, make):
    assert "modifiers" in fhir(make.eob()).staged.fields
    long = make.eob(*(make.item(n) for n in range(1, 501)))
    assert "modifiers" not in fhir(long).staged.fields
    long["item"][7]["modifier"] = [make.concept((CPT, "25"))]
    assert "modifiers" in fhir(long).staged.fields


def test_details_that_have_codes_of_their_own_beside_the_item_are_told(fhir, make):
    other = fhir(make.eob(make.item(1, detail=[make.item(1, "36415")])))
    assert other.lines("code") == [("99213",)]
    assert other.noticed() == [("details_unread", "warning")]
    assert fhir(make.eob(make.item(1, detail=[make.item(1, "99213")]))).noticed() == []
