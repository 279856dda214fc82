"""The act of a decision and the receipt of a claim: read as people read them, the same at every download, and checked by
anybody."""

import hashlib
import os
import re
import subprocess

import grpc
import pytest
from omnia.claims.v1 import acts_pb2, claim_pb2

from omnia_e2e import acts, claims
from omnia_e2e.errors import refused
from omnia_e2e.platform import ROOT


def decided(platform, monday, weeks=4, granted=None, outcome="ACCEPTANCE", refusals=()):
    """A claim of the consultant of Officine, decided by the office of Milano."""
    filer, operator = platform.caller("consulente"), platform.caller("operatore")
    claim = claims.submit(filer, claims.draft(filer, claims.content(monday, weeks)))
    claims.take(operator, claim.claim_id)
    proposed = claims.propose(operator, claim, outcome=outcome, weeks=granted, refusals=refusals)
    return claims.adopt(platform.caller("direttore"), proposed)


@pytest.fixture(scope="module")
def partial(platform):
    left_out = claim_pb2.Refusal(reason=claim_pb2.REJECTION_REASON_LIMIT_EXCEEDED, what="dalla quinta settimana in poi")
    return decided(platform, "2026-09-07", weeks=6, granted=4, outcome="PARTIAL_ACCEPTANCE", refusals=[left_out])


def test_the_claimant_reads_the_act_at_once(platform, partial):
    header, file = acts.act(platform.caller("consulente"), partial.claim_id)
    decision, said = partial.decision, acts.words(file)
    for expected in [
        "Provvedimento di accoglimento parziale", "Direzione provinciale di Milano (490000)", "Officine Ambrosiane",
        decision.protocol_number, decision.authorization_number, partial.protocol_number, partial.ticket,
        "Mancanza di lavoro o di commesse", "art. 3 DM 95442/2016", "D.Lgs. 14 settembre 2015, n. 148",
        claims.MOTIVATION, "6 settimane (dal 07/09/2026 al 18/10/2026)", "4 settimane dal 07/09/2026 al 04/10/2026",
        "2 lavoratori", "80,00", "dalla quinta settimana in poi", "Superamento dei limiti di durata",
        "Comitato amministratore", "30 giorni", "Tribunale amministrativo regionale", "Il direttore della struttura", "Direttore",
        "Pagina 1 di",
    ]:
        assert expected in said, f"{expected!r} is not in {said}"
    assert partial.content.beneficiaries, "there are workers to name"
    assert not [worker for worker in partial.content.beneficiaries if worker.codice_fiscale in said], "no worker is named"
    assert header.size_bytes == len(file) and header.sha256 == hashlib.sha256(file).hexdigest()
    assert header.content_type == "application/pdf" and header.file_name.startswith("provvedimento-INPS.4900.")
    assert header.content_disposition.startswith('attachment; filename="provvedimento-')


def test_the_file_is_archival_and_read_aloud(platform, partial):
    _, file = acts.act(platform.caller("consulente"), partial.claim_id)
    about = acts.about(file)
    assert about["Title"].startswith("Provvedimento di accoglimento parziale INPS.4900.")
    assert (about["Tagged"], about["Encrypted"], about["PDF version"]) == ("yes", "no", "1.7")
    assert about["CreationDate"].startswith("Wed Sep  2")
    metadata = acts.poppler("pdfinfo", file, "-meta")
    assert "<pdfaid:part>2" in metadata and "<pdfaid:conformance>A" in metadata and "<pdfuaid:part>1" in metadata
    structure = acts.poppler("pdfinfo", file, "-struct")
    for part in ["H1", "H2", "Table", "TH", "TD", "Figure"]:
        assert re.search(rf"^ *{part}\b", structure, re.MULTILINE), f"{part} is not in {structure}"
    fonts = acts.poppler("pdffonts", file).splitlines()[2:]
    assert fonts and all(line.split()[-5] == "yes" for line in fonts), "every typeface is embedded"


def test_every_download_is_the_same_bytes_also_after_a_restart(own_platform):
    platform = own_platform(now="2026-09-02T10:00:00+02:00")
    claim = decided(platform, "2026-09-07")
    _, first = acts.act(platform.caller("consulente"), claim.claim_id)
    _, receipt = acts.receipt(platform.caller("consulente"), claim.claim_id)
    platform.kill()
    platform.restart(now="2027-03-01T10:00:00+01:00")
    for reader in ["consulente", "titolare", "operatore", "direttore"]:
        assert acts.act(platform.caller(reader), claim.claim_id)[1] == first, reader
    assert acts.receipt(platform.caller("consulente"), claim.claim_id)[1] == receipt
    assert acts.act(platform.caller("consulente"), claim.claim_id, offset=1000)[1] == first[1000:]


def test_another_firm_s_people_and_other_offices_get_neither(platform, partial):
    for stranger in ["consulente-torino", "operatore-torino", "direttore-torino"]:
        for get in [acts.act, acts.receipt]:
            with refused("NOT_FOUND", "IDN-E06"):
                get(platform.caller(stranger), partial.claim_id)
    for outsider in ["lavoratore", "advisor", "auditor"]:
        with refused("PERMISSION_DENIED", "IDN-E04"):
            acts.act(platform.caller(outsider), partial.claim_id)
    with refused("UNAUTHENTICATED", "IDN-E01"):
        acts.act(platform.caller(), partial.claim_id)


def test_the_receipt_says_protocol_ticket_office_and_terms(platform):
    filer = platform.caller("consulente")
    draft = claims.draft(filer, claims.content("2026-08-03", 2))
    with refused("FAILED_PRECONDITION", "INVALID_STATE"):
        acts.receipt(filer, draft.claim_id)
    claim = claims.submit(filer, draft)
    header, file = acts.receipt(filer, claim.claim_id)
    said = acts.words(file)
    for expected in [
        claim.protocol_number, claim.ticket, "Direzione provinciale di Milano (490000)", "02/09/2026 alle ore 10:",
        "intermediario", "oltre il termine, che era il 18/08/2026", "articolo 15, comma 4", "CLAIM FILED LATE",
    ]:
        assert expected in said, f"{expected!r} is not in {said}"
    assert header.file_name.startswith("ricevuta-INPS.4900.")


def test_anybody_checks_a_code_and_learns_no_more_than_the_paper_says(platform, partial):
    code, anybody = partial.decision.verification_code, platform.caller()
    _, file = acts.act(platform.caller("consulente"), partial.claim_id)
    grouped = "-".join(code[place : place + 5] for place in range(0, 25, 5))
    assert grouped in acts.words(file)
    answer = acts.verify(anybody, grouped.lower())
    assert answer.result == acts_pb2.VERIFICATION_RESULT_GENUINE
    assert answer.act.outcome == claim_pb2.OUTCOME_PARTIAL_ACCEPTANCE
    assert answer.act.protocol_number == partial.decision.protocol_number
    assert claims.python_date(answer.act.adopted_on).isoformat() == "2026-09-02"
    assert [field.name for field, _ in answer.act.ListFields()] == ["outcome", "protocol_number", "adopted_on"]
    swapped = code[1] + code[0] + code[2:] if code[0] != code[1] else code[:-1] + ("0" if code[-1] != "0" else "1")
    assert acts.verify(anybody, swapped).result == acts_pb2.VERIFICATION_RESULT_MISTYPED
    assert acts.verify(anybody, "0" * 25).result == acts_pb2.VERIFICATION_RESULT_UNKNOWN


def test_a_code_does_not_tell_what_became_of_the_act(platform):
    claim = decided(platform, "2026-08-24", weeks=1)
    before = acts.verify(platform.caller(), claim.decision.verification_code)
    assert before.result == acts_pb2.VERIFICATION_RESULT_GENUINE
    claims.annul(platform.caller("direttore"), claim.claim_id)
    assert acts.verify(platform.caller(), claim.decision.verification_code) == before


def test_guessing_codes_is_slowed_down_like_any_stranger(own_platform):
    platform = own_platform(unlimited=False)
    anybody = platform.caller()
    with pytest.raises(grpc.RpcError) as stopped:
        for guess in range(100):
            acts.verify(anybody, f"{guess:025d}")
    assert stopped.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert 0 < guess <= 60


def test_the_page_of_the_check_and_the_downloads_in_a_browser(platform, partial):
    environment = {
        "PORTAL_URL": platform.run["portal"], "CLAIM_ID": partial.claim_id,
        "CODE": partial.decision.verification_code, "PROTOCOL": partial.decision.protocol_number,
    }
    done = subprocess.run(
        ["node", "--test", "--test-reporter=spec", "acts.test.mjs"], cwd=ROOT / "e2e/browser",
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=300,
    )
    print(done.stdout)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
