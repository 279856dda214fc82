"""The crash drill: load that remembers what was acknowledged, and a checker that looks for it in the databases."""

import collections
import datetime
import random
import threading
import time

import grpc

from omnia_e2e import claims
from omnia_e2e.errors import Refusal
from omnia_e2e.platform import wait_for

UNITS_FROM = 100
LIMIT_WEEKS, WINDOW_WEEKS = 52, 104
# Weeks that each contended unit has used before the drill, so that three are left.
HISTORY = [("2025-09-01", 13), ("2025-12-01", 13), ("2026-03-02", 13), ("2026-06-01", 10)]
TODAY = "2026-09-02"


def import_units(platform, count, folder):
    months = "|".join(f"{year}-{month:02d}/40/60" for year in (2025, 2026) for month in range(1, 13))
    file = folder / "units.csv"
    heading = "matricola,production_unit_code,name,address,municipality_belfiore,province_istat,working_days,is_production_unit,active_from,active_to,headcount"
    rows = [
        f"{claims.OFFICINE},{UNITS_FROM + unit},Reparto {unit},Via delle Prove {unit},F205,015,5,true,2010-01-01,,{months}"
        for unit in range(count)
    ]
    file.write_text("\n".join([heading, *rows]) + "\n")
    platform.omnia("import", "production-units", str(file))


class Acknowledged:
    """What the platform has promised: only calls that were answered count."""

    def __init__(self):
        self.lock = threading.Lock()
        self.protocols, self.decisions = {}, {}
        self.answers = collections.Counter()

    def submitted(self, claim):
        with self.lock:
            self.protocols[claim.claim_id] = claim.protocol_number
            self.answers["submitted"] += 1

    def decided(self, claim):
        with self.lock:
            self.decisions[claim.claim_id] = (claim.decision.decision_id, claim.decision.protocol_number)
            self.answers["decided"] += 1

    def refused(self, refusal):
        with self.lock:
            self.answers[refusal.reason or refusal.code.name] += 1


class Office:
    """Everybody who works on a claim."""

    def __init__(self, platform):
        self.consultant = platform.caller("consulente")
        self.operator = platform.caller("operatore")
        self.director = platform.caller("direttore")

    def propose(self, acknowledged, monday, weeks, unit):
        wanted = claims.content(monday, weeks, workers=1, unit=unit)
        claim = claims.submit(self.consultant, claims.draft(self.consultant, wanted))
        acknowledged.submitted(claim)
        claims.take(self.operator, claim.claim_id)
        return claims.propose(self.operator, claim)

    def adopt(self, acknowledged, proposed):
        acknowledged.decided(claims.adopt(self.director, proposed))


def use_up(platform, acknowledged, units):
    """Brings each unit near its limit, as years of claims would: the platform is run on the days of filing."""
    for monday, weeks in HISTORY:
        platform.stop()
        platform.restart(now=f"{monday}T09:00:00+02:00")
        office = Office(platform)
        for unit in units:
            office.adopt(acknowledged, office.propose(acknowledged, monday, weeks, unit))
    platform.stop()
    platform.restart(now=f"{TODAY}T09:00:00+02:00")


def contend(platform, acknowledged, unit):
    """Two grants of two weeks each, adopted at the same instant where three weeks are left: one fits."""
    office = Office(platform)
    proposals = [office.propose(acknowledged, monday, 2, unit) for monday in ("2026-08-24", "2026-09-07")]
    together = threading.Barrier(len(proposals))

    def adopt(proposed):
        together.wait()
        try:
            Office(platform).adopt(acknowledged, proposed)
        except grpc.RpcError as error:
            acknowledged.refused(Refusal(error))

    threads = [threading.Thread(target=adopt, args=(proposed,)) for proposed in proposals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Load:
    """Claims from several desks at a time, until the platform is gone."""

    def __init__(self, platform, acknowledged, units, desks=4):
        self.over = threading.Event()
        self.units = collections.deque(units)
        self.threads = [threading.Thread(target=self.work, args=(platform, acknowledged), daemon=True) for _ in range(desks)]

    def work(self, platform, acknowledged):
        office = Office(platform)
        while not self.over.is_set():
            self.units.rotate(-1)
            try:
                proposed = office.propose(acknowledged, "2026-09-07", random.randint(1, 2), self.units[0])
                office.adopt(acknowledged, proposed)
            except grpc.RpcError as error:
                refusal = Refusal(error)
                acknowledged.refused(refusal)
                if refusal.code.name in ("UNAVAILABLE", "CANCELLED", "DEADLINE_EXCEEDED") and not refusal.reason:
                    return

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(timeout=30)


def kill_under_load(platform, acknowledged, units, seed):
    """Lets the load run for a random moment and kills the platform in the middle of it."""
    with Load(platform, acknowledged, units):
        time.sleep(random.Random(seed).uniform(0.2, 2.0))
        platform.kill()
    platform.restart()


def faults(platform, acknowledged):
    """Everything that is wrong. An empty list is the only good answer."""
    settled(platform)
    return [
        *register_faults(platform), *promise_faults(platform, acknowledged), *ledger_faults(platform),
        *limit_faults(platform), *dashboard_faults(platform), *audit_faults(platform),
    ]


def settled(platform):
    """Sagas that the crash cut have been resumed, and DASMO has read what there is to read."""
    wait_for(
        lambda: platform.psql("claims", "select count(*) from adoption where state in ('INTENT','RESERVED','ADOPTED','RELEASE')") == [["0"]],
        "unfinished adoptions to be resumed", seconds=90,
    )
    try:
        wait_for(lambda: not list(dashboard_faults(platform)), "dasmo to catch up", seconds=20)
    except AssertionError:
        pass  # dashboard_faults says what is missing


def register_faults(platform):
    rows = platform.psql("claims", """
        select r.office4, r.year, r.last, count(e.number), min(e.number), max(e.number)
        from protocol_register r left join protocol_entry e using (office4, year) group by 1, 2, 3""")
    for office, year, last, count, first, highest in rows:
        if (count, first, highest) != (last, "1", last):
            yield f"register {office}/{year}: {count} numbers from {first} to {highest}, the last given out is {last}"


def promise_faults(platform, acknowledged):
    protocols = dict(platform.psql("claims", "select id, protocol_number from claim where protocol_number is not null"))
    for claim, protocol in acknowledged.protocols.items():
        if protocols.get(claim) != protocol:
            yield f"claim {claim}: {protocol} was acknowledged, {protocols.get(claim)} is there"
    decisions = collections.defaultdict(list)
    for claim, decision, protocol in platform.psql("claims", "select claim_id, id, protocol_number from decision"):
        decisions[claim].append((decision, protocol))
    for claim, decision in acknowledged.decisions.items():
        if decisions.get(claim) != [decision]:
            yield f"claim {claim}: {decision} was acknowledged, {decisions.get(claim)} is there"


def ledger_faults(platform):
    granted = {row[0] for row in platform.psql("claims", """
        select d.reservation_id from decision d join claim c on c.id = d.claim_id
        where d.authorization_number is not null and c.state in ('ACCEPTED', 'PARTIALLY_ACCEPTED')""")}
    booked = {row[0] for row in platform.psql("limits", "select id from entry where state in ('RESERVED', 'AUTHORISED')")}
    open_sagas = {row[0] for row in platform.psql("claims", "select reservation_id from adoption where state in ('INTENT', 'RESERVED')")}
    yield from (f"decision of reservation {one} has no weeks in the ledger" for one in granted - booked)
    yield from (f"the ledger holds weeks of {one}, which no decision granted" for one in booked - granted - open_sagas)


def limit_faults(platform):
    """Counts weeks anew, day by day, without the engine: at most 52 in any 104."""
    units = collections.defaultdict(set)
    rows = platform.psql("limits", "select production_unit_code, first_day, last_day from entry where state in ('RESERVED', 'AUTHORISED')")
    for unit, first, last in rows:
        day = datetime.date.fromisoformat(first)
        while day <= datetime.date.fromisoformat(last):
            if day.weekday() < 5:
                units[unit].add((day - datetime.date(1970, 1, 5)).days // 7)
            day += datetime.timedelta(days=1)
    for unit, weeks in units.items():
        for week in weeks:
            used = sum(1 for other in weeks if week - WINDOW_WEEKS < other <= week)
            if used > LIMIT_WEEKS:
                yield f"unit {unit}: {used} weeks in the two years that end with week {week}"
                break


def dashboard_faults(platform):
    claims_say = platform.psql("claims", "select state, count(*) from claim where protocol_number is not null group by 1 order by 1")
    dasmo_says = platform.psql("dasmo", "select state, count(*) from claim_fact group by 1 order by 1")
    if claims_say != dasmo_says:
        yield f"claims say {claims_say}, dasmo says {dasmo_says}"
    missing = set(map(tuple, platform.psql("claims", "select h.claim_id, h.version from history h join claim c on c.id = h.claim_id where c.protocol_number is not null and h.to_state <> 'DRAFT' and h.from_state is distinct from h.to_state")))
    told = set(map(tuple, platform.psql("dasmo", "select claim_id, version from claim_step")))
    if steps := missing - told:
        yield f"{len(steps)} steps of claims never reached dasmo, such as {sorted(steps)[0]}"


def audit_faults(platform):
    done = platform.omnia("audit", "verify", check=False)
    if done.returncode != 0:
        yield f"the audit trail does not verify: {done.stdout}{done.stderr}"

