"""Dated rules: matching to groups and places, precedence, and timelines."""
