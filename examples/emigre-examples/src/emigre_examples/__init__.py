"""One example of each extension of Emigre."""
