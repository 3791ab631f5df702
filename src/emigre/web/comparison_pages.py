"""Pages of comparisons: quick looks, and runs side by side."""

from collections.abc import Mapping
from dataclasses import replace

from emigre.charts.figures import Figure, of_comparison
from emigre.charts.pairs import of_runs
from emigre.charts.series import ChartReader
from emigre.comparison.folder import CompareInfo, Comparison
from emigre.evaluation.key_results import days
from emigre.report import content, tables
from emigre.report.content import Answer, Page, Section
from emigre.report.words import joined
from emigre.results.folder import Results
from emigre.results.text import inside, words

_SIDE = ("main", "map", "arrived", "countries", "waits")
"""Figures shown side by side."""


def side_by_side(comparison: Comparison, alternative: str) -> Page:
    """Paired figures of the baseline and an alternative."""
    info = comparison.info
    chosen = next(a for a in info.alternatives if a.name == alternative)
    words = (
        f"The baseline first, then {chosen.title}; the two charts of a pair have the same scales. "
        "The tab Difference lists the effects."
    )
    asked = f"Side by side, {_days(info)}: the baseline, and {chosen.title}"
    runs = {"Baseline": comparison.baseline, "Changed": comparison.alternative(alternative)}
    return _page(comparison, asked, [Answer(chosen.title, [words])], _pairs(runs))


def runs_side_by_side(runs: Mapping[str, Results]) -> Page:
    """Figures of several runs of the same days side by side; runs are given by name."""
    info = next(iter(runs.values())).info
    return Page(
        title="Side by side",
        asked=f"{days(info.start, info.end)}: {joined(list(runs))}",
        purpose=info.purpose,
        answers=[Answer("", ["The charts of a row have the same scales."])],
        sections=_pairs(runs),
        stamp=content.Stamp.of(info),
        middle="",
    )


def _pairs(runs: Mapping[str, Results]) -> list[Section]:
    """The same figures of several runs, one section per figure."""
    rows = {figures[0].key: figures for figures in of_runs(*map(ChartReader, runs.values()))}
    first = [key for key in _SIDE if key in rows]
    sections = []
    for key in [*first, *(key for key in rows if key not in first)]:
        figures = [
            _named(figure, f"{key}-{i}", name, results)
            for i, (figure, (name, results)) in enumerate(zip(rows[key], runs.items(), strict=True))
        ]
        sections.append(Section(f"pair-{key}", rows[key][0].title, "", figures))
    return sections


def _page(
    comparison: Comparison, asked: str, answers: list[Answer], sections: list[Section]
) -> Page:
    """A page of a comparison without trust panel and limitations."""
    title, base = comparison.info.title, comparison.baseline.info
    stamp = content.Stamp.of(base)
    return Page(title, asked, base.purpose, answers, sections, stamp, middle="")


def _days(info: CompareInfo) -> str:
    known = "" if info.as_of is None else f", as known on {days(info.as_of)}"
    return f"{days(info.start, info.end)}{known}"


def _named(figure: Figure, key: str, title: str, results: Results) -> Figure:
    """A figure with the name of its run, and cited as one of that run."""
    heading = f"{title}: {inside(figure.title)}"
    cited = {"cited": content.Stamp.of(results.info).cited}
    return replace(figure, key=key, title=heading, extra=figure.extra | cited)


def quick(comparison: Comparison) -> Page:
    """The effects of a quick look: table and difference charts."""
    info = comparison.info
    reader = ChartReader(comparison.baseline)
    figures = of_comparison(comparison, reader)
    sections = [
        Section(
            f"effects-{a.name}",
            a.title if len(info.alternatives) > 1 else "Effects by place",
            f"This alternative {words('; '.join(a.changes))}.",
            [f for f in figures if f.extra.get("alternative") == a.name],
            [tables.effects(comparison, a.name)],
        )
        for a in info.alternatives
    ]
    answers = content.effect_answers(comparison, reader)
    page = _page(comparison, f"A quick look, {_days(info)}", answers, sections)
    return replace(page, middle="Mean")
