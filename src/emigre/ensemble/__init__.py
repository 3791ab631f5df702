"""Ensembles: many parallel runs of one or several scenarios.

Runs differ only in their number; each is a function of (scenario, parameter draw, seed, run), so
results do not depend on the number of workers, the machine or interruptions.
"""
