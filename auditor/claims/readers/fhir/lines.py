"""The fields of one claim line, from its item and what the claim says for all."""

from __future__ import annotations

from collections.abc import Callable

from auditor.claims.readers.fhir import amounts, items
from auditor.claims.readers.fhir.claim import AT, Claim
from auditor.claims.readers.fhir.values import Object, an_object, codings, extensions, objects, text, value_of

_Put = Callable[[str, str], None]
_INDICATORS = ("line_prcsg_ind_cd", "clm_prcsg_ind_cd")


def line_values(claim: Claim, line: items.Item, codes: items.Codes, money: amounts.Money) -> list[str]:
    """A value for each of `claim.FIELDS`: the text of the source, which the canonical step judges."""
    item = line.json
    values = claim.template.copy()

    def put(name: str, value: str) -> None:
        if value:
            values[AT[name]] = value

    put("line_no", str(line.number))
    put("code", codes.code)
    put("modifiers", ",".join(map(amounts.part, codes.modifiers)))
    put("ndc", codes.ndc)
    put("ndc_quantity", codes.ndc_quantity)
    put("ndc_unit", codes.ndc_unit)
    put("revenue_code", items.revenue_code(item))
    put("tooth", ",".join(amounts.part(code) for _, code in codings(item.get("bodySite"))[:9]))
    put("surface", ",".join(amounts.part(code) for _, code in codings(item.get("subSite"))[:9]))
    quantity = an_object(item.get("quantity"))
    if quantity:
        put("units", amounts.dollars({"value": quantity.get("value")})[0])
        put("unit_basis", text(quantity.get("unit")) or text(quantity.get("code")))
    put("charge", money.charge)
    put("allowed", money.allowed)
    put("paid", money.paid)
    put("patient_resp", money.patient)
    put("other_payer_paid", money.other_payer)
    put("adjustments", ",".join(money.adjustments))
    put("remark_codes", ",".join(money.remarks))
    _date(claim, item, values)
    _point(claim, item, put)
    _provider(claim, item, put)
    _place(item, put)
    if any(items.procedure_of(one).code not in ("", codes.code) for one in objects(item.get("detail"))):
        claim.noticed["details_unread"] = (
            "warning", "an item is taken as the line, and details of it that have other codes are not read"
        )  # fmt: skip
    indicator = money.processing or next(
        (value_of(one) for name, one in extensions(item) if name in _INDICATORS), ""
    )
    put("processing_ind", indicator)
    put("status", _status(claim, money, indicator))
    return values


def _date(claim: Claim, item: Object, values: list[str]) -> None:
    """The dates of the item, else the claim's, and then it says so."""
    period = an_object(item.get("servicedPeriod"))
    first = text(item.get("servicedDate")) or text(period.get("start")) or text(period.get("end"))
    if first:
        values[AT["date_from"]], values[AT["date_to"]] = first, text(period.get("end")) or first
        return
    whole = an_object(claim.eob.get("billablePeriod"))
    values[AT["date_from"]] = text(whole.get("start")) or text(whole.get("end"))
    values[AT["date_to"]] = text(whole.get("end"))
    values[AT["date_of_claim"]] = "true"


def _point(claim: Claim, item: Object, put: _Put) -> None:
    """Pointers to the claim's diagnoses; STU3 calls them links."""
    pointers, lost = claim.diagnoses.pointers(item.get("diagnosisSequence", item.get("diagnosisLinkId")))
    put("dx_ptr", pointers)
    if lost:
        claim.noticed["pointers_unresolved"] = (
            "warning", "a line points to a diagnosis that is none of the claim's diagnoses read"
        )  # fmt: skip


def _provider(claim: Claim, item: Object, put: _Put) -> None:
    member, several = claim.providers.rendering(item.get("careTeamSequence", item.get("careTeamLinkId")))
    if several:
        claim.noticed["rendering_unclear"] = (
            "warning", "several rendering providers, and a line does not say which; taken as missing"
        )  # fmt: skip
    if member is not None:
        put("rendering_npi", member.npi)
        put("rendering_taxonomy", member.taxonomy)
        put("rendering_specialty", member.specialty)


def _place(item: Object, put: _Put) -> None:
    """Where: place of service and, as Blue Button's and BFD's extensions have it, state, ZIP code, locality."""
    where = item.get("locationCodeableConcept")
    given = codings(where)
    if given:
        put("pos", given[0][1])
    address = an_object(item.get("locationAddress"))
    put("service_zip", text(address.get("postalCode")))
    put("service_state", text(address.get("state")))
    for name, one in [*extensions(where), *extensions(item)]:
        match name:
            case "prvdr_state_cd":
                put("service_state", value_of(one))
            case "prvdr_zip":
                put("service_zip", value_of(one))
            case "carr_line_prcng_lclty_cd" | "clm_prcng_lclty_cd":
                put("locality", value_of(one))
            case "carr_line_clia_lab_num":
                put("clia", value_of(one))
            case "tax_num" | "clm_prvdr_tax_num":
                put("billing_tin", value_of(one))
            case "clm_prvdr_spclty_cd":
                put("rendering_specialty", value_of(one))


def _status(claim: Claim, money: amounts.Money, indicator: str) -> str:
    """paid, denied, pending; what is said of a whole claim, or in a code, denies no line that has a payment."""
    if money.status == "denied":
        return "denied"
    if not amounts.is_something(money.paid) and (
        amounts.is_denied(indicator, money.allowed)
        or claim.supporting.payment_denied
        or (claim.money.status == "denied" and not money.status)
    ):
        return "denied"
    return claim.pending or ("paid" if money.status in ("paid", "partiallypaid") else "")
