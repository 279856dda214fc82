"""Claim submissions through gateway and services, against pgbench with the same SQL statements on the same cluster."""

import csv
import datetime
import itertools
import pathlib
import re
import subprocess
import uuid

from omnia.claims.v1 import claims_pb2
from omnia_e2e import claims
from omnia_e2e.platform import ROOT

from . import statements
from .table import Line
from .world import bench, per_second, say

ROUNDS = 3
SECONDS = 6
DESKS = 8
WORKERS = 4
UNITS, UNITS_FROM = 1500, 100
# One may file from fifteen days before the first week to fifteen days after it.
MONDAYS = [datetime.date(2026, 8, 24) + datetime.timedelta(weeks=week) for week in range(4)]
# pgbench submits so many drafts for each client and round.
TRANSACTIONS = 800
SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "submit.sql"


def measure(platform, cluster, folder):
    provinces = import_units(platform, folder)
    drafts = prepare(platform, folder)
    offices = int(cluster.psql("anagrafe", "select count(distinct competent_office) from production_unit where code >= 100;"))
    say(f"submissions: units of {len(provinces)} provinces under {offices} offices")
    compare_statements(platform, cluster, folder, drafts.pop())
    copy_databases(cluster)
    ours, floor, took = [], [], []
    size = len(drafts) // ROUNDS
    for number in range(ROUNDS):
        say(f"submissions: round {number + 1} of {ROUNDS}")
        floor.append(pgbench(cluster, folder, offices, number))
        done = submit(platform, cluster, folder, drafts[number * size : (number + 1) * size])
        ours.append(per_second(done))
        took.append(done)
    middle = sorted(took, key=lambda one: one["p50"])[ROUNDS // 2]
    say(f"submissions: a call took {middle['p50'] / 1000:.1f} ms at p50 and {middle['p99'] / 1000:.1f} ms at p99")
    return [Line(f"submissions, {DESKS} at a time", "/s", floor, ours, "≥ 60 %")]


def import_units(platform, folder):
    """Units all over Italy, so that no protocol register is everybody's."""
    with open(ROOT / "services/anagrafe/data/provinces.csv", encoding="utf-8") as file:
        provinces = [row["istat"] for row in csv.DictReader(file)]
    months = "|".join(f"2026-{month:02d}/40/60" for month in range(1, 10))
    file = folder / "units.csv"
    heading = "matricola,production_unit_code,name,address,municipality_belfiore,province_istat,working_days,is_production_unit,active_from,active_to,headcount"
    rows = (
        f"{claims.OFFICINE},{UNITS_FROM + unit},Reparto {unit},Via delle Prove {unit},F205,{provinces[unit % len(provinces)]},5,true,2010-01-01,,{months}"
        for unit in range(UNITS)
    )
    file.write_text("\n".join([heading, *rows]) + "\n")
    platform.omnia("import", "production-units", str(file))
    return provinces


def desks(platform):
    return ["--gateway", f"http://{platform.target}", "--token", platform.token("consulente"), "--desks", DESKS]


def prepare(platform, folder):
    """Drafts of one week: no two of the same unit and week, no worker twice."""
    requests, out = folder / "drafts.requests", folder / "drafts.lines"
    say(f"submissions: preparing {UNITS * len(MONDAYS):,} drafts")
    with open(requests, "wb") as file:
        for number, (monday, unit) in enumerate(itertools.product(MONDAYS, range(UNITS))):
            wanted = claims.content(monday, 1, workers=WORKERS, unit=UNITS_FROM + unit, first_person=number * WORKERS)
            message = claims_pb2.CreateDraftRequest(request_id=str(uuid.uuid4()), content=wanted).SerializeToString()
            file.write(varint(len(message)) + message)
    bench("draft", *desks(platform), "--requests", requests, "--out", out)
    return out.read_text().splitlines()


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def submit(platform, cluster, folder, lines):
    file = folder / "round.lines"
    file.write_text("\n".join(lines) + "\n")
    cluster.psql("claims", "vacuum analyze; checkpoint;")
    return bench("submit", *desks(platform), "--drafts", file, "--seconds", SECONDS)


def compare_statements(platform, cluster, folder, draft):
    """Says so when `submit.sql` is no longer what a submission executes."""
    with statements.logged(cluster) as log:
        submit_one(platform, folder, draft)
    executed, written = statements.executed(log), statements.written(SCRIPT)
    for kind in sorted((executed - written).elements()):
        say(f"submissions: NOT in submit.sql: {kind}")
    for kind in sorted((written - executed).elements()):
        say(f"submissions: in submit.sql only: {kind}")


def submit_one(platform, folder, draft):
    file = folder / "one.lines"
    file.write_text(draft + "\n")
    assert bench("submit", *desks(platform), "--drafts", file, "--seconds", SECONDS)["count"] == 1


def copy_databases(cluster):
    """One database with what the three services have, and drafts with numbers that pgbench can count."""
    say("submissions: copying the databases for pgbench")
    cluster.create("bench_claims")
    cluster.copy("claims", "bench_claims")
    for service in ("anagrafe", "limits"):
        cluster.create(f"bench_{service}")
        cluster.copy(service, f"bench_{service}")
        cluster.psql(f"bench_{service}", f"alter schema public rename to {service};")
        cluster.copy(f"bench_{service}", "bench_claims", "--schema", service)
    claim, beneficiary = columns(cluster, "claim"), columns(cluster, "beneficiary")
    cluster.psql("bench_claims", f"""
        create temporary table numbered as
            select ('00000000-0000-7000-8000-' || n)::uuid as id, n from (
                select 100000000000 + client * 1000000 + i as n
                from generate_series(0, {DESKS - 1}) client, generate_series(1, {ROUNDS * TRANSACTIONS}) i) as numbers;
        create temporary table sample as select * from claim where state = 'DRAFT' order by id limit 1;
        insert into claim ({claim}) select {claim} from (
            select (jsonb_populate_record(claim, jsonb_build_object(
                'id', numbered.id, 'production_unit_code', n % 1000000 % {UNITS} + {UNITS_FROM}))).*
            from sample join claim using (id), numbered) as copies;
        insert into beneficiary ({beneficiary}) select {beneficiary} from (
            select (jsonb_populate_record(worker, jsonb_build_object(
                'claim_id', numbered.id, 'codice_fiscale', 'W' || n || chr(64 + worker.position)))).*
            from sample join beneficiary worker on worker.claim_id = sample.id, numbered) as copies;
        vacuum analyze;""")


def columns(cluster, table):
    """The columns of a table that a statement may write: those that PostgreSQL makes itself apart."""
    return cluster.psql("bench_claims", f"""
        select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
        where attrelid = '{table}'::regclass and attnum > 0 and not attisdropped and attgenerated = '';""").strip()


def pgbench(cluster, folder, offices, number):
    cluster.psql("bench_claims", "vacuum analyze; checkpoint;")
    command = [
        cluster.program("pgbench"), "--no-vacuum", "--protocol", "prepared", "--client", str(DESKS), "--jobs", "1",
        "--transactions", str(TRANSACTIONS), "--file", str(SCRIPT), "--define", f"i={number * TRANSACTIONS}",
        "--define", f"units={UNITS}", "--define", f"offices={offices}",
        # The functions of limits and anagrafe find their tables where those were copied to.
        cluster.url("bench_claims") + "&options=-csearch_path%3Dpublic,limits,anagrafe",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    submitted = cluster.psql("bench_claims", "select count(*) from claim where ticket like 'T1%';")
    assert int(submitted) == (number + 1) * DESKS * TRANSACTIONS, done.stdout + done.stderr
    return float(re.search(r"tps = ([\d.]+)", done.stdout).group(1))
