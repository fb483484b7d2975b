"""From a claim of an 837 to rows: one a service line, the claim's own values repeated on each.

`source_system` is the billing provider (NPI, else tax number): CLM01 is that provider's number and unique with it.
Sender and control numbers of the envelope are left out, so that a claim that is delivered again in another envelope, or
over another clearinghouse, is the same claim and its lines are known as repeated.
"""

from __future__ import annotations

from collections.abc import Sequence

from auditor.claims.model import MAX_DIAGNOSES, MAX_PROCEDURES
from auditor.claims.readers.rows import Rows
from auditor.claims.readers.x12 import meanings
from auditor.claims.readers.x12.claim_state import Claim, Level, Line, Party
from auditor.claims.readers.x12.notices import Notices
from auditor.claims.readers.x12.values import Cents, Days, money

_OF_CLAIM = (
    "claim_id source_system payer_id payer_name line_of_business payer_sequence patient_id birth_date sex death_date "
    "billing_npi billing_tin billing_taxonomy attending_npi operating_npi tob frequency_code original_ref admit_date "
    "admit_hour admit_type admit_source discharge_date discharge_hour discharge_status drg dx_version admitting_dx "
    "reason_dx external_dx poa condition_codes occurrence_codes value_codes related_causes other_payer_id"
).split()
_OF_LINE = (
    "line_no claim_type code mod1 mod2 mod3 mod4 revenue_code units unit_basis charge dx_ptr pos date_from date_to "
    "date_of_claim rendering_npi rendering_taxonomy referring_npi ordering_npi supervising_npi facility_npi "
    "service_state service_zip prior_auth clia line_control_no ndc ndc_quantity ndc_unit tooth surface "
    "other_payer_paid other_adjustments"
).split()
FIELDS: tuple[str, ...] = (
    *_OF_CLAIM,
    *(f"dx{n}" for n in range(1, MAX_DIAGNOSES + 1)),
    *(f"px{n}" for n in range(1, MAX_PROCEDURES + 1)),
    *_OF_LINE,
)
"""The fields of a row, in their order."""
ALWAYS = frozenset(
    "claim_id line_no patient_id claim_type date_from code units charge mod1 mod2 mod3 mod4 prior_auth original_ref "
    "frequency_code".split()
)
"""Fields that the guides have a place for, so that a blank says something even where no line fills them."""

_BLANKS = [""] * max(MAX_DIAGNOSES, MAX_PROCEDURES)
_NUMBERS = tuple(str(n) for n in range(1, 1000))


class ClaimRows:
    """Writes claims as rows, and notices what does not agree within a claim. `guide` is the version's claim type."""

    def __init__(self, rows: Rows, notices: Notices) -> None:
        self.guide = ""
        self.strays = 0
        self._line = rows.line
        self._aside = rows.aside
        self._tell = notices.tell
        self._cents = Cents()
        self._days = Days()

    def stray(self, line: Line) -> None:
        """A service line outside of any claim."""
        self.strays += 1
        self._aside(
            line.number,
            "line_without_claim",
            "a service line stands outside of any claim",
            charge=line.charge,
        )

    def finish(self, claim: Claim, level: Level) -> None:
        """Write a claim that has ended."""
        lines, number = claim.lines, claim.number
        if claim.cut:
            self._tell("claim_cut_off", number, claim.id)
        if not claim.id:
            self._tell("claim_id_missing", number)
        for line in lines:
            if line.segment in _UNREAD:
                lines = self._leave_unread(claim)
                break
        if not lines:
            if not claim.lines:
                why = (
                    "the claim is cut off before its first line"
                    if claim.cut
                    else "the claim has no service line"
                )
                self._aside(number, "claim_without_lines", why, claim_id=claim.id, charge=claim.charge)
            return
        for place, line in enumerate(lines):
            # Of a claim longer than the guides allow, numbers that begin anew must not take a line for a repeat.
            if place >= len(_NUMBERS) or line.sequence != _NUMBERS[place]:
                lines = self._own_lines(claim, lines)
                self._renumber(claim, lines)
                break
        self._check_charge(claim, lines)
        head = self._head(claim, level, lines[0].segment)
        own_payments = False
        for line in lines:
            own_payments = own_payments or line.other_paid is not None
            self._line(line.number, (*head, *self._line_values(claim, level, line, len(lines) == 1)))
        if len(lines) > 1 and not own_payments and (claim.other_paid or claim.other_adjustments):
            self._tell("other_payer_of_claim", number, claim.id)

    def _leave_unread(self, claim: Claim) -> list[Line]:
        """Set aside what was announced as a line and is none, and return the others.

        Where none is left, the dollars of the claim are those of CLM02, and stand with the first.
        """
        sound = [line for line in claim.lines if line.segment not in _UNREAD]
        charges = [line.charge for line in claim.lines]
        if not sound and claim.charge:
            charges = [claim.charge, *[""] * len(charges)]
        for line, charge in zip(claim.lines, charges, strict=False):
            if line.segment in _UNREAD:
                code, why = _UNREAD[line.segment]
                self._aside(line.number, code, why, claim_id=claim.id, line_no=line.sequence, charge=charge)
        return sound

    def _own_lines(self, claim: Claim, lines: list[Line]) -> list[Line]:
        """The lines of the claim without those of another whose CLM is missing, which are set aside.

        They show by numbers that begin anew just where the lines so far add up to CLM02.
        """
        said, total = self._cents[claim.charge], 0
        if said == sum(self._cents[line.charge] or 0 for line in lines):
            return lines
        for place, line in enumerate(lines):
            if place and line.sequence.lstrip("0 ") == "1" and total == said:
                break
            total += self._cents[line.charge] or 0
        else:
            return lines
        self._tell("claim_missing", lines[place].number)
        for line in lines[place:]:
            self._aside(
                line.number, "claim_missing", "the CLM segment of the line's claim is missing or damaged",
                line_no=line.sequence, charge=line.charge,
            )  # fmt: skip
        return lines[:place]

    def _check_charge(self, claim: Claim, lines: Sequence[Line]) -> None:
        """Hold CLM02 against the lines, which are looked at one by one on the way."""
        cents, total, unsure = self._cents, 0, False
        for line in lines:
            charge = cents[line.charge]
            if charge is None:
                unsure = True
                if line.charge:
                    self._tell("bad_number", line.number, claim.id)
            else:
                total += charge
            if cents[line.units] is None and line.units:
                self._tell("bad_number", line.number, claim.id)
        said = cents[claim.charge]
        if unsure or said is None:
            if said is None and claim.charge:
                self._tell("bad_number", claim.number, claim.id)
            self._tell("claim_charge_unsure", claim.number, claim.id)
        elif said != total:
            self._tell("claim_charge", claim.number, claim.id)

    def _renumber(self, claim: Claim, lines: Sequence[Line]) -> None:
        """Give a number to each line whose own is none, or is an earlier line's."""
        used: set[int] = set()
        without: list[tuple[int, Line]] = []
        for place, line in enumerate(lines, 1):
            text = line.sequence.strip()
            given = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
            if given == 0 or given in used:
                without.append((place, line))
            else:
                used.add(given)
                line.sequence = str(given)
        for place, line in without:
            while place in used:
                place += 1
            used.add(place)
            if line.sequence:
                self._tell("line_number", line.number, claim.id)
            line.sequence = str(place)

    # The claim's own values.

    def _head(self, claim: Claim, level: Level, segment: str) -> list[str]:
        """The values of `_OF_CLAIM`, diagnoses and procedures."""
        billing, subscriber = level.billing, level.subscriber
        person = level.dependent or subscriber
        if not person.demographics:
            self._tell("demographics_missing", claim.number, claim.id)
        elif not self._days[person.birth] and person.birth:
            self._tell("bad_date", claim.number, claim.id)
        filing = level.filing.strip().upper()
        bill = ""
        if claim.qualifier == "A" or (segment == "SV2" and not claim.qualifier):
            bill = _bill_type(claim.facility_code, claim.frequency)
        if claim.qualifier and (claim.qualifier == "A") != (segment == "SV2"):
            self._tell("facility_qualifier", claim.number, claim.id)
        dx, px = claim.diagnoses, claim.procedures or []
        if len(dx) > MAX_DIAGNOSES or len(px) > MAX_PROCEDURES:
            self._tell("too_many_codes", claim.number, claim.id)
            dx, px = dx[:MAX_DIAGNOSES], px[:MAX_PROCEDURES]
        discharge = claim.discharge_date
        if not discharge and claim.discharge_hour and claim.status not in ("", "30"):
            # By the guide of bill types the statement of a stay that has ended ends with the discharge.
            discharge = claim.date_to or claim.date_from
        for day in (claim.admit, discharge):
            if day and not self._days[day]:
                self._tell("bad_date", claim.number, claim.id)
        return [
            claim.id, billing.npi or billing.tin, level.payer_id, level.payer_name,
            meanings.LINE_OF_BUSINESS.get(filing, "other") if filing else "", level.sequence,
            self._patient(claim, level), person.birth, person.sex, person.death, billing.npi, billing.tin,
            billing.taxonomy, claim.attending, claim.operating, bill, claim.frequency, claim.original, claim.admit,
            claim.admit_hour, claim.type, claim.source, discharge, claim.discharge_hour, claim.status, claim.drg,
            claim.version, claim.admitting, _list(claim.reasons), _list(claim.external),
            ",".join(claim.poa) if claim.poa_said else "", _list(claim.conditions), _list(claim.occurrences),
            _list(claim.values), claim.causes, _other_payer(claim),
            *dx, *_BLANKS[len(dx) : MAX_DIAGNOSES], *px, *_BLANKS[len(px) : MAX_PROCEDURES],
        ]  # fmt: skip

    def _patient(self, claim: Claim, level: Level) -> str:
        """The member id; a dependent's with a mark of the person, for families share one. Blank when nothing tells."""
        subscriber, dependent = level.subscriber, level.dependent
        member = subscriber.member_id or subscriber.other_id
        if dependent is not None:
            own = dependent.member_id or dependent.other_id
            # Some write the subscriber's number on the dependent too, which tells nobody apart.
            if own and own != member:
                return own
            mark = dependent.mark()
            if mark and (member or dependent.birth):
                return f"{member}-{mark}" if member else mark
        elif member:
            return member
        elif subscriber.birth and (mark := subscriber.mark()):
            self._tell("member_id_missing", claim.number, claim.id)
            return mark
        self._tell("patient_unknown", claim.number, claim.id)
        return ""

    # A line's values.

    def _line_values(self, claim: Claim, level: Level, line: Line, alone: bool) -> tuple[str, ...]:
        """The values of `_OF_LINE`."""
        segment, billing = line.segment, level.billing
        kind = meanings.CLAIM_TYPE_OF_SEGMENT.get(segment, "professional")
        first_line = line is claim.lines[0]
        if first_line and self.guide and kind != self.guide and segment != "SV5":
            self._tell("service_segment", line.number, claim.id)
        if kind == "professional" and (claim.dme or level.payer_id in meanings.DME_CONTRACTORS):
            kind = "dme"
        first, last, of_claim = line.date_from, line.date_to, ""
        if not first:
            first, last = claim.date_from, claim.date_to
            of_claim = "true" if first else ""
        days = self._days
        if (first and not days[first]) or (last and not days[last]):
            self._tell("bad_date", line.number, claim.id)
        elif last and last < first:
            self._tell("dates_reversed", line.number, claim.id)
        rendering, taxonomy = line.rendering, line.taxonomy
        if not rendering and line.unnumbered:
            self._tell("rendering_without_npi", line.number, claim.id)
        elif not rendering:
            rendering, taxonomy = claim.rendering, claim.taxonomy
            if not rendering and claim.unnumbered:
                if first_line:
                    self._tell("rendering_without_npi", line.number, claim.id)
            elif not rendering and segment != "SV2":
                rendering, taxonomy = billing.npi, claim.taxonomy or billing.taxonomy
                if rendering and first_line:
                    self._tell("rendering_is_billing", line.number, claim.id)
        state, zip_code = _where(claim, line, billing)
        pos = line.pos
        if not pos and segment != "SV2" and claim.qualifier != "A":
            pos = claim.facility_code
        paid, adjustments = self._other_payer_of(claim, line, alone)
        return (
            line.sequence, kind, line.code, *line.mods, line.revenue, line.units, line.basis, line.charge,
            line.pointers, pos, first, last, of_claim, rendering, taxonomy, line.referring or claim.referring,
            line.ordering or claim.ordering, line.supervising or claim.supervising, line.facility or claim.facility,
            state, zip_code, line.authorisation or claim.authorisation, line.clia or claim.clia, line.control, line.ndc,
            line.ndc_quantity, line.ndc_unit, line.tooth, line.surface, paid, adjustments,
        )  # fmt: skip

    def _other_payer_of(self, claim: Claim, line: Line, alone: bool) -> tuple[str, str]:
        """What other payers paid and adjusted: of the line; of the claim where the line is its only one.

        Adjustments of the claim stand on each of several lines without their amounts, which are not the line's.
        """
        adjustments = list(line.adjustments or ())
        if claim.other_adjustments:
            adjustments += [code + rest if alone else code for code, rest in claim.other_adjustments]
        paid = line.other_paid
        if paid is None and alone:
            paid = claim.other_paid
        if paid is None:
            return "", ",".join(adjustments)
        amounts = [self._cents[text] for text in paid if text]
        if len(paid) == 1:
            text = paid[0]
        elif None in amounts:
            text = next(text for text in paid if text and self._cents[text] is None)
        else:
            text = money(sum(cents for cents in amounts if cents is not None))
        if None in amounts:
            self._tell("bad_number", line.number, claim.id)
        return text, ",".join(adjustments)


_UNREAD = {
    "": ("line_without_service", "an LX has no service segment (SV1, SV2, SV3) after it"),
    "cut": ("segment_cut", "the file ends inside the service segment of the line"),
}
"""A line of which no service segment could be read: why it is set aside."""


def _list(values: Sequence[str] | None) -> str:
    return ",".join(values) if values else ""


def _bill_type(code: str, frequency: str) -> str:
    """Type of bill with its frequency as the last character, unless the code has it already (131 with 1)."""
    if len(code) == 3 and not code.startswith("0") and code.endswith(frequency):
        return code
    return code + frequency if code else ""


def _other_payer(claim: Claim) -> str:
    """The id of the primary payer among the others, else of the first that has one."""
    if not claim.other_payers:
        return ""
    with_number = [payer for payer in claim.other_payers if payer.number]
    first = next((payer for payer in with_number if payer.sequence == "P"), None)
    return first.number if first else with_number[0].number if with_number else ""


def _where(claim: Claim, line: Line, billing: Party) -> tuple[str, str]:
    """State and ZIP code of the service: of the line's location, the claim's, else of the billing provider."""
    if line.state or line.zip:
        return line.state, line.zip[:5]
    if claim.facility_state or claim.facility_zip:
        return claim.facility_state, claim.facility_zip[:5]
    return billing.state, billing.zip[:5]
