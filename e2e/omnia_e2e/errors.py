"""Reads the google.rpc details of a refusal."""

import contextlib

import grpc
from google.rpc import error_details_pb2, status_pb2


class Refusal:
    """A gRPC error with its details."""

    def __init__(self, error):
        self.code = error.code()
        self.text = error.details()
        self.reason, self.metadata, self.violations, self.retry = "", {}, [], None
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                self.read(status_pb2.Status.FromString(value))

    def read(self, status):
        for detail in status.details:
            info, bad, retry = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
            if detail.Unpack(info):
                self.reason, self.metadata = info.reason, dict(info.metadata)
            elif detail.Unpack(bad):
                self.violations = [(violation.field, violation.description) for violation in bad.field_violations]
            elif detail.Unpack(retry):
                self.retry = retry.retry_delay

    def __repr__(self):
        return f"{self.code.name} {self.reason} {self.text}"


@contextlib.contextmanager
def refused(code, reason):
    """The block must be refused with this code and reason."""
    seen = []
    try:
        yield seen
    except grpc.RpcError as error:
        refusal = Refusal(error)
        seen.append(refusal)
        assert (refusal.code.name, refusal.reason) == (code, reason), refusal
        return
    raise AssertionError(f"expected {code} {reason}, but the call was answered")
