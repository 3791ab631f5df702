"""Cost of simulating a country for a year, and its dependence on people who move and on population.

Russia one to one for 365 days; then the base rate of leaving is changed (movers), then the
population (with the rate turned the other way, so that the movers stay about the same).
"""

from measure import Cost, one_run

POPULATION = """
import dataclasses
import polars as pl
places = scenario.tables["places"].with_columns(
    (pl.col("population") * {factor}).round().cast(pl.Int64))
scenario = dataclasses.replace(scenario, tables=scenario.tables | {{"places": places}})
"""
BASE = "base_leaving_per_day"


def line(label: str, cost: Cost, reference: Cost) -> None:
    said, ground = cost.said, reference.said
    print(
        f"{label:28} {said['simulate']:8.2f} s  x{said['simulate'] / ground['simulate']:5.2f}   "
        f"movers x{said['departed'] / max(ground['departed'], 1):5.2f}   "
        f"people x{said['population'] / ground['population']:5.2f}   {cost.megabytes:7.0f} MB"
    )


def main() -> None:
    one_run()  # compiles, if need be
    whole = one_run()
    print(
        f"365 days one to one: {whole.said['simulate']:.2f} s simulated, "
        f"{whole.said['compile']:.2f} s prepared, {whole.seconds:.2f} s in all, "
        f"{whole.megabytes:.0f} MB, {whole.said['population']:,} people, "
        f"{whole.said['departed']:,} departures"
    )
    import emigre

    base = emigre.load("russia-2022").parameters[BASE]
    print("\nmore movers, same people")
    for factor in (0.25, 1.0, 4.0):
        line(f"rate x {factor}", one_run(settings=(f"{BASE}={base * factor:.10g}",)), whole)
    print("\nmore people, same rate / same movers (rate turned the other way)")
    for factor in (0.25, 1.0, 4.0):
        change = POPULATION.format(factor=factor)
        line(f"people x {factor}", one_run(change=change), whole)
        turned = (f"{BASE}={base / factor:.10g}",)
        line(f"people x {factor}, rate / {factor}", one_run(change=change, settings=turned), whole)


if __name__ == "__main__":
    main()
