"""The contract and the permission matrix, read here a second time, independently of the platform's own reading."""

import csv
import importlib
import pathlib
import re
import uuid

from omnia.access.v1 import access_pb2

from .platform import ROOT

PACKAGES = ["anagrafe", "claims", "limits", "payments", "dasmo", "feed"]
DAYS = ("from", "to", "first_week", "first_day", "last_day", "notified_on", "due_on", "credited_on")
ABSENT_ID, ABSENT_MATRICOLA, ABSENT_OFFICE = str(uuid.UUID(int=7)), "9999999999", "999999"


class Method:
    """One method of the contract with its access rule."""

    def __init__(self, descriptor, stubs):
        self.descriptor = descriptor
        self.service = descriptor.containing_service
        self.name = descriptor.name
        self.rule = descriptor.GetOptions().Extensions[access_pb2.rule]
        self.stub = getattr(stubs, f"{self.service.name}Stub")
        self.request_class = descriptor.input_type._concrete_class

    def __str__(self):
        return f"{self.service.full_name}/{self.name}"

    @property
    def internal(self):
        return self.rule.WhichOneof("access") == "services"

    def request(self, **known):
        """The smallest request that is valid, naming rows that do not exist unless `known` says otherwise."""
        return fill(self.request_class(), known)


def methods():
    found = []
    for package in PACKAGES:
        folder = ROOT / "proto/omnia" / package / "v1"
        for proto in sorted(folder.glob("*.proto")):
            module = importlib.import_module(f"omnia.{package}.v1.{proto.stem}_pb2")
            stubs = importlib.import_module(f"omnia.{package}.v1.{proto.stem}_pb2_grpc")
            for service in module.DESCRIPTOR.services_by_name.values():
                found += [Method(method, stubs) for method in service.methods]
    return found


def fill(message, known):
    for field in message.DESCRIPTOR.fields:
        value = known.get(field.name, guess(message, field))
        if value is None:
            continue
        if field.message_type:
            if field.is_repeated:
                continue
            if value is True:
                fill(getattr(message, field.name), known)
            else:
                getattr(message, field.name).CopyFrom(value)
        else:
            setattr(message, field.name, value)
    return message


def guess(message, field):
    """A valid value for a field, from its name: the names are the contract's own."""
    if field.is_repeated:
        return None
    if field.message_type:
        if field.message_type.full_name == "google.type.Date":
            from .claims import date
            return date("2026-09-07") if field.name in DAYS else None
        return True if field.name in ("content", "unit", "period", "grant", "facts", "begin") else None
    named = {
        "request_id": str(uuid.uuid4()), "etag": "1", "matricola": ABSENT_MATRICOLA, "code": ABSENT_OFFICE, "year": 2026,
        "weeks": 2, "cause": 1, "scheme": 1, "sector": "a", "working_days": 5, "role": "SEDE", "outcome": 3,
        "codice_fiscale": "XXXNSS80A01Z990V", "delegate_codice_fiscale": "XXXNSS80A01Z990V", "reason": "prova",
        "grounds": "prova", "remark": "prova", "motivation": "x" * 60, "beneficiaries_count": 1, "hours_hundredths": 100,
        "origin": "prova", "kind": 1, "total_bytes": 1, "format": 1, "ruling": 3, "number": "1/2026", "text": "prova", "sha256": "0" * 64, "file_name": "prova.pdf",
        "note": "prova", "reference": "TRN-1", "amount_cents": 1, "token": "0" * 64,
    }
    if field.name in named:
        if field.name == "reason" and field.enum_type:
            return 1
        if field.name == "beneficiaries_count" and message.DESCRIPTOR.name == "DraftContent":
            return None
        return named[field.name]
    if field.name == "office" and message.DESCRIPTOR.name == "TransferClaimRequest":
        return ABSENT_OFFICE
    if re.search(r"_id$", field.name) and field.name != "declaration_id":
        return ABSENT_ID
    return None


class Matrix:
    """permissions/matrix.csv."""

    def __init__(self, path=ROOT / "permissions/matrix.csv"):
        with pathlib.Path(path).open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.reader(file) if row and not row[0].startswith("#")]
        header, *lines = rows
        self.cells = {line[0]: dict(zip(header[1:], line[1:])) for line in lines}

    def allows(self, capability, role):
        return self.cells[capability].get(role, "-").strip() not in ("", "-", "–")
