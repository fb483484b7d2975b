"""R0: the form of a file. Every key, word, field and operator is looked at, not only up to the first that is wrong."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from auditor.base.errors import InputRefused
from auditor.rules.parsing import PLACEHOLDER, ConditionParser, RoleKinds
from auditor.rules.shapes import listed
from auditor.rules.yaml_strict import LineDict
from auditor.workbench import grammar
from auditor.workbench.lint.messages import Found, Keys, Register
from auditor.workbench.lint.subject import Subject
from auditor.workbench.shape import Shape

register = Register()
TEMPLATES = ("bypass_reason", "bypass_explanation", "unjudged_explanation", "explanation")
_KINDS = {
    "text": "a text",
    "whole": "a whole number",
    "number": "a number",
    "flag": "true or false",
    "day": "a date without quotes",
    "mapping": "a mapping with keys of its own",
    "named": "a mapping with keys of its own",
    "list": "a list",
    "condition": "a condition",
}


@register.check(
    "R001", "unreadable", "error",
    "what YAML reads otherwise than it looks would change the rule in silence",
    "write it so that there is one way to read it",
)  # fmt: skip
def unreadable(subject: Subject) -> Iterator[Found]:
    """What the strict reader of YAML refuses."""
    yield from subject.source.refused


def _all(subject: Subject) -> list[tuple[str, Found]]:
    """What the shape of the language finds wrong, each with its kind."""
    return list(_shaped(grammar.RULE, subject.data, ())) if subject.source.data is not None else []


@register.check(
    "R002", "unknown-key", "error", "nothing would read it",
    "correct its name, or remove it",
)  # fmt: skip
def unknown_key(subject: Subject) -> Iterator[Found]:
    """A key that is not in the language."""
    yield from (found for kind, found in _all(subject) if kind == "key")


@register.check(
    "R003", "wrong-shape", "error", "it would be read as something else, or not at all",
    "give it the shape that the key has",
)  # fmt: skip
def wrong_shape(subject: Subject) -> Iterator[Found]:
    """A value that is not what its key takes."""
    yield from (found for kind, found in _all(subject) if kind == "shape")


@register.check("R004", "unknown-word", "error", "the set is closed", "choose one of the set")
def unknown_word(subject: Subject) -> Iterator[Found]:
    """A word that is not in its closed set."""
    yield from (found for kind, found in _all(subject) if kind == "word")


@register.check("R005", "missing-key", "error", "the file is not complete without it", "add it")
def missing_key(subject: Subject) -> Iterator[Found]:
    """A key that must be there."""
    yield from (found for kind, found in _all(subject) if kind == "missing")
    if subject.source.data is None:
        return
    needed = grammar.NEEDED_OF_OVERRIDE if subject.is_override else grammar.NEEDED_OF_RULE
    misspelt = {
        near
        for key in set(subject.data) - set(grammar.RULE.keys)
        for near in difflib.get_close_matches(key, list(grammar.RULE.keys), 1)
    }
    for key in needed:
        if subject.data.get(key) is None and key not in misspelt:
            yield Found((key,), f"`{key}` is missing", mend=f"add `{key}:`")
    if not subject.is_override and ("match" in subject.data) == ("benchmark" in subject.data):
        what = "both stand here" if "match" in subject.data else "neither stands here"
        yield Found(("benchmark",), f"a rule has `match` or `benchmark`; {what}", mend="write one of the two")


@register.check(
    "R006", "bad-condition", "error",
    "a condition speaks of the roles and fields of its rule, in a closed set of operators",
    "compare with a neighbouring rule",
)  # fmt: skip
def bad_condition(subject: Subject) -> Iterator[Found]:
    """Every comparison that the language has not."""
    if subject.parser is None:
        return
    for keys, value in conditions(grammar.RULE, subject.data, ()):
        yield from _compared(subject, _of_partner_rows(subject, keys) or subject.parser, value, keys)


def _of_partner_rows(subject: Subject, keys: Keys) -> ConditionParser | None:
    """The parser of `where` of a partner's table, which reads its row alone; None elsewhere."""
    if keys[:1] != ("match",) or keys[-2:] != ("table", "where") or subject.parser is None:
        return None
    table = subject.under(*keys[:-1])
    name = str(table.get("name"))
    kinds = RoleKinds({str(table.get("as") or name): f"table:{name}"}, subject.tables)
    return ConditionParser(subject.source.path, kinds, {}, {})


@register.check(
    "R007", "unknown-template-field", "error", "the finding would print the braces",
    "name a field of a role of this rule",
)  # fmt: skip
def unknown_template_field(subject: Subject) -> Iterator[Found]:
    """A field in an explanation that its rule has not."""
    if subject.parser is None or "match" not in subject.data:
        return
    variants = [(*keys, "explanation") for keys, _ in subject.mappings("variants")]
    for keys in [*((name,) for name in TEMPLATES), *variants]:
        template = subject.under(*keys)
        for name in dict.fromkeys(PLACEHOLDER.findall(template) if isinstance(template, str) else ()):
            try:
                subject.parser.field(name, 1)
            except InputRefused as error:
                yield Found(keys, f"`{{{name}}}`: {error.what}", error.why, error.mend, value=True)


@register.check("R009", "refused", "error", "the rule cannot be loaded", "mend what the loader names")
def refused(subject: Subject) -> Iterator[Found]:
    """What the loader refuses, where no other check has said it."""
    if subject.refusal is not None and not subject.source.refused:
        yield subject.found(subject.refusal)


def conditions(shape: Shape, value: Any, keys: Keys) -> Iterator[tuple[Keys, Any]]:
    """Every condition of a file, with the way to it."""
    if shape.kind == "condition":
        yield keys, value
    elif shape.kind == "mapping" and isinstance(value, Mapping):
        for key, item in value.items():
            if key in shape.keys:
                yield from conditions(shape.keys[key], item, (*keys, key))
    elif shape.kind == "named" and isinstance(value, Mapping) and shape.inner is not None:
        for key, item in value.items():
            yield from conditions(shape.inner, item, (*keys, key))
    elif shape.kind == "list" and isinstance(value, list) and shape.inner is not None:
        for at, item in enumerate(value):
            yield from conditions(shape.inner, item, (*keys, at))
    elif shape.kind == "either":
        for way in shape.ways:
            yield from conditions(way, value, keys)


def _compared(subject: Subject, parser: ConditionParser, data: Any, keys: Keys) -> Iterator[Found]:
    if isinstance(data, list):
        for at, item in enumerate(data):
            yield from _compared(subject, parser, item, (*keys, at))
        return
    if not isinstance(data, Mapping):
        yield Found(keys, "condition refused", "it must be `field: value`", value=True)
        return
    for key, value in data.items():
        own = (*keys, key)
        if (key in {"all", "any"} and isinstance(value, list) and value) or key == "not":
            yield from _compared(subject, parser, value, own)
        elif key == "reason" and "probable_when" in keys:
            continue
        elif key == "is":
            if not isinstance(value, str) or value not in parser.named:
                known = ", ".join(parser.named) or "none"
                yield Found(
                    own, f"condition `{value}` is not known", "`let:` does not define it",
                    _nearest(str(value), list(parser.named)) or f"known here: {known}", value=True,
                )  # fmt: skip
        else:
            several = isinstance(value, Mapping) and len(value) > 1
            for single in ({op: operand} for op, operand in value.items()) if several else (value,):
                try:
                    parser.parse(_alone(key, single), _HERE)
                except InputRefused as error:
                    elsewhere = not error.where.endswith(f", line {_HERE}")
                    yield (
                        subject.found(error) if elsewhere else Found(own, error.what, error.why, error.mend)
                    )


_HERE = 0
"""The line of a comparison that is read by itself: a refusal of another line is about the parameter that it names."""


def _alone(key: str, value: Any) -> LineDict:
    alone = LineDict({key: value})
    alone.line, alone.key_lines = _HERE, {}
    return alone


def _shaped(shape: Shape, value: Any, keys: Keys) -> Iterator[tuple[str, Found]]:
    """What of a value does not fit its shape: (kind of problem, where and what)."""
    if value is None and keys:
        return  # the loader tells of what is needed and empty
    if shape.kind == "mapping":
        yield from _mapping(shape, value, keys)
    elif shape.kind == "named" and isinstance(value, Mapping):
        for key, item in value.items():
            if shape.pattern and not re.search(shape.pattern, key):
                dated = "[0-9]{4}" in shape.pattern
                why = "a date is written 2024-07-01" if dated else "a name is a plain word in small letters"
                yield "key", Found((*keys, key), f"`{key}` is no name here", why, "correct it")
            elif shape.inner is not None:
                yield from _shaped(shape.inner, item, (*keys, key))
    elif shape.kind == "list" and isinstance(value, list):
        for at, item in enumerate(value):
            if shape.inner is not None:
                yield from _shaped(shape.inner, item, (*keys, at))
    elif shape.kind == "either":
        yield from _either(shape, value, keys)
    elif not fits(shape, value):
        yield _unlike(shape, value, keys)
    elif shape.words and isinstance(value, str) and shape.kind == "text" and value not in shape.words:
        name = next((key for key in reversed(keys) if isinstance(key, str)), "word")
        yield "word", Found(
            keys, f"{name} `{value}` is not known", "the set is closed",
            _nearest(value, shape.words) or f"known here: {', '.join(shape.words)}", value=True,
        )  # fmt: skip


def _mapping(shape: Shape, value: Any, keys: Keys) -> Iterator[tuple[str, Found]]:
    if not isinstance(value, Mapping):
        yield _unlike(shape, value, keys)
        return
    for key, item in value.items():
        if key in shape.keys:
            yield from _shaped(shape.keys[key], item, (*keys, key))
        else:
            yield "key", Found(
                (*keys, key), f"key `{key}` is not known",
                mend=_nearest(key, shape.keys) or f"known here: {', '.join(shape.keys)}",
            )  # fmt: skip
    if keys:
        for key in sorted(shape.needed - set(value)):
            yield "missing", Found(keys, f"`{key}` is missing", mend=f"add `{key}:`")


def _either(shape: Shape, value: Any, keys: Keys) -> Iterator[tuple[str, Found]]:
    """The complaints of the way that fits best: a way of the value's own kind, with the fewest."""
    ways = [way for way in shape.ways if fits(way, value)]
    if not ways:
        yield _unlike(shape, value, keys)
        return
    told = [list(_shaped(way, value, keys)) for way in ways]
    yield from min(told, key=len)


def fits(shape: Shape, value: Any) -> bool:
    """Whether a value is of the kind of a shape, what lies within it left aside."""
    if shape.kind == "either":
        return any(fits(way, value) for way in shape.ways)
    if shape.kind == "any":
        return not shape.words or value is None
    if shape.kind == "whole":
        inside = isinstance(value, int) and not isinstance(value, bool)
        return inside and (shape.least or value) <= value <= (value if shape.most is None else shape.most)
    wanted: dict[str, Any] = {
        "text": str,
        "number": int | Decimal,
        "flag": bool,
        "day": date,
        "mapping": Mapping,
        "named": Mapping,
        "list": list,
        "condition": Mapping | list,
    }
    return isinstance(value, wanted[shape.kind]) and not (shape.kind == "number" and isinstance(value, bool))


def _unlike(shape: Shape, value: Any, keys: Keys) -> tuple[str, Found]:
    name = next((key for key in reversed(keys) if isinstance(key, str)), "it")
    ways = [way for way in shape.ways if way.kind != "any"] if shape.kind == "either" else [shape]
    kinds = list(dict.fromkeys(_KINDS.get(way.kind, "a value") for way in ways))
    wanted = " or ".join(kinds)
    if shape.kind == "whole" and shape.most is not None:
        wanted += f" from {shape.least} to {shape.most}"
    example = shape.example or next((way.example for way in ways if way.example), "")
    told_of = isinstance(value, str | int | Decimal) and not isinstance(value, bool)
    if told_of and any(
        way.kind == "list" and way.inner is not None and way.inner.kind == "text" for way in ways
    ):
        example = listed(value)
    elif told_of and kinds == ["a text"]:
        return "shape", Found(
            keys, f"`{name}` refused: it must be {wanted}", mend=f'write "{value}" in quotes', value=True
        )
    mend = f"write `{name}: {example}`" if example else f"write {kinds[0]}"
    return "shape", Found(keys, f"`{name}` refused: it must be {wanted}", mend=mend, value=True)


def _nearest(name: str, known: Any) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f"did you mean `{near[0]}`?" if near else ""
