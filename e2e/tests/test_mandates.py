"""A mandate that is withdrawn stops working within seconds, everywhere."""

import threading

import grpc
from omnia.anagrafe.v1 import people_pb2
from omnia.anagrafe.v1.people_pb2_grpc import MandatesServiceStub, ProfileServiceStub

from omnia_e2e import claims
from omnia_e2e.errors import Refusal, refused
from omnia_e2e.platform import wait_for


def test_a_withdrawn_mandate_stops_calls_and_open_streams(own_platform):
    platform = own_platform(now="2026-09-02T10:00:00+02:00")
    consultant, owner = platform.caller("consulente"), platform.caller("titolare")
    draft = claims.draft(consultant, claims.content("2026-09-07", 4))

    watched, ended = [], []

    def watch():
        try:
            for state in consultant.stream((MandatesServiceStub, "WatchMandate"), people_pb2.WatchMandateRequest(), timeout=60):
                watched.append(state.mandate)
        except grpc.RpcError as error:
            ended.append(Refusal(error))

    watcher = threading.Thread(target=watch)
    watcher.start()
    wait_for(lambda: watched, "the stream to begin")
    mandate = watched[0]
    assert mandate.active and mandate.matricola == claims.OFFICINE

    withdrawn = owner((MandatesServiceStub, "WithdrawMandate"), people_pb2.WithdrawMandateRequest(mandate_id=mandate.mandate_id))
    assert not withdrawn.mandate.active
    watcher.join(timeout=30)
    assert ended and (ended[0].code.name, ended[0].reason) == ("PERMISSION_DENIED", "IDN-E07"), ended

    def stopped():
        try:
            claims.get(consultant, draft.claim_id)
            return False
        except grpc.RpcError as error:
            return Refusal(error)

    refusal = wait_for(stopped, "the mandate to stop working")
    assert (refusal.code.name, refusal.reason) == ("PERMISSION_DENIED", "IDN-E07")
    with refused("PERMISSION_DENIED", "IDN-E07"):
        claims.draft(consultant, claims.content("2026-09-14", 2))


def test_another_firm_s_matricola_is_refused_by_who_names_it(platform):
    with refused("PERMISSION_DENIED", "IDN-E07"):
        claims.draft(platform.caller("consulente"), claims.content("2026-09-14", 2, matricola=claims.FONDERIE))
    with refused("PERMISSION_DENIED", "IDN-E05"):
        claims.draft(platform.caller("titolare"), claims.content("2026-09-14", 2, matricola=claims.FONDERIE, quality="OWNER"))


def test_a_claim_of_others_is_not_found_like_one_that_does_not_exist(platform):
    claim = claims.draft(platform.caller("consulente"), claims.content("2026-09-14", 2))
    with refused("NOT_FOUND", "IDN-E06") as foreign:
        claims.get(platform.caller("consulente-torino"), claim.claim_id)
    with refused("NOT_FOUND", "IDN-E06") as absent:
        claims.get(platform.caller("consulente-torino"), "018f0000-0000-7000-8000-000000000000")
    assert foreign[0].text == absent[0].text


def test_a_person_sees_what_they_may_act_as(platform):
    profiles = platform.caller("consulente")((ProfileServiceStub, "ListProfiles"), people_pb2.ListProfilesRequest())
    assert [mandate.matricola for mandate in profiles.mandates] == [claims.OFFICINE]
