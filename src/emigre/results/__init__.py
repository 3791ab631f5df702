"""Counts, tables, scores and run folders; neither engine nor compiler is needed here."""
