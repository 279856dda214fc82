"""Acts and receipts as PDF files, read with poppler's own tools."""

import pathlib
import re
import subprocess
import tempfile

from omnia.claims.v1 import acts_pb2
from omnia.claims.v1.acts_pb2_grpc import ActsServiceStub


def gathered(reader, method, request):
    """The header, and the bytes."""
    header, content = None, b""
    for message in reader.stream((ActsServiceStub, method), request):
        if message.HasField("header"):
            header = message.header
        else:
            assert message.chunk.offset == getattr(request, "offset", 0) + len(content)
            content += message.chunk.data
    return header, content


def act(reader, claim_id, sequence=0, offset=0):
    return gathered(reader, "GetAct", acts_pb2.GetActRequest(claim_id=claim_id, sequence=sequence, offset=offset))


def receipt(reader, claim_id):
    return gathered(reader, "GetReceipt", acts_pb2.GetReceiptRequest(claim_id=claim_id))


def verify(anybody, code):
    return anybody((ActsServiceStub, "VerifyAct"), acts_pb2.VerifyActRequest(code=code))


def poppler(tool, file, *options):
    with tempfile.NamedTemporaryFile(suffix=".pdf") as kept:
        pathlib.Path(kept.name).write_bytes(file)
        arguments = [tool, *options, kept.name] + (["-"] if tool == "pdftotext" else [])
        # Texts of the structure come in the encoding of PDF strings, which is not UTF-8.
        return subprocess.run(arguments, capture_output=True, text=True, errors="replace", check=True).stdout


def words(file):
    """The text of a file, with every white space as one space."""
    return re.sub(r"\s+", " ", poppler("pdftotext", file))


def about(file):
    """What `pdfinfo` says of a file."""
    lines = (line.partition(":") for line in poppler("pdfinfo", file).splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}
