"""Forecasts and hindcasts."""
