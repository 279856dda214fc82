"""Invented data: a whole platform's worth, the same for the same seed, that every other check believes."""

import datetime

import pytest
from omnia.common.v1.common_pb2 import UnitKey
from omnia.dasmo.v1 import dasmo_pb2
from omnia.dasmo.v1.dasmo_pb2_grpc import DasmoServiceStub
from omnia.limits.v1 import limits_pb2
from omnia.limits.v1.limits_pb2_grpc import LimitsServiceStub

from crash.drill import register_faults
from omnia_e2e import claims
from omnia_e2e.platform import Platform, scratch_folder

EMPLOYERS, CLAIMS = 40, 800
NEXT_MONDAY = datetime.date(2026, 9, 7)
OPEN = "('SUBMITTED', 'ASSIGNED', 'UNDER_REVIEW')"
# States in which a decision that grants weeks may be in force.
IN_FORCE = "('ACCEPTED', 'PARTIALLY_ACCEPTED', 'UNDER_REEXAMINATION', 'UNDER_APPEAL')"
UNAVOIDABLE = """('WEATHER_INDUSTRY', 'WEATHER_CONSTRUCTION', 'FIRE_COLLAPSE_FLOOD', 'PREMISES_UNUSABLE',
                  'PUBLIC_AUTHORITY_ORDER', 'POWER_FAILURE', 'EARTHQUAKE', 'MACHINE_FAILURE')"""


def fill(platform):
    return platform.omnia("demo-data", "--employers", str(EMPLOYERS), "--claims", str(CLAIMS), "--seed", "7").stdout


def rows(platform):
    """How many rows each of the tables has that the data go into. What claims ask for reaches the limits by their feed,
    some time later, and counts for nothing: only what was granted is looked at there."""
    granted = "entry where state not in ('REQUESTED', 'CONCLUDED')"
    tables = {"anagrafe": ("employer", "production_unit", "person", "role_grant", "mandate"), "limits": (granted,),
              "claims": ("claim", "decision", "history", "beneficiary", "protocol_entry", "outbox")}
    return {
        (service, table): int(platform.psql(service, f"select count(*) from {table}")[0][0])
        for service, names in tables.items() for table in names
    }


@pytest.fixture(scope="module")
def filled():
    with scratch_folder() as folder:
        platform = Platform(folder / "omnia", now="2026-09-02T10:00:00+02:00").start()
        platform.said = fill(platform)
        yield platform
        platform.stop()


def test_every_script_is_played_and_every_state_reached_that_can_be(filled):
    assert "Every script was played to its end." in filled.said
    states = dict(filled.psql("claims", "select state, count(*) from claim group by 1"))
    assert sum(map(int, states.values())) == CLAIMS
    assert set(states) == {
        "DRAFT", "SUBMITTED", "ASSIGNED", "UNDER_REVIEW", "ACCEPTED", "PARTIALLY_ACCEPTED", "REJECTED", "WITHDRAWN",
        "ANNULLED", "UNDER_REEXAMINATION", "UNDER_APPEAL",
    }
    assert int(states["ACCEPTED"]) > CLAIMS / 2, "most claims are decided, and well"


def test_a_second_run_adds_nothing(filled):
    before = rows(filled)
    assert before["claims", "claim"] == CLAIMS and before["anagrafe", "employer"] == EMPLOYERS + 2
    assert "nothing was added" in fill(filled)
    assert rows(filled) == before


def test_protocol_numbers_have_no_gap_and_follow_time(filled):
    assert list(register_faults(filled)) == []
    backwards = filled.psql("claims", """
        select office4, year, number from (
            select *, lag(registered_at) over (partition by office4, year order by number) as before from protocol_entry
        ) entry where registered_at < before""")
    assert backwards == []


def test_the_limits_hold_the_weeks_that_decisions_in_force_grant(filled):
    granted = filled.psql("claims", f"""
        select distinct on (c.id) d.reservation_id, c.matricola, lower(c.counted), upper(c.counted) - 1, c.product
        from claim c join decision d on d.claim_id = c.id
        where c.state in {IN_FORCE} and c.counted is not null order by c.id, d.sequence desc""")
    assert len(granted) > CLAIMS / 2
    # The other funds, agriculture and deroga have counters of their own, or none.
    kept = ("CIGO", "AIS_FIS", "CIGS")
    assert {reservation for reservation, *_, product in granted if product not in kept} <= {""}
    assert {product for *_, product in granted} >= set(kept)
    granted = [row[:-1] for row in granted if row[-1] in kept]
    booked = filled.psql("limits", "select id, matricola, first_day, last_day from entry where state = 'AUTHORISED'")
    assert granted and sorted(granted) == sorted(booked)


def test_the_counters_of_a_unit_agree_with_its_accepted_claims(filled):
    periods = filled.psql("claims", f"""
        with ordinary as (
            select matricola, production_unit_code as unit, lower(counted) as first, upper(counted) as after from claim
            where competent_office = '490000' and sector not in ('m', 'n', 'o') and causale not in {UNAVOIDABLE}
              and state in {IN_FORCE} and counted is not null)
        select * from ordinary where (matricola, unit) = (select matricola, unit from ordinary group by 1, 2 order by count(*) desc, 1, 2 limit 1)""")
    weeks = set()
    for _, _, first, after in periods:
        monday = datetime.date.fromisoformat(first)
        while monday < datetime.date.fromisoformat(after):
            weeks.add(monday)
            monday += datetime.timedelta(weeks=1)
    weeks = {monday for monday in weeks if monday > NEXT_MONDAY - datetime.timedelta(weeks=104)}
    assert len(weeks) > 3
    request = limits_pb2.GetCountersRequest(
        unit=UnitKey(matricola=periods[0][0], production_unit_code=int(periods[0][1])), reference_week=claims.date(NEXT_MONDAY)
    )
    counters = filled.caller("operatore")((LimitsServiceStub, "GetCounters"), request).counters
    biennium = next(counter for counter in counters if counter.kind == limits_pb2.COUNTER_KIND_CIGO_BIENNIUM)
    assert biennium.used_units == 30 * len(weeks) and biennium.residual_weeks == 52 - len(weeks)


def test_dasmo_counts_two_years_of_days_and_adds_up_to_the_claims(filled):
    filled.omnia("job", "dasmo-snapshot")
    stock = dict(filled.psql("claims", f"""
        select competent_office, count(*) from (
            select distinct on (claim_id) claim_id, to_state from history
            where occurred_at < timestamptz '2026-09-02 00:00 Europe/Rome' order by claim_id, version desc
        ) last join claim on claim.id = last.claim_id where to_state in {OPEN} group by 1"""))
    shown = filled.psql("dasmo", """
        select unit, stock from cell where day = '2026-09-01' and dimension = 'WHOLE' and unit ~ '^[0-9]' and product = '' and section = ''
           and stock > 0""")
    assert dict(shown) == stock
    assert filled.psql("dasmo", """
        select unit, dimension from cell where dimension not in ('STAGE', 'AGE', 'OUTCOME', 'SIZE') group by 1, 2
        having sum(received + transferred_in - defined - withdrawn - annulled - transferred_out)
               <> sum(stock) filter (where day = '2026-09-01')""") == [], "DAS-1 over all days"
    request = dasmo_pb2.GetVolumesRequest(filter=dasmo_pb2.VolumesFilter())
    seen = filled.caller("direttore")((DasmoServiceStub, "GetVolumes"), request)
    assert claims.python_date(seen.as_of).isoformat() == "2026-09-01" and not seen.stale
    assert seen.total.stock == int(stock["490000"])


def test_the_audit_trail_stays_whole(filled):
    assert filled.omnia("audit", "verify", check=False).returncode == 0
