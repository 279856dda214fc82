"""Flows of direct payment as a consultant sends them."""

import hashlib
import uuid
from xml.sax.saxutils import escape

from omnia.claims.v1 import claim_pb2
from omnia.payments.v1 import flow_pb2, flows_pb2, recoveries_pb2, recovery_pb2, treasury_pb2
from omnia.payments.v1.flows_pb2_grpc import FlowsServiceStub
from omnia.payments.v1.recoveries_pb2_grpc import RecoveriesServiceStub
from omnia.payments.v1.treasury_pb2_grpc import TreasuryServiceStub

from . import claims

COLUMNS = (
    "codice_fiscale;cognome;nome;mese;tipo;qualifica;orario_settimanale;giorni_settimana;part_time_perc;paga_oraria;ore_lavorabili;"
    "s1;s2;s3;s4;s5;s6;iban;bonifico_domiciliato;indirizzo;cap;comune;provincia;cellulare;trattenute;importo_atteso"
).split(";")
ELEMENTS = {
    "codice_fiscale": "CodiceFiscale", "cognome": "Cognome", "nome": "Nome", "mese": "Mese", "tipo": "TipoRichiesta",
    "qualifica": "Qualifica", "orario_settimanale": "OrarioSettimanale", "giorni_settimana": "GiorniSettimana",
    "part_time_perc": "PercPartTime", "paga_oraria": "PagaOraria", "ore_lavorabili": "OreLavorabili", "iban": "Iban",
    "bonifico_domiciliato": "BonificoDomiciliato", "cellulare": "Cellulare", "trattenute": "Trattenute",
    "importo_atteso": "ImportoAtteso",
}
WEEKS = [f"s{number}" for number in range(1, 7)]
IBAN = "IT98Q0306903200100000012345"
PIECE = 256 * 1024


def direct_claim(platform, workers, monday="2026-09-07", weeks=4, hours=8000):
    """A claim of direct payment that the director of Milano has granted, for these workers."""
    wanted = claims.content(monday, weeks)
    template = wanted.beneficiaries[0]
    del wanted.beneficiaries[:]
    for worker in workers:
        added = wanted.beneficiaries.add()
        added.CopyFrom(template)
        added.codice_fiscale, added.hours_requested_hundredths = worker, hours
    wanted.beneficiaries_count, wanted.hours_requested_hundredths = len(workers), hours * len(workers)
    wanted.payment_mode = claim_pb2.PAYMENT_MODE_DIRECT
    wanted.direct_payment_statement = "Grave e documentata difficolta finanziaria: si allegano gli indici di bilancio e di liquidita."
    filer = platform.caller("consulente")
    claim = claims.submit(filer, claims.draft(filer, wanted))
    operator = platform.caller("operatore")
    claims.take(operator, claim.claim_id)
    proposed = claims.propose(operator, claims.get(operator, claim.claim_id))
    return claims.adopt(platform.caller("direttore"), proposed)


def line(worker, **values):
    """64 hours of September 2026, by column, as the CSV layout writes them."""
    return {
        **dict.fromkeys(COLUMNS, ""), "codice_fiscale": worker, "cognome": "Prova", "nome": "Lavoratore", "mese": "2026-09",
        "tipo": "0", "qualifica": "1", "orario_settimanale": "40,00", "giorni_settimana": "5", "paga_oraria": "9,00",
        "ore_lavorabili": "168,00", "s2": "24,00", "s3": "24,00", "s4": "16,00", "iban": IBAN, "bonifico_domiciliato": "N",
        "trattenute": "N", **values,
    }


# A week that is over on the morning of the tests, as a line of its month and as the days of a flow.
AUGUST = {"mese": "2026-08", "s2": "", "s3": "", "s4": "", "s5": "24,00"}
AUGUST_DAYS = {"first": "2026-08-24", "last": "2026-08-30"}


def august_claim(platform, workers):
    """A claim of direct payment for that week, granted."""
    return direct_claim(platform, workers, monday="2026-08-24", weeks=1, hours=4000)


def august_line(worker, **values):
    """24 hours of that week."""
    return line(worker, **{**AUGUST, **values})


def hours(lines):
    """Sum of the hours, in hundredths."""
    weeks = (one[week] for one in lines for week in WEEKS)
    return sum(round(float(text.replace(",", ".")) * 100) for text in weeks if text)


def csv(lines):
    return "\n".join([";".join(COLUMNS), *(";".join(one[column] for column in COLUMNS) for one in lines)]).encode() + b"\n"


def xml(claim, lines, first="2026-09-07", last="2026-09-30"):
    def element(name, text):
        return f"<{name}>{escape(text)}</{name}>"

    def worker(one):
        point = {column: text.replace(",", ".") for column, text in one.items()}
        simple = "".join(element(name, point[column] if column not in ("cognome", "nome") else one[column])
                         for column, name in ELEMENTS.items() if one[column])
        weeks = "".join(f'<Settimana n="{week[1]}">{point[week]}</Settimana>' for week in WEEKS if one[week])
        return f"<Lavoratore>{simple}<Ore>{weeks}</Ore></Lavoratore>"

    head = "".join(element(*pair) for pair in [
        ("Tipo", "UNIEMENS_CIG"), ("NumeroAutorizzazione", claim.decision.authorization_number), ("Ticket", claim.ticket),
        ("Matricola", claims.OFFICINE), ("PeriodoDal", first), ("PeriodoAl", last), ("NumeroRighe", str(len(lines))),
        ("TotaleOre", f"{hours(lines) / 100:.2f}"),
    ])
    body = "".join(worker(one) for one in lines)
    return (f'<?xml version="1.0" encoding="UTF-8"?><FlussoPagamento xmlns="urn:omnia:payments:flow:1"><Testata>{head}</Testata>'
            f"{body}</FlussoPagamento>").encode()


def begin(claim, file, lines=None, first="2026-09-07", last="2026-09-30", corrects=""):
    """Announces a CSV flow of these lines, or an XML one without them."""
    announced = flows_pb2.BeginFlow(
        upload_id=str(uuid.uuid4()), authorization_number=claim.decision.authorization_number, matricola=claims.OFFICINE,
        format=flows_pb2.FLOW_FORMAT_CSV if lines else flows_pb2.FLOW_FORMAT_XML, total_bytes=len(file),
        sha256=hashlib.sha256(file).hexdigest(),
    )
    if lines:
        announced.header.CopyFrom(flows_pb2.FlowHeader(
            kind=flow_pb2.FLOW_KIND_UNIEMENS_CIG, ticket=claim.ticket, to=claims.date(last), lines_count=len(lines),
            hours_hundredths=hours(lines), corrects_protocol_number=corrects, **{"from": claims.date(first)},
        ))
    return announced


def announce(told, file):
    """Announces a flow as `omnia demo-flow lines` tells its header."""
    announced = flows_pb2.BeginFlow(
        upload_id=str(uuid.uuid4()), authorization_number=told["authorization_number"], matricola=told["matricola"],
        format=getattr(flows_pb2, f"FLOW_FORMAT_{told['format']}"), total_bytes=len(file), sha256=hashlib.sha256(file).hexdigest(),
    )
    if announced.format == flows_pb2.FLOW_FORMAT_CSV:
        announced.header.CopyFrom(flows_pb2.FlowHeader(
            kind=getattr(flow_pb2, f"FLOW_KIND_{told['kind']}"), ticket=told["ticket"], to=claims.date(told["to"]),
            lines_count=told["lines_count"], hours_hundredths=told["hours_hundredths"], **{"from": claims.date(told["from"])},
        ))
    return announced


def messages(announced, file, offset=0):
    yield flows_pb2.UploadFlowRequest(begin=announced)
    for place in range(offset, len(file), PIECE):
        yield flows_pb2.UploadFlowRequest(chunk=flows_pb2.FlowChunk(offset=place, data=file[place : place + PIECE]))


def upload(filer, announced, file, offset=0, timeout=60):
    return filer((FlowsServiceStub, "UploadFlow"), messages(announced, file, offset), timeout=timeout).upload


def send(filer, claim, lines, **options):
    file = csv(lines)
    return upload(filer, begin(claim, file, lines, **options), file)


def flow(reader, flow_id):
    return reader((FlowsServiceStub, "GetFlow"), flows_pb2.GetFlowRequest(flow_id=flow_id)).flow


def lines(reader, flow_id):
    return list(reader((FlowsServiceStub, "ListLines"), flows_pb2.ListLinesRequest(flow_id=flow_id)).lines)


def batch(officer, request_id=None):
    request = treasury_pb2.CreateBatchRequest(request_id=request_id or str(uuid.uuid4()))
    return officer((TreasuryServiceStub, "CreateBatch"), request).batch


def batch_file(officer, batch_id):
    return officer((TreasuryServiceStub, "GetBatchFile"), treasury_pb2.GetBatchFileRequest(batch_id=batch_id))


def answer(officer, statuses):
    """A pain.002 with these statuses by end-to-end id."""
    orders = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{order}</OrgnlEndToEndId><TxSts>{status}</TxSts></TxInfAndSts>"
        for order, status in statuses.items()
    )
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
        f"<OrgnlPmtInfAndSts>{orders}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    )
    request = treasury_pb2.IngestBankAnswersRequest(content=content.encode())
    return officer((TreasuryServiceStub, "IngestBankAnswers"), request)


def ledger(officer):
    return officer((TreasuryServiceStub, "GetLedger"), treasury_pb2.GetLedgerRequest())


def recover(operator, flow_id, amounts, request_id=None, reason=recovery_pb2.RECOVERY_REASON_LINE_CORRECTED):
    """Opens recoveries by line and amount; 0 for all that is left."""
    lines = [recoveries_pb2.RecoveryLine(line_number=number, amount_cents=cents) for number, cents in amounts.items()]
    request = recoveries_pb2.OpenRecoveriesRequest(
        request_id=request_id or str(uuid.uuid4()), flow_id=flow_id, lines=lines, reason=reason,
        note="Le ore erano meno di quelle pagate.")
    return list(operator((RecoveriesServiceStub, "OpenRecoveries"), request).recoveries)


def recovery(reader, recovery_id):
    """A recovery with its history."""
    return reader((RecoveriesServiceStub, "GetRecovery"), recoveries_pb2.GetRecoveryRequest(recovery_id=recovery_id))


def recoveries(reader, **filters):
    return reader((RecoveriesServiceStub, "ListRecoveries"), recoveries_pb2.ListRecoveriesRequest(**filters)).recoveries


def repay(officer, recovery_id, reference, cents, on="2026-10-02"):
    request = recoveries_pb2.RegisterRepaymentRequest(
        recovery_id=recovery_id, reference=reference, amount_cents=cents, credited_on=claims.date(on))
    return officer((RecoveriesServiceStub, "RegisterRepayment"), request).recovery


def credit(officer, reference, amount, text, on="2026-10-02"):
    """A camt.054 with money that somebody sent, and what they wrote on it."""
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08">'
        f"<BkToCstmrDbtCdtNtfctn><Ntfctn><Ntry><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{on}</Dt></BookgDt>"
        f"<NtryDtls><TxDtls><Refs><AcctSvcrRef>{reference}</AcctSvcrRef></Refs>"
        f'<Amt Ccy="EUR">{amount}</Amt><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry></Ntfctn>'
        "</BkToCstmrDbtCdtNtfctn></Document>"
    )
    request = treasury_pb2.IngestBankAnswersRequest(content=content.encode())
    return officer((TreasuryServiceStub, "IngestBankAnswers"), request)
