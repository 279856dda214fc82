"""What is found, page by page, is what is exported, row by row, for every role and in every format."""

import csv
import datetime
import pathlib

import pytest
from omnia.claims.v1 import claim_pb2, search_pb2

from omnia_e2e import claims, desk
from omnia_e2e.claims import python_date
from omnia_e2e.errors import refused

# The names of claims.md §10.1.
STATES = {
    "DRAFT": {"it": "bozza", "en": "draft"},
    "SUBMITTED": {"it": "protocollata", "en": "submitted"},
    "ASSIGNED": {"it": "assegnata", "en": "assigned"},
    "UNDER_REVIEW": {"it": "in istruttoria", "en": "under review"},
    "SUPPLEMENT_PENDING": {"it": "supplemento istruttorio", "en": "supplement pending"},
    "ACCEPTED": {"it": "accolta", "en": "accepted"},
    "PARTIALLY_ACCEPTED": {"it": "parzialmente accolta", "en": "partially accepted"},
    "REJECTED": {"it": "reiettata", "en": "rejected"},
    "WITHDRAWN": {"it": "ritirata", "en": "withdrawn"},
    "ANNULLED": {"it": "annullata", "en": "annulled"},
    "UNDER_REEXAMINATION": {"it": "in riesame", "en": "under reexamination"},
    "UNDER_APPEAL": {"it": "in ricorso", "en": "under appeal"},
}
PRODUCTS = {
    "CIGO": "CIGO", "CIGS": "CIGS", "AIS_FIS": "AIS (FIS)", "AIS_FUND": "AIS (fondo bilaterale)", "CISOA": "CISOA",
    "CIGD": "CIGD", "CIGD_MULTI": "CIGD plurilocalizzata",
}
PAYMENTS = {
    "CONGUAGLIO": {"it": "conguaglio", "en": "set off by the employer"},
    "DIRECT": {"it": "pagamento diretto", "en": "paid by INPS"},
}
YES, NO = {"it": "sì", "en": "yes"}, {"it": "no", "en": "no"}
LANGUAGES = {"it": search_pb2.EXPORT_LANGUAGE_ITALIAN, "en": search_pb2.EXPORT_LANGUAGE_ENGLISH}
PERSONAS = ["titolare", "consulente", "operatore", "funzionario", "dirigente", "direttore", "direttore-regionale", "coordinatore"]


@pytest.fixture(scope="module")
def stock(platform):
    """Claims of two firms at two offices, one in charge, one a draft, and one a draft that says next to nothing."""
    milano, torino = platform.caller("consulente"), platform.caller("consulente-torino")
    weeks = ["2026-08-10", "2026-08-17", "2026-08-24", "2026-08-31"]
    sent = [claims.submit(milano, claims.draft(milano, claims.content(monday, 1, workers=n + 1))) for n, monday in enumerate(weeks)]
    claims.submit(torino, claims.draft(torino, claims.content("2026-09-07", 1, matricola=claims.FONDERIE)))
    claims.draft(milano, claims.content("2026-10-05", 1))
    claims.draft(milano, claim_pb2.DraftContent(unit=sent[0].content.unit))
    claims.take(platform.caller("operatore"), sent[0].claim_id)
    return sent


def causali():
    """The labels of the reasons, from the file of the law."""
    data = pathlib.Path(__file__).parents[2] / "services/claims/data/causali.csv"
    lines = [line for line in data.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {row["causale"]: {"it": row["label_it"], "en": row["label_en"]} for row in csv.DictReader(lines)}


CAUSALI = causali()


def code(enumeration, value, prefix):
    """The code of a value; `None` where a draft does not state it yet."""
    return enumeration.Name(value).removeprefix(prefix) if value else None


def named(names, code, language):
    return names[code][language] if code else None


def weeks(period):
    """First day, last day and number of the weeks; nothing where a draft does not state them yet."""
    first = python_date(period.first_week)
    return [first, first + datetime.timedelta(days=7 * period.weeks - 1), period.weeks]


def cells(found, language):
    """A row of the table, as the page of the search says it."""
    claim = found.claim
    product = code(claim_pb2.Product, claim.product, "PRODUCT_")
    causale = code(claim_pb2.Causale, claim.causale, "CAUSALE_")
    payment = code(claim_pb2.PaymentMode, found.payment_mode, "PAYMENT_MODE_")
    filed = claim.HasField("submitted_at")
    return [
        claim.protocol_number or None,
        named(STATES, code(claim_pb2.ClaimState, claim.state, "CLAIM_STATE_"), language),
        desk.instant(found.state_since),
        PRODUCTS[product] if product else None,
        named(CAUSALI, causale, language),
        claim.employer_name or None,
        claim.unit.matricola,
        claim.unit.production_unit_code,
        found.unit_name or None,
        *(weeks(claim.period) if claim.HasField("period") else [None] * 3),
        claim.beneficiaries_count,
        claim.hours_requested_hundredths / 100,
        named(PAYMENTS, payment, language),
        claim.competent_office or None,
        desk.instant(claim.submitted_at) if filed else None,
        python_date(found.filing_due_date) if found.HasField("filing_due_date") else None,
        (YES if found.filed_late else NO)[language] if filed else None,
        found.ticket or None,
    ]


def as_text(value, decimal):
    """A typed cell, as a CSV writes it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.2f}".replace(".", decimal)
    text = str(value)
    # A name that a spreadsheet would take for a formula begins with a mark.
    return f"'{text}" if isinstance(value, str) and text.startswith(tuple("=+-@\t\r")) else text


def as_typed(value):
    """openpyxl reads a day as midnight, and a whole number of hours as an integer."""
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return datetime.datetime(value.year, value.month, value.day)
    return value


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_hold_the_pages_row_for_row(platform, stock, persona, language):
    caller = platform.caller(persona)
    order = search_pb2.ClaimOrder(field=search_pb2.SORT_FIELD_PROTOCOL)
    expected = [cells(found, language) for found in desk.all_pages(caller, order=order)]
    assert len(expected) >= len(stock)
    asked = {"order": order, "language": LANGUAGES[language]}

    for dialect, separator, decimal in [("SEMICOLON", ";", ","), ("COMMA", ",", ".")]:
        dialect = getattr(search_pb2, f"CSV_DIALECT_{dialect}")
        header, progress, data = desk.export(caller, format=desk.CSV, dialect=dialect, **asked)
        heading, rows = desk.csv_rows(data, separator)
        assert rows == [[as_text(value, decimal) for value in row] for row in expected]
        assert (header.rows_total, progress[-1]) == (len(expected), len(expected))
        assert header.media_type.startswith("text/csv") and header.file_name.endswith("-20260902.csv")

    header, progress, data = desk.export(caller, format=desk.XLSX, **asked)
    same_heading, rows = desk.xlsx_rows(data)
    assert same_heading == heading and heading[0] == {"it": "Protocollo", "en": "Protocol number"}[language]
    assert rows == [[as_typed(value) for value in row] for row in expected]
    assert (header.rows_total, progress[-1]) == (len(expected), len(expected))


def test_a_search_narrows_sorts_and_counts(platform, stock):
    operator = platform.caller("operatore")
    by_workers = search_pb2.ClaimOrder(field=search_pb2.SORT_FIELD_HOURS, descending=True)
    wanted = search_pb2.ClaimFilter(protocol_number=stock[2].protocol_number)
    assert [it.claim.claim_id for it in desk.all_pages(operator, filter=wanted)] == [stock[2].claim_id]
    wanted = search_pb2.ClaimFilter(text=stock[1].protocol_number[-7:] + " " + stock[1].ticket[:5])
    assert [it.claim.claim_id for it in desk.all_pages(operator, filter=wanted)] == [stock[1].claim_id]
    hours = [it.claim.hours_requested_hundredths for it in desk.all_pages(operator, order=by_workers)]
    assert hours == sorted(hours, reverse=True)
    page = desk.search(operator, page_size=1)
    assert page.total == len(hours) and not page.total_exceeded


def test_a_page_token_belongs_to_its_filter(platform, stock):
    operator = platform.caller("operatore")
    token = desk.search(operator, page_size=1).next_page_token
    with refused("INVALID_ARGUMENT", "FIELD_INVALID") as seen:
        desk.search(operator, page_token=token, filter=search_pb2.ClaimFilter(matricola=claims.OFFICINE))
    field, rule = seen[0].violations[0]
    assert field == "page_token" and "`filter`" in rule


def test_pages_and_tables_refuse_the_same_filters(platform, stock):
    elsewhere = search_pb2.ClaimFilter(offices=["810000"])
    operator = platform.caller("operatore")
    with refused("PERMISSION_DENIED", "IDN-E05"):
        desk.search(operator, filter=elsewhere)
    with refused("PERMISSION_DENIED", "IDN-E05"):
        desk.export(operator, filter=elsewhere, format=desk.CSV)
    foreign = search_pb2.ClaimFilter(matricola=claims.FONDERIE)
    with refused("PERMISSION_DENIED", "IDN-E07"):
        desk.export(platform.caller("consulente"), filter=foreign, format=desk.XLSX)
