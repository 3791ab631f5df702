"""What disks, systems and people do to a command under way.

kills.py ends commands without warning at random moments: ``python scripts/kill_runs.py --kills 100``
from the root of the repository.
"""
