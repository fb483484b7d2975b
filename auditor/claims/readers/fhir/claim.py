"""What all lines of one ExplanationOfBenefit share: number, payer, patient, providers, diagnoses, its own amounts."""

from __future__ import annotations

from collections import Counter
from typing import Final

from auditor.claims.model import MAX_DIAGNOSES, MAX_PROCEDURES
from auditor.claims.readers.fhir import amounts, diagnoses, kinds, providers, supporting
from auditor.claims.readers.fhir.directory import Directory, Parties, Party
from auditor.claims.readers.fhir.values import (
    Object,
    an_object,
    bare_id,
    codings,
    last_part,
    objects,
    reference_of,
    text,
)

FIELDS: Final = (
    "claim_id", "line_no", "payer_id", "payer_name", "patient_id", "birth_date", "sex", "death_date", "claim_type",
    "billing_npi", "billing_tin", "billing_taxonomy", "rendering_npi", "rendering_taxonomy", "rendering_specialty",
    "referring_npi", "ordering_npi", "supervising_npi", "attending_npi", "operating_npi", "facility_npi", "pos", "tob",
    "frequency_code", "original_ref", "payer_icn", "status", "processing_ind", "date_from", "date_to", "date_of_claim",
    "code", "revenue_code", "modifiers", "units", "unit_basis", "charge", "allowed", "paid", "patient_resp",
    "other_payer_paid", "dx_ptr", "poa", "dx_version", "admitting_dx", "reason_dx", "external_dx", "paid_date",
    "received_date", "service_state", "service_zip", "locality", "mac", "drg", "admit_date", "discharge_date",
    "discharge_status", "admit_type", "admit_source", "prior_auth", "ndc", "ndc_quantity", "ndc_unit", "clia", "tooth",
    "surface", "condition_codes", "adjustments", "remark_codes",
    *(f"dx{n}" for n in range(1, MAX_DIAGNOSES + 1)), *(f"px{n}" for n in range(1, MAX_PROCEDURES + 1)),
)  # fmt: skip
"""The canonical fields that a line is given, in their order."""
AT: Final = {name: place for place, name in enumerate(FIELDS)}


class Claim:
    """What all lines of an EOB share.

    `template` has a value for each of `FIELDS`; `noticed` gives what is odd: name, severity and words.
    """

    def __init__(self, eob: Object, kind: str, number: str, directory: Directory) -> None:
        self.eob, self.kind, self.number = eob, kind, number
        self.pending = kinds.status_of(eob)
        self.noticed: dict[str, tuple[str, str]] = {}
        parties = Parties(eob, directory)
        self.supporting = supporting.read(eob)
        self.diagnoses = diagnoses.read(eob)
        self.providers = providers.read(eob, self.kind, parties)
        self.money = _header_money(eob)
        self.template = self._template(parties)
        if self.diagnoses.beyond:
            says = f"of more than {MAX_DIAGNOSES} diagnoses the last are not read"
            self.noticed["diagnoses_beyond"] = ("warning", says)
        if self.diagnoses.other_system:
            says = "diagnoses that are no ICD codes (by reference, or of another system) are not read"
            self.noticed["diagnosis_other"] = ("warning", says)

    def _template(self, parties: Parties) -> list[str]:
        """The fields that are the same on every line."""
        values = [""] * len(FIELDS)
        patient, person = parties.patient(self.eob.get("patient"))
        payer, payer_name = _payer(self.eob, parties)
        found = self.supporting
        dx = self.diagnoses
        shared = {
            "claim_id": self.number,
            "payer_id": payer,
            "payer_name": payer_name,
            "patient_id": patient,
            "birth_date": person.birth_date,
            "sex": person.sex,
            "death_date": person.death_date,
            "claim_type": self.kind,
            "payer_icn": _control_number(self.eob),
            "poa": ",".join(one or "-" for one in dx.present) if any(dx.present) else "",
            "dx_version": dx.version,
            "admitting_dx": dx.admitting,
            "reason_dx": ",".join(dx.reasons[:MAX_DIAGNOSES]),
            "external_dx": ",".join(dx.external[:MAX_DIAGNOSES]),
            "condition_codes": ",".join(found.conditions[:MAX_DIAGNOSES]),
            **self.providers.fields,
        }
        for name, value in [*shared.items(), *found.fields.items()]:
            if value:
                values[AT[name]] = value
        if self.kind not in ("", "institutional"):
            values[AT["tob"]] = ""
        for n, code in enumerate(dx.codes):
            values[AT["dx1"] + n] = code
        for n, code in enumerate(found.procedures):
            values[AT["px1"] + n] = code
        return values


def number_of(eob: Object) -> str:
    """The claim's number: the unique claim identifier (C4BBIdentifierType uc, Blue Button's clm_id), else the id."""
    unique = first = ""
    for one in objects(eob.get("identifier")):
        system = last_part(text(one.get("system")))
        value = text(one.get("value"))
        if system in ("clm_id", "pde_id") and value:
            return value
        if system in ("claim-group", "rx_srvc_rfrnc_num", "clm-cntl-num"):
            continue
        if any(code.lower() == "uc" for _, code in codings(one.get("type"))):
            unique = unique or value
        first = first or value
    return unique or text(eob.get("id")) or first


def _control_number(eob: Object) -> str:
    """The payer's control number; where none is given the resource's id, by which `related` may name the claim."""
    for one in objects(eob.get("identifier")):
        if last_part(text(one.get("system"))) == "clm-cntl-num":
            return text(one.get("value"))
    identifier = text(eob.get("id"))
    return "" if identifier == number_of(eob) else identifier


def _payer(eob: Object, parties: Parties) -> tuple[str, str]:
    """The payer's identifier and name: its own number, else the reference, else the name that stands for it."""
    insurer = eob.get("insurer")
    party: Party = parties.find(insurer)
    target = reference_of(insurer)
    known = "" if target.startswith("#") else bare_id(target)
    return party.number or known or party.name, party.name


def _header_money(eob: Object) -> amounts.Money:
    """The claim's own amounts: totals, adjudication of the claim, the payment, STU3's totalCost and totalBenefit."""
    money = amounts.read(eob.get("total"), Counter())
    own = amounts.read(eob.get("adjudication"), Counter())
    payment = an_object(eob.get("payment"))
    stated = amounts.dollars(payment.get("amount"))[0]
    money.charge = money.charge or own.charge or amounts.dollars(eob.get("totalCost"))[0]
    money.paid = money.paid or own.paid or amounts.dollars(eob.get("totalBenefit"))[0] or stated
    money.status = own.status or money.status
    if any(code.lower() == "denied" for _, code in codings(payment.get("type"))):
        money.status = "denied"
    return money
