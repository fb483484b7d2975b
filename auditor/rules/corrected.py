"""``exposure: {method: difference, corrected: {...}}``: the service that would have been paid."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from auditor.rules import model as m
from auditor.rules.parsing import ConditionParser
from auditor.rules.shapes import choice, known_keys, line_of, section, text, unlike
from auditor.rules.values import cents
from auditor.rules.yaml_strict import LineDict, refuse

CORRECTED_KEYS = ("code", "component", "setting", "share")
COMPONENTS = ("none", "26", "TC")
SETTINGS = ("facility", "non_facility")
_PARTS_OF_ONE = 6
"""Decimals of a share."""
_MOST = 10
"""A share above this is a percentage that was written as a number."""


def code_map_of(path: Path, data: Any, name: str) -> m.CodeMap:
    """A parameter that names a code for each code. Raises InputRefused."""
    for code, other in data.items():
        if not isinstance(code, str) or not isinstance(other, str) or " " in code + other:
            raise refuse(
                path, line_of(data, code), f"`{code}: {other}` in `${name}` refused", "it names a code for a code",
                'write `"99202": "99212"`, both in quotes',
            )  # fmt: skip
    return m.CodeMap.of(data)


def corrected_of(
    path: Path, block: LineDict, match: m.Match | None, parser: ConditionParser, direction: str
) -> m.Corrected:
    """The ``corrected`` block of an exposure. Raises InputRefused."""
    if match is None or match.form == "claim":
        raise unlike(path, block, "method", "`none`, or `line` for a claim", "only a line has a fee")
    if direction == "neutral":
        raise unlike(path, block, "direction", "over or under beside a difference", "write `direction: over`")
    if "corrected" not in block:
        raise unlike(
            path, block, "method", "given the corrected service", "write `corrected: {share: 0.5}` beside it"
        )
    item = section(path, block, "corrected")
    known_keys(path, item, CORRECTED_KEYS)
    if not set(CORRECTED_KEYS) & set(item):
        raise unlike(
            path,
            block,
            "corrected",
            "something else than what was billed",
            "name code, component, setting or share",
        )
    component = choice(path, item, "component", COMPONENTS) if "component" in item else ""
    setting = choice(path, item, "setting", SETTINGS) if "setting" in item else ""
    return m.Corrected(
        code=_code(path, item, parser),
        component=component,  # type: ignore[arg-type]
        setting=setting,  # type: ignore[arg-type]
        share=_share(path, item, parser),
    )


def _code(path: Path, item: LineDict, parser: ConditionParser) -> str | m.ParameterRef | m.FieldRef | None:
    """A code, a parameter that is one or that names one for each code billed, or a field of a line or row."""
    if "code" not in item:
        return None
    value, at = text(path, item, "code"), line_of(item, "code")
    if not value.startswith("$"):
        if "." in value:
            raise unlike(path, item, "code", "a code, or a field after a $", f'write `code: "${value}"`')
        return value
    name = value[1:]
    if "." in name:
        ref = parser.field(name, at)
        if ref.type != "text":
            raise unlike(path, item, "code", "a field that holds one code", "name another field")
        return ref
    parser.known_parameter(name, at)
    for _, found in parser.parameters[name].values:
        if not isinstance(found, str | m.CodeMap):
            raise unlike(
                path, item, "code", "a parameter that is a code, or a code for each code",
                f'see `parameters: {name}`, and write `value: {{"99202": "99212"}}`',
            )  # fmt: skip
    return m.ParameterRef(name)


def only_above_of(
    path: Path, block: LineDict, match: m.Match | None, corrected: m.Corrected | None
) -> int | None:
    """Dollars that the difference must be above, as cents; None where it is no condition. Raises InputRefused."""
    value = block.get("only_above")
    if value is None:
        return None
    at = line_of(block, "only_above")
    if corrected is None or match is None:
        raise unlike(path, block, "only_above", "said of difference", "write `method: difference`")
    if match.form in {"sequence", "because"}:
        raise unlike(
            path,
            block,
            "only_above",
            f"left out of this form ({match.form})",
            "what it hangs on knows no amounts",
        )
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value < 0:
        raise unlike(path, block, "only_above", "dollars", "write `only_above: 0.05`")
    rows = [item for item in (match.table, *match.lookups) if item is not None]
    of_one = {item.alias for item in rows if match.one in {ref.role for _, ref in item.on}} | {match.one}
    if match.one and {ref.role for ref in corrected.fields} & of_one:
        raise unlike(
            path, block, "only_above", f"left out where the fee hangs on the one `{match.one}` that is taken",
            "name a field of the flagged line or of its row under `corrected`",
        )  # fmt: skip
    return cents(path, "`only_above` refused", value, at)


def _share(
    path: Path, item: LineDict, parser: ConditionParser
) -> m.Amount | m.FieldRef | tuple[m.FieldRef, ...] | None:
    """A number, a parameter that is one, a number of a row, or several that are added up."""
    value, at = item.get("share"), line_of(item, "share")
    if value is None:
        return None
    if isinstance(value, list) and len(value) > 1:
        refs = [parser.field(str(name).removeprefix("$"), at) for name in value if str(name).startswith("$")]
        if len(refs) != len(value) or any(ref.type not in {"integer", "number"} for ref in refs):
            raise unlike(
                path, item, "share", "numbers of a row", "write `share: [$fee.pre_op, $fee.intra_op]`"
            )
        return tuple(refs)
    if isinstance(value, str) and value.startswith("$"):
        name = value[1:]
        if "." in name:
            ref = parser.field(name, at)
            if ref.type not in {"integer", "number"}:
                raise unlike(path, item, "share", "a number of a row", "name another field")
            return ref
        parser.known_parameter(name, at)
        for _, found in parser.parameters[name].values:
            _check_share(path, item, found)
        return m.ParameterRef(name)
    return _check_share(path, item, value)


def _check_share(path: Path, item: Mapping[str, Any], value: Any) -> int | Decimal:
    good = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if not good or not 0 <= value <= _MOST or -Decimal(value).as_tuple().exponent > _PARTS_OF_ONE:  # type: ignore[operator]
        raise unlike(
            path, item, "share", f"a part of one, with {_PARTS_OF_ONE} decimals at most, or a parameter that is one",
            "write 0.16 for 16 %",
        )  # fmt: skip
    return value  # type: ignore[no-any-return]


__all__ = ["CORRECTED_KEYS", "code_map_of", "corrected_of", "only_above_of"]
