"""Stories of eligibility, providers and timely filing (catalogue 3.14 and 3.18)."""

from __future__ import annotations

from datetime import date

from auditor.synth.stories.model import DEFINITE, Story, fails, line

_ON = (date(2024, 3, 12), date(2024, 9, 10))
_OUT, _BACK, _GOOD, _ENDED = "1234567893", "1245319599", "1679576722", "1093817462"
_EXCLUDED = {"leie": [
    {"npi": _OUT, "exclusion_types": "1128b4", "is_entity": False, "excluded_on": date(2023, 6, 20),
          "effective": date(2023, 6, 20),
     "deleted": None},
    {"npi": _BACK, "exclusion_types": "1128b4", "is_entity": False, "excluded_on": date(2015, 6, 20),
     "reinstated_on": date(2020, 1, 7), "effective": date(2015, 6, 20), "deleted": date(2020, 1, 6)},
]}  # fmt: skip
_GONE = {
    "npi_deactivated": [
        {"npi": _ENDED, "deactivated_on": date(2023, 6, 20), "effective": date(2023, 6, 20), "deleted": None}
    ]
}
_REGISTRY = {"nppes": [
    {"npi": _GOOD, "entity_type": "2", "enumerated_on": date(2008, 1, 1), "taxonomy": "261Q00000X", "state": "TX",
     "effective": date(2008, 1, 1), "deleted": None}]}  # fmt: skip

STORIES = (
    Story("EL-01", "A visit eight days after death", (line("99213", expect=fails("EL-01")),), _ON,
          person={"death_date": -8}),
    Story("EL-01", "A visit on the day of death", (line("99291", pos="23", rendering_specialty="93"),), _ON,
          near_miss=True,
          person={"death_date": 0}),
    Story("EL-02", "Rendered by an individual excluded at the time", (line("99213", rendering_npi=_OUT,
          expect=fails("EL-02", DEFINITE)),), _ON, tables=_EXCLUDED),
    Story("EL-02", "Rendered after reinstatement", (line("99213", rendering_npi=_BACK),), _ON, near_miss=True,
          tables=_EXCLUDED),
    Story("EL-02", "Rendered on the day before the exclusion", (line("99213", rendering_npi=_OUT),), (date(2023, 6,
          19),),
          near_miss=True, tables=_EXCLUDED),
    Story("EL-02", "Rendered on the day of the exclusion", (line("99213", rendering_npi=_OUT,
          expect=fails("EL-02")),),
          (date(2023, 6, 20),), tables=_EXCLUDED),
    Story("EL-03", "An NPI deactivated before the service", (line("99213", rendering_npi=_ENDED,
          expect=fails("EL-03")),), _ON,
          tables=_GONE),
    Story("EL-03", "An NPI on the day before it was deactivated", (line("99213", rendering_npi=_ENDED),), (date(2023,
          6, 19),),
          near_miss=True, tables=_GONE),
    Story("EL-03", "An organisation as the rendering practitioner", (line("99213", rendering_npi=_GOOD,
          expect=fails("EL-03")),), _ON, tables=_REGISTRY),
    Story("EL-03", "A rendering NPI that fails the check digit", (line("99213", rendering_npi="1234567894",
          expect=fails("EL-03")),), _ON),
    Story("EL-04", "A chiropractor paid for a visit", (line("99213", rendering_specialty="35", dx1="M9903",
          expect=fails("EL-04")),), _ON),
    Story("EL-04", "A chiropractor paid for manipulation", (line("98941", mods="AT", rendering_specialty="35",
          dx1="M9903"),),
          _ON, near_miss=True),
    Story("EL-04", "A chiropractor's manipulation without the modifier of active treatment", (line("98941",
          rendering_specialty="35", dx1="M9903", expect=fails("EL-04")),), _ON),
    Story("EL-04", "Manipulation without it on the day before it was asked", (line("98941", rendering_specialty="35",
          dx1="M9903"),), (date(2004, 9, 30),), near_miss=True),
    Story("TF-01", "A claim received a year and a day after the service", (line("99213", received_date=367,
          paid_date=380,
          expect=fails("TF-01")),), (date(2023, 3, 14),)),
    Story("TF-01", "A claim received on the last day of the year after the service", (line("99213", received_date=365,
          paid_date=380),), (date(2022, 3, 14),), near_miss=True),
    Story("CL-01", "A waived test without a CLIA number", (line("87880", mods="QW", clia="", expect=fails("CL-01")),
          line("82962", claim="B", day=3, clia="11D0000001")), _ON),
)  # fmt: skip
