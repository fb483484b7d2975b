"""Random whole rules and overrides in the authors' form, over the little world of ``generated_words``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st

from auditor.rules.overrides import SCOPE_FIELDS
from tests.rules.generated_matches import MATCHES, Rule, table_of
from tests.rules.generated_words import CODES, DATES, TEXTS, Words

FORMS: Final = (
    "line", "pair", "group", "sum", "total", "absent", "because", "sequence", "coverage", "claim"
)  # fmt: skip
OTHERS: Final = "_others"
"""Key of a rule under which the generator keeps the other values that each of its parameters might have."""
FAMILIES: Final = ("integrity", "duplicate", "ptp", "addon", "frequency", "payer")


def written(data: Mapping[str, Any]) -> str:
    """A rule as YAML, a key a line; without what the generator keeps for itself."""
    return "".join(f"{key}: {_flow(value)}\n" for key, value in data.items() if key != OTHERS)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(str(key))}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return str(value) if isinstance(value, date | Decimal) else json.dumps(value)


@st.composite
def rules(draw: st.DrawFn, number: int = 0, forms: tuple[str, ...] = FORMS) -> Rule:
    """A rule of one of the forms."""
    words = Words(draw)
    form = words.one_of(*forms)
    match, lines, flags, told = MATCHES[form](words)
    flag = flags[-1] if words.chance(2) else words.one_of(*flags)
    if words.chance(4) and not words.lookups:
        words.lookups = [table_of(words, words.one_of("ncci_ptp", "ncci_mue", "ncci_aoc"), "seen", *lines)]
    if words.lookups:
        match["lookup"] = words.lookups
        told = [*told, "seen"]
        if words.chance(3):
            shared = {"service_day", "service_date"} & set(match.get("same", []))
            words.lookups[0]["in_force_on"] = (
                "pair.shared_day" if shared else f"{words.one_of(*lines)}.service_date"
            )
    if not words.chance(3):
        match["when"] = words.condition(*told)
    name = f"GEN-RULE-{number:03d}"
    rule: Rule = {
        "id": name, "catalogue_id": "GEN", "title": f"a generated rule of the form {form}",
        "family": words.one_of(*FAMILIES), "class": _class(words, told, flags), "severity": "low",
        "citations": [{
            "key": "law", "document": "a law", "section": "1", "revision": "1", "url": "https://example.org",
            "verified": True,
        }],
        "match": match, "flag": [flag],
    }  # fmt: skip
    if words.chance(6):
        first, last = words.one_of(None, *DATES), words.one_of(None, None, *DATES)
        if first is not None and last is not None:
            first, last = sorted((first, last))
        rule["effective"] = {"from": first, "to": last}
    if words.chance(6):
        key = words.one_of("line_of_business", "claim_type", "setting", "payer_id")
        rule["applies_to"] = {key: [words.one_of(*TEXTS[key])]}
    if words.chance(3):
        rule["bypass"] = words.condition(*told)
    if words.chance(3):
        rule["unless"] = {"not_payable": words.one_of(*lines)}
    if not words.chance(4):
        rule["concludes"] = {"not_payable": words.one_of(flag, flag, *lines)}
    rule["exposure"] = _exposure(words, match, told)
    if words.chance(3):
        rule["variants"] = [
            {"id": f"GEN-VAR{at}-{number:03d}", "when": words.condition(*told)}
            | ({"class": _class(words, told, flags)} if words.chance(2) else {})
            | ({"exposure": _exposure(words, match, told)} if words.chance(2) else {})
            for at in range(words.one_of(1, 2))
        ]
    rule["explanation"] = f"{{{flag}.claim_id}} is a claim of {{{flag}.date_from}}."
    if "one" in match and words.chance(2):
        rule["explanation"] += f" {{{match['one']}.line_no}} is one of {{pair.partners}}."
    for key, found in (("let", words.named), ("parameters", words.parameters), ("windows", words.windows)):
        if found:
            rule[key] = found
    return rule | {OTHERS: words.others}


@st.composite
def premises(draw: st.DrawFn, number: int) -> Rule:
    """A rule of an early family that finds lines of one code not payable, for what hangs on such lines."""
    words = Words(draw)
    head = draw(rules(number, ("line",)))
    kept = {key: head[key] for key in ("id", "catalogue_id", "title", "severity", "citations", "explanation")}
    return kept | {
        "family": "integrity",
        "class": words.one_of("definite", "probable", "probable", "risk"),
        "match": {"lines": ["line"], "when": {"line.code": {"in": [words.one_of(*TEXTS["code"][:3])]}}},
        "concludes": {"not_payable": "line"},
    }


@st.composite
def overrides(draw: st.DrawFn, made: list[Rule], number: int = 0) -> Rule:
    """An override of one of the rules that have been made."""
    words = Words(draw, {"line": "line"})
    target = words.one_of(*made)
    known = target.get("parameters", {})
    actions = ["suppress", "reclassify", "reclassify", *["set_parameter"] * (3 if known else 0)]
    block: Rule = {
        "rules": [words.one_of(target["id"], target["id"], target["family"])],
        "action": words.one_of(*actions),
        "reason": "a test", "approved_by": "a test",
    }  # fmt: skip
    block["when"] = words.condition("line")
    if block["action"] == "reclassify":
        block["to"] = words.one_of("probable", "risk")
    if block["action"] == "set_parameter":
        name = words.one_of(*sorted(known))
        values = [item["value"] for item in known[name].values()]
        block |= {
            "rules": [target["id"]],
            "parameter": name,
            "value": words.one_of(*values, *target[OTHERS][name] * 2),
        }
        block["when"] = {
            f"line.{key}": words.one_of(*TEXTS[key])
            for key in {words.one_of(*(n for n in SCOPE_FIELDS if n in TEXTS))}
        }
    if words.parameters or words.named:
        block["when"] = {"line.payer_id": "X"}  # an override has no parameters and no named conditions
    for key in ("from", "expires"):
        if words.chance(4):
            block[key] = words.one_of(*DATES)
    if "from" in block and "expires" in block:
        block["from"], block["expires"] = sorted((block["from"], block["expires"]))
    return {"id": f"GEN-OVR-{number:03d}", "title": "a generated override", "override": block}


# ---- parts of rules ----------------------------------------------------------------------------------------


def _class(words: Words, told: list[str], flags: list[str]) -> Any:
    base = words.one_of("definite", "definite", "definite", "probable", "risk")
    if words.chance(2):
        return base
    found: Rule = {"is": base}
    if words.chance(2):
        found["probable_when"] = [words.condition(*told) | {"reason": "it is so"}]
        if set(found["probable_when"][0]) & {"all", "any", "not", "is"}:
            found["probable_when"][0].pop("reason")
    if len(flags) == 2 and words.chance(2):
        found["probable_if_all_fall"] = {"partner": flags[0]}
        if words.chance(2):
            found["probable_if_all_fall"]["when"] = words.condition(*told)
    return found


def _exposure(words: Words, match: Rule, told: list[str]) -> Rule:
    method = words.one_of("line", "line", "none", "excess_units")
    found: Rule = {"method": method, "direction": words.one_of("over", "over", "under", "neutral")}
    if method == "excess_units":
        has_value = match.get("table", {}).get("name") == "ncci_mue"
        if not has_value or words.chance(2):
            rows = [f"${role}.value" for role in told if words.roles[role] == "ncci_mue"]
            found["limit"] = words.one_of(*rows, words.parameter(lambda: words.one_of(0, 1, 2)))
        if "claims" in match:
            found = {"method": "line"}
    if method != "none" and words.chance(6) and "claims" not in match:
        found = {"method": "difference", "direction": words.one_of("over", "over", "under")}
        found["corrected"] = _corrected(words, told)
        if words.chance(3) and not {"one", "sequence", "because"} & set(match):
            found["only_above"] = words.one_of(0, Decimal("0.05"), 5)
    if words.chance(5):
        found["at_risk"] = True
    return found


def _corrected(words: Words, told: list[str]) -> Rule:
    found: Rule = {}
    if words.chance(2):
        mapped = {CODES[0]: CODES[1], CODES[1]: CODES[2]}
        found["code"] = words.one_of(CODES[1], words.parameter(lambda: words.one_of(CODES[2], mapped)))
    if words.chance(3):
        found["component"] = words.one_of("none", "26", "TC")
    if words.chance(3):
        found["setting"] = words.one_of("facility", "non_facility")
    if words.chance(2) or not found:
        parts = (Decimal("0.5"), Decimal("0.16"), Decimal("1.5"), 1, Decimal("0.136"))
        rows = [f"${role}.value" for role in told if words.roles[role] == "ncci_mue"]
        found["share"] = words.one_of(*rows, words.parameter(lambda: words.one_of(*parts)), *parts)
    return found
