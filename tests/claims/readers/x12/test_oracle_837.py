"""Field by field against x12sdk, a strict reader of other authors, on the valid samples it can read.

It refuses a whole transaction for one element that its guide does not have, has no dental transactions, and does not
put right a component separator that the ISA tells wrongly; what it reads must be what is read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.claims.readers.x12.files import Read, read

io = pytest.importorskip(
    "x12sdk.io", reason="the oracle x12sdk is not installed: pip install auditor[oracles]"
)
pytestmark = pytest.mark.slow

READ_BY_X12SDK = {"x12_linuxforhealth": (36, 101), "x12_hccinfhir": (5, 5)}
"""Claims and lines of the samples that x12sdk reads; it fails on the others of hccinfhir and on all of imsweb."""


def loops(node: Any, name: str) -> list[dict[str, Any]]:
    """A loop of a model as a list, whether it may repeat or not."""
    found = node.get(name)
    return [] if found is None else found if isinstance(found, list) else [found]


def claims_of(model: dict[str, Any]) -> Iterator[tuple[dict[str, Any], ...]]:
    """Each claim with its billing provider, subscriber and patient loops."""
    for billing in loops(model, "loop_2000a"):
        for subscriber in loops(billing, "loop_2000b"):
            for claim in loops(subscriber, "loop_2300"):
                yield billing, subscriber, subscriber.get("loop_2010ba") or {}, claim
            for patient in loops(subscriber, "loop_2000c"):
                for claim in loops(patient, "loop_2300"):
                    yield billing, subscriber, patient.get("loop_2010ca") or {}, claim


def code_of(node: dict[str, Any] | None, loop: str) -> str:
    """The identification code of a provider loop where it is an NPI."""
    name = ((node or {}).get(loop) or {}).get("nm1_segment") or {}
    if isinstance(name, list):
        name = name[0]
    return (
        str(name.get("identification_code") or "")
        if name.get("identification_code_qualifier") == "XX"
        else ""
    )


def day(text: Any) -> str:
    return re.sub("[^0-9]", "", str(text or ""))


def number(text: Any) -> str:
    """An amount without what does not change it."""
    return f"{float(text):.4f}" if text not in (None, "") else ""


def parts(composite: Any) -> list[str]:
    values = composite if isinstance(composite, list) else re.split("[:>]", str(composite or ""))
    return [str(value) for one in values for value in re.split("[:>]", str(one))]


def diagnoses(claim: dict[str, Any]) -> list[str]:
    found = []
    for segment in loops(claim, "hi_segment"):
        for place in range(1, 13):
            composite = parts(segment.get(f"health_care_code_{place}"))
            if composite[0] in ("ABK", "BK", "ABF", "BF"):
                found.append(composite[1])
    return found


def service(line: dict[str, Any]) -> dict[str, str]:
    """The service segment and dates of a line, under the names used here."""
    said = line.get("sv1_segment") or line["sv2_segment"]
    composite = parts(
        said.get("composite_medical_procedure_identifier")
        or said.get("product_service_id_qualifier")
        or said.get("procedure_identifier")
    )
    dates = [one for one in loops(line, "dtp_segment") if one["date_time_qualifier"] == "472"]
    controls = [
        one for one in loops(line, "ref_segment") if one["reference_identification_qualifier"] == "6R"
    ]
    revenue = str(said.get("service_line_revenue_code") or "")
    return {
        "line_no": str(line["lx_segment"]["assigned_number"]),
        "code": composite[1] if len(composite) > 1 else "",
        "mods": ",".join(filter(None, composite[2:6])),
        "revenue_code": revenue,
        "charge": number(said["line_item_charge_amount"]),
        "units": number(said.get("service_unit_count")),
        "basis": str(said.get("unit_basis_measurement_code") or said.get("measurement_code") or ""),
        "pointers": ":".join(part for part in parts(said.get("composite_diagnosis_code_pointer")) if part),
        "days": day(dates[0]["date_time_period"]) if dates else "",
        "control": str(controls[0]["reference_identification"]) if controls else "",
    }


def here(row: dict[str, Any]) -> dict[str, str]:
    """The same of a row."""
    own = row.get("date_of_claim") is None
    return {
        "line_no": row["line_no"],
        "code": row.get("code", ""),
        "mods": ",".join(filter(None, (row.get(f"mod{n}") for n in range(1, 5)))),
        "revenue_code": row.get("revenue_code", ""),
        "charge": number(row["charge"]),
        "units": number(row.get("units")),
        "basis": row.get("unit_basis", ""),
        "pointers": row.get("dx_ptr", ""),
        "days": (row.get("date_from", "") + row.get("date_to", "")) if own else "",
        "control": row.get("line_control_no", ""),
    }


def models(path: Path) -> list[dict[str, Any]]:
    """The transactions of a file as x12sdk reads them; none where it fails."""
    try:
        with io.X12ModelReader(str(path)) as reader:
            return [model.model_dump() for model in reader.models()]
    except Exception:
        return []


def compare(found: Read, said: list[dict[str, Any]], name: str) -> tuple[int, int]:
    """Compare all claims of a file; returns claims and lines compared."""
    rows = iter(found.rows)
    claims = lines = 0
    for model in said:
        for billing, subscriber, patient, claim in claims_of(model):
            claims += 1
            rendering = code_of(claim, "loop_2310b")
            provider = (billing.get("loop_2010aa") or {}).get("nm1_segment") or {}
            npi = (
                provider.get("identification_code")
                if provider.get("identification_code_qualifier") == "XX"
                else ""
            )
            for line in loops(claim, "loop_2400"):
                row = next(rows)
                lines += 1
                expected = service(line)
                mine = here(row)
                if len(expected["revenue_code"]) == 3:
                    expected["revenue_code"] = "0" + expected["revenue_code"]  # a number in its 4010 model
                if mine["revenue_code"] and len(mine["revenue_code"]) == 3:
                    mine["revenue_code"] = "0" + mine["revenue_code"]
                assert mine == expected, name
                facility, _, frequency = parts(
                    claim["clm_segment"]["health_care_service_location_information"]
                )
                place = (
                    (row.get("pos"), row["frequency_code"])
                    if "tob" not in row
                    else (row["tob"][:-1], row["tob"][-1])
                )
                own = (line.get("sv1_segment") or {}).get("place_of_service_code")
                assert place == (str(own or facility), frequency), name
                head = claim["clm_segment"]
                assert row["claim_id"] == head["patient_control_number"]
                assert [row[f"dx{n}"] for n in range(1, 26) if f"dx{n}" in row] == diagnoses(claim), name
                person = patient.get("dmg_segment") or {}
                assert row.get("birth_date", "") == day(person.get("date_time_period")), name
                assert row.get("sex", "") == str(person.get("gender_code") or ""), name
                payer = (
                    (subscriber.get("loop_2010bb") or subscriber.get("loop_2010bc") or {}).get("nm1_segment")
                ) or {}
                assert row.get("payer_id", "") == str(payer.get("identification_code") or ""), name
                assert row.get("billing_npi", "") == (npi or ""), name
                if line.get("sv1_segment"):
                    own_provider = code_of(line, "loop_2420a")
                    assert row.get("rendering_npi", "") == (own_provider or rendering or npi or ""), name
                assert row["claim_type"] in (
                    ("institutional",) if line.get("sv2_segment") else ("professional", "dme")
                ), name
    assert next(rows, None) is None, name
    return claims, lines


@pytest.mark.parametrize("folder", list(READ_BY_X12SDK))
def test_what_x12sdk_reads_is_what_is_read(folder: str, shared_data: Path):
    claims = lines = 0
    for path in sorted((shared_data / "claims" / folder).iterdir()):
        if path.suffix in (".json", ".ndjson", ".csv", ".835") or b"CLM" not in path.read_bytes():
            continue
        said = models(path)
        if said:
            compared = compare(read(path.read_bytes()), said, path.name)
            claims, lines = claims + compared[0], lines + compared[1]
    assert (claims, lines) == READ_BY_X12SDK[folder]
