"""Compare public claims with a run and with published counts.

A claim is read as a range. For a figure v the range follows from the wording:

    exactly  v                      nearly     0.9 v to v
    rounded  v +- min(u/2, 0.1 v)   up_to      0 to v + min(u/2, 0.1 v)
    about    0.9 v to 1.1 v         more_than  v and above

where u is the unit of the last digit that is not zero (8000: 1000). ``low`` and ``high`` replace
these ends. A direction is the range of ratios above (rises) or below 1 (falls). The 10 % tolerance
is a convention; ``low`` and ``high`` override it.

Against the simulation: the figure is computed in every run from the daily values (flows summed,
stocks and waits averaged over the days; ratios run by run, never of quantiles). The claim is
``consistent`` if its range overlaps the 90 % interval of the runs (for a value with the model's own
error, evaluation/model_error.py), or if at least 5 % of the runs lie in its range (with few runs
the interval excludes the extremes). A count withheld as small agrees with every figure up to the
scenario's ``small_count``. So consistent means not contradicted: a wide interval contradicts
little, and ``runs_inside`` is the number of runs within the claimed range. Otherwise it is ``not
consistent`` if the runs used draws of their uncertain parameters, and ``no verdict`` if all had the
same, because their interval then covers only simulation noise and is too narrow.

Against published counts: observations of the same measure and place, except context and those from
the claim's own source; official ones if there are any. Those of the same days take precedence (from
the lowest to the highest); else disjoint ones within the days are added up, which must cover all
days for a sum and half of them for a daily mean or a ratio. A count is the range that its error
leaves open (the column ``error``: rounded, approximate, a range). Ranges of a sum are added up end
by end, because counts of one source are often wrong in the same direction. Both verdicts are
reported, as they may differ.

``not comparable`` has a reason: opinions are not simulated; the model has no such measure; the
figure counts something else (passages are not people); the dates lie outside the run; the run
was not split by the attribute; too few persons for a ratio.

Reads run folders only: imports neither the engine nor the compiler.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emigre.evaluation.simulated import SeriesReader
from emigre.evaluation.vintages import current_figures
from emigre.factcheck.claim import COUNTED, Claim, NotComparableError, Range, counted_by
from emigre.factcheck.published import Published, by_published_counts, matches
from emigre.factcheck.runs import RunReader, Simulated, in_the_runs
from emigre.results.folder import Results

CONSISTENT, NOT_CONSISTENT, NOT_COMPARABLE = "consistent", "not consistent", "not comparable"
NO_VERDICT = "no verdict"
CHANCE_ALONE = "the interval covers only simulation noise"
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
    published: Published | None
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
