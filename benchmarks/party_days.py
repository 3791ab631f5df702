"""Speed of the kernels relative to this machine's copy bandwidth.

Prints the party-days per second of a whole run, in which a party counts from its decision to the
end, and the bandwidth of copying a large array. The bytes of one party's columns give the time of
reading and writing them once a day at that bandwidth.
"""

import time

from measure import copy_bandwidth

from emigre import load
from emigre.engine import api, space


def main() -> None:
    bandwidth = copy_bandwidth()
    scenario = load("russia-2022", start="2022-02-01", end="2023-01-31")
    compiled = api.compile_scenario(scenario)
    api.simulate(compiled, 1, 0)  # compiles and warms up
    started = time.perf_counter()
    counts = api.simulate(compiled, 1, 0)
    seconds = time.perf_counter() - started
    living = ("trapped", "preparing", "travelling", "waiting", "stock", "stock_returned")
    person_days = sum(int(counts.values[m].sum()) for m in living)
    parties = space.new_parties(1)
    width = sum(column.nbytes for column in parties)
    rate = person_days / seconds
    limit = bandwidth / (2 * width)
    print(f"copying: {bandwidth / 1e9:.1f} GB/s; columns of a party: {width} bytes")
    print(f"person-days simulated: {person_days:,} in {seconds:.2f} s = {rate / 1e6:.1f} M/s")
    print(f"reading and writing every column once a day at that bandwidth: {limit / 1e6:.1f} M/s")
    print(f"ratio: {rate / limit:.3f} (persons move in parties, so parties are fewer than persons)")


if __name__ == "__main__":
    main()
