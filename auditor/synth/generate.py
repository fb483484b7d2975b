"""Writes a claims file of any size, block by block, and the truth about what was seeded into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np

from auditor.base.errors import UsageError
from auditor.base.progress import NullProgress, Progress
from auditor.synth.arrays import join_claims, join_lines
from auditor.synth.background import Background
from auditor.synth.block import Typesetter, number_diagnoses
from auditor.synth.cases import Case, Pools
from auditor.synth.dice import Dice
from auditor.synth.edits import covered
from auditor.synth.encounters import WINDOW, Encounters, make_encounters
from auditor.synth.layout import append_csv, csv_to_parquet
from auditor.synth.menu import OFFICE_ESTABLISHED, fee_of
from auditor.synth.people import make_network
from auditor.synth.placed import Placer
from auditor.synth.plan import CasePlan
from auditor.synth.seeds import KINDS
from auditor.synth.truth import TruthFile
from auditor.synth.visits import stock
from auditor.synth.vocabulary import PRACTITIONER, Vocabulary

BLOCK_LINES = 150_000
STARTER_PERIOD = (date(2024, 7, 1), date(2024, 9, 30))
FEWEST_VISITS = 36
"""Established visits that an outlier needs before the truth says that it can be told; benchmarks ask for 30."""
DEMO_LINES, DEMO_SEED, DEMO_ERRORS = 5_000, 2024, 0.05


@dataclass(frozen=True)
class SynthOptions:
    """What to write. `errors` is the part of all lines that an audit should give a finding, from 0 to 0.3.

    `period` bounds the dates of service, both ends inclusive. Equal options and vocabulary give equal bytes.
    """

    lines: int
    seed: int
    errors: float = 0.02
    period: tuple[date, date] = STARTER_PERIOD
    format: str = "csv"


@dataclass(frozen=True)
class SynthResult:
    """What was written: files, lines, claims, seeded cases, lines seeded with a finding, kinds that had no edits."""

    claims_file: Path
    truth_file: Path
    lines: int
    claims: int
    cases: int
    flagged_lines: int
    kinds_left_out: tuple[str, ...]


def write_claims(
    out: Path, vocabulary: Vocabulary, options: SynthOptions, progress: Progress | None = None
) -> SynthResult:
    """Write `claims.csv` or `claims.parquet` and `truth.parquet` into `out`, made if need be.

    Memory does not grow with the number of lines. Raises UsageError for options outside their bounds or a
    vocabulary without usable codes.
    """
    _check(vocabulary, options)
    out.mkdir(parents=True, exist_ok=True)
    run = _Run(vocabulary, options)
    part, text = out / "claims.csv.block", out / "claims.csv.part"
    text.unlink(missing_ok=True)
    with duckdb.connect() as con, (progress or NullProgress()).stage("write synthetic claims") as stage:
        con.execute("SET threads = 2")
        stage.total = options.lines
        truth = TruthFile(con)
        for lines in run.blocks():
            run.write(con, lines, truth, part, text)
            stage.advance(lines)
        run.tell_outliers(truth)
        truth_file = truth.write(out / "truth.parquet")
        claims_file = out / f"claims.{options.format}"
        if options.format == "parquet":
            csv_to_parquet(con, text, claims_file)
            text.unlink()
        else:
            text.replace(claims_file)
    return SynthResult(
        claims_file, truth_file, options.lines, run.claims - 1, run.cases, run.flagged, run.plan.impossible
    )


def demo_claims(
    out: Path,
    vocabulary: Vocabulary,
    *,
    lines: int = DEMO_LINES,
    seed: int = DEMO_SEED,
    errors: float = DEMO_ERRORS,
) -> SynthResult:
    """A small file with every kind of case that `vocabulary` allows, for the demo and for tests."""
    return write_claims(out, vocabulary, SynthOptions(lines=lines, seed=seed, errors=errors))


class _Run:
    """State of one run across its blocks."""

    def __init__(self, vocabulary: Vocabulary, options: SynthOptions) -> None:
        self.options = options
        self.dice = Dice(options.seed)
        self.pools = Pools(vocabulary, options.period, seeded=options.errors > 0)
        self.network = make_network(self.dice, options.lines, outliers=options.errors > 0)
        names = list(vocabulary.codes)
        index = {code: number for number, code in enumerate(names)}
        limits = vocabulary.limits.get(PRACTITIONER, {})
        fees = [fee_of(code, limits[code].value if code in limits else None) for code in names]
        wanted = {dx for rows in self.pools.policies.values() for way in covered(rows) for dx in way}
        diagnoses, diagnosis_index = number_diagnoses(sorted(wanted))
        shelf = stock(self.dice, self.pools, len(self.network.by_specialty), index)
        self.background = Background(
            self.dice, self.network, shelf, index, diagnosis_index, unrelated=options.errors == 0
        )
        self.placer = Placer(self.network, index, diagnosis_index)
        self.typesetter = Typesetter(self.dice, self.network, names, fees, diagnoses)
        kinds = [
            k for k in KINDS if options.format == "csv" or k.name not in ("broken-amount", "broken-units")
        ]
        self.plan = CasePlan(self.dice, self.pools, kinds, options.errors, options.lines)
        self.established = [index[code] for code in OFFICE_ESTABLISHED if code in index]
        self.visits = np.zeros(self.network.providers, dtype=np.int64)
        self.patient, self.claims, self.cases, self.flagged, self.block = 1, 1, 0, 0, 0

    def blocks(self) -> Iterator[int]:
        """The number of lines of each block."""
        left = self.options.lines
        while left > 0:
            yield min(BLOCK_LINES, left)
            left -= BLOCK_LINES

    def write(
        self, con: duckdb.DuckDBPyConnection, lines: int, truth: TruthFile, part: Path, text: Path
    ) -> None:
        """One block: cases in windows of their own, ordinary visits in the others."""
        cases = self.plan.cases(self.block, lines)
        ordinary = lines - sum(len(case.lines) for case in cases)
        seen, for_cases = self._encounters(ordinary, len(cases))
        rng = self.dice.scalar(f"places {self.block}")
        placed = self.placer.place(rng, cases, self.cases, for_cases, self.patient)
        claims, plain = self.background.fill(seen, ordinary)
        joined = join_lines(plain, placed.lines, claims.count)
        broken = [(plain.count + line, column, word) for line, column, word in placed.broken]
        ordered = self.typesetter.set(join_claims(claims, placed.claims), joined, self.claims, broken)
        append_csv(con, ordered.columns, part, text)
        truth.add(placed.told, ordered, plain.count)
        original = np.isin(plain.code, self.established) & ~plain.denied & (claims.original[plain.claim] < 0)
        self.visits += np.bincount(claims.provider[plain.claim[original]], minlength=len(self.visits))
        self.patient += placed.patients
        self.claims += claims.count + placed.claims.count
        self.cases += len(cases)
        self.flagged += sum(case.flagged for case in cases)
        self.block += 1

    def tell_outliers(self, truth: TruthFile) -> None:
        """Provider-level truth: who bills unlike their peers, as far as they have visits enough to say so."""
        for catalogue_id, providers in (("EM-02", self.network.heavy), ("EM-03", self.network.frequent_25)):
            for provider in providers[self.visits[providers] >= FEWEST_VISITS]:
                truth.add_provider(self.cases, catalogue_id, str(self.network.npi[provider]))
                self.cases += 1

    def _encounters(self, lines: int, cases: int) -> tuple[Encounters, Encounters]:
        """Encounters enough for `lines` ordinary lines, and one for each case.

        With a fee schedule a patient with a case has no other visit: its operation would take in visits that the truth
        does not know of.
        """
        patients = 40 + (lines // 2 + cases) // 3
        while True:
            made = make_encounters(self.dice, self.network, self.options.period, self.patient, patients)
            wanted = np.argsort(self.dice.bits("case place", made.key), kind="stable")
            wanted = wanted[made.for_cases[wanted]]
            if self.pools.fees:
                _, first = np.unique(made.patient[wanted], return_index=True)
                wanted = wanted[np.sort(first)]
            wanted = wanted[:cases]
            rest = np.ones(made.count, dtype=np.bool_)
            rest[wanted] = False
            if self.pools.fees:
                rest &= ~np.isin(made.patient, made.patient[wanted])
            seen = self.background.sent(made.take(np.flatnonzero(rest)))
            # A dozen encounters more than needed: the last lines are filled up with single-line ones.
            enough = self.background.lines_of(seen).cumsum() <= lines
            if len(wanted) == cases and int(enough.sum()) + 24 <= seen.count:
                self.patient += patients
                return seen, made.take(wanted)
            patients = patients * 5 // 4 + 40


def _check(vocabulary: Vocabulary, options: SynthOptions) -> None:
    if options.lines < 1:
        raise UsageError("a claims file needs at least one line", mend="Give --lines a number above 0.")
    if not 0 <= options.errors <= 0.3:
        raise UsageError("the error rate is a part of all lines from 0 to 0.3", mend="Try --errors 0.02.")
    if options.format not in ("csv", "parquet"):
        raise UsageError("the format is csv or parquet")
    if (options.period[1] - options.period[0]).days + 1 < WINDOW:
        raise UsageError("the period must be at least a week long")
    if not vocabulary.codes:
        raise UsageError("the reference tables hold no code that claims could be made of")


__all__ = [
    "BLOCK_LINES",
    "STARTER_PERIOD",
    "Case",
    "SynthOptions",
    "SynthResult",
    "demo_claims",
    "write_claims",
]
