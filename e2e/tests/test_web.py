"""gRPC-Web through the gateway, with @connectrpc/connect-web on Node."""

import json
import subprocess

from omnia_e2e import claims
from omnia_e2e.platform import ROOT


def web(platform, persona, role, service, method, request):
    token = platform.token(persona) if persona else ""
    done = subprocess.run(
        ["node", "client.mjs", str(ROOT / ".tools/stubs/omnia.binpb"), f"http://{platform.target}", token, role, service, method,
         json.dumps(request)],
        cwd=ROOT / "e2e/web", capture_output=True, text=True, timeout=60,
    )
    assert done.stdout, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_page_calls_a_published_method_without_a_token(platform):
    [answer] = web(platform, None, "", "omnia.anagrafe.v1.TerritoryService", "GetOffice", {"code": "490000"})
    assert answer["message"]["office"]["name"] == "Milano"


def test_a_page_reads_a_claim_and_a_refusal(platform):
    claim = claims.draft(platform.caller("consulente"), claims.content("2026-09-14", 2))
    [answer] = web(platform, "consulente", "INT", "omnia.claims.v1.ClaimsService", "GetClaim", {"claimId": claim.claim_id})
    assert answer["message"]["claim"]["claimId"] == claim.claim_id
    [answer] = web(platform, "lavoratore", "LAV", "omnia.claims.v1.ClaimsService", "GetClaim", {"claimId": claim.claim_id})
    assert answer["code"] == "PermissionDenied"
    [answer] = web(platform, None, "", "omnia.claims.v1.ClaimsService", "GetClaim", {"claimId": claim.claim_id})
    assert answer["code"] == "Unauthenticated"


def test_a_malformed_field_is_named_in_the_page_too(platform):
    [answer] = web(platform, "consulente", "INT", "omnia.claims.v1.ClaimsService", "GetClaim", {"claimId": "non-un-uuid"})
    assert answer["code"] == "InvalidArgument"
