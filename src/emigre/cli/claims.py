"""``emigre claims`` and ``emigre claim``: check public claims."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from emigre.cli import options
from emigre.cli.app import app, plain_errors, progress
from emigre.cli.options import Text, argument, day, number, option, path_argument, whole
from emigre.cli.printing import new_console, new_table, print_table

if TYPE_CHECKING:
    from emigre.factcheck.verdict import Finding
    from emigre.results.folder import Results


@app.command()
def claims(
    target: Annotated[
        str, argument("SCENARIO|RUN", f"{options.NAME_OR_FOLDER[:-1]}, or a run folder.")
    ],
    out: options.TableFile = None,
    scenario: Annotated[
        Text,
        option(
            "SCENARIO", "Scenario with the claims to check (runs only). Default: that of the run."
        ),
    ] = None,
    runs: Annotated[int | None, whole("Number of runs (scenarios only).")] = None,
    seed: Annotated[int | None, whole("Random seed (scenarios only).")] = None,
    scale: Annotated[int | None, whole("People per simulated person (scenarios only).")] = None,
    workers: Annotated[int | None, whole("Runs in parallel (scenarios only).")] = None,
    quiet: options.HideProgress = False,
    force: options.ForceTable = False,
) -> None:
    """Check public claims against the simulation and against published counts."""
    with plain_errors():
        import emigre
        from emigre.factcheck.claims_csv import is_run, of_run, of_scenario, write_csv
        from emigre.factcheck.verdict import judge
        from emigre.results.output_dir import refuse_taken_file

        if out is not None:
            refuse_taken_file(out, force=force, ending=".csv")
        given = {"--runs": runs, "--seed": seed, "--scale": scale, "--workers": workers}
        with progress(quiet) as bar:
            if is_run(target):
                results, stated = of_run(target, scenario, given)
            else:
                stated = of_scenario(target, scenario)
                results = emigre.run(  # deleted when the command ends
                    stated.scenario,
                    runs=runs,
                    seed=1 if seed is None else seed,
                    scale=scale,
                    by=stated.attribute,
                    workers=workers,
                    progress=bar,
                )
        findings = judge(results, stated.claims)
        if out is not None:
            write_csv(findings, results.info, out)
        _claims_table(findings, results)
        for note in stated.notes:
            print(note)
        if out is not None:
            print(f"Wrote {out}")


@app.command()
def claim(
    run: Annotated[Path, path_argument("RUN", "A run folder.")],
    measure: Annotated[str, option("MEASURE", "Measure to check.")],
    place: options.Place,
    from_: Annotated[str, day("Start date.", "--from")],
    to: Annotated[str, day("End date (exclusive).")],
    value: Annotated[float | None, number("Claimed figure.")] = None,
    low: Annotated[float | None, number("Lower end of a claimed range.")] = None,
    high: Annotated[float | None, number("Upper end of a claimed range.")] = None,
    wording: Annotated[
        str,
        option(
            "WORDING", "Precision of the figure: exactly, rounded, about, nearly, up_to, more_than."
        ),
    ] = "rounded",
    per: Annotated[
        str, option("period|day|year", "Total over the dates, daily mean, or annual rate.")
    ] = "period",
    counts: Annotated[
        Text, option("KIND", "Kind of count, such as people. Default: that of the measure.")
    ] = None,
) -> None:
    """Check a single figure against a run."""
    with plain_errors():
        import emigre
        from emigre.factcheck.own import own_claim
        from emigre.factcheck.verdict import judge
        from emigre.factcheck.verdict_text import answer

        results = emigre.read(run)
        own = own_claim(
            results.info,
            measure=measure,
            place=place,
            start=from_,
            end=to,
            value=value,
            low=low,
            high=high,
            wording=wording,
            per=per,
            counts=counts,
        )
        findings = judge(results, [own])
        new_console().print(answer(findings[0], results.info))
        _claims_table(findings, results)


def _claims_table(findings: list[Finding], results: Results) -> None:
    from emigre.factcheck import verdict_text
    from emigre.results.intervals import MOST

    info = results.info
    console = new_console()
    heads = ("claim", "quantity", "figure", f"median ({MOST})", "simulation", "published counts")
    title = f"{info.title}: claims, simulation and published counts"
    table = new_table(title, heads, left=len(heads))
    for finding in findings:
        table.add_row(*verdict_text.cells(finding, info), end_section=True)
    print_table(console, table)
    for line in verdict_text.remarks(findings, info):
        console.print(line)
