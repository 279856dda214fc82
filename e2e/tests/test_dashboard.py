"""DASMO over invented claims of two years: its figures against a count by plain SQL over the claims service's own tables,
also after the process was killed while it made them; and its pages in Debian's Chromium."""

import datetime
import random
import subprocess
import time

import pytest
from omnia.dasmo.v1 import dasmo_pb2
from omnia.dasmo.v1.dasmo_pb2_grpc import DasmoServiceStub

from omnia_e2e import claims
from omnia_e2e.platform import Platform, scratch_folder, wait_for
from test_portal import suite

NOW = "2026-09-02T10:00:00+02:00"
LAST = datetime.date(2026, 9, 1)
OPEN = "('SUBMITTED', 'ASSIGNED', 'UNDER_REVIEW', 'SUPPLEMENT_PENDING')"
DECIDED = "('ACCEPTED', 'PARTIALLY_ACCEPTED', 'REJECTED')"
# The cells that a plain count can be held against: by office, product and each characteristic that the claim itself names.
CUTS = {"WHOLE": "''", "CAUSALE": "causale", "PAYMENT_MODE": "payment_mode", "ARRIVAL": "to_char(arrived, 'YYYY-MM')"}


# Nobody listens there: digests are subscribed to, and none is sent on a Wednesday.
MAIL = "OMNIA__SERVICES__DASMO__SETTINGS__MAIL__"
MAILED = {MAIL + "SMTP_URL": "smtp://127.0.0.1:9", MAIL + "SENDER": "dasmo@inps.it", MAIL + "DOMAINS": "inps.it"}


@pytest.fixture(scope="module")
def filled():
    with scratch_folder() as folder:
        platform = Platform(folder / "omnia", now=NOW, env=MAILED).start()
        platform.omnia("demo-data", "--employers", "60", "--claims", "1500", "--seed", "11")
        killed_in_the_middle(platform)
        platform.omnia("job", "dasmo-snapshot")
        yield platform
        platform.stop()


def killed_in_the_middle(platform):
    """The job makes some of the two years of days and is killed (SIGKILL) at work."""
    job = subprocess.Popen(
        platform.command("job", "dasmo-snapshot"), env=platform.environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: published(platform) > 20, "some days to be made")
    time.sleep(random.random() / 10)
    job.kill()
    job.wait()
    assert 20 < published(platform) < 600, "killed in the middle"


def published(platform):
    return int(platform.psql("dasmo", "select count(*) from snapshot")[0][0])


def recount(platform, day, value):
    """Received, defined, stock and what is old in it, by office, product and value, read off the history of claims."""
    return {
        tuple(row[:3]): tuple(map(int, row[3:]))
        for row in platform.psql("claims", f"""
        with told as (
          select claim.id, claim.competent_office as office, claim.product, claim.causale, claim.payment_mode, history.to_state,
                 history.version, (history.occurred_at at time zone 'Europe/Rome')::date as day,
                 (claim.submitted_at at time zone 'Europe/Rome')::date as arrived
            from claim join history on history.claim_id = claim.id
           where claim.submitted_at is not null and history.to_state <> 'DRAFT'
        ), lives as (
          select id, office, product, {value} as value, arrived,
                 min(day) filter (where to_state in {DECIDED}) as decided,
                 min(day) filter (where to_state in ('WITHDRAWN', 'ANNULLED')) as gone
            from told group by id, office, product, causale, payment_mode, arrived
        )
        select office, product, value, count(*) filter (where arrived = date '{day}') as received,
               count(*) filter (where decided = date '{day}') as defined,
               count(*) filter (where least(decided, gone) is null or least(decided, gone) > date '{day}') as stock,
               count(*) filter (where date '{day}' - arrived > 180
                                  and (least(decided, gone) is null or least(decided, gone) > date '{day}')) as chronic
          from lives where arrived <= date '{day}' group by 1, 2, 3""")
    }


def shown(platform, day, dimension):
    return {
        tuple(row[:3]): tuple(map(int, row[3:]))
        for row in platform.psql("dasmo", f"""
        select unit, product, value, sum(received), sum(defined), sum(stock), sum(stock_chronic) from cell
         where day = date '{day}' and dimension = '{dimension}' and unit ~ '^[0-9]' and product <> '' and section = '' group by 1, 2, 3""")
    }


def test_every_cell_of_random_days_is_what_plain_sql_counts(filled):
    days = random.Random(7).sample(range(700), 12)
    for day in [LAST, *(LAST - datetime.timedelta(days=ago) for ago in days)]:
        for dimension, value in CUTS.items():
            counted = {key: row for key, row in recount(filled, day, value).items() if any(row)}
            cells = {key: row for key, row in shown(filled, day, dimension).items() if any(row)}
            assert cells == counted, f"{day} by {dimension}"


def test_regions_and_italy_are_the_sums_of_their_offices_on_every_day(filled):
    assert filled.psql("dasmo", """
        select cell.day, dimension, value, product, section from cell left join office_seen on office = unit group by 1, 2, 3, 4, 5
        having sum(stock) filter (where unit ~ '^[0-9]') <> sum(stock) filter (where unit = 'IT')
            or sum(stock) filter (where unit ~ '^[0-9]') <> sum(stock) filter (where unit ~ '^R')
            or sum(received) filter (where unit ~ '^[0-9]') <> sum(received) filter (where unit = 'IT')""") == []


def test_what_is_kept_of_all_instruments_and_both_halves_is_the_sum_of_each(filled):
    assert filled.psql("dasmo", """
        select day, unit, dimension, value from cell group by 1, 2, 3, 4
        having (sum(stock), sum(received)) is distinct from
               (4 * sum(stock) filter (where product <> '' and section <> ''), 4 * sum(received) filter (where product <> '' and section <> ''))
            or sum(stock) filter (where product = '' and section = '') is distinct from sum(stock) filter (where product <> '' and section = '')
            or sum(stock) filter (where product = '' and section = '') is distinct from sum(stock) filter (where product = '' and section <> '')
        """) == []


def test_the_days_that_definitions_took_are_what_plain_sql_counts(filled):
    rows = filled.psql("claims", f"""
        select percentile_disc(0.5) within group (order by took), percentile_disc(0.9) within group (order by took), count(*)
          from (select min((occurred_at at time zone 'Europe/Rome')::date) filter (where to_state in {DECIDED})
                       - (claim.submitted_at at time zone 'Europe/Rome')::date as took,
                       min((occurred_at at time zone 'Europe/Rome')::date) filter (where to_state in {DECIDED}) as decided
                  from claim join history on history.claim_id = claim.id where claim.submitted_at is not null
                 group by claim.id, claim.submitted_at) lives
         where decided between date '2026-06-01' and date '{LAST}'""")
    median, p90, count = map(int, rows[0])
    request = dasmo_pb2.GetBreakdownRequest(
        **{"from": claims.date("2026-06-01")}, by=dasmo_pb2.DIMENSION_PRODUCT, filter=dasmo_pb2.VolumesFilter(),
    )
    total = filled.caller("dirigente-centrale")((DasmoServiceStub, "GetBreakdown"), request).total.volumes
    assert (total.gross_days.median, total.gross_days.p90, total.defined) == (median, p90, count)


def test_the_dashboard_in_a_browser(filled):
    office = filled.psql("dasmo", f"""
        select unit from cell where day = '{LAST}' and dimension = 'WHOLE' and unit ~ '^[0-9]' and product = '' and section = ''
           and stock_chronic > 0 order by stock_chronic desc limit 1""")[0][0]
    suite("dashboard", PORTAL_URL=filled.run["portal"], OFFICE=office)
    # Whoever tried without being allowed to is in the audit trail (`claims.md` DAS-11).
    tried = {"SEDE", "INT", "AZ-TIT", "LAV", "ADV", "IDM"}
    wait_for(lambda: tried <= refused_roles(filled), "the attempts to be in the audit trail")


def refused_roles(platform):
    """The roles to which the gateway has refused the figures that open every page of the dashboard."""
    return {role for role, in platform.psql("gateway", """
        select distinct role from audit_record
         where action = 'omnia.dasmo.v1.DasmoService/GetVolumes' and outcome = 'REFUSED' and reason = 'IDN-E04'""")}
