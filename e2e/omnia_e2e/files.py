"""Files as a client sends them: announced, then in pieces."""

import hashlib
import uuid

from omnia.claims.v1 import files_pb2
from omnia.claims.v1.files_pb2_grpc import FilesServiceStub

from .people import codice_fiscale

HEADING = "codice_fiscale;qualifica;orario_settimanale;data_assunzione;ore_richieste;iban"
PIECE = 256 * 1024


def worker_list(workers, hours="40,00", first_person=0):
    """A correct list as a CSV file."""
    lines = (f"{codice_fiscale(first_person + number)};1;40,00;07/01/2015;{hours};" for number in range(workers))
    return ("\ufeff" + "\r\n".join([HEADING, *lines]) + "\r\n").encode()


def begin_list(draft, file, upload_id=None, set_totals=False):
    return files_pb2.BeginBeneficiaries(
        claim_id=draft.claim_id, etag=draft.etag, upload_id=upload_id or str(uuid.uuid4()), total_bytes=len(file),
        sha256=hashlib.sha256(file).hexdigest(), set_totals=set_totals,
    )


def begin_attachment(draft, file, name, kind="OTHER", upload_id=None):
    return files_pb2.BeginAttachment(
        claim_id=draft.claim_id, upload_id=upload_id or str(uuid.uuid4()), file_name=name,
        kind=getattr(files_pb2, f"ATTACHMENT_KIND_{kind}"), total_bytes=len(file), sha256=hashlib.sha256(file).hexdigest(),
    )


def messages(begin, file, offset=0):
    """The messages of an upload, from an offset of the file on."""
    lists = isinstance(begin, files_pb2.BeginBeneficiaries)
    kind = files_pb2.UploadBeneficiariesRequest if lists else files_pb2.UploadAttachmentRequest
    yield kind(begin=begin)
    for place in range(offset, len(file), PIECE):
        yield kind(chunk=files_pb2.Chunk(offset=place, data=file[place : place + PIECE]))


def upload(filer, begin, wanted, timeout=60):
    """Sends an iterator of messages and returns the upload."""
    lists = isinstance(begin, files_pb2.BeginBeneficiaries)
    method = "UploadBeneficiaries" if lists else "UploadAttachment"
    return filer((FilesServiceStub, method), wanted, timeout=timeout).upload


def send(filer, begin, file):
    return upload(filer, begin, messages(begin, file))


def get(filer, begin):
    request = files_pb2.GetUploadRequest(claim_id=begin.claim_id, upload_id=begin.upload_id)
    return filer((FilesServiceStub, "GetUpload"), request).upload


def download(reader, claim_id, attachment_id, offset=0):
    """The header, and the bytes from an offset on."""
    request = files_pb2.DownloadAttachmentRequest(claim_id=claim_id, attachment_id=attachment_id, offset=offset)
    header, content = None, b""
    for message in reader.stream((FilesServiceStub, "DownloadAttachment"), request):
        if message.HasField("header"):
            header = message.header
        else:
            assert message.chunk.offset == offset + len(content)
            content += message.chunk.data
    return header, content
