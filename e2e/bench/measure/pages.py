"""What a page of the portal costs: the time until the whole answer is there, over a kept connection, with demo data behind
it; and what a browser with an empty cache receives, compressed. Figures, not ratios: there is no floor for a page."""

import html
import http.client
import http.cookiejar
import re
import statistics
import time
import urllib.parse
import urllib.request

from omnia.claims.v1 import claims_pb2
from omnia.claims.v1.claims_pb2_grpc import ClaimsServiceStub
from omnia_e2e import claims, payments
from omnia_e2e.people import codice_fiscale

from .world import say

WARM, TIMES = 20, 200
# What is aimed at: 95 of 100 answers, milliseconds; and a page with all that it loads, kilobytes.
AIM_MS, AIM_KB = 50, 300
STEPS = ("unita", "periodo", "prestazione", "motivo", "lavoratori", "relazione", "allegati", "dichiarazioni", "verifica")


def measure(platform, _cluster, _folder):
    say("pages: demo data")
    platform.omnia("demo-data")
    platform.omnia("job", "dasmo-snapshot")
    portal = platform.run["portal"]
    filer, office, director = (Visitor(portal, persona) for persona in ("consulente", "operatore", "direttore-regionale"))
    draft, sent = written(platform)
    granted, flow = paying(platform)
    officer, worker = Visitor(portal, "funzionario"), Visitor(portal, "lavoratore")
    addresses = [
        (filer, "/"), (filer, "/profilo"), (filer, "/domande"), (filer, "/domande/nuova"),
        *((filer, f"/domande/{draft}/compila/{step}") for step in STEPS),
        (filer, f"/domande/{draft}/lavoratori"), (filer, f"/domande/{draft}/stampa"),
        (filer, f"/domande/{sent}"), (filer, f"/domande/{sent}/ricevuta"), (filer, f"/domande/{sent}/ritira"),
        (office, "/"), (office, "/ufficio"), (office, f"/ufficio/{sent}"),
        (director, "/"), (director, "/cruscotto"), (director, "/cruscotto/pratiche"),
        (filer, "/pagamenti"), (filer, "/pagamenti/invio"), (filer, f"/pagamenti/invio/{granted}"),
        *((who, f"/pagamenti/flussi/{flow}{part}") for who in (filer, office) for part in ("", "/righe", "/righe/1")),
        (filer, f"/pagamenti/flussi/{flow}/annulla"), (office, f"/pagamenti/flussi/{flow}/respingi"),
        (officer, "/"), (officer, "/pagamenti/disposizioni"), (office, "/pagamenti/recuperi"), (worker, "/"), (worker, "/pagamenti/miei"),
    ]
    rows = []
    for visitor, address in addresses:
        say(f"pages: {address}")
        told = address
        for one in (draft, sent, granted, flow):
            told = told.replace(one, "…")
        rows.append((told, *visitor.times(address), visitor.weight(address)))
    show(rows)
    return []


def written(platform):
    """A draft with a list that is as long as a page still shows, and a claim that was sent."""
    filer = platform.caller("consulente")
    draft = claims.draft(filer, claims.content("2026-09-07", 2, workers=1000))
    sent = claims.submit(filer, claims.draft(filer, claims.content("2026-09-14", 1, workers=10, unit=1)))
    checked = filer((ClaimsServiceStub, "CheckDraft"), claims_pb2.CheckDraftRequest(claim_id=draft.claim_id))
    assert checked.competent_office, "the draft is of a unit that is known"
    return draft.claim_id, sent.claim_id


def paying(platform):
    """A claim of direct payment, and a flow with as many lines as a page shows; the last of them is of nobody in the grant."""
    workers = ["XXXLVR90B14Z990Q", *(codice_fiscale(number) for number in range(9_000, 9_099))]
    claim = payments.august_claim(platform, workers)
    lines = [payments.august_line(worker) for worker in [*workers, codice_fiscale(9_100)]]
    upload = payments.send(platform.caller("consulente"), claim, lines, **payments.AUGUST_DAYS)
    assert upload.flow_id, upload
    return claim.claim_id, upload.flow_id


class Visitor:
    """Somebody logged in at the development login."""

    def __init__(self, portal, persona):
        self.portal = portal
        self.jar = http.cookiejar.CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        with opener.open(f"{portal}/accesso/avvia?next=/") as page:
            people = page.read().decode()
            links = (urllib.parse.urljoin(page.url, html.unescape(link)) for link in re.findall(r'href="([^"]+)"', people))
        chosen = re.compile(rf"[?&/]{re.escape(persona)}(&|$)|persona={re.escape(persona)}(&|$)")
        opener.open(next(link for link in links if chosen.search(link))).close()
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(portal).netloc)

    def get(self, address):
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)
        self.connection.request("GET", address, headers={"Cookie": cookies, "Accept-Encoding": "br, gzip"})
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, f"{address}: {answer.status}"
        return body

    def times(self, address):
        """Median and 95th percentile, milliseconds."""
        for _ in range(WARM):
            self.get(address)
        took = []
        for _ in range(TIMES):
            began = time.perf_counter()
            self.get(address)
            took.append((time.perf_counter() - began) * 1000)
        return statistics.median(took), statistics.quantiles(took, n=20)[-1]

    def weight(self, address):
        """Kilobytes of a page and of what it loads."""
        page = self.get(address)
        loaded = set(re.findall(r'(?:src|href)="(/risorse/[^"#]+)', page.decode()))
        style = next(path for path in loaded if "/portal." in path and path.endswith(".css"))
        with urllib.request.urlopen(self.portal + style) as plain:
            loaded |= set(re.findall(r"url\((/risorse/[^)]+)\)", plain.read().decode()))
        return (len(page) + sum(len(self.get(path)) for path in loaded)) / 1000


def show(rows):
    width = max(len(row[0]) for row in rows)
    print(f"\nPages: {TIMES} answers each, one after the other; aims: p95 under {AIM_MS} ms, weight under {AIM_KB} kB.\n")
    print(f"{'':{width}}  {'p50':>8}  {'p95':>8}  {'weight':>8}")
    for address, middle, high, kilobytes in rows:
        over = "  over" if high >= AIM_MS or kilobytes >= AIM_KB else ""
        print(f"{address:{width}}  {middle:5.1f} ms  {high:5.1f} ms  {kilobytes:5.0f} kB{over}")
