"""The description of a scenario and its model: ODD protocol (2020) and model card, as Markdown.

The text common to all scenarios is templates/model.md (published as docs/model.md); equations come
from the docstrings of the processes; parameters, measures and rule kinds from the schema;
everything else is counted from the scenario. Each fact has a single source, so the description
cannot drift.

ODD: Grimm et al. 2020, Journal of Artificial Societies and Social Simulation 23(2) 7. Model cards:
Mitchell et al. 2019, doi:10.1145/3287560.3287596.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from importlib.resources import files
from os import PathLike
from pathlib import Path

import polars as pl

from emigre import schema
from emigre.evaluation.key_results import days, period
from emigre.results.output_dir import refuse_taken_file, write_whole
from emigre.results.text import counted
from emigre.scenario.library import POSTERIOR_INFO
from emigre.scenario.loader import load
from emigre.scenario.model import ParameterRecord, Scenario
from emigre.version import VERSION

SUBMODELS = (
    "processes/route_choice.py",
    "processes/access.py",
    "processes/departures.py",
    "processes/decisions.py",
    "processes/journeys.py",
    "processes/border_checks.py",
    "processes/admission.py",
    "processes/households.py",
    "processes/queue.py",
    "processes/legal_status.py",
    "processes/livelihood.py",
    "processes/arrivals.py",
    "processes/onward_return.py",
    "processes/initial_stock.py",
    "engine/pressures.py",
    "rules/timeline.py",
    "geography/routes.py",
    "scenario/population.py",
    "numerics/random.py",
)
"""Modules whose docstrings hold the equations: in the order of a day, then their foundations."""

_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]+\)")


def describe(scenario: Scenario | str | PathLike[str]) -> str:
    """Describe a scenario and the model: a model card and the ODD protocol.

    Parameters
    ----------
    scenario : Scenario, str or path
        Scenario, its name or folder.

    Returns
    -------
    str
        The description as Markdown.

    Raises
    ------
    InputError
        If the scenario is invalid.
    """
    scenario = load(scenario)
    model = _model()
    parts = [
        f"# {scenario.title}: scenario and model",
        f"Made by Emigre {VERSION} from the scenario `{scenario.id}` (hash `{scenario.hash}`) and "
        "from the code itself.",
        *_statement(scenario),
        "# Overview, design concepts and details (ODD)",
        "After Grimm et al. 2020, *Journal of Artificial Societies and Social Simulation* 23(2) 7.",
    ]
    for heading, text in model:
        added = _ADDITIONS.get(heading.partition(".")[0])
        parts += [f"## {heading}", text, *(() if added is None else added(scenario))]
    parts += _card(scenario)
    return "\n\n".join(parts) + "\n"


def write(text: str, path: Path, *, force: bool = False) -> None:
    """Write a description; ResultsError if the file exists and ``force`` is not set."""
    refuse_taken_file(path, force=force, ending=".md")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text)


def docstring(path: str) -> str:
    """The docstring of a file of the package, read without importing it."""
    source = files("emigre").joinpath(*path.split("/")).read_text(encoding="utf-8")
    text = ast.get_docstring(ast.parse(source))
    assert text is not None, path
    return text


def _model() -> list[tuple[str, str]]:
    """Headings and texts of the model page, with relative links reduced to their text."""
    text = files(__package__).joinpath("templates", "model.md").read_text(encoding="utf-8")
    sections = _LINK.sub(r"\1", text).split("\n## ")[1:]
    return [(head.strip(), body.strip()) for head, _, body in (s.partition("\n") for s in sections)]


def _statement(scenario: Scenario) -> Iterator[str]:
    yield "## Purpose statement"
    yield scenario.purpose
    yield (
        "Made for preparedness, research and the checking of public claims: enough beds, staff and "
        "ways out, in time. Not to be used to select, profile, deter or track people, nor to "
        "support decisions about any single person. A published figure must state the purpose, "
        "the version and the scenario's hash, and that it is simulated."
    )


def _patterns(scenario: Scenario) -> Iterator[str]:
    rows = scenario.tables["observations"]
    if not rows.height:
        yield "This scenario has no published counts to be validated against."
        return
    yield f"Patterns of this scenario: {counted(rows.height, 'published figure')}."
    counts = rows.group_by("measure", maintain_order=True).agg(
        *((pl.col("use") == use).sum().alias(use) for use in ("fit", "check", "context")),
        pl.col("from").min(),
        pl.col("to").max(),
    )
    yield _table(
        ("measure", "to fit", "to check", "context", "days"),
        (
            (f"`{r['measure']}`", r["fit"], r["check"], r["context"], period(r["from"], r["to"]))
            for r in counts.iter_rows(named=True)
        ),
    )


def _entities(scenario: Scenario) -> Iterator[str]:
    places = scenario.tables["places"]
    kinds = dict(places.group_by("kind", maintain_order=True).len().iter_rows())
    people = int(places["population"].fill_null(0).sum())
    plurals = {"country": "countries"}
    named = ", ".join(counted(n, kind, plurals.get(kind, "")) for kind, n in kinds.items())
    yield (
        f"In this scenario: {counted(places.height, 'place')} ({named}); {people:,} people in "
        f"{counted(scenario.tables['groups'].height, 'group')}; "
        f"{counted(scenario.tables['legs'].height, 'leg')}; {counted(scenario.n_days, 'day')}, "
        f"{days(scenario.start, scenario.end)}, in the zone "
        f"{scenario.zone}; one party stands for {scenario.scale} unless a run says otherwise."
    )


def _day(_: Scenario) -> Iterator[str]:
    yield "The order of a day, from the code:"
    yield _code(docstring("engine/day.py"))


def _start(scenario: Scenario) -> Iterator[str]:
    abroad = int(scenario.tables["diaspora"]["persons"].sum())
    margins = scenario.tables["composition"].height
    yield (
        f"In this scenario: the composition of single origins differs from the country's in "
        f"{counted(margins, 'row')}; {abroad:,} people of the origin are settled abroad."
    )


def _inputs(scenario: Scenario) -> Iterator[str]:
    kinds = ("official", "reported", "estimate")
    rows = []
    for name, frame in scenario.tables.items():
        if frame.height:
            has_basis = "basis" in frame.columns
            basis = ((frame["basis"] == kind).sum() if has_basis else None for kind in kinds)
            rows.append((f"`{name}`", frame.height, *basis))
    yield _table(("table", "rows", *kinds), rows)
    rules = scenario.tables["rules"].group_by("kind").len().sort("kind")
    if rules.height:
        known = schema.rule_kinds()
        yield "Rules of this scenario by kind:"
        yield _table(
            ("kind", "rows", "what it does"),
            ((f"`{kind}`", n, known[kind].description) for kind, n in rules.iter_rows()),
        )
    pressures = scenario.tables["pressures"]
    if pressures.height:
        columns = ("id", "kind", "onset", "leaving", "returning", "basis", "note")
        yield "Pressures of this scenario (weights are log hazards at full strength):"
        yield _table(columns, pressures.select(columns).iter_rows())


def _submodels(scenario: Scenario) -> Iterator[str]:
    for path in SUBMODELS:
        yield f"### {Path(path).stem}"
        yield f"`{path}`"
        yield _code(docstring(path))
    yield "### Parameters"
    yield (
        "Values are those of this scenario, or defaults where it sets none. The range is what is "
        "considered plausible; bounds and sources of defaults are in the reference."
    )
    heads = ("name", "value", "plausible", "unit", "meaning", "basis or source", "note")
    yield _table(heads, _parameters(scenario))


def _parameters(scenario: Scenario) -> Iterator[tuple[str, ...]]:
    records = {record.name: record for record in scenario.parameter_notes}
    for name in {**schema.parameters(), **scenario.parameters}:
        spec = schema.parameter(name)
        value = scenario.parameters.get(name, spec.default if spec else 0.0)
        record = records.get(name, ParameterRecord(name, value))
        unit, meaning, source = (
            (spec.unit, spec.description, spec.source)
            if spec
            else ("", "Of the scenario's own pressures or tables.", "")
        )
        basis = record.basis or source
        yield (f"`{name}`", _number(value), _range(record), unit, meaning, basis, record.note)


def _range(record: ParameterRecord) -> str:
    if record.low is None or record.high is None:
        return ""
    prior = f", {record.prior}" if record.prior else ""
    return f"{_number(record.low)} to {_number(record.high)}{prior}"


_ADDITIONS = {
    "1": _patterns,
    "2": _entities,
    "3": _day,
    "5": _start,
    "6": _inputs,
    "7": _submodels,
}
"""What a scenario adds to a section of the protocol, by its number."""


def _card(scenario: Scenario) -> Iterator[str]:
    """A model card: details, use, factors, metrics, data, considerations."""
    observations = scenario.tables["observations"]
    uses = {use: int((observations["use"] == use).sum()) for use in ("fit", "check", "context")}
    withheld = "none" if not scenario.small_count else f"below {scenario.small_count} persons"
    yield "# Model card"
    yield "After Mitchell et al. 2019, doi:10.1145/3287560.3287596."
    for name, text in (
        ("Model", f"Emigre {VERSION}, an agent-based simulation; scenario `{scenario.id}`."),
        ("Licence", "Apache-2.0."),
        (
            "Intended use",
            "Forecasts and what-if questions about passages, waiting, arrivals, status, need and "
            "return, as intervals over many runs, by people who can judge the scenario.",
        ),
        (
            "Out of scope",
            "Anything about single persons; selection, deterrence or tracking; figures given "
            "without their interval; adding counts of different kinds.",
        ),
        ("Factors", _factors(scenario)),
        (
            "Metrics",
            "Coverage of the 50 % and 90 % intervals, CRPS and WIS of published figures, and the "
            "same of baselines (as yesterday, as on the same weekday last week, mean of seven "
            "days).",
        ),
        (
            "Validation data",
            f"{counted(uses['check'], 'held-out published figure')}, marked check.",
        ),
        ("Calibration data", f"{counted(uses['fit'], 'published figure')} marked fit."),
        ("Calibration", _fitted(scenario)),
        ("Shown only", f"{counted(uses['context'], 'published figure')}, of something else."),
        (
            "Privacy",
            "No individual data as input; groups are categories; simulated counts withheld: "
            f"{withheld}.",
        ),
        (
            "Caveats",
            "Intervals do not show how wrong the model may be. What it leaves out is listed above.",
        ),
    ):
        yield f"**{name}.** {text}"


def _fitted(scenario: Scenario) -> str:
    """Whether the scenario ships a posterior of its parameters."""
    path = None if scenario.folder is None else scenario.folder / POSTERIOR_INFO
    if path is None or not path.is_file():
        return "None: parameters are set by hand, see the table above."
    posterior = json.loads(path.read_text(encoding="utf-8"))
    parameters, figures = (len(posterior[name]) for name in ("parameters", "figures"))
    return (
        f"{counted(parameters, 'parameter')} fitted to {counted(figures, 'figure')}; "
        "runs use their joint draws. Priors, errors and diagnostics are in posterior.json."
    )


def _factors(scenario: Scenario) -> str:
    groups = scenario.tables["groups"]
    known = [a for a in schema.attributes() if a in groups.columns and groups[a].n_unique() > 1]
    if not known:
        return "One kind of household."
    sizes = {name: counted(groups[name].n_unique(), "category", "categories") for name in known}
    return "; ".join(f"{name} ({size})" for name, size in sizes.items()) + "."


def _number(value: float) -> str:
    return f"{value:.10g}"


def _code(text: str) -> str:
    return f"```text\n{text}\n```"


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    names = list(head)
    lines = [_line(names), "|" + "---|" * len(names), *(_line(row) for row in rows)]
    return "\n".join(lines)


def _line(cells: Iterable[object]) -> str:
    texts = ("" if cell is None else str(cell) for cell in cells)
    return "| " + " | ".join(t.replace("|", "\\|").replace("\n", " ") for t in texts) + " |"
