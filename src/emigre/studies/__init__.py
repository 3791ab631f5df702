"""Finished studies of every kind: their folders, pages and reports."""
