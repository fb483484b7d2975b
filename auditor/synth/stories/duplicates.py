"""Stories of duplicates (catalogue 3.6 DUP, and 3.18)."""

from __future__ import annotations

from datetime import date
from typing import Any

from auditor.synth.stories.fee_rows import fees
from auditor.synth.stories.model import DEFINITE, PROBABLE, Story, fails, line

_ON = (date(2024, 3, 12), date(2024, 9, 10))
_TEST: dict[str, Any] = {"rendering_specialty": "69", "pos": "81", "paid": "9.00", "clia": "11D0000001"}
_HOSPITAL: dict[str, Any] = {"claim_type": "institutional", "tob": "131", "revenue_code": "0324"}

STORIES = (
    Story("DUP-01", "A line billed again on another claim, alike in all", (line("99213"), line("99213", claim="B",
          received_date=60, paid_date=74, expect=fails("DUP-01", DEFINITE))), _ON),
    Story("DUP-01", "A line twice on one claim", (line("71046"), line("71046", expect=fails("DUP-01", PROBABLE))),
          _ON),
    Story("DUP-01", "The same visit a week later", (line("99213"), line("99213", claim="B", day=7)), _ON,
          near_miss=True),
    Story("DUP-01", "The same line again after the payer denied it", (line("99213", denied=True), line("99213",
          claim="B",
          received_date=60, paid_date=74)), _ON, near_miss=True),
    Story("DUP-01", "A test repeated with 76", (line("93000"), line("93000", mods="76", claim="B")), _ON,
          near_miss=True),
    Story("DUP-01", "A replacement of the claim", (line("99213", payer_icn="ICN2"), line("99213", claim="B",
          frequency_code="7", original_ref="ICN2",
          received_date=60, paid_date=74)), _ON, near_miss=True),
    Story("DUP-02", "The same code of a day with another charge",
          (line("17110", paid="100.00", charge="250.00"),
           line("17110", claim="B", paid="110.00", charge="275.00", expect=fails("DUP-02", PROBABLE))), _ON),
    Story("DUP-02", "The same code on two sides", (line("73110", mods="LT"), line("73110", mods="RT", claim="B",
          dx1="M1711")), _ON, near_miss=True, tables={}),
    Story("DUP-03", "One study read by two groups", (line("71046", mods="26"), line("71046", mods="26", claim="B",
          provider="other", rendering_specialty="30", expect=fails("DUP-03", PROBABLE))), _ON),
    Story("DUP-03", "A study read again with 77", (line("71046", mods="26"), line("71046", mods="26 77", claim="B",
          provider="other", rendering_specialty="30")), _ON, near_miss=True),
    Story("DUP-04", "A laboratory test twice a day without 91", (line("82947", **_TEST), line("82947", claim="B",
          charge="20.00", **_TEST, expect=fails("DUP-04", PROBABLE))), _ON),
    Story("DUP-04", "A laboratory test twice a day with 91", (line("82947", **_TEST), line("82947", claim="B",
          mods="91",
          **_TEST)), _ON, near_miss=True),
    Story("DUP-05", "A whole study by the practitioner in the hospital, and by the hospital",
          (line("71046", claim="A", **_HOSPITAL),
           line("71046", claim="B", pos="22", rendering_specialty="30", expect=(*fails("DUP-05", PROBABLE),
          *fails("PFS-10")))), _ON,
          tables={"mpfs_rvu": fees("71046")}),
    Story("DUP-05", "The reading by the practitioner, the study by the hospital",
          (line("71046", claim="A", **_HOSPITAL), line("71046", mods="26", claim="B", pos="22",
          rendering_specialty="30")),
          _ON, near_miss=True, tables={"mpfs_rvu": fees("71046")}),
    Story("DUP-06", "A claim paid after its void",
          (line("99213", received_date=9, paid_date=70, payer_icn="ICN1", expect=fails("DUP-06")),
           line("99213", claim="B", frequency_code="8", original_ref="ICN1", paid="0.00", received_date=20,
          paid_date=30)),
          _ON),
)  # fmt: skip
