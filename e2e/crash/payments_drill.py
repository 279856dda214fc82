"""The crash drill of direct payment: load that sends flows, orders and answers and repeats what was not answered, and a checker
that recounts everything from the rows."""

import collections
import random
import re
import threading
import time
import uuid

import grpc

from omnia.payments.v1 import flow_pb2
from omnia_e2e import iso20022, payments
from omnia_e2e.errors import Refusal
from omnia_e2e.people import codice_fiscale
from omnia_e2e.platform import wait_for

WORKERS = [codice_fiscale(40_000 + number) for number in range(40)]
HOLDING = "('RECEIVED', 'IN_VERIFICATION', 'VERIFIED', 'ORDERED', 'PAID', 'RETURNED')"


class Acknowledged:
    """What the platform has promised: receipts, and what the bank was told of."""

    def __init__(self):
        self.lock = threading.Lock()
        self.receipts, self.ordered, self.repaid = {}, set(), {}
        self.answers = collections.Counter()

    def count(self, name):
        with self.lock:
            self.answers[name] += 1

    def received(self, upload):
        with self.lock:
            self.receipts[upload.flow_id] = upload.protocol_number
            self.answers["received"] += 1


def flow_of(seed):
    """Lines of a few workers; some are no beneficiaries, some repeat a month that others pay."""
    dice = random.Random(seed)
    workers = dice.sample(WORKERS, dice.randint(1, 4)) + [codice_fiscale(90_000 + seed)] * dice.randint(0, 1)
    return [payments.line(worker, s2=f"{dice.randint(1, 8)},00", s3="", s4="") for worker in workers]


class Load:
    """Consultants who send, an officer who orders, a bank that answers, an operator who asks back, until the platform is gone."""

    def __init__(self, platform, acknowledged, claim, seeds):
        self.over, self.seeds, self.claim = threading.Event(), seeds, claim
        self.platform, self.acknowledged = platform, acknowledged
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self.send, self.send, self.order, self.recover)]

    def until_gone(self, step):
        while not self.over.is_set():
            try:
                step()
            except grpc.RpcError as error:
                refusal = Refusal(error)
                self.acknowledged.count(refusal.reason or refusal.code.name)
                if refusal.code.name in ("UNAVAILABLE", "CANCELLED", "DEADLINE_EXCEEDED") and not refusal.reason:
                    return

    def send(self):
        consultant = self.platform.caller("consulente")

        def step():
            upload = payments.send(consultant, self.claim, flow_of(next(self.seeds)))
            if upload.protocol_number:
                self.acknowledged.received(upload)

        self.until_gone(step)

    def order(self):
        officer = self.platform.caller("funzionario")

        def step():
            try:
                batch = payments.batch(officer)
            except grpc.RpcError as error:
                if Refusal(error).reason != "NOTHING_TO_ORDER":
                    raise
                time.sleep(0.1)
                return
            file = payments.batch_file(officer, batch.batch_id).content.decode()
            orders = re.findall(r"<EndToEndId>(\w+)</EndToEndId>", file)
            assert iso20022.faults("pain.001.001.09", file.encode()) == []
            self.acknowledged.count("batches")
            statuses = {order: random.choice(["ACSC", "ACSC", "RJCT", "PDNG"]) for order in orders}
            payments.answer(officer, statuses)
            self.acknowledged.ordered.update(orders)

        self.until_gone(step)

    def recover(self):
        """Asks a little back of lines that were paid, and takes it in: each repayment twice."""
        operator, officer = self.platform.caller("operatore"), self.platform.caller("funzionario")

        def step():
            known = list(self.acknowledged.receipts)
            flow_id = random.choice(known) if known else None
            paid = [line for line in payments.lines(operator, flow_id)
                    if line.state == flow_pb2.LINE_STATE_PAID and line.recovered_cents == 0] if flow_id else []
            if not paid:
                time.sleep(0.1)
                return
            [recovery] = payments.recover(operator, flow_id, {paid[0].line_number: 100})
            self.acknowledged.count("recoveries")
            reference = f"TRN-{uuid.uuid4().hex[:12]}"
            for _ in range(2):
                payments.repay(officer, recovery.recovery_id, reference, 60)
            self.acknowledged.repaid[reference] = 60
            self.acknowledged.count("repayments")

        self.until_gone(step)

    def __enter__(self):
        # Tokens are made by a program of their own, which would take up the moment before the kill.
        for persona in ("consulente", "funzionario", "operatore"):
            self.platform.token(persona)
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(timeout=30)


def kill_under_load(platform, acknowledged, claim, seeds, moment):
    with Load(platform, acknowledged, claim, seeds):
        time.sleep(moment)
        platform.kill()
    platform.restart()


def faults(platform, acknowledged):
    """Everything that is wrong. An empty list is the only good answer."""
    asked = "select count(*) from line where state = 'IN_VERIFICATION' and check_after is not null"
    wait_for(lambda: platform.psql("payments", asked) == [["0"]], "the lines to be checked", seconds=120)

    def rows(statement):
        return platform.psql("payments", statement)

    found = []
    flows = dict(rows("select id, protocol_number from flow"))
    for flow, receipt in acknowledged.receipts.items():
        if flows.get(flow) != receipt:
            found.append(f"flow {flow} with receipt {receipt} is lost")
    entered = platform.psql("claims", "select flow_id from protocol_entry where flow_id is not null")
    unfinished = {row[0] for row in rows("select flow_id from upload where state = 'RECEIVING'")}
    for (flow,) in entered:
        if flow not in flows and flow not in unfinished:
            found.append(f"a protocol number is that of no flow: {flow}")
    checks = {
        "flow {} does not count its lines right": """
            select flow.id from flow cross join lateral (
                select array_agg((select count(*)::int from line where flow_id = flow.id and state = of.state) order by of.place)
                    as counted
                from unnest(array['RECEIVED', 'IN_VERIFICATION', 'VERIFIED', 'ANOMALY', 'ORDERED', 'PAID', 'RETURNED', 'CANCELLED'])
                    with ordinality as of (state, place)) as recount
            where counts <> counted""",
        "hours are set aside for no line, or for too many: worker {}": f"""
            select person_id from granted_worker
            where hours_held <> coalesce((select sum(hours) from line where line.person_id = granted_worker.person_id
                                          and authorization_number = granted_worker.number and type in ('0', '1')
                                          and state in {HOLDING}), 0)""",
        "worker {} is paid twice for a month": """
            select person_id from line where type in ('0', '1') and state in ('ORDERED', 'PAID')
            group by person_id, month, authorization_number having count(*) > 1""",
        "line {} has more than one order alive": """
            select flow_id || '/' || number from payment_order where state <> 'RETURNED'
            group by flow_id, number having count(*) > 1""",
        "line {} and its order differ": """
            select line.flow_id || '/' || line.number from line left join payment_order as ordered
                on ordered.flow_id = line.flow_id and ordered.number = line.number and ordered.attempt = line.attempt
            where (line.state = 'PAID') <> coalesce(ordered.state = 'PAID', false)
               or (line.state = 'ORDERED') <> coalesce(ordered.state in ('ORDERED', 'UNKNOWN'), false)""",
        "the ledger does not sum to zero: {}": "select sum(cents) from posting having sum(cents) <> 0",
        "the clearing account is not what is in transit: {}": """
            select coalesce(sum(cents) filter (where account = 'BANK_CLEARING'), 0)
                 + (select coalesce(sum(net), 0) from payment_order where state in ('ORDERED', 'UNKNOWN'))
            from posting having coalesce(sum(cents) filter (where account = 'BANK_CLEARING'), 0)
                 + (select coalesce(sum(net), 0) from payment_order where state in ('ORDERED', 'UNKNOWN')) <> 0""",
        "the treasury did not pay what the orders say, less what came back: {}": """
            select difference from (
                select coalesce(sum(cents) filter (where account = 'TREASURY'), 0)
                     + (select coalesce(sum(net), 0) from payment_order where state = 'PAID')
                     - (select coalesce(sum(repaid), 0) from recovery) as difference from posting) as one
            where difference <> 0""",
        "workers owe something else than the recoveries say: {}": """
            select difference from (
                select coalesce(sum(cents) filter (where account = 'RECEIVABLE'), 0)
                     - (select coalesce(sum(amount - repaid - written_off), 0) from recovery where state <> 'CANCELLED') as difference
                from posting) as one
            where difference <> 0""",
        "more is recovered of order {} than was paid": """
            select end_to_end_id from payment_order
            where net < (select coalesce(sum(amount), 0) from recovery
                         where recovery.end_to_end_id = payment_order.end_to_end_id and state <> 'CANCELLED')""",
        "recovery {} does not hold what its repayments brought": """
            select id from recovery where repaid <> (
                select coalesce(sum(cents), 0) from recovery_step where recovery_id = recovery.id and action = 'REPAY')""",
        "the events of recovery {} have a gap": """
            select id from recovery where version <> (select count(*) from outbox where aggregate_id = recovery.id::text)""",
        "the events of flow {} have a gap": """
            select aggregate_id from outbox join flow on flow.id = aggregate_id::uuid
            group by aggregate_id, version having count(*) <> version""",
        "order {} was acknowledged and is gone": "select end_to_end_id from unnest(array[{}]::text[]) as one (end_to_end_id) "
        "where not exists (select from payment_order where payment_order.end_to_end_id = one.end_to_end_id)".format(
            ", ".join(f"'{order}'" for order in sorted(acknowledged.ordered))),
    }
    kept = dict(rows("select reference, cents from recovery_step where reference is not null"))
    for reference, cents in acknowledged.repaid.items():
        if kept.get(reference) != str(cents):
            found.append(f"repayment {reference} was acknowledged and is gone")
    for symptom, statement in checks.items():
        found += [symptom.format(row[0]) for row in rows(statement)]
    return found
