"""Search and the desk of an office in Debian's Chromium, over claims that are sent beforehand."""

import json

from omnia.claims.v1 import claim_pb2, claims_pb2
from omnia.claims.v1.claims_pb2_grpc import ClaimsServiceStub

from omnia_e2e import claims
from test_portal import MORNING, suite


def test_search_and_desk_in_a_browser(own_platform):
    platform = own_platform(now=MORNING)
    filer, operator, director = (platform.caller(it) for it in ("consulente", "operatore", "direttore"))
    mondays = ["2026-08-03", "2026-08-10", "2026-08-17", "2026-08-24", "2026-08-31"]
    sent = [claims.submit(filer, claims.draft(filer, claims.content(monday, 1))) for monday in mondays]
    in_charge, to_transfer = sent[3], sent[4]
    claims.take(operator, in_charge.claim_id)

    rejected = claims.submit(filer, claims.draft(filer, claims.content("2026-09-07", 2)))
    claims.take(operator, rejected.claim_id)
    refusal = claim_pb2.Refusal(reason=claim_pb2.REJECTION_REASON_NOT_TRANSIENT, what="l'intero periodo")
    proposed = claims.propose(operator, rejected, outcome="REJECTION", refusals=[refusal])
    claims.adopt(director, proposed)
    appeal = claims_pb2.FileAppealRequest(claim_id=rejected.claim_id, grounds="La crisi è transitoria.")
    filer((ClaimsServiceStub, "FileAppeal"), appeal)

    stock = {
        "waiting": [claim.protocol_number for claim in sent[:3]], "inCharge": in_charge.claim_id,
        "toTransfer": to_transfer.claim_id, "appealed": rejected.claim_id,
    }
    suite("desk", PORTAL_URL=platform.run["portal"], STOCK=json.dumps(stock))
