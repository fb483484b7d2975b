"""A JSON Schema of the rule file, for completion, hover and red underlines in editors.

Draft 7 is what the YAML language servers of the common editors read best. The schema is made of the same shapes as
lint's first pass, and of the loader's own sets of words; what a schema cannot know (which roles a rule has, whether a
citation's key exists, whether a condition can hold) is left to ``auditor rules lint``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from auditor.rules import fields
from auditor.rules.operators import OPERATORS
from auditor.workbench import grammar
from auditor.workbench.field_words import meaning
from auditor.workbench.shape import Shape

Schema = dict[str, Any]
LINE_ROLES: Final = "line column_1 column_2 addon primary original copy surgery visit".split()
"""Names that authors give to lines, whose fields are offered while they write."""
_CLAIM_ROLES: Final = "first second earlier later stay claim readmission".split()
"""Further names of lines and claims. Of all these a field is refused that neither a line nor a claim has.

Any other name may be that of a table's row, whose columns only the rule and its pack know.
"""

_NAMED_FIELDS: Final[Mapping[str, str]] = fields.CLAIM_FIELDS | fields.LINE_FIELDS
_ASKED_OF_PAIR: Final = {
    name: kind for name, kind in fields.PAIR_FIELDS.items() if name not in fields.SAID_OF_PAIR
}
_CODES = r"code|codes|revenue_code|revenue_codes|modifiers|dx|pointed_dx"
"""Fields that are texts in every role: an author who leaves off the quotes is told."""
_ANY_ROLE = rf"(?!(?:{'|'.join((*LINE_ROLES, *_CLAIM_ROLES, 'pair', 'absent'))})\.)[a-z][a-z0-9_]*"

_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_REFERENCE: Final[Schema] = {
    "type": "string",
    "pattern": r"^\$[a-z_0-9]+(\.[a-z_0-9]+)?$",
    "description": "$name: the parameter's value in force on the day; $role.field: another field.",
}
_COMPUTED: Final[Schema] = {
    "type": "object",
    "description": "A field's value, changed: times and plus of numbers and money, plus_days and plus_months of dates.",
    "required": ["of"],
    "additionalProperties": False,
    "properties": {
        "of": {"type": "string", "pattern": r"^[a-z_0-9]+\.[a-z_0-9]+$", "description": "role.field"},
        "times": {"type": ["number", "string"], "description": "A factor, or $parameter."},
        "plus": {
            "type": ["number", "string"],
            "description": "What is added, in dollars of money; or $parameter.",
        },
        "plus_days": {"type": ["integer", "string"], "description": "Days, or $parameter."},
        "plus_months": {"type": ["integer", "string"], "description": "Months, or $parameter."},
    },
}
_SCALARS: Final[Mapping[str, Schema]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "money": {"type": "number"},
    "date": {"type": "string", "pattern": _DATE},
    "flag": {"type": "boolean"},
}
_OPERATORS: Final[Mapping[str, str]] = {
    "eq": "Equals.",
    "ne": "Does not equal, or is missing.",
    "in": "Is one of.",
    "not_in": "Is none of, or is missing.",
    "gt": "Is greater than.",
    "ge": "Is at least.",
    "lt": "Is less than.",
    "le": "Is at most.",
    "between": "Lies between two values, both inclusive.",
    "contains": "The list holds the value.",
    "overlaps": "The list holds at least one of the values.",
    "disjoint": "The list holds none of the values.",
    "exists": "There is a value, or there is none.",
    "not_empty": "The list holds something, or nothing.",
    "starts_with": "Begins with.",
    "starts_with_any": "Begins with one of.",
    "any_starts_with": "One of the list begins with one of the values.",
    "in_ranges": 'Is one of the codes, or lies in one of the ranges: "99202-99499".',
}


def rule_schema() -> Schema:
    """The schema as a mapping that `json.dumps` can write."""
    body = _schema(grammar.RULE)
    body["required"] = list(grammar.RULE.needed & {"id", "family"})
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "auditor-rule.schema.json",
        "title": "A rule of the auditor",
        "description": "One YAML file is one rule, or one override of rules.",
        **body,
        "oneOf": [
            {
                "title": "a rule about claim lines",
                "required": [*grammar.NEEDED_OF_RULE, "match"],
                "not": {"anyOf": [{"required": ["benchmark"]}, {"required": ["override"]}]},
            },
            {
                "title": "a benchmark",
                "required": [*grammar.NEEDED_OF_RULE, "benchmark"],
                "not": {"anyOf": [{"required": ["match"]}, {"required": ["override"]}]},
            },
            {
                "title": "an override",
                "required": list(grammar.NEEDED_OF_OVERRIDE),
                "not": {"anyOf": [{"required": ["match"]}, {"required": ["benchmark"]}]},
            },
        ],
        "dependencies": {
            "retired": {"required": ["status"], "properties": {"status": {"enum": ["deprecated"]}}}
        },
        "definitions": _definitions(),
    }


def _schema(shape: Shape) -> Schema:
    """A shape as a schema."""
    made: Schema = {}
    if shape.kind == "text":
        made["type"] = "string"
        if shape.words:
            made["enum"] = list(shape.words)
        if shape.pattern:
            made["pattern"] = shape.pattern
    elif shape.kind == "whole":
        made["type"] = "integer"
        made |= {"minimum": shape.least} if shape.least is not None else {}
        made |= {"maximum": shape.most} if shape.most is not None else {}
    elif shape.kind in {"number", "flag"}:
        made["type"] = "number" if shape.kind == "number" else "boolean"
    elif shape.kind == "day":
        made |= {"type": ["string", "null"], "pattern": _DATE}
    elif shape.kind == "mapping":
        made |= {
            "type": "object",
            "additionalProperties": False,
            "properties": {key: _nullable(_schema(inner), key, shape) for key, inner in shape.keys.items()},
        }
        if shape.needed:
            made["required"] = sorted(shape.needed)
    elif shape.kind == "named" and shape.inner is not None:
        made |= {"type": "object", "additionalProperties": _schema(shape.inner)}
        if shape.pattern:
            made["propertyNames"] = {"pattern": shape.pattern}
    elif shape.kind == "list" and shape.inner is not None:
        made |= {"type": "array", "items": _schema(shape.inner)}
        made |= {"minItems": shape.least} if shape.least is not None else {}
        made |= {"maxItems": shape.most} if shape.most is not None else {}
    elif shape.kind == "either":
        made["anyOf"] = [_schema(way) for way in shape.ways]
    elif shape.kind == "condition":
        name = "reasoned" if "`reason`" in shape.about else "condition"
        made["allOf"] = [{"$ref": f"#/definitions/{name}"}]
    elif shape.words == ("null",):
        made["type"] = "null"
    about = " ".join(
        part for part in (shape.about, f"Example: {shape.example}" if shape.example else "") if part
    )
    return {"description": about, **made} if about else made


def _nullable(schema: Schema, key: str, holder: Shape) -> Schema:
    """A key that need not be there may also be empty, as the loader takes it."""
    if key in holder.needed or not isinstance(schema.get("type"), str):
        return schema
    if "enum" in schema:
        return schema
    return {**schema, "type": [schema["type"], "null"]}


def _definitions() -> Schema:
    condition: Schema = {
        "anyOf": [
            {"type": "array", "items": {"$ref": "#/definitions/condition"}},
            {"$ref": "#/definitions/tests"},
        ]
    }
    tests = _tests({})
    reasoned = _tests(
        {"reason": {"type": "string", "description": "Why this leaves the finding to a record. Printed."}}
    )
    return (
        {"condition": condition, "tests": tests, "reasoned": reasoned}
        | {f"test_{kind}": _test(kind) for kind in (*_SCALARS, "texts", "integers")}
        | {
            "test_any": _test_any([{"type": ["string", "number", "boolean"]}, _COMPUTED]),
            "test_code": _test_any([{"type": "string"}]),
            "test_units": _test_any([{"type": "number"}, _REFERENCE, _COMPUTED]),
        }
    )


def _tests(further: Schema) -> Schema:
    """A mapping of comparisons, all of which hold."""
    known = {f"line.{name}": _field("line", name, kind) for name, kind in fields.LINE_FIELDS.items()}
    known |= {f"pair.{name}": _field("pair", name, kind) for name, kind in _ASKED_OF_PAIR.items()}
    known |= {f"absent.{name}": _field("absent", name, kind) for name, kind in fields.ABSENT_FIELDS.items()}
    for role in LINE_ROLES[1:]:
        known |= {f"{role}.{name}": _field("line", name, kind) for name, kind in fields.LINE_FIELDS.items()}
    named = "|".join([*LINE_ROLES[1:], *_CLAIM_ROLES])
    of_names = {rf"^(?:{named})\.{name}$": _field("line", name, kind) for name, kind in _NAMED_FIELDS.items()}
    words: Schema = {
        "all": {
            "type": "array",
            "minItems": 1,
            "items": {"$ref": "#/definitions/condition"},
            "description": "Every part holds.",
        },
        "any": {
            "type": "array",
            "minItems": 1,
            "items": {"$ref": "#/definitions/condition"},
            "description": "At least one part holds.",
        },
        "not": {"$ref": "#/definitions/condition", "description": "The part does not hold."},
        "is": {"type": "string", "description": "A condition named under `let:`."},
    }
    return {
        "type": "object",
        "minProperties": 1,
        "properties": words | further | known,
        "patternProperties": of_names
        | {
            rf"^{_ANY_ROLE}\.(?:{_CODES})$": {"$ref": "#/definitions/test_code"},
            rf"^{_ANY_ROLE}\.units$": {"$ref": "#/definitions/test_units"},
            rf"^{_ANY_ROLE}\.(?!(?:{_CODES}|units)$)[a-z_0-9]+$": {"$ref": "#/definitions/test_any"},
        },
        "additionalProperties": False,
    }


def _field(role: str, name: str, kind: str) -> Schema:
    about = meaning(name, role if name in fields.LINE_FIELDS or role != "line" else "claim")
    return {"allOf": [{"$ref": f"#/definitions/test_{kind}"}], "description": about}


def _test(kind: str) -> Schema:
    """A value to equal, or operators that the type takes, each with a value of its kind."""
    single = _SCALARS[kind.removesuffix("s") if kind in {"texts", "integers"} else kind]
    computed = [_COMPUTED] if kind in {"integer", "number", "money", "date"} else []
    allowed = _operators(single, {"anyOf": [single, _REFERENCE, *computed]}, kind)
    if kind in {"texts", "integers"}:
        allowed["exists"] = {"description": _OPERATORS["not_empty"], "type": "boolean"}
    alone = [single, _REFERENCE] if "eq" in allowed else []
    return {"anyOf": [*alone, _operated(allowed)]}


def _test_any(ways: list[Schema]) -> Schema:
    """Of a role that only the rule knows: any operator, each with as many values as it takes, each one of ``ways``."""
    single: Schema = {"anyOf": ways}
    plain = [way for way in ways if way is not _COMPUTED]
    return {"anyOf": [*plain, _operated(_operators(single, single))]}


def _operators(single: Schema, scalar: Schema, kind: str = "") -> dict[str, Schema]:
    """The operators that a type takes, or all of them, each with as many values as it takes, each a ``single`` one."""
    values: Mapping[str, Schema] = {
        "scalar": scalar,
        "list": {"anyOf": [{"type": "array", "items": single}, _REFERENCE]},
        "pair": {"anyOf": [{"type": "array", "items": single, "minItems": 2, "maxItems": 2}, _REFERENCE]},
        "flag": {"type": "boolean"},
    }
    return {
        name: {"description": _OPERATORS.get(name, name), **values[operator.value]}
        for name, operator in OPERATORS.items()
        if not kind or (kind in operator.types and name != "not_empty")
    }


def _operated(allowed: Mapping[str, Schema]) -> Schema:
    """A mapping of at least one of these operators."""
    return {"type": "object", "minProperties": 1, "additionalProperties": False, "properties": allowed}
