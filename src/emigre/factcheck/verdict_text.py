"""Text and table of claims and verdicts."""

import math
from collections.abc import Iterable
from typing import Any

import polars as pl

from emigre.evaluation.key_results import days, period, rounded, with_interval
from emigre.factcheck.claim import Claim, Range
from emigre.factcheck.published import PublishedFigure
from emigre.factcheck.runs import Simulated
from emigre.factcheck.verdict import (
    CHANCE_ALONE,
    CONSISTENT,
    NO_VERDICT,
    NOT_COMPARABLE,
    NOT_CONSISTENT,
    Finding,
)
from emigre.results.disclosure import label
from emigre.results.intervals import ENOUGH_RUNS, MOST, covered, interval_name
from emigre.results.labels import heading_of, title
from emigre.results.run_info import RunInfo
from emigre.results.scores_csv import plain
from emigre.results.text import capitalised, counted, significant, words

_TEXTS = (
    *("id", "seed_claim", "said_by", "said_on", "statement", "kind", "counts", "measure", "place"),
    *("place_name", "from", "to", "than", "per", "claimed", "claimed_low", "claimed_high"),
    *("q05", "q50", "q95", "runs", "runs_inside", "verdict", "reason"),
    *("published_low", "published_high", "published_basis", "published_ids"),
    *("published_verdict", "published_reason", "also_published", "source", "source_title", "note"),
)
COLUMNS = dict.fromkeys(_TEXTS, pl.String)
"""Columns of the table of claims, all strings, small counts withheld."""

_BEFORE = {"about": "about ", "nearly": "nearly ", "up_to": "up to ", "more_than": "more than "}
_NEAR = 0.005
"""Published counts whose ends differ by less than this share are one figure."""
_AFTER = {"period": "", "day": " a day", "year": " a year"}


def claimed(claim: Claim) -> str:
    """The stated figure, such as ``about 8,000 a day`` or ``rises``."""
    if claim.kind in ("rises", "falls"):
        return claim.kind
    if claim.range is None:
        return "no figure"
    ends = [end for end in (claim.low, claim.high) if end is not None]
    if len(ends) == 2:
        text = f"{_figure(ends[0], claim)} to {_figure(ends[1], claim)}"
    elif claim.value is not None:
        text = _BEFORE.get(claim.wording, "") + _figure(claim.value, claim)
    else:
        text = ("at least " if claim.low is not None else "at most ") + _figure(ends[0], claim)
    return text + _unit(claim)


def _figure(value: float, claim: Claim) -> str:
    return f"{100 * value if _is_percent(claim) else value:,.10g}"


def _is_percent(claim: Claim) -> bool:
    """A ratio: a percentage below 1, a factor above."""
    stated = claim.value if claim.value is not None else claim.high
    return claim.kind == "ratio" and stated is not None and stated < 1


def _unit(claim: Claim) -> str:
    if claim.kind != "value":
        return " %" if _is_percent(claim) else " times"
    if claim.counts == "opinions":
        return " %"
    hours = " hours" if claim.counts == "hours" else ""
    return hours + _AFTER[claim.per]


def about(claim: Claim, places: dict[str, str]) -> str:
    """Measure and place of the claim."""
    if claim.this is None:
        return "–"
    place = claim.this.place
    text = heading_of(claim.this.measure, place, places.get(place, place))
    if claim.attribute is not None:
        text += f" ({words(claim.attribute)}: {', '.join(claim.categories) or 'any'})"
    return text


def when(claim: Claim) -> str:
    """Days of the claim."""
    return "–" if claim.this is None else period(claim.this.start, claim.this.end)


def than(claim: Claim, places: dict[str, str]) -> str:
    """The reference of a comparison, empty for a plain value."""
    if claim.than_value is not None:
        return f"{claim.than_value:,.10g}" + _AFTER[claim.per]
    if claim.than is None or claim.this is None:
        return ""
    parts = []
    if claim.than.measure != claim.this.measure:
        parts.append(title(claim.than.measure))
    if claim.than.place != claim.this.place:
        parts.append(places.get(claim.than.place, claim.than.place))
    if (claim.than.start, claim.than.end) != (claim.this.start, claim.this.end):
        parts.append(period(claim.than.start, claim.than.end))
    return ", ".join(parts)


def simulated(claim: Claim, value: Simulated | None, small: int) -> str:
    """Rounded median and interval, such as ``7,900 (7,600 to 8,300)``."""
    if value is None:
        return "–"
    percent = _is_percent(claim)
    decimals = {"value": 1 if claim.counts == "hours" else 0}.get(claim.kind, 0 if percent else 2)
    if claim.counts == "share":
        decimals = 2
    q05, q50, q95 = (_shown(value, name, percent) for name in ("q05", "q50", "q95"))
    low, median, high = rounded(q05, q50, q95, small=small, decimals=decimals)
    if claim.kind == "value":
        return with_interval(low, median, high)
    # Without the model's own error, an interval of few runs is their range.
    of_runs = f"; {interval_name(value.runs)}" if value.runs < ENOUGH_RUNS else ""
    middle = median + _unit(claim)
    return middle if low == high else f"{middle} ({low} to {high}{of_runs})"


def _shown(simulated_value: Simulated, name: str, percent: bool) -> float | None:
    if name in simulated_value.withheld:
        return None
    value: float = getattr(simulated_value, name)
    return 100 * value if percent else value


def published(claim: Claim, count: PublishedFigure | None) -> str:
    """The published figure, with its range unless that is narrow: ``76,580 (72,900 to 80,400)``."""
    if count is None:
        return "–"
    factor = 100 if _is_percent(claim) else 1
    decimals = 2 if claim.kind != "value" and factor == 1 else 0
    ends = factor * count.range.low, factor * count.range.high
    low, _, high = rounded(ends[0], None, ends[1], decimals=decimals)
    text = low if low == high else f"{low} to {high}"
    figure = factor * (count.range.low if count.figure is None else count.figure)
    if 0 < ends[1] - ends[0] < _NEAR * ends[1]:
        text = f"about {significant(figure)}"
    elif low != high and count.figure is not None:
        text = f"{significant(figure)} ({text})"
    return text + (_unit(claim) if claim.kind != "value" else "")


def tally(findings: Iterable[Finding]) -> str:
    """Number of claims by verdict, as a sentence."""
    verdicts = [f.verdict for f in findings]
    kinds = [CONSISTENT, NOT_CONSISTENT, NOT_COMPARABLE]
    kinds += [NO_VERDICT] if NO_VERDICT in verdicts else []
    parts = [f"{verdicts.count(v)} {'without a verdict' if v == NO_VERDICT else v}" for v in kinds]
    return f"{counted(len(verdicts), 'claim')} compared with the simulation: {', '.join(parts)}."


def table(findings: Iterable[Finding], info: RunInfo) -> pl.DataFrame:
    """One row per claim; unrounded figures, small counts withheld."""
    return pl.DataFrame([_row(finding, info) for finding in findings], schema=COLUMNS)


def _row(finding: Finding, info: RunInfo) -> dict[str, str | None]:
    claim, runs, counts = finding.claim, finding.simulated, finding.published
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    copied = ("id", "seed_claim", "said_by", "said_on", "statement", "kind", "counts", "per")
    row |= {name: getattr(claim, name) for name in (*copied, "source", "source_title", "note")}
    if claim.this is not None:
        this = claim.this
        row |= {"measure": this.measure, "place": this.place, "from": this.start, "to": this.end}
        row["place_name"] = info.places.get(this.place, this.place)
    row |= {"than": than(claim, info.places), "claimed": claimed(claim)}
    row["claimed_low"], row["claimed_high"] = _ends(claim.range)
    if runs is not None:
        small = label(info.small_count)
        for name in ("q05", "q50", "q95"):
            row[name] = small if name in runs.withheld else plain(getattr(runs, name))
        row |= {"runs": runs.runs, "runs_inside": runs.inside}
    row |= {"verdict": finding.verdict, "reason": finding.reason}
    if counts is not None:
        row["published_low"], row["published_high"] = _ends(counts.range)
        row |= {"published_basis": counts.basis, "published_ids": "|".join(counts.ids)}
    row["published_verdict"] = finding.published_verdict
    row["published_reason"] = finding.published_reason
    row["also_published"] = "|".join(finding.also_published)
    return {name: None if cell in (None, "") else str(cell) for name, cell in row.items()}


def _ends(span: Range | None) -> tuple[str | None, str | None]:
    """Both ends as strings, empty without a bound."""
    if span is None:
        return None, None
    return plain(span.low), None if math.isinf(span.high) else plain(span.high)


def cells(finding: Finding, info: RunInfo, *, counts_runs: bool = True) -> tuple[str, ...]:
    """A row of the short table; ``counts_runs``: the verdict says how many runs agree."""
    claim = finding.claim
    said_on = days(claim.said_on) if claim.said_on else ""
    source = capitalised(", ".join(part for part in (claim.said_by, said_on) if part))
    compared = than(claim, info.places)
    subject = [about(claim, info.places), when(claim)] if claim.this is not None else ["–"]
    if compared:
        subject.append(f"against {compared}")
    counts = finding.published
    return (
        "\n".join(part for part in (claim.statement, source) if part),
        "\n".join(subject),
        claimed(claim),
        simulated(claim, finding.simulated, info.small_count),
        _runs_text(finding, counts_runs=counts_runs),
        f"{published(claim, counts)}, {counts.basis}: {finding.published_verdict}"
        if counts is not None
        else _without_counts(finding),
    )


def answer(finding: Finding, info: RunInfo) -> str:
    """The verdict on a claim in one or two sentences."""
    claim, counts, reason = finding.claim, finding.published, finding.reason
    if finding.simulated is not None:
        amount = simulated(claim, finding.simulated, info.small_count)
        reason = "; ".join(filter(None, (reason, f"{claimed(claim)} claimed, {amount} simulated")))
    link = "from" if finding.verdict == NO_VERDICT else "with"
    said = f"{capitalised(finding.verdict)} {link} the simulation: {reason}."
    if counts is not None:
        said += (
            f" {capitalised(finding.published_verdict)} with published counts: "
            f"{published(claim, counts)}, {counts.basis}."
        )
    return said


def _runs_text(finding: Finding, *, counts_runs: bool) -> str:
    if finding.simulated is None:
        return f"{finding.verdict}: {finding.reason}"
    runs, stated = finding.simulated, finding.claim.range
    remarks = [f"{runs.inside} of {counted(runs.runs, 'run')} inside"] if counts_runs else []
    reason = ""
    if finding.verdict != CONSISTENT and stated is not None:
        remarks.insert(0, "the claim is lower" if runs.q05 > stated.high else "the claim is higher")
        reason = f": {finding.reason}" if finding.reason else ""
    return f"{finding.verdict}{reason}" + (f" ({', '.join(remarks)})" if remarks else "")


def _without_counts(finding: Finding) -> str:
    """The published verdict, without a reason already given for the simulation."""
    if finding.published_reason == finding.reason:
        return "–"
    return f"{finding.published_verdict}: {finding.published_reason}"


def remarks(findings: Iterable[Finding], info: RunInfo) -> list[str]:
    """Notes below the table."""
    findings = list(findings)
    lines = [tally(findings)]
    if all(finding.verdict == NOT_COMPARABLE for finding in findings):
        return lines
    lines.append(
        f"Consistent: the claim and the {MOST} overlap, or at least 5 % of the runs agree with "
        "it, so the simulation does not contradict it."
    )
    if any(finding.reason == CHANCE_ALONE for finding in findings):
        lines.append(
            f"No verdict: {CHANCE_ALONE}, and the claim lies outside. Use a run with draws of "
            "parameters (ranges in scenario.toml, or emigre fit, then --draws)."
        )
    lines.append(covered(info))
    return lines
