"""Fact-checking: public claims against a run and against published counts."""
