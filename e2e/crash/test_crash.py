"""Twenty kills under load lose nothing; and the checker that says so sees three planted bugs.

`make crash` runs all of it. `make test` runs the first kills only (OMNIA_KILLS=3)."""

import os

import drill
import pytest

from omnia_e2e.platform import Platform

KILLS = int(os.environ.get("OMNIA_KILLS", "20"))
CONTENDED, ORDINARY = 6, 24


def prepared(tmp_path, env=None):
    """A platform whose first units have three weeks left, and whose others have all of them."""
    platform = Platform(tmp_path / "omnia", now="2025-08-25T09:00:00+02:00", env=env).start()
    drill.import_units(platform, CONTENDED + ORDINARY, tmp_path)
    acknowledged = drill.Acknowledged()
    contended = range(drill.UNITS_FROM, drill.UNITS_FROM + CONTENDED)
    drill.use_up(platform, acknowledged, contended)
    ordinary = range(drill.UNITS_FROM + CONTENDED, drill.UNITS_FROM + CONTENDED + ORDINARY)
    return platform, acknowledged, contended, ordinary


def test_kills_under_load_lose_nothing_double_nothing_and_exceed_nothing(tmp_path):
    platform, acknowledged, contended, ordinary = prepared(tmp_path)
    for kill in range(KILLS):
        if kill < CONTENDED:
            drill.contend(platform, acknowledged, contended[kill])
        drill.kill_under_load(platform, acknowledged, ordinary, seed=kill)
        assert drill.faults(platform, acknowledged) == [], f"after kill {kill + 1}"
    assert acknowledged.answers["submitted"] >= KILLS and acknowledged.answers["decided"] >= KILLS
    assert acknowledged.answers["LIMIT_EXCEEDED"] == min(KILLS, CONTENDED), acknowledged.answers
    print(f"\n{KILLS} kills, answers: {dict(acknowledged.answers)}")
    assert platform.stop() == 0


PLANTED = {
    "drop_event": ("OMNIA__SERVICES__CLAIMS__SETTINGS__PLANTED_BUG", "never reached dasmo"),
    "double_reservation": ("OMNIA__SERVICES__LIMITS__SETTINGS__PLANTED_BUG", "which no decision granted"),
    "skip_lock": ("OMNIA__SERVICES__LIMITS__SETTINGS__PLANTED_BUG", "weeks in the two years"),
}


@pytest.mark.parametrize("bug", PLANTED)
def test_the_checker_sees_a_planted_bug(tmp_path, bug):
    variable, symptom = PLANTED[bug]
    platform, acknowledged, contended, ordinary = prepared(tmp_path, env={variable: bug})
    for unit in contended:
        drill.contend(platform, acknowledged, unit)
    with drill.Load(platform, acknowledged, ordinary) as load:
        while acknowledged.answers["decided"] < 40:
            assert any(thread.is_alive() for thread in load.threads), acknowledged.answers
            load.over.wait(0.1)
    seen = drill.faults(platform, acknowledged)
    platform.stop()
    assert any(symptom in fault for fault in seen), seen
