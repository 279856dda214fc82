"""Direct payments in Debian's Chromium: a claim is granted and files are made beforehand; people do the rest."""

import json

from omnia.claims.v1 import claim_pb2, claims_pb2
from omnia.claims.v1.claims_pb2_grpc import ClaimsServiceStub
from omnia.payments.v1 import flow_pb2, flows_pb2
from omnia.payments.v1.flows_pb2_grpc import FlowsServiceStub

from omnia_e2e import claims, payments
from omnia_e2e.people import codice_fiscale
from test_portal import MORNING, suite

# The persona `lavoratore`, and workers whom nobody logs in as; the stranger is not in the grant.
WORKER, SECOND, THIRD, FOURTH, STRANGER = (
    "XXXLVR90B14Z990Q", codice_fiscale(11), codice_fiscale(12), codice_fiscale(13), codice_fiscale(14))
# Flows of a page of the list, and one more.
LISTED = 26
# Lines of a file that goes up in several pieces.
MANY = 12_000


def test_direct_payments_in_a_browser(own_platform):
    platform = own_platform(now=MORNING)
    nothing, partly = appealed(platform, "REJECTION"), appealed(platform, "PARTIAL_ACCEPTANCE", weeks=1)
    claim = payments.august_claim(platform, [WORKER, SECOND, THIRD, FOURTH])
    listed(platform, claim)
    first = [
        payments.august_line(WORKER, importo_atteso="200,00"),
        payments.august_line(STRANGER, cognome="Bianchi", nome="Luca"),
        payments.august_line(SECOND, trattenute="S"),
    ]
    corrected = [payments.august_line(THIRD, cognome="Bianchi", nome="Luca")]
    many = [payments.august_line(codice_fiscale(1_000 + number)) for number in range(MANY)]
    many[-1]["iban"] = "IT61X0542811101000000123456"
    xml = payments.xml(claim, [payments.august_line(FOURTH)], **payments.AUGUST_DAYS)
    stock = {
        "appealed": {"partly": partly.claim_id, "nothing": nothing.claim_id},
        "claim": claim.claim_id, "authorization": claim.decision.authorization_number, "days": payments.AUGUST_DAYS,
        "files": {"first": told(first), "corrected": told(corrected), "many": told(many)}, "xml": xml.decode(),
    }
    folder = platform.folder.parent / "stock.json"
    folder.write_text(json.dumps(stock))
    suite("payments", PORTAL_URL=platform.run["portal"], STOCK=str(folder))


def appealed(platform, outcome, **granted):
    """A claim of direct payment that was not granted whole, and is under appeal."""
    wanted = claims.content("2026-09-07", 2, unit=1)
    wanted.payment_mode = claim_pb2.PAYMENT_MODE_DIRECT
    wanted.direct_payment_statement = "Grave e documentata difficolta finanziaria: si allegano gli indici di bilancio e di liquidita."
    filer, operator = platform.caller("consulente"), platform.caller("operatore")
    claim = claims.submit(filer, claims.draft(filer, wanted))
    claims.take(operator, claim.claim_id)
    refusal = claim_pb2.Refusal(reason=claim_pb2.REJECTION_REASON_NOT_TRANSIENT, what="quanto non concesso")
    proposed = claims.propose(operator, claims.get(operator, claim.claim_id), outcome, refusals=[refusal], **granted)
    claims.adopt(platform.caller("direttore"), proposed)
    appeal = claims_pb2.FileAppealRequest(claim_id=claim.claim_id, grounds="La crisi è transitoria.")
    return filer((ClaimsServiceStub, "FileAppeal"), appeal).claim


def told(lines):
    """A CSV flow, and the totals that go into its header."""
    return {"csv": payments.csv(lines).decode(), "lines": len(lines), "hours": f"{payments.hours(lines) / 100:.2f}".replace(".", ",")}


def listed(platform, claim):
    """Flows that fill a page of the list, deleted again so that nothing of them is paid."""
    filer = platform.caller("consulente")
    for number in range(LISTED):
        line = payments.august_line(FOURTH, s5=f"{number + 1},00")
        upload = payments.send(filer, claim, [line], **payments.AUGUST_DAYS)
        assert upload.state == flows_pb2.UPLOAD_STATE_ACCEPTED, upload
        deleted = filer((FlowsServiceStub, "DeleteFlow"), flows_pb2.DeleteFlowRequest(flow_id=upload.flow_id, reason="prova"))
        assert deleted.flow.state == flow_pb2.FLOW_STATE_DELETED
