"""Search, export and the desk of an office, as a client would call them."""

import csv
import datetime
import io

import openpyxl
from omnia.claims.v1 import search_pb2
from omnia.claims.v1.search_pb2_grpc import SearchServiceStub

CSV, XLSX = search_pb2.EXPORT_FORMAT_CSV, search_pb2.EXPORT_FORMAT_XLSX


def search(caller, **request):
    return caller((SearchServiceStub, "SearchClaims"), search_pb2.SearchClaimsRequest(**request))


def all_pages(caller, page_size=3, **request):
    """Every claim that is found, page by page."""
    found, token = [], ""
    while True:
        page = search(caller, page_size=page_size, page_token=token, **request)
        assert len(page.claims) <= page_size
        found += page.claims
        token = page.next_page_token
        if not token:
            return found


def export(caller, **request):
    """The header, the progress and the bytes of an export."""
    call = SearchServiceStub(caller.channel).ExportClaims(
        search_pb2.ExportClaimsRequest(**request), metadata=caller.metadata(), timeout=120
    )
    header, progress, data = None, [0], b""
    for message in call:
        if message.HasField("header"):
            assert header is None and not data, "the header comes once, first"
            header = message.header
            continue
        assert message.rows_done >= progress[-1], "progress goes one way"
        progress.append(message.rows_done)
        data += message.data
    return header, progress, data


def csv_rows(data, separator=";"):
    """Heading and rows of a CSV, read as RFC 4180."""
    assert data.startswith(b"\xef\xbb\xbf"), "spreadsheets want the mark"
    text = data.decode("utf-8-sig")
    assert "\r\n" in text and "\n" not in text.replace("\r\n", "")
    heading, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    return heading, rows


def xlsx_rows(data):
    """Heading and rows of an XLSX, as openpyxl reads them."""
    sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True).active
    heading, *rows = sheet.iter_rows(values_only=True)
    return list(heading), [list(row) for row in rows]


def instant(message):
    """An instant in Rome, to the second."""
    from zoneinfo import ZoneInfo

    at = message.ToDatetime(tzinfo=datetime.timezone.utc).astimezone(ZoneInfo("Europe/Rome"))
    return at.replace(tzinfo=None, microsecond=0)
