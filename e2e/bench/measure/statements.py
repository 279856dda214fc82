"""The statements of a submission, as PostgreSQL's log tells them."""

import collections
import contextlib
import re
import time

ENTRY = re.compile(r"^\d{4}-\d\d-\d\d [\d:.]+ \S+ \[\d+\] (\S*)\|(\w+):  (.*)$")
TABLE = re.compile(r"\b(?:into|update|from|join)\s+(?:only\s+)?([a-z_.]+)(?!\w|\()")
# What goes on all the time, or is the upkeep of something else: sealing, feeds, leader election, the gateway's questions.
ALWAYS = re.compile(r"audit_seal|^select tx, |any!|pg_\w*(lock|notify)|adoption|^select hash|journal_position|feed_cursor|\bperson\b|\bmandate m\b|^(set|show|listen)\b")
SERVICES = ("claims", "anagrafe", "limits")


@contextlib.contextmanager
def logged(cluster):
    """Every statement of the block is logged; the list that is given fills as the block ends."""
    cluster.psql("postgres", "alter system set log_line_prefix = '%m [%p] %d|'; alter system set log_statement = 'all'; select pg_reload_conf();")
    time.sleep(1)
    log = cluster.folder / "postgresql.log"
    before, lines = log.stat().st_size, []
    yield lines
    cluster.psql("postgres", "alter system reset log_statement; alter system reset log_line_prefix; select pg_reload_conf();")
    with open(log, encoding="utf-8") as file:
        file.seek(before)
        lines += file.read().splitlines()


def executed(lines):
    """Kinds of the statements in a log, with how often each occurs."""
    found, current = [], None
    for line in lines:
        entry = ENTRY.match(line)
        if entry:
            database, level, text = entry.groups()
            statement = re.match(r"(?:execute [^:]+|statement): (.*)", text)
            current = None
            if level == "LOG" and statement and database in SERVICES:
                current = [statement.group(1)]
                found.append((database, current))
        elif current is not None:
            current.append(line)
    statements = ((database, " ".join(lines)) for database, lines in found)
    # What the limits do besides being asked is to take in the feed of claims, some time later.
    return kinds(text for database, text in statements if database != "limits" or "unit_entries" in text)


def written(script):
    text = re.sub(r"^(--|\\).*$", "", script.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = text.replace("\\gset", ";").replace("anagrafe.", "").replace("limits.", "")
    return kinds(text.split(";"))


def kinds(found):
    """Verb and tables of each statement, without those that bracket transactions."""
    counted = collections.Counter()
    for statement in found:
        statement = " ".join(statement.lower().split())
        if not statement or statement in ("begin", "commit") or ALWAYS.search(statement):
            continue
        tables = sorted(set(TABLE.findall(statement)) - {"unnest"})
        counted[f"{statement.split()[0]} {' '.join(tables)}"] += 1
    return counted
