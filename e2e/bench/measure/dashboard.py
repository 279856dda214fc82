"""DASMO over two years of claims with a COVID-like wave: its page queries against the same question as plain SQL over the
claims, and a night against one sequential scan of them. `DASHBOARD_CLAIMS` scales it: 10,000,000 has a peak of about
400,000 a week."""

import contextlib
import datetime
import os
import re
import statistics
import subprocess
import time

from omnia.dasmo.v1 import dasmo_pb2
from omnia.dasmo.v1.dasmo_pb2_grpc import DasmoServiceStub
from omnia_e2e import claims
from omnia_e2e.platform import wait_for

from .table import Line
from .world import say

CLAIMS = int(os.environ.get("DASHBOARD_CLAIMS", 300_000))
ROUNDS, CALLS = 3, 200
DAYS = 730
# Pictures that are made; those of the days before them are copies, as many and as large, for the questions to read.
MADE = 61
LAST = datetime.date(2026, 9, 1)
FIRST = LAST - datetime.timedelta(days=DAYS - 1)
OFFICES = 107


def measure(platform, cluster, _folder):
    say(f"dashboard: {CLAIMS:,} claims of two years with a wave")
    fill(platform, cluster)
    peak = cluster.psql("dasmo", "select max(count) from (select count(*) from claim_fact group by date_trunc('week', submitted_day)) weeks")
    say(f"dashboard: the highest week has {int(peak):,}; making {MADE} pictures")
    opening(cluster)
    nights(platform, cluster)
    say("dashboard: copying them to the days before")
    copies(cluster)
    caller = platform.caller("dirigente-centrale")
    pages, plain, made, scanned = [], [], [], []
    for number in range(ROUNDS):
        say(f"dashboard: round {number + 1} of {ROUNDS}")
        plain.append(milliseconds(cluster, PLAIN) * 1000)
        pages.append(max(p99(caller, *question) for question in questions()))
        scanned.append(milliseconds(cluster, SCAN))
        made.append(night(platform, cluster))
    return [
        # The floor of a page is what it saves: the plain question is so many times the slowest page.
        Line("dashboard: plain SQL, beside the slowest page query (p99)", "µs", pages, plain, "≥ 200 ×, floor < 50,000 µs", times=True),
        Line("dashboard: a night, beside one scan of the claims", "ms", scanned, made, "≤ 3 ×", times=True),
    ]


def fill(platform, cluster):
    """Facts and steps as the feed has brought them by the last night: the same rows, put there at once, when the picture of an empty
    yesterday that a platform begins with is made."""
    wait_for(lambda: pictures(cluster), "the first picture")
    cluster.psql("dasmo", f"""
        create table classed as select classes from snapshot;
        truncate claim_fact, claim_step, stock_case, stock_flow, snapshot, cell, line_cell, correction;
        update publication set last_day = null, redo_from = null;
        select setseed(0.5);
        insert into office_seen select lpad((n * 9000 + 10000)::text, 6, '0'), lpad((n % 20 + 1)::text, 2, '0')
          from generate_series(1, {OFFICES}) n on conflict do nothing;
        create table drawn as
          select row_number() over (order by arrived) as n, *,
                 case when arrived + took / 2 < {DAYS} then arrived + took / 2 end as taken,
                 case when how >= 0.03 and arrived + took < {DAYS} then arrived + took end as decided,
                 ('00000000-0000-4000-8000-' || lpad(to_hex(row_number() over (order by arrived)), 12, '0'))::uuid as id
            from (
          select wave,
                 greatest(0, least({DAYS} - 1, case when wave then round(120 + 40 * sqrt(-2 * ln(random() + 1e-9)) * cos(6.2831853 * random()))
                                                    else floor(random() * {DAYS}) end))::integer as arrived,
                 lpad(((floor(power(random(), 2) * {OFFICES}) + 1) * 9000 + 10000)::text, 6, '0') as office,
                 random() as how, ceil(-ln(random() + 1e-9) * 28)::integer as took, random() as mode, floor(random() * 6)::integer as sector,
                 floor(power(random(), 4) * 60000)::integer as heads, ceil(random() * 40)::integer as workers
            from (select random() < 0.55 as wave from generate_series(1, {CLAIMS})) waves) claims
           order by arrived;
        insert into claim_fact
          select id, 1 + num_nonnulls(taken, decided), 'INPS.' || left(office, 4) || '.01/01/2025.' || lpad(n::text, 8, '0'),
                 ('{FIRST}'::date + arrived) + interval '10 hours', '{FIRST}'::date + arrived,
                 case when wave then (array['CIGO', 'AIS_FIS', 'CIGD'])[1 + n % 3] else (array['CIGO', 'AIS_FIS', 'CIGS', 'CISOA'])[1 + n % 4] end,
                 case when wave then (array['COVID19_NAZIONALE', 'COVID19_DL104', 'COVID19_L178'])[1 + n % 3]
                      else (array['MARKET_CRISIS', 'LACK_OF_WORK_OR_ORDERS', 'WEATHER_CONSTRUCTION', 'MACHINE_FAILURE'])[1 + n % 4] end,
                 case when mode < 0.6 then 'DIRECT' else 'CONGUAGLIO' end, workers, workers * 4000,
                 (array['1', '2', '4', '5', '6', '7'])[1 + sector], heads,
                 case when taken is null then 'SUBMITTED' when decided is null then 'UNDER_REVIEW' when how < 0.9 then 'ACCEPTED' else 'REJECTED' end,
                 office, decided is not null, '{FIRST}'::date + arrived, '{FIRST}'::date + coalesce(decided, taken, arrived),
                 '{FIRST}'::date + decided, 0
            from drawn;
        insert into claim_step
          select id, step, (array['DRAFT', 'SUBMITTED', 'UNDER_REVIEW'])[step], case step when 1 then 'SUBMITTED' when 2 then 'UNDER_REVIEW'
                 else case when how < 0.9 then 'ACCEPTED' else 'REJECTED' end end,
                 '{FIRST}'::date + on_day + interval '10 hours', '{FIRST}'::date + on_day,
                 office, step = 3, case when step = 3 then case when how < 0.9 then 'ACCEPTANCE' else 'REJECTION' end end,
                 case when step = 3 then 1 end, 0
            from drawn, lateral (values (1, arrived), (2, taken), (3, decided)) steps (step, on_day) where on_day is not null;
        drop table drawn;
        vacuum analyze;""", timeout=3600)


def opening(cluster):
    """What the day before the first picture leaves to it: the cells that hold an identity, by plain SQL over the claims."""
    day = LAST - datetime.timedelta(days=MADE)
    cluster.psql("dasmo", f"""
        insert into snapshot (day, revision, published_at, cells, age_classes, classes, last_batch)
          select '{day}', 1, now(), 0, array_agg(name order by from_days), (select classes from classed), 0 from ageing_class;
        drop table classed;
        update publication set last_day = '{day}';
        insert into cell ({COLUMNS})
          select '{day}', unit, dimension, product, section, value, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{{}}', '{{}}', '{{}}', '{{}}', 0, 0, 0, 0,
                 count(*) filter (where stands), count(*) filter (where stands), 0, 0, 0, 0, 0, 0,
                 count(*) filter (where counts), count(*) filter (where counts and not stands), 0, 0,
                 (select array_agg(0) from ageing_class)
            from (select *, left_stock_day is null or left_stock_day > date '{day}' as stands from claim_fact where submitted_day <= '{day}') fact
            join office_seen using (office),
                 lateral (values (office), ('R' || region_istat), ('IT')) units (unit),
                 lateral (values (case when causale like 'COVID19\_%' then 'COVID' else 'ORDINARY' end)) sections (section),
                 lateral (values ('WHOLE', '', true), ('CAUSALE', causale, true), ('PAYMENT_MODE', payment_mode, true), ('SECTOR', csc_sector, true),
                                 ('ARRIVAL', to_char(submitted_day, 'YYYY-MM'), false)) cuts (dimension, value, counts)
           where counts or stands
           group by unit, dimension, product, section, value;""", timeout=1800)


def copies(cluster):
    """The pictures that were made, on the days before them. The keys of so many rows are made at once afterwards."""
    figures = COLUMNS.partition(", ")[2]
    before = f"generate_series({MADE}, {DAYS}, {MADE}) back where day > date '{LAST}' - {MADE} and day - back >= '{FIRST}'"
    cluster.psql("dasmo", f"""
        set maintenance_work_mem = '2GB';
        alter table cell drop constraint cell_pk;
        drop index cell_day;
        delete from cell where day = date '{LAST}' - {MADE};
        insert into snapshot (day, revision, published_at, cells, age_classes, classes, last_batch)
          select day - back, 1, published_at, cells, age_classes, classes, last_batch from snapshot, {before}
          on conflict do nothing;
        insert into cell ({COLUMNS}) select day - back, {figures} from cell, {before};
        alter table cell add constraint cell_pk primary key (unit, dimension, day, product, section, value);
        create index cell_day on cell (day);""", timeout=3600)
    cluster.psql("dasmo", "vacuum analyze; checkpoint;", timeout=3600)


def nights(platform, cluster):
    """Pictures up to the last day; a job that takes longer than a command may is cut, and goes on where it was."""
    while (before := pictures(cluster)) <= MADE:
        with contextlib.suppress(subprocess.TimeoutExpired):
            platform.omnia("job", "dasmo-snapshot")
        made = pictures(cluster)
        assert made > before, "no picture was made"
        say(f"dashboard: {made - 1} of {MADE} pictures")


def pictures(cluster):
    return int(cluster.psql("dasmo", "select count(*) from snapshot"))


def night(platform, cluster):
    """Milliseconds that the picture of the last day takes, less what the job takes with nothing to do."""
    def job():
        began = time.perf_counter()
        platform.omnia("job", "dasmo-snapshot")
        return (time.perf_counter() - began) * 1000

    idle = min(job() for _ in range(3))
    take_back(cluster)
    return job() - idle


def take_back(cluster):
    """Leaves the platform as it was before its last night."""
    cluster.psql("dasmo", f"""
        delete from cell where day = '{LAST}';
        delete from stock_flow where day = '{LAST}';
        delete from snapshot where day = '{LAST}';
        delete from stock_case where from_day = '{LAST}';
        update stock_case set until_day = 'infinity' where until_day = '{LAST}';
        update publication set last_day = last_day - 1, listed_to = listed_to - 1;
        vacuum analyze stock_case;""")


def questions():
    """The page's own: method and request."""
    month = {"from": claims.date((LAST - datetime.timedelta(days=29)).isoformat()), "as_of": claims.date(LAST.isoformat())}
    two_years = {"from": claims.date(FIRST.isoformat()), "to": claims.date(LAST.isoformat())}
    lombardia = dasmo_pb2.VolumesFilter(region_istat="03")
    return [
        ("GetBreakdown", dasmo_pb2.GetBreakdownRequest(by=dasmo_pb2.DIMENSION_OFFICE, **month)),
        ("GetBreakdown", dasmo_pb2.GetBreakdownRequest(by=dasmo_pb2.DIMENSION_REGION, **month)),
        ("GetBreakdown", dasmo_pb2.GetBreakdownRequest(by=dasmo_pb2.DIMENSION_CAUSALE, **month)),
        ("GetBreakdown", dasmo_pb2.GetBreakdownRequest(by=dasmo_pb2.DIMENSION_ARRIVAL, filter=lombardia, **month)),
        ("GetTrend", dasmo_pb2.GetTrendRequest(step=dasmo_pb2.TREND_STEP_WEEK, **two_years)),
        ("GetForecast", dasmo_pb2.GetForecastRequest()),
        ("ListCases", dasmo_pb2.ListCasesRequest(only_chronic=True)),
    ]


def p99(caller, method, request):
    """Microseconds of the 99th of 100 calls."""
    took = []
    for _ in range(CALLS):
        began = time.perf_counter()
        caller((DasmoServiceStub, method), request)
        took.append((time.perf_counter() - began) * 1e6)
    high = statistics.quantiles(took, n=100)[-1]
    say(f"dashboard: {method}: p99 {high / 1000:.1f} ms")
    return high


COLUMNS = """day, unit, dimension, product, section, value, received, received_workers, received_hours_hundredths, defined, accepted,
    partially_accepted, rejected, defined_workers, defined_hours_hundredths, gross_days, gross_claims, net_days, net_claims, withdrawn,
    annulled, transferred_in, transferred_out, stock, stock_to_take, stock_under_review, stock_waiting, stock_chronic, stock_very_old,
    stock_workers, stock_hours_hundredths, received_total, defined_total, reexaminations_pending, appeals_pending, ages"""
# Received and defined in the month and the stock at its end, by office: what the first question asks.
PLAIN = f"""
    select office, count(*) filter (where submitted_day between date '{LAST}' - 29 and date '{LAST}') as received,
           count(*) filter (where decided between date '{LAST}' - 29 and date '{LAST}') as defined,
           count(*) filter (where decided is null or decided > date '{LAST}') as stock,
           count(*) filter (where (decided is null or decided > date '{LAST}') and date '{LAST}' - submitted_day > 180) as chronic
      from (select fact.claim_id, fact.office, fact.submitted_day, min(step.day) filter (where step.decided) as decided
              from claim_fact fact join claim_step step on step.claim_id = fact.claim_id
             where step.day <= date '{LAST}' group by fact.claim_id) lives
     group by office;"""
SCAN = "set max_parallel_workers_per_gather = 0; select count(*), sum(hours_hundredths) from claim_fact;"


def milliseconds(cluster, statements):
    *before, last = [part for part in statements.strip().split(";") if part.strip()]
    told = cluster.psql("dasmo", ";".join(before) + (";" if before else "") + f"\\timing on\n{last};\n")
    return sum(float(found) for found in re.findall(r"Time: ([\d.]+) ms", told))
