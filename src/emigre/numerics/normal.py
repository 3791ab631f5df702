"""Constants of the standard normal distribution."""

Q95 = 1.6448536269514722
"""95 % quantile."""
