"""The benchmark form: what it reads, and what it refuses with a mend."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.rules.benchmark_words import least_words, measure_words, method_words
from auditor.rules.benchmarks import needed_columns
from tests.profiles.rule_texts import block, rule_of, rule_text

PERCENTILE = "{method: percentile}"


def test_a_share_takes_the_defaults_of_its_method(tmp_path: Path) -> None:
    bench = rule_of(tmp_path, rule_text(block("{method: beta_binomial}"))).benchmark
    assert bench is not None
    assert (bench.by, bench.peers) == (("rendering_npi", "year"), ("rendering_specialty", "year"))
    assert (bench.min_n, bench.min_peers, bench.percentile, bench.certainty, bench.fdr) == (30, 5, 95, 95, 5)
    assert bench.measure == "share" and bench.side == "above" and not bench.table and not bench.min_gap


def test_every_method_is_read_with_its_own_keys(tmp_path: Path) -> None:
    funnel = rule_of(
        tmp_path, rule_text(block("{method: funnel, z: 1.96, side: both, min_gap: 2.5}"))
    ).benchmark
    mix = rule_of(
        tmp_path, rule_text(block("{method: chi_square, min_effect: 0.3, fdr: 10}", "levels: $high"))
    ).benchmark
    mean = rule_of(tmp_path, rule_text(block(PERCENTILE, "measure: per_patient\nof: paid"))).benchmark
    assert funnel is not None and mix is not None and mean is not None
    assert (funnel.z, funnel.side, funnel.min_gap) == (Decimal("1.96"), "both", Decimal("2.5"))
    assert (mix.levels, mix.min_effect, mix.fdr) == (("99214", "99215"), Decimal("0.3"), 10)
    assert (mean.measure, mean.of, mean.min_peers) == ("per_patient", "paid", 20)


def test_weights_are_exact_decimals_by_code(tmp_path: Path) -> None:
    extra = 'measure: mean\nof: weight\nweights: {"99213": 3, "99214": 4.25}'
    bench = rule_of(tmp_path, rule_text(block(PERCENTILE, extra))).benchmark
    assert bench is not None
    assert bench.weights == (("99213", Decimal(3)), ("99214", Decimal("4.25")))


@pytest.mark.parametrize(("percentile", "least"), [(80, 5), (90, 10), (95, 20), (98, 50), (99, 100)])
def test_a_percentile_asks_for_as_many_peers_as_resolve_it(
    tmp_path: Path, percentile: int, least: int
) -> None:
    bench = rule_of(tmp_path, rule_text(block(f"{{method: percentile, percentile: {percentile}}}"))).benchmark
    assert bench is not None and bench.min_peers == least


def test_the_columns_that_a_table_of_peers_needs_follow_from_the_method(tmp_path: Path) -> None:
    peers = '{by: [rendering_specialty, year], table: visits_of_peers, rows: {payer: "Medicare"}}'
    found = {}
    for method, extra in (
        ("beta_binomial", "numerator: {line.code: {in: $high}}"),
        ("percentile, side: both", "numerator: {line.code: {in: $high}}"),
        ("chi_square", "levels: $high"),
    ):
        bench = rule_of(tmp_path, rule_text(block(f"{{method: {method}}}", extra, peers=peers))).benchmark
        assert bench is not None
        found[method] = needed_columns(bench)[2:]
        assert needed_columns(bench)[:2] == ("rendering_specialty", "payer")
    assert found == {
        "beta_binomial": ("providers", "mean_pct", "sd_pct"),
        "percentile, side: both": ("providers", "mean_pct", "p5_pct", "p95_pct"),
        "chi_square": ("providers", "code", "share_pct"),
    }


def test_the_words_of_a_method_name_its_thresholds(tmp_path: Path) -> None:
    for test, words in (
        ("{method: beta_binomial, percentile: 92}", ["92nd percentile", "95% certainty", "5% false"]),
        ("{method: funnel, min_gap: 10}", ["z 3.09", "at least 10 percentage points"]),
        ("{method: percentile, side: both, percentile: 97}", ["above or below", "97th or 3rd"]),
    ):
        bench = rule_of(tmp_path, rule_text(block(test))).benchmark
        assert bench is not None and measure_words(bench) == "share of lines"
        for word in words:
            assert word in method_words(bench), word
        if bench.side == "both":
            told = "Providers with fewer than 30 lines, or with fewer than 34 peers, are not judged."
            assert least_words(bench) == told


SHARE = block("{method: beta_binomial}")
MIX = block("{method: chi_square}", 'levels: ["99213", "99214"]')
MEAN = block(PERCENTILE, "measure: mean\nof: paid")
REFUSED = {
    "a method unknown": (SHARE, "beta_binomial", "betabinomial", ["did you mean `beta_binomial`"]),
    "a key unknown": (SHARE, "test:", "tests:", ["`tests`"]),
    "a key of another method": (
        SHARE,
        "{method: beta_binomial}",
        "{method: funnel, certainty: 95}",
        ["certainty", "funnel"],
    ),
    "a chance of a percentile": (
        SHARE,
        "{method: beta_binomial}",
        "{method: percentile, fdr: 5}",
        ["fdr", "percentile"],
    ),
    "peers that cannot resolve it": (
        SHARE,
        "{method: beta_binomial}",
        "{method: percentile, min_peers: 19}",
        ["min_peers: 20"],
    ),
    "the low end as a percentile": (
        SHARE,
        "{method: beta_binomial}",
        "{method: percentile, percentile: 20}",
        ["percentile", "side: below"],
    ),
    "too few lines": (SHARE, "{method: beta_binomial}", "{method: beta_binomial, min_n: 10}", ["from 11"]),
    "no year": (SHARE, "[rendering_npi, year]", "[rendering_npi]", ["year", "never spans"]),
    "no provider": (SHARE, "[rendering_npi, year]", "[year]", ["provider first"]),
    "two providers": (
        SHARE,
        "[rendering_npi, year]",
        "[rendering_npi, billing_npi, year]",
        ["provider first"],
    ),
    "a patient as a peer": (
        SHARE,
        "[rendering_specialty, year]",
        "[patient_id, year]",
        ["patient_id", "no key"],
    ),
    "a specialty by half its name": (
        SHARE,
        "[rendering_specialty, year]",
        "[specialty, year]",
        ["rendering_specialty"],
    ),
    "peers of all years": (
        SHARE,
        "{by: [rendering_specialty, year]}",
        "{by: [rendering_specialty]}",
        ["year", "own peers"],
    ),
    "a key twice": (SHARE, "[rendering_specialty, year]", "[year, year]", ["each once"]),
    "rows without a table": (
        SHARE,
        "[rendering_specialty, year]",
        '[year], rows: {payer: "A"}',
        ["rows", "table"],
    ),
    "a table that is a query": (
        SHARE,
        "[rendering_specialty, year]",
        '[year], table: "x; drop"',
        ["table", "small letters"],
    ),
    "levels of a share": (
        SHARE,
        "numerator:",
        'levels: ["99213", "99214"]\n  numerator:',
        ["levels", "chi_square"],
    ),
    "no numerator": (SHARE, "  numerator: {line.code: {in: $high}}\n", "", ["numerator"]),
    "weights of a share": (SHARE, "numerator:", "of: paid\n  numerator:", ["of", "share"]),
    "a numerator of a mix": (MIX, "levels:", 'numerator: {line.code: "99214"}\n  levels:', ["numerator"]),
    "one level": (MIX, '["99213", "99214"]', '["99213"]', ["levels", "2 to 50"]),
    "a level twice": (MIX, '["99213", "99214"]', '["99213", "99213"]', ["each once"]),
    "levels of no parameter": (MIX, '["99213", "99214"]', "$hihg", ["hihg", "high"]),
    "a side of a mix": (MIX, "{method: chi_square}", "{method: chi_square, side: above}", ["side"]),
    "an effect of nought": (
        MIX,
        "{method: chi_square}",
        "{method: chi_square, min_effect: 0}",
        ["min_effect", "0.05"],
    ),
    "a mean by a funnel": (MEAN, "{method: percentile}", "{method: funnel}", ["mean", "percentile"]),
    "a mean of lines": (MEAN, "of: paid", "of: lines", ["of", "mean of lines"]),
    "a mean with a numerator": (
        MEAN,
        "of: paid",
        'of: paid\n  numerator: {line.code: "99214"}',
        ["numerator"],
    ),
    "a gap in dollars": (
        MEAN,
        "{method: percentile}",
        "{method: percentile, min_gap: 5}",
        ["min_gap", "points"],
    ),
    "weights not asked for": (MEAN, "of: paid", 'of: paid\n  weights: {"99213": 1}', ["weights"]),
    "a weight that is a word": (
        MEAN,
        "of: paid",
        'of: weight\n  weights: {"99213": "x"}',
        ["99213", "number"],
    ),
    "a measure unknown": (MEAN, "measure: mean", "measure: median", ["measure", "mean"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_benchmark_has_no_use_for_is_refused(tmp_path: Path, name: str) -> None:
    whole, old, new, words = REFUSED[name]
    assert whole.count(old) == 1, name
    with pytest.raises(InputRefused) as caught:
        rule_of(tmp_path, rule_text(whole.replace(old, new)))
    error = caught.value
    assert error.exit_code == 3 and ", line " in error.where and error.mend
    told = f"{error.what} {error.why} {error.mend}"
    assert all(word in told for word in words), told


AROUND = {
    "dollars": (
        "exposure: {direction: neutral, method: none}",
        "exposure: {direction: over, method: line}",
        "dollars",
    ),
    "a fact": ("class: risk", "class: probable", "class"),
    "a bypass": ("severity: low", 'severity: low\nbypass: {line.code: "1"}', "bypass"),
    "a conclusion": ("severity: low", "severity: low\nconcludes: {not_payable: line}", "concludes"),
    "a figure unknown": ("{population} of", "{shrunk} of", "shrunken"),
}


@pytest.mark.parametrize("name", AROUND)
def test_an_indicator_never_says_more_than_a_position(tmp_path: Path, name: str) -> None:
    old, new, word = AROUND[name]
    text = rule_text(SHARE)
    assert text.count(old) == 1
    with pytest.raises(InputRefused) as caught:
        rule_of(tmp_path, text.replace(old, new))
    assert word in f"{caught.value.what} {caught.value.why} {caught.value.mend}"
