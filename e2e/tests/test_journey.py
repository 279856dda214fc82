"""The journey: one claim travels from an employer's consultant to the dashboards of directors."""

import grpc
import pytest
from omnia.claims.v1 import claim_pb2, claims_pb2
from omnia.claims.v1.claims_pb2_grpc import ClaimsServiceStub
from omnia.common.v1.common_pb2 import UnitKey
from omnia.dasmo.v1 import dasmo_pb2
from omnia.dasmo.v1.dasmo_pb2_grpc import DasmoServiceStub
from omnia.limits.v1 import limits_pb2
from omnia.limits.v1.limits_pb2_grpc import LimitsServiceStub

from omnia_e2e import claims
from omnia_e2e.errors import Refusal, refused
from omnia_e2e.platform import wait_for

BIENNIUM = limits_pb2.COUNTER_KIND_CIGO_BIENNIUM


def biennium(counters):
    return next(counter for counter in counters if counter.kind == BIENNIUM)


def residual_weeks(caller, week):
    request = limits_pb2.GetCountersRequest(
        unit=UnitKey(matricola=claims.OFFICINE, production_unit_code=0), reference_week=claims.date(week)
    )
    return biennium(caller((LimitsServiceStub, "GetCounters"), request).counters).residual_weeks


def volumes(caller, **filters):
    request = dasmo_pb2.GetVolumesRequest(filter=dasmo_pb2.VolumesFilter(**filters))
    return caller((DasmoServiceStub, "GetVolumes"), request)


def published(caller):
    """The picture that is published, or None in the first moments of a platform."""
    try:
        return volumes(caller)
    except grpc.RpcError as error:
        refusal = Refusal(error)
        assert refusal.reason == "SNAPSHOT_NOT_AVAILABLE", refusal
        return None


def test_one_claim_travels_from_an_employer_to_the_dashboards(own_platform):
    platform = own_platform(now="2026-09-02T10:00:00+02:00")
    consultant = platform.caller("consulente")

    # 1. The consultant files, under the mandate of the firm.
    draft = claims.draft(consultant, claims.content("2026-09-07", 10))
    assert draft.state == claim_pb2.CLAIM_STATE_DRAFT
    check = consultant((ClaimsServiceStub, "CheckDraft"), claims_pb2.CheckDraftRequest(claim_id=draft.claim_id))
    assert check.submittable, check.findings
    assert check.competent_office == "490000"
    counter = biennium(check.counters)
    assert (counter.limit_units, counter.used_units, counter.residual_weeks) == (1560, 0, 52)
    assert check.simulation.grantable_weeks == 10
    assert claims.python_date(check.filing_due_date).isoformat() == "2026-09-22"
    submitted = claims.submit(consultant, draft)
    assert submitted.protocol_number == "INPS.4900.02/09/2026.0000001"
    assert submitted.state == claim_pb2.CLAIM_STATE_SUBMITTED and len(submitted.ticket) == 16

    # 2. The office works on it; a director adopts.
    operator = platform.caller("operatore")
    queue = operator(
        (ClaimsServiceStub, "ListClaims"), claims_pb2.ListClaimsRequest(states=[claim_pb2.CLAIM_STATE_SUBMITTED])
    ).claims
    assert [row.claim_id for row in queue] == [submitted.claim_id]
    claims.take(operator, submitted.claim_id)
    proposed = claims.propose(operator, submitted)
    with refused("PERMISSION_DENIED", "IDN-E04"):
        claims.adopt(operator, proposed)
    with refused("PERMISSION_DENIED", "IDN-E07"):
        claims.adopt(platform.caller("dirigente"), proposed)
    adopted = claims.adopt(platform.caller("direttore"), proposed)
    assert adopted.state == claim_pb2.CLAIM_STATE_ACCEPTED
    again = claims.adopt(platform.caller("direttore"), proposed)
    assert again.decision.decision_id == adopted.decision.decision_id

    # 3. The consultant reads it at once, and the residual weeks have shrunk.
    read = claims.get(consultant, submitted.claim_id)
    assert read.decision.outcome == claim_pb2.OUTCOME_ACCEPTANCE
    assert read.decision.authorization_number == "490026000001"
    assert read.decision.motivation == claims.MOTIVATION
    assert read.proposal.proposed_by == "" and read.handler_id == "", "filers do not see who works on it"
    wait_for(lambda: residual_weeks(consultant, "2026-11-16") == 42, "the residual weeks to shrink")

    # 4. Next morning the directors see it, everybody else is refused.
    before = wait_for(lambda: published(platform.caller("direttore")), "the first picture")
    assert claims.python_date(before.as_of).isoformat() == "2026-09-01", "today is invisible until tomorrow"
    assert before.total.received == 0 and not before.cells
    assert platform.stop() == 0
    platform.restart(now="2026-09-03T06:00:00+02:00")
    platform.omnia("job", "dasmo-snapshot")
    seen = volumes(platform.caller("direttore"))
    assert claims.python_date(seen.as_of).isoformat() == "2026-09-02" and not seen.stale
    assert [(cell.office, cell.received, cell.defined, cell.accepted, cell.stock) for cell in seen.cells] == [
        ("490000", 1, 1, 1, 0)
    ]
    assert volumes(platform.caller("direttore-regionale")).total.received == 1
    assert volumes(platform.caller("coordinatore")).total.received == 1
    assert volumes(platform.caller("direttore-torino")).total.received == 0
    with refused("PERMISSION_DENIED", "IDN-E05"):
        volumes(platform.caller("direttore-torino"), office="490000")
    with refused("PERMISSION_DENIED", "IDN-E05"):
        volumes(platform.caller("direttore-regionale"), region_istat="01")
    for persona in ("operatore", "consulente", "lavoratore", "titolare", "idm", "auditor"):
        with refused("PERMISSION_DENIED", "IDN-E04"):
            volumes(platform.caller(persona))
    with refused("UNAUTHENTICATED", "IDN-E01"):
        volumes(platform.caller())


def test_a_partial_acceptance_gives_a_shorter_period_and_a_rejection_gives_nothing(platform):
    consultant, operator, director = (platform.caller(name) for name in ("consulente", "operatore", "direttore"))
    left_out = claim_pb2.Refusal(reason=claim_pb2.REJECTION_REASON_LIMIT_EXCEEDED, what="le ultime due settimane")
    partly = claims.submit(consultant, claims.draft(consultant, claims.content("2026-09-07", 4, unit=1)))
    claims.take(operator, partly.claim_id)
    adopted = claims.adopt(director, claims.propose(operator, partly, "PARTIAL_ACCEPTANCE", weeks=2, refusals=[left_out]))
    assert adopted.state == claim_pb2.CLAIM_STATE_PARTIALLY_ACCEPTED
    assert adopted.decision.grant.period.weeks == 2
    assert [refusal.what for refusal in adopted.decision.refusals] == ["le ultime due settimane"]

    none = claims.submit(consultant, claims.draft(consultant, claims.content("2026-09-07", 3, unit=1)))
    claims.take(operator, none.claim_id)
    reason = claim_pb2.Refusal(reason=claim_pb2.REJECTION_REASON_NOT_TRANSIENT, what="tutto il periodo")
    rejected = claims.adopt(director, claims.propose(operator, none, "REJECTION", refusals=[reason]))
    assert rejected.state == claim_pb2.CLAIM_STATE_REJECTED
    assert rejected.decision.authorization_number == ""
    assert rejected.decision.protocol_number.startswith("INPS.4900.02/09/2026.")


def test_what_blocks_a_claim_is_said_by_field_and_nothing_is_protocolled(platform):
    consultant = platform.caller("consulente")
    wrong = claims.content("2026-09-07", 4, unit=1)
    wrong.hours_requested_hundredths += 1
    wrong.technical_report.activity = "troppo breve"
    draft = claims.draft(consultant, wrong)
    check = consultant((ClaimsServiceStub, "CheckDraft"), claims_pb2.CheckDraftRequest(claim_id=draft.claim_id))
    assert not check.submittable
    assert {finding.code for finding in check.findings if finding.severity == claim_pb2.SEVERITY_BLOCK} >= {
        "BENEFICIARIES_INVALID", "ATTACHMENT_MISSING",
    }
    assert all(finding.text_it and finding.text_en and finding.source for finding in check.findings)
    with pytest.raises(Exception) as caught:
        claims.submit(consultant, draft)
    assert "violation" in caught.value.details().lower() or caught.value.code().name in ("FAILED_PRECONDITION", "INVALID_ARGUMENT")
    assert claims.get(consultant, draft.claim_id).state == claim_pb2.CLAIM_STATE_DRAFT


def test_submitting_twice_is_one_protocol_number(platform):
    consultant = platform.caller("consulente")
    draft = claims.draft(consultant, claims.content("2026-09-14", 2, unit=1))
    request_id = "018f0000-0000-7000-8000-00000000abcd"
    first = claims.submit(consultant, draft, request_id)
    second = claims.submit(consultant, draft, request_id)
    assert first.protocol_number == second.protocol_number
