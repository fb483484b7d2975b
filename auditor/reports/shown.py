"""What of a figure may be printed: the figure, or the words 'not shown' where too few patients stand behind it.

Nought is a figure. A heading that is withheld, or that a row's figures are counted with the others', is no nought.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from auditor.reports.document import AuditDocument, Breakdown
from auditor.reports.wording import NO_FINDING, NO_ROW_SHOWN, NOT_KNOWN, NOT_SHOWN

UNDER: Final = ("under_definite", "under_probable")
FAILING: Final = ("over_definite", "over_probable", *UNDER, "at_risk", "no_amount")
"""The sections of findings of verdict `fail`."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How the figures of a document are printed; `withheld` are its headings of which nothing may be shown."""

    withheld: frozenset[str]
    absent: str
    """What is printed for a figure that the document has not: not known, or not shown."""

    def hides(self, entry: Breakdown, *sections: str) -> bool:
        """Whether one of the `sections` of a row holds something that may not be shown there."""
        return any(name in self.withheld or name in entry.pooled for name in sections)

    def dollars(self, entry: Breakdown, section: str) -> Decimal | str:
        """The dollars of a row under a heading."""
        return NOT_SHOWN if self.hides(entry, section) else entry[section].dollars

    def findings(self, entry: Breakdown, section: str) -> int | str:
        """The findings of a row under a heading."""
        return NOT_SHOWN if self.hides(entry, section) else entry[section].findings

    def lines(self, entry: Breakdown, section: str) -> int | str:
        """The claim lines of a row under a heading."""
        return NOT_SHOWN if self.hides(entry, section) else entry[section].lines

    def under(self, entry: Breakdown) -> Decimal | str:
        """Gross potential underpayment of a row, of both classes."""
        return NOT_SHOWN if self.hides(entry, *UNDER) else entry.under

    def all_findings(self, entry: Breakdown) -> int | str:
        """The findings of a row, whatever their class; those counted with the others' are not among them."""
        return NOT_SHOWN if not entry.findings and self.hides(entry, *FAILING) else entry.findings

    @property
    def no_row(self) -> str:
        """What stands in the place of a table without a row: that there is no finding, only where that is so."""
        return NO_ROW_SHOWN if self.withheld else NO_FINDING

    def known(self, figure: int | Decimal | None) -> int | Decimal | str:
        """A figure that may be missing."""
        return self.absent if figure is None else figure


def shown_of(document: AuditDocument) -> Shown:
    """How the figures of `document` are printed."""
    return Shown(document.withheld, NOT_KNOWN if document.profile.lists_findings else NOT_SHOWN)
