"""``optional: [claim_line.FIELD, ...]``: fields that only lift or lower a finding, and that a feed need not have.

Without ``optional`` a rule that reads a field that few feeds have is not evaluated on a feed without it. With it the
rule is evaluated, the field is empty on every line, and no finding is claims-evident that the field might have lifted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
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
        elif rule.match is not None and not _holds_without(rule.match.when, name, True):
            why = "without it `when` of the match could not hold, and nothing would be found"
        if why:
            raise refuse(
                path, line_of(data, "optional"), f"`{name}` refused under `optional`", why,
                "name it under `requires`, or ask for it only under `bypass`, `probable_when`, or as an exception",
            )  # fmt: skip


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


def _holds_without(part: m.Condition, name: str, sign: bool) -> bool:
    """Whether every comparison with the field comes out for the match (``sign``) where no line has the field."""
    if isinstance(part, m.Not):
        return _holds_without(part.part, name, not sign)
    if isinstance(part, m.All | m.AnyOf):
        return all(_holds_without(item, name, sign) for item in part.parts)
    if name not in {ref.name for ref in m.fields_read(part)}:
        return True
    if part.field.name != name:
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
