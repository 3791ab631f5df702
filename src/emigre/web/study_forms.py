"""Forms of the commands besides run and compare: forecast, hindcast, fit, sensitivity, explain.

Each form is a list of fields, and each field is an option of the command. The form is checked here
and becomes the arguments of the command; empty fields take its defaults.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from emigre import schema
from emigre.calendar import parse_date
from emigre.errors import Mistake, refuse
from emigre.evaluation.key_results import days
from emigre.results.run_info import RunInfo
from emigre.results.text import words
from emigre.scenario.library import MOST_LETTERS
from emigre.scenario.model import Scenario
from emigre.scenario.parsers import as_number, quoted
from emigre.studies.folders import EXPLAINED
from emigre.web.draft_variant import LIMITS
from emigre.web.jobs import Job, JobStore
from emigre.web.scenario_cache import LoadedScenario
from emigre.web.workspace import Workspace

_LONGEST = 1_000
"""Most characters of a value."""
_SPAN = re.compile(r"[1-9]\d{0,3}[dw]")
_ANY_DAYS = (date.min, date.max - timedelta(days=1))
CLAIM_DEFAULTS = {"wording": "rounded", "per": "period"}
WORLDS = 3
"""Worlds with an unannounced decision that a forecast may have."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form; ``choices`` maps values to labels, ``is_technical`` collapses it.

    ``kind`` is day, span (30d, 4w), whole, share, choice or row (a combination of fields); a day
    lies between ``days``.
    """

    name: str
    label: str
    kind: str
    default: str = ""
    choices: Mapping[str, str] | None = None
    is_required: bool = False
    is_technical: bool = False
    days: tuple[date, date] = (date.min, date.max)
    value: str = ""
    wrong: Mistake | None = None

    def mistake(self) -> Mistake | None:
        """The mistake in its value, or None."""
        expected = ""
        if not self.value:
            expected = "a value" if self.is_required else ""
        elif self.kind == "day":
            first, last = self.days
            try:
                is_inside = first <= parse_date(self.value) <= last
                expected = "" if is_inside else f"a date from {first} to {last}"
            except ValueError as error:
                expected = str(error)
        elif self.kind == "span":
            expected = "" if _SPAN.fullmatch(self.value) else "days or weeks, such as 30d or 4w"
        elif self.kind == "whole":
            low, high = LIMITS.get(self.name, (1, 10_000))
            is_right = re.fullmatch(r"\d{1,16}", self.value, re.ASCII)
            if not (is_right and low <= int(self.value) <= high):
                expected = f"a whole number from {low:,} to {high:,}"
        elif self.kind == "share":
            number = as_number(self.value)
            expected = "" if number is not None and 0 < number < 1 else "a number between 0 and 1"
        elif self.value not in (self.choices or {}):
            expected = "one of the choices"
        found = quoted(self.value) if self.value else "nothing"
        return Mistake(f"--{self.name}", found, expected) if expected else None


@dataclass(frozen=True, slots=True)
class Study:
    """A command and its texts at the desk."""

    kind: str
    title: str
    about: str
    button: str


STUDIES = {
    study.kind: study
    for study in (
        Study(
            "forecast",
            "Forecast",
            "Forecasts the coming days from the counts known on a given day, with the rules "
            "announced by then. To include a decision that has not been announced, add a world: "
            "a variant and its probability.",
            "Make the forecast",
        ),
        Study(
            "hindcast",
            "Track record",
            "Makes forecasts from past days, each with only what was known on that day, and scores "
            "them against later counts and against baselines such as “as many as yesterday”.",
            "Score past forecasts",
        ),
        Study(
            "fit",
            "Fit to counts",
            "Estimates the uncertain parameters so that the simulation reproduces the published "
            "counts marked fit.",
            "Fit",
        ),
        Study(
            "sensitivity",
            "What matters",
            "Ranks the uncertain assumptions by their effect on one number.",
            "Rank the assumptions",
        ),
        Study(
            "explain",
            "Explain a difference",
            "Attributes the difference between two scenarios or runs to the changes behind it.",
            "Explain",
        ),
    )
}
_SIZE = (
    FormField("runs", "runs", "whole", is_technical=True),
    FormField("scale", "people per simulated person", "whole", is_technical=True),
    FormField("seed", "seed", "whole", "1", is_technical=True),
)


def form(
    kind: str,
    loaded: LoadedScenario,
    workspace: Workspace,
    given: Mapping[str, str],
    *,
    is_sent: bool = False,
) -> list[FormField]:
    """The fields of a form with their values; with mistakes if the form was submitted."""
    values = {name: text.strip()[:_LONGEST] for name, text in given.items()}
    fields = [replace(q, value=values.get(q.name, "")) for q in _fields(kind, loaded, workspace)]
    if not is_sent and not any(q.value for q in fields):
        return fields
    fields = [replace(q, wrong=q.mistake()) for q in fields]
    right = {q.name: q for q in fields if q.value and q.wrong is None}
    return [replace(q, wrong=q.wrong or _does_not_fit(q, right)) for q in fields]


def _does_not_fit(field: FormField, given: Mapping[str, FormField]) -> Mistake | None:
    """The mistake of a field that contradicts others: a world, or an end before its start."""
    stem, _, number = field.name.partition("-")
    if stem in ("world", "chance"):
        return _world_mistake(field, number, given)
    if field.name != "to" or not {"from", "to"} <= given.keys():
        return None
    first = given["from"]
    earliest = parse_date(first.value) + (field.days[0] - first.days[0])
    if parse_date(field.value) >= earliest:
        return None
    return Mistake("--to", quoted(field.value), f"a date on or after {earliest}")


def _world_mistake(field: FormField, number: str, given: Mapping[str, FormField]) -> Mistake | None:
    """The mistake of an incomplete or repeated world, or of probabilities above 1 in sum."""
    world, chance = f"world-{number}", f"chance-{number}"
    found, expected = "nothing", ""
    worlds = [q for q in given.values() if q.name.startswith(("world-", "chance-"))]
    so_far = [q for q in worlds if q.name[-1] <= number]
    start_from = given["variant"].value if "variant" in given else ""
    total = sum(as_number(q.value) or 0.0 for q in so_far if q.kind == "share")
    if field.name == chance and world in given and not field.value:
        expected = "the probability of this world, such as 0.3"
    elif field.name == world and chance in given and not field.value:
        expected = "the decision that has this probability"
    elif field.name == world and field.value and field.value == start_from:
        found, expected = quoted(field.value), "a decision other than the one to start from"
    elif field.name == world and [q.value for q in so_far].count(field.value) > 1 and field.value:
        found, expected = quoted(field.value), "every decision once"
    elif field.name == chance and field.value and total > 1.0:
        found, expected = f"{total:g} in all", "probabilities of at most 1 in all"
    return Mistake(f"--{field.name}", found, expected) if expected else None


def _fields(kind: str, loaded: LoadedScenario, workspace: Workspace) -> Iterable[FormField]:
    variants = {"": "the unchanged scenario"}
    variants |= {name: variant.title for name, variant in loaded.texts.variants.items()}
    variants |= {str(path): name for name, path in workspace.variants(loaded.name).items()}
    start_from = FormField("variant", "start from", "choice", choices=variants)
    if kind == "forecast":
        return _forecast(loaded.base, start_from)
    if kind == "hindcast":
        return _hindcast(loaded.base, start_from)
    if kind == "fit":
        return _fit(loaded.base)
    if kind == "sensitivity":
        trajectories = FormField("trajectories", "trajectories", "whole", "10", is_technical=True)
        days = loaded.base.start, loaded.base.end
        return [start_from, *_number(loaded, days), trajectories, *_SIZE]
    # Two runs may have other days than the scenario.
    return [*_sides(loaded, workspace, variants), *_number(loaded, _ANY_DAYS), *_SIZE]


def _forecast(base: Scenario, start_from: FormField) -> Iterable[FormField]:
    yield FormField("as-of", "as known on", "day", "the last count", days=_origins(base))
    yield FormField("horizon", "days ahead", "span", "30d")
    yield start_from
    decisions = {**(start_from.choices or {}), "": "–"}
    for n in range(1, WORLDS + 1):
        yield FormField(f"world-{n}", f"world {n}", "choice", choices=decisions)
        yield FormField(f"chance-{n}", "probability", "share", "such as 0.3")
    yield from (replace(q, default="40") if q.name == "runs" else q for q in _SIZE)


def _hindcast(base: Scenario, start_from: FormField) -> Iterable[FormField]:
    origins = _origins(base)
    for name, label, day in (("from", "first", base.start), ("to", "last", base.end)):
        label = f"{label} forecast made on"
        yield FormField(name, label, "day", str(day), is_required=True, days=origins)
    yield FormField("every", "a forecast every", "span", "7d")
    yield FormField("horizon", "days ahead", "span", "14d")
    yield start_from
    yield from _SIZE


def _origins(base: Scenario) -> tuple[date, date]:
    """The first and last day from which days of a scenario can be forecast."""
    return base.start, max(base.start, base.end - timedelta(days=1))


def _fit(base: Scenario) -> Iterable[FormField]:
    yield FormField("end", "last day", "day", str(base.end), days=(base.start, base.end))
    yield FormField("size", "draws", "whole", "300", is_technical=True)
    yield FormField("steps", "steps", "whole", "4", is_technical=True)
    yield FormField("checks", "draws simulated as a check", "whole", "100", is_technical=True)
    yield from _SIZE[1:]


def _number(loaded: LoadedScenario, days: tuple[date, date]) -> Iterable[FormField]:
    """The fields of the number that is explained or ranked: measure, place, days."""
    yield FormField("measure", "measure", "choice", choices=measure_titles(), is_required=True)
    places = {"*": "everywhere"} | _places(loaded)
    yield FormField("place", "place", "choice", "*", places)
    base, one = loaded.base, timedelta(days=1)
    first, last = days
    yield FormField("from", "first day", "day", str(base.start), days=days)
    after = str(base.end + one)
    yield FormField("to", "end date (exclusive)", "day", after, days=(first + one, last + one))


def _sides(
    loaded: LoadedScenario, workspace: Workspace, variants: Mapping[str, str]
) -> Iterable[FormField]:
    here = workspace.argument(loaded.name)
    sides = {f"{here}:{name}" if name else here: title for name, title in variants.items()}
    results = workspace.results()
    runs = {str(workspace.runs / r.name): f"{r.name}: {r.what}" for r in results if r.kind == "run"}
    for name, label in (("a", "between"), ("b", "and")):
        yield FormField(name, label, "choice", choices=sides | runs, is_required=True)


def claim(info: RunInfo) -> Iterable[FormField]:
    """The fields that describe a figure to check against a run."""
    columns = schema.columns("claims")
    yield FormField("measure", "measure", "choice", choices=measure_titles(), is_required=True)
    yield FormField("place", "place", "choice", choices=info.places, is_required=True)
    yield FormField("from", "first day", "day", str(info.start), is_required=True)
    after = str(info.end + timedelta(days=1))
    yield FormField("to", "end date (exclusive)", "day", after, is_required=True)
    yield FormField("value", "figure", "number", "such as 5000")
    yield FormField("low", "or between", "number")
    yield FormField("high", "and", "number")
    for name, label in (("wording", "wording"), ("per", "figure per")):
        choices = {c: words(c) for c in columns[name].choices}
        yield FormField(name, label, "choice", CLAIM_DEFAULTS[name], choices)


def measure_titles() -> dict[str, str]:
    """Titles of all measures by name."""
    return {name: measure.title for name, measure in schema.measures().items()}


def _places(loaded: LoadedScenario) -> dict[str, str]:
    table = loaded.base.tables["places"]
    return dict(zip(table["id"], table["name"], strict=True))


def job(
    kind: str,
    loaded: LoadedScenario,
    workspace: Workspace,
    fields: list[FormField],
    taken: set[str],
) -> Job:
    """The job of a form; InputError with every mistake in it."""
    mistakes = [q.wrong for q in fields if q.wrong is not None]
    refuse(mistakes)
    given = {q.name: q.value for q in fields if q.value}
    out = workspace.free_folder(f"{loaded.name[:MOST_LETTERS]}-{kind}", taken)
    first = [given["a"], given["b"]] if kind == "explain" else [workspace.argument(loaded.name)]
    target = out / EXPLAINED if kind == "explain" else out
    return Job(
        id=JobStore.new_id(),
        kind=kind,  # type: ignore[arg-type]
        scenario=loaded.name,
        title=_title(kind, fields),
        args=(kind, *first, *_options(given), "--out", str(target)),
        out=str(out),
        name=out.relative_to(workspace.runs).as_posix(),
        query=urlencode(given),
        base=loaded.base.hash,
        created=datetime.now(UTC),
    )


def _options(given: Mapping[str, str]) -> Iterable[str]:
    for name, value in given.items():
        stem, _, number = name.partition("-")
        if stem == "world":
            yield from ("--world", f"{value}={given[f'chance-{number}']}")
        elif stem != "chance" and name not in ("a", "b"):
            yield from (f"--{name}", value)


def _shown(field: FormField) -> str:
    """The value of a field as text."""
    if field.kind == "day":
        return days(parse_date(field.value))
    return Path((field.choices or {}).get(field.value, field.value)).name


def _title(kind: str, fields: list[FormField]) -> str:
    answers = [f"{q.label} {_shown(q)}" for q in fields if q.value and not q.is_technical]
    return ": ".join(part for part in (STUDIES[kind].title, ", ".join(answers)) if part)
