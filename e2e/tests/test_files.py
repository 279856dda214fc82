"""Lists of workers and attachments, through the gateway: broken, killed, resumed, refused, given out again."""

import re
import threading

import grpc
import pytest
from omnia.claims.v1 import claims_pb2, files_pb2
from omnia.claims.v1.claims_pb2_grpc import ClaimsServiceStub
from omnia.claims.v1.files_pb2_grpc import FilesServiceStub

from omnia_e2e import claims, files
from omnia_e2e.errors import refused
from omnia_e2e.people import codice_fiscale
from omnia_e2e.platform import wait_for

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 9000


def draft(filer, monday="2026-09-07", weeks=1, unit=0, **options):
    return claims.draft(filer, claims.content(monday, weeks, unit=unit, **options))


class Cut:
    """Messages of an upload that stop after so many and leave the stream open, as a line that died."""

    def __init__(self, wanted, after):
        self.wanted, self.after, self.over = wanted, after, threading.Event()

    def __iter__(self):
        for number, message in enumerate(self.wanted):
            if number == self.after:
                self.over.wait()
                return
            yield message


def start_and_cut(filer, begin, file, after):
    """Sends the first messages of an upload; returns the call, and what ends it."""
    cut = Cut(files.messages(begin, file), after)
    stub = FilesServiceStub(filer.channel)
    call = stub.UploadBeneficiaries.future(iter(cut), metadata=filer.metadata(), timeout=120)
    return call, cut


def test_fifty_thousand_workers_survive_a_broken_line_and_a_killed_service(own_platform):
    platform = own_platform(now="2026-09-02T10:00:00+02:00")
    filer, colleague = platform.caller("consulente"), platform.caller("titolare")
    # So many workers at 40 hours are more than a third of what the unit works.
    wanted = draft(filer, forced=("SAME_UNIT_SAME_PERIOD", "LIMIT_ONE_THIRD_HOURS"))
    file = files.worker_list(50_000, first_person=5_000_000)
    begin = files.begin_list(wanted, file, set_totals=True)

    # The line breaks in the middle: what came is stored, and a colleague sees how far it is.
    call, cut = start_and_cut(filer, begin, file, after=6)
    wait_for(lambda: files.get(colleague, begin).stored_bytes > 0 if started(colleague, begin) else False, "the first bytes to be stored")
    call.cancel()
    cut.over.set()
    seen = files.get(colleague, begin)
    assert seen.state == files_pb2.UPLOAD_STATE_RECEIVING and 0 < seen.stored_bytes < len(file)

    # The service is killed while it takes the rest.
    call, cut = start_and_cut(filer, begin, file, after=9)
    wait_for(lambda: files.get(colleague, begin).stored_bytes > seen.stored_bytes, "more bytes to be stored")
    platform.kill()
    cut.over.set()
    with pytest.raises(grpc.RpcError):
        call.result()
    platform.restart()
    filer, colleague = platform.caller("consulente"), platform.caller("titolare")
    kept = files.get(filer, begin)
    assert seen.stored_bytes < kept.stored_bytes < len(file)

    # It goes on from there, and arrives whole.
    done = files.upload(filer, begin, files.messages(begin, file, offset=kept.stored_bytes))
    assert done.state == files_pb2.UPLOAD_STATE_ACCEPTED, done
    assert (done.list.beneficiaries_count, done.list.hours_requested_hundredths) == (50_000, 50_000 * 4_000)
    assert files.send(filer, begin, file) == files.get(colleague, begin), "the answer is given again"

    whole = claims.get(filer, wanted.claim_id)
    assert whole.etag == done.list.etag and whole.content.beneficiaries_count == 50_000
    assert whole.content.beneficiaries_omitted and not whole.content.beneficiaries
    claim = filer(
        (ClaimsServiceStub, "SubmitClaim"),
        claims_pb2.SubmitClaimRequest(claim_id=whole.claim_id, request_id=begin.upload_id, etag=whole.etag), timeout=60,
    ).claim
    assert claim.protocol_number
    officer = platform.caller("operatore")
    people, token = [], ""
    while True:
        request = files_pb2.ListBeneficiariesRequest(claim_id=claim.claim_id, page_size=1000, page_token=token)
        page = officer((FilesServiceStub, "ListBeneficiaries"), request)
        people += [worker.codice_fiscale for worker in page.beneficiaries]
        token = page.next_page_token
        if not token:
            break
    assert people == [codice_fiscale(5_000_000 + number) for number in range(50_000)]


def started(filer, begin):
    try:
        files.get(filer, begin)
        return True
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.NOT_FOUND
        return False


def test_an_upload_that_is_answered_early_holds_nobody_up(own_platform):
    platform = own_platform(now="2026-09-02T10:00:00+02:00")
    filer = platform.caller("consulente")
    wanted = draft(filer)
    file = files.worker_list(2)
    begin = files.begin_list(wanted, file)
    files.send(filer, begin, file)
    # What came of it is known at once. Who has the answer leaves the stream open, and the platform stops all the same.
    call, cut = start_and_cut(filer, begin, file, after=1)
    assert call.result().upload.state == files_pb2.UPLOAD_STATE_ACCEPTED
    assert platform.stop() == 0
    cut.over.set()
    said = platform.log.read_text()
    assert "the drain budget is over" not in said
    cuts = re.findall(r"connections_cut=(\d+)", said)
    assert cuts and set(cuts) == {"0"}, cuts


def test_a_list_with_faults_is_reported_by_line_and_changes_nothing(platform):
    filer = platform.caller("consulente")
    wanted = draft(filer)
    good = files.worker_list(1200)
    file = good + b"\r\n".join([b"X;Z;50,00;2015-01-07;0;IT00" for _ in range(200)]) + b"\r\n"
    done = files.send(filer, files.begin_list(wanted, file), file)
    assert done.state == files_pb2.UPLOAD_STATE_REFUSED
    assert (done.list.beneficiaries_count, done.list.faults_count, len(done.list.faults)) == (1400, 1200, 1000)
    first = [(fault.line, fault.column, files_pb2.LineRule.Name(fault.rule)) for fault in done.list.faults[:6]]
    assert first == [
        (1202, "codice_fiscale", "LINE_RULE_CODICE_FISCALE"), (1202, "qualifica", "LINE_RULE_QUALIFICA"),
        (1202, "orario_settimanale", "LINE_RULE_WEEKLY_HOURS"), (1202, "data_assunzione", "LINE_RULE_HIRED_ON"),
        (1202, "ore_richieste", "LINE_RULE_HOURS_REQUESTED"), (1202, "iban", "LINE_RULE_IBAN"),
    ]
    assert all(fault.text_it and fault.text_en for fault in done.list.faults)
    assert claims.get(filer, wanted.claim_id) == wanted


def test_uploads_are_for_those_whose_draft_it_is(platform):
    filer = platform.caller("consulente")
    wanted = draft(filer)
    file = files.worker_list(2)
    begin = files.begin_list(wanted, file)
    for stranger in ("consulente-torino",):
        with refused("NOT_FOUND", "IDN-E06"):
            files.send(platform.caller(stranger), begin, file)
        with refused("NOT_FOUND", "IDN-E06"):
            files.send(platform.caller(stranger), files.begin_attachment(wanted, PDF, "a.pdf"), PDF)
    with refused("PERMISSION_DENIED", "IDN-E04"):
        files.send(platform.caller("operatore"), begin, file)
    with refused("INVALID_ARGUMENT", "FIELD_INVALID"):
        files.upload(filer, begin, iter([]))
    assert files.send(filer, begin, file).state == files_pb2.UPLOAD_STATE_ACCEPTED


def test_an_attachment_is_judged_by_its_content_and_given_out_to_be_saved(platform):
    filer, officer = platform.caller("consulente"), platform.caller("operatore")
    wanted = draft(filer, monday="2026-09-14")
    begin = files.begin_attachment(wanted, PDF, "../../Verbale d'intesa, unità 3.pdf", kind="CONSULTATION_MINUTES")
    attachment = files.send(filer, begin, PDF).attachment
    assert attachment.attachment_id == begin.upload_id and attachment.sha256 == begin.sha256
    assert (attachment.type, attachment.scan) == (files_pb2.FILE_TYPE_PDF, files_pb2.SCAN_STATE_OFF)
    header, content = files.download(filer, wanted.claim_id, attachment.attachment_id)
    assert content == PDF and header.attachment == attachment
    assert header.content_type == "application/pdf"
    assert header.content_disposition == (
        "attachment; filename=\"Verbale d'intesa, unit_ 3.pdf\"; "
        "filename*=UTF-8''Verbale%20d%27intesa%2C%20unit%C3%A0%203.pdf"
    )
    _, rest = files.download(filer, wanted.claim_id, attachment.attachment_id, offset=1_000_000)
    assert rest == PDF[1_000_000:]

    program = b"MZ\x90\x00" + bytes(1000)
    with refused("INVALID_ARGUMENT", "ATTACHMENT_NOT_ALLOWED"):
        files.send(filer, files.begin_attachment(wanted, program, "relazione.pdf"), program)
    with refused("NOT_FOUND", "IDN-E06"):
        files.download(officer, wanted.claim_id, attachment.attachment_id)
    claims.submit(filer, wanted)
    assert files.download(officer, wanted.claim_id, attachment.attachment_id)[1] == PDF
    with refused("FAILED_PRECONDITION", "INVALID_STATE"):
        files.send(filer, files.begin_attachment(wanted, PDF, "a.pdf"), PDF)


def test_a_deleted_draft_takes_its_files_along(own_platform):
    platform = own_platform(now="2026-09-02T10:00:00+02:00")
    filer = platform.caller("consulente")
    wanted = draft(filer)
    files.send(filer, files.begin_attachment(wanted, PDF, "a.pdf"), PDF)

    def kept():
        return [path for path in (platform.folder / "objects").rglob("*") if path.is_file()]

    assert [path.read_bytes() for path in kept()] == [PDF]
    filer((ClaimsServiceStub, "DeleteDraft"), claims_pb2.DeleteDraftRequest(claim_id=wanted.claim_id))
    platform.omnia("job", "claims-files")
    assert kept() == []
