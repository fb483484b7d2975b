"""Who is the same provider: what stands in `provider_id`, by which rules put lines together.

NCCI says same provider, same beneficiary, same date of service; physicians of one group and specialty count as one
physician for visits and global surgery (Medicare Claims Processing Manual, chapter 12, 30.6.5 and 40). Which of the two
is meant is the user's to say, and printed with every report.
"""

from __future__ import annotations

from typing import Final

SCOPES: Final = ("physician", "group_specialty")
"""What `--provider-scope` takes; the first is taken where nothing is said."""

_INSTITUTION: Final = "facility NPI, else billing NPI, on institutional lines; the supplier on lines of DME"
_UNKNOWN_SPECIALTY: Final = "99"
"""CMS specialty code 99 is a physician whose specialty is not known: no two of them are of one."""


def provider_sql(scope: str, have: frozenset[str]) -> str:
    """SQL of `provider_id` over the typed values of a row (`v_` names), of a file that has the fields `have`.

    A line that lacks one of the parts has no provider, and rules that put lines together by it are not evaluated for
    it: one number would stand for another otherwise, and a partner be missed that is there.
    """
    person = "v_rendering_npi"
    if scope == "group_specialty":
        group = "'TIN ' || v_billing_tin" if "billing_tin" in have else "'NPI ' || v_billing_npi"
        of = "'taxonomy ' || v_rendering_taxonomy"
        if "rendering_specialty" in have or "rendering_taxonomy" not in have:
            of = f"'specialty ' || nullif(v_rendering_specialty, '{_UNKNOWN_SPECIALTY}')"
        person = f"{group} || ', ' || {of}"
    return (
        "CASE w_claim_type WHEN 'institutional' THEN coalesce(v_facility_npi, v_billing_npi) "
        f"WHEN 'dme' THEN coalesce(v_rendering_npi, v_billing_npi) ELSE {person} END"
    )


def scope_told(scope: str) -> str:
    """The sentence that says, with a report, who was taken for the same provider."""
    if scope == "group_specialty":
        return (
            "Same provider means the same group and specialty (billing tax number, where a file has none billing NPI, "
            "with the rendering provider's specialty, where a file has none taxonomy) on professional lines; "
            f"{_INSTITUTION}"
        )
    return f"Same provider means the same physician (rendering NPI) on professional lines; {_INSTITUTION}"
