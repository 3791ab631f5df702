"""Policies with dates: who is meant, which rule wins, what holds at each instant."""
