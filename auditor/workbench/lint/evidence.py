"""R4: what a rule says is so, and who says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.rules import model as m
from auditor.workbench.lint.messages import Found, Keys, Register
from auditor.workbench.lint.subject import Subject

register = Register()
_SPAN = frozenset({"is_span", "days"})
"""Fields by which a rule tells a line of several days from one of a day."""


def _bearing(rule: m.Rule, cites: tuple[str, ...]) -> list[m.Citation]:
    """The citations that bear on a variant: those it names, else all; never one that only repeats."""
    return [item for item in rule.citations if not item.secondary and (not cites or item.key in cites)]


@register.check(
    "R401", "definite-without-evidence", "error",
    "a criterion that rests neither on a table row nor on text that was read is probable at most",
    "read the text and set `verified: true` with a note, cite the table row, or lower the class",
)  # fmt: skip
def definite_without_evidence(subject: Subject) -> Iterator[Found]:
    """A definite class that only citations of unread text carry."""
    rule = subject.rule
    if rule is None:
        return
    places: list[tuple[Keys, m.Variant]] = [
        (("variants", at), variant) for at, variant in enumerate(rule.variants)
    ]
    for keys, variant in [*places, ((), rule.base_variant)]:
        if variant.class_rule.base != "definite":
            continue
        if not any(item.table or item.verified for item in _bearing(rule, variant.cites)):
            at: Keys = (*keys, "class") if subject.under(*keys, "class") is not None else (keys or ("class",))
            yield Found(at, f"{variant.id} is definite, and no citation that bears on it was verified")


@register.check(
    "R402", "stable-without-verified-source", "error",
    "stable says that the criterion was read at its source", "read it, or write `status: experimental`",
)  # fmt: skip
def stable_without_verified_source(subject: Subject) -> Iterator[Found]:
    """A stable rule none of whose own citations was verified."""
    rule = subject.rule
    if rule is not None and rule.status == "stable":
        own = [item for item in rule.citations if not item.secondary]
        if not any(item.table or item.verified for item in own):
            yield Found(("status",), "the rule is stable, and none of its citations was verified", value=True)


@register.check(
    "R403", "verified-without-note", "warning", "verified means that somebody read text that says it",
    "say in `verified_note` what was read, and where",
)  # fmt: skip
def verified_without_note(subject: Subject) -> Iterator[Found]:
    """A citation marked as read that does not say what was read."""
    for keys, item in subject.mappings("citations"):
        if item.get("verified") is True and item.get("table") is None:
            if not item.get("verified_note"):
                yield Found((*keys, "verified"), f"citation `{item.get('key')}` is verified without a note")
            elif not (item.get("url") or item.get("read_at")):
                yield Found(
                    (*keys, "verified"), f"citation `{item.get('key')}` is verified, but not where it was read",
                    mend="give `url`, or `read_at` where a copy was read",
                )  # fmt: skip


@register.check(
    "R404", "unmarked-citation", "warning", "a reader cannot tell whether the text was read",
    "write `verified: true` with a note, or `verified: false`",
)  # fmt: skip
def unmarked_citation(subject: Subject) -> Iterator[Found]:
    """A document cited without a word on whether it was read."""
    for keys, item in subject.mappings("citations"):
        if item.get("table") is None and "verified" not in item:
            yield Found(keys, f"citation `{item.get('key')}` does not say whether it was read")


@register.check(
    "R405", "unused-citation", "warning", "what nothing cites does not stand on any finding",
    "name its key under `cites`, a parameter or a window, or remove it",
)  # fmt: skip
def unused_citation(subject: Subject) -> Iterator[Found]:
    """A citation that neither the rule nor a variant, parameter or window refers to, where they say what they cite."""
    rule = subject.rule
    if rule is None or not rule.cites:
        return
    used = set(rule.cites) | {key for variant in rule.variants for key in variant.cites}
    used |= {window.citation for window in rule.windows.values()}
    for keys, item in subject.mappings("citations"):
        if item.get("secondary") is True or item.get("key") in used:
            continue
        if not _named(subject.under("parameters"), str(item.get("key"))):
            yield Found((*keys, "key"), f"nothing cites `{item.get('key')}`", value=True)


@register.check(
    "R408", "spans-undivided", "error",
    "part of what such a line bears may belong to the next month or year, or lie outside the window: the claims do "
    "not prove the sum",
    "lower the class for such lines (`probable_when: [{line.is_span: true, reason: ...}]`), or leave them out of what "
    "counts (`line.is_span: false` under `where`)",
)  # fmt: skip
def spans_undivided(subject: Subject) -> Iterator[Found]:
    """A definite class on a sum over more than a day that counts lines of several days with their first."""
    rule = subject.rule
    total = rule.match.total if rule is not None and rule.match is not None else None
    if rule is None or rule.match is None or total is None or not (total.period or total.window):
        return
    given = [rule.match.when, total.where, *([rule.bypass] if rule.bypass is not None else [])]
    if _asks_for_spans(given):
        return
    places: list[tuple[Keys, m.Variant]] = [((), rule.base_variant)]
    for at, variant in enumerate(rule.variants):
        if variant.class_rule != rule.class_rule:
            places.append((("variants", at), variant))
    for keys, variant in places:
        own = variant.class_rule
        if own.base == "definite" and not _asks_for_spans([*own.probable_when, variant.when]):
            where = f"the {total.period}" if total.window is None else "the window"
            yield Found(
                (*keys, "class"),
                f"{variant.id} is definite, and a line of several days counts wholly in {where} of its first day",
            )


def _asks_for_spans(parts: Sequence[m.Condition]) -> bool:
    return any(ref.name in _SPAN for part in parts for ref in m.fields_read(part))


def _named(value: object, key: str) -> bool:
    if isinstance(value, dict):
        return value.get("citation") == key or any(_named(item, key) for item in value.values())
    return False
