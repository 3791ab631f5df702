"""Fact-checking: public statements against a run and against published counts."""
