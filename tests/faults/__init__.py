"""What disks, systems and people do to a command under way.

kills.py ends commands without warning at random moments. From the root of the repository:
``python scripts/kill_runs.py --kills 100``.
"""
