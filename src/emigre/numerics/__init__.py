"""Numerical foundations: compiler, counter-based random numbers, cache directories."""
