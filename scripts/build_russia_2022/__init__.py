"""Turn the evidence on Russia 2022 into the scenario folder `russia-2022`.

Run from the root of the project, where FOLDER holds policies.csv, flows.csv and world/:
``python -m scripts.build_russia_2022 --evidence FOLDER``.
Each table has a module; `levels.py`, `pressures.csv` and `rules.csv` contain the numbers that the
authors chose.
"""
