"""The rule file as a shape, key by key with its meaning: what `auditor rules schema` and lint's first pass know.

Names come from the loader's own sets where it has them. A test puts an unknown key into every mapping of every shipped
rule and holds what the loader then says it knows against what stands here.
"""

from __future__ import annotations

from typing import Final

from auditor.rules import fields
from auditor.rules import model as m
from auditor.rules.loader import RULE_KEYS, STATUSES
from auditor.workbench.case_tables import LINE_COLUMNS
from auditor.workbench.grammar_blocks import (
    BENCHMARK,
    BENCHMARK_WORDS,
    CITATION,
    CLASS,
    EXPOSURE,
    OVERRIDE,
    PARAMETERS,
    SCOPE,
    VARIANT,
)
from auditor.workbench.grammar_match import ID_PATTERN, MATCH, ROLE_PATTERN, WINDOWS
from auditor.workbench.shape import (
    Shape,
    anything,
    condition,
    day,
    flag,
    items,
    mapping,
    named,
    number,
    text,
    texts,
    whole,
)

__all__ = ["BENCHMARK_WORDS", "ID_PATTERN", "NEEDED_OF_OVERRIDE", "NEEDED_OF_RULE", "RULE"]

_HAD = [name for name in fields.LINE_FIELDS if name not in fields.WORKED_OUT]

EXPECTATION: Final = mapping(
    "One finding that the case must give.",
    {
        "rule": text("The rule or variant that finds it."),
        "verdict": text("fail where left out.", ("fail", "bypassed", "suppressed", "not_evaluated")),
        "class": text("Its class.", m.LEVELS),
        "line": text("claim/line, as in A/1."),
        "provider": text("Of a benchmark: the provider."),
        "exposure": number("In dollars."),
        "exposure_counted": number("In dollars, after precedence."),
        "at_risk": flag("Whether the amount is kept out of the totals."),
        "split_claim": flag("Whether the lines lie on different claims."),
    },
    ["rule"],
)
_CASE_LINE = Shape(
    "mapping",
    "A claim line with only what matters; the rest takes defaults. Amounts in dollars.",
    keys={name: anything() for name in (*LINE_COLUMNS, "mod1", "mod2", "mod3", "mod4")},
    needed=frozenset({"date_from"}),
    example='{claim_id: A, line_no: 1, code: "99213", date_from: 2024-07-10, paid: 90.00}',
)
CASE: Final = mapping(
    "A case: a sentence, the lines, what is to be found.",
    {
        "name": text("What the case shows, as a sentence."),
        "tables": named(
            "Rows of reference tables that the case needs.", items("Rows.", named("", anything()))
        ),
        "answers": named("For which dates a table answers; for all where left out.", items("", day())),
        "lines": items("The claim lines.", _CASE_LINE),
        "providers": items("Of a benchmark: providers in place of lines.", named("", anything())),
        "dx_ptr_known": flag("False: the feed has no diagnosis pointers."),
        "expect": items("The findings; [] means none.", EXPECTATION),
    },
    ["name", "expect"],
)

_ALL: Final[dict[str, Shape]] = {
    "id": text(
        "<FAMILY>-<TOPIC>-<NNN>, stable, never used twice, sayable on the phone.",
        pattern=ID_PATTERN,
        example="MOD-XMPL-001",
    ),
    "catalogue_id": text("The row of the rule catalogue that it fulfils."),
    "version": whole("Raised with every change of what the rule says.", 1, 1_000_000),
    "title": text("One line: what is found."),
    "status": text("draft, experimental, stable, deprecated. Promoted by evidence, never by age.", STATUSES),
    "owner": text("Who answers for the rule."),
    "family": text("Decides the rule's place in the order, and its folder.", m.FAMILIES),
    "class": CLASS,
    "severity": text("The review priority.", m.SEVERITIES),
    "effective": mapping(
        "From when to when the rule is in force, both ends inclusive; null is open.",
        {
            "from": day("The first day."),
            "to": day("The last day."),
            "applies_by": text("service_date, in this version.", ("service_date",)),
        },
        example="{from: 2024-01-01, to: null, applies_by: service_date}",
    ),
    "applies_to": SCOPE,
    "citations": items("Who says so. Every finding cites its rule.", CITATION),
    "cites": texts("Keys of the citations that bear on the rule itself, beside variants that cite others."),
    "requires": texts(
        "Fields that the feed must have; without one the rule is not evaluated, never passed.",
        [f"{table}{name}" for table in ("claim_line.", "") for name in _HAD],
        example="[claim_line.modifiers]",
    ),
    "optional": texts(
        "Fields that only lift or lower a finding: without one the rule is evaluated, and its findings need a record.",
        [f"{table}{name}" for table in ("claim_line.", "") for name in _HAD],
        example="[claim_line.occurrence_codes]",
    ),
    "parameters": PARAMETERS,
    "windows": WINDOWS,
    "let": named("Conditions by name, used as `{is: NAME}`.", condition("A condition."), ROLE_PATTERN),
    "match": MATCH,
    "benchmark": BENCHMARK,
    "override": OVERRIDE,
    "variants": items("More specific names for findings of this match; the first that holds.", VARIANT),
    "bypass": condition("Where it holds, the verdict is bypassed: the row stays visible, with its reason."),
    "bypass_reason": text("Why it is bypassed."),
    "bypass_explanation": text("The explanation of a bypassed finding."),
    "unjudged_explanation": text("What is known where it cannot be judged, saying nothing that is not."),
    "unless": mapping(
        "Moot where an earlier family found that line not payable.", {"not_payable": text()}, ["not_payable"]
    ),
    "flag": Shape("list", "The line that the finding is on.", inner=text(), most=1, example="[line]"),
    "concludes": mapping(
        "A premise for later families: what hangs on the line falls with it.",
        {"not_payable": text()},
        ["not_payable"],
    ),
    "exposure": EXPOSURE,
    "explanation": text("One paragraph with the values used: {role.field}. No other template code."),
    "record_needed": texts("What to ask for, where a record is needed."),
    "root_cause": text("The kind of error, for the register."),
    "false_positives": texts("When the finding would be wrong."),
    "carc_analogue": text("The claim adjustment reason code that a payer would give."),
    "related": items(
        "Rules that stand near.",
        mapping(
            "", {"id": text("A rule."), "type": text("How: overlaps, complements, excludes ...")}, ["id"]
        ),
    ),
    "changelog": items(
        "What changed, version by version.",
        mapping("", {"version": whole("", 1, 1_000_000), "date": day(), "change": text()}),
    ),
    "retired": mapping(
        "The rule is no longer run, and still explains what it found.",
        {
            "on": day("The first day on which it is not run."),
            "because": text("Why."),
            "successor": text("The rule that took its place."),
        },
        ["on", "because"],
    ),
    "tests": items(
        "At least two cases that flag, two that do not, one each side of every date boundary.", CASE
    ),
}

RULE: Final = Shape(
    "mapping",
    "One rule.",
    keys={name: shape for name, shape in _ALL.items() if name in RULE_KEYS},
    needed=frozenset({"id", "title", "family"}),
)
"""The whole file. What a rule and an override need besides is asked by lint and by the schema, each in its own way."""

NEEDED_OF_RULE: Final = (
    "id",
    "catalogue_id",
    "title",
    "family",
    "class",
    "severity",
    "citations",
    "explanation",
)
NEEDED_OF_OVERRIDE: Final = ("id", "override")
