"""The refusal that is no fault of the file: what it holds is known, or plainly something else, and is no claims."""

from __future__ import annotations

from auditor.base.errors import InputRefused


class NotClaims(InputRefused):
    """The content holds no claims that this version reads: an enrolment file, drug events, a licence text.

    Among several files of a folder or zip such a one is named and passed over; given by itself it is refused.
    """
