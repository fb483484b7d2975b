"""What may stand on the right of an operator: the literal values of a field, the amounts of a computed one, and the
operators that an author may write.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from auditor.rules import model as m
from auditor.rules.code_ranges import fault_of
from auditor.rules.operators import OPERATORS, Operator
from auditor.rules.yaml_strict import refuse

MOST_DECIMALS = 4
"""Decimals of a factor or of what is added to a number."""
CENTS = 2
"""Decimals of an amount of money."""
_BELOW = {"times": 1_000_000, "plus": 10**9, "plus_days": 36_601, "plus_months": 1_201}
"""Factors, amounts and spans (a hundred years) that are this large or larger are slips of the pen."""
_LISTS = ("texts", "integers")
_OF_LISTS = {
    "eq": "contains", "in": "overlaps", "ne": "disjoint", "not_in": "disjoint",
    "starts_with": "any_starts_with", "starts_with_any": "any_starts_with",
}  # fmt: skip
"""What is asked of a list where an author writes what is asked of one value."""


def operator_of(path: Path, ref: m.FieldRef, op: str, operand: Any, line: int) -> Operator:
    """The operator that an author wrote; ``exists`` of a list asks whether it holds anything.

    Raises InputRefused for one that is not in the language or that the field's type cannot be asked.
    """
    written = [name for name in OPERATORS if name != "not_empty"]
    if op not in written:
        near = difflib.get_close_matches(op, written, 1)
        mend = f"did you mean `{near[0]}`?" if near else f"use one of {', '.join(written)}"
        if op == "not_empty":
            mend = "write `exists`: of a list it asks whether it holds anything"
        raise refuse(path, line, f"operator `{op}` is not known", "the set of operators is closed", mend)
    found = OPERATORS["not_empty" if op == "exists" and ref.type in _LISTS else op]
    if ref.type not in found.types:
        why = f"the field is of type {ref.type}"
        mend = "operators for it: " + ", ".join(operators_for(ref.type))
        if ref.type in _LISTS and op in _OF_LISTS:
            why = f"the field is a list ({ref.type}), and `{op}` is asked of one value"
            mend = f"write `{ref}: {{{_OF_LISTS[op]}: {_shown(_OF_LISTS[op], operand)}}}`"
        raise refuse(path, line, f"`{op}` cannot be asked of `{ref}`", why, mend)
    if ref.type == "flag" and found.value == "list":
        raise refuse(
            path,
            line,
            f"`{op}` cannot be asked of `{ref}`",
            "the field is true or false",
            f"write `{ref}: true`",
        )
    return found


def operators_for(kind: str) -> list[str]:
    """The operators that a field of a type may be asked, as an author writes them."""
    listed = [name for name, item in OPERATORS.items() if kind in item.types]
    return ["exists" if name == "not_empty" else name for name in listed]


def _shown(op: str, operand: Any) -> str:
    """One code as it should be written under an operator of lists; dots for anything longer."""
    if isinstance(operand, list) and len(operand) == 1:
        operand = operand[0]
    if isinstance(operand, str) and len(operand) <= 20 and not operand.startswith("$"):
        code = f'"{operand}"'
    elif isinstance(operand, int) and not isinstance(operand, bool):
        code = str(operand)
    else:
        return "..." if op == "contains" else "[...]"
    return code if op == "contains" else f"[{code}]"


def scalar_of(path: Path, ref: m.FieldRef, operand: Any, line: int) -> Any:
    """One literal value of the field's type; money in US cents. Raises InputRefused."""
    kind = ref.type.removesuffix("s") if ref.type in _LISTS else ref.type
    number = isinstance(operand, int | Decimal) and not isinstance(operand, bool)
    good = {
        "text": isinstance(operand, str),
        "integer": number and isinstance(operand, int),
        "number": number,
        "money": number,
        "date": isinstance(operand, date),
    }[kind]
    if not good:
        raise refuse(
            path, line, f"value of `{ref}` refused", f"the field is of type {ref.type}, and `{operand}` is not",
            f'put codes in quotes: "{operand if number else 99213}"' if kind == "text" else f"write a {kind}",
        )  # fmt: skip
    if kind == "text" and operand != operand.strip():
        raise refuse(
            path, line, f"value of `{ref}` refused", f'a blank stands at an end of "{operand}"',
            f'write "{operand.strip()}"',
        )  # fmt: skip
    return cents(path, f"`{operand}` of `{ref}` refused", operand, line) if kind == "money" else operand


def cents(path: Path, what: str, amount: int | Decimal, line: int) -> int:
    """Dollars as cents. Raises InputRefused for parts of a cent, which would else be cut off."""
    exact = Decimal(amount) * 100
    if exact != exact.to_integral_value():
        raise refuse(
            path, line, what, f"dollars have {CENTS} decimals, and a payment no parts of a cent",
            "write the amount in dollars and cents",
        )  # fmt: skip
    return int(exact)


def check_listed(path: Path, ref: m.FieldRef, op: str, operand: Sequence[Any], line: int) -> None:
    """Raises InputRefused for a range that holds nothing, and one that would hold codes of several kinds.

    ``operand``: values that :func:`scalar_of` has taken.
    """
    if op == "between" and operand[0] > operand[1]:
        raise refuse(
            path, line, f"range of `{ref}` refused", f"it ends ({operand[1]}) before it begins ({operand[0]})",
            f"write the smaller first: [{operand[1]}, {operand[0]}]",
        )  # fmt: skip
    for item in operand if op == "in_ranges" else ():
        fault = fault_of(str(item))
        if fault is not None:
            raise refuse(path, line, f"range `{item}` of `{ref}` refused", *fault)


def check_amount(path: Path, key: str, value: Any, line: int) -> None:
    """Raises InputRefused for what cannot be ``times``, ``plus``, ``plus_days`` or ``plus_months``."""
    whole = key.startswith("plus_")
    if isinstance(value, bool) or not isinstance(value, int if whole else int | Decimal):
        raise refuse(
            path, line, f"`{key}: {value}` refused",
            f"it must be a {'whole ' if whole else ''}number, or a parameter that is one",
            f"write `{key}: {365 if whole else '1.5'}`",
        )  # fmt: skip
    if not whole and -Decimal(value).as_tuple().exponent > MOST_DECIMALS:  # type: ignore[operator]
        raise refuse(
            path, line, f"`{key}: {value}` refused", f"more than {MOST_DECIMALS} decimals",
            "round it, as the law does",
        )  # fmt: skip
    if abs(value) >= _BELOW[key]:
        at_most = f"at most {_BELOW[key] - 1:,}" if whole else f"below {_BELOW[key]:,}"
        raise refuse(
            path, line, f"`{key}: {value}` refused", f"it must be {at_most}: more is a slip of the pen",
            f"write `{key}: {365 if whole else '1.5'}`",
        )  # fmt: skip
