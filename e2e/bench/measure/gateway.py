"""The gateway against a bare tonic server called directly: the same call, the same client, one core for the gateway.

A process that only copies bytes stands where the gateway stands, in the same rounds: what it adds, any gateway adds.
"""

import datetime
import os
import re
import statistics
import struct
import subprocess
import time

import grpc

from omnia.common.v1 import common_pb2
from omnia.limits.v1 import limits_pb2
from omnia.limits.v1.limits_pb2_grpc import LimitsServiceStub
from omnia_e2e import claims
from omnia_e2e.platform import BINARY, free_port, wait_for

from .table import Line
from .world import BENCH, CORES, running, say

ROUNDS = 5
SECONDS = 4
CALL = "/omnia.limits.v1.LimitsService/GetCounters"
REQUEST = limits_pb2.GetCountersRequest(unit=common_pb2.UnitKey(matricola=claims.OFFICINE, production_unit_code=1))
BUSY, IDLE = ["-c", "4", "-m", "16"], ["-c", "1", "-m", "1"]


class Gateway:
    """`omnia run gateway` in front of the echo, with everything on; the anagrafe is that of the platform."""

    def __init__(self, platform, cluster, folder, echo):
        self.platform, self.cluster = platform, cluster
        self.folder = folder / "gateway"
        self.folder.mkdir()
        self.address = f"127.0.0.1:{free_port()}"
        run = platform.run
        shift = datetime.timedelta(milliseconds=run["clock_shift_ms"])
        self.now = (datetime.datetime.now(datetime.timezone.utc) + shift).isoformat()
        self.env = {
            **platform.env,
            "OMNIA__TELEMETRY__FILTER": "warn",
            "OMNIA__GATEWAY__LISTEN": self.address,
            "OMNIA__ADMIN__LISTEN": f"127.0.0.1:{free_port()}",
            "OMNIA__GATEWAY__DATABASE__URL": cluster.create("bench_gateway"),
            "OMNIA__GATEWAY__ISSUERS__DEVELOPMENT__ISSUER": run["issuer"],
            "OMNIA__GATEWAY__ISSUERS__DEVELOPMENT__JWKS_URL": f"{run['issuer']}/jwks.json",
            "OMNIA__IDENTITY__KEYS_FOLDER": str(platform.folder / "keys"),
            "OMNIA__SERVICES__ANAGRAFE__URL": run["services"]["anagrafe"],
            "OMNIA__SERVICES__LIMITS__URL": f"http://{echo}",
        }

    def command(self, *words):
        return [BINARY, *words, "--data", self.folder, "--now", self.now]

    def migrate(self):
        subprocess.run(self.command("migrate", "gateway"), check=True, env={**os.environ, **self.env}, stdout=subprocess.DEVNULL)

    def audited(self):
        rows = self.cluster.psql("bench_gateway", "select outcome, count(*) from audit_record group by 1;").splitlines()
        return {outcome: int(count) for outcome, count in (row.split("|") for row in rows)}


def measure(platform, cluster, folder):
    gateway_core, other_core = CORES[0], CORES[-1]
    echo, relay = (f"127.0.0.1:{free_port()}" for _ in range(2))
    gateway = Gateway(platform, cluster, folder, echo)
    gateway.migrate()
    body = folder / "body.grpc"
    message = REQUEST.SerializeToString()
    body.write_bytes(struct.pack(">BI", 0, len(message)) + message)
    client = Client(platform.token("consulente"), body, other_core, folder / "h2load.log")
    cluster.pin({other_core})
    with (
        running([BENCH, "echo", "--listen", echo], other_core, folder / "echo.log"),
        running([BENCH, "relay", "--listen", relay, "--to", echo], gateway_core, folder / "relay.log"),
        running(gateway.command("run", "gateway"), gateway_core, folder / "gateway.log", gateway.env),
    ):
        for address in (echo, relay, gateway.address):
            wait_for(lambda: client.answered(address), f"{address} to answer", seconds=30)
        with_everything_on(client, gateway)
        figures = [one_round(client, gateway, {"echo": echo, "relay": relay}, number) for number in range(ROUNDS)]
        refused = gateway.audited().get("REFUSED", 0)
        assert refused == 1, f"{refused - 1} measured calls were refused"
    cluster.pin(CORES)
    return lines(figures)


def with_everything_on(client, gateway):
    """A call without a token is refused: what is measured is not a bare relay."""
    with grpc.insecure_channel(gateway.address) as channel:
        try:
            LimitsServiceStub(channel).GetCounters(REQUEST, timeout=5)
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNAUTHENTICATED, error
            return
    raise AssertionError("the gateway lets strangers pass")


def one_round(client, gateway, floors, number):
    say(f"gateway: round {number + 1} of {ROUNDS}")
    figures = {}
    for load, options in (("busy", BUSY), ("idle", IDLE)):
        for who, address in floors.items():
            figures[load, who] = client.load(address, options, counted=False)
        began, before = time.monotonic(), client.through_gateway
        figures[load, "gateway"] = client.load(gateway.address, options, counted=True)
        # No floor is measured while the audit trail still takes in what the gateway decided.
        wait_for(lambda: gateway.audited().get("ALLOWED", 0) >= client.through_gateway, "every decision to be audited", seconds=180)
        figures[load, "audited"] = {"rate": (client.through_gateway - before) / (time.monotonic() - began)}
    return figures


class Client:
    """h2load, on one core."""

    def __init__(self, token, body, core, log):
        self.token, self.body, self.core, self.log = token, body, core, log
        self.through_gateway = 0

    def answered(self, address):
        """h2load does not read `grpc-status`: another client looks whether calls succeed."""
        with grpc.insecure_channel(address) as channel:
            try:
                answer = LimitsServiceStub(channel).GetCounters(REQUEST, metadata=[("authorization", f"Bearer {self.token}")], timeout=5)
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.UNAVAILABLE, error
                return False
        return len(answer.counters) == 4

    def load(self, address, options, counted):
        self.log.unlink(missing_ok=True)
        command = [
            "taskset", "-c", str(self.core), "h2load", *options, "-t", "1", "-D", str(SECONDS), "--warm-up-time", "1",
            "-d", str(self.body), "--log-file", str(self.log), "-H", "content-type: application/grpc", "-H", "te: trailers",
            "-H", f"authorization: Bearer {self.token}", f"http://{address}{CALL}",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        succeeded, failed, errored = map(int, re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored", done.stdout).groups())
        assert succeeded and not failed and not errored, done.stdout
        took = sorted(int(line.split("\t")[2]) for line in self.log.read_text().splitlines())
        if counted:
            self.through_gateway += len(took)
        assert self.answered(address)
        return {"rate": succeeded / SECONDS, "p50": statistics.median_low(took), "p99": took[len(took) * 99 // 100]}


def lines(figures):
    def column(load, who, figure):
        return [one[load, who][figure] for one in figures]

    def line(what, unit, load, figure, aim, added=False, who="gateway"):
        return Line(what, unit, column(load, "echo", figure), column(load, who, figure), aim, added)

    return [
        line("a bare relay: calls, 64 under way", "/s", "busy", "rate", "", who="relay"),
        line("a bare relay: p50, one under way", "µs", "idle", "p50", "", added=True, who="relay"),
        line("gateway: calls, 64 under way", "/s", "busy", "rate", "≥ 70 %"),
        line("gateway: calls until all are in the audit trail", "/s", "busy", "rate", "", who="audited"),
        line("gateway: p50, one under way", "µs", "idle", "p50", "< +100 µs", added=True),
        line("gateway: p99, one under way", "µs", "idle", "p99", "", added=True),
        line("gateway: p50, 64 under way", "µs", "busy", "p50", "", added=True),
        line("gateway: p99, 64 under way", "µs", "busy", "p99", "", added=True),
    ]
