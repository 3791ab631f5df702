"""Turns the evidence on Russia 2022 into the scenario folder `russia-2022`.

Run from the root of the project, where FOLDER holds policies.csv, flows.csv and world/:
``python -m scripts.build_russia_2022 --evidence FOLDER``.
One module for each table; `levels.py`, `pressures.csv` and `rules.csv` hold the numbers that are
ours to choose.
"""
