"""What disks, systems and people do to a command under way.

kills.py ends commands without warning at random moments; ``python scripts/faults.py --kills 100``.
"""
