"""Processes, cores and databases."""

import contextlib
import datetime
import json
import os
import pathlib
import subprocess
import sys

BENCH = pathlib.Path(os.environ["BENCH_BINARY"])
CORES = sorted(os.sched_getaffinity(0))


def say(text):
    print(f"· {text}", file=sys.stderr, flush=True)


def bench(*arguments, timeout=300):
    """Runs a subcommand of the Rust crate and reads what it measured."""
    command = [str(BENCH), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env={**os.environ, "RUST_BACKTRACE": "0"})
    assert done.returncode == 0, f"bench {arguments[0]}: {done.stderr}"
    return json.loads(done.stdout)


def platform_now(platform):
    """What time it is on the platform."""
    shift = datetime.timedelta(milliseconds=platform.run["clock_shift_ms"])
    return (datetime.datetime.now(datetime.timezone.utc) + shift).isoformat()


def per_second(measured):
    return measured["count"] * 1e6 / measured["micros"]


@contextlib.contextmanager
def running(command, core, log, env=None):
    """A process on one core, ended with the block."""
    command = ["taskset", "-c", str(core), *map(str, command)]
    with open(log, "ab") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, **(env or {})})
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Cluster:
    """The private PostgreSQL of the platform, for whoever has its superuser's password."""

    def __init__(self, platform):
        self.platform = platform
        self.folder = platform.folder / "postgres"
        self.programs = pathlib.Path(sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))[-1])

    def url(self, database):
        password = (self.folder / "superuser.password").read_text().strip()
        return f"postgres://postgres:{password}@localhost/{database}?host={self.folder.resolve() / 'sockets'}"

    def program(self, name):
        return str(self.programs / name)

    def psql(self, database, statements, timeout=300, **options):
        command = [self.program("psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", self.url(database), "-f", "-"]
        done = subprocess.run(command, input=statements, capture_output=True, text=True, timeout=timeout, **options)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def create(self, database):
        self.psql("postgres", f"create database {database};")
        return self.url(database)

    def copy(self, source, target, *options):
        """Copies a database, with those who are connected to it."""
        dump = subprocess.Popen([self.program("pg_dump"), "--no-owner", "--no-acl", *options, self.url(source)], stdout=subprocess.PIPE)
        command = [self.program("psql"), "-Xq", "-v", "ON_ERROR_STOP=1", self.url(target)]
        subprocess.run(command, stdin=dump.stdout, stdout=subprocess.DEVNULL, check=True, timeout=300)
        assert dump.wait() == 0

    def pin(self, cores):
        """Moves the platform, its database and everything they started to these cores."""
        postmaster = int((self.folder / "data/postmaster.pid").read_text().split()[0])
        for process in [self.platform.process.pid, postmaster, *children(postmaster)]:
            for task in pathlib.Path(f"/proc/{process}/task").glob("*"):
                with contextlib.suppress(ProcessLookupError):
                    os.sched_setaffinity(int(task.name), cores)


def children(parent):
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found
