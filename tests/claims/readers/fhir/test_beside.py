"""Patients and providers that references name: contained, in the same file, in files beside it."""

import json

NPI = "http://hl7.org/fhir/sid/us-npi"
NUCC = "http://nucc.org/provider-taxonomy"


def patient(number="p1", **more):
    return {"resourceType": "Patient", "id": number, "birthDate": "1950-02-03", "gender": "female", **more}


def provider(kind, number, npi, **more):
    return {"resourceType": kind, "id": number, "identifier": [{"system": NPI, "value": npi}], **more}


def lines(*resources):
    return "".join(json.dumps(one) + "\n" for one in resources)


def test_patients_in_a_file_beside_give_birth_sex_and_death(fhir, make):
    other = make.eob(id="e2", patient={"reference": "Patient/p9"})
    people = lines(patient(deceasedDateTime="2024-06-01T10:00:00Z"), patient("p2"))
    got = fhir(make.eob(), other, beside=(people,))
    assert got.lines("birth_date sex death_date") == [
        ("1950-02-03", "F", "2024-06-01T10:00:00Z"),
        (None, None, None),
    ]


def test_files_beside_are_named_by_their_part(audited, make, tmp_path):
    contents = {
        "claims": lines(make.eob()),
        "patients": lines(patient()),
        "providers": lines(provider("Practitioner", "d", "1")),
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
    got = audited(*(tmp_path / name for name in contents))
    assert {(file.name, file.part) for file in got.feed.files} == {(name, name) for name in contents}
    assert got.rows("SELECT birth_date::VARCHAR, sex FROM claim_line") == [("1950-02-03", "F")]


def test_patients_in_the_same_bundle_are_found_wherever_they_stand(fhir, make):
    url = "urn:uuid:ab-1"
    eob = make.eob(patient={"reference": url})
    entries = [{"resource": eob}, {"fullUrl": url, "resource": patient("other")}]
    for indent in (None, 2):
        got = fhir(json.dumps({"resourceType": "Bundle", "entry": entries}, indent=indent))
        assert got.line("patient_id birth_date") == ("ab-1", "1950-02-03")


def test_npis_are_found_by_reference_contained_beside_and_by_search(fhir, make):
    def team(reference):
        return [
            {"sequence": 1, "provider": {"reference": reference}, "role": make.concept(("x", "rendering"))}
        ]

    taxonomy = [{"code": make.concept((NUCC, "207R00000X"))}]
    contained = [provider("Practitioner", "d1", "1942945159", qualification=taxonomy)]
    search = f"Practitioner?identifier={NPI}|1548226988"
    references = ["#d1", "Practitioner/d2", "PractitionerRole/r1", search, "#no"]
    eobs = [make.eob(careTeam=team(reference), contained=contained) for reference in references]
    role = {"resourceType": "PractitionerRole", "id": "r1", "practitioner": {"reference": "Practitioner/d2"}}
    got = fhir(*eobs, beside=(lines(provider("Practitioner", "d2", "1952378861"), role),))
    assert got.lines("rendering_npi rendering_taxonomy") == [
        ("1942945159", "207R00000X"),
        ("1952378861", None),
        ("1952378861", None),
        ("1548226988", None),
        (None, None),
    ]


def test_payer_and_billing_provider_of_an_organisation(fhir, make):
    payer = {
        "resourceType": "Organization",
        "id": "payer1",
        "name": "A Plan",
        "identifier": [{"type": make.concept(("x", "payerid")), "value": "60054"}],
    }
    group = provider("Organization", "g1", "1548226988")
    group["identifier"].append({"system": "urn:oid:2.16.840.1.113883.4.4", "value": "123456780"})
    got = fhir(make.eob(provider={"reference": "Organization/g1"}), beside=(lines(payer, group),))
    assert got.line("payer_id payer_name billing_npi billing_tin") == (
        "60054",
        "A Plan",
        "1548226988",
        "123456780",
    )


def test_a_payer_known_by_name_alone_is_told_by_it(fhir, make):
    got = fhir(make.eob(insurer={"display": "A Plan"}))
    assert got.line("payer_id payer_name") == ("A Plan", "A Plan")


def test_files_beside_are_read_once_for_many_files_of_claims_and_what_cannot_be_read_is_told(
    audited, make, tmp_path
):
    (tmp_path / "one").write_text(lines(make.eob()))
    (tmp_path / "two").write_text(lines(make.eob(identifier=[make.unique("C2")])))
    (tmp_path / "people").write_text(lines(patient()) + "{broken\n")
    got = audited(tmp_path)
    assert got.column("SELECT birth_date::VARCHAR FROM claim_line") == ["1950-02-03", "1950-02-03"]
    assert [note for note in got.feed.notes if "beside" in note] == [
        "1 records of the files beside one cannot be read"
    ]


def test_what_a_claim_contains_comes_before_the_same_reference_elsewhere(fhir, make):
    inner = provider("Practitioner", "d", "1942945159")
    eob = make.eob(provider={"reference": "#d"}, contained=[inner])
    got = fhir(eob, beside=(lines(provider("Practitioner", "d", "1952378861")),))
    assert got.line("billing_npi") == ("1942945159",)
