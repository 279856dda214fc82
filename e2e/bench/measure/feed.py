"""The feed: events a second from the outbox of a service to the cursor of another, beside a `COPY` of the same rows."""

import subprocess
import time

from .table import Line
from .world import bench, per_second, say

ROUNDS = 3
EVENTS = 100_000


def measure(platform, cluster, folder):
    url = cluster.create("bench_feed")
    say(f"feed: publishing {EVENTS:,} events")
    assert bench("publish", "--database", url, "--events", EVENTS)["count"] == EVENTS
    cluster.psql("bench_feed", "vacuum analyze; checkpoint;")
    followed, copied = [], []
    for number in range(ROUNDS):
        say(f"feed: round {number + 1} of {ROUNDS}")
        copied.append(copy(cluster, url))
        cluster.psql("bench_feed", "delete from feed_cursor;")
        followed.append(per_second(bench("follow", "--database", url, "--events", EVENTS)))
    return [Line("feed: events", "/s", copied, followed, "≥ 20,000 /s")]


def copy(cluster, url):
    command = [cluster.program("psql"), "-Xq", url, "-c", "copy (select * from outbox order by tx, id) to stdout"]
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=120)
    return EVENTS / (time.monotonic() - began)
