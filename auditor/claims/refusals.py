"""The refusal that is no fault of the file: what it holds is known, or plainly something else, and is no claims."""

from __future__ import annotations

from typing import ClassVar

from auditor.base.errors import InputRefused


class NotClaims(InputRefused):
    """The content holds no claims that this version reads: an enrolment file, drug events, a licence text.

    Among several files of a folder or zip such a one is named and passed over; given by itself it is refused.
    """


class NoClaimsInIt(NotClaims):
    """The content is of a kind that is read, and happens to hold no claim: a remittance of provider adjustments alone.

    Beside files that hold claims it is named and passed over, also where the user named it; alone it is refused.
    `diagnostic` is the name under which the passing over stands among the diagnostics.
    """

    diagnostic: ClassVar[str] = "holds_no_claim"
