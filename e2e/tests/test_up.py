"""`omnia up` as a newcomer meets it: what it says when something is in the way, and that it stops cleanly."""

import json
import os
import socket
import subprocess
import urllib.request

import pytest

from omnia_e2e.platform import Platform, free_port, wait_for


def test_a_taken_port_is_named_with_the_way_out(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        platform = Platform(tmp_path / "omnia")
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        done = platform.omnia("up", "--listen", address, check=False)
    assert done.returncode != 0
    assert address in done.stderr and "--listen" in done.stderr, done.stderr


def test_a_missing_postgresql_is_named_with_the_way_out(tmp_path):
    platform = Platform(tmp_path / "omnia", env={"PATH": "/nonexistent", "OMNIA_POSTGRES_FOLDERS": "/nonexistent"})
    done = platform.omnia("up", "--listen", f"127.0.0.1:{free_port()}", check=False)
    assert done.returncode != 0
    assert "apt-get install postgresql" in done.stderr and "OMNIA__DATABASE__URL" in done.stderr, done.stderr


def test_a_configuration_with_several_faults_names_them_all(tmp_path):
    file = tmp_path / "omnia.toml"
    file.write_text('[gateway]\nlissten = "127.0.0.1:1"\nmax_body_bytes = "many"\n[telemetry]\ncolour = true\n')
    done = Platform(tmp_path / "omnia").omnia("up", "--config", str(file), check=False)
    assert done.returncode != 0
    for key in ("lissten", "max_body_bytes", "colour"):
        assert key in done.stderr, done.stderr


def test_one_folder_holds_one_platform(own_platform):
    platform = own_platform()
    done = platform.omnia("up", "--listen", f"127.0.0.1:{free_port()}", check=False)
    assert done.returncode != 0 and "already runs" in done.stderr, done.stderr


def test_it_stops_on_ctrl_c_takes_the_database_with_it_and_starts_again(own_platform):
    platform = own_platform()
    data = platform.folder / "postgres" / "data" / "postmaster.pid"
    assert data.exists()
    assert platform.stop() == 0
    assert not data.exists() and not (platform.folder / "run.json").exists()
    platform.restart()
    assert platform.ready()


def test_after_a_kill_the_database_is_taken_over(own_platform):
    platform = own_platform()
    platform.kill()
    platform.restart()
    assert platform.ready()
    assert platform.stop() == 0
    assert not (platform.folder / "postgres" / "data" / "postmaster.pid").exists()


def test_health_and_metrics_are_served(platform):
    def read(path):
        with urllib.request.urlopen(f"http://{platform.run['admin']}{path}") as answer:
            return answer.status, answer.read().decode()

    assert read("/livez")[0] == 200
    assert read("/readyz")[0] == 200
    status, metrics = read("/metrics")
    assert status == 200 and "rpc_server" in metrics


def test_the_gateway_says_how_it_is_in_problem_json(platform):
    with urllib.request.urlopen(f"http://{platform.target}/status") as answer:
        assert answer.headers["content-type"] == "application/problem+json"
        assert json.load(answer)["status"] == 200


def test_no_service_can_open_the_database_of_another(platform):
    databases = platform.run["databases"]
    intruder = databases["dasmo"].rsplit("/", 1)[0] + "/claims"
    done = subprocess.run(["psql", "-X", intruder, "-c", "select 1"], capture_output=True, text=True)
    assert done.returncode != 0 and "permission denied" in done.stderr


def test_a_whole_idle_platform_stays_small(platform):
    status = open(f"/proc/{platform.process.pid}/status", encoding="ascii").read()
    resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
    assert resident < 200 * 1024, f"{resident} KiB resident"


@pytest.mark.parametrize("command", [[], ["up"], ["run"], ["migrate"], ["job"], ["demo-data"], ["import"], ["token"], ["audit", "verify"]])
def test_every_command_explains_itself(tmp_path, command):
    done = Platform(tmp_path / "omnia").omnia(*command, "--help")
    assert "Usage:" in done.stdout


def test_the_development_issuer_refuses_another_machine(tmp_path):
    platform = Platform(tmp_path / "omnia", env={"OMNIA__DEVELOPMENT_ISSUER__LISTEN": "0.0.0.0:0"})
    done = platform.omnia("up", "--listen", f"127.0.0.1:{free_port()}", check=False)
    assert done.returncode != 0 and "loopback" in done.stderr, done.stderr


def test_the_audit_trail_verifies_and_a_cut_tail_shows(own_platform):
    from omnia_e2e import claims

    platform = own_platform()
    claims.draft(platform.caller("consulente"), claims.content("2026-12-07", 2))
    wait_for(lambda: "unsealed 0" in platform.omnia("audit", "verify").stdout or None, "the records to be sealed")
    assert os.path.isdir(platform.folder / "anchors")
