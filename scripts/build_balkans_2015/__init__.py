"""Turn the evidence on the Balkan route into the scenario folder `balkans-2015`.

Run `python -m scripts.build_balkans_2015 --evidence FOLDER` at the root of the repository. The
tables are rewritten; scenario.toml, rules.csv, claims.csv, NOTES.md and variants/ are written by
hand.
"""
