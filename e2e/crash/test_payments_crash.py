"""Kills under the load of direct payment lose nothing and pay nothing twice; and the checker that says so sees three planted bugs."""

import itertools
import os
import random

import payments_drill as drill
import pytest

from omnia_e2e import payments
from omnia_e2e.platform import Platform

KILLS = int(os.environ.get("OMNIA_KILLS", "20"))
PLANTED_BUG = "OMNIA__SERVICES__PAYMENTS__SETTINGS__PLANTED_BUG"


def prepared(tmp_path, env=None):
    """A platform in October, with a claim of 40 workers that was granted in September."""
    platform = Platform(tmp_path / "omnia", now="2026-09-02T10:00:00+02:00", env=env).start()
    claim = payments.direct_claim(platform, drill.WORKERS)
    platform.stop()
    platform.restart(now="2026-10-02T10:00:00+02:00")
    return platform, claim


def test_kills_under_load_lose_nothing_and_pay_nothing_twice(tmp_path):
    platform, claim = prepared(tmp_path)
    acknowledged, seeds, dice = drill.Acknowledged(), itertools.count(), random.Random(7)
    for kill in range(KILLS):
        drill.kill_under_load(platform, acknowledged, claim, seeds, dice.uniform(0.2, 2.0))
        assert drill.faults(platform, acknowledged) == [], f"after kill {kill + 1}"
    assert acknowledged.answers["received"] >= KILLS, acknowledged.answers
    assert acknowledged.answers["batches"] > 0, acknowledged.answers
    print(f"\n{KILLS} kills, answers: {dict(acknowledged.answers)}")
    assert platform.stop() == 0


PLANTED = {
    "forgotten_hours": "hours are set aside for no line",
    "double_payment": "is paid twice for a month",
    "lost_posting": "is not what is in transit",
}


@pytest.mark.parametrize("bug", PLANTED)
def test_the_checker_sees_a_planted_bug(tmp_path, bug):
    platform, claim = prepared(tmp_path, env={PLANTED_BUG: bug})
    acknowledged, seeds = drill.Acknowledged(), itertools.count()
    with drill.Load(platform, acknowledged, claim, seeds) as load:
        # Hours that were never set aside cannot be given back, so that orders stop with the first bug.
        enough = {"received": 40} if bug == "forgotten_hours" else {"received": 40, "batches": 8}
        while any(acknowledged.answers[name] < number for name, number in enough.items()):
            assert any(thread.is_alive() for thread in load.threads), acknowledged.answers
            load.over.wait(0.1)
    seen = drill.faults(platform, acknowledged)
    platform.stop()
    assert any(PLANTED[bug] in fault for fault in seen), seen
