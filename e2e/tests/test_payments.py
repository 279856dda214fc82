"""Direct payment through the gateway: a consultant sends flows, the office cures and orders, the bank answers, workers see their
own."""

import json
import re

import pytest
from omnia.payments.v1 import flow_pb2, flows_pb2, recoveries_pb2, recovery_pb2
from omnia.payments.v1.flows_pb2_grpc import FlowsServiceStub
from omnia.payments.v1.recoveries_pb2_grpc import RecoveriesServiceStub

from omnia_e2e import claims, iso20022, payments
from omnia_e2e.errors import refused
from omnia_e2e.people import codice_fiscale
from omnia_e2e.platform import Platform, scratch_folder, wait_for

# The persona `lavoratore`, and workers whom nobody logs in as.
WORKER, SECOND, THIRD, STRANGER = "XXXLVR90B14Z990Q", codice_fiscale(11), codice_fiscale(12), codice_fiscale(13)
FOURTH, FIFTH = codice_fiscale(14), codice_fiscale(15)
IN_PAYMENT, WITH_ANOMALIES, PAID = (
    flow_pb2.FLOW_STATE_IN_PAYMENT, flow_pb2.FLOW_STATE_WITH_ANOMALIES, flow_pb2.FLOW_STATE_PAID)


@pytest.fixture(scope="module")
def granted():
    """A platform in October with a claim that was granted in September, before its weeks."""
    with scratch_folder() as folder:
        platform = Platform(folder / "omnia", now="2026-09-02T10:00:00+02:00").start()
        claim = payments.direct_claim(platform, [WORKER, SECOND, THIRD, FOURTH, FIFTH])
        platform.invented = payments.direct_claim(platform, invented_workers(platform))
        assert platform.stop() == 0
        platform.restart(now="2026-10-02T10:00:00+02:00")
        yield platform, claim
        platform.stop()


INVENTED = ("--workers", "20", "--granted", "80")


def invented_workers(platform):
    """Those of `omnia demo-flow`, whom a claim is for."""
    file = platform.folder / "workers.csv"
    platform.omnia("demo-flow", "workers", *INVENTED, str(file))
    return [line.split(";")[0] for line in file.read_text().splitlines()[1:]]


def send_invented(platform, *options):
    """Sends a flow that `omnia demo-flow` invents."""
    claim, file = platform.invented, platform.folder / "flow"
    told = platform.omnia(
        "demo-flow", "lines", *INVENTED, "--authorization", claim.decision.authorization_number, "--ticket", claim.ticket, "--matricola",
        claim.content.unit.matricola, "--from", "2026-09-07", "--to", "2026-09-30", *options, str(file),
    ).stdout
    content = file.read_bytes()
    consultant = platform.caller("consulente")
    return payments.upload(consultant, payments.announce(json.loads(told), content), content)


def settled(reader, flow_id):
    """The flow once nothing of it waits for a check."""
    wait_for(lambda: payments.flow(reader, flow_id).state not in (flow_pb2.FLOW_STATE_RECEIVED, flow_pb2.FLOW_STATE_CHECKING),
             "the lines to be checked")
    return payments.flow(reader, flow_id)


def test_from_the_file_of_a_consultant_to_the_account_of_a_worker(granted):
    platform, claim = granted
    consultant, operator, officer = (platform.caller(one) for one in ("consulente", "operatore", "funzionario"))
    wanted = [payments.line(WORKER, importo_atteso="460,80"), payments.line(STRANGER), payments.line(SECOND, trattenute="S")]

    # One wrong IBAN refuses the whole, and the answer says where it is.
    wrong = [*wanted, payments.line(THIRD, iban="IT61X0542811101000000123456")]
    upload = payments.send(consultant, claim, wrong)
    assert upload.state == flows_pb2.UPLOAD_STATE_REFUSED and list(upload.refusal.codes) == ["IBAN_INVALID"]
    assert [(fault.line, fault.field) for fault in upload.refusal.faults] == [(4, "iban")]

    # Right, it has a receipt of the protocol register; sent again it is the same flow.
    upload = payments.send(consultant, claim, wanted)
    assert upload.state == flows_pb2.UPLOAD_STATE_ACCEPTED
    assert re.fullmatch(r"INPS\.4900\.02/10/2026\.\d{7}", upload.protocol_number)
    assert payments.send(consultant, claim, wanted).flow_id == upload.flow_id
    flow = settled(consultant, upload.flow_id)
    assert (flow.state, flow.term.month, flow.term.day) == (WITH_ANOMALIES, 11, 30)
    lines = payments.lines(consultant, upload.flow_id)
    codes = [[flow_pb2.AnomalyCode.Name(anomaly.code) for anomaly in line.anomalies] for line in lines]
    assert codes == [[], ["ANOMALY_CODE_NOT_A_BENEFICIARY"], ["ANOMALY_CODE_DEDUCTIONS_TO_WORK"]]
    # 0.80 × 9.00 × 64 = 460.80, and 94.16 % of it.
    assert (lines[0].gross_cents, lines[0].net_cents, lines[0].expected_differs) == (46_080, 43_389, False)
    assert lines[0].iban_masked.endswith("2345") and payments.IBAN not in lines[0].iban_masked

    # The office confirms the deductions and cancels the line of somebody who is no beneficiary.
    cure = flows_pb2.CureLineRequest(flow_id=upload.flow_id, line_number=3, reason="trattenuta lavorata",
                                     confirm_deductions=flows_pb2.ConfirmDeductions())
    operator((FlowsServiceStub, "CureLine"), cure)
    cancel = flows_pb2.CureLineRequest(flow_id=upload.flow_id, line_number=2, reason="non autorizzato",
                                       cancel=flows_pb2.CancelLine())
    operator((FlowsServiceStub, "CureLine"), cancel)
    wait_for(lambda: payments.flow(operator, upload.flow_id).state == IN_PAYMENT, "the cured line to be checked")

    # Ordered once, paid when the bank says so.
    batch = payments.batch(officer)
    assert (batch.orders_count, batch.total_cents) == (2, 2 * 43_389)
    file = payments.batch_file(officer, batch.batch_id)
    orders = re.findall(r"<EndToEndId>(\w+)</EndToEndId>", file.content.decode())
    assert len(orders) == 2 and payments.batch_file(officer, batch.batch_id) == file
    with refused("FAILED_PRECONDITION", "NOTHING_TO_ORDER"):
        payments.batch(officer)
    in_transit = payments.ledger(officer)
    assert (in_transit.sum_cents, in_transit.in_transit_cents, in_transit.reconciled) == (0, 2 * 43_389, True)
    assert payments.answer(officer, {orders[0]: "ACSC", orders[1]: "PDNG"}).unknown_count == 1
    assert payments.answer(officer, {orders[0]: "ACSC", orders[1]: "ACSC"}).repeated_count == 1
    paid = payments.ledger(officer)
    assert (paid.sum_cents, paid.in_transit_cents, paid.paid_cents) == (0, 0, 2 * 43_389)
    assert payments.flow(consultant, upload.flow_id).state == PAID

    # The worker sees the own payment, and a citizen nobody's.
    worker = platform.caller("lavoratore")
    mine = worker((FlowsServiceStub, "ListMyPayments"), flows_pb2.ListMyPaymentsRequest()).payments
    assert [(one.employer_name, one.net_cents, one.state) for one in mine] == [
        ("Officine Ambrosiane S.r.l.", 43_389, flow_pb2.LINE_STATE_PAID)]
    with refused("NOT_FOUND", "IDN-E06"):
        payments.flow(platform.caller("operatore-torino"), upload.flow_id)
    with refused("PERMISSION_DENIED", "IDN-E04"):
        payments.flow(worker, upload.flow_id)


def test_an_xml_flow_goes_on_from_where_it_was_cut_off(granted):
    platform, claim = granted
    consultant = platform.caller("consulente")
    file = payments.xml(claim, [payments.line(THIRD)])
    announced = payments.begin(claim, file)
    half = payments.upload(consultant, announced, file[: len(file) // 2])
    assert half.state == flows_pb2.UPLOAD_STATE_RECEIVING and half.stored_bytes == len(file) // 2
    upload = payments.upload(consultant, announced, file, offset=half.stored_bytes)
    assert upload.state == flows_pb2.UPLOAD_STATE_ACCEPTED
    assert settled(consultant, upload.flow_id).state == IN_PAYMENT


def test_the_files_for_the_bank_keep_to_the_schema_of_iso_20022(granted):
    platform, claim = granted
    consultant, officer = platform.caller("consulente"), platform.caller("funzionario")
    address = {"indirizzo": "Via dell'Università 1/b & corte", "cap": "20100", "comune": "Forlì del Sannio", "provincia": "IS"}
    wanted = [
        payments.line(FOURTH, cognome="D'Àlò & <Çelik>", nome="Niccolò Łukasz"),
        payments.line(FIFTH, cognome="x" * 60, nome="y" * 60, iban="", bonifico_domiciliato="S", **address),
    ]
    upload = payments.send(consultant, claim, wanted)
    assert settled(consultant, upload.flow_id).state == IN_PAYMENT
    batch = payments.batch(officer)
    content = payments.batch_file(officer, batch.batch_id).content
    assert iso20022.faults("pain.001.001.09", content) == []

    # What the schema does not say: both ways of paying are there, and the control sums are right.
    text = content.decode()
    assert text.count("<PmtInf>") == 2 and "BONIFICO DOMICILIATO" in text
    assert re.search(r"<GrpHdr>.*?<NbOfTxs>(\d+)<", text).group(1) == str(batch.orders_count)
    amounts = [round(float(amount) * 100) for amount in re.findall(r'<InstdAmt Ccy="EUR">(\d+\.\d{2})<', text)]
    assert len(amounts) == batch.orders_count and sum(amounts) == batch.total_cents
    assert re.search(r"<GrpHdr>.*?<CtrlSum>([\d.]+)<", text).group(1) == f"{batch.total_cents / 100:.2f}"

    # And the schema would say so.
    for broken in (content.replace(b"<PmtMtd>TRF</PmtMtd>", b""), content.replace(b'Ccy="EUR"', b'Ccy="EURO"')):
        assert iso20022.faults("pain.001.001.09", broken)


def test_an_over_payment_is_asked_back_and_comes_back(granted):
    platform, claim = granted
    consultant, operator, officer, worker = (
        platform.caller(one) for one in ("consulente", "operatore", "funzionario", "lavoratore"))
    request = flows_pb2.ListFlowsRequest(states=[PAID])
    flow_id = next(flow.flow_id for flow in operator((FlowsServiceStub, "ListFlows"), request).flows)
    [line] = [one for one in payments.lines(operator, flow_id) if one.codice_fiscale == WORKER]

    # All of it and no more, by the office and nobody else.
    for who in (consultant, worker, platform.caller("direttore")):
        with refused("PERMISSION_DENIED", "IDN-E04"):
            payments.recover(who, flow_id, {line.line_number: 1})
    with refused("FAILED_PRECONDITION", "RECOVERY_EXCEEDS_PAID"):
        payments.recover(operator, flow_id, {line.line_number: line.net_cents + 1})
    [recovery] = payments.recover(operator, flow_id, {line.line_number: 10_000})
    assert (recovery.paid_cents, recovery.outstanding_cents) == (line.net_cents, 10_000)
    ledger = payments.ledger(officer)
    assert (ledger.sum_cents, ledger.receivable_cents, ledger.reconciled) == (0, 10_000, True)

    # The worker sees it, with the account and the code for the transfer.
    mine = worker((FlowsServiceStub, "ListMyPayments"), flows_pb2.ListMyPaymentsRequest()).payments
    [owed] = [recovery for payment in mine for recovery in payment.recoveries]
    assert (owed.state, owed.outstanding_cents, owed.code) == (recovery_pb2.RECOVERY_STATE_OPENED, 10_000, recovery.code)
    assert owed.pay_to_iban and owed.pay_to_name

    # The letter arrives, a part comes by the bank's notification, a part by hand; each once.
    notify = recoveries_pb2.NotifyRecoveryRequest(recovery_id=recovery.recovery_id, notified_on=claims.date("2026-10-02"))
    notified = operator((RecoveriesServiceStub, "NotifyRecovery"), notify).recovery
    assert (notified.due_on.month, notified.due_on.day) == (11, 1)
    text = f"Restituzione {recovery.code}"
    assert payments.credit(officer, "TRN-1", "40.00", text).repayments_count == 1
    assert payments.credit(officer, "TRN-1", "40.00", text).repeated_count == 1
    for _ in range(2):
        settled_one = payments.repay(officer, recovery.recovery_id, "TRN-2", 6_000)
    assert (settled_one.state, settled_one.repaid_cents) == (recovery_pb2.RECOVERY_STATE_SETTLED, 10_000)
    ledger = payments.ledger(officer)
    assert (ledger.sum_cents, ledger.receivable_cents, ledger.repaid_cents, ledger.reconciled) == (0, 0, 10_000, True)

    # Everything stands in its history; another office knows nothing of it.
    told = [recovery_pb2.RecoveryAction.Name(step.action) for step in payments.recovery(operator, recovery.recovery_id).steps]
    assert told == [f"RECOVERY_ACTION_{action}" for action in ("OPEN", "NOTIFY", "REPAY", "REPAY")]
    assert [one.recovery_id for one in payments.recoveries(operator, codice_fiscale=WORKER)] == [recovery.recovery_id]
    elsewhere = platform.caller("operatore-torino")
    assert not payments.recoveries(elsewhere)
    with refused("NOT_FOUND", "IDN-E06"):
        payments.recovery(elsewhere, recovery.recovery_id)


def test_a_claim_with_payments_is_not_annulled(granted):
    platform, claim = granted
    known = f"select 1 from claim_payments where claim_id = '{claim.claim_id}' and lines > 0"
    wait_for(lambda: platform.psql("claims", known), "claims to hear of the payments")
    with refused("FAILED_PRECONDITION", "PAYMENTS_EXIST"):
        claims.annul(platform.caller("direttore"), claim.claim_id)
def test_invented_flows_of_both_layouts_are_received_with_the_faults_that_were_asked_for(granted):
    platform, _ = granted
    consultant = platform.caller("consulente")
    right = send_invented(platform, "--format", "csv")
    assert right.state == flows_pb2.UPLOAD_STATE_ACCEPTED
    assert settled(consultant, right.flow_id).state == IN_PAYMENT

    codes = {"CF_INVALID", "NOT_A_BENEFICIARY", "HOURS_EXCEED_CONTRACT", "DEDUCTIONS_TO_WORK"}
    wrong = send_invented(platform, "--format", "xml", "--number", "2", "--wrong", "50", "--codes", ",".join(sorted(codes)))
    assert wrong.state == flows_pb2.UPLOAD_STATE_ACCEPTED
    assert settled(consultant, wrong.flow_id).state == WITH_ANOMALIES
    lines = payments.lines(consultant, wrong.flow_id)
    found = [flow_pb2.AnomalyCode.Name(anomaly.code).removeprefix("ANOMALY_CODE_") for line in lines for anomaly in line.anomalies]
    assert 4 <= len(found) <= 16 and set(found) <= codes

    refused_whole = send_invented(platform, "--number", "3", "--wrong", "100", "--codes", "IBAN_INVALID")
    assert refused_whole.state == flows_pb2.UPLOAD_STATE_REFUSED and list(refused_whole.refusal.codes) == ["IBAN_INVALID"]


def test_the_protocol_register_has_no_gap(granted):
    platform, _ = granted
    numbers = [int(row[0]) for row in platform.psql("claims", "select number from protocol_entry where office4 = '4900' order by 1")]
    assert numbers == list(range(1, len(numbers) + 1))
    flows = {row[0] for row in platform.psql("payments", "select id from flow")}
    entered = {row[0] for row in platform.psql("claims", "select flow_id from protocol_entry where flow_id is not null")}
    assert flows == entered
