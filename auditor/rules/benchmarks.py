"""The ``benchmark`` block of a rule file: whose measure is held against whose, and by which statistic.

A benchmark is an indicator: it says where a provider stands among peers, never that a claim is wrong, so the rule is of
class risk and no amount is attached. What a method has no use for is refused, that nobody believes it to be at work.
Peer groups are parted by year (SAMPLING_AND_STATISTICS, section 4: specialty, state or nation, year).
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from auditor.rules import model as m
from auditor.rules.benchmark_words import PLACEHOLDERS
from auditor.rules.parsing import ConditionParser
from auditor.rules.shapes import (
    choice,
    known_keys,
    line_of,
    maybe_section,
    nearest,
    need,
    section,
    text,
    texts,
    unlike,
    whole,
)
from auditor.rules.yaml_strict import LineDict, refuse

PROVIDER_KEYS = ("rendering_npi", "billing_npi", "billing_tin", "facility_npi", "provider_id")
PEER_KEYS = (
    "year rendering_specialty service_state locality mac payer_id plan_id line_of_business claim_type setting pos tob "
    "drg sex code revenue_code"
).split()
"""What may part providers into peer groups: nothing that names a patient or a claim."""
METHODS = ("beta_binomial", "funnel", "percentile", "chi_square")
MEASURES = ("share", "mean", "per_patient", "per_day")
SUMMED = ("lines", "units", "charge", "allowed", "paid", "weight")
"""What a measure other than a share may add up."""
MOST_LEVELS = 50
LEAST_N = 11
"""Cells under 11 are suppressed in published figures, so that no measure is made of fewer."""

_BLOCK = "group population numerator levels measure of weights peers test".split()
_TEST: dict[str, tuple[str, ...]] = {
    "beta_binomial": ("percentile", "certainty", "fdr", "side", "min_gap"),
    "funnel": ("z", "fdr", "side", "min_gap"),
    "percentile": ("percentile", "side", "min_gap"),
    "chi_square": ("fdr", "min_effect"),
}
"""The keys of ``test`` by method, beside ``method``, ``min_n`` and ``min_peers``."""
_FINDING_ONLY = ("variants", "bypass", "unless", "concludes", "flag")
_WORD = re.compile(r"\{([a-z_]+)\}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")


def benchmark_of(path: Path, data: LineDict, parser: ConditionParser) -> m.Benchmark:
    """The ``benchmark`` block of a rule file as the model has it. Raises InputRefused (exit 3)."""
    block = section(path, data, "benchmark")
    known_keys(path, block, _BLOCK)
    test = section(path, block, "test")
    method = choice(path, test, "method", METHODS)
    known_keys(
        path, test, ["method", "min_n", "min_peers", *sorted({k for keys in _TEST.values() for k in keys})]
    )
    for key in test:
        if key not in {"method", "min_n", "min_peers", *_TEST[method]}:
            raise unlike(
                path, test, key, f"left out with {method}, which has no use for it", f"take `{key}` out"
            )
    measure = choice(path, block, "measure", MEASURES, "share")
    if measure != "share" and method != "percentile":
        raise refuse(
            path, line_of(block, "measure"), f"`{measure}` cannot be tested by {method}",
            "that method knows how counts vary, not amounts", "write `method: percentile`",
        )  # fmt: skip
    by, peers, table, rows = _groups(path, block)
    side = choice(path, test, "side", ["above", "below", "both"], "above")
    percentile = whole(path, test, "percentile", 95, 1, 99)
    if percentile < 50:
        raise unlike(
            path, test, "percentile", "that above which a provider stands, at least 50",
            f"write `percentile: {100 - percentile}` and `side: below`",
        )  # fmt: skip
    of, weights = _summed(path, block, measure)
    found = m.Benchmark(
        by=by,
        population=parser.parse(need(path, block, "population"), line_of(block, "population")),
        numerator=_numerator(path, block, parser, method, measure),
        peers=peers,
        min_n=whole(path, test, "min_n", 30, LEAST_N, 1_000_000),
        min_peers=_min_peers(path, test, method, percentile, table),
        percentile=percentile,
        certainty=whole(path, test, "certainty", 95, 1, 99),
        fdr=whole(path, test, "fdr", 5, 1, 50),
        method=method,  # type: ignore[arg-type]
        measure=measure,  # type: ignore[arg-type]
        of=of,
        weights=weights,
        levels=_levels(path, block, parser, method),
        side=side,  # type: ignore[arg-type]
        z=_number(path, test, "z", "3.09", "1", "10"),
        min_gap=_gap(path, test, measure),
        min_effect=_number(path, test, "min_effect", "0.2", "0.05", "1"),
        table=table,
        table_rows=rows,
    )
    _check_table(path, block, parser, found)
    _check_rule(path, data, found)
    return found


def needed_columns(bench: m.Benchmark) -> tuple[str, ...]:
    """The columns that the user's table of peers must have, ``year`` aside, which dates may stand for.

    Shares are in per cent of 100 and their columns end in ``_pct``; other measures are in lines, units or dollars.
    """
    keys = tuple(key for key in bench.peers if key != "year") + tuple(
        column for column, _ in bench.table_rows
    )
    unit = "_pct" if bench.measure == "share" else ""
    if bench.method == "chi_square":
        return (*keys, "providers", "code", "share_pct")
    if bench.method == "percentile":
        ends = {"above": (bench.percentile,), "below": (100 - bench.percentile,)}
        wanted = ends.get(bench.side, (100 - bench.percentile, bench.percentile))
        return (*keys, "providers", f"mean{unit}", *(f"p{end}{unit}" for end in wanted))
    return (*keys, "providers", f"mean{unit}", f"sd{unit}")


def _groups(
    path: Path, block: LineDict
) -> tuple[tuple[str, ...], tuple[str, ...], str, tuple[tuple[str, str], ...]]:
    """The keys of a provider's measure, those of a peer group, and the table of peers with its fixed columns."""
    group, around = section(path, block, "group"), section(path, block, "peers")
    known_keys(path, group, ["by"])
    known_keys(path, around, ["by", "table", "rows"])
    by = _keys(path, group, (*PROVIDER_KEYS, *PEER_KEYS))
    peers = _keys(path, around, PEER_KEYS)
    providers = [key for key in by if key in PROVIDER_KEYS]
    if len(providers) != 1 or by[0] not in PROVIDER_KEYS:
        raise unlike(
            path, group, "by", f"one provider first ({', '.join(PROVIDER_KEYS)}), then what parts its measures",
            "write `by: [rendering_npi, year]`",
        )  # fmt: skip
    if "year" not in by:
        raise refuse(
            path, line_of(group, "by"), "`by` has no year", "coding guidelines change, and a measure never spans them",
            "add `year`",
        )  # fmt: skip
    for key in by[1:]:
        if key not in peers:
            raise refuse(
                path, line_of(around, "by"), f"`{key}` parts the measures of a provider, but not the peers",
                "a provider would stand among its own peers", f"add `{key}` to `peers: {{by: [...]}}`",
            )  # fmt: skip
    table = text(path, around, "table")
    if table and not _NAME.match(table):
        raise unlike(
            path, around, "table", "a name of small letters, digits and _", "write `table: level_peers`"
        )
    rows = maybe_section(path, around, "rows")
    if rows and not table:
        raise unlike(path, around, "rows", "left out without `table`", "name the table")
    for column in rows:
        if not _NAME.match(column) or not isinstance(rows[column], str):
            raise unlike(path, rows, column, "a column and the text in it", 'write `payer: "Medicare"`')
    return by, peers, table, tuple(rows.items())


def _keys(path: Path, block: LineDict, known: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    names = texts(path, block, "by")
    if not names or len(set(names)) != len(names):
        raise unlike(path, block, "by", "a list of fields, each once", "write `by: [...]`")
    for name in names:
        if name not in known:
            raise refuse(
                path, line_of(block, "by"), f"`{name}` is no key of providers or of peers",
                "a peer group is made of what many providers share", nearest(name, known),
            )  # fmt: skip
    return names


def _numerator(
    path: Path, block: LineDict, parser: ConditionParser, method: str, measure: str
) -> m.Condition:
    if method == "chi_square":
        if "numerator" in block:
            raise unlike(
                path, block, "numerator", "left out with chi_square", "write `levels: [...]` in its place"
            )
        return m.ALWAYS
    if measure == "mean" and "numerator" in block:
        raise unlike(
            path, block, "numerator", "left out with a mean, which is of all counted lines",
            "say in `population` which lines are meant",
        )  # fmt: skip
    if measure != "share" and "numerator" not in block:
        return m.ALWAYS
    return parser.parse(need(path, block, "numerator"), line_of(block, "numerator"))


def _levels(path: Path, block: LineDict, parser: ConditionParser, method: str) -> tuple[str, ...]:
    """The codes whose mix is compared, in their order; empty: every code of the population."""
    if "levels" not in block:
        return ()
    if method != "chi_square":
        raise unlike(
            path, block, "levels", f"left out with {method}", "write `numerator:`, or `method: chi_square`"
        )
    named = block["levels"]
    if isinstance(named, str) and named.startswith("$"):
        parameter = parser.parameters.get(named[1:])
        if parameter is None:
            raise refuse(
                path, line_of(block, "levels"), f"parameter `{named}` is not known",
                "`parameters:` does not define it", nearest(named[1:], parser.parameters),
            )  # fmt: skip
        listed = [
            code
            for _, value in parameter.values
            for code in (value if isinstance(value, tuple) else (value,))
        ]
        codes = tuple(dict.fromkeys(listed))
    else:
        codes = texts(path, block, "levels")
    good = 2 <= len(codes) <= MOST_LEVELS and len(set(codes)) == len(codes)
    if not good or not all(isinstance(code, str) for code in codes):
        raise unlike(
            path,
            block,
            "levels",
            f"a list of 2 to {MOST_LEVELS} codes, each once",
            'write `levels: ["99213", ...]`',
        )
    return codes


def _summed(path: Path, block: LineDict, measure: str) -> tuple[str, tuple[tuple[str, Decimal], ...]]:
    """What the measure adds up, and the weights by code where it is these. Raises InputRefused."""
    if measure == "share":
        for key in ("of", "weights"):
            if key in block:
                raise unlike(
                    path, block, key, "left out with a share, which counts lines", "or write `measure: mean`"
                )
        return "lines", ()
    of = choice(path, block, "of", SUMMED, "lines")
    if measure == "mean" and of == "lines":
        raise unlike(
            path, block, "of", "what each line carries: the mean of lines per line is 1", "write `of: paid`"
        )
    if (of == "weight") != ("weights" in block):
        raise unlike(
            path, block, "weights", "given with `of: weight`, and only then", "write both, or neither"
        )
    weights = maybe_section(path, block, "weights")
    for code in weights:
        _number(path, weights, code, "1", "0", "1000000")
    return of, tuple((code, Decimal(weights[code])) for code in weights)


def _min_peers(path: Path, test: LineDict, method: str, percentile: int, table: str) -> int:
    """A percentile of fewer peers than resolve it would be the largest peer's own value."""
    least = 2 if method != "percentile" or table else -(-100 // (100 - percentile))
    default = max(5, least)
    value = whole(path, test, "min_peers", default, 2, 1_000_000)
    if value < least:
        raise refuse(
            path, line_of(test, "min_peers"), "`min_peers` refused",
            f"percentile {percentile} of fewer than {least} peers lies beyond all of them but one",
            f"write `min_peers: {least}`",
        )  # fmt: skip
    return value


def _gap(path: Path, test: LineDict, measure: str) -> Decimal:
    if "min_gap" in test and measure != "share":
        raise unlike(path, test, "min_gap", "left out: it is in percentage points of a share", "take it out")
    return _number(path, test, "min_gap", "0", "0", "100")


def _number(path: Path, data: LineDict, key: str, default: str, least: str, most: str) -> Decimal:
    value = data.get(key, Decimal(default))
    if (
        isinstance(value, bool)
        or not isinstance(value, int | Decimal)
        or not Decimal(least) <= value <= Decimal(most)
    ):
        raise unlike(path, data, key, f"a number from {least} to {most}", f"write `{key}: {default}`")
    if Decimal(value).as_tuple().exponent < -3:  # type: ignore[operator]
        raise unlike(path, data, key, "a number of at most three decimals", f"write `{key}: {default}`")
    return Decimal(value)


def _check_table(path: Path, block: LineDict, parser: ConditionParser, bench: m.Benchmark) -> None:
    """Where the language knows the user's table, it must have the columns that the method asks."""
    known = parser.roles.tables.get(bench.table)
    if not bench.table or known is None:
        return
    around = section(path, block, "peers")
    needed = (*needed_columns(bench), *(["year"] if not {"year", "effective"} & set(known) else []))
    for column in needed:
        if column not in known:
            raise refuse(
                path, line_of(around, "table"), f"table `{bench.table}` has no column `{column}`",
                f"{bench.method} asks for it", "add the column, or choose another method",
            )  # fmt: skip


def _check_rule(path: Path, data: LineDict, bench: m.Benchmark) -> None:
    """What a finding about claim lines may have, and an indicator may not."""
    for key in _FINDING_ONLY:
        if data.get(key) is not None:
            raise unlike(
                path, data, key, "left out: an indicator is about no claim line", f"take `{key}` out"
            )
    exposure = maybe_section(path, data, "exposure")
    if exposure and (exposure.get("method") != "none" or exposure.get("direction", "neutral") != "neutral"):
        raise refuse(
            path, line_of(data, "exposure"), "exposure refused", "a position among peers is worth no dollars",
            "write `exposure: {direction: neutral, method: none}`",
        )  # fmt: skip
    for name in _WORD.findall(text(path, data, "explanation")):
        if name not in PLACEHOLDERS[bench.method]:
            raise refuse(
                path, line_of(data, "explanation"), f"`{{{name}}}` is not known", f"{bench.method} has no such figure",
                nearest(name, PLACEHOLDERS[bench.method]),
            )  # fmt: skip
