"""The limits: how fast one core evaluates, beside the slow oracle and OpenFisca; and what a read of one unit costs, beside
a bare SELECT of the same rows."""

import contextlib
import os
import pathlib
import statistics
import subprocess
import time

from .table import Line
from .world import BENCH, CORES, bench, say

ROUNDS = 7
# Rounds of the reads, and what each lasts.
READ_ROUNDS, SECONDS = 5, 8
UNITS, ENTRIES, FIRST_MATRICOLA, OFFICE = 100_000, 10, 1_000_000_000, "490000"
OPENFISCA = pathlib.Path(__file__).resolve().parent.parent / "openfisca"
# One call at a time says what a caller waits for; several what the machine gives.
CALLERS = [1, 4]


def measure(platform, cluster, folder):
    return [*evaluation(folder), *reads(platform, cluster, folder)]


def evaluation(folder):
    """Engine, oracle and OpenFisca in alternating rounds on one core, each measured in processor time."""
    units = folder / "units"
    units.mkdir()
    with contextlib.ExitStack() as stack:
        rust = stack.enter_context(Contestants([os.environ["UNITS_BENCH"], "serve", units]))
        python = stack.enter_context(Contestants([os.environ["OPENFISCA_PYTHON"], OPENFISCA / "biennium.py", units]))
        places = [(rust, name) for name in ("engine", "oracle", "engine-biennium", "table-biennium", "oracle-biennium", "untraced", "traced")]
        places += [(python, name) for name in ("weeks", "periods", "single")]
        rates = {name: [] for _, name in places}
        for number in range(ROUNDS):
            say(f"limits: evaluation, round {number + 1} of {ROUNDS}, load {os.getloadavg()[0]:.1f}")
            for who, name in places:
                rates[name].append(who.rate(name))
    micros = {name: [1e6 / rate for rate in rates[name]] for name in ("untraced", "traced")}
    return [
        Line("limits: all counters, beside the oracle", "/s", rates["oracle"], rates["engine"], "≥ 20 ×", times=True),
        Line("limits: c. 3 alone, beside the oracle", "/s", rates["oracle-biennium"], rates["engine-biennium"], "≥ 20 ×", times=True),
        Line("limits: c. 3 alone, OpenFisca from periods", "/s", rates["periods"], rates["engine-biennium"], "≥ 20 ×", times=True),
        Line("limits: c. 3 alone, OpenFisca from week values", "/s", rates["weeks"], rates["engine-biennium"], "", times=True),
        Line("limits: c. 3 alone, OpenFisca a unit at a time", "/s", rates["single"], rates["engine-biennium"], "", times=True),
        Line("limits: explained, beside plain", "µs", micros["untraced"], micros["traced"], "< 50 µs", times=True),
    ]


class Contestants:
    """A process that measures, on one core, what it is asked for by name."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            ["taskset", "-c", str(CORES[-1]), *map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "NUMEXPR_NUM_THREADS": "1"},
        )

    def __enter__(self):
        answer = self.process.stdout.readline()
        assert answer == "ready\n", answer
        return self

    def rate(self, name):
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        units, nanos = map(int, self.process.stdout.readline().split())
        return units * 1e9 / nanos

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=30)


def reads(platform, cluster, folder):
    """`GetCounters` of one unit against the same rows by their primary key, in alternating rounds."""
    say(f"limits: {UNITS:,} units of {ENTRIES} entries")
    cluster.psql("anagrafe", MASTER_DATA)
    cluster.psql("limits", LEDGER)
    # The feed of the anagrafe brings the units to the copy of the limits, as after an import.
    platform.omnia("job", "anagrafe-tell")
    while int(cluster.psql("limits", f"select count(*) from master_unit join master_employer using (matricola) where matricola > '{FIRST_MATRICOLA}'")) < UNITS:
        time.sleep(1)
    for database in ("anagrafe", "limits"):
        cluster.psql(database, "vacuum analyze; checkpoint;")
    facts = "select count(*) from unit_facts;"
    remembered = cluster.psql("limits", facts)
    figures = {callers: ([], []) for callers in CALLERS}
    for number in range(-1, READ_ROUNDS):
        say(f"limits: reads, round {number + 1} of {READ_ROUNDS}, load {os.getloadavg()[0]:.1f}")
        for callers, (floor, ours) in figures.items():
            one = select(cluster, folder, callers), counters(platform, callers)
            # The round before the first one fills the caches of both.
            if number >= 0:
                floor.append(one[0])
                ours.append(one[1])
    assert cluster.psql("limits", facts) == remembered, "the anagrafe says something else than the ledger remembers"
    return [line for callers, (floor, ours) in figures.items() for line in read_lines(callers, floor, ours)]


def read_lines(callers, floor, ours):
    under_way = "one" if callers == 1 else str(callers)

    def line(figure, unit, aim):
        what = f"GetCounters: {'calls' if unit == '/s' else figure}, {under_way} under way"
        return Line(what, unit, [one[figure] for one in floor], [one[figure] for one in ours], aim, times=unit != "/s")

    return [line("p50", "µs", ""), line("p99", "µs", "≤ 3 ×" if callers == 1 else ""), line("rate", "/s", "")]


def counters(platform, callers):
    run = platform.run
    done = bench(
        "counters", "--limits", run["services"]["limits"], "--keys", platform.folder / "keys", "--now", platform_now(platform),
        "--office", OFFICE, "--first-matricola", FIRST_MATRICOLA + 1, "--units", UNITS, "--callers", callers, "--seconds", SECONDS,
    )
    return {"p50": done["p50"], "p99": done["p99"], "rate": done["count"] / SECONDS}


def select(cluster, folder, callers):
    """`pgbench`, each transaction in its log."""
    script = folder / "select.sql"
    script.write_text(f"""\\set matricola {FIRST_MATRICOLA} + random(1, {UNITS})
select * from entry where matricola = :matricola::text and production_unit_code = 1;
""")
    logs = folder / "select-log"
    logs.mkdir(exist_ok=True)
    for old in logs.iterdir():
        old.unlink()
    command = [
        cluster.program("pgbench"), "--no-vacuum", "--protocol", "prepared", "--client", callers, "--jobs", "1", "--time", SECONDS,
        "--file", script, "--log", "--log-prefix", logs / "log", cluster.url("limits"),
    ]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    took = sorted(int(line.split()[2]) for log in logs.iterdir() for line in log.read_text().splitlines())
    return {"p50": statistics.median_low(took), "p99": took[len(took) * 99 // 100], "rate": len(took) / SECONDS}


# Units of one firm each, with the same heads in every month, so that the averages are whole.
MASTER_DATA = f"""
insert into employer
select ({FIRST_MATRICOLA} + place)::text, '12345678903', 'Ditta ' || place, '10601', '{{}}', '25.62.00', 'ATECO_2025',
       case when place % 10 = 0 then 'm' else 'a' end, 'CIGO_CIGS', '015', '{OFFICE}', '2010-01-01', null
from generate_series(1, {UNITS}) as place;
insert into production_unit
select ({FIRST_MATRICOLA} + place)::text, 1, 'Stabilimento', 'Via delle Prove 1', 'F205', '015', 5, true, '{OFFICE}', '2010-01-01', null
from generate_series(1, {UNITS}) as place;
insert into headcount
select ({FIRST_MATRICOLA} + place)::text, 1, month, 4000, 1000
from generate_series(1, {UNITS}) as place, generate_series('2026-01-01'::date, '2026-08-01', '1 month') as month;
"""

# Five years of history: two periods of six weeks a year, one of them with declared days. The entries of a unit were
# written years apart, so they lie far apart. Every unit has been asked about before, so its facts are remembered.
LEDGER = f"""
insert into unit
select ({FIRST_MATRICOLA} + place)::text, 1, '2021-01-01', '2026-06-01' from generate_series(1, {UNITS}) as place;
insert into unit_facts
select ({FIRST_MATRICOLA} + place)::text, 1, '2026-06-01', case when place % 10 = 0 then 'm' else 'a' end, 5, '{{4000}}', '{{1000}}'
from generate_series(1, {UNITS}) as place;
insert into entry
select ({FIRST_MATRICOLA} + place)::text, 1, gen_random_uuid(), 1, monday + interval '60 days', 'CIGO',
       case when place % 5 = 0 then 'EONE' else 'ORD' end, monday, monday + 41, 96000, '{{}}', '{{}}', '{{}}', false, 'a', 5,
       case when half % 2 = 0 then array(select monday + day from generate_series(0, 35, 7) as day) end,
       case when half % 2 = 0 then '{{}}'::date[] end, case when half % 2 = 0 then '{{}}'::bigint[] end,
       'history:' || place, 'AUTHORISED', null, null, null
from generate_series(0, {ENTRIES - 1}) as half, lateral (select '2021-06-07'::date + half * 182 as monday) as period,
     generate_series(1, {UNITS}) as place;
insert into entry_version select * from entry where matricola > '{FIRST_MATRICOLA}' and matricola <= '{FIRST_MATRICOLA + UNITS}';
"""
