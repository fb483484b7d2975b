"""Small explanations of benefit, and reading them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from auditor.claims.feed import ReadOptions
from auditor.claims.readers.fhir import FhirReader
from auditor.claims.sources.intake import Source, take_in

ADJUDICATION = "http://terminology.hl7.org/CodeSystem/adjudication"
CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem/"
VARIABLES = "https://bluebutton.cms.gov/resources/variables/"
BLUE_BUTTON = "https://bluebutton.cms.gov/resources/codesystem/adjudication"
CPT = "http://www.ama-assn.org/go/cpt"
NPI = "http://hl7.org/fhir/sid/us-npi"


class Make:
    """Parts of an R4 explanation of benefit; keywords add to them or, with None, take away."""

    def concept(self, *codings: tuple[str, str]) -> dict[str, Any]:
        return {"coding": [{"system": system, "code": code} for system, code in codings]}

    def amount(self, value: Any, *codings: tuple[str, str]) -> dict[str, Any]:
        return {"category": self.concept(*codings), "amount": {"value": value, "currency": "USD"}}

    def unique(self, value: str) -> dict[str, Any]:
        return {"type": self.concept((CARIN + "C4BBIdentifierType", "uc")), "value": value}

    def charge(self, value: Any) -> dict[str, Any]:
        return self.amount(value, (ADJUDICATION, "submitted"))

    def paid(self, value: Any) -> dict[str, Any]:
        return self.amount(value, (CARIN + "C4BBAdjudication", "paidtoprovider"))

    def item(self, sequence: int = 1, code: str = "99213", **more: Any) -> dict[str, Any]:
        base = {
            "sequence": sequence,
            "productOrService": self.concept((CPT, code)),
            "servicedDate": "2024-03-05",
            "quantity": {"value": 1},
            "adjudication": [self.charge(100.5), self.paid(80.25)],
        }
        return _changed(base, more)

    def eob(self, *items: Any, **more: Any) -> dict[str, Any]:
        base = {
            "resourceType": "ExplanationOfBenefit",
            "id": "e1",
            "identifier": [self.unique("C1")],
            "status": "active",
            "use": "claim",
            "type": self.concept(("http://terminology.hl7.org/CodeSystem/claim-type", "professional")),
            "patient": {"reference": "Patient/p1"},
            "billablePeriod": {"start": "2024-03-01", "end": "2024-03-09"},
            "insurer": {"reference": "Organization/payer1"},
            "diagnosis": [
                {
                    "sequence": 1,
                    "diagnosisCodeableConcept": self.concept(("http://hl7.org/fhir/sid/icd-10-cm", "I10")),
                }
            ],
            "item": list(items) or [self.item()],
        }
        return _changed(base, more)


def _changed(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**base, **more}.items() if value is not None}


@pytest.fixture
def make() -> Make:
    return Make()


@dataclass
class Staged:
    """What the reader made of a file, before the canonical step: text."""

    con: duckdb.DuckDBPyConnection
    staged: Any

    def lines(self, columns: str) -> list[tuple[str | None, ...]]:
        """The lines in order; a column that no line fills is None."""
        there = {*self.staged.fields, "source_pos", *(["date_of_claim"] * self.staged.date_of_claim)}
        chosen = ", ".join(name if name in there else "NULL" for name in columns.split())
        return self.con.execute(f"SELECT {chosen} FROM ({self.staged.select})").fetchall()

    def line(self, columns: str) -> tuple[str | None, ...]:
        [only] = self.lines(columns)
        return only

    def aside(self, columns: str = "reason_code line_no charge paid") -> list[tuple[Any, ...]]:
        """What was set aside, in order."""
        if not self.staged.malformed:
            return []
        chosen = ", ".join(columns.split())
        return self.con.execute(f"SELECT {chosen} FROM ({self.staged.malformed_select})").fetchall()

    def noticed(self) -> list[tuple[str, str]]:
        if not self.staged.diagnostics_select:
            return []
        return self.con.execute(f"SELECT name, severity FROM ({self.staged.diagnostics_select})").fetchall()


def content_of(contents: tuple[Any, ...]) -> str | bytes:
    """Resources as NDJSON; text and bytes as they are."""
    if isinstance(contents[0], str | bytes):
        return contents[0]
    return "".join(json.dumps(one) + "\n" for one in contents)


@pytest.fixture
def fhir(tmp_path: Path) -> Iterator[Callable[..., Staged]]:
    """Stage resources (as NDJSON), or text or bytes as they are; `beside` are files that stand beside them."""
    con = duckdb.connect()
    number = itertools.count()

    def source(content: str | bytes) -> Source:
        path = tmp_path / f"file{next(number)}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        workspace = tmp_path / f"intake{next(number)}"
        workspace.mkdir()
        return take_in(path, workspace)[0]

    def run(*contents: Any, beside: tuple[str, ...] = ()) -> Staged:
        reader = FhirReader()
        others: dict[str, tuple[Source, ...]] = {}
        for one in map(source, beside):
            part = reader.recognises(con, one)
            assert part not in (None, "claims")
            others[str(part)] = (*others.get(str(part), ()), one)
        mine = source(content_of(contents))
        assert reader.recognises(con, mine) == "claims"
        workspace = tmp_path / f"work{next(number)}"
        workspace.mkdir()
        return Staged(con, reader.stage(con, mine, ReadOptions(), workspace, others))

    yield run
    con.close()


@pytest.fixture
def audited(read: Callable[..., Any]) -> Callable[..., Any]:
    """Read resources (as NDJSON), or text, bytes and paths as they are, to the canonical tables; ties out."""

    def run(*contents: Any) -> Any:
        resources = tuple(one for one in contents if isinstance(one, dict))
        return read(content_of(resources)) if resources else read(*contents)

    return run
