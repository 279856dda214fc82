"""Assisted compilation, as the portal and other clients meet it."""

import uuid

from google.type.date_pb2 import Date
from omnia.claims.v1 import claim_pb2, claims_pb2
from omnia.claims.v1.claims_pb2_grpc import ClaimsServiceStub
from omnia.common.v1.common_pb2 import UnitKey

from omnia_e2e import claims
from omnia_e2e.errors import refused

UNIT = UnitKey(matricola=claims.OFFICINE, production_unit_code=0)


def test_a_form_says_what_is_known_and_where_from(platform):
    filer = platform.caller("consulente")
    form = filer((ClaimsServiceStub, "GetFilingForm"), claims_pb2.GetFilingFormRequest(unit=UNIT))
    known = {value.field: value for value in form.filled}
    assert known["employer.name"].source == claim_pb2.VALUE_SOURCE_ANAGRAFE
    assert known["filer_quality"].source == claim_pb2.VALUE_SOURCE_SESSION
    assert form.content.headcount and form.content.seat_province_istat
    best = form.products[0]
    assert (best.product, best.compatibility) == (claim_pb2.PRODUCT_CIGO, claims_pb2.COMPATIBILITY_SUGGESTED)
    assert {source.state for source in form.sources} <= {claim_pb2.SOURCE_STATE_AVAILABLE, claim_pb2.SOURCE_STATE_NOT_CONNECTED}


def test_the_reasons_are_those_of_the_instrument_and_the_day(platform):
    filer = platform.caller("consulente")

    def reasons(product, day):
        request = claims_pb2.ListCausaliRequest(product=product, first_day=day)
        return {it.causale for it in filer((ClaimsServiceStub, "ListCausali"), request).causali}

    autumn, spring = Date(year=2026, month=9, day=7), Date(year=2019, month=4, day=1)
    assert claim_pb2.CAUSALE_MARKET_CRISIS in reasons(claim_pb2.PRODUCT_CIGO, autumn)
    assert reasons(claim_pb2.PRODUCT_CIGS, autumn) == {
        claim_pb2.CAUSALE_REORGANISATION, claim_pb2.CAUSALE_COMPANY_CRISIS, claim_pb2.CAUSALE_SOLIDARITY_CONTRACT
    }
    assert claim_pb2.CAUSALE_COVID19_NAZIONALE not in reasons(claim_pb2.PRODUCT_CIGO, spring)


def test_what_was_filled_in_is_confirmed_by_who_files(platform):
    filer = platform.caller("consulente")
    wanted = claims.content("2026-09-07", 1)
    draft = claims.draft(filer, wanted)
    update = claims_pb2.UpdateDraftRequest(
        claim_id=draft.claim_id, etag=draft.etag, content=draft.content, confirmed_fields=["headcount"]
    )
    draft = filer((ClaimsServiceStub, "UpdateDraft"), update).claim
    confirmed = {value.field for value in draft.filled if value.confirmed_by}
    assert confirmed == {"headcount"}
    claim = claims.submit(filer, draft)
    assert all(value.confirmed_by for value in claim.filled)


def test_a_finding_says_what_to_do_and_a_claim_of_others_is_not_copied(platform):
    filer, stranger = platform.caller("consulente"), platform.caller("consulente-torino")
    draft = claims.draft(filer, claim_pb2.DraftContent(unit=UNIT))
    checked = filer((ClaimsServiceStub, "CheckDraft"), claims_pb2.CheckDraftRequest(claim_id=draft.claim_id))
    assert checked.findings and all(it.fix_it and it.fix_en and it.source for it in checked.findings)
    copy = claims_pb2.CreateDraftRequest(
        request_id=str(uuid.uuid4()), copy_from_claim_id=draft.claim_id,
        content=claim_pb2.DraftContent(unit=UnitKey(matricola=claims.FONDERIE)),
    )
    with refused("NOT_FOUND", "IDN-E06"):
        stranger((ClaimsServiceStub, "CreateDraft"), copy)
