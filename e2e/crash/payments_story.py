"""The life of payments from the first byte to the last cent that comes back, with a kill at every commit of it."""

import re
import uuid

from commit_points import Point, kill_at

from omnia.payments.v1 import flows_pb2, recovery_pb2
from omnia.payments.v1.flows_pb2_grpc import FlowsServiceStub
from omnia_e2e import payments
from omnia_e2e.platform import wait_for

PIECE = Point("a piece of a file", "payments", "upload_part", "insert")
NUMBER = Point("a number of the register", "claims", "protocol_entry", "update", "old.flow_id is null and new.flow_id is not null")
LINES = Point("the lines of a flow", "payments", "flow", "insert")
CHECKS = Point("a batch of checks", "payments", "flow", "update", "old.state = 'CHECKING' and new.state = 'IN_PAYMENT'")
ORDERS = Point("orders", "payments", "batch", "insert")
FILE = Point("the file for the bank", "payments", "audit_record", "insert", "new.action = 'payments.get_batch_file'")
PAID = Point("an answer that pays", "payments", "payment_order", "update", "new.state = 'PAID' and old.state <> 'PAID'")
BACK = Point("an answer that sends back", "payments", "payment_order", "update", "new.state = 'RETURNED'")
AGAIN = Point("an order after a return", "payments", "payment_order", "insert", "new.attempt > 1")
RECOVERY = Point("a recovery", "payments", "recovery", "insert")
REPAYMENT = Point("a repayment", "payments", "recovery_step", "insert", "new.action = 'REPAY'")
POINTS = [PIECE, NUMBER, LINES, CHECKS, ORDERS, FILE, PAID, BACK, AGAIN, RECOVERY, REPAYMENT]
# 0.80 × 9.00 × 8 = 57.60, and 94.16 % of it.
NET = 5_424
DOMICILED = flows_pb2.DomiciledCure(street="Via Roma 1", postal_code="20100", municipality="Milano", province="MI")


class Story:
    """Told on one side of each commit, with workers of its own."""

    def __init__(self, platform, claim, workers, side, acknowledged):
        self.platform, self.claim, self.side, self.acknowledged = platform, claim, side, acknowledged
        self.workers = iter(workers)

    def persona(self, name):
        return self.platform.caller(name)

    def kill(self, point, step):
        return kill_at(self.platform, point, self.side, step)

    def flow(self):
        """A flow of one worker: what it announces, and its bytes."""
        lines = [payments.line(next(self.workers), s2="8,00", s3="", s4="")]
        file = payments.csv(lines)
        return payments.begin(self.claim, file, lines), file

    def upload(self, flow, until=None):
        """Sends a file on from where it is, up to a byte."""
        (announced, file), consultant = flow, self.persona("consulente")
        request = flows_pb2.GetUploadRequest(upload_id=announced.upload_id)
        known = any(self.platform.psql("payments", f"select 1 from upload where id = '{announced.upload_id}'"))
        stored = consultant((FlowsServiceStub, "GetUpload"), request).upload.stored_bytes if known else 0
        upload = payments.upload(consultant, announced, file[:until], offset=min(stored, len(file[:until])))
        if upload.protocol_number:
            self.acknowledged.received(upload)
        return upload

    def verified(self, flow_id):
        asked = f"select 1 from line where flow_id = '{flow_id}' and state <> 'VERIFIED'"
        wait_for(lambda: not self.platform.psql("payments", asked), "the lines to be verified")

    def order(self, request):
        """Orders what is verified, and returns the end-to-end ids of the file."""
        officer = self.persona("funzionario")
        batch = payments.batch(officer, request)
        file = payments.batch_file(officer, batch.batch_id).content.decode()
        orders = re.findall(r"<EndToEndId>(\w+)</EndToEndId>", file)
        self.acknowledged.ordered.update(orders)
        return batch, orders

    def flow_of(self, order):
        [[flow_id]] = self.platform.psql("payments", f"select flow_id from payment_order where end_to_end_id = '{order}'")
        return flow_id

    def answer(self, statuses):
        return payments.answer(self.persona("funzionario"), statuses)

    def tell(self):
        """Everything once, with a kill at each commit. Returns how many cents were paid and how many came back."""
        first, second, third = self.flow(), self.flow(), self.flow()
        half = len(first[1]) // 2
        assert self.kill(PIECE, lambda: self.upload(first, half)).stored_bytes == half
        flows = [self.kill(NUMBER, lambda: self.upload(first)), self.kill(LINES, lambda: self.upload(second))]
        flows.append(self.kill(CHECKS, lambda: self.upload(third)))
        for flow in flows:
            self.verified(flow.flow_id)

        request = str(uuid.uuid4())
        batch, orders = self.kill(ORDERS, lambda: self.order(request))
        assert batch.orders_count == len(orders) == 3
        assert self.kill(FILE, lambda: self.order(request)) == (batch, orders)
        self.kill(PAID, lambda: self.answer({order: "ACSC" for order in orders}))

        # One comes back, and is paid again under another id.
        returned, kept = orders[:2]
        flow_id = self.flow_of(returned)
        self.kill(BACK, lambda: self.answer({returned: "RJCT"}))
        cure = flows_pb2.CureLineRequest(flow_id=flow_id, line_number=1, reason="conto chiuso", domiciled=DOMICILED)
        self.persona("operatore")((FlowsServiceStub, "CureLine"), cure)
        self.verified(flow_id)
        request = str(uuid.uuid4())
        _, again = self.kill(AGAIN, lambda: self.order(request))
        assert len(again) == 1 and again[0] not in orders
        self.answer({again[0]: "ACSC"})

        # Another was paid too much.
        request, reference = str(uuid.uuid4()), f"TRN-{uuid.uuid4().hex[:12]}"
        operator, officer = "operatore", "funzionario"
        [recovery] = self.kill(RECOVERY, lambda: payments.recover(
            self.persona(operator), self.flow_of(kept), {1: 1_000}, request_id=request))
        repaid = self.kill(REPAYMENT, lambda: payments.repay(self.persona(officer), recovery.recovery_id, reference, 400))
        assert (repaid.repaid_cents, repaid.outstanding_cents) == (400, 600)
        assert repaid.state == recovery_pb2.RECOVERY_STATE_PARTLY_REPAID
        self.acknowledged.repaid[reference] = 400
        return 3 * NET, 400
