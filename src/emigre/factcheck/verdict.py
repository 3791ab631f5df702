"""Compare public claims with a run and with published counts, as docs/how-to/check-a-claim.md says.

A claim is read as a range (:func:`~emigre.factcheck.claim.spread`). It is ``consistent`` with the
simulation if the range overlaps the 90 % interval of the runs (of a value: with the model's own
error, evaluation/model_error.py), or if at least 5 % of the runs lie in it, because with few runs
the interval excludes the extremes. A withheld count agrees with every figure up to ``small_count``.
Otherwise it is ``not consistent``, or has ``no verdict`` if all runs had the same parameters, or if
there are fewer than 20: the interval is then too narrow to contradict it. Ratios are computed run
by run, never from quantiles.

Reads run folders only: imports neither the engine nor the compiler.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emigre.evaluation.simulated import SeriesReader
from emigre.evaluation.vintages import current_figures
from emigre.factcheck.claim import COUNTED, Claim, NotComparableError, Range, counted_by
from emigre.factcheck.published import PublishedFigure, by_published_counts, matches
from emigre.factcheck.runs import RunReader, Simulated, in_the_runs
from emigre.results.folder import Results
from emigre.results.intervals import ENOUGH_RUNS

CONSISTENT, NOT_CONSISTENT, NOT_COMPARABLE = "consistent", "not consistent", "not comparable"
NO_VERDICT = "no verdict"
CHANCE_ALONE = "the interval covers only simulation noise"
TOO_FEW_RUNS = f"fewer than {ENOUGH_RUNS} runs contradict no claim"
_TAIL = 0.05
"""Share of the runs outside each end of the interval."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim with both verdicts, or the reason why there is none."""

    claim: Claim
    verdict: str
    reason: str
    simulated: Simulated | None
    published_verdict: str
    published_reason: str
    published: PublishedFigure | None
    also_published: tuple[str, ...]


def judge(
    results: Results, claims: Sequence[Claim], series: SeriesReader | None = None
) -> list[Finding]:
    """Compare every claim with the runs and with the run folder's observations."""
    reader = RunReader(results, claims, series)
    observations = list(current_figures(results.scores).iter_rows(named=True))
    return [_finding(reader, observations, claim) for claim in claims]


def _finding(reader: RunReader, observations: list[dict[str, Any]], claim: Claim) -> Finding:
    simulated, published = None, None
    reason = published_reason = _reason_not_comparable(claim)
    if not reason:
        try:
            simulated = in_the_runs(reader, claim)
        except NotComparableError as why:
            reason = str(why)
        try:
            published = by_published_counts(observations, claim)
        except NotComparableError as why:
            published_reason = str(why)
    verdict = NOT_COMPARABLE
    if simulated is not None:
        agrees = simulated.inside and simulated.inside >= _TAIL * simulated.runs
        interval = Range(simulated.q05, simulated.q95)
        verdict = CONSISTENT if agrees else _verdict(claim, interval)
    if verdict == NOT_CONSISTENT and reader.info.draws is None:
        verdict, reason = NO_VERDICT, CHANCE_ALONE
    elif verdict == NOT_CONSISTENT and simulated is not None and simulated.runs < ENOUGH_RUNS:
        verdict, reason = NO_VERDICT, TOO_FEW_RUNS
    return Finding(
        claim=claim,
        verdict=verdict,
        reason=reason,
        simulated=simulated,
        published_verdict=_verdict(claim, None if published is None else published.range),
        published_reason=published_reason,
        published=published,
        also_published=_others(observations, claim, () if published is None else published.ids),
    )


def _others(
    observations: list[dict[str, Any]], claim: Claim, used: tuple[str, ...]
) -> tuple[str, ...]:
    """Ids of further observations of the same figure, including context."""
    sides = [side for side in (claim.this, claim.than) if side is not None]
    return tuple(
        row["id"]
        for row in observations
        if row["id"] not in used and any(matches(row, side) for side in sides)
    )


def _verdict(claim: Claim, published: Range | None) -> str:
    if published is None or claim.range is None:
        return NOT_COMPARABLE
    return CONSISTENT if claim.range.meets(published) else NOT_CONSISTENT


def _reason_not_comparable(claim: Claim) -> str:
    """Why no run can answer a claim; empty if one can."""
    if claim.counts == "opinions":
        return "opinions are not simulated"
    if claim.this is None:
        return "the model has no such measure"
    if claim.range is None:
        return "no figure was stated"
    kinds = counted_by(claim.this.spec)
    if claim.counts not in kinds:
        meant = " or ".join(COUNTED[kind] for kind in kinds)
        return f"a count of {COUNTED[claim.counts]} is not a count of {meant}"
    return ""
