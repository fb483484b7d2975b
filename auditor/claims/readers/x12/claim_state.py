"""What is known so far of the claim being read: its parties, the claim, its lines. Values are the text of the file."""

from __future__ import annotations

import hashlib


class Party:
    """A billing provider or a payer: what later loops inherit."""

    __slots__ = ("npi", "number", "state", "taxonomy", "tin", "zip")

    def __init__(self) -> None:
        self.npi = self.tin = self.taxonomy = self.state = self.zip = self.number = ""


class Person:
    """A subscriber or a dependent, from loops 2000B, 2010BA, 2000C and 2010CA."""

    __slots__ = ("birth", "death", "demographics", "first", "last", "member_id", "other_id", "sex")

    def __init__(self) -> None:
        self.member_id = self.other_id = self.last = self.first = self.birth = self.sex = self.death = ""
        self.demographics = False

    def mark(self) -> str:
        """A short stable hash of name, birth date and sex, which shows none of them; blank without a name.

        Twelve digits of base 16, one of them a letter: twelve figures alone are the number of a member at many payers.
        """
        if not self.last and not self.first:
            return ""
        told = "\x1f".join(
            (self.last.strip().upper(), self.first.strip().upper(), self.birth, self.sex.upper())
        )
        mark = hashlib.blake2s(told.encode(), digest_size=6).hexdigest()
        return "a" + mark[1:] if mark.isdecimal() else mark


class Level:
    """What the hierarchical levels above a claim say: billing provider, subscriber, payer, dependent."""

    __slots__ = ("billing", "dependent", "filing", "payer_id", "payer_name", "sequence", "subscriber")

    def __init__(self, billing: Party) -> None:
        self.billing = billing
        self.subscriber = Person()
        self.dependent: Person | None = None
        self.payer_id = self.payer_name = self.filing = self.sequence = ""


class Claim:
    """Loops 2300, 2310, 2320 and 2330 of one claim, with its lines."""

    __slots__ = (
        "admit", "admit_hour", "admitting", "attending", "authorisation", "causes", "charge", "clia", "conditions",
        "cut", "date_from", "date_to", "diagnoses", "discharge_date", "discharge_hour", "dme", "drg", "external",
        "facility", "facility_code", "facility_state", "facility_zip", "frequency", "id", "lines", "number",
        "occurrences", "operating", "ordering", "original", "other_adjustments", "other_paid", "other_payers", "poa",
        "poa_said", "procedures", "qualifier", "reasons", "referring", "rendering", "source", "status", "supervising",
        "taxonomy", "type", "unnumbered", "values", "version",
    )  # fmt: skip

    def __init__(self, number: int) -> None:
        self.number = number
        self.id = self.charge = self.facility_code = self.qualifier = self.frequency = self.original = ""
        self.authorisation = self.clia = self.date_from = self.date_to = self.admit = self.admit_hour = ""
        self.discharge_date = self.discharge_hour = self.type = self.source = self.status = self.drg = ""
        self.admitting = self.version = self.causes = ""
        self.rendering = self.taxonomy = self.referring = self.ordering = self.supervising = (
            self.attending
        ) = ""
        self.operating = self.facility = self.facility_state = self.facility_zip = ""
        # `unnumbered`: a rendering provider is named, and has no NPI.
        self.dme = self.cut = self.poa_said = self.unnumbered = False
        self.lines: list[Line] = []
        self.diagnoses: list[str] = []
        self.poa: list[str] = []
        self.procedures: list[str] | None = None
        self.reasons: list[str] | None = None
        self.external: list[str] | None = None
        self.conditions: list[str] | None = None
        self.occurrences: list[str] | None = None
        self.values: list[str] | None = None
        self.other_payers: list[OtherPayer] | None = None
        self.other_adjustments: list[tuple[str, str]] | None = None
        self.other_paid: list[str] | None = None


class OtherPayer:
    """Loops 2320 and 2330B: another payer of the claim."""

    __slots__ = ("number", "sequence")

    def __init__(self, sequence: str) -> None:
        self.sequence = sequence
        self.number = ""


class Line:
    """Loops 2400, 2410, 2420 and 2430 of one service line. `segment` is the name of its service segment."""

    __slots__ = (
        "adjustments", "authorisation", "basis", "charge", "clia", "code", "control", "date_from", "date_to",
        "facility", "mods", "ndc", "ndc_quantity", "ndc_unit", "number", "ordering", "other_paid", "pointers", "pos",
        "referring", "rendering", "revenue", "segment", "sequence", "state", "supervising", "surface", "taxonomy",
        "tooth", "units", "unnumbered", "zip",
    )  # fmt: skip

    def __init__(self, number: int, sequence: str) -> None:
        self.number = number
        self.sequence = sequence
        self.segment = self.code = self.revenue = self.charge = self.basis = self.units = self.pos = ""
        self.pointers = self.date_from = self.date_to = self.rendering = self.taxonomy = self.referring = ""
        self.ordering = self.supervising = self.facility = self.state = self.zip = self.authorisation = ""
        self.clia = self.control = self.ndc = self.ndc_quantity = self.ndc_unit = self.tooth = (
            self.surface
        ) = ""
        self.unnumbered = False
        self.mods: tuple[str, str, str, str] = _NO_MODIFIERS
        self.adjustments: list[str] | None = None
        self.other_paid: list[str] | None = None


_NO_MODIFIERS = ("", "", "", "")
