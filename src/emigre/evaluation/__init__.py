"""Simulated against published figures: scores, baselines, skill."""
