"""Random matches of every form: which lines stand together, with which row, in which window."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st

from tests.rules.generated_words import Words

KEYS: Final = (
    "code provider_id rendering_npi billing_npi setting claim_id pos modifiers payer_id units days sex billing_tin "
    "rendering_specialty date_from received_date"
).split()
DAYS: Final = (
    "date_from date_from date_from date_to service_date received_date admit_date discharge_date".split()
)
Rule = dict[str, Any]


def table_of(words: Words, name: str, alias: str, *lines: str) -> Rule:
    """A row of a table by the codes of lines; its role is known from here on."""
    one, two = lines[0], lines[-1]
    words.roles[alias] = name
    claims = words.roles[one] == "claim"
    code = "drg" if claims else "code"
    on = {
        "ncci_ptp": {"column_1": f"{one}.{code}", "column_2": f"{two}.{code}"},
        "ncci_mue": {"code": f"{words.one_of(one, two)}.{code}"},
        "ncci_aoc": {"addon": f"{one}.{code}", "primary_code": f"{two}.{code}"},
    }[name]
    if name != "ncci_aoc" and words.chance(3):
        on["setting"] = f"{one}.setting"
    if len(set(lines)) == 1 and name == "ncci_ptp":
        on.pop("column_2")
    if len(set(lines)) == 1 and name == "ncci_aoc":
        on.pop("primary_code")
    return {"name": name, "as": alias, "on": on}


def _keys(words: Words, least: int = 0) -> list[str]:
    found = words.draw(st.lists(st.sampled_from(KEYS), min_size=least, max_size=2, unique=True))
    return ["patient_id", *found]


def _by(words: Words, *lines: str) -> list[str]:
    """Fields that may choose a window."""
    found = [f"{lines[0]}.sex", f"{lines[0]}.pos"]
    if words.chance(2) and not words.lookups:
        words.lookups = [table_of(words, "ncci_mue", "seen", lines[0])]
        found += ["seen.mai"] * 3
    told = {"ncci_mue": "edit.mai", "ncci_ptp": "edit.modifier_indicator"}.get(words.roles.get("edit", ""))
    return [*found, told] if told else found


Made = tuple[Rule, list[str], list[str], list[str]]
"""The match, its lines, those that may be flagged, and the roles that conditions may name."""


def _line(words: Words) -> Made:
    words.roles = {"line": "line"}
    match: Rule = {"lines": ["line"]}
    told = ["line"]
    if words.chance(3):
        match["table"] = table_of(words, words.one_of("ncci_ptp", "ncci_mue", "ncci_aoc"), "edit", "line")
        told.append("edit")
    return match, ["line"], ["line"], told


def _pair(words: Words) -> Made:
    words.roles = {"one": "line", "two": "line", "pair": "pair"}
    match: Rule = {"lines": ["one", "two"], "same": _keys(words)}
    told = ["one", "two", "pair"]
    how = words.one_of("day", "within", "within", "claim")
    if words.chance(2):
        name = words.one_of("ncci_ptp", "ncci_mue", "ncci_aoc")
        match["table"] = table_of(
            words, name, "edit", *words.one_of(("one", "two"), ("two", "one"), ("one",))
        )
        told.append("edit")
        if how != "day" and words.chance(2):
            match["table"]["in_force_on"] = words.one_of("one.service_date", "two.service_date")
    if how == "day":
        match["same"].append(words.one_of("service_day", "service_date"))
    elif how == "claim":
        match["same"] = sorted({*match["same"], "claim_id"} - ({"patient_id"} if words.chance(2) else set()))
    else:
        role, other = words.one_of(("one", "two"), ("two", "one"))
        within: Rule = {"of": other, "window": words.window(*_by(words, other))}
        for key in ("anchor", "day"):
            if words.chance(3):
                within[key] = words.one_of(*DAYS)
        match["within"] = {role: within}
    if words.chance(2):
        match["one"] = words.one_of("one", "two")
        return match, ["one", "two"], [name for name in ("one", "two") if name != match["one"]], told
    return match, ["one", "two"], ["one", "two"], told


def _group(words: Words) -> Made:
    words.roles = {"original": "line", "copy": "line", "pair": "pair"}
    same = _keys(words, 1)
    group: Rule = {
        "same": same,
        "order": [words.one_of("received_date", "paid", "date_from", "pos", "code")],
    }
    if words.chance(2):
        group["where"] = words.condition("original")
    return (
        {"lines": ["original", "copy"], "group": group},
        ["original", "copy"],
        ["copy"],
        ["original", "copy", "pair"],
    )


def _sum(words: Words) -> Made:
    words.roles = {"line": "line"}
    total: Rule = {"of": "day_units", "as": "total", "over": [*_keys(words), "service_day"]}
    match: Rule = {"lines": ["line"], "sum": total}
    return _summed(words, match, total)


def _total(words: Words) -> Made:
    words.roles = {"line": "line"}
    total: Rule = {
        "of": words.one_of("units", "units", "paid", "allowed", "charge", "lines", "minutes"),
        "as": "total",
    }
    total["over"] = [*_keys(words), *words.one_of([], ["month"], ["year"])]
    match: Rule = {"lines": ["line"], "sum": total}
    if words.chance(2):
        total["running"] = True
        if words.chance(2):
            total["window"] = words.window("line.sex", "line.pos")
    return _summed(words, match, total)


def _summed(words: Words, match: Rule, total: Rule) -> Made:
    told = ["line", "total"]
    if words.chance(3):
        total["where"] = words.condition("line")
    if words.chance(3):
        if "code" not in total["over"]:
            total["over"] = ["code", *total["over"]]
        match["table"] = table_of(words, "ncci_mue", "edit", "line")
        if "setting" in match["table"]["on"] and "setting" not in total["over"]:
            total["over"] = ["setting", *total["over"]]
        told.append("edit")
    words.roles["total"] = "sum"
    return match, ["line"], ["line"], told


def _partner(words: Words, role: str, within: bool) -> Rule:
    words.roles[role] = "line"
    found: Rule = {}
    sets = [_keys(words, 1) for _ in range(words.one_of(1, 1, 2))]
    how = words.one_of("day", "day", "ever", "within" if within else "day")
    if how == "day":
        sets = [[*keys, "service_day"] for keys in sets]
        if words.chance(3):
            found["days_before"] = words.one_of(1, {"days": 2, "when": words.condition("line")})
    if how == "within":
        found["within"] = {"window": words.window(*_by(words, "line"))}
        for key in ("anchor", "day"):
            if words.chance(3):
                found["within"][key] = words.one_of(*DAYS)
    found |= {"same": sets[0]} if len(sets) == 1 else {"any_of": sets}
    if not words.chance(3):
        found["where"] = words.condition(role)
    if words.chance(3):
        found["table"] = table_of(words, words.one_of("ncci_aoc", "ncci_ptp"), "listed", "line", role)
        words.roles.pop("listed")
        if words.chance(2):
            told = {"ncci_aoc": "edit_type", "ncci_ptp": "modifier_indicator"}[found["table"]["name"]]
            found["table"]["where"] = {f"listed.{told}": words.one_of("1", {"in": ["1", "2"]}, {"ne": "1"})}
    return found


def _absent(words: Words) -> Made:
    words.roles = {"line": "line"}
    match: Rule = {"lines": ["line"]}
    told = ["line"]
    if words.chance(3):
        match["table"] = table_of(words, words.one_of("ncci_mue", "ncci_aoc"), "edit", "line")
        told.append("edit")
    match["absent"] = {"line": "other"} | _partner(words, "other", True)
    words.roles["absent"] = "absent"
    if len(match["absent"].get("any_of", [])) == 2:
        told.append("absent")
    return match, ["line"], ["line"], told


def _because(words: Words) -> Made:
    words.roles = {"line": "line"}
    match: Rule = {"lines": ["line"], "because": {"not_payable": {"all": "other"}}}
    match["primary"] = _partner(words, "other", False)
    return match, ["line"], ["line"], ["line"]


def _sequence(words: Words) -> Made:
    words.roles = {"visit": "line"}
    match: Rule = {"lines": ["visit"]}
    told = ["visit", "clock"]
    limits: list[Any] = [1, 1, 1, 2]
    if words.chance(3):
        match["table"] = table_of(words, "ncci_mue", "edit", "visit")
        told.append("edit")
        limits += ["$edit.value"] * 4
    limit = words.one_of(*limits)
    if limit == 2 and words.chance(2):
        limit = words.parameter(lambda: words.one_of(0, 1, 2))
    match["sequence"] = {
        "same": words.one_of(["patient_id"], ["patient_id"], _keys(words)),
        "window": words.one_of({"days": [-400, 0]}, words.window(*_by(words, "visit"))),
        "limit": limit,
    }
    if words.chance(2):
        match["sequence"]["as"] = "clock"
    if words.chance(3):
        match["sequence"]["where"] = words.condition("visit")
    if words.chance(3):
        match["sequence"]["restart"] = words.one_of("payable", "every")
    words.roles["clock"] = "clock"
    return match, ["visit"], ["visit"], told


def _coverage(words: Words) -> Made:
    words.roles = {"line": "line", "policy": "coverage_policy"}
    coverage: Rule = {"as": "policy", "jurisdiction": ["mac"]}
    if words.chance(2):
        coverage["dx"] = words.one_of("line.dx", "line.pointed_dx")
    return {"lines": ["line"], "coverage": coverage}, ["line"], ["line"], ["line", "policy"]


def _claim(words: Words) -> Made:
    words.roles = {"stay": "claim"}
    return {"claims": ["stay"]}, ["stay"], ["stay"], ["stay"]


MATCHES: Final = {
    "line": _line, "pair": _pair, "group": _group, "sum": _sum, "total": _total, "absent": _absent,
    "because": _because, "sequence": _sequence, "coverage": _coverage, "claim": _claim,
}  # fmt: skip
