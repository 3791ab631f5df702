"""Turn the evidence on Ukraine 2022 into the scenario folder `ukraine-2022`.

Run `python -m scripts.build_ukraine_2022 --evidence FOLDER` at the root of the repository. The
tables are rewritten; scenario.toml, rules.csv, pressures.csv, claims.csv,
NOTES.md and variants/ are written by hand.
"""
