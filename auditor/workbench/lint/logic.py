"""R2: conditions that never hold, always hold, or say a thing twice; names that nothing uses.

Nothing here guesses: a message is given only where no line at all could make the condition come out otherwise, within
the rule's own scope, its effective dates and the values that its parameters had in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditor.rules import model as m
from auditor.workbench import grammar
from auditor.workbench.lint.messages import Found, Keys, Register
from auditor.workbench.lint.satisfiable import CLOSED, can_hold_in
from auditor.workbench.lint.source import texts_in
from auditor.workbench.lint.structure import conditions
from auditor.workbench.lint.subject import Subject

register = Register()
_DAYS = {"service_day", "service_date"}
_MOST_BRANCHES = 30
"""Of longer lists of alternatives no two are held against each other: the pairs would be too many."""
_SCOPE = ("line_of_business", "claim_type", "setting", "payer_id")


class Logic:
    """What can be proven of one loaded rule: its scope and dates are taken as given.

    Not the dates where a sum, a group or a sequence is asked which lines belong to it: these may lie outside.
    """

    def __init__(self, rule: m.Rule, dated: bool = True) -> None:
        self.rule = rule
        self.given = scope_of(rule, dated)
        self.dates = (rule.effective_from, rule.effective_to) if dated else (None, None)

    def holds(self, *parts: m.Condition) -> bool:
        """False where it is proven that no line of the rule's scope satisfies all of ``parts``."""
        return can_hold_in([*self.given, *parts], self.rule.parameters, *self.dates)

    def implies(self, first: Sequence[m.Condition], then: m.Condition) -> bool:
        """True where it is proven that ``then`` holds wherever all of ``first`` do."""
        return not self.holds(*first, m.Not(then))


def scope_of(rule: m.Rule, dated: bool = True) -> list[m.Condition]:
    """What is known of every line that a rule may flag: its scope, its dates, and that the payer did not deny it."""
    role = rule.flag
    kind = "claim" if rule.match is not None and rule.match.form == "claim" else "line"
    found: list[m.Condition] = []
    for name in _SCOPE:
        words = getattr(rule.scope, name)
        if words:
            found.append(m.Test(m.FieldRef(role, name, kind, "text"), "in", tuple(words)))
    if kind == "claim":
        return found  # a claim may begin before the rule does, or have a line that was denied
    day = m.FieldRef(role, "date_from", kind, "date")
    if dated and rule.effective_from:
        found.append(m.Test(day, "ge", rule.effective_from))
        if rule.match is not None and _DAYS & set(rule.match.same):
            shared = m.FieldRef("pair", "shared_day", "pair", "date")
            found.append(m.Test(shared, "ge", rule.effective_from))
    if dated and rule.effective_to:
        found.append(m.Test(day, "le", rule.effective_to))
    if rule.family != "denial" and rule.match is not None:
        found.append(m.Test(m.FieldRef(role, "denied", kind, "flag"), "eq", False))
    return found


def _logic(subject: Subject, keys: Keys = ()) -> Logic | None:
    if subject.rule is None:
        return None
    return Logic(subject.rule, dated="where" not in keys)


def _when(rule: m.Rule) -> m.Condition:
    return rule.match.when if rule.match is not None else m.ALWAYS


def _beside(subject: Subject, keys: Keys) -> list[m.Condition]:
    """What else holds where a condition is asked: the match's ``when`` for everything that follows the match."""
    rule = subject.rule
    if rule is None or not keys or keys[0] == "let":
        return []
    if keys[0] in {"variants", "bypass", "class"}:
        return [_when(rule)]
    if keys[:2] == ("benchmark", "numerator") and rule.benchmark is not None:
        return [rule.benchmark.population]
    return []


def _own(subject: Subject) -> Iterator[tuple[Keys, Any]]:
    """Every condition of a loaded rule that is asked of lines of its scope."""
    for keys, value in conditions(grammar.RULE, subject.data, ()):
        if "probable_when" in keys and isinstance(value, Mapping):
            value = {key: item for key, item in value.items() if key != "reason"}
        if keys[0] != "override":
            yield keys, value


@register.check(
    "R201", "never-holds", "error", "the rule, variant or reason would never be seen, and look like a clean result",
    "correct one of the parts that exclude each other",
)  # fmt: skip
def never_holds(subject: Subject) -> Iterator[Found]:
    """A condition that no line can satisfy."""
    for keys, value in _own(subject):
        logic = _logic(subject, keys)
        if logic is None:
            return
        part = subject.condition(value)
        if part is None or keys[0] == "let":
            continue
        beside = _beside(subject, keys)
        if logic.holds(part, *beside):
            continue
        if beside and not logic.holds(*beside):
            continue  # told of the match itself
        alone = "" if not logic.holds(part) else " beside the condition of the match"
        yield Found(keys, f"`{_name(keys)}` can never hold{alone}")


@register.check(
    "R202", "dead-branch", "warning", "the branch adds nothing, and somebody meant something by it",
    "correct the branch, or remove it",
)  # fmt: skip
def dead_branch(subject: Subject) -> Iterator[Found]:
    """One of several alternatives that can never hold, or holds only where another one does."""
    for keys, value in _own(subject):
        logic = _logic(subject, keys)
        if logic is None:
            return
        given = _beside(subject, keys)
        whole = subject.condition(value)
        if whole is None or not logic.holds(whole, *given):
            continue
        for own, branches in _lists(value, keys, "any"):
            if len(branches) > _MOST_BRANCHES:
                continue
            parts = [subject.condition(item) for item in branches]
            for at, part in enumerate(parts):
                if part is None:
                    continue
                if not logic.holds(part, *given):
                    yield Found((*own, at), "this alternative can never hold", value=True)
                    continue
                wider = [
                    other
                    for other, item in enumerate(parts)
                    if other != at
                    and item is not None
                    and logic.implies([part, *given], item)
                    and (other < at or not logic.implies([item, *given], part))
                ]
                if wider:
                    yield Found(
                        (*own, at), f"alternative {at + 1} holds only where alternative {wider[0] + 1} does",
                        "it changes nothing", "remove the narrower one", value=True,
                    )  # fmt: skip


@register.check(
    "R203", "said-twice", "warning", "what is said twice is later changed in one place",
    "leave out the part that follows from the others",
)  # fmt: skip
def said_twice(subject: Subject) -> Iterator[Found]:
    """A part that follows from the parts beside it, or from the scope of the rule."""
    for keys, value in _own(subject):
        logic = _logic(subject, keys)
        if logic is None:
            return
        whole = subject.condition(value)
        if whole is None or not logic.holds(whole, *_beside(subject, keys)):
            continue
        for own, raw in _conjunctions(value, keys):
            if len(raw) > _MOST_BRANCHES:
                continue
            parts = [subject.condition(item) for item in raw.values()]
            names = list(raw)
            for at, part in enumerate(parts):
                if part is None or (isinstance(part, m.All) and not part.parts):
                    continue
                if keys[0] != "let" and not logic.holds(m.Not(part)):
                    yield Found(
                        (*own, names[at]), "this part holds for every line of the rule's scope",
                        "it changes nothing", "leave it out", value=True,
                    )  # fmt: skip
                    continue
                rest = [item for other, item in enumerate(parts) if other != at and item is not None]
                same = [other for other, item in enumerate(parts) if other < at and item == part]
                follows = bool(rest) and logic.implies(rest, part)
                back = follows and any(logic.implies([part], item) for item in rest)
                if same or (follows and not back):
                    yield Found((*own, names[at]), "this part follows from the parts beside it", value=True)


@register.check(
    "R204", "shadowed-variant", "error", "no finding would ever carry its id",
    "put the more specific variant first, or narrow the earlier one",
)  # fmt: skip
def shadowed_variant(subject: Subject) -> Iterator[Found]:
    """A variant that cannot name a finding because an earlier one always does."""
    logic, rule = _logic(subject), subject.rule
    if logic is None or rule is None:
        return
    when = _when(rule)
    for at, variant in enumerate(rule.variants):
        earlier = rule.variants[:at]
        if not earlier or not logic.holds(when, variant.when):
            continue
        if not logic.holds(when, variant.when, *(m.Not(item.when) for item in earlier)):
            by = next((item.id for item in earlier if logic.implies([when, variant.when], item.when)), "")
            told = by or "the variants before it"
            yield Found(
                ("variants", at, "when"),
                f"{variant.id} never names a finding: {told} holds wherever it does",
            )


@register.check(
    "R205", "always-bypassed", "error", "the rule would never find anything, and look as if it had looked",
    "narrow the bypass",
)  # fmt: skip
def always_bypassed(subject: Subject) -> Iterator[Found]:
    """A bypass that lifts every finding."""
    logic, rule = _logic(subject), subject.rule
    if logic is None or rule is None or rule.bypass is None:
        return
    if logic.holds(_when(rule)) and logic.implies([_when(rule)], rule.bypass):
        yield Found(("bypass",), "`bypass` holds for every match")


@register.check(
    "R206", "always-lowered", "warning", "a class that is always lowered is the lower class",
    "write `class: probable`, or narrow the condition",
)  # fmt: skip
def always_lowered(subject: Subject) -> Iterator[Found]:
    """A condition under ``probable_when`` that holds for every match."""
    logic, rule = _logic(subject), subject.rule
    if logic is None or rule is None:
        return
    rules: list[tuple[Keys, m.ClassRule, list[m.Condition]]] = [(("class",), rule.class_rule, [])]
    for at, variant in enumerate(rule.variants):
        if subject.under("variants", at, "class") is not None:
            rules.append((("variants", at, "class"), variant.class_rule, [variant.when]))
    for keys, class_rule, named in rules:
        for at, part in enumerate(class_rule.probable_when):
            given = [_when(rule), *named]
            if logic.holds(*given) and logic.implies(given, part):
                yield Found((*keys, "probable_when", at), "this holds for every match", value=True)


@register.check(
    "R207", "unused-name", "warning", "what nothing uses is read as if it mattered", "use it, or remove it"
)
def unused_name(subject: Subject) -> Iterator[Found]:
    """A parameter, window, named condition or looked-up row that nothing refers to."""
    if subject.rule is None:
        return
    texts = list(texts_in(subject.data, fields=True))
    for block, sign in (("parameters", "$"), ("windows", ""), ("let", "")):
        for name in subject.under(block) or ():
            wanted = sign + str(name)
            used = any(
                value == wanted and keys[:2] != (block, name) and keys[-1] not in {"name", "title", "id"}
                for keys, value in texts
            )
            if not used:
                yield Found((block, name), f"nothing uses `{wanted}`")
    for keys, item in subject.mappings("match", "lookup"):
        alias = str(item.get("as") or item.get("name"))
        if not any(f"{alias}." in value or f"{alias}." in ".".join(map(str, at)) for at, value in texts):
            yield Found(keys, f"nothing reads the row `{alias}`")


@register.check(
    "R208", "unknown-value", "error", "no claim line has such a value, so the comparison never comes out true",
    "choose one of the values of the field",
)  # fmt: skip
def unknown_value(subject: Subject) -> Iterator[Found]:
    """A word held against a field whose words are all known."""
    for keys, value in conditions(grammar.RULE, subject.data, ()):
        for own, test in leaves(value, keys):
            part = subject.condition(test)
            for item in m.tests_of(part) if part is not None else ():
                known = CLOSED.get(item.field.name, ()) if item.field.kind in {"line", "claim"} else ()
                values = item.value if isinstance(item.value, tuple) else (item.value,)
                for word in values if known else ():
                    if isinstance(word, str) and word not in known and item.op not in {"starts_with"}:
                        yield Found(
                            own, f"`{item.field}` is never `{word}`", mend=f"its values: {', '.join(known)}"
                        )


@register.check(
    "R209", "unreachable-sequence", "error", "no visit can ever fall", "widen the window, or lower the limit"
)
def unreachable_sequence(subject: Subject) -> Iterator[Found]:
    """A sequence whose window ends before any earlier visit, or that allows none and forbids all."""
    rule = subject.rule
    sequence = rule.match.sequence if rule is not None and rule.match is not None else None
    if sequence is None:
        return
    for _, span in sequence.window.spans:
        if span.start is not None and not span.calendar and not span.whole_months:
            after = span.start.months > 0 or (span.start.months == 0 and span.start.days > 0)
            if after:
                yield Found(
                    ("match", "sequence", "window"),
                    "the window begins after the visit, and only earlier visits are near it",
                    mend="days and months before are negative: `{months: [-12, 0]}`",
                )
    if sequence.limit == 0:
        yield Found(
            ("match", "sequence", "limit"), "a limit of 0 makes every visit fall, whatever stands near it",
            mend="write a rule of one line, or a limit of 1 or more",
        )  # fmt: skip


def _lists(value: Any, keys: Keys, word: str) -> Iterator[tuple[Keys, list[Any]]]:
    """Every list of alternatives inside a condition that is not itself inside a negation."""
    if isinstance(value, list):
        for at, item in enumerate(value):
            yield from _lists(item, (*keys, at), word)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key in {"all", "any"} and isinstance(item, list):
                if key == word:
                    yield (*keys, key), item
                yield from _lists(item, (*keys, key), word)


def _conjunctions(value: Any, keys: Keys) -> Iterator[tuple[Keys, Mapping[Any, Any]]]:
    """What must hold together at the top of a condition, by key or place, opened where it is written as one."""
    if isinstance(value, list):
        yield keys, dict(enumerate(value))
    elif isinstance(value, Mapping) and set(value) == {"all"} and isinstance(value["all"], list):
        yield (*keys, "all"), dict(enumerate(value["all"]))
    elif isinstance(value, Mapping) and len(value) > 1 and not set(value) & {"any", "not", "is"}:
        yield keys, {key: {key: item} for key, item in value.items()}


def leaves(value: Any, keys: Keys) -> Iterator[tuple[Keys, Mapping[str, Any]]]:
    """Every comparison inside a condition as written."""
    if isinstance(value, list):
        for at, item in enumerate(value):
            yield from leaves(item, (*keys, at))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key in {"all", "any", "not"}:
                yield from leaves(item, (*keys, key))
            elif key not in {"is", "reason"}:
                yield (*keys, key), {key: item}


def _name(keys: Keys) -> str:
    words = [str(key) if isinstance(key, str) else str(key + 1) for key in keys]
    return ".".join(words)
