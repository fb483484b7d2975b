"""What kind of claim an ExplanationOfBenefit is, and whether it is one that was adjudicated and still stands."""

from __future__ import annotations

from auditor.claims.readers.fhir.values import Object, an_object, codes, codings, last_part, objects, text

_EOB_TYPE = {
    "CARRIER": "professional", "DME": "dme", "PDE": "pharmacy", "INPATIENT": "institutional",
    "OUTPATIENT": "institutional", "SNF": "institutional", "HHA": "institutional", "HOSPICE": "institutional",
}  # fmt: skip
_NCH_TYPE = {
    "10": "institutional", "20": "institutional", "30": "institutional", "40": "institutional", "50": "institutional",
    "60": "institutional", "61": "institutional", "62": "institutional", "63": "institutional",
    "71": "professional", "72": "professional", "81": "dme", "82": "dme",
}  # fmt: skip
"""NCH_CLM_TYPE_CD: 71 and 72 are carrier claims (72: of equipment, billed to the carrier), 81 and 82 the DME MAC's."""
_CLAIM_TYPE = {
    "professional": "professional", "institutional": "institutional", "pharmacy": "pharmacy", "oral": "dental",
    "vision": "professional",
}  # fmt: skip
PHARMACY = "pharmacy"


def claim_type(eob: Object) -> str:
    """professional, institutional, dental, dme, pharmacy, or "" where nothing known is said.

    CMS's own codings come first: Blue Button (STU3) calls outpatient hospital claims `professional`.
    """
    found: dict[int, str] = {}
    for system, code in codings(eob.get("type")):
        kind = last_part(system)
        if kind == "eob-type":
            found.setdefault(0, _EOB_TYPE.get(code.upper(), ""))
        elif kind in ("nch_clm_type_cd", "clm-type-cd"):
            found.setdefault(1, _NCH_TYPE.get(code, ""))
        elif code.lower() in _CLAIM_TYPE:
            found.setdefault(2, _CLAIM_TYPE[code.lower()])
    return next((found[n] for n in sorted(found) if found[n]), "")


def why_not(eob: Object, kind: str) -> tuple[str, str]:
    """The reason code and the words for an EOB that is no adjudicated claim that stands; ("", "") for one that is.

    `kind` is its claim type.
    """
    use = text(eob.get("use")).lower()
    if use in ("preauthorization", "predetermination", "proposed", "exploratory"):
        return "not_a_claim", f"this is a {use}, not a claim: nothing was billed or paid"
    if use not in ("", "claim", "complete"):
        return "not_a_claim", "its use is none that is known: it may be no claim"
    status = text(eob.get("status")).lower()
    if status in ("cancelled", "entered-in-error", "draft"):
        return f"claim_{status.replace('-', '_')}", f"the explanation of benefit has the status {status}"
    for system, code in codings({"coding": an_object(eob.get("meta")).get("tag")}):
        if last_part(system) == "final-action" and last_part(code) == "notfinalaction":
            return "not_final_action", "a later action of the payer stands in its place (NotFinalAction)"
    for one in objects(eob.get("related")):
        if "replacedby" in codes(one.get("relationship")):
            return "claim_replaced", "another claim has replaced it (related: replacedby)"
    if kind == PHARMACY:
        return "pharmacy_claim", "a pharmacy claim (drug event), which has no service lines of ours"
    return "", ""


def status_of(eob: Object) -> str:
    """`pending` or `rejected` where the outcome says that the claim was not adjudicated to its end, else ""."""
    outcome = text(eob.get("outcome")).lower()
    return {"queued": "pending", "error": "rejected"}.get(outcome, "")
