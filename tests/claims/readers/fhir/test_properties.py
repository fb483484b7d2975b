"""Anything may stand in any place of a file: the reader loses nothing and never crashes."""

from __future__ import annotations

import contextlib
import copy
import json
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from auditor.claims.feed import ReadOptions
from auditor.claims.readers.fhir import FhirReader
from auditor.claims.readers.fhir.directory import Directory
from auditor.claims.readers.fhir.parsing import NoJson, parse
from auditor.claims.readers.fhir.records import cut
from auditor.claims.readers.fhir.writing import ClaimWriter, Told
from auditor.claims.readers.rows import Rows
from auditor.claims.sources.intake import take_in

JSON = st.recursive(
    # whole numbers beyond 64 bits are read as decimal ones, and no FHIR element has them
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6) | st.sampled_from(["99213", "0001", "2024-03-05", "-", "1e9", "Patient/1", "#x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["coding", "code", "system", "value", "reference", "amount", "category", "start", "item"]),
        inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


class Written(Rows):
    """Stands for `Rows`: counts, and holds that every value is text."""

    def __init__(self) -> None:
        self.lines = self.asides = 0

    def line(self, position, values):
        assert all(type(value) is str for value in values)
        self.lines += 1

    def aside(self, position, code, reason, *, claim_id="", line_no="", charge="", paid=""):
        assert all(type(value) is str for value in (code, reason, claim_id, line_no, charge, paid))
        self.asides += 1

    def diagnose(self, name, severity, says, position, offset=0, claim_id=""):
        assert severity in ("note", "warning", "error")


def _places(value, path=()):
    yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _places(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _places(inner, (*path, number))


def _full(make):
    carin = "http://hl7.org/fhir/us/carin-bb/CodeSystem/"
    info = {
        "sequence": 1, "category": make.concept((carin + "C4BBSupportingInfoType", "typeofbill")),
        "code": make.concept(("https://www.nubc.org/CodeSystem/TypeOfBill", "0131")), "timingDate": "2024-01-01",
        "timingPeriod": {"start": "2024-01-01"},
    }  # fmt: skip
    item = make.item(
        careTeamSequence=[1], diagnosisSequence=[1], modifier=[make.concept(("x", "25"))],
        revenue=make.concept(("https://www.nubc.org/CodeSystem/RevenueCodes", "0450")),
        detail=[{"productOrService": make.concept(("http://hl7.org/fhir/sid/ndc", "1")), "quantity": {"value": 1}}],
        extension=[{"url": "x/tax_num", "valueCoding": {"code": "1"}}],
        locationCodeableConcept=make.concept(("x", "11")), locationAddress={"state": "MA", "postalCode": "0"},
    )  # fmt: skip
    member = {"sequence": 1, "provider": {"reference": "#d"}, "role": make.concept(("x", "rendering")),
              "qualification": make.concept(("http://nucc.org/provider-taxonomy", "1"))}  # fmt: skip
    return make.eob(
        item, make.item(2), careTeam=[member], supportingInfo=[info], total=[make.charge(1), make.paid(2)],
        payment={"amount": {"value": 3}, "date": "2024-01-01", "type": make.concept(("x", "paid"))},
        procedure=[{"sequence": 1, "procedureCodeableConcept": make.concept(("x", "0SG30AJ"))}],
        related=[{"relationship": make.concept(("x", "prior")), "reference": {"value": "C0"}}],
        contained=[{"resourceType": "Practitioner", "id": "d", "identifier": [{"system": "us-npi", "value": "1"}]}],
        meta={"tag": [{"system": "x", "code": "y"}]},
        extension=[{"url": "x/carr_num", "valueIdentifier": {"value": "1"}}],
        insurance=[{"preAuthRef": ["A"]}], addItem=[make.item(None)],
    )  # fmt: skip


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.slow
def test_any_value_in_any_place_of_a_claim_is_written_or_set_aside(make, tmp_path_factory, data):
    eob = _full(make)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([path for path in _places(eob) if path]))
        target = eob
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = data.draw(JSON)
    eob["resourceType"] = "ExplanationOfBenefit"
    written = Written()
    before = copy.deepcopy(eob)
    ClaimWriter(written, _NOBODY_KNOWN, Told()).write(1, eob, False)
    assert written.lines + written.asides >= _items(eob)
    assert eob == before


def _items(eob):
    given = eob.get("item")
    return max(len(given) if isinstance(given, list) else given is not None, 1)


_NOBODY_KNOWN = Directory(Path(":memory:"))


@settings(max_examples=150, deadline=None)
@given(value=JSON, cutting=st.integers(0, 40), noise=st.binary(max_size=8))
def test_cutting_any_bytes_ends_and_gives_objects_or_a_fault(value, cutting, noise):
    raw = json.dumps({"entry": [{"resource": value}, value]}).encode()
    raw = raw[:cutting] + noise + raw[cutting:]
    for record in cut(raw):
        assert record.fault or record.raw[:1] in (b"{", b"[")
        with contextlib.suppress(NoJson):
            parse(record.raw)


@settings(max_examples=80, deadline=None)
@given(value=JSON)
def test_a_value_without_a_name_twice_is_never_said_to_have_one(value):
    for indent in (None, 1):
        assert parse(json.dumps(value, indent=indent).encode()) == (pytest.approx(value) if isinstance(value, float)
                                                                    else value, False)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=st.lists(st.tuples(st.integers(0, 3000), st.binary(max_size=4)), max_size=3))
@example(damage=[(18, b"\xb9"), (346, b" ")])
def test_damaged_bytes_give_every_record_a_place(make, tmp_path_factory, damage):
    good = b"\n".join(
        json.dumps(make.eob(id=f"e{n}", identifier=[make.unique(f"C{n}")])).encode() for n in range(4)
    )
    for at, noise in damage:
        good = good[: at % len(good)] + noise + good[at % len(good) + len(noise) :]
    folder = tmp_path_factory.mktemp("damaged")
    path = folder / "x.ndjson"
    path.write_bytes(good)
    others = 0
    try:
        encoding = good.decode() and "utf-8"
    except UnicodeDecodeError:
        encoding = "cp1252"  # as the intake takes such a file
    for line in good.splitlines():
        with contextlib.suppress(ValueError):
            value = json.loads(line.decode(encoding, errors="replace"))
            others += isinstance(value, dict) and value.get("resourceType") != "ExplanationOfBenefit"
    _stage(path, folder / "work", others)


def _stage(path: Path, workspace: Path, others: int) -> None:
    workspace.mkdir()
    con = duckdb.connect()
    try:
        source = take_in(path, workspace)[0]
        if FhirReader().recognises(con, source) == "claims":
            staged = FhirReader().stage(con, source, ReadOptions(), workspace, {})
            lines = con.execute(f"SELECT count(*) FROM ({staged.select})").fetchone()
            assert lines is not None
            assert lines[0] + staged.malformed + others >= (staged.source_rows or 0) > 0
    finally:
        con.close()
