"""DASMO's section of payment flows: what it shows of each of several days against a count by plain SQL over the payments
service's own tables, taken on the evening of that day; and the way down to one flow in Debian's Chromium."""

import re

import pytest
from omnia.dasmo.v1 import dasmo_pb2, flows_pb2 as dasmo_flows
from omnia.dasmo.v1.flows_pb2_grpc import DasmoFlowsServiceStub
from omnia.payments.v1 import flow_pb2, flows_pb2
from omnia.payments.v1.flows_pb2_grpc import FlowsServiceStub

from omnia_e2e import claims, payments
from omnia_e2e.errors import refused
from omnia_e2e.people import codice_fiscale
from omnia_e2e.platform import Platform, scratch_folder, wait_for
from test_portal import suite

WORKER, SECOND, THIRD, STRANGER = "XXXLVR90B14Z990Q", codice_fiscale(11), codice_fiscale(12), codice_fiscale(13)
UNSETTLED = (flow_pb2.FLOW_STATE_RECEIVED, flow_pb2.FLOW_STATE_CHECKING)


def settle(platform, flow_id):
    operator = platform.caller("operatore")
    wait_for(lambda: payments.flow(operator, flow_id).state not in UNSETTLED, "the lines to be checked")


def cure(platform, flow_id, number, **how):
    request = flows_pb2.CureLineRequest(flow_id=flow_id, line_number=number, reason="prova", **how)
    platform.caller("operatore")((FlowsServiceStub, "CureLine"), request)


def counted(platform):
    """By office: lines in stock, stopped, paid, and distinct workers in stock; and lines by anomaly."""
    by_office = platform.psql("payments", """
        select office, count(*) filter (where state not in ('PAID', 'CANCELLED')),
               count(*) filter (where state in ('ANOMALY', 'RETURNED')), count(*) filter (where state = 'PAID'),
               count(distinct person_id) filter (where state not in ('PAID', 'CANCELLED'))
          from line group by office order by office""")
    anomalies = platform.psql("payments", "select code, count(*) from line, unnest(anomalies) code group by code order by code")
    return [tuple(row) for row in by_office], [tuple(row) for row in anomalies]


@pytest.fixture(scope="module")
def days():
    """Three days of a flow and a half: sent, cured and ordered, answered by the bank; and the morning after them."""
    with scratch_folder() as folder:
        platform = Platform(folder / "omnia", now="2026-09-02T10:00:00+02:00").start()
        claim = payments.direct_claim(platform, [WORKER, SECOND, THIRD])
        evenings = {}

        def day_of(date):
            assert platform.stop() == 0
            platform.restart(now=f"{date}T10:00:00+02:00")

        day_of("2026-10-02")
        wanted = [payments.line(WORKER), payments.line(STRANGER), payments.line(SECOND, trattenute="S")]
        first = payments.send(platform.caller("consulente"), claim, wanted).flow_id
        settle(platform, first)
        evenings["2026-10-02"] = counted(platform)

        day_of("2026-10-05")
        cure(platform, first, 3, confirm_deductions=flows_pb2.ConfirmDeductions())
        wait_for(lambda: payments.lines(platform.caller("operatore"), first)[2].state == flow_pb2.LINE_STATE_VERIFIED,
                 "the cured line to be checked")
        second = payments.send(platform.caller("consulente"), claim, [payments.line(THIRD)]).flow_id
        settle(platform, second)
        officer = platform.caller("funzionario")
        file = payments.batch_file(officer, payments.batch(officer).batch_id)
        evenings["2026-10-05"] = counted(platform)

        day_of("2026-10-06")
        orders = re.findall(r"<EndToEndId>(\w+)</EndToEndId>", file.content.decode())
        payments.answer(platform.caller("funzionario"), {orders[0]: "ACSC", orders[1]: "ACSC", orders[2]: "RJCT"})
        cure(platform, first, 2, cancel=flows_pb2.CancelLine())
        evenings["2026-10-06"] = counted(platform)

        day_of("2026-10-07")
        platform.omnia("job", "dasmo-snapshot")
        yield platform, evenings
        platform.stop()


def test_every_day_shows_what_plain_sql_counted_on_its_evening(days):
    platform, evenings = days
    assert any(stopped for offices, _ in evenings.values() for _, _, stopped, *_ in offices)
    for day, (offices, anomalies) in evenings.items():
        cells = platform.psql("dasmo", f"""
            select unit, sum(stock) filter (where day = '{day}'), sum(stock_stopped) filter (where day = '{day}'),
                   sum(paid) - sum(reopened)
              from line_cell where day <= '{day}' and dimension = 'WHOLE' and unit ~ '^[0-9]' and product = '' and section = ''
             group by unit order by unit""")
        assert [tuple(row) for row in cells] == [row[:4] for row in offices], day
        shown = platform.psql("dasmo", f"""
            select value, stock from line_cell
             where day = '{day}' and dimension = 'ANOMALY' and unit = 'IT' and product = '' and section = '' order by value""")
        assert [tuple(row) for row in shown] == anomalies, day
        request = dasmo_flows.GetFlowBreakdownRequest(as_of=claims.date(day), by=dasmo_pb2.DIMENSION_OFFICE)
        answer = platform.caller("dirigente-centrale")((DasmoFlowsServiceStub, "GetFlowBreakdown"), request)
        for office, stock, _, _, workers in offices:
            part = next((part for part in answer.parts if part.value == office), None)
            assert part.volumes.stock == int(stock)
            workers = int(workers)
            assert (part.persons.stock.count, part.persons.stock.below_three) == (workers if workers >= 3 else 0, workers < 3)


def test_a_rebuild_from_the_steps_makes_the_same_figures(days):
    platform, _ = days
    figures = "select * from line_cell order by day, unit, dimension, product, section, value"
    before = platform.psql("dasmo", figures)
    platform.omnia("job", "dasmo-rebuild")
    assert platform.psql("dasmo", figures) == before


def test_the_list_behind_the_number_holds_no_person_and_nothing_of_others(days):
    platform, _ = days
    listed = platform.caller("direttore")((DasmoFlowsServiceStub, "ListStockFlows"), dasmo_flows.ListStockFlowsRequest())
    assert sum(flow.stock for flow in listed.flows) == 1 and listed.flows[0].anomalies == ["IBAN_RETURNED"]
    text = str(listed)
    assert not any(worker in text for worker in (WORKER, SECOND, THIRD)) and payments.IBAN not in text
    of_torino = platform.caller("direttore-torino")
    assert not of_torino((DasmoFlowsServiceStub, "ListStockFlows"), dasmo_flows.ListStockFlowsRequest()).flows
    with refused("NOT_FOUND", "IDN-E06"):
        of_torino((DasmoFlowsServiceStub, "GetStockFlow"), dasmo_flows.GetStockFlowRequest(flow_id=listed.flows[0].flow_id))
    with refused("PERMISSION_DENIED", "IDN-E05"):
        outside = dasmo_flows.GetFlowBreakdownRequest(by=dasmo_pb2.DIMENSION_PRODUCT, filter=dasmo_pb2.VolumesFilter(office="490000"))
        of_torino((DasmoFlowsServiceStub, "GetFlowBreakdown"), outside)
    with refused("PERMISSION_DENIED", "IDN-E04"):
        platform.caller("operatore")((DasmoFlowsServiceStub, "ListStockFlows"), dasmo_flows.ListStockFlowsRequest())


def test_the_list_and_the_flow_in_a_browser(days):
    platform, _ = days
    suite("dashboard-flows", PORTAL_URL=platform.run["portal"])
