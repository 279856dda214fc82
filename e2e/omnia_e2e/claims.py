"""Claims as a consultant would write them."""

import datetime
import itertools
import uuid

from google.type.date_pb2 import Date
from omnia.claims.v1 import claim_pb2, claims_pb2
from omnia.claims.v1.claims_pb2_grpc import ClaimsServiceStub, OfficeServiceStub
from omnia.common.v1 import common_pb2

from .people import codice_fiscale

OFFICINE, FONDERIE = "4900000001", "8100000002"
_SECTION = (
    "Testo di prova della relazione tecnica: la sezione descrive con elementi oggettivi la situazione della unità "
    "produttiva, le cause della sospensione e le prospettive di ripresa, come chiede il decreto del 2016 per questa causale."
)
MOTIVATION = "Esaminata la documentazione, ricorrono i presupposti di legge per la concessione del trattamento richiesto."
_people = itertools.count(1)


def date(day):
    day = datetime.date.fromisoformat(day) if isinstance(day, str) else day
    return Date(year=day.year, month=day.month, day=day.day)


def python_date(message):
    return datetime.date(message.year, message.month, message.day)


def period(monday, weeks):
    return common_pb2.WeekPeriod(first_week=date(monday), weeks=weeks)


def content(monday, weeks, workers=2, matricola=OFFICINE, unit=0, quality="INTERMEDIARY", first_person=None, forced=("SAME_UNIT_SAME_PERIOD",)):
    """A whole CIGO claim for lack of orders."""
    monday = datetime.date.fromisoformat(monday) if isinstance(monday, str) else monday
    start = first_person if first_person is not None else next(_people) * 1000
    hours = 1000 * weeks
    return claim_pb2.DraftContent(
        unit=common_pb2.UnitKey(matricola=matricola, production_unit_code=unit),
        product=claim_pb2.PRODUCT_CIGO,
        causale=claim_pb2.CAUSALE_LACK_OF_WORK_OR_ORDERS,
        period=period(monday, weeks),
        beneficiaries_count=workers,
        hours_requested_hundredths=hours * workers,
        beneficiaries=[
            claim_pb2.Beneficiary(
                codice_fiscale=codice_fiscale(start + worker),
                qualifica="1",
                weekly_hours_hundredths=4000,
                hired_on=date("2015-01-07"),
                hours_requested_hundredths=hours,
            )
            for worker in range(workers)
        ],
        payment_mode=claim_pb2.PAYMENT_MODE_CONGUAGLIO,
        technical_report=claim_pb2.TechnicalReport(
            activity=_SECTION, event_and_causes=_SECTION, consequences=_SECTION, transience_and_resumption=_SECTION,
            non_attributability=_SECTION, market_continuity=_SECTION,
            sections=[claim_pb2.ReportSection(section_id=section, text=_SECTION) for section in ("orders_fall", "orders_attempts")],
        ),
        consultation=claim_pb2.Consultation(
            communication_date=date(monday - datetime.timedelta(days=30)),
            recipients=[claim_pb2.Recipient(kind=claim_pb2.RECIPIENT_KIND_RSU, name="RSU di stabilimento")],
            outcome=claim_pb2.CONSULTATION_OUTCOME_NOT_REQUESTED,
        ),
        self_declarations=[
            claim_pb2.SelfDeclaration(
                declaration_id="PRIOR_CONSULTATION", text="La consultazione sindacale è stata svolta.",
                declared_on=date(monday - datetime.timedelta(days=14)),
            )
        ],
        filer_quality=getattr(claim_pb2, f"FILER_QUALITY_{quality}"),
        override_notes=[
            claim_pb2.OverrideNote(code=code, note="I lavoratori interessati sono altri, di un altro reparto.") for code in forced
        ],
        contact_pec="studio@pec.esempio.invalid",
        contact_email="studio@esempio.invalid",
        contact_phone="+39 02 5550100",
        filer_codice_fiscale=codice_fiscale(1),
    )


def draft(filer, wanted):
    request = claims_pb2.CreateDraftRequest(request_id=str(uuid.uuid4()), content=wanted)
    return filer((ClaimsServiceStub, "CreateDraft"), request).claim


def submit(filer, claim, request_id=None):
    request = claims_pb2.SubmitClaimRequest(
        claim_id=claim.claim_id, request_id=request_id or str(uuid.uuid4()), etag=claim.etag
    )
    return filer((ClaimsServiceStub, "SubmitClaim"), request).claim


def take(operator, claim_id):
    return operator((OfficeServiceStub, "TakeInCharge"), claims_pb2.TakeInChargeRequest(claim_id=claim_id)).claim


def propose(operator, claim, outcome="ACCEPTANCE", weeks=None, motivation=MOTIVATION, refusals=()):
    wanted = claim.content
    request = claims_pb2.ProposeDecisionRequest(
        claim_id=claim.claim_id, outcome=getattr(claim_pb2, f"OUTCOME_{outcome}"), motivation=motivation, refusals=refusals
    )
    if outcome != "REJECTION":
        granted = weeks or wanted.period.weeks
        request.grant.CopyFrom(
            claim_pb2.Grant(
                period=common_pb2.WeekPeriod(first_week=wanted.period.first_week, weeks=granted),
                beneficiaries_count=wanted.beneficiaries_count,
                hours_hundredths=wanted.hours_requested_hundredths * granted // wanted.period.weeks,
            )
        )
    return operator((OfficeServiceStub, "ProposeDecision"), request).claim


def adopt(director, claim):
    request = claims_pb2.AdoptDecisionRequest(claim_id=claim.claim_id, proposal_id=claim.proposal.proposal_id)
    return director((OfficeServiceStub, "AdoptDecision"), request).claim


def annul(director, claim_id):
    request = claims_pb2.AnnulClaimRequest(claim_id=claim_id, reason="Duplicata")
    return director((OfficeServiceStub, "AnnulClaim"), request).claim


def get(caller, claim_id):
    return caller((ClaimsServiceStub, "GetClaim"), claims_pb2.GetClaimRequest(claim_id=claim_id)).claim
