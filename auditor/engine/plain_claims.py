"""The plain evaluator's whole claims: the lines of one claim version that were not denied, read as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from auditor.engine.plain_case import Case, in_force
from auditor.engine.plain_conditions import age
from auditor.engine.plain_rule import PlainRule, Possible
from auditor.engine.plain_tables import Line

Lines = Sequence[Line]


def _distinct(name: str) -> Callable[[Lines], list[Any]]:
    return lambda lines: list({line[name]: None for line in lines if line[name] is not None})


def _total(name: str) -> Callable[[Lines], int | None]:
    def total(lines: Lines) -> int | None:
        known = [line[name] for line in lines if line[name] is not None]
        return sum(known) if known else None

    return total


def _first_day(lines: Lines) -> Any:
    return min(line["date_from"] for line in lines)


def _last_day(lines: Lines) -> Any:
    return max(line["date_to"] for line in lines)


def _length_of_stay(lines: Lines) -> int | None:
    admitted, discharged = lines[0]["admit_date"], lines[0]["discharge_date"]
    return None if admitted is None or discharged is None else (discharged - admitted).days


def _age(lines: Lines) -> int | None:
    return age({"birth_date": lines[0]["birth_date"], "date_from": _first_day(lines)})


ADDED_UP: Mapping[str, Callable[[Lines], Any]] = {
    "date_from": _first_day,
    "service_date": _first_day,
    "date_to": _last_day,
    "days": lambda lines: (_last_day(lines) - _first_day(lines)).days + 1,
    "codes": _distinct("code"),
    "revenue_codes": _distinct("revenue_code"),
    "modifiers": lambda lines: list({modifier: None for line in lines for modifier in line["modifiers"]}),
    "lines": len,
    "age": _age,
    "charge": _total("charge"),
    "allowed": _total("allowed"),
    "paid": _total("paid"),
    "other_payer_paid": _total("other_payer_paid"),
    "length_of_stay": _length_of_stay,
    "principal_dx": lambda lines: lines[0]["dx"][0] if lines[0]["dx"] else None,
}
"""Fields of a claim that its lines add up to; every other is a field of its first line."""


class Claim(Mapping[str, Any]):
    """The fields of a claim, each made when it is first asked for. ``lines`` stand in their order."""

    def __init__(self, lines: Lines, asked: PlainRule) -> None:
        self.lines, self._asked = lines, asked
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            made = ADDED_UP.get(name)
            self._made[name] = made(self.lines) if made else self._asked.value(self.lines[0], name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(ADDED_UP)

    def __len__(self) -> int:
        return len(ADDED_UP)


class Claims:
    """Claims whose lines were not all denied."""

    def __init__(self, asked: PlainRule) -> None:
        self._asked, (self._role,) = asked, asked.match.roles

    def possible(self, scoped: Lines, case: Case) -> Iterator[Possible]:
        """The possible findings: of every line of a claim, or of its first where nothing is at stake.

        A claim is within a rule's dates by its own first day.
        """
        claims: dict[int, list[Line]] = {}
        for line in case.lines:
            if not line["denied"]:
                claims.setdefault(line["claim_key"], []).append(line)
        of_kind = {line["line_id"] for line in case.of_kind(self._asked)}
        for lines in claims.values():
            lines.sort(key=lambda line: (line["line_no"], line["line_id"]))
            claim = Claim(lines, self._asked)
            if lines[0]["line_id"] in of_kind and in_force(self._asked.rule, claim):
                for line in lines:
                    yield from self._of_line(claim, line)

    def _of_line(self, claim: Claim, line: Line) -> Iterator[Possible]:
        day = claim["date_from"]
        for roles, row in self._asked.with_rows({self._role: claim}, day):
            for possible in self._asked.make(roles, day, row, {}, flagged=line):
                if possible.variant.exposure.method != "none" or line is claim.lines[0]:
                    yield possible
