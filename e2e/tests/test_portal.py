"""The portal as people meet it, in Debian's Chromium: the suites are in e2e/browser, one process each."""

import os
import subprocess

import pytest

from omnia_e2e import sources
from omnia_e2e.platform import ROOT, Platform, free_port, scratch_folder, wait_for

BROWSER = ROOT / "e2e/browser"
MORNING = "2026-09-02T10:00:00+02:00"
SPRING = "2020-05-20T10:00:00+02:00"

# Firms of the consultant that are covered by the FIS, by a solidarity fund and by the CISOA.
EMPLOYERS = """\
matricola,codice_fiscale,name,csc,authorization_codes,ateco,ateco_version,sector,protection_scheme,seat_province_istat,registered_office,active_from,active_to
4900000003,04900000037,Distribuzione Lariana S.r.l.,70101,0J,46.49.90,ATECO_2025,fis,FIS,015,490000,2009-01-01,
4900000004,04900000045,Studio Progetti S.r.l.,70708,,71.12.10,ATECO_2025,fis,FUND:PROFESSIONALI,015,490000,2012-01-01,
4900000005,04900000052,Vivai della Bassa S.s.,50102,,01.21.00,ATECO_2025,fis,CISOA,015,490000,2001-01-01,
"""
UNITS = """\
matricola,production_unit_code,name,address,municipality_belfiore,province_istat,working_days,is_production_unit,active_from,active_to,headcount
4900000003,0,Deposito di Milano,Via delle Prove 3,F205,015,5,true,2009-01-01,,{months}
4900000004,0,Studio di Milano,Via delle Prove 4,F205,015,5,true,2012-01-01,,{months}
4900000005,0,Vivaio di Milano,Via delle Prove 5,F205,015,6,true,2001-01-01,,{months}
""".format(months="|".join(f"2026-{month:02}/40/20" for month in range(1, 13)))
HEADS = "matricola,month,heads\n" + "".join(
    f"490000000{firm},2026-{month:02},20\n" for firm in (3, 4, 5) for month in range(1, 13)
)
MANDATES = "matricola,delegate_codice_fiscale,valid_from,valid_to\n" + "".join(
    f"490000000{firm},XXXCNS80A01Z990H,2018-01-01,\n" for firm in (3, 4, 5)
)


def suite(name, **environment):
    done = subprocess.run(
        ["node", "--test", "--test-reporter=spec", f"{name}.test.mjs"],
        cwd=BROWSER, env={**os.environ, **environment}, capture_output=True, text=True, timeout=900,
    )
    print(done.stdout)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def portal():
    with scratch_folder() as folder:
        running = Platform(folder / "omnia", now=MORNING).start()
        yield running.run["portal"]
        running.stop()


@pytest.mark.parametrize("name", ["journey", "refusals", "products", "files"])
def test_the_portal_in_a_browser(portal, name):
    suite(name, PORTAL_URL=portal)


def test_the_portal_in_the_spring_of_covid(own_platform):
    suite("covid", PORTAL_URL=own_platform(now=SPRING).run["portal"])


def test_ais_and_cisoa_in_a_browser(own_platform, tmp_path):
    platform = own_platform(now=MORNING)
    files = {"employers": EMPLOYERS, "production-units": UNITS, "employer-headcount": HEADS, "mandates": MANDATES}
    for kind, content in files.items():
        file = tmp_path / f"{kind}.csv"
        file.write_text(content)
        platform.omnia("import", kind, str(file))
    suite("instruments", PORTAL_URL=platform.run["portal"])


def test_silent_sources_in_a_browser(own_platform):
    with sources.registers() as (registers, port):
        platform = own_platform(now=MORNING, env={
            "OMNIA__SERVICES__CLAIMS__SETTINGS__REGISTERS_URL": f"http://127.0.0.1:{port}",
            "OMNIA__SERVICES__CLAIMS__SETTINGS__SOURCE_PATIENCE_MS": "1500",
            # Whoever waits for the anagrafe in vain does not wait for long.
            "OMNIA__SERVICES__ANAGRAFE__DATABASE__STATEMENT_TIMEOUT_MS": "3000",
        })
        with sources.switchboard(registri=registers, anagrafe=sources.Anagrafe(platform)) as switches:
            suite("outage", PORTAL_URL=platform.run["portal"], SOURCES_URL=switches)


def test_login_at_a_real_openid_provider(own_platform):
    port, portal_port = free_port(), free_port()
    portal, issuer = f"http://127.0.0.1:{portal_port}", f"http://127.0.0.1:{port}"
    provider = subprocess.Popen(
        ["node", "provider.mjs", str(port), f"{portal}/accesso/ritorno", f"{portal}/uscita/conclusa"],
        cwd=BROWSER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )
    try:
        wait_for(lambda: "listening" in provider.stdout.readline(), "the provider to listen")
        # A provider vouches for people by the machine's own time.
        own_platform(env={
            "OMNIA__PORTAL__LISTEN": f"127.0.0.1:{portal_port}",
            "OMNIA__PORTAL__PUBLIC_URL": portal,
            "OMNIA__PORTAL__OIDC__ISSUER": issuer,
            "OMNIA__PORTAL__OIDC__RESOURCE": "urn:omnia",
            "OMNIA__GATEWAY__ISSUERS__TEST__ISSUER": issuer,
            "OMNIA__GATEWAY__ISSUERS__TEST__AUDIENCE": "urn:omnia",
        })
        suite("provider", PORTAL_URL=portal, PROVIDER_URL=issuer)
    finally:
        provider.terminate()
        provider.wait()
