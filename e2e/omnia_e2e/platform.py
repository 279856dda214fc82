"""Starts and stops `omnia up` as a person would, on a folder and a port of its own."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import grpc

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("OMNIA_BINARY", ROOT / "target/debug/omnia"))
# Load and matrix tests call far more often than a person may.
UNLIMITED = {
    f"OMNIA__GATEWAY__LIMITS__{who}": "100000000"
    for who in ("ANONYMOUS", "CITIZEN", "STAFF", "SYSTEM", "SYSTEM_BURST", "LOGIN")
}


@contextlib.contextmanager
def scratch_folder():
    """A folder for a platform, kept when the test fails, for whoever looks into it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="omnia-e2e-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, seconds=60):
    """Waits for a condition, not for a duration; the bound only keeps a failure from hanging."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


class Platform:
    """One `omnia up`."""

    def __init__(self, folder, now=None, env=None, unlimited=True):
        self.folder = pathlib.Path(folder)
        self.now = now
        self.env = dict(UNLIMITED if unlimited else {}, **(env or {}))
        self.port = free_port()
        self.process = None
        self.tokens = {}

    @property
    def target(self):
        return f"127.0.0.1:{self.port}"

    @property
    def log(self):
        return self.folder.parent / f"{self.folder.name}.log"

    def command(self, *arguments):
        return [str(BINARY), *arguments, "--data", str(self.folder)]

    def environment(self):
        return {**os.environ, **self.env}

    def start(self):
        arguments = ["up", "--listen", self.target]
        if self.now:
            arguments += ["--now", self.now]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command(*arguments), stdout=log, stderr=log, env=self.environment(), stdin=subprocess.DEVNULL
            )
        wait_for(self.ready, f"the platform to be ready (its log is {self.log})", seconds=120)
        return self

    def ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"omnia up ended with {self.process.returncode}:\n{self.log.read_text()[-4000:]}")
        run = self.folder / "run.json"
        try:
            return json.loads(run.read_text())["pid"] == self.process.pid
        except (FileNotFoundError, ValueError, KeyError):
            return False

    @property
    def run(self):
        return json.loads((self.folder / "run.json").read_text())

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=60)
        code = self.process.returncode if self.process else 0
        self.process = None
        return code

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def restart(self, now=None):
        self.now = now or self.now
        self.tokens.clear()
        return self.start()

    def omnia(self, *arguments, check=True):
        """Runs another command of the binary against this platform."""
        done = subprocess.run(
            self.command(*arguments), capture_output=True, text=True, env=self.environment(), timeout=600
        )
        if check and done.returncode != 0:
            raise AssertionError(f"omnia {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done

    def token(self, persona):
        if persona not in self.tokens:
            self.tokens[persona] = self.omnia("token", persona).stdout.strip()
        return self.tokens[persona]

    def caller(self, persona=None, **metadata):
        return Caller(self, persona, metadata)

    def psql(self, service, statement):
        """Asks a service's database directly, as an auditor with the keys would."""
        url = self.run["databases"][service]
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", url, "-c", statement],
            capture_output=True, text=True, timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines() if line]


class Caller:
    """Somebody who calls through the gateway, with grpcio."""

    def __init__(self, platform, persona, metadata):
        self.platform = platform
        self.persona = persona
        self.extra = [(name.replace("_", "-"), value) for name, value in metadata.items()]
        self.channel = grpc.insecure_channel(platform.target)

    def metadata(self):
        token = [("authorization", f"Bearer {self.platform.token(self.persona)}")] if self.persona else []
        return token + self.extra

    def __call__(self, method, request, timeout=30):
        """Calls a unary method of a stub: `caller(ClaimsServiceStub.GetClaim, request)` by service and name."""
        service, name = method
        return getattr(service(self.channel), name)(request, metadata=self.metadata(), timeout=timeout)

    def stream(self, method, request, timeout=60):
        service, name = method
        return getattr(service(self.channel), name)(request, metadata=self.metadata(), timeout=timeout)
