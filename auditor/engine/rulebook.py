"""The generic rules of reasoning, as engine rules. Authored rules are data to them: candidates, hops, known
lines.

A *proposition* is a small integer that stands, within one session, for "this line is not payable (at this
level)" or the like; `holds` says that it is true. "All of these hold" is a chain of hops: one is walked
when its start is reached and its proposition holds, and what waits at the chain's end follows. That needs
no negation and no counting, so nothing depends on the order of firing.
"""

from __future__ import annotations

from collections.abc import Mapping

from auditor.engine.cases import Verdict
from auditor.engine.compile import Emit, EngineRule, Kind, Pattern, Ref, RuleBook

WAITS_FOR_NOTHING, WAITS_FOR_BLOCKER, WAITS_FOR_CHAIN = 0, 1, 2
WHEN_COUNTED, BLOCKED_WHEN_COUNTED = 2, 3
"""Of a visit that only its chain brings down: `lifted` or `set_aside` that count no sooner, and its blocker's fall."""

CANDIDATE = Kind("candidate", ("cand", "lifted", "set_aside", "waits", "on", "gone", "flagged"))
"""A candidate. `waits`: what its fail depends on; `on`: the blocking proposition or its chain's end; `gone`
and `flagged`: propositions that its fail makes true (its line is not payable, is flagged), 0 where unread."""
HOP = Kind("hop", ("at", "then", "what"))
WAVERS = Kind("wavers", ("end", "goal"))
"""The findings numbered `goal` need a record when the chain is walked to its end."""
CERTAIN = Kind("certain", ("end", "cand", "gone"))
"""The failing candidate is claims-evident when the chain is walked to its end."""
HOLDS = Kind("holds", ("what",))
REACHED = Kind("reached", ("at",))
VERDICT = Kind("verdict", ("cand", "verdict"))
STANDS = Kind("stands", ("end", "what"))
"""The proposition holds when the chain is walked to its end."""
SURE = Kind("sure", ("end", "cand"))
"""The visit falls in both readings of what came before it when the chain is walked to its end."""
DEMOTED = Kind("demoted", ("goal",))
DEFINITE = Kind("definite", ("cand",))
BOTH = Kind("both", ("cand",))

_STANDS = {"lifted": 0, "set_aside": 0}


def _verdict(verdict: Verdict) -> Emit:
    return Emit("verdict", {"cand": Ref("candidate", "cand"), "verdict": int(verdict)})


def _holds(alias: str, name: str) -> Emit:
    return Emit("holds", {"what": Ref(alias, name)}, unless_zero="what")


_FAILS = (_verdict(Verdict.FAIL), _holds("candidate", "gone"), _holds("candidate", "flagged"))


def _counted(name: str, has: Mapping[str, int], verdict: Verdict) -> EngineRule:
    """A visit that is one too many, and what speaks for it all the same."""
    waits = {**has, "waits": WAITS_FOR_CHAIN}
    candidate = Pattern("candidate", "candidate", waits, {"on": Ref("reached", "at")})
    return EngineRule(name, (Pattern("reached", "reached"), candidate), (_verdict(verdict),))


RULE_BOOK = RuleBook(
    given=(CANDIDATE, HOP, WAVERS, CERTAIN, STANDS, SURE),
    derived=(HOLDS, REACHED),
    conclusions=(VERDICT, DEMOTED, DEFINITE, BOTH),
    rules=(
        EngineRule(
            "a_modifier_lifts_it",
            (Pattern("candidate", "candidate", {"lifted": 1}),),
            (_verdict(Verdict.BYPASSED),),
        ),
        EngineRule(
            "an_override_sets_it_aside",
            (Pattern("candidate", "candidate", {"lifted": 0, "set_aside": 1}),),
            (_verdict(Verdict.SUPPRESSED),),
        ),
        EngineRule(
            "its_blocker_is_not_payable",
            (
                Pattern("blocker", "holds"),
                Pattern(
                    "candidate",
                    "candidate",
                    {**_STANDS, "waits": WAITS_FOR_BLOCKER},
                    {"on": Ref("blocker", "what")},
                ),
            ),
            (_verdict(Verdict.MOOT),),
        ),
        EngineRule(
            "nothing_speaks_for_it",
            (Pattern("candidate", "candidate", {**_STANDS, "waits": WAITS_FOR_NOTHING}),),
            _FAILS,
        ),
        EngineRule(
            "a_hop_is_walked",
            (
                Pattern("reached", "reached"),
                Pattern("hop", "hop", joins={"at": Ref("reached", "at")}),
                Pattern("fallen", "holds", joins={"what": Ref("hop", "what")}),
            ),
            (Emit("reached", {"at": Ref("hop", "then")}),),
        ),
        EngineRule(
            "all_it_hangs_on_has_fallen",
            (
                Pattern("reached", "reached"),
                Pattern(
                    "candidate",
                    "candidate",
                    {**_STANDS, "waits": WAITS_FOR_CHAIN},
                    {"on": Ref("reached", "at")},
                ),
            ),
            _FAILS,
        ),
        _counted("one_too_many_but_lifted", {"lifted": WHEN_COUNTED}, Verdict.BYPASSED),
        _counted("one_too_many_but_set_aside", {"lifted": 0, "set_aside": WHEN_COUNTED}, Verdict.SUPPRESSED),
        _counted("one_too_many_but_moot", {"lifted": 0, "set_aside": BLOCKED_WHEN_COUNTED}, Verdict.MOOT),
        EngineRule(
            "what_the_chain_makes_true",
            (
                Pattern("reached", "reached"),
                Pattern("stands", "stands", joins={"end": Ref("reached", "at")}),
            ),
            (_holds("stands", "what"),),
        ),
        EngineRule(
            "it_falls_in_both_readings",
            (
                Pattern("reached", "reached"),
                Pattern("sure", "sure", joins={"end": Ref("reached", "at")}),
            ),
            (Emit("both", {"cand": Ref("sure", "cand")}),),
        ),
        EngineRule(
            "all_partners_fall",
            (
                Pattern("reached", "reached"),
                Pattern("wavers", "wavers", joins={"end": Ref("reached", "at")}),
            ),
            (Emit("demoted", {"goal": Ref("wavers", "goal")}),),
        ),
        EngineRule(
            "all_it_hangs_on_is_claims_evident",
            (
                Pattern("reached", "reached"),
                Pattern("certain", "certain", joins={"end": Ref("reached", "at")}),
            ),
            (Emit("definite", {"cand": Ref("certain", "cand")}), _holds("certain", "gone")),
        ),
    ),
)
