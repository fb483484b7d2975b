"""A benchmark in words: what its explanation may name, and the sentence that says how the measure was judged."""

from __future__ import annotations

from auditor.rules import model as m

_EVERY = (
    "provider",
    "keys",
    "peer_group",
    "population",
    "peers",
    "peer_source",
    "min_n",
    "min_peers",
    "counted",
)
_SHARES = ("numerator", "share", "side", "peer_mean", "peer_limit")
PLACEHOLDERS: dict[str, tuple[str, ...]] = {
    "beta_binomial": (*_EVERY, *_SHARES, "shrunken", "percentile", "certainty", "fdr", "adjusted"),
    "funnel": (*_EVERY, *_SHARES, "z", "score", "overdispersion", "fdr", "adjusted"),
    "percentile": (*_EVERY, *_SHARES, "percentile"),
    "chi_square": (*_EVERY, "statistic", "freedom", "effect", "min_effect", "levels", "fdr", "adjusted"),
}
"""The figures that an explanation may name in braces, by method. ``share`` is the measure, whatever it is."""

_COUNTED = {"share": "lines", "mean": "lines", "per_patient": "patients", "per_day": "days of service"}
_SUMMED = {
    "lines": "lines",
    "units": "units",
    "charge": "dollars charged",
    "allowed": "dollars allowed",
    "paid": "dollars paid",
    "weight": "weight of the codes",
}


def counted_in(bench: m.Benchmark) -> str:
    """What ``min_n`` counts: lines, patients, days of service."""
    return _COUNTED[bench.measure]


def measure_words(bench: m.Benchmark) -> str:
    """What is measured, as a noun: ``share of lines``, ``units per patient``, ``mix of codes``."""
    if bench.method == "chi_square":
        return "mix of codes"
    if bench.measure == "share":
        return "share of lines"
    per = {"mean": "line", "per_patient": "patient", "per_day": "day of service"}[bench.measure]
    return f"{_SUMMED[bench.of]} per {per}"


def peers_words(bench: m.Benchmark) -> str:
    """Where the peers are taken from."""
    return f"the table {bench.table}" if bench.table else "the audited claims"


def method_words(bench: m.Benchmark) -> str:
    """How the measure is judged, in one sentence without a full stop."""
    found = f"at most {bench.fdr}% false discoveries are to be expected among the findings"
    side = {"above": "above", "below": "below"}.get(bench.side, "above or below")
    if bench.method == "beta_binomial":
        return (
            f"after shrinkage towards the peers (beta-binomial) the share lies {side} their {_ends(bench)} percentile "
            f"with {bench.certainty}% certainty{_gap(bench)}; {found}"
        )
    if bench.method == "funnel":
        return (
            f"the share lies {side} the control limit of a funnel at z {bench.z}, widened by as much as the peers "
            f"differ more than chance would let them{_gap(bench)}; {found}"
        )
    if bench.method == "percentile":
        return (
            f"the {measure_words(bench)} lies {side} the peers' {_ends(bench)} percentile{_gap(bench)}; some provider "
            "nearly always does, and no chance of error is computed"
        )
    return (
        "the mix differs from that of the peers (chi-square test of fit, levels that the peers hardly use joined) by a "
        f"Cramer's V of at least {bench.min_effect}; {found}"
    )


def least_words(bench: m.Benchmark) -> str:
    """What is not judged, as a sentence."""
    return (
        f"Providers with fewer than {bench.min_n} {counted_in(bench)}, or with fewer than {bench.min_peers} peers, "
        "are not judged."
    )


def _gap(bench: m.Benchmark) -> str:
    return f" and at least {bench.min_gap} percentage points off their mean" if bench.min_gap else ""


def _ends(bench: m.Benchmark) -> str:
    low, high = f"{_ordinal(100 - bench.percentile)}", f"{_ordinal(bench.percentile)}"
    return {"above": high, "below": low}.get(bench.side, f"{high} or {low}")


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
