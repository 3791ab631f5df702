"""Broken scenarios by the thousand: copies of shipped folders with mistakes as people make them.

mutants.py makes them, verdicts.py judges the result of one, campaign.py tries many.
From the root of the repository: ``python scripts/fuzz.py --mutants 20000``.
"""
