"""Which rules can run on the claims read, on how many lines, and why not on the others. No engine, no candidates.

What an audit finds out only while it matches is not known here: lines beside which it cannot be told what stands, and
rules that put too many lines together by what stands beside them. Their lines count as evaluated here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from duckdb import DuckDBPyConnection

from auditor.base.errors import RuleNotEvaluated
from auditor.matching import candidates, coverage
from auditor.matching.columns import needed
from auditor.matching.coverage import BESIDE
from auditor.matching.facts import Facts
from auditor.matching.lines import open_partition
from auditor.profiles import shares
from auditor.rules import model as m

State = Literal["runs", "in part", "not evaluated", "nothing in scope", "left out"]
STATES: Final[tuple[State, ...]] = ("runs", "in part", "not evaluated", "nothing in scope", "left out")
"""All lines in scope evaluated; some; none; no line in scope; not run at all."""


@dataclass(frozen=True)
class Because:
    """Why lines (of a benchmark: providers) were not evaluated, how many, and their cents."""

    reason: str
    lines: int
    cents: int


@dataclass(frozen=True)
class Readiness:
    """What a rule can do on these claims. ``eligible`` and ``evaluated`` count ``unit``; None is not known.

    ``cents`` are those of the eligible lines by what was paid, else allowed, else charged, and of those evaluated;
    ``lacks`` the fields that it requires and that no file has; ``why`` says in words why nothing is evaluated.
    """

    rule_id: str
    title: str
    family: str
    state: State
    unit: Literal["claim lines", "providers"]
    eligible: int | None
    evaluated: int
    cents_eligible: int | None
    cents_evaluated: int
    reasons: tuple[Because, ...]
    lacks: tuple[str, ...] = ()
    why: str = ""


def rules_on_feed(
    con: DuckDBPyConnection,
    rules: Sequence[m.Rule],
    facts: Facts,
    fields: frozenset[str],
    missing: Mapping[int, str],
    idle: Collection[int],
    partitions: int,
) -> tuple[Readiness, ...]:
    """What each rule can do, in the order of the rules.

    ``fields`` are those of the feed; ``missing`` and ``idle`` are a task's: by rule number the field that the feed
    lacks, and the rules that are about payers which no line is of. Reads `claim_line` and the reference tables; makes
    `line` and counts of it.
    """
    refused: dict[int, str] = {}
    while True:
        try:
            gaps = _counted(con, rules, facts, missing, frozenset(idle), refused, partitions)
            providers = _providers(con, rules, {*missing, *idle, *refused})
        except RuleNotEvaluated as error:
            number = next((n for n, rule in enumerate(rules) if rule.id == error.rule_id), None)
            if number is None or number in refused:
                raise
            refused[number] = " ".join(str(error).split()).rstrip(".")
        else:
            break
    kinds = con.execute(
        "SELECT DISTINCT line_of_business::VARCHAR, claim_type::VARCHAR, setting::VARCHAR, payer_id FROM claim_line "
        "WHERE state = 'audited'"
    ).fetchall()
    days = con.execute(
        "SELECT min(date_from), max(date_from) FROM claim_line WHERE state = 'audited'"
    ).fetchone()
    feed = _Feed(kinds, days or (None, None), fields)
    return tuple(
        _readiness(
            rule, feed, gaps.get(number, {}), providers.get(number), number in idle, refused.get(number, "")
        )
        for number, rule in enumerate(rules)
    )


@dataclass(frozen=True)
class _Feed:
    """Kinds of audited lines (line of business, claim type, setting, payer), first and last service day, fields."""

    kinds: Sequence[tuple[str | None, ...]]
    days: tuple[object, ...]
    fields: frozenset[str]


_Counts = dict[str, list[int]]
"""Lines and cents by reason; of evaluated lines the reason is empty."""


def _counted(
    con: DuckDBPyConnection,
    rules: Sequence[m.Rule],
    facts: Facts,
    missing: Mapping[int, str],
    idle: frozenset[int],
    refused: Mapping[int, str],
    partitions: int,
) -> dict[int, _Counts]:
    """Lines and cents of every matching rule by reason, over all partitions; fills `provider_count`."""
    counts: dict[int, _Counts] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    skipped = frozenset(missing) | idle | frozenset(refused)
    shares.create_tables(con)
    out = dict.fromkeys(refused, "leave")
    for part in range(partitions):
        open_partition(con, part, partitions)
        matcher = candidates.Matcher(con, rules, (), facts=facts, skipped=skipped)
        try:
            matcher.refuse_products()
        finally:
            matcher.close()
        for gap in coverage.measure(con, rules, facts, {**missing, **out}, idle):
            reason = refused.get(gap.rule_no, gap.reason)
            counts[gap.rule_no][reason][0] += gap.lines
            counts[gap.rule_no][reason][1] += gap.cents
        shares.count_partition(con, rules, skipped)
    return counts


def _providers(
    con: DuckDBPyConnection, rules: Sequence[m.Rule], skipped: Collection[int]
) -> dict[int, tuple[int, int, list[tuple[str, int]]]]:
    """Of every benchmark that runs: providers eligible, those judged, and why others are not, with their number."""
    found = {}
    for number, rule in enumerate(rules):
        if rule.benchmark is not None and number not in skipped:
            from auditor.profiles.judging import judge, reasons  # numerical libraries, slow to load

            _, told = judge(con, number, rule.benchmark)
            found[number] = (told["eligible"], told["evaluated"], reasons(rule.benchmark, told))
    return found


def _readiness(
    rule: m.Rule,
    feed: _Feed,
    counts: Mapping[str, Sequence[int]],
    providers: tuple[int, int, list[tuple[str, int]]] | None,
    idle: bool,
    refused: str,
) -> Readiness:
    absent = needed(rule) - feed.fields
    lacks = tuple(dict.fromkeys([name for name in rule.requires if name in absent] + sorted(absent)))
    if providers is not None:
        eligible, evaluated, told = providers
        whole: tuple[int | None, int, int | None, int] = (eligible, evaluated, None, 0)
        reasons = tuple(Because(reason, number, 0) for reason, number in told)
    else:
        partly = {reason for reason in counts if reason.startswith(BESIDE)}
        lines, cents = (sum(n[at] for reason, n in counts.items() if reason not in partly) for at in (0, 1))
        evaluated, cents_evaluated = counts.get("", (0, 0))
        whole = (lines, evaluated, cents, cents_evaluated)
        if rule.benchmark is not None and (lacks or idle or refused):
            whole = (None, 0, None, 0)
        reasons = tuple(
            Because(_every(reason, lacks), n[0], n[1])
            for reason, n in sorted(counts.items(), key=lambda item: (-item[1][0], item[0]))
            if reason and n[0]
        )
    eligible_, evaluated, cents_eligible, cents_evaluated = whole
    state, why = _state(rule, feed, eligible_, evaluated, reasons, lacks, idle, refused)
    return Readiness(
        rule.id, rule.title, rule.family, state, "claim lines" if rule.benchmark is None else "providers",
        eligible_, evaluated, cents_eligible, cents_evaluated, reasons, lacks, why,
    )  # fmt: skip


def _every(reason: str, lacks: Sequence[str]) -> str:
    """A reason that names the first missing field names them all."""
    return (
        f"the feed has no {', '.join(lacks)}" if lacks and reason == f"the feed has no {lacks[0]}" else reason
    )


def _state(
    rule: m.Rule,
    feed: _Feed,
    eligible: int | None,
    evaluated: int,
    reasons: Sequence[Because],
    lacks: Sequence[str],
    idle: bool,
    refused: str,
) -> tuple[State, str]:
    if refused:
        return "left out", refused
    if idle:
        return "nothing in scope", f"no line is of its payer ({', '.join(rule.scope.payer_id)})"
    if not eligible and (nothing := _out_of_scope(rule, feed)):
        return "nothing in scope", nothing
    if lacks:
        return "not evaluated", f"the feed has no {', '.join(lacks)}"
    if not eligible:
        what = (
            "provider has what it measures"
            if rule.benchmark is not None
            else "line has a code that it is about"
        )
        return "nothing in scope", f"no {what}"
    if evaluated and not reasons:
        return "runs", ""
    return ("in part", "") if evaluated else ("not evaluated", "; ".join(item.reason for item in reasons))


_SPOKEN: Final = ("line_of_business", "claim_type", "setting", "payer_id")


def _out_of_scope(rule: m.Rule, feed: _Feed) -> str:
    """Why no line is in the scope of a rule, whatever its code; empty where some are."""
    wanted = [tuple(getattr(rule.scope, name)) for name in _SPOKEN]
    if not feed.kinds:
        return "no line was audited"
    for at, name in enumerate(_SPOKEN):
        if wanted[at] and not any(_is(kind, at, wanted) for kind in feed.kinds):
            listed = " or ".join(word.replace("_", " ") for word in wanted[at])
            return f"no line is of the {name.removesuffix('_id').replace('_', ' ')} {listed}"
    if not any(all(_is(kind, at, wanted) for at in range(len(_SPOKEN))) for kind in feed.kinds):
        named = " and ".join(
            name.removesuffix("_id").replace("_", " ") for at, name in enumerate(_SPOKEN) if wanted[at]
        )
        return f"no line is of its {named} at once"
    first, last = feed.days
    if rule.effective_from is not None and str(rule.effective_from) > str(last):
        return f"it is for service dates from {rule.effective_from} on"
    if rule.effective_to is not None and str(rule.effective_to) < str(first):
        return f"it is for service dates to {rule.effective_to}"
    return ""


def _is(kind: Sequence[str | None], at: int, wanted: Sequence[Sequence[str]]) -> bool:
    """Whether a kind of line is of the scope in one respect. Without a bill type it may be outpatient."""
    if not wanted[at] or kind[at] in wanted[at]:
        return True
    unsettled = kind[2] is None and kind[1] == "institutional"
    return _SPOKEN[at] == "setting" and unsettled and "outpatient_hospital" in wanted[at]
