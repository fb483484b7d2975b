"""What the reading of an X12 file may notice, each with its severity and words, and how it is told.

Names are stable. No words repeat a value of the file. Of each name the first thousand are told with their place, the
others counted: a file in which everything is odd is read in the same memory and time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from auditor.claims.readers.rows import Rows

PLACES_TOLD = 1000

WORDS: Mapping[str, tuple[str, str]] = {
    # The envelope.
    "segment_count": ("warning", "SE01 is not the number of segments of the transaction"),
    "transaction_count": ("warning", "GE01 is not the number of transactions of the group"),
    "group_count": ("warning", "IEA01 is not the number of groups of the interchange"),
    "transaction_control": ("warning", "the control number of SE is not that of its ST"),
    "group_control": ("warning", "the control number of GE is not that of its GS"),
    "interchange_control": ("warning", "the control number of IEA is not that of its ISA"),
    "count_unreadable": ("warning", "a control count is no whole number"),
    "se_missing": ("warning", "the transaction has no SE: segments may be missing"),
    "ge_missing": ("warning", "the group has no GE: transactions may be missing"),
    "iea_missing": ("warning", "the interchange has no IEA: groups may be missing"),
    "st_missing": ("warning", "claims stand outside a transaction: its ST is missing"),
    "envelope_order": ("warning", "an SE, GE or IEA ends what was not begun"),
    "version_4010": ("note", "the version is 4010; read by the lists of that version"),
    "version_unknown": ("note", "the version names no known guide of claims; the service segments tell the type"),
    "transaction_type": ("warning", "claims stand in a transaction that is not called 837; they are read"),
    # Segments.
    "lower_case_ids": ("note", "names of segments are in small letters; read as capitals"),
    "unknown_segment": ("note", "a segment is of a name that no guide has; it is left out"),
    "segment_out_of_place": ("warning", "a segment stands where no loop takes it; it is left out"),
    "hl_missing": ("warning", "the names of a new party follow without their HL; a new level is taken to begin"),
    "name_shifted": ("warning", "a name holds the element separator; what follows is read one place further"),
    "hl_parent": ("warning", "HL02 names another parent than the level before it, which is taken all the same"),
    "hl_order": ("warning", "billing providers stand before their subscribers; HL02 tells whose a subscriber is"),
    "qualifier_unknown": ("note", "a code list qualifier of HI is not known; its code is left out"),
    "code_list_shape": ("warning", "qualifier and code of HI are elements of their own; read as the pairs they are"),
    "too_many_codes": ("warning", "a claim has more diagnoses or procedures than 25; those beyond are left out"),
    # Claims.
    "claim_not_cut": ("error", "what looks like a claim segment (CLM) could not be cut as one: a claim may be missing"),
    "claim_cut_off": ("error", "the claim is cut off: the transaction ends inside it, and lines of it may be missing"),
    "claim_id_missing": ("error", "CLM01 is blank: the claim has no number"),
    "claim_missing": ("error", "line numbers begin anew where the claim's charge is reached: a CLM segment is missing"),
    "claim_charge": ("warning", "CLM02 is not the sum of the charges of the claim's lines"),
    "claim_charge_unsure": ("warning", "CLM02 cannot be held against the lines: one of the amounts is no number"),
    "member_id_missing": ("warning", "the subscriber has no member id; name, birth date and sex tell the patient"),
    "patient_unknown": ("error", "neither a member id nor name and birth date tell who the patient is"),
    "demographics_missing": ("note", "the patient's DMG segment is missing: birth date and sex are unknown"),
    "rendering_is_billing": ("note", "no rendering provider is named: by the guide it is the billing provider"),
    "rendering_without_npi": ("warning", "a rendering provider is named without an NPI: who rendered is not known"),
    "diagnosis_versions": ("warning", "diagnoses of ICD-9-CM and ICD-10-CM stand in one claim"),
    "facility_qualifier": ("warning", "CLM05-2 says another kind of facility code than the service segments"),
    "other_payer_of_claim": ("note", "another payer's amounts stand at the claim, not at its lines; left out of them"),
    # Lines.
    "service_segment": ("warning", "the service segment is of another claim type than the version; it decides"),
    "line_without_lx": ("warning", "a service segment has no LX before it; read as a line of the claim"),
    "line_number": ("warning", "LX01 is no whole number or used before in the claim; the position is taken"),
    "code_qualifier": ("note", "the procedure code is qualified as no HCPCS, CPT or CDT code"),
    "procedure_missing": ("note", "the service segment names no procedure code"),
    "bad_number": ("warning", "an amount or quantity is no X12 number; passed on as it stands"),
    "bad_date": ("warning", "a date is no day of the calendar; passed on as it stands"),
    "dates_reversed": ("warning", "a period ends before it begins; passed on as it stands"),
    "adjustment_shape": ("warning", "a CAS segment has a reason without an amount, or no group"),
}  # fmt: skip
"""Name of each diagnostic to its severity and words. What cutting the segments shows is in `segments`."""


class Notices:
    """Diagnostics of one source on their way to its rows; `place` gives the byte offset of a segment number."""

    def __init__(self, rows: Rows, place: Callable[[int], int]) -> None:
        self._rows = rows
        self._place = place
        self.counts: Counter[str] = Counter()
        self._last: dict[str, tuple[str, str, int]] = {}

    def tell(self, name: str, number: int, claim_id: str = "") -> None:
        """Notice `name` of :data:`WORDS` at segment `number`."""
        self.counts[name] += 1
        if self.counts[name] <= PLACES_TOLD:
            severity, says = WORDS[name]
            self._rows.diagnose(name, severity, says, number, self._place(number), claim_id)

    def tell_as(self, name: str, severity: str, says: str, number: int, offset: int) -> None:
        """Notice what brings its own words."""
        self.counts[name] += 1
        if self.counts[name] <= PLACES_TOLD:
            self._rows.diagnose(name, severity, says, number, offset)
            self._last[name] = severity, says, number

    def summary(self) -> str:
        """Errors and warnings by name, with their numbers: `claim_charge 3, segment_count 1`. Notes are left out."""
        severe = {name: count for name, count in self.counts.items() if self._severity(name) != "note"}
        return ", ".join(f"{name} {severe[name]:,}" for name in sorted(severe))

    def _severity(self, name: str) -> str:
        return WORDS[name][0] if name in WORDS else self._last[name][0]

    def close(self) -> None:
        """Tell the number of those that were only counted."""
        for name, count in sorted(self.counts.items()):
            if count > PLACES_TOLD:
                severity, says = WORDS[name] if name in WORDS else self._last[name][:2]
                self._rows.diagnose(name, severity, f"{says} (and {count - PLACES_TOLD:,} more)", 0)
