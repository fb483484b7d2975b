"""What stands beside the items of an EOB: bill type, admission, DRG, dates, control numbers, procedures.

R4 has `supportingInfo` (CARIN's C4BBSupportingInfoType), STU3 `information`; Blue Button and BFD also use extensions
named by the variables of CMS's data dictionary.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.claims.model import MAX_PROCEDURES
from auditor.claims.readers.fhir.amounts import part
from auditor.claims.readers.fhir.values import (
    Json,
    Object,
    an_object,
    codings,
    extensions,
    last_part,
    objects,
    reference_of,
    text,
    value_of,
    whole,
)

_CONTROL_NUMBERS = ("fi_doc_clm_cntl_num", "carr_clm_cntl_num", "clm_cntl_num")
_NOT_DENIED = frozenset("123456789AB")
"""CARR_CLM_PMT_DNL_CD of claims that were paid, to whom; 0 is denied and the others are reasons to pay nothing."""


@dataclass
class Supporting:
    """Fields of the canonical model by their names, as text; `tob` and `frequency_code` among them."""

    fields: dict[str, str] = field(default_factory=dict)
    conditions: list[str] = field(default_factory=list)
    procedures: list[str] = field(default_factory=list)
    payment_denied: bool = False

    def put(self, name: str, value: str) -> None:
        """Keep the first value of a field."""
        if value:
            self.fields.setdefault(name, value)


def read(eob: Object) -> Supporting:
    """What the EOB says beside its items."""
    found = Supporting()
    bill: dict[str, str] = {}
    for one in [*objects(eob.get("supportingInfo")), *objects(eob.get("information"))]:
        _information(found, bill, one)
    _extensions(found, bill, eob)
    for system, code in codings(eob.get("type")):
        if last_part(system) == "clm_srvc_clsfctn_type_cd":
            bill.setdefault("class", code)
    whole_bill = bill.get("whole", "")
    if not whole_bill and "facility" in bill and "class" in bill:
        whole_bill = bill["facility"] + bill["class"] + bill.get("frequency", "")
    found.put("tob", whole_bill)
    if len(bill.get("frequency", "")) == 1:
        found.put("frequency_code", bill["frequency"])
    stay = an_object(eob.get("hospitalization"))
    found.put("admit_date", text(stay.get("start")))
    found.put("discharge_date", text(stay.get("end")))
    found.put("paid_date", text(an_object(eob.get("payment")).get("date")))
    found.put("drg", _code(eob.get("diagnosisRelatedGroup")))
    found.put("prior_auth", _first_text(eob.get("preAuthRef")))
    for one in objects(eob.get("insurance")):
        found.put("prior_auth", _first_text(one.get("preAuthRef")))
    _related(found, eob)
    found.procedures = _procedures(eob)
    return found


def _information(found: Supporting, bill: dict[str, str], one: Object) -> None:
    """One element of supportingInfo or information: its category, or the system of its code, says what it is."""
    kinds = {last_part(code).replace("-", "") for _, code in codings(one.get("category"))}
    given = codings(one.get("code"))
    period = an_object(one.get("timingPeriod"))
    if "admissionperiod" in kinds:
        found.put("admit_date", text(period.get("start")))
        found.put("discharge_date", text(period.get("end")))
    # BFD's second version files the weekly processing date under clmrecvddate; that is not the date of receipt.
    if "clmrecvddate" in kinds and "nch_wkly_proc_dt" not in kinds:
        found.put("received_date", text(one.get("timingDate")) or text(period.get("start")))
    for kind, name in (
        ("dischargestatus", "discharge_status"), ("admtype", "admit_type"), ("pointoforigin", "admit_source"),
        ("drg", "drg"),
    ):  # fmt: skip
        if kind in kinds and given:
            found.put(name, given[0][1])
    for system, code in given:
        match last_part(system).replace("-", "_"):
            case "typeofbill":
                bill.setdefault("whole", code)
            case "clm_bill_fac_type_cd":
                bill.setdefault("facility", code)
            case "clm_bill_clsfctn_cd":
                bill.setdefault("class", code)
            case "clm_bill_freq_cd" | "clm_freq_cd":
                bill.setdefault("frequency", code)
            case "ptnt_dschrg_stus_cd" | "patdischargestatus":
                found.put("discharge_status", code)
            case "clm_ip_admsn_type_cd" | "prioritytypeofadmitorvisit":
                found.put("admit_type", code)
            case "clm_src_ip_admsn_cd" | "pointoforigin":
                found.put("admit_source", code)
            case "clm_drg_cd":
                found.put("drg", code)
            case "clm_rlt_cond_cd":
                found.conditions.append(part(code))
            case "clm_cntrctr_num":
                found.put("mac", code)
            case "clm_carr_pmt_dnl_cd":
                found.payment_denied = code.upper() not in _NOT_DENIED


def _extensions(found: Supporting, bill: dict[str, str], eob: Object) -> None:
    for name, one in [*extensions(eob), *extensions(eob.get("facility"))]:
        value = value_of(one)
        if name == "clm_fac_type_cd":
            bill.setdefault("facility", value)
        elif name == "clm_srvc_clsfctn_type_cd":
            bill.setdefault("class", value)
        elif name in ("clm_freq_cd", "claim_freq_cd"):
            bill.setdefault("frequency", value)
        elif name in _CONTROL_NUMBERS:
            found.put("payer_icn", value)
        elif name == "fi_orig_clm_cntl_num":
            found.put("original_ref", value)
        elif name in ("carr_num", "fi_num"):
            found.put("mac", value)
        elif name == "carr_clm_pmt_dnl_cd" and value:
            found.payment_denied = value.upper() not in _NOT_DENIED


def _related(found: Supporting, eob: Object) -> None:
    """The claim that this one replaces: `prior` (HL7 related claim relationship) or `replaces`."""
    for one in objects(eob.get("related")):
        kinds = {last_part(code) for _, code in codings(one.get("relationship"))}
        if not kinds & {"prior", "replaces"}:
            continue
        claim = an_object(one.get("claim"))
        named = text(an_object(one.get("reference")).get("value")) or text(
            an_object(claim.get("identifier")).get("value")
        )
        found.put("original_ref", named or reference_of(claim).rsplit("/", 1)[-1].removeprefix("urn:uuid:"))
        if found.fields.get("frequency_code") != "8" and found.fields.get("tob", "")[-1:] != "8":
            found.fields["frequency_code"] = "7"


def _procedures(eob: Object) -> list[str]:
    """ICD-10-PCS codes, the principal one first, then by their sequence."""
    placed = []
    for place, one in enumerate(objects(eob.get("procedure"))):
        given = codings(one.get("procedureCodeableConcept"))
        if given:
            first = any("principal" in last_part(code) for _, code in codings(one.get("type")))
            placed.append((not first, whole(one.get("sequence")) or place + 1, place, given[0][1]))
    return list(dict.fromkeys(code for *_, code in sorted(placed)))[:MAX_PROCEDURES]


def _code(concept: Json) -> str:
    given = codings(concept)
    return given[0][1] if given else ""


def _first_text(value: Json) -> str:
    if type(value) is list:
        return next((found for one in value if (found := text(one))), "")
    return text(value)
