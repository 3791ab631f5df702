"""``emigre explain``: attribute a difference between two runs or scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from emigre.cli import options
from emigre.cli.app import app, open_pool, plain_errors, progress, say_warnings
from emigre.cli.options import Text, argument, day, flag, option, whole
from emigre.cli.printing import fitting, new_console, new_table, print_table

if TYPE_CHECKING:
    from emigre.attribution.explanation_text import Report

_SIDE = "Scenario, SCENARIO:VARIANT (SCENARIO:VARIANT+VARIANT for several), or run folder."
_BOTH = ("alone", "after\nothers")
"""Columns of changes that interact, shown where there is room."""


@app.command()
def explain(
    a: Annotated[str, argument("A", _SIDE)],
    b: Annotated[str, argument("B", "Compared with A; in the same form.")],
    measure: Annotated[str, option("MEASURE", "Measure to compare.")] = "departed",
    place: options.Place = "*",
    from_: Annotated[Text, day("Start date. Default: first common date.", "--from")] = None,
    to: Annotated[Text, day("End date (exclusive). Default: after the last common date.")] = None,
    runs: Annotated[int | None, whole("Number of runs per scenario.")] = None,
    seed: Annotated[int | None, whole("Random seed. Default: that of A if it is a run.")] = None,
    scale: options.Scale = None,
    draws: options.DrawsFile = None,
    orders: Annotated[int, whole("Pairs of orders to sample, with more than 6 changes.")] = 4,
    workers: options.Workers = None,
    processes: options.Processes = None,
    cluster: options.Cluster = None,
    each: Annotated[bool, flag("List every changed row instead of groups.", "--each")] = False,
    out: options.TableFile = None,
    quiet: options.HideProgress = False,
    force: options.ForceTable = False,
) -> None:
    """Attribute the difference between A and B to the changes that cause it."""
    with plain_errors():
        import emigre
        from emigre.attribution import explanation_table, explanation_text
        from emigre.results.intervals import interval_name
        from emigre.results.output_dir import refuse_taken_file

        if out is not None:
            refuse_taken_file(out, force=force, ending=".csv")
        with progress(quiet) as bar, open_pool(processes, cluster, workers, runs) as pool:
            explanation = emigre.explain(
                a,
                b,
                measure=measure,
                place=place,
                start=from_,
                end=to,
                runs=runs,
                seed=seed,
                scale=scale,
                draws=draws,
                pairs=orders,
                each=each,
                workers=workers,
                pool=pool,
                progress=bar,
            )
        say_warnings(quiet, *explanation.sides, scale=explanation.scale)
        if out is not None:
            explanation_table.write_csv(explanation, out)
        _page(explanation_text.report(explanation), interval_name(explanation.runs))
        if out is not None:
            print(f"Wrote {out}")


def _page(page: Report, interval: str) -> None:
    from rich.table import Table
    from rich.text import Text

    console = new_console()
    console.print(Text.assemble((page.title, "bold"), f": mean ({interval})" if page.sides else ""))
    if page.sides:
        sides = Table(box=None, show_header=False, pad_edge=False)
        for name, text in page.sides:
            sides.add_row(f"  {name}", text)
        console.print(sides)
    if page.lines:
        heads = ("change", "A → B", "contribution", interval, "share", "same\nsign", *_BOTH)
        columns = fitting(console, heads, _BOTH) if page.interplays else range(len(heads) - 2)
        table = new_table(None, [heads[i] for i in columns], left=2, widths=(16, 12))
        for line in (*page.lines, page.total):
            if line is page.total:
                table.add_section()
            numbers = line.part, line.interval, line.share, line.same_sign, line.alone, line.last
            cells = (line.what, line.change, *numbers)
            table.add_row(*(cells[i] for i in columns))
        print_table(console, table)
    for sentence in page.sentences:
        console.print(sentence)
