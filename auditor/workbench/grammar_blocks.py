"""The shapes of the blocks beside ``match``: class, exposure, citations, parameters, variants, overrides."""

from __future__ import annotations

from typing import Final

from auditor.claims.columns import WORDS
from auditor.rules import model as m
from auditor.rules.benchmark_words import PLACEHOLDERS
from auditor.rules.benchmarks import LEAST_N, MEASURES, METHODS, PEER_KEYS, PROVIDER_KEYS
from auditor.rules.benchmarks import SUMMED as BENCHMARK_SUMMED
from auditor.rules.corrected import COMPONENTS, SETTINGS
from auditor.rules.overrides import ACTIONS
from auditor.workbench.grammar_match import ID_PATTERN, ROLE_PATTERN
from auditor.workbench.shape import (
    Shape,
    anything,
    condition,
    day,
    either,
    flag,
    items,
    mapping,
    named,
    number,
    text,
    texts,
    whole,
)

CLASS: Final = either(
    "definite (the claims and a row in force prove it), probable (a record is needed) or risk (an indicator).",
    text(words=m.LEVELS),
    mapping(
        "",
        {
            "is": text("The class where nothing lowers it.", m.LEVELS),
            "probable_when": items(
                "Conditions that leave the finding to a record, each with its `reason`.",
                condition("A condition, and `reason` beside it."),
            ),
            "probable_if_all_fall": either(
                "Probable when every such partner has itself fallen.",
                text(),
                mapping(
                    "",
                    {"partner": text(), "when": condition("For which lines this is so."), "reason": text()},
                    ["partner"],
                ),
            ),
        },
        ["is"],
    ),
)

EXPOSURE: Final = mapping(
    "What is at stake.",
    {
        "direction": text("over, under or neutral.", ("over", "under", "neutral")),
        "method": text(
            "line: the whole line; excess_units: the share above the limit; difference: what the fee of the corrected "
            "service is lower; none: no amount.",
            ("line", "excess_units", "difference", "none"),
        ),
        "corrected": mapping(
            "Of difference: the service that would have been paid. What is not said is as billed.",
            {
                "code": text("A code, $parameter (a code, or a code for each code billed), or $role.field."),
                "component": text("26, TC, or none for the whole service.", COMPONENTS),
                "setting": text("Whose practice expense: facility or non_facility.", SETTINGS),
                "share": either(
                    "The part of the fee that is due, all reductions told: 0.16, $parameter, $row.field or several.",
                    number(),
                    text(pattern=r"^\$"),
                    texts("Numbers of a row that are added up."),
                ),
            },
            example="{code: $established_code}",
        ),
        "only_above": number(
            "Of difference, in dollars: a finding only where what was allowed is by more than this above what is due; "
            "not evaluated where the fee of the place or payer is not at hand."
        ),
        "limit": either(
            "Of excess_units: what the total is held against: $parameter or $row.field (default: the row's `value`).",
            text(pattern=r"^\$"),
        ),
        "basis": text("paid, in this version.", ("paid",)),
        "lines": texts("The flagged line, in this version."),
        "at_risk": flag("True keeps the amount out of the overpayment totals."),
    },
    example="{direction: over, method: line, basis: paid}",
)

SCOPE: Final = mapping(
    "Which lines the rule is for; what is left out is no limit.",
    {
        "line_of_business": texts("Lines of business.", WORDS["line_of_business"]),
        "claim_type": texts("Claim types.", WORDS["claim_type"]),
        "setting": texts("Settings.", WORDS["setting"]),
        "payer_id": texts("Payers, by their identifier in the claims."),
    },
    example="{line_of_business: [medicare], setting: [practitioner]}",
)

CITATION: Final = mapping(
    "A document or table row that says so.",
    {
        "key": text("By which the rule refers to it.", pattern=r"^[a-z][a-z0-9_]*$"),
        "document": text("The document by its own title."),
        "section": text("Chapter, section, page."),
        "revision": text("Edition, number or date of the text."),
        "url": text("Where it is published."),
        "read_at": text("Where the copy that was read is."),
        "secondary": flag("A publication that only repeats the criterion."),
        "verified": flag("Somebody read text that says it."),
        "verified_note": text("What was read, and where; or what was not."),
        "table": text("A table of this rule, whose row is the criterion."),
        "locator": text("The place in the table, with the row's own fields."),
        "edition": text("The row's own edition.", example='"{edit.edition}"'),
        "quote": text("The words themselves, short."),
    },
    ["key"],
)

_VALUE = either(
    "A number, a text, a list, or a code for each code.",
    number(),
    text(),
    Shape("list", inner=either("", number(), text())),
    flag(),
    named("", text()),
)
PARAMETERS: Final = named(
    "Numbers and lists that law changes: by the date from which each is in force, cited, complete.",
    named(
        "Values by date, as `2015-01-01: {value: [...], citation: KEY}`.",
        either(
            "The value in force from this date.",
            mapping(
                "",
                {"value": _VALUE, "citation": text("The key of the citation that says so.")},
                ["value"],
            ),
            _VALUE,
        ),
        pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2}|citation)$",
    ),
    ROLE_PATTERN,
    example="{annual_limit: {2024-01-01: {value: 20, citation: policy}}}",
)

VARIANT: Final = mapping(
    "A more specific name for the finding of the same match; the first that holds names it.",
    {
        "id": text("The variant's own id.", pattern=ID_PATTERN),
        "cites": texts("Keys of the citations that bear on it."),
        "catalogue_id": text("Its row of the rule catalogue."),
        "title": text("Its title."),
        "when": condition("When it names the finding."),
        "class": CLASS,
        "severity": text("Its review priority.", m.SEVERITIES),
        "exposure": EXPOSURE,
        "explanation": text("Its explanation."),
        "record_needed": texts("What to ask for."),
        "notes": anything("For the reader of this file."),
    },
    ["id", "when"],
)

_TEST = {
    "method": text("The statistic.", METHODS),
    "min_n": whole("Fewest lines (patients, days) of a provider.", LEAST_N, 1_000_000),
    "min_peers": whole("Fewest peers.", 2, 1_000_000),
    "percentile": whole("The percentile of the peers that must be passed.", 1, 99),
    "certainty": whole("With what certainty, in percent.", 1, 99),
    "fdr": whole("False discoveries allowed, in percent.", 1, 50),
    "side": text("Which end of the peers stands out.", ("above", "below", "both")),
    "min_gap": number("Percentage points from the peers' mean that it takes at least."),
    "z": number("Of a funnel: standard deviations from the peers."),
    "min_effect": number("Of chi_square: the least size of the effect (Cramer's V)."),
}
BENCHMARK: Final = mapping(
    "A provider's measure held against peers. Class risk only.",
    {
        "group": mapping(
            "Whose measure: one provider first, then what parts its measures, `year` among it.",
            {"by": texts("Fields.", (*PROVIDER_KEYS, *PEER_KEYS), example="[rendering_npi, year]")},
            ["by"],
        ),
        "population": condition("The lines that are counted."),
        "numerator": condition("Those of them that are counted above the line."),
        "levels": either("Of chi_square: the codes whose mix is compared.", texts(), text(pattern=r"^\$")),
        "measure": text("What is compared; share where left out.", MEASURES),
        "of": text("What a measure other than a share adds up.", BENCHMARK_SUMMED),
        "weights": named("Of `of: weight`: the weight of each code.", number()),
        "peers": mapping(
            "Against whom.",
            {
                "by": texts("Fields.", PEER_KEYS, example="[rendering_specialty, year]"),
                "table": text("A table of peers of the user's own."),
                "rows": named("Which of its rows: column and text.", text()),
            },
            ["by"],
        ),
        "test": mapping("When a measure stands out.", _TEST, ["method"]),
    },
    ["group", "population", "peers", "test"],
)
BENCHMARK_WORDS: Final = frozenset(word for words in PLACEHOLDERS.values() for word in words)
"""What the explanation of a benchmark may name in braces, by one method or another."""

OVERRIDE: Final = mapping(
    "A payer's dated, approved change of what other rules say.",
    {
        "rules": texts("Rule ids, ids of variants, or families."),
        "action": text(
            "suppress sets findings aside; reclassify lowers them; set_parameter changes a parameter before matching.",
            ACTIONS,
        ),
        "when": condition("For which lines: `line.payer_id` at least."),
        "reason": text("Why, with the contract or policy."),
        "approved_by": text("Who approved it."),
        "from": day("The first day on which it is in force."),
        "expires": day("The last day on which it is in force."),
        "to": text("Of reclassify: what the finding becomes.", ("probable", "risk")),
        "parameter": text("Of set_parameter: which one."),
        "value": _VALUE.said("Of set_parameter: its value for these lines."),
    },
    ["rules", "action", "when", "reason", "approved_by"],
)
