"""Random conditions of the rule language: fields, operators, values, parameters; the world is small, so they meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st

from auditor.rules import fields
from auditor.rules.operators import OPERATORS

CODES: Final = ["A0001", "A0002", "B0001", "B0002", "C0001"]
MODIFIERS: Final = ["25", "59", "LT", "RT"]
DIAGNOSES: Final = ["E119", "I10", "Z0000"]
PROVIDERS: Final = ["1000000012", "1000000020"]
PAYERS: Final = ["X", "Y"]
DATES: Final = [
    date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 30), date(2024, 1, 31), date(2024, 2, 1), date(2024, 2, 28),
    date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 31), date(2024, 4, 30), date(2024, 7, 10), date(2024, 7, 11),
    date(2024, 12, 31), date(2025, 1, 1), date(2025, 1, 31), date(2025, 2, 28),
]  # fmt: skip
"""Days of fourteen months at which months end, a leap day stands, or a year turns."""
NUMBERS: Final = [Decimal(text) for text in ("0", "1", "1", "2", "3", "1.5")]
MONEY: Final = [Decimal(text) for text in ("0", "10", "10", "33.33", "0.05")]
TEXTS: Final[Mapping[str, list[str]]] = {
    "code": CODES, "column_1": CODES, "column_2": CODES, "addon": CODES, "primary_code": CODES, "codes": CODES,
    "modifiers": MODIFIERS, "common_modifiers": MODIFIERS, "differing_modifiers": MODIFIERS, "all_modifiers": MODIFIERS,
    "dx": DIAGNOSES, "pointed_dx": DIAGNOSES, "common_pointed_dx": DIAGNOSES, "principal_dx": DIAGNOSES,
    "common_dx_categories": sorted({item[:3] for item in DIAGNOSES}),
    "payer_id": PAYERS, "rendering_npi": PROVIDERS, "provider_id": PROVIDERS, "billing_npi": PROVIDERS,
    "line_of_business": ["medicare", "medicaid"], "claim_type": ["professional", "institutional"],
    "setting": ["practitioner", "inpatient", "outpatient_hospital"], "modifier_indicator": ["0", "1"],
    "mai": ["1", "2"], "edit_type": ["1", "2"], "pos": ["11", "24"], "sex": ["F", "M"], "plan_id": ["G1", "G2"],
    "prior_auth": ["N1"], "discharge_status": ["01", "20"], "procedures": ["0DTJ4ZZ", "0SRB0J9"],
    "billing_tin": ["T1", "T2"], "rendering_specialty": ["08", "50"], "revenue_code": ["0120", "0250"],
    "revenue_codes": ["0120", "0250"], "drg": ["470", "871"], "tob": ["111", "131"], "mac": ["M1"],
    "facility_npi": PROVIDERS, "claim_id": ["0A", "1A"], "patient_id": ["P0", "P1"],
}  # fmt: skip
LINE: Final = (
    "code code code modifiers modifiers units units paid allowed charge amount day_units no_payment pos sex age days "
    "is_span dx pointed_dx dx_ptr dx_ptr_known mods_truncated date_from date_to service_date received_date paid_date "
    "admit_date discharge_date rendering_npi provider_id billing_npi billing_tin rendering_specialty setting "
    "rendering_npi_valid billing_npi_valid "
    "line_of_business payer_id plan_id prior_auth discharge_status procedures revenue_code line_no claim_id birth_date"
).split()
"""Fields of a line that conditions read here; the commoner ones stand twice."""
FIELDS: Final[Mapping[str, Sequence[str]]] = {
    "line": LINE,
    "pair": tuple(name for name in fields.PAIR_FIELDS if name not in fields.SAID_OF_PAIR),
    "sum": (*fields.SUM_FIELDS, "units", "amount", "lines"),
    "clock": tuple(fields.CLOCK_FIELDS),
    "absent": tuple(fields.ABSENT_FIELDS),
    "claim": (
        *(name for name in fields.CLAIM_FIELDS if name in TEXTS or name not in fields.LINE_FIELDS),
        *("age", "admit_date", "discharge_date", "received_date", "paid_date", "lines", "codes", "paid"),
    ),
    "ncci_ptp": ("column_1", "column_2", "modifier_indicator", "effective", "deleted"),
    "ncci_mue": ("code", "value", "value", "mai", "effective", "deleted"),
    "ncci_aoc": ("addon", "primary_code", "edit_type", "effective"),
    "coverage_policy": ("code", "jurisdiction", "requires", "exhaustive", "covered_elsewhere"),
}
"""What conditions read of each kind of role, and of each table."""
_TYPES: Final[Mapping[str, Mapping[str, str]]] = {
    "line": fields.LINE_FIELDS, "pair": fields.PAIR_FIELDS, "sum": fields.SUM_FIELDS, "clock": fields.CLOCK_FIELDS,
    "absent": fields.ABSENT_FIELDS, "claim": fields.CLAIM_FIELDS, **fields.TABLE_FIELDS,
}  # fmt: skip
Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass
class Words:
    """What a rule is made of while it is made: its roles by kind (a table by its name), and the parameters it needs.

    ``others`` are further values that each parameter might have, for overrides that set it.
    """

    draw: Draw
    roles: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    others: dict[str, list[Any]] = field(default_factory=dict)
    windows: dict[str, Any] = field(default_factory=dict)
    named: dict[str, Any] = field(default_factory=dict)
    lookups: list[dict[str, Any]] = field(default_factory=list)

    def one_of(self, *choices: Any) -> Any:
        """One of some values."""
        return self.draw(st.sampled_from(choices))

    def chance(self, among: int) -> bool:
        """True once in so many times."""
        return self.one_of(*[False] * (among - 1), True) is True if among > 1 else True

    # ---- conditions --------------------------------------------------------------------------------------

    def condition(self, *roles: str, depth: int = 2) -> dict[str, Any]:
        """A condition over fields of these roles."""
        known = [role for role in roles if role in self.roles]
        if depth and self.chance(5):
            word = self.one_of("all", "any", "any", "not", "is")
            if word == "not":
                return {"not": self.condition(*known, depth=depth - 1)}
            if word == "is":
                name = f"named_{len(self.named)}"
                self.named[name] = {"all": []}  # holds the place while its parts are made
                self.named[name] = self.condition(*known, depth=depth - 1)
                return {"is": name}
            return {word: [self.condition(*known, depth=depth - 1) for _ in range(self.one_of(1, 2, 2))]}
        return self.test(*known)

    def test(self, *roles: str) -> dict[str, Any]:
        """A comparison."""
        role = self.one_of(*roles)
        name = self.one_of(*FIELDS[self.roles[role]])
        kind = _TYPES[self.roles[role]][name]
        known = [op for op, item in OPERATORS.items() if kind in item.types and op != "not_empty"]
        if kind in {"texts", "integers"}:
            known.append("exists")
        if kind == "flag":
            known = ["eq", "eq", "ne"]
        op = self.one_of(*known)
        wanted = "flag" if op == "exists" else OPERATORS[op].value
        value = self.value(name, kind, wanted, op, roles)
        if op == "eq" and not isinstance(value, dict) and self.chance(2):
            return {f"{role}.{name}": value}
        return {f"{role}.{name}": {op: value}}

    def value(self, name: str, kind: str, wanted: str, op: str, roles: Sequence[str]) -> Any:
        """What stands at the right: a literal, a parameter, another field, or a field that is changed."""
        way = self.one_of("literal", "literal", "literal", "parameter", "field", "computed")
        if way == "parameter" and kind != "money":
            return self.parameter(lambda: self.literal(name, kind, wanted, op))
        if way in {"field", "computed"} and op not in {"in_ranges", "between", "exists"}:
            others = self.fields_like(kind, wanted, roles)
            if others:
                other = self.one_of(*others)
                if (
                    way == "computed"
                    and wanted == "scalar"
                    and kind in {"number", "integer", "money", "date"}
                ):
                    return self.computed(other, kind)
                return f"${other}"
        return self.literal(name, kind, wanted, op)

    def fields_like(self, kind: str, wanted: str, roles: Sequence[str]) -> list[str]:
        """The fields of roles that can be held against a field of a type."""
        single = kind.removesuffix("s") if kind in {"texts", "integers"} else kind
        if wanted == "list":
            types = {f"{single}s"}
        else:
            types = {"integer", "number"} if single in {"integer", "number"} else {single}
        return sorted(
            f"{role}.{name}"
            for role in roles
            for name in set(FIELDS[self.roles[role]])
            if _TYPES[self.roles[role]][name] in types
        )

    def computed(self, other: str, kind: str) -> dict[str, Any]:
        """A field, changed."""
        found: dict[str, Any] = {"of": other}
        if kind == "date":
            for key, values in (("plus_months", (-1, 0, 1, 12)), ("plus_days", (-30, -1, 0, 1, 31, 365))):
                if self.chance(2):
                    found[key] = self.amount(lambda values=values: self.one_of(*values))  # type: ignore[misc]
            return found if len(found) > 1 else found | {"plus_days": self.one_of(0, 1)}
        if self.chance(2):
            found["times"] = self.amount(
                lambda: self.one_of(1, 2, Decimal("0.5"), Decimal("1.5"), Decimal("0.0333"))
            )
        if len(found) == 1 or self.chance(2):
            add = lambda: self.one_of(-1, 0, 1, Decimal("0.01"))  # noqa: E731
            found["plus"] = add() if kind == "money" else self.amount(add)
        return found

    def amount(self, make: Callable[[], Any]) -> Any:
        """A number, or a parameter that is one."""
        return self.parameter(make) if self.chance(4) else make()

    def parameter(self, make: Callable[[], Any]) -> str:
        """The name of a new parameter with values by date."""
        name = f"p{len(self.parameters)}"
        starts = self.draw(
            st.lists(st.sampled_from([date(2020, 1, 1), *DATES]), min_size=1, max_size=3, unique=True)
        )
        if self.chance(2):
            starts = [date(2020, 1, 1)]
        self.parameters[name] = {}
        self.parameters[name] = {start: {"value": make(), "citation": "law"} for start in starts}
        self.others[name] = [make(), make()]
        return f"${name}"

    def literal(self, name: str, kind: str, wanted: str, op: str = "") -> Any:
        """A value as it is written."""
        if wanted == "flag" or kind == "flag":
            return self.one_of(True, False)
        single = kind.removesuffix("s") if kind in {"texts", "integers"} else kind
        if op == "in_ranges":
            return self.draw(
                st.lists(st.sampled_from(["A0001-A0002", "A0002-B0001", "C0001", "11", "11-24"]), max_size=2)
            )
        if op in {"starts_with", "starts_with_any", "any_starts_with"}:
            starts = st.sampled_from(["A", "A0", "B0002", "E1", "1", "0"])
            return self.draw(starts) if op == "starts_with" else self.draw(st.lists(starts, max_size=2))
        if wanted == "list":
            return [self.scalar(name, single) for _ in range(self.one_of(0, 1, 1, 2, 3))]
        if wanted == "pair":
            return sorted(self.scalar(name, single) for _ in range(2))
        return self.scalar(name, single)

    def scalar(self, name: str, kind: str) -> Any:
        """One value of a field."""
        values: Mapping[str, Sequence[Any]] = {
            "text": TEXTS.get(name, ["1", "A"]),
            "integer": [2] if name == "dx_ptr" else [0, 1, 1, 2, 3, 40],
            "number": NUMBERS,
            "money": MONEY,
            "date": [*DATES, date(9999, 12, 31)] if name == "deleted" else DATES,
        }
        return self.one_of(*values[kind])

    # ---- windows -----------------------------------------------------------------------------------------

    def window(self, *by: str) -> Any:
        """A window, written where it is used or named; ``by`` are fields that may choose it."""
        if by and self.chance(3):
            ref = self.one_of(*by)
            values = TEXTS[ref.rpartition(".")[2]]
            block: dict[str, Any] = {"by": ref, "values": {value: self.span() for value in values[:2]}}
        elif self.chance(2):
            return self.span()
        else:
            block = self.span()
        name = f"w{len(self.windows)}"
        self.windows[name] = block | {"citation": "law"}
        return name

    def span(self) -> dict[str, Any]:
        """The ends of a window."""
        if self.chance(6):
            return {"calendar": self.one_of("month", "year")}
        found: dict[str, Any] = {}
        ends = self.one_of("days", "days", "months", "both")
        if ends in {"days", "both"}:
            found["days"] = self.one_of(
                [0, 0], [-1, 10], [1, 31], [-30, -1], [-1, 1], [-365, 0], [0, 400], [-2, 2]
            )
        if ends in {"months", "both"}:
            found["months"] = self.one_of([-1, 0], [0, 1], [-11, 0], [-12, 12], [1, 1], [-1, 1])
            if self.chance(3):
                found["whole_months"] = self.one_of(True, True, False)
        if self.chance(5):
            key = self.one_of(*sorted(set(found) & {"days", "months"}))
            found[key] = self.one_of([None, 0], [0, None], [None, None], [None, -1])
        return found
