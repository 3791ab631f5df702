"""Faults of disks, systems and people while a command runs.

kills.py kills commands at random moments. From the root of the repository:
``python scripts/kill_runs.py --kills 100``.
"""
