"""Forecast evaluation: scores, baselines and skill against published figures."""
