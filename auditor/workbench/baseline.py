"""Claims that are known to be clean, audited: whatever a rule finds in them is wrong, in the rule or in the corpus."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from auditor.base.errors import UsageError
from auditor.base.resources import resource_dir
from auditor.pipeline import AuditOptions, run_audit
from auditor.rules.packs import load_packs
from auditor.workbench.corpus import write_clean_claims

SYNTHETIC = "synthetic claims"
_PLACES = 3


@dataclass(frozen=True)
class RuleFindings:
    """What one rule found in one source: findings by class, and the first places (claim/line) of synthetic claims."""

    rule: str
    source: str
    definite: int
    probable: int
    risk: int
    places: tuple[str, ...]

    @property
    def total(self) -> int:
        """Findings of whatever class."""
        return self.definite + self.probable + self.risk


@dataclass(frozen=True)
class Baseline:
    """The outcome: lines audited, rules run, findings by rule. ``named``: any finding counts."""

    lines: int
    rules: int
    findings: tuple[RuleFindings, ...]
    named: bool

    @property
    def fails(self) -> bool:
        """Whether the corpus is not free of what it must be free of."""
        return any(item.definite or self.named for item in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """The outcome for a script."""
        return {
            "lines": self.lines,
            "rules": self.rules,
            "fails": self.fails,
            "findings": [
                {
                    "rule": item.rule,
                    "source": item.source,
                    "definite": item.definite,
                    "probable": item.probable,
                    "risk": item.risk,
                    "places": list(item.places),
                }
                for item in self.findings
            ],
        }

    def as_text(self) -> str:
        """The outcome for a reader."""
        told = [
            f"{item.rule:<16} {item.source}: {item.definite} definite, {item.probable} probable, {item.risk} risk"
            + (
                f" ({', '.join(item.places)}{' ...' if item.total > len(item.places) else ''})"
                if item.places
                else ""
            )
            for item in self.findings
        ]
        end = f"{self.lines:,} clean lines, {self.rules} rules: "
        if not self.findings:
            return end + "no finding."
        return "\n".join(
            [*told, end + f"{sum(item.total for item in self.findings):,} findings, which should be none."]
        )


def run_baseline(
    claims: Sequence[Path],
    *,
    lines: int,
    rulesets: Sequence[Path] = (),
    rules: Sequence[str] = (),
    library: Path | None = None,
) -> Baseline:
    """Audit `lines` synthetic clean lines, and each of `claims`, with all rules or those named.

    Raises UsageError (exit 2) where there is nothing to audit or a name meets no rule, and what an audit raises; the
    error of a broken pack (exit 3) too, for an audit would go on without it, and what is not run finds nothing.
    """
    if not claims and lines == 0:
        raise UsageError("there is nothing to audit", mend="give --lines a number, or name claims files")
    load_packs([resource_dir("rulesets"), *rulesets], rules)
    found: list[RuleFindings] = []
    total, run_rules = 0, 0
    with tempfile.TemporaryDirectory(prefix="auditor-baseline-") as scratch:
        sources = [(path.name, path) for path in claims]
        if lines:
            sources.insert(0, (SYNTHETIC, write_clean_claims(Path(scratch), lines)))
        for number, (name, path) in enumerate(sources):
            options = AuditOptions(
                library=library,
                use_starter=library is None,
                rulesets=tuple(rulesets),
                rules=tuple(rules),
                reports=False,
            )
            result = run_audit([path], Path(scratch) / f"run{number}", options)
            total += result.run["counts"]["lines_read"]
            run_rules = len(result.run["rules"])
            found += _by_rule(name, result.folder / "findings.parquet")
    return Baseline(total, run_rules, tuple(found), bool(rules))


def _by_rule(source: str, findings: Path) -> list[RuleFindings]:
    places = (
        "list(concat_ws('/', claim_id, line_no) ORDER BY claim_id, line_no)" if source == SYNTHETIC else "[]"
    )
    with duckdb.connect() as con:
        rows = con.execute(
            f"SELECT rule_id, count(*) FILTER (class = 'definite'), count(*) FILTER (class = 'probable'), "
            f"count(*) FILTER (class = 'risk'), ({places})[:{_PLACES}] "
            "FROM read_parquet(?, hive_partitioning = false) WHERE verdict = 'fail' GROUP BY rule_id ORDER BY rule_id",
            [str(findings)],
        ).fetchall()
    return [
        RuleFindings(rule, source, definite, probable, risk, tuple(where or ()))
        for rule, definite, probable, risk, where in rows
    ]
