#!/usr/bin/env bash
# The journey of the README, step by step, against a fresh `make up NOW=2026-09-02T10:00:00+02:00`.
# `docs/journey/run.sh` plays the day, `docs/journey/run.sh morning` the morning after.
set -euo pipefail
cd "$(dirname "$0")/../.."

call() { # PERSONA METHOD REQUEST: calls the gateway as a persona
  .tools/venv/bin/buf curl --schema . --protocol grpc --http2-prior-knowledge \
    -H "authorization: Bearer $(target/debug/omnia token "$1")" -d "$3" "http://127.0.0.1:8080/omnia.$2" 2>&1 || true
}
field() { .tools/venv/bin/python -c "import json,sys; print(eval('x'+sys.argv[1], {'x': json.load(sys.stdin)}))" "$1"; }
brief() { .tools/venv/bin/python -c "import json,sys; c=json.load(sys.stdin)['claim']; c.pop('content'); print(json.dumps(c, indent=2, ensure_ascii=False))"; }

day() {
  echo '# 1. the consultant files'
  claim=$(call consulente claims.v1.ClaimsService/CreateDraft "$(cat docs/journey/draft.json)" | field "['claim']['claimId']")
  call consulente claims.v1.ClaimsService/CheckDraft "{\"claimId\": \"$claim\"}"
  call consulente claims.v1.ClaimsService/SubmitClaim \
    "{\"claimId\": \"$claim\", \"etag\": \"1\", \"requestId\": \"0199a000-0000-7000-8000-000000000002\"}" | brief
  echo '# 2. the office works on it'
  call operatore claims.v1.ClaimsService/ListClaims '{"states": ["CLAIM_STATE_SUBMITTED"]}'
  call operatore claims.v1.OfficeService/TakeInCharge "{\"claimId\": \"$claim\"}" | brief
  proposal=$(call operatore claims.v1.OfficeService/ProposeDecision "$(sed "s/CLAIM/$claim/" docs/journey/proposal.json)" | field "['claim']['proposal']['proposalId']")
  adopt="{\"claimId\": \"$claim\", \"proposalId\": \"$proposal\"}"
  call operatore claims.v1.OfficeService/AdoptDecision "$adopt"
  call direttore claims.v1.OfficeService/AdoptDecision "$adopt" | brief
  echo '# 3. the consultant reads it, and the weeks have shrunk'
  call consulente claims.v1.ClaimsService/GetClaim "{\"claimId\": \"$claim\"}" | field "['claim']['decision']['authorizationNumber']"
  call consulente limits.v1.LimitsService/GetCounters \
    '{"unit": {"matricola": "4900000001"}, "referenceWeek": {"year": 2026, "month": 11, "day": 16}}' | field "['counters'][0]"
}

morning() {
  echo '# 4. next morning'
  target/debug/omnia job dasmo-snapshot
  for persona in direttore direttore-regionale direttore-torino operatore consulente lavoratore; do
    echo "## $persona"; call $persona dasmo.v1.DasmoService/GetVolumes '{}'
  done
}

"${1:-day}"
