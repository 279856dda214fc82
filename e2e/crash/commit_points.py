"""Kills of the platform at one commit: a trigger that the drill puts into the database holds the transaction where it commits.

The process is then killed, and the commit either never happens (its connection is ended) or happens without anybody to be told
(it is let go on). Nothing in the platform knows of it."""

import contextlib
import subprocess
import threading

import grpc

from omnia_e2e.platform import wait_for

LOCK = 20_022
BEFORE, AFTER = "before", "after"


class Point:
    """A commit: that of a transaction which writes such a row."""

    def __init__(self, name, service, table, event, condition="true"):
        self.name, self.service, self.table, self.event, self.condition = name, service, table, event, condition

    def __repr__(self):
        return self.name

    def install(self, platform):
        platform.psql(self.service, f"""
            create or replace function drill_stop() returns trigger language plpgsql as
                $$ begin perform pg_advisory_xact_lock({LOCK}); return null; end $$;
            create constraint trigger drill_stop after {self.event} on {self.table} deferrable initially deferred
                for each row when ({self.condition}) execute function drill_stop();""")

    def remove(self, platform):
        platform.psql(self.service, f"drop trigger drill_stop on {self.table}")

    def held(self, platform):
        """Connections that wait at the commit."""
        return [row[0] for row in platform.psql(self.service, f"""
            select pid from pg_locks join pg_database on pg_database.oid = database and datname = current_database()
            where locktype = 'advisory' and objid = {LOCK} and not granted""")]


@contextlib.contextmanager
def locked(platform, service):
    """Holds what the trigger waits for, in a session of its own."""
    session = subprocess.Popen(["psql", "-X", "-q", "-A", "-t", platform.run["databases"][service]], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    session.stdin.write(f"select pg_advisory_lock({LOCK}), 'locked';\n")
    session.stdin.flush()
    assert "locked" in session.stdout.readline()
    try:
        yield
    finally:
        session.communicate()


def kill_at(platform, point, side, step):
    """Kills the platform at the commit that `step` comes to, restarts it, and does the step again. Returns what came of it."""
    point.install(platform)
    with locked(platform, point.service):
        caller = threading.Thread(target=unanswered, args=(step,), daemon=True)
        caller.start()
        held = wait_for(lambda: point.held(platform), f"a commit of {point}")
        platform.kill()
        if side == BEFORE:
            platform.psql(point.service, f"select pg_terminate_backend(pid) from unnest(array[{','.join(held)}]) as one (pid)")
    gone = f"select from pg_stat_activity where pid = any (array[{','.join(held)}])"
    wait_for(lambda: not platform.psql(point.service, f"select 1 where exists ({gone})"), "the connection to end")
    point.remove(platform)
    caller.join(timeout=60)
    platform.restart()
    return step()


def unanswered(step):
    """A call whose answer never comes."""
    with contextlib.suppress(grpc.RpcError):
        step()
