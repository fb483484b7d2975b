"""Parsing the small language inside a rule file: field references, values and conditions, with their line numbers."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from auditor.rules import fields
from auditor.rules import model as m
from auditor.rules.operators import OPERATORS
from auditor.rules.shapes import known_keys, line_of, text
from auditor.rules.values import cents, check_amount, check_listed, operator_of, scalar_of
from auditor.rules.yaml_strict import LineDict, refuse

COMPUTED_KEYS = ("of", "times", "plus", "plus_days", "plus_months")
MOST_NESTED, MOST_NAMED = 20, 2_000
"""How deep names under `let` may stand in each other, and how often they may be unfolded in a file."""
PLACEHOLDER = re.compile(r"\{([a-z_0-9]+\.[a-z_0-9]+)\}")
"""``{role.field}`` in an explanation; other braces are text."""
SHOWN_PARAMETER = re.compile(r"\{\$([a-z_0-9]+)\}")
"""``{$name}`` in an explanation: a parameter as it was judged by."""


_FIELDS_OF: Mapping[str, Mapping[str, str]] = {
    "line": fields.LINE_FIELDS,
    "pair": fields.PAIR_FIELDS,
    "sum": fields.SUM_FIELDS,
    "clock": fields.CLOCK_FIELDS,
    "claim": fields.CLAIM_FIELDS,
    "absent": fields.ABSENT_FIELDS,
    "price": fields.PRICE_FIELDS,
}


@dataclass(frozen=True)
class RoleKinds:
    """What each role of a rule is: ``line``, ``pair``, ``sum``, ``clock``, ``claim``, ``absent`` or ``table:NAME``.

    ``tables``: the fields of every table that the rule may name.
    """

    kinds: Mapping[str, str]
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: fields.TABLE_FIELDS)

    @property
    def first(self) -> str:
        """The role that stands first: the line, or the first of two."""
        return next(iter(self.kinds))

    def fields_of(self, role: str) -> Mapping[str, str]:
        """The fields a role has, with their types."""
        kind = self.kinds[role]
        return _FIELDS_OF[kind] if kind in _FIELDS_OF else self.tables.get(kind.partition(":")[2], {})


def parameter_lines(data: Mapping[str, Any]) -> dict[tuple[str, date], int]:
    """Where the values of a rule file's parameters stand, by name and first day; what is no value is left out."""
    block = data.get("parameters")
    found: dict[tuple[str, date], int] = {}
    for name, periods in block.items() if isinstance(block, LineDict) else ():
        for key, item in periods.items() if isinstance(periods, LineDict) else ():
            try:
                start = date.fromisoformat(key)
            except ValueError:
                continue
            found[name, start] = (
                line_of(item, "value") if isinstance(item, LineDict) else line_of(periods, key)
            )
    return found


class ConditionParser:
    """Turns the conditions of one rule file into the model, checking every name and type on the way."""

    def __init__(
        self,
        path: Path,
        roles: RoleKinds,
        parameters: Mapping[str, m.Parameter],
        named: Mapping[str, Any],
        lines: Mapping[tuple[str, date], int] | None = None,
    ) -> None:
        """``named`` is the block ``let``; ``lines`` says where the values of the parameters stand in the file."""
        self.path = path
        self.lines = lines or {}
        self.roles = roles
        self.parameters = parameters
        self.named = named
        self._open: list[str] = []
        self._unfolded = 0

    def field(self, text: str, line: int) -> m.FieldRef:
        """``role.name`` as a reference. Raises InputRefused with the nearest name when it is not known."""
        role, dot, name = text.partition(".")
        if not dot:
            role, name = self.roles.first, text
        if role not in self.roles.kinds:
            raise refuse(
                self.path, line, f"`{text}` is not known", f"there is no `{role}` in this rule",
                f"roles here: {', '.join(self.roles.kinds)}",
            )  # fmt: skip
        known = self.roles.fields_of(role)
        if name not in known:
            near = difflib.get_close_matches(name, list(known), 1)
            raise refuse(
                self.path, line, f"field `{text}` is not known", f"`{role}` has no such field",
                f"did you mean `{role}.{near[0]}`?" if near else f"fields: {', '.join(known)}",
            )  # fmt: skip
        return m.FieldRef(role, name, self.roles.kinds[role], known[name])

    def parse(self, data: Any, line: int) -> m.Condition:
        """A condition: a mapping (all its keys hold) or a list (all its items hold)."""
        if isinstance(data, list) and data:
            return m.All(tuple(self.parse(item, line) for item in data))
        if data == [] or data == {}:
            raise refuse(
                self.path, line, "condition refused", "it is empty, and would hold for every line",
                "write a condition, or leave the key out",
            )  # fmt: skip
        if not isinstance(data, Mapping):
            raise refuse(
                self.path,
                line,
                "condition refused",
                "it must be `field: value`",
                "compare with a neighbouring rule",
            )
        parts: list[m.Condition] = []
        for key, value in data.items():
            at = data.key_lines.get(key, line) if isinstance(data, LineDict) else line
            parts.append(self._one(key, value, at))
        return parts[0] if len(parts) == 1 else m.All(tuple(parts))

    def _one(self, key: str, value: Any, line: int) -> m.Condition:
        if key in {"all", "any"}:
            if not isinstance(value, list) or not value:
                raise refuse(
                    self.path,
                    line,
                    f"`{key}` refused",
                    "it must list conditions",
                    f"write `{key}: [{{...}}, {{...}}]`",
                )
            inner = tuple(self.parse(item, line) for item in value)
            return m.All(inner) if key == "all" else m.AnyOf(inner)
        if key == "not":
            return m.Not(self.parse(value, line))
        if key == "is":
            return self._named(str(value), line)
        ref = self.field(key, line)
        if not isinstance(value, Mapping):
            value = {"eq": value}
        if not value:
            raise refuse(
                self.path, line, f"`{ref}` refused", "no operator stands there", "write `field: value`"
            )
        tests = tuple(self._test(ref, op, operand, line) for op, operand in value.items())
        return tests[0] if len(tests) == 1 else m.All(tests)

    def _named(self, name: str, line: int) -> m.Condition:
        if name not in self.named:
            near = difflib.get_close_matches(name, list(self.named), 1)
            raise refuse(
                self.path, line, f"condition `{name}` is not known", "`let:` does not define it",
                f"did you mean `{near[0]}`?" if near else "define it under `let:`",
            )  # fmt: skip
        if name in self._open:
            raise refuse(
                self.path,
                line,
                f"condition `{name}` rests on itself",
                "it would never end",
                "break the circle",
            )
        self._unfolded = self._unfolded + 1 if self._open else 1
        if len(self._open) >= MOST_NESTED or self._unfolded > MOST_NAMED:
            raise refuse(
                self.path, line, f"condition `{name}` refused", "names under `let:` unfold too deep, or too often",
                "write it out where it is needed once, and name fewer",
            )  # fmt: skip
        self._open.append(name)
        try:
            return self.parse(self.named[name], line)
        finally:
            self._open.pop()

    def _test(self, ref: m.FieldRef, op: str, operand: Any, line: int) -> m.Test:
        if ref.name in fields.SAID_ONLY:
            raise refuse(
                self.path, line, f"`{ref}` refused", "it is for explanations, not for conditions",
                "ask for the table's rows with `absent` or `because`",
            )  # fmt: skip
        op = operator_of(self.path, ref, op, operand, line).name
        test = m.Test(ref, op, self._value(ref, op, operand, line))
        for read in m.fields_read(test):
            if read.kind == "pair" and read.name in fields.SAID_OF_PAIR:
                raise refuse(
                    self.path, line, f"`{read}` refused", "it is for explanations, not for conditions",
                    "it is counted once all conditions have been asked; count lines with `sum`",
                )  # fmt: skip
        return test

    def _value(self, ref: m.FieldRef, op: str, operand: Any, line: int) -> m.Value:
        if isinstance(operand, Mapping):
            return self._computed(ref, op, operand, line)
        if isinstance(operand, str) and operand.startswith("$"):
            name = operand[1:]
            if "." in name:
                return self._field_value(ref, op, self.field(name, line), line)
            self.known_parameter(name, line)
            self._check_parameter(ref, op, name, line)
            return m.ParameterRef(name)
        wanted = OPERATORS[op].value
        if wanted == "flag" or ref.type == "flag":
            if not isinstance(operand, bool):
                raise refuse(
                    self.path, line, f"`{ref}` refused", "the value must be true or false", "write true"
                )
            return operand
        if wanted in {"list", "pair"}:
            if not isinstance(operand, list):
                raise refuse(
                    self.path, line, f"`{ref}` refused", "the value must be a list", "write [..., ...]"
                )
            if wanted == "pair" and len(operand) != 2:
                raise refuse(
                    self.path, line, f"`{ref}` refused", "a range has a first and a last", "write [..., ...]"
                )
            values = tuple(scalar_of(self.path, ref, item, line) for item in operand)
            check_listed(self.path, ref, op, operand, line)
            return values
        value: m.Value = scalar_of(self.path, ref, operand, line)
        return value

    def known_parameter(self, name: str, line: int) -> None:
        """Raises InputRefused, with the nearest name, for a parameter that the rule does not define."""
        if name not in self.parameters:
            near = difflib.get_close_matches(name, list(self.parameters), 1)
            raise refuse(
                self.path, line, f"parameter `${name}` is not known", "`parameters:` does not define it",
                f"did you mean `${near[0]}`?" if near else "define it under `parameters:`",
            )  # fmt: skip

    def _computed(self, ref: m.FieldRef, op: str, data: Mapping[str, Any], line: int) -> m.Computed:
        """``{of: role.field, times: ..., plus: ...}`` or, of dates, ``plus_days`` and ``plus_months``."""
        known_keys(self.path, data, COMPUTED_KEYS)
        other = self.field(text(self.path, data, "of"), line)
        self._field_value(ref, op, other, line)
        allowed = COMPUTED_KEYS[3:] if ref.type == "date" else COMPUTED_KEYS[1:3]
        found: dict[str, m.Amount] = {}
        for key in data:
            if key == "of":
                continue
            if key not in allowed:
                raise refuse(
                    self.path, line, f"`{key}` cannot be said of `{other}`", f"the field is of type {other.type}",
                    f"for it: {', '.join(allowed)}",
                )  # fmt: skip
            found[key] = self._amount(ref, key, data[key], line)
        if not found:
            raise refuse(
                self.path, line, f"`of: {other}` changes nothing", "nothing stands beside it",
                f'write "${other}" for the field as it is, or add {" or ".join(allowed)}',
            )  # fmt: skip
        return m.Computed(other, **found)

    def _amount(self, ref: m.FieldRef, key: str, value: Any, line: int) -> m.Amount:
        if isinstance(value, str) and value.startswith("$"):
            self.known_parameter(value[1:], line)
            if key == "plus" and ref.type == "money":
                raise refuse(
                    self.path, line, f"`{key}: {value}` refused", "a parameter has no unit of money",
                    "write the amount, in dollars, in the condition",
                )  # fmt: skip
            for _, item in self.parameters[value[1:]].values:
                self._amount(ref, key, item, line)
            return m.ParameterRef(value[1:])
        check_amount(self.path, key, value, line)
        money = key == "plus" and ref.type == "money"
        return cents(self.path, f"`{key}: {value}` refused", value, line) if money else value

    def _field_value(self, ref: m.FieldRef, op: str, other: m.FieldRef, line: int) -> m.FieldRef:
        """Another field at the operator's right, when its type can be held against the first one's."""
        wanted = OPERATORS[op].value
        single = ref.type.removesuffix("s") if ref.type in {"texts", "integers"} else ref.type
        if wanted == "list":
            good = op != "in_ranges" and other.type == single + "s"
        else:
            good = wanted == "scalar" and (
                other.type == single or {other.type, single} == {"integer", "number"}
            )
        if not good:
            raise refuse(
                self.path, line, f"`{ref}` cannot be held against `{other}`",
                f"`{op}` was asked of {ref.type} and {other.type}", "compare two fields of one type",
            )  # fmt: skip
        return other

    def _check_parameter(self, ref: m.FieldRef, op: str, name: str, line: int) -> None:
        """Every value that a parameter ever had must be one that could stand in the condition itself."""
        if ref.type == "money":
            raise refuse(
                self.path, line, f"`{ref}` cannot be held against `${name}`", "a parameter has no unit of money",
                "write the amount, in dollars, in the condition",
            )  # fmt: skip
        for start, value in self.parameters[name].values:
            if isinstance(value, m.CodeMap):
                raise refuse(
                    self.path, line, f"`{ref}` cannot be held against `${name}`", "it names a code for each code",
                    "list the codes in a parameter of their own",
                )  # fmt: skip
            self._check_texts(ref, op, name, start, value, line)
            self._value(ref, op, list(value) if isinstance(value, tuple) else value, line)

    def _check_texts(self, ref: m.FieldRef, op: str, name: str, start: date, value: Any, line: int) -> None:
        """A number in a parameter that is held against a field of texts is told where it stands itself."""
        if ref.type not in {"text", "texts"} or OPERATORS[op].value not in {"list", "scalar", "pair"}:
            return
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, int | Decimal) and not isinstance(item, bool):
                at = self.lines.get((name, start), line)
                raise refuse(
                    self.path, at, f"`{item}` in `${name}` refused",
                    f"`{item}` at line {at} is a number, and `{ref}` is of type {ref.type}: codes are texts",
                    f'put it in quotes: "{item}"',
                )  # fmt: skip
