"""The portal as people meet it, in Debian's Chromium: the suites are in e2e/browser, one process each."""

import os
import subprocess

import pytest

from omnia_e2e.platform import ROOT, Platform, free_port, scratch_folder, wait_for

BROWSER = ROOT / "e2e/browser"
MORNING = "2026-09-02T10:00:00+02:00"
SPRING = "2020-05-20T10:00:00+02:00"


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
