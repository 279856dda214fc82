"""Flows of direct payment. Lines taken in by `UploadFlow`, beside `COPY` of the same rows into a table with the same keys; and a month of
peak load, asked for by worker, by flow and by authorisation. `FLOW_LINES` and `MONTH_LINES` scale them: 10,000,000 is the peak of
a month."""

import json
import os
import re
import time

from omnia_e2e import payments
from omnia_e2e.people import codice_fiscale
from omnia_e2e.platform import wait_for

from .table import Line
from .world import bench, platform_now, say

ROUNDS = 5
LINES = int(os.environ.get("FLOW_LINES", 200_000))
MONTH_LINES = int(os.environ.get("MONTH_LINES", 1_000_000))
DATABASE = "bench_flows"
# Filed on the day of the platform, the first week of the claim is over, and so is the part of August that the flow covers.
MONDAY, FIRST, LAST = "2026-08-24", "2026-08-24", "2026-08-31"
SECONDS = 10


def measure(platform, cluster, folder):
    lines = ingest(platform, cluster, folder)
    month(platform, cluster)
    return lines


def ingest(platform, cluster, folder):
    say(f"flows: {LINES:,} lines a flow")
    consultant = platform.caller("consulente")
    claim = granted(platform, cluster, folder, consultant)
    floor, ours, rows = [], [], None
    # The first flow warms the caches, and gives the rows that are copied.
    for number in range(ROUNDS + 1):
        announced, file = invent(platform, folder, claim, number + 1)
        began = time.perf_counter()
        upload = payments.upload(consultant, announced, file, timeout=600)
        took = time.perf_counter() - began
        assert upload.protocol_number, upload
        if number:
            say(f"flows: round {number} of {ROUNDS}")
            ours.append(LINES / took)
            forget(cluster)
            floor.append(copy(cluster, rows))
        else:
            rows = export(cluster, folder, upload.flow_id)
            forget(cluster)
    return [Line("flow lines validated and stored", "/s", floor, ours, "≥ 50 %")]


def granted(platform, cluster, folder, consultant):
    """A claim that was filed and granted, and heard of by payments; then as many workers as lines, by SQL: a list that is filed has
    50,000 at most."""
    worker = codice_fiscale(77_000)
    claim = payments.direct_claim(platform, [worker], monday=MONDAY, weeks=2)
    first = payments.line(worker, mese="2026-08", s2="", s3="", s4="", s5="8,00")
    assert payments.send(consultant, claim, [first], first=FIRST, last=LAST).protocol_number
    number = claim.decision.authorization_number
    workers = folder / "workers.csv"
    platform.omnia("demo-flow", "workers", "--workers", str(LINES), "--granted", "60", str(workers))
    codes = folder / "workers.codes"
    codes.write_text("".join(f"{line.split(';')[0]}\n" for line in workers.read_text().splitlines()[1:]))
    cluster.psql("payments", f"""
        create temporary table code (codice_fiscale text);
        \\copy code from '{codes}'
        insert into granted_worker (number, codice_fiscale, person_id, hours_granted)
          select '{number}', codice_fiscale, gen_random_uuid(), 6000 from code;
        update authorisation set hours_granted = hours_granted + {LINES} * 6000::bigint where number = '{number}';""")
    forget(cluster)
    return claim


def invent(platform, folder, claim, number):
    """A flow as the call announces it, and its bytes."""
    file = folder / "flow.csv"
    told = platform.omnia(
        "demo-flow", "lines", "--workers", str(LINES), "--granted", "60", "--number", str(number), "--authorization",
        claim.decision.authorization_number, "--ticket", claim.ticket, "--matricola", claim.content.unit.matricola, "--from", FIRST,
        "--to", LAST, "--codes", "DEDUCTIONS_TO_WORK,NOT_A_BENEFICIARY", "--wrong", "2", str(file),
    ).stdout
    content = file.read_bytes()
    return payments.announce(json.loads(told), content), content


def forget(cluster):
    """The tables as they were before the flow, and nobody at work on what it left to do."""
    cluster.psql("payments", """
        truncate line, line_act; delete from upload; delete from flow;
        update granted_worker set hours_held = 0 where hours_held <> 0; update authorisation set hours_held = 0;""")
    quiet(cluster)
    cluster.psql("payments", "vacuum analyze; checkpoint;")


def quiet(cluster):
    """Waits until those who follow the feeds have caught up: the databases then do next to nothing."""
    def rows():
        return int(cluster.psql("postgres", "select sum(tup_inserted + tup_updated + tup_deleted) from pg_stat_database"))

    def still():
        before = rows()
        time.sleep(2)
        return rows() - before < 100

    wait_for(still, "the feeds to be followed to their ends", seconds=300)


COLUMNS = """month, flow_id, number, authorization_number, office, person_id, codice_fiscale, surname, name, type, qualifica, weekly_hours,
    days_a_week, part_time, hourly_pay, workable_hours, weeks, hours, first_day, last_day, iban, address, phone, deductions, expected,
    state, anomalies, gross, net, check_after, received_at"""


def export(cluster, folder, flow):
    """The rows of a flow as `COPY` writes them, and empty tables like the service's own."""
    rows = folder / "rows.copy"
    cluster.psql("payments", f"\\copy (select {' '.join(COLUMNS.split())} from line where flow_id = '{flow}' order by number) to '{rows}'")
    assert sum(1 for _ in open(rows, encoding="utf-8")) == LINES
    cluster.create(DATABASE)
    cluster.copy("payments", DATABASE, "--schema-only")
    return rows


def copy(cluster, rows):
    """Rows a second with `COPY`, in a transaction, by the clock of psql."""
    cluster.psql(DATABASE, "truncate line; vacuum analyze; checkpoint;")
    told = cluster.psql(DATABASE, f"\\timing on\nbegin;\n\\copy line ({' '.join(COLUMNS.split())}) from '{rows}'\ncommit;\n")
    milliseconds = sum(float(took) for took in re.findall(r"Time: ([\d.]+) ms", told))
    return LINES / (milliseconds / 1000)


# A flow of so many lines; two flows a grant.
FLOW, SLICE = 50, 500_000
PEAK, BESIDE = "2026-07-01", ("2026-05-01", "2026-06-01", "2026-08-01")
OFFICE = "770000"


def month(platform, cluster):
    fill(cluster)
    say(f"flows: a month of {MONTH_LINES:,} lines in {MONTH_LINES // FLOW:,} flows, asked for one call at a time")
    print(f"\nA month of {MONTH_LINES:,} lines, by SQL; one call under way.\n")
    for by in ("worker", "flow", "authorisation"):
        cluster.psql("payments", "select pg_stat_reset();")
        measured = bench(
            "payments", "--payments", platform.run["services"]["payments"], "--keys", platform.folder / "keys", "--now", platform_now(platform),
            "--office", OFFICE, "--by", by, "--lines", MONTH_LINES, "--flow", FLOW, "--seconds", SECONDS,
        )
        touched = partitions(cluster, measured["count"] if by != "authorisation" else 0)
        print(f"by {by:14} p50 {measured['p50'] / 1000:6.2f} ms  p99 {measured['p99'] / 1000:6.2f} ms  {measured['count']:,} calls; {touched}")


def fill(cluster):
    say(f"flows: filling a month with {MONTH_LINES:,} lines by SQL, and a twentieth of them in each of {len(BESIDE)} others")
    flows = MONTH_LINES // FLOW
    cluster.psql("payments", f"""
        {"".join(f"call ensure_month('{one}');" for one in (PEAK, *BESIDE))}
        insert into authorisation (number, claim_id, active, direct, matricola, production_unit_code, office, region_istat, product, causale,
            first_day, last_day, hours_granted, hours_held, communicated_on, csc_sector, average_heads_hundredths, first_kind, employer_name, ticket)
          select '770026' || lpad(n::text, 6, '0'), {uuid("n", "0a")}, true, true, '77' || lpad(n::text, 8, '0'), 0, '{OFFICE}', '07', 'CIGO',
                 'MARKET_CRISIS', '2026-05-04', '2026-08-30', 100000000, 0, '2026-05-10', '1', 5000, 'UNIEMENS_CIG', 'Azienda ' || n,
                 'T' || lpad(n::text, 15, '0')
            from generate_series(0, {flows // 2}) n;""")
    for number, (first, share) in enumerate([(PEAK, 1), *((one, 20) for one in BESIDE)]):
        lines = MONTH_LINES // share
        cluster.psql("payments", f"""
            insert into flow (id, version, protocol_number, kind, state, authorization_number, claim_id, matricola, production_unit_code,
                employer_name, office, region_istat, product, causale, csc_sector, average_heads_hundredths, first_day, last_day, term, lines,
                hours, counts, sha256, sent_by, received_at)
              select {uuid("n", f"f{number}")}, 1, 'INPS.7{number}00.01/08/2026.' || lpad((n + 1)::text, 7, '0'), 'UNIEMENS_CIG', 'IN_PAYMENT',
                     '770026' || lpad((n / 2)::text, 6, '0'), {uuid("n / 2", "0a")}, '77' || lpad((n / 2)::text, 8, '0'), 0, 'Azienda ' || n / 2,
                     '{OFFICE}', '07', 'CIGO', 'MARKET_CRISIS', '1', 5000, '{first}', (date '{first}' + interval '1 month - 1 day')::date,
                     '2026-10-31', {FLOW}, {FLOW} * 4000, array[0, 0, {FLOW}, 0, 0, 0, 0, 0], lpad(to_hex(n), 62, '0') || '0{number}',
                     {uuid("0", "0a")}, date '{first}' + interval '32 days' + n * interval '1 second'
                from generate_series(0, {lines // FLOW - 1}) n;""")
        for begin in range(0, lines, SLICE):
            cluster.psql("payments", f"""
                insert into line ({' '.join(COLUMNS.split())})
                  select '{first}', {uuid(f"n / {FLOW}", f"f{number}")}, n % {FLOW} + 1, '770026' || lpad((n / {FLOW} / 2)::text, 6, '0'), '{OFFICE}',
                         {uuid(WORKER, "09")}, 'PRVLVR80A01Z' || lpad((n % 1000)::text, 3, '0') || 'A', 'Prova', 'Lavoratore', '0', '1', 4000, 5, null,
                         1250, 16800, array[800, 800, 800, 800, 800, 0], 4000, '{first}', (date '{first}' + interval '1 month - 1 day')::date,
                         '{payments.IBAN}', null, '', false, null, 'VERIFIED', array[]::text[], 33900, 31900, null,
                         date '{first}' + interval '32 days' + n / {FLOW} * interval '1 second'
                    from generate_series({begin}, {min(begin + SLICE, lines) - 1}) n;""")
    quiet(cluster)
    cluster.psql("payments", "vacuum analyze; checkpoint;", timeout=1800)


# Workers lie all over their index: an odd factor sends the numbers below 2^40 onto themselves.
WORKER = "n::bigint * 2654435761 % 1099511627776"


def uuid(number, kind):
    """An id that `bench payments` makes out of the same number: `0a` of a claim, `f0` of a flow of the peak, `09` of a worker."""
    return f"('000000{kind}-0000-4000-8000-' || lpad(to_hex(({number})::bigint), 12, '0'))::uuid"


def partitions(cluster, calls):
    """Which partitions the calls have touched, and how. Whoever answered them tells with a delay of some seconds."""
    def told():
        # An empty partition is scanned: that costs nothing.
        rows = cluster.psql("payments", """
            select relname, seq_scan, idx_scan from pg_stat_user_tables
             where relname like 'line\\_%' and relname <> 'line_act' and pg_relation_size(relid) > 0""")
        found = {name: (int(seq), int(idx)) for name, seq, idx in (row.split("|") for row in rows.splitlines())}
        return found if sum(idx for _, idx in found.values()) >= calls else None

    found = wait_for(told, "the statistics of the calls", seconds=60)
    assert all(seq == 0 for seq, _ in found.values()), found
    return "partitions of lines by index: " + (", ".join(name for name, (_, idx) in sorted(found.items()) if idx) or "none")
