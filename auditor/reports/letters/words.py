"""The words of letters, memos and worksheets, and what of their authorities was read.

Wording rules of the project hold here too: potential amounts, no word that accuses, nothing said to be identified.
"""

from __future__ import annotations

from typing import Final

from auditor.reports.document import SECTIONS

DRAFT: Final = "draft – auditor to confirm"
DRAFT_MARK: Final = "DRAFT – not sent, not signed"
FOUND: Final = tuple(name for name in SECTIONS if name not in ("bypassed", "suppressed", "not_evaluated"))
"""The headings of findings; the others are of what is no finding."""
PRICED: Final = ("over_definite", "over_probable", "under_definite", "under_probable")

PIM: Final = "CMS Program Integrity Manual (Pub. 100-08), chapter 3, section 3.6.4"
PIM_READ: Final = (
    "The elements follow the section in Rev. 608 (issued 2015-08-14), of which a copy was read up to the "
    "totals; what follows there (rights, recovery) was not read, and whether a later revision differs is to be "
    "confirmed."
)
NO_EXTRAPOLATION: Final = (
    "No sample was drawn. The findings are all lines that met a rule among the claims audited; nothing is extrapolated "
    "to other claims."
)
OTHER_LINES: Final = (
    "Lines of these claims without a finding are not listed. That no rule applied to a line is no determination that "
    "it was payable."
)
RIGHTS_DRAFT: Final = (
    "Confirm before sending, and replace by the text that applies to this payer: the right to submit a rebuttal "
    "statement and by when; the levels of appeal, to whom and by when; how amounts would be recovered and whether "
    "interest runs (Medicare: 42 CFR 405.374 and 405.375 for rebuttal, 42 CFR part 405 subpart I for appeals; "
    "authority not verified)."
)
SIGN_NOTE: Final = "The mark goes when the letter is signed: see --fill, keys signed_by and signed_on."

REGULATION: Final = "42 CFR 401.305"
REGULATION_READ: Final = (
    "Authority not verified: the arithmetic follows 42 CFR 401.305 as amended from 2025-01-01 (89 FR 97710) as it is "
    "told in published commentary; the regulation itself was not at hand. Confirm every date with counsel."
)
WORKSHEET_NOTES: Final = (
    "The dates are arithmetic on what the user entered, for Medicare Parts A and B, to be confirmed with counsel.",
    "Nothing here says that an overpayment was identified: that is a legal conclusion (42 CFR 401.305(a)(2): actual "
    "knowledge, deliberate ignorance or reckless disregard). The date stays blank until a person enters it.",
    "Day 60 and day 180 are counted in calendar days from the date of identification. Dates on weekends and holidays "
    "stay where they fall.",
    "While a timely good-faith investigation of related overpayments goes on, the 60 days stand still: from its "
    "beginning, or from the identification if that is later, until it is concluded and the amounts are calculated, at "
    "the latest until day 180. Then the days that were left go on (401.305(b)(3)).",
    "Other suspensions (OIG self-disclosure, CMS voluntary self-referral disclosure, an extended repayment schedule) "
    "are not counted here (401.305(b)(2)).",
    "The look-back is six years from the day the payment was received (401.305(f)). 29 February counts as 1 March "
    "where the sixth year has no such day. Findings hold no payment dates: a service within the six years is inside, "
    "for it was paid later; for an earlier one the payment date is to be entered.",
    "If an amount is extrapolated, the report of the refund describes the method (401.305(d)).",
    REGULATION_READ,
)
