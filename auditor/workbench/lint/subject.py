"""What a check looks at: one file, what the loader made of it, and the rules around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from auditor.base.errors import InputRefused
from auditor.rules import fields
from auditor.rules import model as m
from auditor.rules.matches import role_kinds
from auditor.rules.pack_tables import TableSpec
from auditor.rules.packs import RuleSet
from auditor.rules.parsing import ConditionParser, parameter_lines
from auditor.workbench.lint.messages import Found, Keys
from auditor.workbench.lint.source import Source

Tables = Mapping[str, Mapping[str, str]]


@dataclass
class Around:
    """Every rule and override that is loaded beside the files linted, these among them, and who holds each id."""

    rules: list[m.Rule] = field(default_factory=list)
    overrides: list[m.Override] = field(default_factory=list)
    holders: dict[str, list[Path]] = field(default_factory=dict)
    tables: dict[str, TableSpec] = field(default_factory=dict)
    run_cases: frozenset[Path] = frozenset()

    def rules_named(self, name: str) -> list[m.Rule]:
        """The rules that an override may name so: an id, the id of a variant, or a family."""
        return [
            rule
            for rule in self.rules
            if name == rule.family or any(name == variant.id for variant in rule.all_variants)
        ]

    def rule_set(self) -> RuleSet:
        """All of them as one set, in the order of the strata; where two have one id, the first."""
        rules = {rule.id: rule for rule in reversed(self.rules)}.values()
        overrides = {item.id: item for item in reversed(self.overrides)}.values()
        return RuleSet(
            tuple(sorted(rules, key=lambda rule: (rule.stratum, rule.id))),
            tuple(sorted(overrides, key=lambda item: item.id)),
            "",
            tables=tuple(self.tables[name] for name in sorted(self.tables)),
        )


@dataclass
class Subject:
    """One file. ``rule`` or ``override`` is there where the loader took it, else ``refusal`` says why it did not."""

    source: Source
    around: Around
    tables: Tables = field(default_factory=lambda: fields.TABLE_FIELDS)
    rule: m.Rule | None = None
    override: m.Override | None = None
    refusal: InputRefused | None = None

    @property
    def data(self) -> Mapping[str, Any]:
        """The file's mapping, empty where it could not be read."""
        return self.source.data if self.source.data is not None else {}

    @property
    def is_override(self) -> bool:
        """Whether the file is meant to be an override."""
        return "override" in self.data

    @cached_property
    def parser(self) -> ConditionParser | None:
        """A parser of this file's conditions, None where not even its roles are clear."""
        if self.source.data is None:
            return None
        try:
            kinds = role_kinds(self.source.path, self.source.data, self.tables)
        except InputRefused:
            return None
        except (AttributeError, TypeError, ValueError):  # a shape that the first pass has told of already
            return None
        named = self.data.get("let")
        return ConditionParser(
            self.source.path,
            kinds,
            self._parameters(),
            named if isinstance(named, dict) else {},
            parameter_lines(self.data),
        )

    def _parameters(self) -> Mapping[str, m.Parameter]:
        """The rule's parameters; of a file that does not load, those that can be read."""
        if self.rule is not None:
            return self.rule.parameters
        found: dict[str, m.Parameter] = {}
        block = self.data.get("parameters")
        for name, periods in block.items() if isinstance(block, dict) else ():
            values = []
            for key, item in periods.items() if isinstance(periods, dict) else ():
                try:
                    start = date.fromisoformat(key)
                except ValueError:
                    continue
                value = item.get("value") if isinstance(item, dict) else item
                if value is not None:
                    values.append((start, tuple(value) if isinstance(value, list) else value))
            found[name] = m.Parameter(name, tuple(sorted(values, key=lambda pair: pair[0])), "")
        return found

    def condition(self, data: Any) -> m.Condition | None:
        """A condition of this file in the model's form, None where it cannot be read."""
        if self.parser is None:
            return None
        try:
            return self.parser.parse(data, 1)
        except InputRefused:
            return None

    def under(self, *keys: str | int) -> Any:
        """The value at the end of a way, None where the way breaks off."""
        value: Any = self.data
        for key in keys:
            if isinstance(value, Mapping) and isinstance(key, str):
                value = value.get(key)
            elif isinstance(value, Sequence) and not isinstance(value, str) and isinstance(key, int):
                value = value[key] if key < len(value) else None
            else:
                return None
        return value

    def mappings(self, *keys: str | int) -> list[tuple[Keys, Mapping[str, Any]]]:
        """The mappings of a list, each with the way to it; what is no mapping is passed over."""
        value = self.under(*keys)
        if not isinstance(value, list):
            return []
        return [((*keys, at), item) for at, item in enumerate(value) if isinstance(item, Mapping)]

    def found(self, error: InputRefused) -> Found:
        """A refusal of the loader, placed."""
        return self.source.told(error)
