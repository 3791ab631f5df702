"""Thousands of broken scenarios: copies of shipped folders with mistakes that people make.

mutants.py makes them, verdicts.py judges the result of one, campaign.py tests many.
From the root of the repository: ``python scripts/fuzz.py --mutants 20000``.
"""
