import gzip
import json

import orjson
import pytest

from auditor.base.errors import InputRefused
from auditor.claims.readers.fhir import records as cutting
from auditor.claims.refusals import NotClaims


def numbered(make, count):
    return [make.eob(id=f"e{n}", identifier=[make.unique(f"C{n}")]) for n in range(1, count + 1)]


def bundle(*resources):
    return {
        "resourceType": "Bundle",
        "entry": [{"fullUrl": "http://x/1", "resource": one} for one in resources],
    }


def places(got):
    return got.lines("claim_id source_pos")


def aside(got):
    return got.aside("source_pos reason")


@pytest.mark.parametrize(
    "form",
    [
        lambda eobs: "\n".join(map(json.dumps, eobs)),
        lambda eobs: "\r\n".join(map(json.dumps, eobs)) + "\r\n",
        lambda eobs: "\ufeff" + "\n".join(map(json.dumps, eobs)),
        lambda eobs: json.dumps(bundle(*eobs)),
        lambda eobs: json.dumps(bundle(*eobs), indent=2),
        lambda eobs: json.dumps({"entry": bundle(*eobs)["entry"], "resourceType": "Bundle"}, indent=1),
        lambda eobs: json.dumps(eobs),
        lambda eobs: json.dumps(eobs, indent=4),
        lambda eobs: "".join(json.dumps(one, indent=2) for one in eobs),
        lambda eobs: json.dumps([bundle(*eobs)]),
        lambda eobs: json.dumps(bundle(bundle(*eobs))),
    ],
    ids=["lines", "crlf", "bom", "bundle", "printed", "late type", "array", "printed array", "one after another",
         "bundle in array", "bundle in bundle"],
)  # fmt: skip
def test_every_form_of_file_gives_the_same_resources(tmp_path, make, form):
    path = tmp_path / "file"
    path.write_bytes(form(numbered(make, 3)).encode())
    values = [orjson.loads(record.raw) for record in cutting.records(path)]
    assert [one["id"] for value in values for one, _ in cutting.resources(value)] == ["e1", "e2", "e3"]


def test_a_bundle_is_read_to_the_end_and_ties_out(audited, make):
    got = audited(json.dumps(bundle(*numbered(make, 3)), indent=2))
    assert got.column("SELECT claim_id FROM claim_line ORDER BY line_id") == ["C1", "C2", "C3"]
    assert [(file.format, file.rows, file.lines) for file in got.feed.files] == [("fhir", 3, 3)]
    assert got.tie.paid_in == 3 * 8025


def test_a_resource_printed_over_many_lines_is_read(fhir, make):
    got = fhir(json.dumps(make.eob(), indent=4).encode())
    assert places(got) == [("C1", 1)]


def test_gzip_is_read_in_place(fhir, make):
    got = fhir(gzip.compress("\n".join(map(json.dumps, numbered(make, 2))).encode()))
    assert places(got) == [("C1", 1), ("C2", 2)]


def test_the_place_is_the_line_and_in_a_bundle_the_entry(fhir, make):
    first, second = numbered(make, 2)
    assert places(fhir("\n\n" + json.dumps(first) + "\n\n" + json.dumps(second) + "\n")) == [
        ("C1", 3),
        ("C2", 5),
    ]
    patient = {"resourceType": "Patient", "id": "p1"}
    assert places(fhir(json.dumps(bundle(patient, first, patient, second), indent=1))) == [
        ("C1", 2),
        ("C2", 4),
    ]


def test_a_line_that_is_no_json_is_set_aside_with_its_number_and_the_rest_is_read(fhir, make):
    first, second = map(json.dumps, numbered(make, 2))
    got = fhir("\n".join([first, second[:-40], '{"resourceType": "Expl', second]) + "\n")
    assert places(got) == [("C1", 1), ("C2", 4)]
    assert aside(got) == [(2, "no JSON that can be read"), (3, "no JSON that can be read")]
    assert got.staged.source_rows == 4


def test_lines_joined_without_a_line_end_are_both_read(fhir, make):
    first, second, third = map(json.dumps, numbered(make, 3))
    got = fhir(f"{first}\n{second}{third}\n")
    assert places(got) == [("C1", 1), ("C2", 2), ("C3", 2)]


def test_a_bundle_cut_short_gives_what_stands_before_and_says_so(fhir, make):
    whole = json.dumps(bundle(*numbered(make, 3)), indent=2)
    got = fhir(whole[: whole.rindex('"billablePeriod"')])
    assert places(got) == [("C1", 1), ("C2", 2)]
    assert aside(got) == [(3, "the file ends in the midst of a resource")]
    assert got.noticed() == [("file_cut_short", "error")]


def test_an_entry_that_is_no_json_is_set_aside_and_the_others_are_read(fhir, make):
    whole = json.dumps(bundle(*numbered(make, 3)), indent=2)
    broken = whole.replace('"id": "e2"', '"id": e2', 1)
    got = fhir(broken)
    assert places(got) == [("C1", 1), ("C3", 3)]
    assert aside(got) == [(2, "no JSON that can be read")]


def test_a_resource_larger_than_the_limit_is_set_aside_unread(fhir, make, monkeypatch):
    monkeypatch.setattr(cutting, "LARGEST", 4000)
    small, large, third = numbered(make, 3)
    large["text"] = {"div": "x" * 5000}
    for content in ("\n".join(map(json.dumps, [small, large, third])),
                    json.dumps(bundle(small, large, third), indent=2)):  # fmt: skip
        got = fhir(content)
        assert places(got) == [("C1", 1), ("C3", 3)]
        assert aside(got) == [(2, "a resource of more than 32 MB")]


def test_brackets_and_quotes_in_strings_do_not_mislead_the_cutting(fhir, make):
    eobs = numbered(make, 2)
    eobs[0]["disposition"] = 'a "{[}\\" \\\\ ]'
    got = fhir(json.dumps(bundle(*eobs), indent=2))
    assert places(got) == [("C1", 1), ("C2", 2)]


def test_resources_of_other_types_are_counted_in_the_notes(fhir, make):
    got = fhir(
        make.eob(), {"resourceType": "Coverage", "id": "c"}, {"resourceType": "Patient", "id": "p1"}, {"a": 1}
    )
    assert (len(places(got)), got.staged.source_rows) == (1, 4)
    assert got.aside("reason_code source_pos") == [("type_unknown", 4)]
    assert any(
        "resources of other types are not claims: Coverage 1, Patient 1" in n for n in got.staged.notes
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            '{"resourceType": "ExplanationOfBenefitBase", "CLM_TYPE_CD": 60}',
            "ExplanationOfBenefitBase, which is none",
        ),
        ('{"resourceType": "Claim", "item": []}', "FHIR without an ExplanationOfBenefit (it has: Claim)"),
        ('{"resourceType": "Bundle", "entry": []}', "it has: Bundle"),
    ],
)
def test_what_holds_no_claims_is_refused_by_name(fhir, content, says):
    with pytest.raises(NotClaims, match=r"holds|none of FHIR|without") as refusal:
        fhir(content)
    assert says in str(refusal.value)


def test_json_without_a_resource_type_is_refused_as_such(fhir):
    with pytest.raises(NotClaims, match="JSON without a resource type"):
        fhir('{"claims": [1, 2, 3]}')


def test_a_header_in_brackets_is_no_json(audited, table):
    header, row = table("1,1,P,2024-07-01,99213,1,10,5").splitlines()
    bracketed = ",".join(f"[{name}]" for name in header.split(","))
    assert audited(f"{bracketed}\n{row}\n").feed.files[0].format == "csv"


def test_a_file_that_only_mentions_the_type_is_refused_and_gives_no_silent_zero(fhir):
    with pytest.raises(InputRefused, match="none that could be read"):
        fhir('{"resourceType": "Patient", "x": {"resourceType": "ExplanationOfBenefit"}}')


def test_deep_nesting_is_no_json_for_the_parser_and_no_crash(fhir, make):
    deep = '{"resourceType": "ExplanationOfBenefit", "x": ' + "[" * 5000 + "]" * 5000 + "}"
    got = fhir(json.dumps(make.eob()) + "\n" + deep + "\n")
    assert aside(got) == [(2, "no JSON that can be read")]
    for depth in (250, 300, 900):
        money = "[" * depth + "]" * depth
        text = json.dumps(make.eob(make.item(adjudication=[make.charge("@")]))).replace('"@"', money)
        assert fhir(text).line("charge")[0] is not None
    nested = '{"entry": [' * 3000 + "]}" * 3000
    got = fhir(json.dumps(make.eob()) + "\n" + nested + "\n")
    assert aside(got) == [(2, "no JSON that can be read")]
