"""Content of the report page, gathered from a folder before it is rendered as HTML."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from os import PathLike
from typing import Self

from emigre.charts.figures import Figure
from emigre.charts.figures import of_comparison as of_a_comparison
from emigre.charts.figures import of_run as of_a_run
from emigre.charts.series import ChartReader, Series
from emigre.comparison.folder import AlternativeInfo, Comparison
from emigre.evaluation.key_results import days, period
from emigre.evaluation.track_record import TrackRecord
from emigre.factcheck.claim import from_table
from emigre.report import tables
from emigre.report.key_figures import KeyFigure, key_figures
from emigre.report.reception import reception, spans_of
from emigre.report.tables import Table
from emigre.report.trust import Fact, facts, in_short, track_record
from emigre.report.words import RunText, effect_answer, joined, limits
from emigre.results.folder import Results
from emigre.results.output_dir import folder_given
from emigre.results.planning import MEASURES
from emigre.results.record import SimulationRecord
from emigre.results.text import counted, inside, words

_CHANGES = 6
"""Maximum number of listed changes of an alternative; compare.json has all of them."""
NUMBERS = ("value", "q05", "q25", "q75", "q95")


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A place in an answer: its number, an interval for the bar, and the basis of the number.

    ``low``, ``mid`` and ``high`` are positions between nobody and the largest upper end of the
    answer's rows, in per cent.
    """

    name: str
    amount: str
    low: float
    mid: float
    high: float
    note: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The key results as sentences, with a heading if there are several answers.

    ``rows`` follow the sentences, and ``notes`` are about the rows.
    """

    heading: str
    sentences: list[str]
    rows: list[AnswerRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Section:
    """Figures and tables under one heading; empty ones are left out."""

    id: str
    title: str
    intro: str
    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing under the heading."""
        return not (self.figures or self.tables)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Identity of the runs behind a page; names its downloads."""

    scenario: str
    hash: str
    seed: int
    runs: int
    small_count: int
    emigre: str = ""
    finished: datetime | None = None
    sample: int = 0
    """Values behind each interval; 0: the runs."""

    @classmethod
    def of(cls, info: SimulationRecord) -> Self:
        """The stamp of a run or forecast; for a comparison, of its baseline."""
        return cls(**{name: getattr(info, name) for name in cls.__slots__ if name != "sample"})

    @property
    def cited(self) -> str:
        """The source of a figure, as cited."""
        day = self.finished
        when = "" if day is None else f"; {days(day)}"
        return (
            f"Simulated with Emigre {self.emigre}, scenario {self.scenario} ({self.hash[:12]}), "
            f"{counted(self.runs, 'run')}, seed {self.seed}{when}"
        )

    @property
    def stem(self) -> str:
        """Prefix of the download names, such as ``tiny-1a2b3c4d-seed1``."""
        return f"{self.scenario}-{self.hash[:8]}-seed{self.seed}"


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on the page, in order."""

    title: str
    asked: str
    purpose: str
    answers: list[Answer]
    sections: list[Section]
    stamp: Stamp
    main: Figure | None = None
    trust: list[Fact] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    about: dict[str, str] = field(default_factory=dict)
    key_figures: list[KeyFigure] = field(default_factory=list)
    middle: str = "Median"
    """Name of the number before an interval in the answers; empty if they have no numbers."""
    in_short: list[str] = field(default_factory=list)
    """Reliability of the page, in a few plain lines."""

    @property
    def has_chart_first(self) -> bool:
        """Whether the main figure comes before the answers, because there are several."""
        return bool(self.key_figures) and len(self.answers) > 1

    @property
    def figures(self) -> list[Figure]:
        """All figures, the main one first."""
        first = [self.main] if self.main is not None else []
        return first + [figure for section in self.sections for figure in section.figures]


_INTROS = {
    "map": ("Map", ""),
    "ways": ("Border crossings", ""),
    "stay": (
        "Arrivals and legal status",
        "Arrivals, people present, and applications on file are three different counts and are "
        "never added up.",
    ),
    "need": ("People in need, trapped or returned", ""),
    "groups": ("By group", "Groups are categories, not individuals."),
    "published": (
        "Comparison with published counts",
        "Published figures are shown as their sources give them.",
    ),
}


def of_run(reader: ChartReader, figures: list[Figure]) -> Page:
    """The page of a run with these figures."""
    results = reader.results
    record = track_record(reader)
    text = RunText(reader)
    scores = {"published": tables.scores(results)}
    sections = [
        _section(
            key,
            title,
            scores.get(key),
            intro=intro,
            figures=[figure for figure in figures if figure.section == key],
        )
        for key, (title, intro) in _INTROS.items()
    ]
    sections.insert(1, _section("reception", "For reception services", reception(reader)))
    sections += _record_and_sources(reader, record)
    return Page(
        title=results.info.title,
        asked=text.asked(),
        purpose=results.info.purpose,
        answers=[Answer("", text.answer())],
        trust=facts(reader, record),
        main=next((figure for figure in figures if figure.section == "answer"), None),
        sections=[section for section in sections if not section.is_empty],
        limits=limits(reader),
        stamp=Stamp.of(results.info),
        about=_about(results),
        key_figures=key_figures(reader),
        in_short=in_short(results, record),
    )


def of_comparison(comparison: Comparison) -> Page:
    """The page of a comparison: effects first, then the baseline."""
    results = comparison.baseline
    reader = ChartReader(results)
    figures = of_a_comparison(comparison, reader)
    record = track_record(reader)
    info = comparison.info
    sections = [_alternative(comparison, a, figures) for a in info.alternatives]
    sections += [_baseline(reader), *_record_and_sources(reader, record)]
    titles = [f"“{a.title}”" for a in info.alternatives]
    return Page(
        title=info.title,
        asked=f"What would change with {joined(titles)}, {period(*info.period)}?",
        purpose=results.info.purpose,
        answers=effect_answers(comparison, reader),
        trust=facts(reader, record),
        main=_main_effect(comparison, figures),
        sections=[section for section in sections if not section.is_empty],
        limits=limits(reader, of_differences=True),
        stamp=Stamp.of(results.info),
        about=_about(results),
        middle="Mean",
        in_short=in_short(results, record),
    )


def effect_answers(comparison: Comparison, reader: ChartReader) -> list[Answer]:
    """The effects of each alternative in words."""
    alternatives = comparison.info.alternatives
    return [Answer(a.title, effect_answer(comparison, reader, a)) for a in alternatives]


def _main_effect(comparison: Comparison, figures: list[Figure]) -> Figure | None:
    """The first effect of the first alternative, titled with its name.

    It is the difference over time of those who set out, or where that is too small to draw,
    differences by place.
    """
    first = next((f for f in figures if f.key.startswith("effect-")), None)
    if first is None:
        return None
    name = {a.name: a.title for a in comparison.info.alternatives}[first.extra["alternative"]]
    separator = ", " if ": " in first.title else ": "
    return replace(first, title=f"{name}{separator}{inside(first.title)}")


def _section(
    key: str, title: str, table: Table | None, *, intro: str = "", figures: Iterable[Figure] = ()
) -> Section:
    """A section of figures and at most one table."""
    return Section(key, title, intro, list(figures), [] if table is None else [table])


def _alternative(
    comparison: Comparison, alternative: AlternativeInfo, figures: list[Figure]
) -> Section:
    name = alternative.name
    first = next((f.key for f in figures if f.key.startswith("effect-")), None)
    mine = [f for f in figures if f.extra.get("alternative") == name and f.key != first]
    several = _grouped(alternative.changes)
    more = len(several) - _CHANGES
    tail = f"; and {more} more" if more > 0 else ""
    changes = words("; ".join(several[:_CHANGES])) + tail
    return Section(
        f"effects-{name}",
        alternative.title,
        f"{alternative.note} This alternative {changes}.".strip(),
        mine,
        [tables.effects(comparison, name)],
    )


def _grouped(changes: Sequence[str]) -> list[str]:
    """Changes, with successive removals of one kind counted.

    >>> _grouped(["removes rule a", "removes rule b", "sets x to 1"])
    ['removes 2 rules', 'sets x to 1']
    """
    texts = []
    for kind, group in groupby(changes, lambda change: change.split(" ")[:2]):
        same = list(group)
        is_counted = len(same) > 1 and kind[0] == "removes"
        texts += [f"removes {counted(len(same), kind[1])}"] if is_counted else same
    return texts


def _baseline(reader: ChartReader) -> Section:
    shown = ("main", "map", "arrived", "published")
    by_key = {figure.key: figure for figure in of_a_run(reader)}
    return _section(
        "baseline",
        "The baseline",
        tables.scores(reader.results),
        intro=" ".join(RunText(reader).answer()),
        figures=[by_key[key] for key in shown if key in by_key],
    )


def _record_and_sources(reader: ChartReader, record: TrackRecord | None) -> list[Section]:
    return [
        _section("claims", "Public claims", tables.claims(reader)),
        _section("record", "Track record", tables.record_table(record)),
        _section("sources", "Sources", tables.sources(reader.scenario)),
    ]


def _about(results: Results) -> dict[str, str]:
    info = results.info
    return {
        "Scenario": f"{info.scenario}, {info.hash}",
        "Variants and settings": ", ".join(info.variants) or "none",
        **({"Additional steps of the day": ", ".join(info.steps)} if info.steps else {}),
        "Period": days(info.start, info.end),
        "Runs": f"{info.runs}, seed {info.seed}",
        "Scale": f"one simulated person for {counted(info.scale, 'person', 'people')}",
        "Emigre": info.emigre,
        "Finished": f"{days(info.finished)} {info.finished:%H:%M} UTC",
    }


def read(folder: str | PathLike[str]) -> Results | Comparison:
    """Read a run folder or a comparison folder; ResultsError if it is neither."""
    home = folder_given(folder, "run or comparison")
    if (home / "compare.json").is_file():
        return Comparison.read(home)
    return Results.read(home)


def of(results: Results | Comparison) -> Page:
    """The page of a run or of a comparison."""
    if isinstance(results, Comparison):
        return of_comparison(results)
    reader = ChartReader(results)
    return of_run(reader, list(of_a_run(reader, series(reader))))


def series(reader: ChartReader) -> list[Series]:
    """Series that the tables of a run's page need, to be read with those of its figures."""
    given = reader.scenario.tables
    observed = given["observations"].select("measure", "place").iter_rows()
    claims = from_table(given["claims"], given["sources"])
    stated = [(s.measure, s.place) for c in claims for s in (c.this, c.than) if s is not None]
    prepared = [
        (measure, place)
        for kind, measures in (MEASURES.items() if spans_of(reader) else ())
        for place in reader.largest(measures[0], kind)
        for measure in measures
    ]
    return [*observed, *stated, *prepared]
