"""``optional: [claim_line.FIELD, ...]``: fields that only lift or lower a finding, and that a feed need not have.

Without ``optional`` a rule that reads a field that few feeds have is not evaluated on a feed without it. With it the
rule is evaluated, the field is empty on every line, and no finding is claims-evident that the field might have lifted.

``optional: true`` on a lookup does the same for a table: where no edition answers, its row is empty. What the row may
decide is held to: without it there is neither more nor less to find, and nothing is more certain.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final

from auditor.rules import model as m
from auditor.rules.field_words import key_words
from auditor.rules.shapes import line_of
from auditor.rules.yaml_strict import LineDict, refuse

_NAMES: Final = frozenset("same over of order any_of anchor day jurisdiction dx elsewhere".split())
"""Parts of a match that hold names of fields as plain texts."""
_NEGATIVE: Final = frozenset({"ne", "not_in", "disjoint"})


def check_optional(path: Path, data: LineDict, rule: m.Rule) -> None:
    """Raises InputRefused where the rule would find nothing without an optional field, which would look like a pass."""
    for name in rule.optional:
        why = ""
        if name in rule.requires:
            why = "`requires` names it, too"
        elif rule.benchmark is not None:
            why = "a benchmark has nothing that a record could lower"
        elif rule.match is not None and name in set(_named(replace(rule.match, when=m.ALWAYS))):
            why = "lines stand together, or are counted, by it"
        elif rule.match is not None and not _holds_without(rule.match.when, _called(name), True):
            why = "without it `when` of the match could not hold, and nothing would be found"
        if why:
            raise refuse(
                path, line_of(data, "optional"), f"`{name}` refused under `optional`", why,
                "name it under `requires`, or ask for it only under `bypass`, `probable_when`, or as an exception",
            )  # fmt: skip


def check_optional_rows(path: Path, data: LineDict, rule: m.Rule) -> None:
    """Raises InputRefused where an optional row decides more than a variant's name and class, or raises a class."""
    match = rule.match
    for at, table in enumerate(match.lookups if match is not None else ()):
        if not table.optional:
            continue
        why = _decides_too_much(rule, table)
        if why:
            block = data["match"]["lookup"][at]
            raise refuse(
                path, line_of(block, "optional"), f"`optional` refused for the row `{table.alias}`", why,
                f"ask for what `{table.alias}` says under `when` of a variant, or under `probable_when` so that a row "
                "that is not there lowers the class; or leave `optional` out",
            )  # fmt: skip


def _decides_too_much(rule: m.Rule, table: m.TableJoin) -> str:
    """Why a row may not be optional; empty where it may."""
    of_row, match = _of_row(table.alias), rule.match
    variants = [item for item in rule.variants if _reads(item.when, of_row)]
    asked = (match, rule.bypass, *(item.exposure for item in rule.all_variants))
    falling = [item.class_rule.partner_when for item in rule.all_variants]
    if any(_reads(part, of_row) for part in (*asked, *falling)):
        return (
            "without it lines could be found, lifted or priced otherwise, and that would look like a result"
        )
    if not all(_holds_without(item.when, of_row, False) for item in variants):
        return "`when` of a variant could hold because the row is not there"
    if any(m.LEVELS[item.class_rule.base] > m.LEVELS[rule.class_rule.base] for item in variants):
        return "a variant that asks for it is less certain than the rule, whose finding stands in its place without it"
    for item in rule.all_variants:
        if not all(_holds_without(part, of_row, True) for part in item.class_rule.probable_when):
            return "a condition under `probable_when` could fail without the row, which would raise the class"
    return ""


def _reads(part: Any, asked: Callable[[m.FieldRef], bool]) -> bool:
    """Whether anything in a part of a rule is such a field."""
    if isinstance(part, m.FieldRef):
        return asked(part)
    if is_dataclass(part):
        return any(_reads(getattr(part, item.name), asked) for item in fields(part))
    return isinstance(part, tuple) and any(_reads(item, asked) for item in part)


def _called(name: str) -> Callable[[m.FieldRef], bool]:
    return lambda ref: ref.name == name


def _of_row(alias: str) -> Callable[[m.FieldRef], bool]:
    return lambda ref: ref.role == alias


def _named(part: Any, called: str = "") -> Iterator[str]:
    if isinstance(part, m.FieldRef):
        yield part.name
    elif isinstance(part, str) and called in _NAMES:
        yield part
    elif is_dataclass(part):
        for item in fields(part):
            yield from _named(getattr(part, item.name), item.name)
    elif isinstance(part, tuple):
        for item in part:
            yield from _named(item, called)


def _holds_without(part: m.Condition, asked: Callable[[m.FieldRef], bool], sign: bool) -> bool:
    """Whether every comparison with such a field comes out for the condition (``sign``) where the field is empty."""
    if isinstance(part, m.Not):
        return _holds_without(part.part, asked, not sign)
    if isinstance(part, m.All | m.AnyOf):
        return all(_holds_without(item, asked, sign) for item in part.parts)
    if not any(asked(ref) for ref in m.fields_read(part)):
        return True
    if not asked(part.field) or _reads(part.value, asked):
        return False
    without = part.op in _NEGATIVE or (part.op in {"exists", "not_empty"} and part.value is False)
    return without is sign


def without(rule: m.Rule, known: Collection[str]) -> m.Rule:
    """The rule as it is evaluated on a feed with the fields ``known``: lowered where optional ones are not there."""
    lacking = [name for name in rule.optional if name not in known]
    if not lacking:
        return rule
    reason = f"the claims carry no {', no '.join(key_words(name) for name in lacking)}"

    def lowered(item: m.ClassRule) -> m.ClassRule:
        return replace(item, probable_when=(*item.probable_when, m.ALWAYS), reasons=(*item.reasons, reason))

    return replace(
        rule,
        class_rule=lowered(rule.class_rule),
        variants=tuple(replace(item, class_rule=lowered(item.class_rule)) for item in rule.variants),
    )
