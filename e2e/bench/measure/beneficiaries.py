"""Lists of 50,000 workers through gateway and claims, against `COPY` of the same rows into a table of the same shape."""

import re

from omnia_e2e import claims, files

from .table import Line
from .world import bench, per_second, say

ROUNDS = 3
WORKERS = 50_000
# Lists a round.
LISTS = 4
DATABASE = "bench_lists"


def measure(platform, cluster, folder):
    say(f"beneficiaries: {LISTS} lists of {WORKERS:,} workers a round")
    csv = folder / "workers.csv"
    csv.write_bytes(files.worker_list(WORKERS, first_person=9_000_000))
    drafts = prepare(platform)
    # The first list also warms the caches; its rows are what `COPY` gets.
    first = drafts.pop()
    upload(platform, folder, csv, [first])
    rows = export(cluster, folder, first.split()[0])
    ours, floor = [], []
    for number in range(ROUNDS):
        say(f"beneficiaries: round {number + 1} of {ROUNDS}")
        floor.append(copy(cluster, rows))
        cluster.psql("claims", "vacuum analyze; checkpoint;")
        ours.append(per_second(upload(platform, folder, csv, drafts[number * LISTS : (number + 1) * LISTS])))
    return [Line("beneficiaries taken in", "/s", floor, ours, "")]


def prepare(platform):
    """Empty drafts, as lines `id etag`."""
    filer = platform.caller("consulente")
    drafts = (claims.draft(filer, claims.content("2026-09-07", 1, unit=0)) for _ in range(LISTS * ROUNDS + 1))
    return [f"{draft.claim_id} {draft.etag}" for draft in drafts]


def upload(platform, folder, csv, lines):
    file = folder / "lists.lines"
    file.write_text("\n".join(lines) + "\n")
    desk = ["--gateway", f"http://{platform.target}", "--token", platform.token("consulente"), "--desks", 1]
    return bench("upload", *desk, "--drafts", file, "--list", csv)


def export(cluster, folder, claim_id):
    """The rows of one list as `COPY` writes them, and an empty table like the service's own beside its claims."""
    cluster.create(DATABASE)
    cluster.copy("claims", DATABASE)
    rows = folder / "rows.copy"
    cluster.psql(DATABASE, f"\\copy (select * from beneficiary where claim_id = '{claim_id}' order by position) to '{rows}'")
    assert rows.read_text().count("\n") == WORKERS
    return rows


def copy(cluster, rows):
    """Rows a second with `COPY`, a transaction a list, by the clock of psql."""
    cluster.psql(DATABASE, "delete from beneficiary; vacuum analyze; checkpoint;")
    timed = f"\\timing on\nbegin;\n\\copy beneficiary from '{rows}'\ncommit;\n\\timing off\n"
    told = cluster.psql(DATABASE, LISTS * (timed + "delete from beneficiary;\nvacuum beneficiary;\n"))
    milliseconds = sum(float(time) for time in re.findall(r"Time: ([\d.]+) ms", told))
    return LISTS * WORKERS / (milliseconds / 1000)
