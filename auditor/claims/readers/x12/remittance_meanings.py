"""Code lists of the 835 that the canonical model has words of its own for, and what an adjustment reason tells.

Source: ASC X12N 005010X221A1 and 004010X091A1: CLP02 claim status, CLP06 claim filing indicator, CLP08
facility code, SVC01 product qualifiers; claim adjustment reason codes by number (X12 external code list
139), without their texts.
"""

from __future__ import annotations

from collections.abc import Mapping

STATUS: Mapping[str, tuple[str, str]] = {
    "1": ("paid", "P"), "2": ("paid", "S"), "3": ("paid", "T"),
    "19": ("paid", "P"), "20": ("paid", "S"), "21": ("paid", "T"),
    "4": ("denied", ""), "22": ("reversed", ""),
    # 4010 alone has these: pended, suspended, in review.
    **dict.fromkeys(("5", "10", "13", "15", "16", "17"), ("pending", "")),
}  # fmt: skip
"""CLP02 to the word of the canonical model and the place of the payer (P, S, T); any other code stays as it is."""
REVERSAL = "22"
REVERSAL_POSITIVE = "reversed above zero"
"""The status of what is called a reversal and has amounts above zero: it contradicts itself and is no payment."""
PREDETERMINATION = "25"
"""A price told beforehand: no claim was made."""
NOT_OURS = "23"

FACILITY_ONLY = frozenset({"28", "43", *map(str, range(73, 80)), *map(str, range(82, 90))})
"""CLP08 that is the beginning of a type of bill and no place of service; most others are both."""

QUALIFIERS = frozenset("AD ER HC HP IV N4 N6 NU UI WK".split())
"""SVC01-1."""
REVENUE, DRUG, DENTAL = "NU", "N4", "AD"

NOT_ALLOWED_GROUPS = frozenset({"CO", "PI"})
"""Groups whose adjustments the payer takes off the charge to come to what it allows."""
OFF_THE_PAYMENT = frozenset({"104", "105", "253"})
"""Reasons that lower the payment of what was allowed: withholding, tax, sequestration."""
NO_DENIAL = frozenset(
    "1 2 3 23 24 44 45 59 66 70 71 85 90 91 94 100 101 102 103 104 105 118 121 122 131 137 139 142 143 144 "
    "161 169 172 178 187 194 195 209 215 223 225 237 241 245 246 247 248 249 253 A2".split()
)
"""Reasons that share out, discount, forward or report an amount; every other one says why nothing is paid."""
PACKAGED = "97"
"""Paid within another service: on a hospital's claim what packaging looks like, on others a denial."""

WORDS: Mapping[str, tuple[str, str]] = {
    "claim_balance": ("warning", "CLP03 less CLP04 is not the sum of the adjustments of the claim and its "
    "lines"),
    "service_balance": ("warning", "SVC02 less SVC03 is not the sum of the adjustments of the line"),
    "claim_lines_charge": ("warning", "CLP03 is not the sum of the charges of the claim's lines"),
    "claim_lines_paid": ("warning", "CLP04 is not what the claim's lines and its own adjustments come to"),
    "claim_adjustment_shared": ("note", "an adjustment of the whole claim lowers or raises what its lines "
    "are paid"),
    "balance_unsure": ("warning", "a claim cannot be held against its lines: one of the amounts is no number"),
    "payment_total": ("warning", "BPR02 is not the sum of CLP04 less that of PLB"),
    "payment_unsure": ("warning", "BPR02 cannot be held against the claims: one of the amounts is no number"),
    "claim_without_lines": ("note", "a payment of a whole claim, without service lines"),
    "claim_cut_off": ("error", "the claim is cut off: the transaction ends inside it, and lines of it may "
    "be missing"),
    "claim_id_missing": ("error", "CLP01 is blank: the payer does not say which claim it answers"),
    "patient_unknown": ("warning", "no segment gives a number of the patient"),
    "st_missing": ("warning", "payments stand outside a transaction: its ST is missing"),
    "transaction_type": ("warning", "payments stand in a transaction that is not called 835; they are read"),
    "version_unknown": ("note", "the version names no known guide of remittances"),
    "status_missing": ("warning", "CLP02 is blank: whether the claim was paid or denied is not said"),
    "reversal_positive": ("warning", "a claim is called a reversal and its amounts are positive: it is no payment; "
    "set aside, unless the feed has the payment of these amounts, which it then takes back"),
    "denied_paid": ("warning", "a claim is called denied, not ours or pending, and is paid; read as a payment"),
    "reversal_unnamed": ("warning", "a claim with a charge below zero is not called a reversal; read as one"),
    "predetermination": ("note", "a price told beforehand (status 25) is no claim; set aside"),
    "service_outside_claim": ("error", "a service line stands before any CLP; set aside"),
    "adjustment_outside_claim": ("warning", "a CAS stands before any CLP; its amounts belong to no claim"),
    "segment_outside_claim": ("warning", "a segment of a claim stands outside any; it is left out"),
    "service_code_missing": ("error", "a service line names no procedure, revenue or drug code; set aside"),
    "service_amount_missing": ("warning", "a service line lacks its charge or its payment"),
    "component_separator": ("warning", "a procedure is written with another component separator than the "
    "ISA names"),
    "service_shifted": ("warning", "the parts of a procedure stand as elements of their own; read one place "
    "further"),
    "paid_date_unreadable": ("warning", "BPR16 is no day of the calendar; the date of production is taken"),
    "plb": ("note", "adjustments of the provider and not of a claim (PLB); they are counted and left out of "
    "the claims"),
    "currency": ("warning", "CUR names another currency than US dollars; amounts are taken as they stand"),
}  # fmt: skip
"""Diagnostics of remittances beside those of :mod:`notices`: name to severity and words."""
