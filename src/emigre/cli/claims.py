"""``emigre claims`` and ``emigre claim``: check public claims."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from emigre.cli import options
from emigre.cli.app import app, plain_errors, progress
from emigre.cli.options import Text, argument, day, number, option, path_argument, whole
from emigre.cli.printing import new_console

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
        _print_claims(findings, results)
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
        _print_claims(findings, results)


def _print_claims(findings: list[Finding], results: Results) -> None:
    """Print a block of lines for each claim: its cells are sentences, too long for a table."""
    from rich.table import Table
    from rich.text import Text

    from emigre.factcheck import verdict_text
    from emigre.results.intervals import MOST

    info = results.info
    console = new_console()
    title = f"{info.title}: claims, simulation (median and {MOST}) and published counts"
    console.print(Text(title, "bold"))
    for finding in findings:
        claim, quantity, figure, amount, verdict, counts = verdict_text.cells(finding, info)
        statement, *source = claim.splitlines()
        lines = {
            "said by": "".join(source),
            "quantity": ", ".join(quantity.splitlines()),
            "claimed": figure,
            "simulated": verdict if amount == "–" else f"{amount}: {verdict}",
            "published": counts,
        }
        block = Table.grid(padding=(0, 2, 0, 0))
        for name, text in lines.items():
            if text not in ("", "–"):
                block.add_row(f"  {name}", text)
        console.print("", statement, block, sep="\n")
    console.print()
    for line in verdict_text.remarks(findings, info):
        console.print(line)
